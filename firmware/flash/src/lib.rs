//! How does the element's state survive in flash?
//!
//! Four slots of [`SLOT`] bytes: two for the counter ([`counter`]), two for everything else ([`image`]). Both kinds write the
//! next state beside the present one and never over it, so that a power cut at any write or erase leaves the old
//! state or the new one. What a cut tore is recognised by the first 8 bytes of its SHA-256.
//!
//! The flash below is NOR: an erase sets a block to ones, a write only clears bits, and a word may be written again as
//! long as it only clears bits ([`MultiwriteNorFlash`]).
//!
//! `no_std`, no allocation, no unsafe.

#![no_std]

pub mod counter;
pub mod image;

mod slot;

use core::cell::RefCell;

use embedded_storage::nor_flash::MultiwriteNorFlash;

pub use counter::FlashCounter;
pub use image::FlashStorage;

/// Bytes of a slot: a multiple of the flash's erase size.
pub const SLOT: u32 = 4096;

/// Bytes of flash, from its offset 0, that the element's state takes.
pub const AREA: u32 = 4 * SLOT;

/// Flash that counter and storage share.
pub struct StateFlash<F>(RefCell<F>);

/// The flash failed, or holds what cannot have been written by this code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FlashFailed;

impl<F: MultiwriteNorFlash> StateFlash<F> {
    const FITS: () = {
        assert!(
            slot::ALIGN.is_multiple_of(F::WRITE_SIZE),
            "the flash writes larger words than a state is made of"
        );
        assert!(
            slot::ALIGN.is_multiple_of(F::READ_SIZE),
            "the flash reads larger words than a state is made of"
        );
        assert!((SLOT as usize).is_multiple_of(F::ERASE_SIZE), "a slot is not made of whole erase blocks");
    };

    /// Takes the flash. Its first [`AREA`] bytes are the element's.
    pub fn new(flash: F) -> Self {
        const { Self::FITS };
        Self(RefCell::new(flash))
    }

    /// The counter in this flash.
    pub fn counter(&self) -> FlashCounter<'_, F> {
        FlashCounter::new(self)
    }

    /// The storage in this flash.
    pub fn storage(&self) -> FlashStorage<'_, F> {
        FlashStorage::new(self)
    }

    /// Gives the flash back.
    pub fn into_inner(self) -> F {
        self.0.into_inner()
    }

    fn with<R>(&self, work: impl FnOnce(&mut F) -> Result<R, FlashFailed>) -> Result<R, FlashFailed> {
        work(&mut *self.0.try_borrow_mut().map_err(|_| FlashFailed)?)
    }
}
