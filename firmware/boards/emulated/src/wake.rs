//! Sleeping until a byte came or the clock ticked, so that an idle board costs its host nothing.

use cortex_m::interrupt::InterruptNumber;
use cortex_m::peripheral::NVIC;
use cortex_m_rt::exception;

/// A line of the interrupt controller.
#[derive(Clone, Copy)]
struct Line(u16);

#[allow(unsafe_code)]
// SAFETY: the number is fixed, and lines are only unmasked that `wait` was given.
unsafe impl InterruptNumber for Line {
    fn number(self) -> u16 {
        self.0
    }
}

/// Sleeps unless `ready` says that there is something to do; interrupt `line` or the clock wakes it.
pub fn wait(line: u16, ready: impl FnOnce() -> bool) {
    // What becomes pending in here ends the sleep. The look comes last: a byte that came before it is seen by it, and
    // one that comes after it is pending.
    cortex_m::interrupt::free(|_| {
        NVIC::unpend(Line(line));
        #[allow(unsafe_code)]
        // SAFETY: no data is shared with the handler, which only masks the line again.
        unsafe {
            NVIC::unmask(Line(line));
        }
        if !ready() {
            cortex_m::asm::wfi();
        }
    });
}

/// A line that woke the processor has done its work: the main loop takes the byte and opens it again.
#[exception]
#[allow(unsafe_code)]
// SAFETY: it touches nothing but the mask of the line that called it.
unsafe fn DefaultHandler(irqn: i16) {
    if let Ok(line) = u16::try_from(irqn) {
        NVIC::mask(Line(line));
    }
}
