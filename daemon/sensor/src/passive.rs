//! Passive detection over a capture: what a face's pixels say of paper and displays, in dozens of frames.
//!
//! The networks run at the end, on frames spread over the whole capture, so that it costs the same whether it takes five seconds or
//! fifty. Each frame is seen in one crop, in turn ([`crops`]): near its border `pad_fas` answers differently to crops that differ by
//! a tenth, and a median of one crop hides that. A face narrower than what the networks were measured on is no evidence, for or
//! against.

use wetsign_infer::{Crop, Face, Frame, InferError, Networks, PAD_FEATURES, log_odds};
use wetsign_liveness::{Measure, Measurements};
use wetsign_models::manifest::{Manifest, Passive as Bounds};
use zeroize::Zeroizing;

use crate::moves::median;

/// Keeps at most twice as many values as will be needed, spread evenly over all that were offered.
pub struct Spread<T> {
    kept: Vec<T>,
    wanted: usize,
    stride: usize,
    offered: usize,
}

impl<T> Spread<T> {
    /// For so many values.
    pub fn new(wanted: usize) -> Self {
        Self { kept: Vec::new(), wanted, stride: 1, offered: 0 }
    }

    /// Keeps the value if it falls on the stride.
    pub fn offer(&mut self, value: impl FnOnce() -> T) {
        if self.offered.is_multiple_of(self.stride) {
            if self.kept.len() >= 2 * self.wanted {
                let mut index = 0;
                self.kept.retain(|_| {
                    index += 1;
                    index % 2 == 1
                });
                self.stride *= 2;
            }
            if self.offered.is_multiple_of(self.stride) {
                self.kept.push(value());
            }
        }
        self.offered += 1;
    }

    /// As many as are wanted, or all, in the order in which they came.
    pub fn take(&self) -> impl Iterator<Item = &T> {
        let count = self.kept.len().min(self.wanted);
        (0..count).map(move |i| &self.kept[i * self.kept.len() / count])
    }
}

/// The faces of a capture that are wide enough, with what is around them, as the camera gave them.
pub struct Passive {
    bounds: Bounds,
    kept: Spread<(Frame, Face)>,
}

impl Passive {
    /// An empty one.
    pub fn new(bounds: Bounds) -> Self {
        Self { bounds, kept: Spread::new(bounds.frames) }
    }

    /// Looks at a frame's only face.
    pub fn offer(&mut self, frame: &Frame, face: &Face) -> Result<(), InferError> {
        if face.size() < self.bounds.width.get() {
            return Ok(());
        }
        match face.around(frame) {
            Ok(part) => self.kept.offer(|| part),
            // Half out of the picture: no evidence either.
            Err(InferError::FaceBox { .. }) => {}
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// Runs the networks and fills in what they say; nothing where too few faces were wide enough.
    pub fn measure(&self, networks: &mut Networks, into: &mut Measurements) -> Result<(), InferError> {
        let (mut fas, mut fr, mut evidence) = (Vec::new(), Vec::new(), Vec::new());
        for (seen, crop) in self.kept.take().zip(crops(&self.bounds).into_iter().cycle()) {
            let (frame, face) = seen;
            let scores = (networks.pad_fas_cut(frame, face, crop)?, networks.pad_fr(frame, face)?);
            fas.push(scores.0);
            fr.push(scores.1);
            if crop == Crop::PLAIN {
                evidence.push(features(networks, seen, scores)?);
            }
        }
        if fas.len() < self.bounds.least {
            return Ok(());
        }
        let mut set = |measure, value: Option<f64>| {
            if let Some(value) = value {
                into.set(measure, value);
            }
        };
        set(Measure::PadPair, pair(&fas, &fr));
        set(Measure::PadFas, median(fas).map(f64::from));
        set(Measure::PadFr, median(fr).map(f64::from));
        set(Measure::PadFused, fused(evidence, self.bounds.plain));
        Ok(())
    }
}

/// One crop of `pad_fas` a frame, in turn.
fn crops(bounds: &Bounds) -> [Crop; Bounds::CROPS] {
    let of = |margin| Crop { margin, mirrored: false };
    [Crop::PLAIN, of(bounds.narrow.get()), of(bounds.wide.get()), Crop { mirrored: true, ..Crop::PLAIN }]
}

/// Mean over the frames of both networks' log-odds of life, added, nats.
fn pair(fas: &[f32], fr: &[f32]) -> Option<f64> {
    let total: f64 = fas.iter().zip(fr).map(|(fas, fr)| log_odds(*fas) + log_odds(*fr)).sum();
    (!fas.is_empty()).then(|| total / fas.len() as f64)
}

/// What the fused rule weighs in one frame; `None` where the face is too small or too far out of the picture for it.
fn features(
    networks: &mut Networks,
    (frame, face): &(Frame, Face),
    (fas, fr): (f32, f32),
) -> Result<Option<Vec<f64>>, InferError> {
    match networks.pad_features_with(frame, face, fas, fr) {
        Ok(found) => Ok(Some(found)),
        Err(InferError::FaceBox { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Mean evidence of the frames, nats, by the manifest's rule. One frame without it, too few frames or a rule for other features: none.
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

    #[test]
    fn a_face_too_narrow_for_the_networks_is_no_evidence() {
        let frame = Frame::from_bgr(640, 480, &vec![90; 640 * 480 * 3]).unwrap();
        let mut passive = Passive::new(bounds());
        let least = bounds().width.get();
        passive.offer(&frame, &face(least - 1.0)).unwrap();
        assert_eq!(passive.kept.take().count(), 0);
        passive.offer(&frame, &face(least)).unwrap();
        let (part, found) = passive.kept.take().next().unwrap();
        assert_eq!(found.size(), least);
        assert!(part.width() < frame.width(), "the picture is kept around the face alone");
    }

    #[test]
    fn every_crop_comes_as_often_and_the_plain_ones_are_enough_for_the_fused_rule() {
        let crops = crops(&bounds());
        let plain = (0..bounds().least).filter(|i| crops[i % crops.len()] == Crop::PLAIN).count();
        assert!(plain >= bounds().plain);
        for (i, crop) in crops.iter().enumerate() {
            assert!(!crops[..i].contains(crop), "{crop:?} twice");
        }
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

    #[test]
    fn kept_frames_are_spread_over_the_whole_capture() {
        for offered in [3, 14, 15, 60, 401] {
            let mut spread = Spread::new(7);
            for i in 0..offered {
                spread.offer(|| i);
            }
            let taken: Vec<_> = spread.take().copied().collect();
            assert_eq!(taken.len(), offered.min(7), "{offered}");
            assert!(spread.kept.len() <= 14);
            assert!(taken.windows(2).all(|pair| pair[0] < pair[1]));
            assert!(*taken.last().unwrap() >= offered * 2 / 3, "{offered}: {taken:?}");
        }
    }
}
