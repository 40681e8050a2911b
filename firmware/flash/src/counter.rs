//! The counter: a base value, and one mark for each step from it.
//!
//! A slot is `"WSCOUNT1" ‖ base (big-endian, 8) ‖ check (8) ‖ marks`. A mark is a word of zeros; a step writes one mark
//! and returns when it is there. **Any** mark that is not all ones counts, torn ones too: a step that a power cut
//! interrupted may be counted or not, but a step that was returned is never lost. Of a log of values the newest entry
//! could be damaged later, and the one before it would be believed; of marks, damage can only make the counter larger.
//!
//! When a slot is full, the other one is erased and begins with the value reached; then the last word of the full one
//! is written, which says that the count has gone on elsewhere, and then the first mark. So a slot torn by a cut erase
//! and a slot damaged later are told apart: beside a full slot without that word nothing has been counted.

use embedded_storage::nor_flash::MultiwriteNorFlash;
use sha2::{Digest, Sha256};
use wetsign_element::{MonotonicCounter, hardware::CounterFailed};

use crate::{
    shared::StateFlash,
    slot::{ALIGN, CHECK, FlashFailed, PIECE, SLOT, Slot, check},
    stored,
};

const MAGIC: [u8; 8] = *b"WSCOUNT1";
const SLOTS: [Slot; 2] = [Slot(0), Slot(1)];
const HEADER: usize = MAGIC.len() + 8 + CHECK;

/// Bytes of a mark where the flash writes words up to this size; larger words make larger marks.
const MARK: usize = 4;

/// Bytes of a mark on this flash.
const fn mark<F: MultiwriteNorFlash>() -> usize {
    if F::WRITE_SIZE > MARK { F::WRITE_SIZE } else { MARK }
}

/// Steps that one slot of this flash holds; the last word is not a step.
pub const fn steps_per_slot<F: MultiwriteNorFlash>() -> u64 {
    ((SLOT as usize - HEADER) / mark::<F>() - 1) as u64
}

/// A counter in flash.
pub struct FlashCounter<'f, F> {
    flash: &'f StateFlash<F>,
    /// Where the counter stands, once it was read and as long as nothing failed.
    place: Option<Place>,
}

/// Where the counter stands.
#[derive(Clone, Copy)]
struct Place {
    /// The slot that is counted in; 0 or 1.
    slot: usize,
    base: u64,
    marks: u64,
}

impl Place {
    fn value(self) -> Result<u64, FlashFailed> {
        self.base.checked_add(self.marks).ok_or(FlashFailed)
    }
}

/// What lies in a slot.
#[derive(Clone, Copy)]
enum Found {
    /// `gone_on`: the count goes on in the other slot.
    Counting {
        base: u64,
        marks: u64,
        gone_on: bool,
    },
    /// Blank, or a header that a power cut interrupted.
    Unused,
    Damaged,
}

impl<F: MultiwriteNorFlash> StateFlash<F> {
    /// The counter in this flash.
    pub fn counter(&self) -> FlashCounter<'_, F> {
        FlashCounter { flash: self, place: None }
    }
}

impl<F: MultiwriteNorFlash> FlashCounter<'_, F> {
    fn place(&mut self) -> Result<Option<Place>, FlashFailed> {
        if self.place.is_none() {
            self.place = self.flash.with(find)?;
        }
        Ok(self.place)
    }

    fn step(&mut self) -> Result<u64, FlashFailed> {
        let place = self.place()?;
        self.place = None;
        let place = self.flash.with(|flash| {
            let mut place = match place {
                Some(place) if place.marks < steps_per_slot::<F>() => place,
                Some(full) => begin(flash, 1 - full.slot, full.value()?)?,
                None => begin(flash, 0, 0)?,
            };
            if place.marks == 0 && place.base > 0 {
                write_word(flash, SLOTS[1 - place.slot], steps_per_slot::<F>())?;
            }
            write_word(flash, SLOTS[place.slot], place.marks)?;
            place.marks += 1;
            Ok(place)
        })?;
        self.place = Some(place);
        place.value()
    }
}

impl<F: MultiwriteNorFlash> MonotonicCounter for FlashCounter<'_, F> {
    fn read(&mut self) -> Result<u64, CounterFailed> {
        let place = self.place().map_err(|_| CounterFailed)?;
        place.map_or(Ok(0), Place::value).map_err(|_| CounterFailed)
    }

    fn advance(&mut self) -> Result<u64, CounterFailed> {
        self.step().map_err(|_| CounterFailed)
    }
}

/// Writes the word with this number, counted from 0, and reads it back.
fn write_word<F: MultiwriteNorFlash>(flash: &mut F, slot: Slot, after: u64) -> Result<(), FlashFailed> {
    let offset = (HEADER + after as usize * mark::<F>()) as u32;
    let zeros = [0; ALIGN];
    let mut written = [0xff; ALIGN];
    slot.write(flash, offset, &zeros[..mark::<F>()])?;
    slot.read(flash, offset, &mut written[..mark::<F>()])?;
    if written[..mark::<F>()] == zeros[..mark::<F>()] { Ok(()) } else { Err(FlashFailed) }
}

