//! Face and voice together, fitted on some people and measured on others.

use std::collections::{BTreeMap, BTreeSet};

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use wetsign_models::calibration::{Calibration, Fusion};
use wetsign_models::manifest::{Digest, Manifest};

use super::rate::AtThreshold;
use super::rates::{Recognition, Sorted};
use super::trials::{Capture, Trial, Trials};

/// The false match rate at which the bound of the fused evidence is set.
pub const TARGET_FMR: f64 = 0.01;

/// A fitted rule and what it comes to on other people.
#[derive(Clone, Debug, Serialize)]
pub struct FusionReport {
    /// Whether face and voice of a person are two people's, drawn together by the seed (a *chimeric* data base).
    pub chimeric: bool,
    /// People whose faces, and whose voices, the rule was fitted on.
    pub fitted_on: (usize, usize),
    /// The rule.
    pub fusion: Fusion,
    /// Evidence that a match needs, nats.
    pub bound: f64,
    /// Digest of the captures of the fit.
    pub data: Digest,
    /// Whether the manifest states this rule, fitted on these captures.
    pub in_manifest: bool,
    /// Face alone, voice alone and both, on the people that nothing was fitted on.
    pub test: Vec<Recognition>,
    /// What the manifest's bounds of face and voice come to on those people, and what they do with this rule behind
    /// them.
    pub decision: Vec<AtThreshold>,
    /// Cost of the test people's log-likelihood ratios, bits: 0 is perfect, 1 says nothing.
    pub cllr: f64,
    /// Scores of the test: fused, mated or not.
    #[serde(skip)]
    pub scores: (Vec<f64>, Vec<f64>),
}

/// Splits the people of each modality into two halves, fits on one and tests on the other. `None` where a half is left
/// without comparisons of both kinds.
pub fn report(faces: &Trials, voices: &Trials, bounds: (f64, f64), seed: u64) -> Option<FusionReport> {
    let fitted = fit_half(faces, voices, seed)?;
    let (test_faces, test_voices) = &fitted.test;
    let scored =
        |score: &dyn Fn(f64, f64) -> f64| paired(test_faces, test_voices, fitted.chimeric, seed, score);
    let evidence = |face, voice| fitted.fusion.ratio(face, voice);
    let passes = |passed: bool| f64::from(u8::from(passed));
    let each = |face, voice| face >= bounds.0 && voice >= bounds.1;
    let both = scored(&evidence);
    let scores = (both.scores(true), both.scores(false));
    if scores.0.is_empty() || scores.1.is_empty() {
        return None;
    }
    let alone = scored(&|face, voice| passes(each(face, voice)));
    let behind = scored(&|face, voice| passes(each(face, voice) && evidence(face, voice) >= fitted.bound));
    let stated = &Manifest::embedded().fusion;
    let data = fitted.data();
    Some(FusionReport {
        chimeric: fitted.chimeric,
        fitted_on: fitted.people(),
        data,
        in_manifest: stated.states(&fitted.fusion) && stated.data == data && stated.seed == seed,
        decision: vec![
            alone.at(0.5, "the bounds of face and voice"),
            behind.at(0.5, "and the evidence of both together"),
        ],
        fusion: fitted.fusion,
        bound: fitted.bound,
        test: vec![
            Recognition::of("face, test people", test_faces, bounds.0),
            Recognition::of("voice, test people", test_voices, bounds.1),
            Recognition::of("fusion, test people", &both, fitted.bound),
        ],
        cllr: cllr(&scores.0, &scores.1),
        scores,
    })
}

/// The rule that a half of the people gives, and what it was fitted on.
pub struct Fitted {
    /// The rule.
    pub fusion: Fusion,
    /// Evidence that a match needs, nats.
    pub bound: f64,
    /// Whether face and voice of a person are two people's.
    pub chimeric: bool,
    /// The faces of the fit.
    pub faces: Trials,
    /// The voices of the fit.
    pub voices: Trials,
    test: (Trials, Trials),
}

