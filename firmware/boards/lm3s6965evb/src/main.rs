//! The element on a Stellaris LM3S6965 evaluation board (Cortex-M3), as QEMU emulates it. Register numbers: its data
//! sheet.

#![no_std]
#![no_main]

mod case;
mod uart;

use cortex_m_rt::entry;
use wetsign_board::Register;
use wetsign_board_emulated::{run, run::Facts};

/// The clock that the chip starts with: 200 MHz ÷ 16.
const FACTS: Facts = Facts { hwmodel: "wetsign-qemu-lm3s6965evb", cycles_a_second: 12_500_000 };

/// Run-mode clock gates: UART 0; ports A, E and F.
#[allow(unsafe_code)]
fn open_clock_gates() {
    // SAFETY: two registers of the system control; they start peripherals and reach no memory.
    let (uarts, ports) = unsafe { (Register::at(0x400f_e104), Register::at(0x400f_e108)) };
    uarts.write(uarts.read() | 1);
    ports.write(ports.read() | 1 | 1 << 4 | 1 << 5);
}

#[entry]
fn main() -> ! {
    let peripherals = cortex_m::Peripherals::take().expect("taken once, here");
    open_clock_gates();
    run(FACTS, peripherals.SYST, uart::Uart::start(), case::Case::start())
}
