//! What rooms do to every voice, taken out of a speaker embedding.
//!
//! A room changes the embeddings of all voices in much the same directions. They are fitted on speakers who are each
//! heard as they were recorded and in made rooms: the mean of all, and the directions in which one stretch of speech
//! varies most from room to room. Both are taken out of template and probe alike, before they are turned and quantised,
//! so a cosine is one of what is left (nuisance attribute projection, Solomonoff, Quillen and Campbell 2005). Numbers
//! and data are part of the manifest (`[voice_rooms]`) and so of what is attested. `wetsign-lab voicerooms` fits and
//! tests them.

use serde::{Deserialize, Serialize};

use crate::digest::Digest;

/// Numbers of the manifest are ten-thousandths.
const SCALE: f64 = 10_000.0;
/// Rounds of the search for a direction.
const ROUNDS: usize = 300;
/// Less than this of an embedding left over is no voice.
const LEAST: f64 = 1e-9;

/// What is taken out, and what it was fitted on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VoiceRooms {
    /// Speakers in the fit.
    pub speakers: u32,
    /// Stretches of their speech.
    pub stretches: u32,
    /// Made rooms in which each stretch is heard.
    pub rooms: u32,
    /// What the rooms are drawn from.
    pub seed: u64,
    /// SHA-256 of the digests of the recordings, one after the other.
    pub data: Digest,
    /// The digest of `ge2e`, whose embeddings these are.
    pub network: Digest,
    /// The room in which an enrolment is heard as well.
    pub enrolled: MadeRoom,
    /// Mean of the embeddings, ten-thousandths.
    pub mean: Vec<i32>,
    /// Directions, one after the other, each as long as the mean, ten-thousandths.
    pub directions: Vec<i32>,
}

/// A room that is made: direct sound, and a noise behind it that falls exponentially.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MadeRoom {
    /// Milliseconds in which its sound falls by 60 dB.
    pub decay: u32,
    /// Direct sound over all the rest, thousandths of a decibel.
    pub direct: i32,
    /// What its noise is drawn from.
    pub seed: u64,
}

impl VoiceRooms {
    /// A unit vector of what rooms leave alone. `None`: the embedding is of another length, or nothing is left of it.
    pub fn without(&self, embedding: &[f32]) -> Option<Vec<f32>> {
        let width = self.mean.len();
        if width == 0 || embedding.len() != width || !embedding.iter().all(|value| value.is_finite()) {
            return None;
        }
        let numbers = |list: &[i32]| list.iter().map(|value| f64::from(*value) / SCALE).collect::<Vec<_>>();
        let whole = unit(embedding.iter().map(|value| f64::from(*value)).collect())?;
        let mut left: Vec<f64> =
            whole.iter().zip(numbers(&self.mean)).map(|(value, mean)| value - mean).collect();
        for direction in self.directions.chunks_exact(width) {
            remove(&mut left, &unit(numbers(direction))?);
        }
        Some(unit(left)?.into_iter().map(|value| value as f32).collect())
    }

    /// What is enrolled of speech that is heard as it was said and in the made room: halfway between, rooms taken out.
    /// `None`: as for [`VoiceRooms::without`], or they are of different lengths.
    pub fn enrolment(&self, here: &[f32], there: &[f32]) -> Option<Vec<f32>> {
        let both: Vec<f32> = here.iter().zip(there).map(|(a, b)| a + b).collect();
        (here.len() == there.len()).then(|| self.without(&both))?
    }

    /// Whether the lists fit together and to embeddings of this length.
    pub fn fits(&self, width: usize) -> bool {
        let any = self.directions.iter().any(|value| *value != 0);
        self.mean.len() == width && any && self.directions.len().is_multiple_of(width.max(1))
    }
}

