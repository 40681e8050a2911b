//! A NOR flash whose power fails where a test says.

use embedded_storage::nor_flash::{
    ErrorType, MultiwriteNorFlash, NorFlash, NorFlashError, NorFlashErrorKind, ReadNorFlash,
};
use wetsign_element_flash::AREA;

/// What is left of the word or block that was being changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tear {
    /// As it was.
    Nothing,
    /// Some of its bits have changed, a few only.
    Few,
    /// Most of its bits have changed.
    Most,
    /// All of it; the power failed just afterwards.
    Whole,
    /// An erase sets all bits to zero first: that far.
    Zeros,
}

pub const TEARS: [Tear; 5] = [Tear::Nothing, Tear::Few, Tear::Most, Tear::Whole, Tear::Zeros];

/// The power failed, or the caller broke a rule of the flash.
#[derive(Debug)]
pub struct Failed;

impl NorFlashError for Failed {
    fn kind(&self) -> NorFlashErrorKind {
        NorFlashErrorKind::Other
    }
}

#[derive(Clone)]
pub struct Nor {
    pub bytes: Vec<u8>,
    /// Changes of a word or block so far.
    pub changes: usize,
    /// The change at which the power fails, and how.
    pub cut: Option<(usize, Tear)>,
    pub erases: usize,
    dead: bool,
    noise: u32,
}

const WORD: usize = 4;
const BLOCK: usize = 4096;

impl Nor {
    pub fn blank() -> Self {
        Self { bytes: vec![0xff; AREA as usize], changes: 0, cut: None, erases: 0, dead: false, noise: 1 }
    }

    /// The same flash, with power, that fails at change `at` from now.
    pub fn restarted(mut self, cut: Option<(usize, Tear)>) -> Self {
        (self.changes, self.cut, self.dead) = (0, cut, false);
        self.noise = self.noise.wrapping_mul(31).wrapping_add(cut.map_or(0, |(at, _)| at as u32));
        self
    }

    pub fn failed(&self) -> bool {
        self.dead
    }

    /// A bit mask in which a bit is set with a probability of one in `of`, or of all but one.
    fn mask(&mut self, tear: Tear) -> u8 {
        let mut draw = || {
            self.noise ^= self.noise << 13;
            self.noise ^= self.noise >> 17;
            self.noise ^= self.noise << 5;
            self.noise as u8
        };
        match tear {
            Tear::Nothing => 0,
            Tear::Few => draw() & draw() & draw(),
            Tear::Most => draw() | draw() | draw(),
            Tear::Whole | Tear::Zeros => 0xff,
        }
    }

    fn change(&mut self, from: usize, to: impl Iterator<Item = u8>, erase: bool) -> Result<(), Failed> {
        if self.dead {
            return Err(Failed);
        }
        let tear = self.cut.filter(|(at, _)| *at == self.changes).map(|(_, tear)| tear);
        self.changes += 1;
        self.dead = tear.is_some();
        for (index, new) in (from..).zip(to) {
            let new = if tear == Some(Tear::Zeros) && erase { 0 } else { new };
            let mask = self.mask(tear.unwrap_or(Tear::Whole));
            self.bytes[index] = (self.bytes[index] & !mask) | (new & mask);
        }
        if self.dead { Err(Failed) } else { Ok(()) }
    }
}

impl ErrorType for Nor {
    type Error = Failed;
}

impl ReadNorFlash for Nor {
    const READ_SIZE: usize = WORD;

    fn read(&mut self, offset: u32, out: &mut [u8]) -> Result<(), Failed> {
        let from = offset as usize;
        if self.dead || !from.is_multiple_of(WORD) || !out.len().is_multiple_of(WORD) {
            return Err(Failed);
        }
        out.copy_from_slice(self.bytes.get(from..from + out.len()).ok_or(Failed)?);
        Ok(())
    }

    fn capacity(&self) -> usize {
        self.bytes.len()
    }
}

impl NorFlash for Nor {
    const WRITE_SIZE: usize = WORD;
    const ERASE_SIZE: usize = BLOCK;

    fn erase(&mut self, from: u32, to: u32) -> Result<(), Failed> {
        let (from, to) = (from as usize, to as usize);
        assert!(from.is_multiple_of(BLOCK) && to.is_multiple_of(BLOCK) && to <= self.bytes.len());
        for block in (from..to).step_by(BLOCK) {
            self.erases += 1;
            self.change(block, std::iter::repeat_n(0xff, BLOCK), true)?;
        }
        Ok(())
    }

    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), Failed> {
        let from = offset as usize;
        assert!(
            from.is_multiple_of(WORD)
                && bytes.len().is_multiple_of(WORD)
                && from + bytes.len() <= self.bytes.len()
        );
        for (index, word) in bytes.chunks_exact(WORD).enumerate() {
            let place = from + index * WORD;
            let cleared: Vec<_> = word.iter().zip(&self.bytes[place..]).map(|(new, old)| new & old).collect();
            self.change(place, cleared.into_iter(), false)?;
        }
        Ok(())
    }
}

impl MultiwriteNorFlash for Nor {}
