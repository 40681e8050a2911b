//! Which image is there: headers, and whether what they speak of is whole.

use embedded_storage::nor_flash::MultiwriteNorFlash;
use sha2::{Digest, Sha256};
use wetsign_element::Record;
use wetsign_wire::limits;
use zeroize::Zeroizing;

use crate::slot::{CHECK, FlashFailed, PIECE, SLOT, Slot, aligned, check};

const MAGIC: [u8; 8] = *b"WSIMAGE1";
pub const SLOTS: [Slot; 2] = [Slot(2), Slot(3)];

/// What the image is made of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Field {
    Record,
    Certificate,
}

pub const FIELDS: usize = 2;
const LENGTHS: usize = 12;
pub const CONTENT: usize = LENGTHS + 12;
pub const HEADER: usize = CONTENT + CHECK;

/// The longest each field may be.
pub const ROOM: [usize; FIELDS] = [Record::LENGTH, limits::CERTIFICATE];
const _: () =
    assert!(HEADER + ROOM[0] + ROOM[1] + FIELDS * 8 <= SLOT as usize, "an image does not fit in a slot");

/// The header of an image.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Header {
    pub sequence: u32,
    pub lengths: [u16; FIELDS],
}

impl Header {
    pub fn content(self) -> [u8; CONTENT] {
        let mut bytes = [0; CONTENT];
        bytes[..8].copy_from_slice(&MAGIC);
        bytes[8..LENGTHS].copy_from_slice(&self.sequence.to_be_bytes());
        for (place, length) in bytes[LENGTHS..].chunks_exact_mut(2).zip(self.lengths) {
            place.copy_from_slice(&length.to_be_bytes());
        }
        bytes
    }

    fn read(bytes: &[u8; CONTENT]) -> Option<Self> {
        let mut sequence = [0; 4];
        sequence.copy_from_slice(&bytes[8..LENGTHS]);
        let mut header = Self { sequence: u32::from_be_bytes(sequence), lengths: [0; FIELDS] };
        for ((place, length), room) in bytes[LENGTHS..].chunks_exact(2).zip(&mut header.lengths).zip(ROOM) {
            *length = u16::from_be_bytes([place[0], place[1]]);
            if usize::from(*length) > room {
                return None;
            }
        }
        (header.content() == *bytes).then_some(header)
    }

    /// Offset and length of a field.
    pub fn place(self, field: usize) -> (usize, usize) {
        let before = self.lengths[..field].iter().map(|length| aligned(usize::from(*length))).sum::<usize>();
        (HEADER + before, usize::from(self.lengths[field]))
    }
}

/// Whether an image is there.
pub fn exists<F: MultiwriteNorFlash>(flash: &mut F) -> Result<bool, FlashFailed> {
    Ok(current(flash)?.is_some())
}

/// The sound image with the highest sequence number, and the index of its slot.
pub fn current<F: MultiwriteNorFlash>(flash: &mut F) -> Result<Option<(usize, Header)>, FlashFailed> {
    let mut best: Option<(usize, Header)> = None;
    for (index, slot) in SLOTS.iter().enumerate() {
        if let Some(header) = sound(flash, *slot)?
            && best.is_none_or(|(_, best)| header.sequence > best.sequence)
        {
            best = Some((index, header));
        }
    }
    Ok(best)
}

/// The header, if the image in the slot is whole.
pub fn sound<F: MultiwriteNorFlash>(flash: &mut F, slot: Slot) -> Result<Option<Header>, FlashFailed> {
    let mut bytes = [0; HEADER];
    slot.read(flash, 0, &mut bytes)?;
    let (content, stored) = bytes.split_at(CONTENT);
    let Some(header) = content.first_chunk().and_then(Header::read) else { return Ok(None) };
    let mut hash = Sha256::new_with_prefix(content);
    for field in 0..FIELDS {
        let (from, length) = header.place(field);
        copy(flash, slot, from, length, |_, _, piece| {
            hash.update(piece);
            Ok(())
        })?;
    }
    Ok((check(hash) == stored).then_some(header))
}

/// Reads a field piece by piece.
pub fn copy<F: MultiwriteNorFlash>(
    flash: &mut F,
    slot: Slot,
    from: usize,
    length: usize,
    mut take: impl FnMut(&mut F, usize, &[u8]) -> Result<(), FlashFailed>,
) -> Result<(), FlashFailed> {
    let mut piece = Zeroizing::new([0; PIECE]);
    let mut at = 0;
    while at < length {
        let count = PIECE.min(length - at);
        slot.read(flash, (from + at) as u32, &mut piece[..aligned(count)])?;
        take(flash, at, &piece[..count])?;
        at += count;
    }
    Ok(())
}