/// Mean and directions of stretches of speech, each given as its embeddings in several rooms, in ten-thousandths. As
/// many directions as asked, those of most variance first. `None`: embeddings of different lengths, or too few.
pub fn fit(stretches: &[Vec<Vec<f32>>], directions: usize) -> Option<(Vec<i32>, Vec<i32>)> {
    let width = stretches.first()?.first()?.len();
    let all: Vec<&Vec<f32>> = stretches.iter().flatten().collect();
    if all.iter().any(|one| one.len() != width) {
        return None;
    }
    let middle = |of: &[&Vec<f32>]| -> Vec<f64> {
        let sum = |k: usize| of.iter().map(|one| f64::from(one[k])).sum::<f64>();
        (0..width).map(|k| sum(k) / of.len().max(1) as f64).collect()
    };
    let mean = middle(&all);
    let mut scatter = vec![vec![0.0; width]; width];
    for stretch in stretches {
        let own = middle(&stretch.iter().collect::<Vec<_>>());
        for one in stretch {
            let off: Vec<f64> = one.iter().zip(&own).map(|(value, mean)| f64::from(*value) - mean).collect();
            for (row, a) in scatter.iter_mut().zip(&off) {
                row.iter_mut().zip(&off).for_each(|(sum, b)| *sum += a * b);
            }
        }
    }
    let mut found: Vec<Vec<f64>> = Vec::new();
    for number in 0..directions {
        // Any start that is no direction of a coordinate will do; it is the same each time.
        let start = |k: usize| 1.0 + ((k * 7919 + number * 104_729) % 101) as f64 / 101.0;
        let mut along: Vec<f64> = (0..width).map(start).collect();
        for _ in 0..ROUNDS {
            for other in &found {
                remove(&mut along, other);
            }
            let next = scatter.iter().map(|row| row.iter().zip(&along).map(|(a, b)| a * b).sum()).collect();
            along = unit(next)?;
        }
        for other in &found {
            remove(&mut along, other);
        }
        found.push(unit(along)?);
    }
    let rounded =
        |values: &[f64]| values.iter().map(|value| (value * SCALE).round() as i32).collect::<Vec<_>>();
    Some((rounded(&mean), found.iter().flat_map(|one| rounded(one)).collect()))
}

/// Of length one; `None` for next to nothing.
fn unit(mut vector: Vec<f64>) -> Option<Vec<f64>> {
    let length = vector.iter().map(|value| value * value).sum::<f64>().sqrt();
    if length.is_nan() || length <= LEAST {
        return None;
    }
    for value in &mut vector {
        *value /= length;
    }
    Some(vector)
}

/// Takes one direction, of length one, out of a vector.
fn remove(vector: &mut [f64], direction: &[f64]) {
    let along: f64 = vector.iter().zip(direction).map(|(a, b)| a * b).sum();
    vector.iter_mut().zip(direction).for_each(|(value, d)| *value -= along * d);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::Manifest;

    /// Three voices, each in rooms that push all of them along one direction.
    fn voices() -> Vec<Vec<Vec<f32>>> {
        let voice = |k: usize| {
            let room = |push: f32| {
                let mut one = vec![0.1_f32; 6];
                one[k] += 0.8;
                one[4] += push;
                one[5] -= push;
                one
            };
            [0.0, 0.05, 0.15].map(room).to_vec()
        };
        (0..3).map(voice).collect()
    }

    fn fitted() -> VoiceRooms {
        let (mean, directions) = fit(&voices(), 1).unwrap();
        VoiceRooms { mean, directions, ..Manifest::embedded().voice_rooms.clone() }
    }

    fn cosine(a: &[f32], b: &[f32]) -> f32 {
        a.iter().zip(b).map(|(a, b)| a * b).sum()
    }

    #[test]
    fn what_rooms_do_is_taken_out_and_who_speaks_is_left() {
        let rooms = fitted();
        let without = |voice: usize, room: usize| rooms.without(&voices()[voice][room]).unwrap();
        for voice in 0..3 {
            assert!(cosine(&without(voice, 0), &without(voice, 2)) > 0.97);
            assert!(cosine(&without(voice, 0), &without((voice + 1) % 3, 0)) < 0.2);
        }
        let length: f32 = without(0, 1).iter().map(|value| value * value).sum();
        assert!((length - 1.0).abs() < 1e-5);
    }

    #[test]
    fn directions_stand_at_right_angles_and_are_the_same_each_time() {
        let (_, found) = fit(&voices(), 1).unwrap();
        assert_eq!(fit(&voices(), 1).unwrap().1, found);
        assert!(found[..4].iter().all(|value| value.abs() <= 1) && found[4] == -found[5], "{found:?}");
        assert_eq!(found[4].abs(), 7071);
    }

    #[test]
    fn what_is_no_voice_has_nothing_left() {
        let rooms = &Manifest::embedded().voice_rooms;
        let width = rooms.mean.len();
        assert!(rooms.fits(width) && !rooms.fits(width + 1));
        assert_eq!(rooms.without(&vec![0.0; width]), None);
        assert_eq!(rooms.without(&vec![0.1; width - 1]), None);
        assert_eq!(rooms.without(&vec![f32::NAN; width]), None);
        assert!(rooms.without(&vec![0.1; width]).is_some());
        assert_eq!(rooms.enrolment(&vec![0.1; width], &vec![0.1; width - 1]), None);
        assert_eq!(fit(&[], 1), None);
        assert_eq!(fit(&[vec![vec![1.0; 3], vec![1.0; 2]]], 1), None);
    }
}
