//! Passive detection over a capture: what a face's pixels say of paper and displays, in dozens of frames.
//!
//! The networks work on a thread of their own while frames arrive, so that little is left to do after the last one.
//! Which frames are judged, and how each is cut, follows from how many were offered alone, never from how quick the
//! thread is. Each frame is seen in one crop, in turn ([`crop`]): near its border `pad_fas` answers differently to
//! crops that differ by a tenth, and a median of one crop hides that. A face narrower than what the networks were
//! measured on is no evidence, for or against.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use wetsign_infer::{Crop, Face, Frame, InferError, PAD_FEATURES, Passive as Networks, log_odds};
use wetsign_liveness::{Measure, Measurements};
use wetsign_models::manifest::{Manifest, Passive as Bounds};
use zeroize::Zeroizing;

use crate::moves::median;
use crate::spread::Spread;

/// The faces of a capture that are wide enough, with what is around them, as the camera gave them. Shared by who offers
/// them and who scores them.
pub struct Passive {
    bounds: Bounds,
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    kept: Spread<Kept>,
    /// No more will be offered.
    over: bool,
    /// What is not scored yet need not be.
    abandoned: bool,
}

struct Kept {
    place: usize,
    work: Work,
}

enum Work {
    Waiting(Frame, Face),
    Begun,
    Done(Scores),
}

/// What the networks say of one frame.
struct Scores {
    fas: f32,
    fr: f32,
    crop: Crop,
    /// What the fused rule weighs, where the crop is the face box itself and the face neither too small nor too far out
    /// of the picture for it.
    features: Option<Vec<f64>>,
}

/// While it lives, frames are scored; dropped early, what waits is left alone.
pub struct Running<'a>(&'a Passive);

impl Passive {
    /// An empty one.
    pub fn new(bounds: Bounds) -> Self {
        let state = State { kept: Spread::new(bounds.frames / 2), over: false, abandoned: false };
        Self { bounds, state: Mutex::new(state), changed: Condvar::new() }
    }

