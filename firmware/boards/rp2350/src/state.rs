//! The end of the chip's flash, as the element's state.

use embassy_rp::flash::{Blocking, Error};
use embedded_storage::nor_flash::{ErrorType, MultiwriteNorFlash, NorFlash, ReadNorFlash};
use wetsign_element_flash::AREA;

/// The chip's flash, driven by the processor.
pub type ChipFlash =
    embassy_rp::flash::Flash<'static, embassy_rp::peripherals::FLASH, Blocking, { 4096 * 1024 }>;

/// The last [`AREA`] bytes; the linker keeps the program out of them (`memory.x`).
pub struct State(ChipFlash);

impl State {
    /// In this flash.
    pub fn new(flash: ChipFlash) -> Self {
        Self(flash)
    }

    /// The flash's offset for an offset in the state.
    fn place(&self, offset: u32) -> Result<u32, Error> {
        if offset > AREA { Err(Error::OutOfBounds) } else { Ok(self.0.capacity() as u32 - AREA + offset) }
    }
}

impl ErrorType for State {
    type Error = Error;
}

impl ReadNorFlash for State {
    const READ_SIZE: usize = ChipFlash::READ_SIZE;

    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), Error> {
        self.0.read(self.place(offset)?, bytes)
    }

    fn capacity(&self) -> usize {
        AREA as usize
    }
}

impl NorFlash for State {
    const WRITE_SIZE: usize = ChipFlash::WRITE_SIZE;
    const ERASE_SIZE: usize = ChipFlash::ERASE_SIZE;

    fn erase(&mut self, from: u32, to: u32) -> Result<(), Error> {
        self.0.erase(self.place(from)?, self.place(to)?)
    }

    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), Error> {
        self.0.write(self.place(offset)?, bytes)
    }
}

impl MultiwriteNorFlash for State {}
