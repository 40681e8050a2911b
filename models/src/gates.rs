//! What is measured, and does it pass? Names, measurements and gates.
//!
//! Every value is an `i32` in thousandths of its unit, so that nothing signed depends on floating point. The bounds are
//! those of [`crate::Thresholds`].

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::thresholds::Bound;

/// What a gate looks at. The order is that of the report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// Residual entropy of the challenge, bits. Computed from the plan, never measured.
    Entropy,
    /// Mean luminance of the face, 0..1.
    Brightness,
    /// Variance of the Laplacian of the face.
    Sharpness,
    /// Width of the face box, pixels.
    FaceSize,
    /// Frames that the face embedding is averaged over.
    FrontalFrames,
    /// Share of the frames with exactly one face.
    OneFace,
    /// Smallest cosine between two embedded frames of the capture.
    SameFace,
    /// Smallest cosine with the face at rest that three frames in a row of the whole capture fall to.
    Identity,
    /// Non-rigid change of the mesh over the capture, in eye distances.
    Motion,
    /// Speech over the rest, decibels.
    Snr,
    /// Share of samples at full scale.
    Clipping,
    /// Seconds of speech.
    Speech,
    /// Share of the demanded head movements seen in the demanded order.
    HeadOrder,
    /// What only a head with depth explains of the demanded turns, beyond any bent plane, in eye distances.
    Depth,
    /// Share of the face's texture that one bent plane explains in the demanded turns, 0..1.
    Flatness,
    /// Share of the demanded mouth movements seen.
    Mouth,
    /// Share of the demanded movements of the eyelids seen.
    Eyes,
    /// Correlation of the lips' gap with the energy of the speech, at most a moment apart.
    Lips,
    /// Where that correlation is highest, seconds either way.
    LipsLag,
    /// How much the lips' gap varies during the speech, in eye distances.
    LipsMoved,
    /// Share of the demanded words read right. Computed from the transcript, never measured.
    Phrase,
    /// Passive presentation-attack detection by FaceAntiSpoofing, 0..1.
    PadFas,
    /// Passive presentation-attack detection by fr_liveness, 0..1.
    PadFr,
    /// Both networks and the cues of prints and screens, fused: mean evidence of the frames for a living face, nats.
    PadFused,
    /// Cosine of face template and probe.
    FaceMatch,
    /// Cosine of voice template and probe.
    VoiceMatch,
    /// What both cosines together are evidence of, nats. Computed from them, never measured.
    FusedMatch,
}

impl Measure {
    /// All of them, in the order of the report.
    pub const ALL: [Self; 27] = [
        Self::Entropy,
        Self::Brightness,
        Self::Sharpness,
        Self::FaceSize,
        Self::FrontalFrames,
        Self::OneFace,
        Self::SameFace,
        Self::Identity,
        Self::Motion,
        Self::Snr,
        Self::Clipping,
        Self::Speech,
        Self::HeadOrder,
        Self::Depth,
        Self::Flatness,
        Self::Mouth,
        Self::Eyes,
        Self::Lips,
        Self::LipsLag,
        Self::LipsMoved,
        Self::Phrase,
        Self::PadFas,
        Self::PadFr,
        Self::PadFused,
        Self::FaceMatch,
        Self::VoiceMatch,
        Self::FusedMatch,
    ];

    /// The stable name that reports, thresholds and the sensor use.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Entropy => "entropy",
            Self::Brightness => "brightness",
            Self::Sharpness => "sharpness",
            Self::FaceSize => "face_size",
            Self::FrontalFrames => "frontal_frames",
            Self::OneFace => "one_face",
            Self::SameFace => "same_face",
            Self::Identity => "identity",
            Self::Motion => "motion",
            Self::Snr => "snr",
            Self::Clipping => "clipping",
            Self::Speech => "speech",
            Self::HeadOrder => "head_order",
            Self::Depth => "depth",
            Self::Flatness => "flatness",
            Self::Mouth => "mouth",
            Self::Eyes => "eyes",
            Self::Lips => "lips",
            Self::LipsLag => "lips_lag",
            Self::LipsMoved => "lips_moved",
            Self::Phrase => "phrase",
            Self::PadFas => "pad_fas",
            Self::PadFr => "pad_fr",
            Self::PadFused => "pad_fused",
            Self::FaceMatch => "face_match",
            Self::VoiceMatch => "voice_match",
            Self::FusedMatch => "fused_match",
        }
    }

    /// The measure of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|measure| measure.name() == name)
    }
}

impl fmt::Display for Measure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Thousandths of a value in its unit; not-a-number is no measurement.
pub fn thousandths(value: f64) -> Option<i32> {
    let scaled = (value * 1000.0).round();
    (scaled.is_finite()).then(|| scaled.clamp(f64::from(i32::MIN), f64::from(i32::MAX)) as i32)
}