    /// Looks at a frame's only face.
    pub fn offer(&self, frame: &Frame, face: &Face) -> Result<(), InferError> {
        if face.size() < self.bounds.width.get() {
            return Ok(());
        }
        match face.around(frame) {
            Ok((part, face)) => {
                let keep = |place| Kept { place, work: Work::Waiting(part, face) };
                self.state().kept.offer(keep);
                self.changed.notify_one();
            }
            // Half out of the picture: no evidence either.
            Err(InferError::FaceBox { .. }) => {}
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// Scores what is offered, until it is over.
    pub fn score(&self, networks: &mut Networks) -> Result<(), InferError> {
        while let Some((place, frame, face)) = self.next() {
            let scores = Scores::of(networks, &frame, &face, crop(place, &self.bounds))?;
            let mut state = self.state();
            if let Some(kept) = state.kept.iter_mut().find(|kept| kept.place == place) {
                kept.work = Work::Done(scores);
            }
        }
        Ok(())
    }

    /// For as long as a capture runs.
    pub fn running(&self) -> Running<'_> {
        Running(self)
    }

    /// What waits: of all kept frames the one that will be kept for longest, so that little is done in vain.
    fn next(&self) -> Option<(usize, Frame, Face)> {
        let mut state = self.state();
        loop {
            if state.abandoned {
                return None;
            }
            let waiting = |kept: &&mut Kept| matches!(kept.work, Work::Waiting(..));
            if let Some(kept) = state.kept.iter_mut().filter(waiting).max_by_key(|kept| lasting(kept.place))
                && let Work::Waiting(frame, face) = std::mem::replace(&mut kept.work, Work::Begun)
            {
                return Some((kept.place, frame, face));
            }
            if state.over {
                return None;
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Fills in what the networks said; nothing where too few faces were wide enough, or not all that were kept are
    /// scored.
    pub fn measure(&self, into: &mut Measurements) {
        let state = self.state();
        let scored: Option<Vec<&Scores>> = state
            .kept
            .iter()
            .map(|kept| if let Work::Done(scores) = &kept.work { Some(scores) } else { None })
            .collect();
        let Some(scores) = scored.filter(|scores| scores.len() >= self.bounds.least) else { return };
        let fas: Vec<f32> = scores.iter().map(|scores| scores.fas).collect();
        let fr: Vec<f32> = scores.iter().map(|scores| scores.fr).collect();
        let plain = scores.iter().filter(|scores| scores.crop == Crop::PLAIN);
        let features = plain.map(|scores| scores.features.clone()).collect();

        let mut set = |measure, value: Option<f64>| {
            if let Some(value) = value {
                into.set(measure, value);
            }
        };
        set(Measure::PadPair, pair(&fas, &fr));
        set(Measure::PadFas, median(fas).map(f64::from));
        set(Measure::PadFr, median(fr).map(f64::from));
        set(Measure::PadFused, fused(features, self.bounds.plain));
    }
}

impl Running<'_> {
    /// No more will be offered; what waits is scored.
    pub fn end(self) {
        self.0.state().over = true;
        self.0.changed.notify_all();
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.abandoned = !state.over;
        self.0.changed.notify_all();
    }
}

impl Scores {
    fn of(networks: &mut Networks, frame: &Frame, face: &Face, crop: Crop) -> Result<Self, InferError> {
        let (fas, fr) = (networks.pad_fas_cut(frame, face, crop)?, networks.pad_fr(frame, face)?);
        let mut scores = Self { fas, fr, crop, features: None };
        if crop == Crop::PLAIN {
            scores.features = match networks.pad_features_with(frame, face, fas, fr) {
                Ok(found) => Some(found),
                Err(InferError::FaceBox { .. }) => None,
                Err(error) => return Err(error),
            };
        }
        Ok(scores)
    }
}

/// How often the frames that are kept can be halved before this one falls out.
fn lasting(place: usize) -> u32 {
    if place == 0 { u32::MAX } else { place.trailing_zeros() }
}

/// How the frame of this place among all that were offered is cut for `pad_fas`. By the sum of the place's digits to
/// the base of four: so each crop comes once in four kept frames, however often they were halved.
fn crop(place: usize, bounds: &Bounds) -> Crop {
    let of = |margin| Crop { margin, mirrored: false };
    let crops: [Crop; Bounds::CROPS] =
        [Crop::PLAIN, of(bounds.narrow.get()), of(bounds.wide.get()), Crop { mirrored: true, ..Crop::PLAIN }];
    let (mut rest, mut sum) = (place, 0);
    while rest > 0 {
        sum += rest % Bounds::CROPS;
        rest /= Bounds::CROPS;
    }
    crops[sum % Bounds::CROPS]
}

/// Mean over the frames of both networks' log-odds of life, added, nats.
fn pair(fas: &[f32], fr: &[f32]) -> Option<f64> {
    let total: f64 = fas.iter().zip(fr).map(|(fas, fr)| log_odds(*fas) + log_odds(*fr)).sum();
    (!fas.is_empty()).then(|| total / fas.len() as f64)
}

/// Mean evidence of the frames, nats, by the manifest's rule. One frame without it, too few frames or a rule for other
/// features: none.
fn fused(frames: Vec<Option<Vec<f64>>>, least: usize) -> Option<f64> {
    let pad = &Manifest::embedded().face_pad;
    let frames: Zeroizing<Vec<Vec<f64>>> = Zeroizing::new(frames.into_iter().collect::<Option<_>>()?);
    pad.rule.fits(PAD_FEATURES).then(|| pad.evidence(&frames, least))?
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bounds() -> Bounds {
        Manifest::embedded().capture.passive
    }

    fn face(width: f32) -> Face {
        let bbox = [200.0, 100.0, 200.0 + width, 100.0 + width];
        Face { bbox, score: 1.0, keypoints: [[200.0, 100.0]; 6] }
    }

    fn kept(passive: &Passive) -> usize {
        passive.state().kept.iter().count()
    }

    fn frame() -> Frame {
        Frame::from_bgr(640, 480, &vec![90; 640 * 480 * 3]).unwrap()
    }

    #[test]
    fn a_face_too_narrow_for_the_networks_is_no_evidence() {
        let passive = Passive::new(bounds());
        let least = bounds().width.get();
        passive.offer(&frame(), &face(least - 1.0)).unwrap();
        assert_eq!(kept(&passive), 0);
        passive.offer(&frame(), &face(least)).unwrap();
        let (_, part, found) = passive.next().unwrap();
        assert_eq!(found.size(), least);
        assert!(part.width() < frame().width(), "the picture is kept around the face alone");
    }

    #[test]
    fn every_crop_comes_as_often_and_the_plain_ones_are_enough_for_the_fused_rule() {
        for halved in 0..8 {
            let crops: Vec<Crop> = (0..bounds().frames).map(|i| crop(i << halved, &bounds())).collect();
            for four in crops.chunks_exact(Bounds::CROPS) {
                assert!((0..4).all(|i| !four[..i].contains(&four[i])), "{halved}: {four:?}");
            }
            let plain = crops[..bounds().least].iter().filter(|crop| **crop == Crop::PLAIN).count();
            assert!(plain >= bounds().plain);
        }
    }

    #[test]
    fn what_is_kept_for_longest_is_scored_first_and_what_is_left_in_the_end() {
        let passive = Passive::new(bounds());
        let running = passive.running();
        for _ in 0..6 {
            passive.offer(&frame(), &face(200.0)).unwrap();
        }
        running.end();
        let order: Vec<usize> = std::iter::from_fn(|| passive.next()).map(|(place, ..)| place).collect();
        assert_eq!(order, [0, 4, 2, 5, 3, 1]);
    }

    #[test]
    fn a_capture_that_fails_leaves_what_waits_and_half_of_the_scores_are_none() {
        let passive = Passive::new(bounds());
        let running = passive.running();
        for _ in 0..bounds().least {
            passive.offer(&frame(), &face(200.0)).unwrap();
        }
        passive.next().unwrap();
        drop(running);
        assert!(passive.next().is_none());
        let mut measured = Measurements::new();
        passive.measure(&mut measured);
        assert_eq!(measured.get(Measure::PadFas), None);
    }

    /// A network's certainty is bounded, so that neither one frame nor one network outvotes everything.
    #[test]
    fn a_network_that_is_sure_of_an_attack_outweighs_one_that_is_sure_of_life() {
        let bound = f64::from(Manifest::embedded().gates["pad_pair"].bound) / 1000.0;
        let of = |fas: &[f32], fr: &[f32]| pair(fas, fr).unwrap();
        // What `pad_fas` says of an attack, and at its surest of a small face.
        assert!(of(&[0.007; 4], &[1.0; 4]) < bound);
        assert!(of(&[1.0; 4], &[0.004; 4]) < bound);
        // In doubt in some crops, as of living people at the edge of what it knows.
        assert!(of(&[0.99, 0.12, 0.02, 0.9], &[1.0; 4]) > bound);
        assert!(of(&[0.5; 4], &[0.5; 4]) < bound);
        assert_eq!(pair(&[], &[]), None);
    }

    #[test]
    fn evidence_is_missing_as_soon_as_one_frame_has_none() {
        let pad = &Manifest::embedded().face_pad;
        assert!(pad.rule.fits(PAD_FEATURES));
        let mean: Vec<f64> = pad.rule.terms.iter().map(|term| term.mean as f64 / 1e6).collect();
        let (frame, least) = (Some(mean.clone()), bounds().plain);
        let at_mean = fused(vec![frame.clone(); least], least).unwrap();
        assert!((at_mean - pad.rule.offset as f64 / 1e6).abs() < 1e-6);
        assert_eq!(fused(vec![frame.clone(); least - 1], least), None);
        let mut frames = vec![frame; least];
        frames.push(None);
        assert_eq!(fused(frames.clone(), least), None);
        frames[least] = Some(vec![f64::NAN; mean.len()]);
        assert_eq!(fused(frames, least), None);
    }
}
