//! The element on an RP2350 (Raspberry Pi Pico 2), as a USB serial device.
//!
//! Case switch between pin 4 (GP2) and ground, closed while the case is: an open switch and a cut wire look the same.
//! The light is the one on the board (GP25).

#![no_std]
#![no_main]

mod case;
mod chip;
mod light;
mod state;
mod usb;

use embassy_executor::Spawner;
use embassy_futures::join::join3;
use embassy_rp::bind_interrupts;
use embassy_rp::flash::Flash;
use embassy_rp::gpio::{Input, Level, Output, Pull};
use embassy_rp::peripherals::{TRNG, USB};
use embassy_rp::trng::{self, Trng};
use static_cell::StaticCell;
use wetsign_board::OwnImage;
use wetsign_element::{Element, Parts, SoftSigner};
use wetsign_element_flash::StateFlash;

bind_interrupts!(struct Interrupts {
    USBCTRL_IRQ => embassy_rp::usb::InterruptHandler<USB>;
    TRNG_IRQ => trng::InterruptHandler<TRNG>;
});

static FLASH: StaticCell<StateFlash<state::State>> = StaticCell::new();

#[embassy_executor::main]
async fn main(_spawner: Spawner) {
    let chip = embassy_rp::init(embassy_rp::config::Config::default());
    let flash: &'static _ = FLASH.init(StateFlash::new(state::State::new(Flash::new_blocking(chip.FLASH))));
    let parts = Parts::<chip::Chip> {
        signer: SoftSigner::default(),
        counter: flash.counter(),
        tamper: case::Case::new(Input::new(chip.PIN_2, Pull::Up)),
        clock: chip::Uptime,
        entropy: chip::Random(Trng::new(chip.TRNG, Interrupts, trng::Config::default())),
        storage: flash.storage(),
        indicator: light::Light,
        firmware: OwnImage,
    };
    // An element that cannot start stays away from the line: the host finds no serial device.
    let Ok(mut element) = Element::boot(parts, chip::profile()) else { stop() };
    let (mut device, mut line) = usb::start(embassy_rp::usb::Driver::new(chip.USB, Interrupts));
    let led = Output::new(chip.PIN_25, Level::Low);
    join3(device.run(), usb::serve(&mut line, &mut element), light::blink(led)).await;
}

/// Sleeps for ever.
fn stop() -> ! {
    loop {
        cortex_m::asm::wfi();
    }
}

/// A fault of the program ends it: no answer, no signature.
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    cortex_m::interrupt::disable();
    stop()
}