/// What the sensor measured. What is absent could not be measured, and refuses wherever it is needed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Measurements(BTreeMap<Measure, i32>);

impl Measurements {
    /// No measurement.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets a measurement in its unit; a value that is not finite stays missing.
    pub fn set(&mut self, measure: Measure, value: f64) {
        match thousandths(value) {
            Some(value) => self.0.insert(measure, value),
            None => self.0.remove(&measure),
        };
    }

    /// A measurement in thousandths.
    pub fn get(&self, measure: Measure) -> Option<i32> {
        self.0.get(&measure).copied()
    }

    /// Forgets a measurement.
    pub fn remove(&mut self, measure: Measure) -> Option<i32> {
        self.0.remove(&measure)
    }

    /// Names and thousandths, as they travel from the sensor.
    pub fn to_names(&self) -> BTreeMap<String, i32> {
        self.0.iter().map(|(measure, value)| (measure.name().to_owned(), *value)).collect()
    }

    /// Reads what travelled; unknown names are left out.
    pub fn from_names<'a>(names: impl IntoIterator<Item = (&'a str, i32)>) -> Self {
        names.into_iter().filter_map(|(name, value)| Some((Measure::from_name(name)?, value))).collect()
    }
}

impl FromIterator<(Measure, i32)> for Measurements {
    fn from_iter<I: IntoIterator<Item = (Measure, i32)>>(values: I) -> Self {
        Self(values.into_iter().collect())
    }
}

/// Which side of its bound a value must lie on; the bound itself passes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sense {
    /// value ≥ bound
    AtLeast,
    /// value ≤ bound
    AtMost,
}

/// A measurement held against its bound.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Gate {
    /// [`Measure::name`].
    pub name: String,
    /// In thousandths; `None`: could not be measured.
    pub value: Option<i32>,
    /// In thousandths.
    pub bound: i32,
    /// Which side of the bound passes.
    pub sense: Sense,
    /// Whether the value lies on that side. A missing value never does.
    pub passed: bool,
    /// The value must not travel: it is sealed to the validator.
    pub secret: bool,
}

impl Gate {
    /// Holds a value against a bound; without a bound nothing passes.
    pub fn new(measure: Measure, value: Option<i32>, bound: Option<&Bound>) -> Self {
        let passed = matches!((value, bound), (Some(value), Some(bound)) if bound.admits(value));
        Self {
            name: measure.name().to_owned(),
            value,
            bound: bound.map_or(i32::MAX, |bound| bound.bound),
            sense: bound.map_or(Sense::AtLeast, |bound| bound.sense),
            passed,
            secret: bound.is_none_or(|bound| bound.secret),
        }
    }

    /// The value if it may travel.
    pub fn public_value(&self) -> Option<i32> {
        if self.secret { None } else { self.value }
    }
}

impl fmt::Debug for Gate {
    /// Leaves a secret value out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.sense == Sense::AtLeast { "≥" } else { "≤" };
        let verdict = if self.passed { "passed" } else { "failed" };
        let value = match (self.secret, self.value) {
            (_, None) => "missing".to_owned(),
            (true, Some(_)) => "sealed".to_owned(),
            (false, Some(value)) => value.to_string(),
        };
        write!(f, "{} {value} {sign} {}: {verdict}", self.name, self.bound)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Thresholds;

    #[test]
    fn values_that_are_no_numbers_stay_missing() {
        let mut measurements = Measurements::new();
        measurements.set(Measure::Snr, 12.3456);
        measurements.set(Measure::Motion, f64::NAN);
        assert_eq!(measurements.get(Measure::Snr), Some(12346));
        assert_eq!(measurements.get(Measure::Motion), None);
        measurements.set(Measure::Snr, f64::INFINITY);
        assert_eq!(measurements.get(Measure::Snr), None);
    }

    #[test]
    fn measurements_travel_by_name() {
        let sent: Measurements = [(Measure::Snr, 12), (Measure::PadFr, 990)].into_iter().collect();
        let names = sent.to_names();
        let got = Measurements::from_names(
            names.iter().map(|(name, value)| (name.as_str(), *value)).chain([("x", 1)]),
        );
        assert_eq!(got, sent);
    }

    #[test]
    fn secret_values_are_kept_out_of_debug_output() {
        let thresholds = Thresholds::from_manifest();
        let gate = Gate::new(Measure::PadFas, Some(987), thresholds.bound(Measure::PadFas));
        assert!(gate.passed && gate.public_value().is_none());
        assert!(!format!("{gate:?}").contains("987"));
    }
}
