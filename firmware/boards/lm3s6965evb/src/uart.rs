//! UART 0 (PL011).

use wetsign_board::Register;
use wetsign_board_emulated::Port;

/// The serial port.
pub struct Uart {
    data: Register,
    flags: Register,
    interrupts: Register,
}

const RECEIVE_EMPTY: u32 = 1 << 4;
const TRANSMIT_FULL: u32 = 1 << 5;
/// UART, transmitter and receiver.
const ENABLED: u32 = 1 | 1 << 8 | 1 << 9;
/// Eight bits, no parity, one byte at a time.
const EIGHT_BITS: u32 = 3 << 5;
/// A byte came.
const RECEIVED: u32 = 1 << 4;

impl Uart {
    /// Switches it on.
    #[allow(unsafe_code)]
    pub fn start() -> Self {
        const BASE: usize = 0x4000_c000;
        // SAFETY: the registers of UART 0; no DMA is set up.
        let (uart, line, control, mask) = unsafe {
            let uart = Self {
                data: Register::at(BASE),
                flags: Register::at(BASE + 0x18),
                interrupts: Register::at(BASE + 0x44),
            };
            (uart, Register::at(BASE + 0x2c), Register::at(BASE + 0x30), Register::at(BASE + 0x38))
        };
        line.write(EIGHT_BITS);
        mask.write(RECEIVED);
        control.write(ENABLED);
        uart
    }
}

impl Port for Uart {
    const INTERRUPT: u16 = 5;

    fn is_ready(&self) -> bool {
        self.flags.read() & RECEIVE_EMPTY == 0
    }

    fn take(&mut self) -> Option<u8> {
        self.interrupts.write(RECEIVED);
        self.is_ready().then(|| self.data.read() as u8)
    }

    fn send(&mut self, byte: u8) {
        while self.flags.read() & TRANSMIT_FULL != 0 {}
        self.data.write(u32::from(byte));
    }
}