impl Fitted {
    /// People whose faces, and whose voices, it was fitted on.
    pub fn people(&self) -> (usize, usize) {
        (self.faces.subjects().len(), self.voices.subjects().len())
    }

    /// Digest of the captures that it was fitted on.
    pub fn data(&self) -> Digest {
        digest(&[&self.faces, &self.voices])
    }
}

/// Fits on one half of the people. `None` where it is left without comparisons of both kinds.
pub fn fit_half(faces: &Trials, voices: &Trials, seed: u64) -> Option<Fitted> {
    let common: BTreeSet<&str> = faces.subjects().intersection(&voices.subjects()).copied().collect();
    let chimeric = common.len() < 4;
    let (fit_faces, test_faces) = halves(faces, seed, "people");
    let (fit_voices, test_voices) = halves(voices, seed, if chimeric { "voices" } else { "people" });
    let fusion = fit(&fit_faces, &fit_voices)?;
    let both = paired(&fit_faces, &fit_voices, chimeric, seed, &|face, voice| fusion.ratio(face, voice));
    let seen = Sorted::new(&both.scores(true), &both.scores(false)).threshold_at(TARGET_FMR);
    // Of likelihood ratios of different people no more than one in n reaches n, their mean being one (Markov's
    // inequality). Few people have few comparisons near the bound, so this is the higher of the two.
    let bound = seen.max(-TARGET_FMR.ln());
    let test = (test_faces, test_voices);
    bound.is_finite().then_some(Fitted {
        fusion,
        bound,
        chimeric,
        faces: fit_faces,
        voices: fit_voices,
        test,
    })
}

/// Calibrates each modality on its own comparisons.
fn fit(faces: &Trials, voices: &Trials) -> Option<Fusion> {
    let of = |trials: &Trials| Calibration::fit(&trials.scores(true), &trials.scores(false));
    Some(Fusion { face: of(faces)?, voice: of(voices)? })
}

/// Two sets of people without anybody in common. People with several captures and people with one are split apart, so
/// that each half has comparisons of both kinds; who may be one person stays in one half.
fn halves(trials: &Trials, seed: u64, what: &str) -> (Trials, Trials) {
    let mut counts: BTreeMap<&str, (usize, &str)> = BTreeMap::new();
    for capture in trials.of() {
        let together = if capture.kin.is_some() && capture.scene != capture.recording {
            capture.kin.as_deref()
        } else {
            None
        };
        let entry = counts.entry(&capture.subject).or_insert((0, together.unwrap_or(&capture.subject)));
        entry.0 += 1;
    }
    let mut chosen: BTreeSet<&str> = BTreeSet::new();
    for several in [false, true] {
        let mut units: Vec<&str> =
            counts.values().filter(|(n, _)| (*n > 1) == several).map(|(_, unit)| *unit).collect();
        units.sort_unstable();
        units.dedup();
        units.shuffle(&mut ChaCha8Rng::from_seed(super::seed_of(seed, &format!("halves {what} {several}"))));
        units.truncate(units.len() / 2);
        chosen.extend(units);
    }
    let part = |first: bool| {
        let of = |capture: &&Capture| chosen.contains(counts[capture.subject.as_str()].1) == first;
        Trials::all(trials.of().iter().filter(of).cloned().collect(), seed)
    };
    (part(true), part(false))
}