/// Where the counter stands; `None` only on flash that never held an element.
fn find<F: MultiwriteNorFlash>(flash: &mut F) -> Result<Option<Place>, FlashFailed> {
    let found = [look(flash, SLOTS[0])?, look(flash, SLOTS[1])?];
    let place = |slot: usize| match found[slot] {
        Found::Counting { base, marks, .. } => Some(Place { slot, base, marks }),
        _ => None,
    };
    let gone_on = |slot: usize| matches!(found[slot], Found::Counting { gone_on: true, .. });
    match (place(0), place(1)) {
        (Some(first), Some(second)) => {
            let (earlier, later) = if first.base < second.base { (first, second) } else { (second, first) };
            // The later slot begins where the earlier one was full, unless a cut tore the erase of the earlier one.
            let torn = later.marks == steps_per_slot::<F>() && !gone_on(later.slot);
            if torn || later.base == earlier.value()? { Ok(Some(later)) } else { Err(FlashFailed) }
        }
        (Some(only), None) | (None, Some(only)) => {
            let full = only.marks == steps_per_slot::<F>();
            match found[1 - only.slot] {
                _ if gone_on(only.slot) => Err(FlashFailed),
                // The other slot is erased only when this one is full: torn then, damaged at any other time.
                Found::Damaged if !full => Err(FlashFailed),
                _ => Ok(Some(only)),
            }
        }
        (None, None) => {
            let unused = found.iter().all(|found| matches!(found, Found::Unused));
            // A counter is begun before the first image: an image without one means that it was erased.
            if unused && !stored::exists(flash)? { Ok(None) } else { Err(FlashFailed) }
        }
    }
}

/// Begins the counter at zero if it never was begun; to be called before anything else is stored.
pub(crate) fn ensure_begun<F: MultiwriteNorFlash>(flash: &mut F) -> Result<(), FlashFailed> {
    if find(flash)?.is_none() {
        begin(flash, 0, 0)?;
    }
    Ok(())
}

/// Begins to count from `base` in a slot that holds nothing needed.
fn begin<F: MultiwriteNorFlash>(flash: &mut F, slot: usize, base: u64) -> Result<Place, FlashFailed> {
    let place = SLOTS[slot];
    let wanted = header(base);
    let mut there = [0; HEADER];
    place.read(flash, 0, &mut there)?;
    // The same header, begun and cut: the rest of its bits are cleared without an erase.
    let completable = there.iter().zip(&wanted).all(|(there, wanted)| there & wanted == *wanted);
    if !completable || !place.is_blank_from(flash, HEADER as u32)? {
        place.erase(flash)?;
    }
    place.write(flash, 0, &wanted)?;
    place.read(flash, 0, &mut there)?;
    if there != wanted {
        return Err(FlashFailed);
    }
    Ok(Place { slot, base, marks: 0 })
}

fn look<F: MultiwriteNorFlash>(flash: &mut F, slot: Slot) -> Result<Found, FlashFailed> {
    let mut there = [0; HEADER];
    slot.read(flash, 0, &mut there)?;
    let mut base = [0; 8];
    base.copy_from_slice(&there[MAGIC.len()..MAGIC.len() + 8]);
    let base = u64::from_be_bytes(base);
    if there == header(base) {
        let (marks, gone_on) = marks(flash, slot)?;
        return Ok(Found::Counting { base, marks, gone_on });
    }
    Ok(if slot.is_blank_from(flash, HEADER as u32)? { Found::Unused } else { Found::Damaged })
}

/// The marks up to the last that is not all ones, and whether the word after the last step is written.
fn marks<F: MultiwriteNorFlash>(flash: &mut F, slot: Slot) -> Result<(u64, bool), FlashFailed> {
    let (mark, steps) = (mark::<F>(), steps_per_slot::<F>());
    let mut piece = [0; PIECE];
    let (mut seen, mut count, mut gone_on) = (0, 0, false);
    while seen <= steps {
        let words = ((PIECE / mark) as u64).min(steps + 1 - seen);
        let piece = &mut piece[..words as usize * mark];
        slot.read(flash, (HEADER + seen as usize * mark) as u32, piece)?;
        for (index, word) in (seen..).zip(piece.chunks_exact(mark)) {
            if word.iter().any(|byte| *byte != 0xff) {
                count = if index < steps { index + 1 } else { count };
                gone_on |= index == steps;
            }
        }
        seen += words;
    }
    Ok((count, gone_on))
}

fn header(base: u64) -> [u8; HEADER] {
    let mut header = [0; HEADER];
    let (content, place) = header.split_at_mut(HEADER - CHECK);
    content[..MAGIC.len()].copy_from_slice(&MAGIC);
    content[MAGIC.len()..].copy_from_slice(&base.to_be_bytes());
    place.copy_from_slice(&check(Sha256::new_with_prefix(&content)));
    header
}
