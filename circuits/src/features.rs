//! Quantised biometric vectors.

use crate::{Shape, ShapeError};
use zeroize::{Zeroize, ZeroizeOnDrop};

/// A face vector and a voice vector, quantised to whole numbers in [-128, 127].
///
/// Biometric data: wiped from memory on drop, and printable by no means (no `Debug`, no `Display`, no serialisation).
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct Features {
    /// Face coordinates, [`Shape::face`] of them.
    pub face: Vec<i8>,
    /// Voice coordinates, [`Shape::voice`] of them.
    pub voice: Vec<i8>,
}

impl Features {
    /// Refuses vectors of another size than `shape`. `whose` names the vector in the error ("template" or "probe").
    pub(crate) fn check(&self, shape: &Shape, whose: Whose) -> Result<(), ShapeError> {
        let (face, voice) = whose.names();
        for (what, found, expected) in
            [(face, self.face.len(), shape.face), (voice, self.voice.len(), shape.voice)]
        {
            if found != expected {
                return Err(ShapeError::Mismatch { what, found, expected });
            }
        }
        Ok(())
    }

    /// All-zero vectors: stand in wherever only the form of the circuit matters.
    #[cfg(feature = "prover")]
    pub(crate) fn blank(shape: &Shape) -> Self {
        Self { face: vec![0; shape.face], voice: vec![0; shape.voice] }
    }
}

/// Which of the two vectors an error speaks of.
#[derive(Clone, Copy)]
pub(crate) enum Whose {
    Template,
    Probe,
}

impl Whose {
    fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::Template => ("template face", "template voice"),
            Self::Probe => ("probe face", "probe voice"),
        }
    }
}
