//! What networks answered before, by the digest of what they were asked.

use std::collections::HashMap;

use opencv::prelude::*;
use sha2::{Digest, Sha256};

use crate::error::Result;
use crate::face::{Chip, Face, Mesh};
use crate::frame::Frame;

/// SHA-256 of the network's name and its input.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Asked([u8; 32]);

/// Every answer so far.
#[derive(Default)]
pub(crate) struct Memory {
    pub(crate) faces: HashMap<Asked, Vec<Face>>,
    pub(crate) meshes: HashMap<Asked, Mesh>,
    pub(crate) embeddings: HashMap<Asked, Vec<Vec<f32>>>,
    pub(crate) scores: HashMap<Asked, f32>,
    pub(crate) voices: HashMap<Asked, Vec<f32>>,
    pub(crate) transcripts: HashMap<Asked, String>,
}

impl Asked {
    /// A network on a picture, and where in it.
    pub(crate) fn picture(network: &str, frame: &Frame, place: &[f32]) -> Result<Self> {
        let mut hash = Sha256::new();
        hash.update(network);
        hash.update(frame.digest()?);
        for value in place {
            hash.update(value.to_be_bytes());
        }
        Ok(Self(hash.finalize().into()))
    }

    /// The face embedding on aligned faces.
    pub(crate) fn chips(chips: &[Chip]) -> Result<Self> {
        let mut hash = Sha256::new();
        hash.update("embedding");
        for chip in chips {
            hash.update(chip.0.data_bytes()?);
        }
        Ok(Self(hash.finalize().into()))
    }

    /// A network on 16 kHz sound.
    pub(crate) fn sound(network: &str, samples: &[f32]) -> Self {
        let mut hash = Sha256::new();
        hash.update(network);
        for sample in samples {
            hash.update(sample.to_be_bytes());
        }
        Self(hash.finalize().into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_differs_by_network_picture_and_place() {
        let frame = |value| Frame::from_bgr(4, 2, &[value; 24]).unwrap();
        let asked = |network, value, place: &[f32]| Asked::picture(network, &frame(value), place).unwrap();
        let same = asked("mesh", 1, &[1.0]);
        assert!(same == asked("mesh", 1, &[1.0]));
        for other in [asked("faces", 1, &[1.0]), asked("mesh", 2, &[1.0]), asked("mesh", 1, &[2.0])] {
            assert!(same != other);
        }
        assert!(Asked::sound("speaker", &[0.0]) != Asked::sound("speaker", &[0.5]));
    }
}
