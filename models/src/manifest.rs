//! `models/manifest.toml` as types: the one list of packages, files, digests, licences, shapes and trust tiers.
//!
//! The text is part of the program ([`Manifest::embedded`]), so a running program and the list it was built with cannot differ.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use serde::{Deserialize, Serialize};

pub use crate::digest::Digest;

/// The manifest's text, as it was when this crate was compiled.
pub const EMBEDDED: &str = include_str!("../manifest.toml");

/// What a flaw in a network can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Trust {
    /// Its output can help to accept a person.
    Accept,
    /// Its output can only add a refusal.
    RefuseOnly,
    /// It is measured for comparison and never asked in a decision.
    Evaluation,
}

/// The registry whose ordinary client fetches a package.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Registry {
    /// A built distribution, fetched by `pip download`.
    PypiWheel,
    /// A source distribution, fetched by `pip download`.
    PypiSdist,
    /// A package of npm, fetched by `npm pack`.
    Npm,
    /// A Debian package, fetched by `apt-get download`.
    Debian,
}

/// The tags of a wheel that is not for every machine (PEP 425).
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct WheelTags {
    /// The interpreter's version, such as `3.11`.
    pub python: String,
    /// The binary interface, such as `cp311` or `none`.
    pub abi: String,
    /// The platform, such as `manylinux_2_28_x86_64`.
    pub platform: String,
}

/// One package of a registry.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Package {
    /// The name in the registry.
    pub name: String,
    /// Where it is published.
    pub registry: Registry,
    /// The exact version.
    pub version: String,
    /// The file's name, as the registry's client saves it.
    pub archive: String,
    /// Bytes.
    pub size: u64,
    /// The digest of the archive.
    pub sha256: Digest,
    /// What the package declares.
    pub licence: String,
    /// Fixed tags, where the registry holds several wheels of the version.
    pub wheel: Option<WheelTags>,
}

/// A file inside a package.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// The path inside the archive (of a source distribution: below its one top folder).
    pub path: String,
    /// Bytes.
    pub size: u64,
    /// The digest of the file as it is published.
    pub sha256: Digest,
}

/// A file in the cache.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Stored {
    /// The path below the cache folder.
    pub path: String,
    /// Bytes.
    pub size: u64,
    /// The digest of the file as it is used, after conversion if there is one.
    pub sha256: Digest,
}

/// The converters in `models/convert/`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Conversion {
    /// TensorFlow Lite to ONNX.
    TfliteToOnnx,
    /// The GE2E checkpoint to ONNX.
    Ge2eToOnnx,
    /// The joblib text classifier to JSON.
    ObjectionToJson,
}

impl Conversion {
    /// The script's file name in `models/convert/`.
    pub const fn script(self) -> &'static str {
        match self {
            Self::TfliteToOnnx => "tflite_to_onnx.py",
            Self::Ge2eToOnnx => "ge2e_to_onnx.py",
            Self::ObjectionToJson => "objection_to_json.py",
        }
    }
}

/// One input or output of a network.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Tensor {
    /// The name in the file; a trailing `*` stands for a family of names.
    pub name: String,
    /// `f32`, `i64` or `bool`.
    pub element: String,
    /// The dimensions; 0 stands for one that varies.
    pub shape: Vec<usize>,
}

/// One network, or a file that belongs to one.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// The name by which every crate asks for it.
    pub name: String,
    /// What it does, in a few words.
    pub role: String,
    /// The [`Package::name`] it comes from.
    pub package: String,
    /// The files that it is made of.
    pub sources: Vec<Source>,
    /// How the sources become the stored file; `None`: the one source is stored as it is.
    pub conversion: Option<Conversion>,
    /// The file that is used.
    pub stored: Stored,
    /// The licence of the weights.
    pub licence: String,
    /// Who trained it on what, or `unknown`.
    pub lineage: String,
    /// What a flaw in it can do.
    pub trust: Trust,
    /// Input tensors in the order of the file.
    pub inputs: Vec<Tensor>,
    /// Output tensors in the order of the file.
    pub outputs: Vec<Tensor>,
    /// What the caller does to a picture or sound before, and to the output after.
    pub preprocessing: String,
    /// What was measured, on one thread of a loaded two-core machine.
    pub figure: String,
}

/// ONNX Runtime's shared library.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Runtime {
    /// The [`Package::name`] it comes from.
    pub package: String,
    /// The library's version.
    pub version: String,
    /// The path inside the package.
    pub source: String,
    /// The file that is loaded.
    pub stored: Stored,
}

/// One file of a data set.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct DataFile {
    /// The path inside the package.
    pub source: String,
    /// The path below the cache folder.
    pub path: String,
    /// Bytes.
    pub size: u64,
    /// The digest.
    pub sha256: Digest,
}

