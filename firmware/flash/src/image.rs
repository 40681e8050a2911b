//! Everything but the counter, as one image that is replaced as a whole.
//!
//! A slot is `"WSIMAGE1" ‖ sequence (4) ‖ lengths (2 each) ‖ zeros ‖ check (8) ‖ fields`, numbers big-endian, fields
//! padded to 8 bytes. A store writes the fields into the other slot, then the header with the check over all of it,
//! reads it back, and **erases the old slot**: it may hold a root secret that tampering has just ended. A start that
//! finds an old slot beside a sound new one, because a power cut came between, ends that work first.

use embedded_storage::nor_flash::MultiwriteNorFlash;
use sha2::{Digest, Sha256};
use wetsign_element::{Record, Storage, hardware::StorageFailed};
use wetsign_wire::limits;
use zeroize::Zeroizing;

use crate::{
    counter,
    shared::StateFlash,
    slot::{FlashFailed, PIECE, Slot, aligned, check},
    stored::{CONTENT, FIELDS, Field, HEADER, Header, ROOM, SLOTS, copy, current, sound},
};

/// Record and certificate in flash.
pub struct FlashStorage<'f, F>(&'f StateFlash<F>);

impl<F: MultiwriteNorFlash> StateFlash<F> {
    /// The storage in this flash.
    pub fn storage(&self) -> FlashStorage<'_, F> {
        FlashStorage(self)
    }
}

impl<F: MultiwriteNorFlash> FlashStorage<'_, F> {
    /// Copies a field to `out` and returns its length; `None` if there is no image.
    fn field(&self, field: Field, out: &mut [u8]) -> Result<Option<usize>, FlashFailed> {
        self.0.with(|flash| {
            let Some((slot, header)) = current(flash)? else { return Ok(None) };
            let (from, length) = header.place(field as usize);
            let out = out.get_mut(..length).ok_or(FlashFailed)?;
            copy(flash, SLOTS[slot], from, length, |_, at, piece| {
                out[at..at + piece.len()].copy_from_slice(piece);
                Ok(())
            })?;
            Ok(Some(length))
        })
    }

    fn replace(&mut self, field: Field, bytes: &[u8]) -> Result<(), FlashFailed> {
        if bytes.len() > ROOM[field as usize] {
            return Err(FlashFailed);
        }
        self.0.with(|flash| {
            counter::ensure_begun(flash)?;
            replace(flash, field as usize, bytes)
        })
    }
}

impl<F: MultiwriteNorFlash> Storage for FlashStorage<'_, F> {
    fn load(&mut self) -> Result<Option<Record>, StorageFailed> {
        self.0.with(finish).map_err(|_| StorageFailed)?;
        let mut bytes = Zeroizing::new([0; Record::LENGTH]);
        match self.field(Field::Record, bytes.as_mut()).map_err(|_| StorageFailed)? {
            None => Ok(None),
            Some(length) => Record::from_bytes(&bytes[..length]).map(Some),
        }
    }

    fn store(&mut self, record: &Record) -> Result<(), StorageFailed> {
        self.replace(Field::Record, record.to_bytes().as_ref()).map_err(|_| StorageFailed)
    }

    fn certificate(&mut self, out: &mut [u8; limits::CERTIFICATE]) -> Result<usize, StorageFailed> {
        self.field(Field::Certificate, out).map(Option::unwrap_or_default).map_err(|_| StorageFailed)
    }

    fn store_certificate(&mut self, certificate: &[u8]) -> Result<(), StorageFailed> {
        self.replace(Field::Certificate, certificate).map_err(|_| StorageFailed)
    }
}

/// Ends a store that a power cut interrupted after its image was whole.
fn finish<F: MultiwriteNorFlash>(flash: &mut F) -> Result<(), FlashFailed> {
    match current(flash)? {
        Some((slot, _)) => blank(flash, SLOTS[1 - slot]),
        None => Ok(()),
    }
}

fn blank<F: MultiwriteNorFlash>(flash: &mut F, slot: Slot) -> Result<(), FlashFailed> {
    if slot.is_blank_from(flash, 0)? { Ok(()) } else { slot.erase(flash) }
}

fn replace<F: MultiwriteNorFlash>(flash: &mut F, field: usize, bytes: &[u8]) -> Result<(), FlashFailed> {
    let old = current(flash)?;
    let target = old.map_or(0, |(slot, _)| 1 - slot);
    let mut header = old.map_or(Header { sequence: 0, lengths: [0; FIELDS] }, |(_, header)| header);
    header.sequence = header.sequence.checked_add(1).ok_or(FlashFailed)?;
    header.lengths[field] = bytes.len() as u16;
    blank(flash, SLOTS[target])?;

    let mut hash = Sha256::new_with_prefix(header.content());
    for index in 0..FIELDS {
        let (to, _) = header.place(index);
        let mut write = |flash: &mut F, at: usize, piece: &[u8]| {
            hash.update(piece);
            let mut padded = Zeroizing::new([0xff; PIECE]);
            padded[..piece.len()].copy_from_slice(piece);
            SLOTS[target].write(flash, (to + at) as u32, &padded[..aligned(piece.len())])
        };
        if index == field {
            for (position, piece) in bytes.chunks(PIECE).enumerate() {
                write(flash, position * PIECE, piece)?;
            }
        } else if let Some((slot, old)) = old {
            let (from, length) = old.place(index);
            copy(flash, SLOTS[slot], from, length, write)?;
        }
    }
    let mut written = [0; HEADER];
    written[..CONTENT].copy_from_slice(&header.content());
    written[CONTENT..].copy_from_slice(&check(hash));
    SLOTS[target].write(flash, 0, &written)?;
    if sound(flash, SLOTS[target])? != Some(header) {
        return Err(FlashFailed);
    }
    old.map_or(Ok(()), |(slot, _)| SLOTS[slot].erase(flash))
}
