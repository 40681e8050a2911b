//! Slots: reading, writing, erasing, and whether one is blank.

use embedded_storage::nor_flash::{MultiwriteNorFlash, NorFlash, ReadNorFlash};
use sha2::{Digest, Sha256};

/// Bytes of a slot: a multiple of the flash's erase size.
pub const SLOT: u32 = 4096;

/// The flash failed, or holds what cannot have been written by this code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FlashFailed;

/// Every field begins at a multiple of this, and every read and write is made of as many bytes.
pub const ALIGN: usize = 8;

/// How much of a slot is read at once.
pub const PIECE: usize = 64;

/// Bytes of a check.
pub const CHECK: usize = 8;

/// One of the slots, 0 to 3.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Slot(pub u32);

impl Slot {
    /// The address of an offset within the slot.
    fn at(self, offset: u32) -> u32 {
        self.0 * SLOT + offset
    }

    /// Reads.
    pub fn read<F: ReadNorFlash>(
        self,
        flash: &mut F,
        offset: u32,
        out: &mut [u8],
    ) -> Result<(), FlashFailed> {
        flash.read(self.at(offset), out).map_err(|_| FlashFailed)
    }

    /// Writes; bits that are zero already stay zero.
    pub fn write<F: MultiwriteNorFlash>(
        self,
        flash: &mut F,
        offset: u32,
        bytes: &[u8],
    ) -> Result<(), FlashFailed> {
        flash.write(self.at(offset), bytes).map_err(|_| FlashFailed)
    }

    /// Sets the slot to ones.
    pub fn erase<F: NorFlash>(self, flash: &mut F) -> Result<(), FlashFailed> {
        flash.erase(self.at(0), self.at(SLOT)).map_err(|_| FlashFailed)
    }

    /// Whether everything from `offset` on is ones.
    pub fn is_blank_from<F: ReadNorFlash>(self, flash: &mut F, offset: u32) -> Result<bool, FlashFailed> {
        let mut piece = [0; PIECE];
        let mut offset = offset;
        while offset < SLOT {
            let length = PIECE.min((SLOT - offset) as usize);
            self.read(flash, offset, &mut piece[..length])?;
            if piece[..length].iter().any(|byte| *byte != 0xff) {
                return Ok(false);
            }
            offset += length as u32;
        }
        Ok(true)
    }
}

/// The first bytes of the SHA-256 of what was fed.
pub fn check(hash: Sha256) -> [u8; CHECK] {
    let mut check = [0; CHECK];
    check.copy_from_slice(&hash.finalize()[..CHECK]);
    check
}

/// `length` rounded up to [`ALIGN`].
pub fn aligned(length: usize) -> usize {
    length.next_multiple_of(ALIGN)
}
