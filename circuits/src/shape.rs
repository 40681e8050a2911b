//! The sizes that a key is made for.

use serde::Serialize;

/// Most levels a registry may have: 4^31 leaves still count in a `u64`.
pub const MAX_LEVELS: usize = 31;
/// Most coordinates of one kind (face or voice).
pub const MAX_COORDINATES: usize = 4096;
/// Children of a registry node.
pub const ARITY: usize = 4;

/// Sizes of the statement. Another shape is another circuit and needs another key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Shape {
    /// Coordinates of a face vector, 1 to [`MAX_COORDINATES`].
    pub face: usize,
    /// Coordinates of a voice vector, 1 to [`MAX_COORDINATES`].
    pub voice: usize,
    /// Levels of the 4-ary registry tree, 1 to [`MAX_LEVELS`]; the tree has 4^levels leaves.
    pub levels: usize,
}

/// A shape, or something that should have fitted one, has an impossible size.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ShapeError {
    /// The shape itself is out of bounds.
    #[error("shape has {what} = {found}, allowed is 1 to {most}")]
    OutOfBounds {
        /// Which field of [`Shape`].
        what: &'static str,
        /// Its value.
        found: usize,
        /// The largest allowed value.
        most: usize,
    },
    /// A vector or path is of another size than the key's shape asks for.
    #[error("{what} has {found} entries, the key's shape asks for {expected}")]
    Mismatch {
        /// What was measured, e.g. "template face".
        what: &'static str,
        /// Its size.
        found: usize,
        /// The size in the shape.
        expected: usize,
    },
}

impl Shape {
    /// The frozen size: face 192, voice 256, 4^14 = 2^28 leaves.
    pub const DEFAULT: Shape = Shape { face: 192, voice: 256, levels: 14 };

    /// Refuses sizes for which the range arguments of the gadgets were not made.
    ///
    /// # Errors
    /// [`ShapeError::OutOfBounds`] names the first size out of bounds.
    pub fn check(&self) -> Result<(), ShapeError> {
        for (what, found, most) in [
            ("face", self.face, MAX_COORDINATES),
            ("voice", self.voice, MAX_COORDINATES),
            ("levels", self.levels, MAX_LEVELS),
        ] {
            if found == 0 || found > most {
                return Err(ShapeError::OutOfBounds { what, found, most });
            }
        }
        Ok(())
    }
}

impl Default for Shape {
    fn default() -> Self {
        Self::DEFAULT
    }
}
