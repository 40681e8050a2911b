//! The element on an MPS2+ with the AN505 image (Cortex-M33), as QEMU emulates it. Register numbers: Arm DAI 0505,
//! DUI 0479.

#![no_std]
#![no_main]

use cortex_m_rt::entry;
use wetsign_board::Register;
use wetsign_board_emulated::{Port, host::FileLine, run, run::Facts};

const FACTS: Facts = Facts { hwmodel: "wetsign-qemu-mps2-an505", cycles_a_second: 20_000_000 };

/// UART 0 (CMSDK APB UART).
struct Uart {
    data: Register,
    state: Register,
    control: Register,
    interrupts: Register,
    divider: Register,
}

const TRANSMIT_FULL: u32 = 1;
const RECEIVE_FULL: u32 = 2;
/// Transmitter, receiver, and the receiver's interrupt.
const ENABLED: u32 = 1 | 2 | 8;
/// The smallest divider; QEMU takes each byte at once.
const DIVIDER: u32 = 16;

impl Uart {
    fn start() -> Self {
        const BASE: usize = 0x5020_0000;
        #[allow(unsafe_code)]
        // SAFETY: the registers of UART 0, by its secure address. A UART of this kind reaches no memory.
        let uart = unsafe {
            Self {
                data: Register::at(BASE),
                state: Register::at(BASE + 0x4),
                control: Register::at(BASE + 0x8),
                interrupts: Register::at(BASE + 0xc),
                divider: Register::at(BASE + 0x10),
            }
        };
        uart.divider.write(DIVIDER);
        uart.control.write(ENABLED);
        uart
    }
}

impl Port for Uart {
    /// "UART 0 receive", the first line that is not the processor subsystem's own.
    const INTERRUPT: u16 = 32;

    fn is_ready(&self) -> bool {
        self.state.read() & RECEIVE_FULL != 0
    }

    fn take(&mut self) -> Option<u8> {
        self.interrupts.write(RECEIVE_FULL);
        self.is_ready().then(|| self.data.read() as u8)
    }

    fn send(&mut self, byte: u8) {
        while self.state.read() & TRANSMIT_FULL != 0 {}
        self.data.write(u32::from(byte));
    }
}

#[entry]
fn main() -> ! {
    let peripherals = cortex_m::Peripherals::take().expect("taken once, here");
    // QEMU models none of this board's general-purpose lines: the case switch is a file of the host.
    let case = FileLine { name: c"case-open", bit: 1 };
    run(FACTS, peripherals.SYST, Uart::start(), case)
}
