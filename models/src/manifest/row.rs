//! The rows of the list, as types.

use serde::{Deserialize, Serialize};

use super::Digest;
use crate::calibration::{self, Calibration};

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

/// A network that no registry carries and nothing needs: it is measured where a user put it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Optional {
    /// The name by which it is asked for.
    pub name: String,
    /// What it does, in a few words.
    pub role: String,
    /// Where its author publishes it.
    pub upstream: String,
    /// The file's name there.
    pub file: String,
    /// The file that is used.
    pub stored: Stored,
    /// The licence of the weights.
    pub licence: String,
    /// Who trained it on what, or `unknown`.
    pub lineage: String,
    /// What a flaw in it can do: never [`Trust::Accept`].
    pub trust: Trust,
    /// Input tensors in the order of the file.
    pub inputs: Vec<Tensor>,
    /// Output tensors in the order of the file.
    pub outputs: Vec<Tensor>,
    /// What the caller does to a picture before, and to the output after.
    pub preprocessing: String,
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
    /// Fetched only by the command that asks for it.
    #[serde(default)]
    pub on_request: bool,
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

/// A calibration in integers, so that the manifest is exact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Line {
    /// Thousandths of a nat for each unit of the score, 0 or more.
    pub slope: u32,
    /// Thousandths of a nat at a score of zero.
    pub offset: i32,
}

/// How face and voice are evidence together, and what that was fitted on: what `wetsign-lab train --task fusion`
/// writes.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Fusion {
    /// From the cosine of faces to evidence.
    pub face: Line,
    /// From the cosine of voices to evidence.
    pub voice: Line,
    /// People whose faces, and whose voices, it was fitted on.
    pub people: (usize, usize),
    /// Digest of the captures that it was fitted on.
    pub data: Digest,
    /// What the halves of the people were drawn from; the other half is for testing.
    pub seed: u64,
}

impl Fusion {
    /// The rule.
    pub fn rule(&self) -> calibration::Fusion {
        let line = |line: Line| Calibration {
            slope: f64::from(line.slope) / 1000.0,
            offset: f64::from(line.offset) / 1000.0,
        };
        calibration::Fusion { face: line(self.face), voice: line(self.voice) }
    }

    /// Whether this is `rule` to within the rounding.
    pub fn states(&self, rule: &calibration::Fusion) -> bool {
        let near = |line: Line, fitted: Calibration| {
            (f64::from(line.slope) - fitted.slope * 1000.0).abs() <= 0.5
                && (f64::from(line.offset) - fitted.offset * 1000.0).abs() <= 0.5
        };
        near(self.face, rule.face) && near(self.voice, rule.voice)
    }
}

/// The bound of one gate, and what is known of it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bound {
    /// In thousandths of the unit.
    pub bound: i32,
    /// What is measured, in words.
    pub unit: String,
    /// Where the figure comes from.
    pub source: String,
    /// Whether it refuses.
    #[serde(default)]
    pub role: Role,
    /// What was measured of it on people on whom nothing here was chosen.
    pub shown: Option<Evidence>,
}

/// What follows from a value on the wrong side of its bound.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// A refusal.
    #[default]
    Decides,
    /// Nothing: it stands in the report. Until it is shown to tell attacks from living people.
    Advice,
}

/// What a gate alone does to people and to attacks on whom nothing here was chosen.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Evidence {
    /// Living people whom it refuses.
    pub living_refused: Count,
    /// Attacks that it takes for alive; absent where none was tried that it is there against.
    pub attacks_taken: Option<Count>,
    /// On whom and on what, and by which command.
    pub measured_on: String,
}

/// A part of a whole, counted: 8 of 38, written `8/38`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Count {
    /// Those that went wrong.
    pub errors: u32,
    /// All of them.
    pub of: u32,
}

impl Count {
    /// Share of errors, 0..1; nothing tried is all wrong.
    pub fn share(self) -> f64 {
        if self.of == 0 { 1.0 } else { f64::from(self.errors) / f64::from(self.of) }
    }
}

impl std::fmt::Display for Count {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.errors, self.of)
    }
}

impl TryFrom<String> for Count {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let read = || {
            let (errors, of) = text.split_once('/')?;
            Some(Self { errors: errors.parse().ok()?, of: of.parse().ok()? })
        };
        let count = read().filter(|count| count.errors <= count.of);
        count.ok_or_else(|| format!("`{text}` is no count of a whole: write one such as 8/38"))
    }
}
