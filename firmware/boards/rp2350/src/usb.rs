//! The line to the host: a USB serial device (CDC-ACM).

use embassy_futures::select::{Either, select};
use embassy_rp::peripherals::USB;
use embassy_rp::usb::Driver;
use embassy_time::{Duration, Timer};
use embassy_usb::class::cdc_acm::{CdcAcmClass, State};
use embassy_usb::driver::EndpointError;
use embassy_usb::{Builder, Config, UsbDevice};
use static_cell::{ConstStaticCell, StaticCell};
use wetsign_board::Server;
use wetsign_element::Element;

use crate::chip::Chip;

/// pid.codes' vendor number with a number for tests: a product needs its own.
const VENDOR_AND_PRODUCT: (u16, u16) = (0x1209, 0x0001);
/// Bytes of a packet of a full-speed bulk endpoint.
const PACKET: u16 = 64;
/// How often the case is looked at while the host says nothing.
const WATCH: Duration = Duration::from_millis(5);

type UsbDriver = Driver<'static, USB>;

/// What the USB stack works in.
struct Buffers {
    configuration: [u8; 128],
    strings: [u8; 64],
    control: [u8; 64],
    state: State<'static>,
}

static BUFFERS: StaticCell<Buffers> = StaticCell::new();
static SERVER: ConstStaticCell<Server> = ConstStaticCell::new(Server::new());

/// The device and its serial line; to be called once.
pub fn start(driver: UsbDriver) -> (UsbDevice<'static, UsbDriver>, CdcAcmClass<'static, UsbDriver>) {
    let empty = Buffers { configuration: [0; 128], strings: [0; 64], control: [0; 64], state: State::new() };
    let buffers = BUFFERS.init(empty);
    let mut config = Config::new(VENDOR_AND_PRODUCT.0, VENDOR_AND_PRODUCT.1);
    config.manufacturer = Some("Wetsign");
    config.product = Some("Wetsign secure element");
    let mut builder = Builder::new(
        driver,
        config,
        &mut buffers.configuration,
        &mut buffers.strings,
        &mut [],
        &mut buffers.control,
    );
    let line = CdcAcmClass::new(&mut builder, &mut buffers.state, PACKET);
    (builder.build(), line)
}

/// Serves one host after another, for ever; to be called once. A session ends with its host.
pub async fn serve(line: &mut CdcAcmClass<'static, UsbDriver>, element: &mut Element<Chip>) -> ! {
    let server = SERVER.take();
    loop {
        if let Either::First(()) = select(line.wait_connection(), Timer::after(WATCH)).await {
            let _ = serve_host(line, element, server).await;
            server.forget();
            element.disconnect();
        }
        element.poll();
    }
}

/// Ends when the host goes away.
async fn serve_host(
    line: &mut CdcAcmClass<'static, UsbDriver>,
    element: &mut Element<Chip>,
    server: &mut Server,
) -> Result<(), EndpointError> {
    let mut packet = [0; PACKET as usize];
    loop {
        let received = match select(line.read_packet(&mut packet), Timer::after(WATCH)).await {
            Either::First(received) => received?,
            Either::Second(()) => {
                element.poll();
                continue;
            }
        };
        for byte in &packet[..received] {
            let Some(frame) = server.receive(element, *byte) else { continue };
            for piece in frame.chunks(PACKET.into()) {
                line.write_packet(piece).await?;
            }
            if frame.len().is_multiple_of(PACKET.into()) {
                // A transfer that ends on a full packet is ended by an empty one (USB 2.0 § 5.8.3).
                line.write_packet(&[]).await?;
            }
        }
        packet.fill(0);
    }
}
