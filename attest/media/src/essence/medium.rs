//! A medium in its file, and its digest, whole and in parts.

use std::io::{self, Read, Seek, SeekFrom};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use wetsign_attest::id::Digest;

use super::layout::{Layout, RANGES};
use super::{bmff, flac, jpeg, mpeg, riff};
use crate::format::Format;

/// Into how many parts an essence is divided, so that it can be said which of them are still there.
pub const PARTS: u64 = 16;
/// Bytes that are read at once.
const BLOCK: usize = 64 * 1024;

/// What a mark says of the medium that it was made for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Essence {
    /// How it is coded, for people: `pcm 16 bit, 16000 Hz, mono`.
    pub coding: String,
    /// Its bytes.
    pub bytes: u64,
    /// Their SHA-256.
    pub sha256: Digest,
    /// The first 8 bytes of the SHA-256 of each of its 16 parts, hexadecimal; parts have as many bytes as a sixteenth,
    /// rounded up, but the last.
    pub parts: Vec<String>,
}

/// A medium in its file.
pub struct Medium<F> {
    file: F,
    layout: Layout,
}

impl<F: Read + Seek> Medium<F> {
    /// Finds the medium. What is not formed as its format says is one stretch from beginning to end.
    ///
    /// # Errors
    /// Reading fails.
    pub fn find(mut file: F, format: Format) -> io::Result<Self> {
        let length = file.seek(SeekFrom::End(0))?;
        let found = match format {
            Format::Wav => riff::layout(&mut file, length)?,
            Format::Mp3 => mpeg::layout(&mut file, length)?,
            Format::Flac => flac::layout(&mut file, length)?,
            Format::Mp4 | Format::M4a => bmff::layout(&mut file, length)?,
            Format::Jpeg => jpeg::layout(&mut file, length)?,
            Format::Other => None,
        };
        let whole =
            || Layout { coding: format!("{} as it is", format.media_type()), ranges: vec![(0, length)] };
        let fits = |layout: &Layout| layout.ranges.len() <= RANGES;
        Ok(Self { file, layout: found.filter(fits).unwrap_or_else(whole) })
    }

    /// How it is coded.
    pub(super) fn coding(&self) -> &str {
        &self.layout.coding
    }

    /// What a mark says of it.
    ///
    /// # Errors
    /// Reading fails.
    pub fn essence(&mut self) -> io::Result<Essence> {
        let bytes = self.bytes();
        let size = part_size(bytes);
        let mut parts = Vec::new();
        let mut begin = 0;
        while begin < bytes {
            parts.push(self.part(begin, size.min(bytes - begin))?);
            begin += size;
        }
        Ok(Essence { coding: self.layout.coding.clone(), bytes, sha256: self.digest(0, bytes)?, parts })
    }

    /// Its bytes.
    pub(super) fn bytes(&self) -> u64 {
        self.layout.ranges.iter().map(|(_, length)| length).sum()
    }

    /// The short digest of a stretch of the essence.
    pub(super) fn part(&mut self, begin: u64, length: u64) -> io::Result<String> {
        Ok(hex::encode(&self.digest(begin, length)?.0[..8]))
    }

    /// SHA-256 of a stretch of the essence.
    pub(super) fn digest(&mut self, begin: u64, length: u64) -> io::Result<Digest> {
        let mut hash = Sha256::new();
        let mut block = vec![0; BLOCK];
        let (mut skip, mut left) = (begin, length);
        for (at, range) in &self.layout.ranges {
            let skipped = skip.min(*range);
            skip -= skipped;
            let mut here = (range - skipped).min(left);
            left -= here;
            if here > 0 {
                self.file.seek(SeekFrom::Start(at + skipped))?;
            }
            while here > 0 {
                let take = here.min(BLOCK as u64) as usize;
                self.file.read_exact(&mut block[..take])?;
                hash.update(&block[..take]);
                here -= take as u64;
            }
        }
        Ok(Digest(hash.finalize().into()))
    }
}

/// Bytes of each part of an essence but the last.
pub(super) fn part_size(bytes: u64) -> u64 {
    bytes.div_ceil(PARTS).max(1)
}
