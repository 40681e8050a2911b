//! Time since boot, which the host tells; and SysTick, which wakes an idle board and counts cycles.
//!
//! Not SysTick for the time: an emulated processor that the host leaves waiting for longer than a period loses a tick,
//! and a clock that runs slow makes a session look shorter than it was.

use core::cell::Cell;

use cortex_m::peripheral::syst::SystClkSource;
use cortex_m::peripheral::{SCB, SYST};
use cortex_m_rt::exception;
use critical_section::Mutex;
use semihosting::sys::arm_compat::sys_elapsed;
use wetsign_element::Clock;

/// How often SysTick interrupts, and with it how often an idle board looks at its case: each 100 ms.
const TICKS_A_SECOND: u32 = 10;

static PERIODS: Mutex<Cell<u64>> = Mutex::new(Cell::new(0));

#[exception]
fn SysTick() {
    critical_section::with(|cs| {
        let periods = PERIODS.borrow(cs);
        periods.set(periods.get() + 1);
    });
}

/// The cycles of a processor of known speed.
#[derive(Clone, Copy)]
pub struct TickClock {
    cycles_a_second: u32,
}

impl TickClock {
    /// Starts SysTick on a processor clock that has this frequency (at most 160 MHz).
    pub fn start(mut syst: SYST, cycles_a_second: u32) -> Self {
        syst.set_clock_source(SystClkSource::Core);
        syst.set_reload(cycles_a_second / TICKS_A_SECOND - 1);
        syst.clear_current();
        syst.enable_counter();
        syst.enable_interrupt();
        Self { cycles_a_second }
    }

    /// Cycles since boot.
    pub fn cycles(&self) -> u64 {
        let period = self.cycles_a_second / TICKS_A_SECOND;
        critical_section::with(|cs| {
            let mut left = SYST::get_current();
            let mut periods = PERIODS.borrow(cs).get();
            // It wrapped, and the interrupt waits for this critical section to end.
            if SCB::is_pendst_pending() {
                left = SYST::get_current();
                periods += 1;
            }
            periods * u64::from(period) + u64::from(period - 1 - left.min(period - 1))
        })
    }
}

/// The host's monotonic clock (semihosting `SYS_ELAPSED`; QEMU counts nanoseconds since it was started).
pub struct HostClock;

impl Clock for HostClock {
    fn now_ms(&mut self) -> u64 {
        let Ok(elapsed) = sys_elapsed() else { panic!("the host does not tell the time") };
        elapsed / 1_000_000
    }
}
