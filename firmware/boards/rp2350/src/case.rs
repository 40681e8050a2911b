//! The case switch.

use embassy_rp::gpio::Input;
use wetsign_element::TamperInputs;

/// The bit of the case switch.
const CASE_LINE: u8 = 1;

/// A switch that pulls its line low while the case is closed.
pub struct Case(Input<'static>);

impl Case {
    /// On this line, pulled up.
    pub fn new(line: Input<'static>) -> Self {
        Self(line)
    }
}

impl TamperInputs for Case {
    fn read(&mut self) -> u8 {
        if self.0.is_high() { CASE_LINE } else { 0 }
    }
}
