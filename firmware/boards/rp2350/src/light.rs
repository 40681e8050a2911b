//! The light: one lamp, so each pattern is a rhythm of its own.

use core::sync::atomic::{AtomicU8, Ordering};

use embassy_rp::gpio::{Level, Output};
use embassy_time::{Duration, Timer};
use wetsign_element::Indicator;
use wetsign_wire::Pattern;

/// Eight steps make a second.
const STEP: Duration = Duration::from_millis(125);

/// What is shown: one bit a step, the lowest first.
static RHYTHM: AtomicU8 = AtomicU8::new(0);

/// The lamp's switch.
pub struct Light;

impl Indicator for Light {
    fn show(&mut self, pattern: Pattern) {
        let rhythm = match pattern {
            Pattern::Off => 0b0000_0000,
            Pattern::Attention => 0b0000_1111,
            Pattern::Look => 0b0000_0101,
            Pattern::Speak => 0b0001_0101,
            Pattern::Working => 0b0000_0001,
            Pattern::Approved => 0b1111_1111,
            Pattern::Refused => 0b0011_0011,
            Pattern::Fault => 0b0101_0101,
        };
        RHYTHM.store(rhythm, Ordering::Relaxed);
    }
}

/// Blinks for ever.
pub async fn blink(mut lamp: Output<'static>) -> ! {
    loop {
        for step in 0..8 {
            lamp.set_level(Level::from(RHYTHM.load(Ordering::Relaxed) >> step & 1 == 1));
            Timer::after(STEP).await;
        }
    }
}
