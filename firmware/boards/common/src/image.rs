//! The firmware image as it lies in flash.
//!
//! From the vector table to the end of the initial values of `.data`, as `cortex-m-rt`'s linker script lays it out.
//! That is what the file's loadable segments hold, so `cargo xtask firmware` computes the digest that the element
//! measures from the built program.

use wetsign_element::{FirmwareImage, hardware::ImageFailed};

#[allow(unsafe_code)]
unsafe extern "C" {
    static __vector_table: u8;
    static __sidata: u8;
    static __sdata: u8;
    static __edata: u8;
}

/// The image in flash.
#[allow(unsafe_code)]
fn bytes() -> &'static [u8] {
    let start = &raw const __vector_table;
    let initial_values = &raw const __edata as usize - &raw const __sdata as usize;
    let end = &raw const __sidata as usize + initial_values;
    // SAFETY: the linker places the image in flash from `start` to `end` without a gap; nobody writes there while this
    // runs.
    unsafe { core::slice::from_raw_parts(start, end - start as usize) }
}

/// The image, for the element to measure.
pub struct OwnImage;

impl FirmwareImage for OwnImage {
    fn read(&mut self, part: &mut dyn FnMut(&[u8])) -> Result<(), ImageFailed> {
        part(bytes());
        Ok(())
    }
}
