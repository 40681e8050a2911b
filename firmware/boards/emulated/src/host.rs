//! What the host lends: random bytes, and files that stand for lines and for a light.

use core::ffi::CStr;

use semihosting::fs::File;
use semihosting::io::{Read, Write};
use wetsign_element::{Entropy, Indicator, TamperInputs, hardware::EntropyFailed};
use wetsign_wire::Pattern;

/// The host's random source.
pub struct HostEntropy;

impl Entropy for HostEntropy {
    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), EntropyFailed> {
        let mut source = File::open(c"/dev/urandom").map_err(|_| EntropyFailed)?;
        let mut filled = 0;
        while filled < bytes.len() {
            match source.read(&mut bytes[filled..]) {
                Ok(0) | Err(_) => return Err(EntropyFailed),
                Ok(count) => filled += count,
            }
        }
        Ok(())
    }
}

/// A line that is active while a file exists in the folder that QEMU runs in.
pub struct FileLine {
    /// The file.
    pub name: &'static CStr,
    /// The line's bit.
    pub bit: u8,
}

impl TamperInputs for FileLine {
    fn read(&mut self) -> u8 {
        if File::open(self.name).is_ok() { self.bit } else { 0 }
    }
}

/// A light in the file `indicator` of the folder that QEMU runs in: one word, the pattern shown now.
pub struct FileLight;

impl Indicator for FileLight {
    fn show(&mut self, pattern: Pattern) {
        // A light that fails stops nobody.
        let _ = File::create(c"indicator").and_then(|mut file| file.write_all(pattern.as_str().as_bytes()));
    }
}
