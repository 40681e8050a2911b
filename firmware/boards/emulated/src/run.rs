//! The main loop of an emulated board.

use cortex_m::peripheral::SYST;
use static_cell::ConstStaticCell;
use wetsign_board::{OwnImage, Server};
use wetsign_element::{Element, Hardware, Parts, TamperInputs};
use wetsign_element_flash::StateFlash;

use crate::board::{Emulated, profile, signer};
use crate::clock::{HostClock, TickClock};
use crate::host::{FileLight, HostEntropy};
use crate::nor::FileNor;
use crate::wake;

/// A serial port.
pub trait Port {
    /// The interrupt that says that a byte came.
    const INTERRUPT: u16;
    /// Whether a byte is there.
    fn is_ready(&self) -> bool;
    /// Takes a byte, if one is there.
    fn take(&mut self) -> Option<u8>;
    /// Sends a byte; waits until there is room for it.
    fn send(&mut self, byte: u8);
}

/// Facts of one board.
#[derive(Clone, Copy)]
pub struct Facts {
    /// Hardware model.
    pub hwmodel: &'static str,
    /// Speed of the processor's clock.
    pub cycles_a_second: u32,
}

static SERVER: ConstStaticCell<Server> = ConstStaticCell::new(Server::new());

/// Starts the element and serves for ever. A board that cannot start stops with a message on the host's console.
pub fn run<P: Port, T: TamperInputs>(facts: Facts, syst: SYST, mut port: P, case: T) -> ! {
    let ticks = TickClock::start(syst, facts.cycles_a_second);
    let Some(nor) = FileNor::open(c"flash.bin") else {
        panic!("flash.bin cannot be opened in QEMU's folder, or has not the size of the element's flash");
    };
    let flash = StateFlash::new(nor);
    let parts = Parts::<Emulated<'_, T>> {
        signer: signer(ticks),
        counter: flash.counter(),
        tamper: case,
        clock: HostClock,
        entropy: HostEntropy,
        storage: flash.storage(),
        indicator: FileLight,
        firmware: OwnImage,
    };
    let mut element = boot(parts, facts);
    let server = SERVER.take();
    loop {
        let Some(byte) = port.take() else {
            element.poll();
            wake::wait(P::INTERRUPT, || port.is_ready());
            continue;
        };
        #[cfg(feature = "measure")]
        let begun = ticks.cycles();
        if let Some(frame) = server.receive(&mut element, byte) {
            #[cfg(feature = "measure")]
            crate::measure::say(ticks, begun);
            frame.iter().for_each(|byte| port.send(*byte));
        }
    }
}

/// Starts the element. A function of its own, so that what it needs of the stack is given back.
#[inline(never)]
fn boot<H: Hardware>(parts: Parts<H>, facts: Facts) -> Element<H> {
    match Element::boot(parts, profile(facts.hwmodel)) {
        Ok(element) => element,
        Err(error) => panic!("the element does not start: {error}"),
    }
}
