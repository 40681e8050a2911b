//! How does the element's state survive in flash?
//!
//! Four slots of [`SLOT`] bytes: two for the counter ([`counter`]), two for everything else ([`image`]). Both kinds
//! write the next state beside the present one and never over it, so that a power cut at any write or erase leaves the
//! old state or the new one. What a cut tore is recognised by the first 8 bytes of its SHA-256.
//!
//! The flash below is NOR: an erase sets a block to ones, a write only clears bits, and a word may be written again as
//! long as it only clears bits ([`MultiwriteNorFlash`](embedded_storage::nor_flash::MultiwriteNorFlash)).
//!
//! `no_std`, no allocation, no unsafe.

#![no_std]

pub mod counter;
pub mod image;

mod shared;
mod slot;
mod stored;

pub use counter::FlashCounter;
pub use image::FlashStorage;
pub use shared::{AREA, StateFlash};
pub use slot::{FlashFailed, SLOT};