/// A data set of many files, pinned by one digest.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct DataTree {
    /// The folder inside the package.
    pub source: String,
    /// The folder below the cache folder.
    pub path: String,
    /// How many files it holds.
    pub files: u64,
    /// Bytes of all files together.
    pub size: u64,
    /// SHA-256 of the lines `<sha256>  <path>\n` of its files in byte order of their paths.
    pub sha256: Digest,
}

/// Recordings for tests and for the demo, never used to decide on a person.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Data {
    /// The name by which tests ask for it.
    pub name: String,
    /// What is to be seen and heard.
    pub about: String,
    /// The [`Package::name`] it comes from.
    pub package: String,
    /// Single files, each pinned.
    #[serde(default)]
    pub files: Vec<DataFile>,
    /// Or one folder of many files.
    pub tree: Option<DataTree>,
}

/// The rule that turns embeddings into the integers of a template.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Quantiser {
    /// A name with a version.
    pub name: String,
    /// The arithmetic in words.
    pub description: String,
    /// The [`Entry::name`] of the face embedding.
    pub face: String,
    /// The [`Entry::name`] of the voice embedding.
    pub voice: String,
}

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
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
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
    /// The test data.
    #[serde(rename = "data")]
    pub data_sets: Vec<Data>,
    /// The quantiser and the two networks that feed it.
    pub quantiser: Quantiser,
    #[serde(skip)]
    digest: Option<Digest>,
}

/// Why a manifest cannot be used.
#[derive(Debug, thiserror::Error)]
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
        /// `model`, `package` or `data`.
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

    fn check(&self) -> Result<(), ManifestError> {
        let wrong = |what: String| Err(ManifestError::Contradiction(what));
        if self.version != 1 {
            return wrong(format!("version is {}, and this program reads version 1", self.version));
        }
        let names =
            self.models.iter().map(|entry| &entry.name).chain(self.data_sets.iter().map(|data| &data.name));
        let mut seen = BTreeSet::new();
        for name in names.chain(self.packages.iter().map(|package| &package.archive)) {
            if !seen.insert(name) {
                return wrong(format!("`{name}` is listed twice"));
            }
        }
        self.package(&self.runtime.package)?;
        for data in &self.data_sets {
            self.package(&data.package)?;
            if data.files.is_empty() == data.tree.is_none() {
                return wrong(format!("data `{}` needs either files or a tree", data.name));
            }
        }
        for entry in &self.models {
            self.package(&entry.package)?;
            let stored_as_it_is = entry.sources.len() == 1 && entry.sources[0].sha256 == entry.stored.sha256;
            if entry.conversion.is_none() && !stored_as_it_is {
                return wrong(format!(
                    "model `{}` has no conversion, so its one source and its stored file must have one digest",
                    entry.name
                ));
            }
        }
        for path in self.paths() {
            if path.starts_with('/') || path.split('/').any(|part| matches!(part, "" | "." | "..")) {
                return wrong(format!("`{path}` does not stay inside its folder"));
            }
        }
        self.model_id_parts().map(drop)
    }

    /// Every path that set-up reads from an archive or writes below the cache.
    fn paths(&self) -> impl Iterator<Item = &str> {
        let models = self.models.iter().flat_map(|entry| {
            entry.sources.iter().map(|source| source.path.as_str()).chain([entry.stored.path.as_str()])
        });
        let files = self
            .data_sets
            .iter()
            .flat_map(|data| data.files.iter().flat_map(|file| [file.source.as_str(), file.path.as_str()]));
        let trees = self
            .data_sets
            .iter()
            .filter_map(|data| data.tree.as_ref())
            .flat_map(|tree| [tree.source.as_str(), tree.path.as_str()]);
        models
            .chain(files)
            .chain(trees)
            .chain([self.runtime.source.as_str(), self.runtime.stored.path.as_str()])
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
        assert_eq!(manifest.models.len(), 12);
        assert_eq!(manifest.data_sets.len(), 6);
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
    }

    #[test]
    fn an_unknown_name_is_answered_with_the_known_ones() {
        let message = Manifest::embedded().entry("yunet").unwrap_err().to_string();
        assert!(message.contains("`yunet`") && message.contains("blazeface, facemesh"), "{message}");
    }

    #[test]
    fn a_path_that_leaves_its_folder_is_refused() {
        let text = EMBEDDED.replace("path = \"models/ge2e.onnx\"", "path = \"models/../../ge2e.onnx\"");
        let message = Manifest::parse(&text).unwrap_err().to_string();
        assert!(message.contains("does not stay inside its folder"), "{message}");
    }

    #[test]
    fn a_stored_digest_that_is_not_the_sources_needs_a_conversion() {
        let text = EMBEDDED.replacen("conversion = \"ge2e_to_onnx\"\n", "", 1);
        let message = Manifest::parse(&text).unwrap_err().to_string();
        assert!(message.contains("model `ge2e` has no conversion"), "{message}");
    }

    #[test]
    fn no_registry_address_is_written_down() {
        assert!(!EMBEDDED.contains("://"));
    }
}
