//! The one flash, lent to whichever of counter and storage is at work.

use core::cell::RefCell;

use embedded_storage::nor_flash::MultiwriteNorFlash;

use crate::slot::{ALIGN, FlashFailed, SLOT};

/// Bytes of flash, from its offset 0, that the element's state takes.
pub const AREA: u32 = 4 * SLOT;

/// Flash that counter and storage share.
pub struct StateFlash<F>(RefCell<F>);

impl<F: MultiwriteNorFlash> StateFlash<F> {
    const FITS: () = {
        assert!(ALIGN.is_multiple_of(F::WRITE_SIZE), "the flash writes larger words than a state is made of");
        assert!(ALIGN.is_multiple_of(F::READ_SIZE), "the flash reads larger words than a state is made of");
        assert!((SLOT as usize).is_multiple_of(F::ERASE_SIZE), "a slot is not made of whole erase blocks");
    };

    /// Takes the flash. Its first [`AREA`] bytes are the element's.
    pub fn new(flash: F) -> Self {
        const { Self::FITS };
        Self(RefCell::new(flash))
    }

    /// Gives the flash back.
    pub fn into_inner(self) -> F {
        self.0.into_inner()
    }

    pub(crate) fn with<R>(
        &self,
        work: impl FnOnce(&mut F) -> Result<R, FlashFailed>,
    ) -> Result<R, FlashFailed> {
        work(&mut *self.0.try_borrow_mut().map_err(|_| FlashFailed)?)
    }
}
