//! What do the boards that QEMU emulates share?
//!
//! QEMU's boards have no random source and no flash that could be written. Both come from the host by semihosting:
//! random bytes from `/dev/urandom`, the flash from the file `flash.bin` in the folder that QEMU runs in. Whoever owns
//! that folder owns the element: its tokens say `emulator`, debugging enabled, no checked boot.

#![no_std]

pub mod board;
pub mod clock;
pub mod host;
pub mod nor;
pub mod run;
pub mod wake;

#[cfg(feature = "measure")]
mod measure;
mod panic;

pub use run::{Port, run};
