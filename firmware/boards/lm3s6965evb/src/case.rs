//! The case: lines of port E that are high while it is closed, so that a cut wire counts too.
//!
//! On the evaluation board these are the buttons up, down, left and right; QEMU takes them from its keyboard.

use wetsign_board::Register;
use wetsign_element::TamperInputs;

/// Case switch (up), mesh (down), and two that are free.
const LINES: u32 = 0b1111;

/// The lines, with the falls that the port has latched since the last look.
pub struct Case {
    data: Register,
    fallen: Register,
    forget: Register,
}

impl Case {
    /// Makes the lines inputs that latch each fall.
    #[allow(unsafe_code)]
    pub fn start() -> Self {
        const BASE: usize = 0x4002_4000;
        // SAFETY: registers of port E; a port reaches no memory.
        let [case, direction, level, both, rising, digital, pull_up] = unsafe {
            [BASE + 0x3fc, BASE + 0x400, BASE + 0x404, BASE + 0x408, BASE + 0x40c, BASE + 0x51c, BASE + 0x510]
                .map(|address| Register::at(address))
        };
        for off in [direction, level, both, rising] {
            off.write(off.read() & !LINES);
        }
        for on in [digital, pull_up] {
            on.write(on.read() | LINES);
        }
        // SAFETY: as above.
        let (fallen, forget) = unsafe { (Register::at(BASE + 0x414), Register::at(BASE + 0x41c)) };
        forget.write(LINES);
        Self { data: case, fallen, forget }
    }
}

impl TamperInputs for Case {
    fn read(&mut self) -> u8 {
        let fallen = self.fallen.read() & LINES;
        self.forget.write(fallen);
        let low = !self.data.read() & LINES;
        (fallen | low) as u8
    }
}
