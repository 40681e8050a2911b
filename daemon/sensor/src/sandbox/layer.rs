//! What confinement is made of, and what it has to leave.

use std::path::Path;

/// What the program has to read beside the system's libraries and its devices.
#[derive(Clone, Copy, Debug, Default)]
pub struct Needs<'a> {
    /// The cache folder, of which it reads ONNX Runtime and the networks.
    pub cache: Option<&'a Path>,
    /// Recordings lie anywhere: whoever accepts them as sources lets the program read what its user may read.
    pub recordings: bool,
}

/// One thing that was to be given up, and why it was not where it was not.
#[derive(Clone, Debug)]
pub struct Layer {
    /// As reports name it.
    pub name: &'static str,
    /// Whether it was given up, else why not.
    pub held: Result<(), String>,
}
