//! The networks that ask whether a face is a print or a screen. A capture runs them beside those that look at each
//! frame.

use wetsign_models::store::ModelStore;

use super::shared::{Warm, open, recall};
use crate::error::Result;
use crate::face::pad::{FaceAntiSpoofing, FrLiveness};
use crate::face::{Crop, Face, cues};
use crate::frame::Frame;
use crate::memory::{Asked, Memory};

/// Both passive networks, and what is measured beside them.
pub struct Passive {
    fas: FaceAntiSpoofing,
    fr: FrLiveness,
    pub(super) memory: Option<Memory>,
}

impl Passive {
    pub(super) fn load(store: &ModelStore, threads: usize) -> Result<Self> {
        Ok(Self {
            fas: FaceAntiSpoofing::new(open(store, "pad-fas", threads, true)?),
            fr: FrLiveness::new(open(store, "pad-fr", threads, true)?),
            memory: None,
        })
    }

    pub(super) fn warm(&mut self, Warm { frame, face, .. }: &Warm) -> Result<()> {
        self.pad_fas(frame, face)?;
        self.pad_fr(frame, face).map(drop)
    }

    /// Passive presentation-attack score of FaceAntiSpoofing 256 on the face box: 0..1, higher is live.
    pub fn pad_fas(&mut self, frame: &Frame, face: &Face) -> Result<f32> {
        self.pad_fas_cut(frame, face, Crop::PLAIN)
    }

    /// The same on another crop.
    pub fn pad_fas_cut(&mut self, frame: &Frame, face: &Face, how: Crop) -> Result<f32> {
        let [left, top, right, bottom] = face.bbox;
        let place = [left, top, right, bottom, how.margin, f32::from(u8::from(how.mirrored))];
        let asked = self.memory.as_ref().map(|_| Asked::picture("pad_fas", frame, &place)).transpose()?;
        recall(&mut self.memory, asked, |memory| &mut memory.scores, || self.fas.score(frame, face, how))
    }

    /// Passive presentation-attack score of fr_liveness 128: 0..1, higher is live.
    pub fn pad_fr(&mut self, frame: &Frame, face: &Face) -> Result<f32> {
        let asked = self.memory.as_ref().map(|_| Asked::picture("pad_fr", frame, &face.bbox)).transpose()?;
        let margin = FrLiveness::MARGIN;
        recall(&mut self.memory, asked, |memory| &mut memory.scores, || self.fr.score(frame, face, margin))
    }

    /// What speaks for a living face and against a print or a screen, in the order of [`PAD_FEATURES`]: both passive
    /// networks, the second on three crops, as log-odds, and the cues.
    ///
    /// # Errors
    /// A box of which less than 80 by 80 pixels lie in the picture.
    pub fn pad_features(&mut self, frame: &Frame, face: &Face) -> Result<Vec<f64>> {
        let (fas, fr) = (self.pad_fas(frame, face)?, self.pad_fr(frame, face)?);
        self.pad_features_with(frame, face, fas, fr)
    }

    /// The same where [`Passive::pad_fas`] and [`Passive::pad_fr`] have already said what they say of this face.
    ///
    /// # Errors
    /// Those of [`Passive::pad_features`].
    pub fn pad_features_with(&mut self, frame: &Frame, face: &Face, fas: f32, fr: f32) -> Result<Vec<f64>> {
        let asked =
            self.memory.as_ref().map(|_| Asked::picture("pad_features", frame, &face.bbox)).transpose()?;
        recall(
            &mut self.memory,
            asked,
            |memory| &mut memory.features,
            || {
                let mut features = vec![log_odds(fas), log_odds(fr)];
                for margin in OTHER_CROPS {
                    features.push(log_odds(self.fr.score(frame, face, margin)?));
                }
                features.extend(cues::cues(frame, face)?);
                Ok(features)
            },
        )
    }
}

/// Crops that the second passive network sees beside its own, sides of the face box.
const OTHER_CROPS: [f32; 2] = [1.2, 2.0];

/// Names of what [`Passive::pad_features`] gives.
pub const PAD_FEATURES: [&str; 4 + cues::NAMES.len()] = {
    let mut names = [""; 4 + cues::NAMES.len()];
    (names[0], names[1], names[2], names[3]) = ("pad_fas", "pad_fr", "pad_fr_near", "pad_fr_wide");
    let mut i = 0;
    while i < cues::NAMES.len() {
        names[4 + i] = cues::NAMES[i];
        i += 1;
    }
    names
};

/// Of a score 0..1, nats; no score counts for more than one in a hundred.
pub fn log_odds(score: f32) -> f64 {
    let score = f64::from(score);
    ((score + 0.01) / (1.01 - score)).ln()
}
