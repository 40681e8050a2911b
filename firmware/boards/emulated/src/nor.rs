//! NOR flash in a file of the host: an erase sets ones, a write only clears bits.

use core::ffi::CStr;

use embedded_storage::nor_flash::{
    ErrorType, MultiwriteNorFlash, NorFlash, NorFlashError, NorFlashErrorKind, ReadNorFlash, check_erase,
    check_read, check_write,
};
use semihosting::fs::{File, OpenOptions};
use semihosting::io::{self, Read, Seek, SeekFrom, Write};
use wetsign_element_flash::AREA;

const WORD: usize = 4;
const BLOCK: usize = 4096;
const PIECE: usize = 64;

/// The flash. What is written is in the host's file when a call returns; the host may keep it in its cache.
pub struct FileNor(File);

/// Why the flash failed.
#[derive(Debug)]
pub struct FileNorFailed(NorFlashErrorKind);

impl NorFlashError for FileNorFailed {
    fn kind(&self) -> NorFlashErrorKind {
        self.0
    }
}

impl From<NorFlashErrorKind> for FileNorFailed {
    fn from(kind: NorFlashErrorKind) -> Self {
        Self(kind)
    }
}

impl From<io::Error> for FileNorFailed {
    fn from(_: io::Error) -> Self {
        Self(NorFlashErrorKind::Other)
    }
}

impl FileNor {
    /// The flash in `name`, which must exist and have its size: an element whose flash is gone must not begin anew by
    /// itself.
    pub fn open(name: &CStr) -> Option<Self> {
        let file = OpenOptions::new().read(true).write(true).open(name).ok()?;
        (file.metadata().ok()?.len() == u64::from(AREA)).then_some(Self(file))
    }

    fn read_at(&mut self, offset: usize, out: &mut [u8]) -> io::Result<()> {
        self.0.seek(SeekFrom::Start(offset as u64))?;
        self.0.read_exact(out)
    }

    fn write_at(&mut self, offset: usize, bytes: &[u8]) -> io::Result<()> {
        self.0.seek(SeekFrom::Start(offset as u64))?;
        self.0.write_all(bytes)
    }
}

impl ErrorType for FileNor {
    type Error = FileNorFailed;
}

impl ReadNorFlash for FileNor {
    const READ_SIZE: usize = WORD;

    fn read(&mut self, offset: u32, out: &mut [u8]) -> Result<(), FileNorFailed> {
        check_read(self, offset, out.len())?;
        Ok(self.read_at(offset as usize, out)?)
    }

    fn capacity(&self) -> usize {
        AREA as usize
    }
}

impl NorFlash for FileNor {
    const WRITE_SIZE: usize = WORD;
    const ERASE_SIZE: usize = BLOCK;

    fn erase(&mut self, from: u32, to: u32) -> Result<(), FileNorFailed> {
        check_erase(self, from, to)?;
        for offset in (from..to).step_by(PIECE) {
            self.write_at(offset as usize, &[0xff; PIECE])?;
        }
        Ok(())
    }

    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), FileNorFailed> {
        check_write(self, offset, bytes.len())?;
        let mut there = [0; PIECE];
        for (offset, piece) in (offset as usize..).step_by(PIECE).zip(bytes.chunks(PIECE)) {
            let there = &mut there[..piece.len()];
            self.read_at(offset, there)?;
            for (bits, new) in there.iter_mut().zip(piece) {
                *bits &= new;
            }
            self.write_at(offset, there)?;
        }
        Ok(())
    }
}

impl MultiwriteNorFlash for FileNor {}
