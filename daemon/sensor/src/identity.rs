//! Is it one person from the first frame to the last?
//!
//! Every frame with a face is embedded, two at a time. The face at rest that is most like the others at rest is the
//! reference: one real frame, never a mean in which two faces could hide. Whoever is put in its place later, be it for
//! a moment or in every second frame, differs from it.

use wetsign_infer::{Chip, InferError, Sight, quality::cosine};
use wetsign_models::manifest::Identity;
use zeroize::{Zeroize, Zeroizing};

/// The embeddings of a capture, in the order of its frames.
#[derive(Default)]
pub struct Track {
    waiting: Option<Chip>,
    embeddings: Vec<Vec<f32>>,
    at_rest: Vec<usize>,
}

impl Track {
    /// Adds a face and gives its index.
    pub fn push(&mut self, sight: &mut Sight, chip: Chip, at_rest: bool) -> Result<usize, InferError> {
        let index = self.embeddings.len() + usize::from(self.waiting.is_some());
        if at_rest {
            self.at_rest.push(index);
        }
        match self.waiting.take() {
            Some(first) => self.embeddings.extend(sight.embed_chips(&[first, chip])?),
            None => self.waiting = Some(chip),
        }
        Ok(index)
    }

    /// Embeds what still waits for a second face.
    pub fn finish(&mut self, sight: &mut Sight) -> Result<(), InferError> {
        if let Some(last) = self.waiting.take() {
            self.embeddings.extend(sight.embed_chips(&[last])?);
        }
        Ok(())
    }

    /// The embeddings of these frames.
    pub fn of(&self, indices: impl Iterator<Item = usize>) -> Zeroizing<Vec<Vec<f32>>> {
        Zeroizing::new(indices.filter_map(|index| self.embeddings.get(index).cloned()).collect())
    }

    /// The lowest cosine with the face at rest that the middle one of the frames in a row stays below; `None` without a
    /// face at rest or with too few frames.
    pub fn identity(&self, bounds: &Identity) -> Option<f32> {
        let at_rest: Vec<&Vec<f32>> =
            self.at_rest.iter().filter_map(|index| self.embeddings.get(*index)).collect();
        let likeness = |one: &&&Vec<f32>| at_rest.iter().map(|other| cosine(one, other)).sum::<f32>();
        let reference = at_rest.iter().max_by(|a, b| likeness(a).total_cmp(&likeness(b)))?;
        let cosines: Vec<f32> = self.embeddings.iter().map(|frame| cosine(frame, reference)).collect();
        if cosines.len() < bounds.least {
            return None;
        }
        let middle = |window: &[f32]| {
            let mut window = window.to_vec();
            window.sort_unstable_by(f32::total_cmp);
            window[bounds.in_a_row / 2]
        };
        cosines.windows(bounds.in_a_row).map(middle).min_by(f32::total_cmp)
    }
}

impl Drop for Track {
    fn drop(&mut self) {
        self.embeddings.zeroize();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOUNDS: Identity = Identity { in_a_row: 3, least: 5 };
    const OWN: [f32; 3] = [1.0, 0.2, 0.0];
    const OTHER: [f32; 3] = [0.1, 0.0, 1.0];

    fn track(frames: &[[f32; 3]], at_rest: usize) -> Track {
        Track {
            waiting: None,
            embeddings: frames.iter().map(|frame| frame.to_vec()).collect(),
            at_rest: (0..at_rest).collect(),
        }
    }

    #[test]
    fn one_person_stays_one_and_a_single_bad_frame_is_nobody_else() {
        let mut frames = vec![OWN; 12];
        assert!(track(&frames, 4).identity(&BOUNDS).unwrap() > 0.99);
        frames[8] = OTHER;
        assert!(track(&frames, 4).identity(&BOUNDS).unwrap() > 0.99);
    }

    #[test]
    fn a_swap_for_two_frames_and_every_second_frame_are_seen() {
        let mut swapped = vec![OWN; 12];
        swapped[7] = OTHER;
        swapped[8] = OTHER;
        assert!(track(&swapped, 4).identity(&BOUNDS).unwrap() < 0.2);
        let interleaved: Vec<_> = (0..12).map(|i| if i % 2 == 0 { OWN } else { OTHER }).collect();
        assert!(track(&interleaved, 4).identity(&BOUNDS).unwrap() < 0.2);
    }

    #[test]
    fn without_a_face_at_rest_or_with_few_frames_there_is_no_measurement() {
        assert_eq!(track(&[OWN; 12], 0).identity(&BOUNDS), None);
        assert_eq!(track(&[OWN; BOUNDS.least - 1], 2).identity(&BOUNDS), None);
    }
}
