//! The firmware measures itself. Worth what the boot stage before it is worth: a changed image can say anything.

use sha2::{Digest, Sha256};

use crate::hardware::{FirmwareImage, ImageFailed};

/// What an image measured to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Measurement {
    /// SHA-256.
    pub digest: [u8; 32],
    /// Length in bytes.
    pub length: u64,
}

/// Reads the whole image.
pub fn measure<F: FirmwareImage>(image: &mut F) -> Result<Measurement, ImageFailed> {
    let (mut hash, mut length) = (Sha256::new(), 0_u64);
    image.read(&mut |part| {
        hash.update(part);
        length = length.saturating_add(part.len() as u64);
    })?;
    Ok(Measurement { digest: hash.finalize().into(), length })
}
