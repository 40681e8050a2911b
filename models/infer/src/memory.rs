//! What networks answered before, by the digest of what they were asked.
//!
//! Two generations of each kind bound it: once the younger holds [`GENERATION`] answers it becomes the older one, whose
//! answers are forgotten unless they were asked for again since. An answer is at most 6 kB (a mesh), so that all of
//! them together stay below 100 MB.

use std::collections::HashMap;

use opencv::prelude::*;
use sha2::{Digest, Sha256};

use crate::error::Result;
use crate::face::{Chip, Face, Mesh};
use crate::frame::Frame;
use crate::voice::spelling::Spelled;

/// SHA-256 of the network's name and its input.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Asked([u8; 32]);

/// Answers of one kind that a generation holds.
const GENERATION: usize = 4096;

/// The answers that were asked for last.
#[derive(Default)]
pub(crate) struct Memory {
    pub(crate) faces: Answers<Vec<Face>>,
    pub(crate) meshes: Answers<Mesh>,
    pub(crate) embeddings: Answers<Vec<Vec<f32>>>,
    pub(crate) scores: Answers<f32>,
    pub(crate) features: Answers<Vec<f64>>,
    pub(crate) activities: Answers<Vec<f32>>,
    pub(crate) voices: Answers<Vec<f32>>,
    pub(crate) transcripts: Answers<Option<String>>,
    pub(crate) spellings: Answers<Spelled>,
    pub(crate) consents: Answers<Option<Spelled>>,
    /// At most 1250 numbers, 5 kB.
    pub(crate) lips: Answers<Vec<f32>>,
}

/// Answers of one kind.
pub(crate) struct Answers<T> {
    young: HashMap<Asked, T>,
    old: HashMap<Asked, T>,
}

impl<T> Default for Answers<T> {
    fn default() -> Self {
        Self { young: HashMap::new(), old: HashMap::new() }
    }
}

impl<T: Clone> Answers<T> {
    /// The answer, if it is still known.
    pub(crate) fn recall(&mut self, asked: &Asked) -> Option<T> {
        if let Some(known) = self.young.get(asked) {
            return Some(known.clone());
        }
        let known = self.old.remove(asked)?;
        self.keep(*asked, known.clone());
        Some(known)
    }

    /// Keeps an answer.
    pub(crate) fn keep(&mut self, asked: Asked, answer: T) {
        if self.young.len() >= GENERATION {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(asked, answer);
    }
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

    #[test]
    fn what_is_asked_often_stays_and_the_rest_is_forgotten() {
        let asked = |number: usize| Asked::sound("speaker", &[number as f32]);
        let mut answers = Answers::default();
        for number in 0..5 * GENERATION {
            answers.keep(asked(number), number);
            assert_eq!(answers.recall(&asked(0)), Some(0), "{number}");
            assert!(answers.young.len() + answers.old.len() <= 2 * GENERATION);
        }
        assert_eq!(answers.recall(&asked(1)), None);
        assert_eq!(answers.recall(&asked(5 * GENERATION - 1)), Some(5 * GENERATION - 1));
    }
}
