//! `models/manifest.toml` as types: the one list of packages, files, digests, licences, shapes and trust tiers.
//!
//! The text is part of the program ([`Manifest::embedded`]), so a running program and the list it was built with cannot
//! differ.

mod capture;
mod check;
mod row;

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde::Deserialize;

pub use self::capture::*;
pub use self::row::*;
pub use crate::digest::Digest;
use crate::face_pad::FacePad;
use crate::lip_reading::LipReading;
use crate::voice_rooms::VoiceRooms;

/// The manifest's text, as it was when this crate was compiled.
pub const EMBEDDED: &str = include_str!("../../manifest.toml");

/// The three digests that `model_id` is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ModelIdParts {
    /// The digest of the face embedding's stored file.
    pub face_model: [u8; 32],
    /// The digest of the voice embedding's stored file.
    pub voice_model: [u8; 32],
    /// SHA-256 of the quantiser's name, a line feed, its description and a line feed.
    pub quantiser: [u8; 32],
}

/// The whole list.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// The format's version, 1.
    pub version: u32,
    /// What is fetched.
    #[serde(rename = "package")]
    pub packages: Vec<Package>,
    /// ONNX Runtime.
    pub runtime: Runtime,
    /// The networks.
    #[serde(rename = "model")]
    pub models: Vec<Entry>,
    /// Networks that nothing needs.
    #[serde(default)]
    pub optional: Vec<Optional>,
    /// The test data.
    #[serde(rename = "data")]
    pub data_sets: Vec<Data>,
    /// The quantiser and the two networks that feed it.
    pub quantiser: Quantiser,
    /// The rule of the gate `fused_match`.
    pub fusion: Fusion,
    /// The rule of the gate `pad_fused`.
    pub face_pad: FacePad,
    /// What the sound says of the lips, for the gate `lips`.
    pub lip_reading: LipReading,
    /// What rooms do to every voice, taken out before voices are compared.
    pub voice_rooms: VoiceRooms,
    /// What the sensor's reading decides by.
    pub capture: Capture,
    /// What the screen's light is judged by.
    pub light: Light,
    /// The bounds of the gates, by name; `wetsign-liveness` knows which there must be.
    #[serde(rename = "gate")]
    pub gates: BTreeMap<String, Bound>,
    #[serde(skip)]
    digest: Option<Digest>,
}

/// Why a manifest cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ManifestError {
    /// The text is not TOML of the expected shape.
    #[error("models/manifest.toml cannot be read: {0}")]
    Syntax(#[from] toml::de::Error),
    /// Two parts of the text contradict each other.
    #[error("models/manifest.toml contradicts itself: {0}")]
    Contradiction(String),
    /// Nothing of that name is listed.
    #[error("models/manifest.toml lists no {kind} named `{name}`; it lists: {known}")]
    Unknown {
        /// `model`, `optional`, `package` or `data`.
        kind: &'static str,
        /// What was asked for.
        name: String,
        /// The names there are, separated by commas.
        known: String,
    },
}

impl Manifest {
    /// The manifest that this program was built with.
    ///
    /// # Panics
    /// Never in a program that was tested: the text is fixed when the crate is compiled, and a test reads it.
    pub fn embedded() -> &'static Self {
        static PARSED: OnceLock<Manifest> = OnceLock::new();
        PARSED.get_or_init(|| {
            Self::parse(EMBEDDED).expect("the embedded manifest is read by a test of this crate")
        })
    }

    /// Reads a manifest and checks that its parts agree.
    pub fn parse(text: &str) -> Result<Self, ManifestError> {
        let mut manifest: Self = toml::from_str(text)?;
        manifest.digest = Some(Digest::of(text.as_bytes()));
        manifest.check()?;
        Ok(manifest)
    }

    /// The digest of the manifest's text.
    pub fn digest(&self) -> [u8; 32] {
        self.digest.map_or([0; 32], |digest| digest.0)
    }

    /// The network named `name`.
    pub fn entry(&self, name: &str) -> Result<&Entry, ManifestError> {
        find("model", &self.models, name, |entry| &entry.name)
    }

    /// The optional network named `name`.
    pub fn optional(&self, name: &str) -> Result<&Optional, ManifestError> {
        find("optional", &self.optional, name, |entry| &entry.name)
    }

    /// The package named `name`.
    pub fn package(&self, name: &str) -> Result<&Package, ManifestError> {
        find("package", &self.packages, name, |package| &package.name)
    }

    /// The data set named `name`.
    pub fn data(&self, name: &str) -> Result<&Data, ManifestError> {
        find("data", &self.data_sets, name, |data| &data.name)
    }

    /// The digests that `model_id` is made of.
    pub fn model_id_parts(&self) -> Result<ModelIdParts, ManifestError> {
        let words = format!("{}\n{}\n", self.quantiser.name, self.quantiser.description);
        Ok(ModelIdParts {
            face_model: self.entry(&self.quantiser.face)?.stored.sha256.0,
            voice_model: self.entry(&self.quantiser.voice)?.stored.sha256.0,
            quantiser: Digest::of(words.as_bytes()).0,
        })
    }
}

fn find<'a, T>(
    kind: &'static str,
    list: &'a [T],
    name: &str,
    name_of: impl Fn(&T) -> &String,
) -> Result<&'a T, ManifestError> {
    list.iter().find(|item| name_of(item) == name).ok_or_else(|| ManifestError::Unknown {
        kind,
        name: name.to_owned(),
        known: list.iter().map(|item| name_of(item).as_str()).collect::<Vec<_>>().join(", "),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_embedded_manifest_is_whole() {
        let manifest = Manifest::parse(EMBEDDED).unwrap();
        assert_eq!(manifest.models.len(), 13);
        assert_eq!(manifest.data_sets.iter().filter(|data| !data.on_request).count(), 10);
        assert_eq!(manifest.digest(), Digest::of(EMBEDDED.as_bytes()).0);
    }

    #[test]
    fn what_decides_on_the_face_and_the_voice_is_what_the_model_id_names() {
        let manifest = Manifest::embedded();
        let parts = manifest.model_id_parts().unwrap();
        assert_eq!(parts.face_model, manifest.entry("mobilefacenet").unwrap().stored.sha256.0);
        assert_eq!(parts.voice_model, manifest.entry("ge2e").unwrap().stored.sha256.0);
        assert_ne!(parts.quantiser, [0; 32]);
    }

    #[test]
    fn the_passive_attack_detectors_may_only_refuse() {
        for name in ["pad-fas", "pad-fr", "text-objection"] {
            assert_eq!(Manifest::embedded().entry(name).unwrap().trust, Trust::RefuseOnly, "{name}");
        }
        assert!(Manifest::embedded().optional.iter().all(|entry| entry.trust == Trust::Evaluation));
    }

    #[test]
    fn an_unknown_name_is_answered_with_the_known_ones() {
        let message = Manifest::embedded().entry("yunet").unwrap_err().to_string();
        assert!(message.contains("`yunet`") && message.contains("blazeface, facemesh"), "{message}");
    }

    #[test]
    fn no_registry_address_is_written_down() {
        assert!(!EMBEDDED.contains("://"));
    }
}