/// Captures of both modalities as one person's. Real people keep their own; chimeric ones are a voice with the face of
/// somebody who was seen more than once.
fn paired(
    faces: &Trials,
    voices: &Trials,
    chimeric: bool,
    seed: u64,
    score: &dyn Fn(f64, f64) -> f64,
) -> Trials {
    let by_subject = |trials: &Trials| {
        let mut found: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (index, capture) in trials.of().iter().enumerate() {
            found.entry(capture.subject.clone()).or_default().push(index);
        }
        found
    };
    let (face_of, voice_of) = (by_subject(faces), by_subject(voices));
    let mut owners: Vec<&String> =
        face_of.iter().filter(|(_, of)| of.len() > 1).map(|(name, _)| name).collect();
    owners.shuffle(&mut ChaCha8Rng::from_seed(super::seed_of(seed, "chimeras")));
    let mut captures = Vec::new();
    let mut parts = Vec::new();
    for (number, (voice, heard)) in voice_of.iter().enumerate() {
        let face = if chimeric { owners.get(number % owners.len().max(1)).copied() } else { Some(voice) };
        let Some((face, seen)) = face.and_then(|face| Some((face, face_of.get(face)?))) else { continue };
        for (index, heard) in heard.iter().enumerate() {
            let name = if chimeric { format!("{voice} with {face}") } else { voice.clone() };
            let source = &voices.of()[*heard];
            captures.push(Capture { subject: name, vector: Vec::new(), ..source.clone() });
            parts.push((seen[index % seen.len()], *heard));
        }
    }
    let mut trials = Vec::new();
    for a in 0..captures.len() {
        for b in a + 1..captures.len() {
            let (face_a, voice_a) = (&faces.of()[parts[a].0], &voices.of()[parts[a].1]);
            let (face_b, voice_b) = (&faces.of()[parts[b].0], &voices.of()[parts[b].1]);
            // A mated pair of the same face capture would be a comparison of a picture with itself.
            let (Some(face), Some(voice)) = (face_a.mated(face_b), voice_a.mated(voice_b)) else { continue };
            if face != voice || parts[a].0 == parts[b].0 {
                continue;
            }
            let cosine =
                |a: &Capture, b: &Capture| f64::from(wetsign_infer::quality::cosine(&a.vector, &b.vector));
            let score = score(cosine(face_a, face_b), cosine(voice_a, voice_b));
            trials.push(Trial { a, b, mated: face, score });
        }
    }
    Trials::scored(captures, trials)
}

/// Who was captured, where, and what was seen.
fn digest(sets: &[&Trials]) -> Digest {
    let mut hash = Sha256::new();
    for capture in sets.iter().flat_map(|set| set.of()) {
        for text in [&capture.subject, &capture.recording, &capture.scene] {
            hash.update((text.len() as u64).to_be_bytes());
            hash.update(text);
        }
        for value in &capture.vector {
            hash.update(value.to_be_bytes());
        }
    }
    Digest(hash.finalize().into())
}

/// The cost of log-likelihood ratios (Brümmer and du Preez 2006), bits.
fn cllr(mated: &[f64], nonmated: &[f64]) -> f64 {
    let mean = |scores: &[f64], sign: f64| {
        scores.iter().map(|s| (sign * s).exp().ln_1p() / std::f64::consts::LN_2).sum::<f64>()
            / scores.len() as f64
    };
    f64::midpoint(mean(mated, -1.0), mean(nonmated, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::synthetic;

    #[test]
    fn two_weak_modalities_are_stronger_together_on_people_that_nothing_was_fitted_on() {
        let faces = Trials::all(synthetic::people(30, 4, 16, 1.1, 1), 1);
        let voices = Trials::all(synthetic::people(30, 4, 16, 1.1, 2), 1);
        let report = report(&faces, &voices, (0.5, 0.5), 1).unwrap();
        assert!(!report.chimeric);
        let error = |index: usize| report.test[index].equal_error.unwrap().0;
        assert!(error(2) < error(0) && error(2) < error(1), "{} {} {}", error(0), error(1), error(2));
        assert!(report.cllr < 0.8);
    }

    #[test]
    fn nobody_is_in_both_halves() {
        let trials = Trials::all(synthetic::people(11, 3, 8, 0.5, 1), 1);
        let (first, second) = halves(&trials, 1, "x");
        assert!(first.subjects().is_disjoint(&second.subjects()));
        assert_eq!(first.subjects().len() + second.subjects().len(), 11);
        assert_eq!(first.subjects().len(), 5);
    }
}
