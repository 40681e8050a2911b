//! How often a living voice scores above an attack, and how sure that is.

use std::collections::BTreeSet;

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use crate::eval::seed_of;

/// Draws of voices for an interval.
const DRAWS: usize = 400;

/// Probability that a bona fide presentation scores above an attack; chance is 0.5.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq)]
pub struct Area {
    /// Over all pairs of one fold: scores of two folds come from two fits and are not compared.
    pub area: f64,
    /// Lower end of the 95 % interval (percentile bootstrap in two stages: voices are drawn anew, then presentations of
    /// each, for a synthesiser with one voice has no other).
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// One tested presentation.
#[derive(Clone, Debug)]
pub struct Scored<'a> {
    /// Whose.
    pub voice: &'a str,
    /// What it is.
    pub bona_fide: bool,
    /// The fold whose fit gave the score.
    pub fold: usize,
    /// The score: nats, higher is living.
    pub evidence: f64,
    /// Whether the score reaches the fold's bound.
    pub accepted: bool,
}

impl Area {
    /// Of everything tested. The same scores and seed give the same interval.
    pub fn of(scored: &[Scored<'_>], seed: u64) -> Self {
        let (speakers, attackers) = (voices(scored, true), voices(scored, false));
        let mut rng = ChaCha8Rng::from_seed(seed_of(seed, "bootstrap of voices"));
        let mut drawn: Vec<f64> =
            (0..DRAWS).map(|_| above(&again(&speakers, &mut rng), &again(&attackers, &mut rng))).collect();
        drawn.sort_by(f64::total_cmp);
        Self {
            area: above(&speakers.concat(), &attackers.concat()),
            low: drawn[DRAWS / 40],
            high: drawn[DRAWS - 1 - DRAWS / 40],
        }
    }

    /// Whether the interval holds one half.
    pub fn is_chance(&self) -> bool {
        self.low <= 0.5 && 0.5 <= self.high
    }
}

/// A score with its fold.
type Score = (usize, f64);

fn voices(scored: &[Scored<'_>], bona_fide: bool) -> Vec<Vec<Score>> {
    let of: Vec<&Scored<'_>> = scored.iter().filter(|s| s.bona_fide == bona_fide).collect();
    let names: BTreeSet<&str> = of.iter().map(|s| s.voice).collect();
    let scores = |name: &&str| of.iter().filter(|s| s.voice == *name).map(|s| (s.fold, s.evidence)).collect();
    names.iter().map(scores).collect()
}

fn again(voices: &[Vec<Score>], rng: &mut ChaCha8Rng) -> Vec<Score> {
    let mut out = Vec::new();
    for _ in voices {
        let voice = &voices[rng.gen_range(0..voices.len())];
        out.extend((0..voice.len()).map(|_| voice[rng.gen_range(0..voice.len())]));
    }
    out
}

/// Share of the pairs within a fold in which the first is higher; equal ones count half.
fn above(higher: &[Score], lower: &[Score]) -> f64 {
    let folds: BTreeSet<usize> = higher.iter().map(|(fold, _)| *fold).collect();
    let (mut sum, mut pairs) = (0.0, 0);
    for fold in folds {
        let of = |scores: &[Score]| -> Vec<f64> {
            scores.iter().filter(|(own, _)| *own == fold).map(|(_, score)| *score).collect()
        };
        let (higher, mut sorted) = (of(higher), of(lower));
        sorted.sort_by(f64::total_cmp);
        let below = |value: &f64| {
            let (less, up_to) =
                (sorted.partition_point(|s| s < value), sorted.partition_point(|s| s <= value));
            f64::midpoint(less as f64, up_to as f64)
        };
        sum += higher.iter().map(below).sum::<f64>();
        pairs += higher.len() * sorted.len();
    }
    if pairs == 0 { 0.5 } else { sum / pairs as f64 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scored(voice: &'static str, bona_fide: bool, fold: usize, evidence: f64) -> Scored<'static> {
        Scored { voice, bona_fide, fold, evidence, accepted: true }
    }

    #[test]
    fn pairs_of_two_folds_are_not_compared() {
        let all = [
            scored("a", true, 0, 1.0),
            scored("b", true, 1, 11.0),
            scored("x", false, 0, 0.0),
            scored("x", false, 1, 10.0),
            scored("x", false, 1, 11.0),
        ];
        // One pair of the first fold and one and a half of two of the second.
        assert!((Area::of(&all, 1).area - 2.5 / 3.0).abs() < 1e-12);
    }

    #[test]
    fn one_voice_with_few_presentations_leaves_chance_within_its_interval() {
        let mut rng = ChaCha8Rng::seed_from_u64(3);
        let names: Vec<String> = (0..30).map(|n| format!("speaker {n}")).collect();
        let mut held = 0;
        for _ in 0..40 {
            let mut all: Vec<Scored<'_>> = Vec::new();
            for (n, name) in names.iter().enumerate() {
                all.extend((0..8).map(|_| Scored {
                    voice: name,
                    bona_fide: true,
                    fold: n % 4,
                    evidence: rng.r#gen(),
                    accepted: true,
                }));
            }
            all.extend((0..10).map(|n| scored("machine", false, n % 4, rng.r#gen())));
            held += usize::from(Area::of(&all, 1).is_chance());
        }
        assert!(held >= 34, "{held} of 40 intervals hold one half");
        let apart: Vec<Scored<'_>> = (0..40).map(|n| scored("a", n < 20, n % 4, f64::from(n < 20))).collect();
        assert!(!Area::of(&apart, 1).is_chance());
    }
}
