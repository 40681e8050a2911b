//! The board's one light (GP25): dark, lit, or blinking.

use core::sync::atomic::{AtomicU16, Ordering};

use embassy_rp::gpio::Output;
use embassy_time::{Duration, Timer};
use wetsign_element::Indicator;
use wetsign_wire::Pattern;

/// One bit for each sixteenth of two seconds, lit or dark.
static SHOWN: AtomicU16 = AtomicU16::new(0);
const SIXTEENTH: Duration = Duration::from_millis(125);

/// Hands patterns to [`blink`].
pub struct Light;

impl Indicator for Light {
    fn show(&mut self, pattern: Pattern) {
        SHOWN.store(rhythm(pattern), Ordering::Relaxed);
    }
}

/// Rhythms that can be told apart: one, two, three flashes; half and half; lit; quick.
fn rhythm(pattern: Pattern) -> u16 {
    match pattern {
        Pattern::Off => 0,
        Pattern::Attention => 0b0000_0000_0000_0001,
        Pattern::Look => 0b0000_0000_0000_0101,
        Pattern::Speak => 0b0000_0000_0001_0101,
        Pattern::Working => 0b0000_0000_1111_1111,
        Pattern::Approved => 0xffff,
        Pattern::Refused => 0b0000_1111_0000_1111,
        Pattern::Fault => 0b0101_0101_0101_0101,
    }
}

/// Shows the pattern, for ever.
pub async fn blink(mut lamp: Output<'static>) {
    loop {
        for position in 0..u16::BITS {
            let lit = SHOWN.load(Ordering::Relaxed) >> position & 1 == 1;
            lamp.set_level(lit.into());
            Timer::after(SIXTEENTH).await;
        }
    }
}
