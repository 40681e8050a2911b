//! The pieces that are the chip's own, and what they let a token say.

use embassy_rp::pac;
use embassy_rp::peripherals::TRNG;
use embassy_rp::trng::Trng;
use embassy_time::Instant;
use wetsign_board::OwnImage;
use wetsign_element::{Clock, Entropy, Hardware, Profile, SoftSigner, hardware::EntropyFailed};
use wetsign_element_flash::{FlashCounter, FlashStorage};
use wetsign_wire::eat::{Home, debug};

use crate::case::Case;
use crate::light::Light;
use crate::state::State;

/// This board.
pub struct Chip;

impl Hardware for Chip {
    type Signer = SoftSigner;
    type Counter = FlashCounter<'static, State>;
    type Tamper = Case;
    type Clock = Uptime;
    type Entropy = Random;
    type Storage = FlashStorage<'static, State>;
    type Indicator = Light;
    type Firmware = OwnImage;
}

/// The chip's timer.
pub struct Uptime;

impl Clock for Uptime {
    fn now_ms(&mut self) -> u64 {
        Instant::now().as_millis()
    }
}

/// The chip's random source: ring oscillators behind a balancer and the continuous tests of its data sheet (section
/// 12.12).
pub struct Random(pub Trng<'static, TRNG>);

impl Entropy for Random {
    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), EntropyFailed> {
        self.0.blocking_fill_bytes(bytes);
        Ok(())
    }
}

/// What this chip says of itself, read from the fuses that its boot ROM obeys (data sheet, section 13.10: CRIT1).
///
/// A checked boot is claimed only where debugging is closed too: a debugger could change an image after the check.
/// Debugging that is open for less trusted code alone counts as open.
pub fn profile() -> Profile {
    let fuses = pac::OTP.critical().read();
    let closed = fuses.debug_disable();
    Profile {
        hwmodel: "wetsign-rp2350",
        swname: "wetsign-element",
        swversion: env!("CARGO_PKG_VERSION"),
        debug: if closed { debug::DISABLED_SINCE_BOOT } else { debug::ENABLED },
        oemboot: closed && fuses.secure_boot_enable(),
        home: Home::Chip,
        sessions: Profile::SESSIONS,
        seals: Profile::SEALS,
    }
}
