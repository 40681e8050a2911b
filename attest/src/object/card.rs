//! What is known of a network, signed by whoever publishes it.

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

use super::{Object, ascending, moment, name, name_within, numbered, within};
use crate::error::Error;
use crate::id::{Atto, Digest, Id, PublicKey};
use crate::limits;

/// A model card: which file, of which shapes, under which licence, from where, for which price, measured how. Revisions
/// are chained, each signed by the same publisher.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cbor(map)]
pub struct ModelCard {
    /// Its name: lower-case letters, digits, hyphens and dots, 1 to 64 bytes.
    #[n(1)]
    pub name: String,
    /// 1 for the first card of the publisher with that name, then one more each time.
    #[n(2)]
    pub revision: u64,
    /// Id of the revision before; absent in the first.
    #[n(3)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous: Option<Id>,
    /// What it does, in a few words.
    #[n(4)]
    pub role: String,
    /// SHA-256 of the file.
    #[n(5)]
    pub content: Digest,
    /// Bytes of the file.
    #[n(6)]
    pub size: u64,
    /// Input tensors, in the order of the file.
    #[n(7)]
    pub inputs: Vec<Tensor>,
    /// Output tensors, in the order of the file.
    #[n(8)]
    pub outputs: Vec<Tensor>,
    /// Licence of the weights.
    #[n(9)]
    pub licence: String,
    /// Who trained it on what, or `unknown`.
    #[n(10)]
    pub lineage: String,
    /// Files that it was made from, SHA-256, strictly ascending.
    #[n(11)]
    pub made_from: Vec<Digest>,
    /// What a caller does before and after, in words.
    #[n(12)]
    pub usage: String,
    /// What was measured, in words with figures; empty where nothing was.
    #[n(13)]
    pub measured: Vec<String>,
    /// Price of a use.
    #[n(14)]
    pub price: Atto,
    /// Who publishes it, and signs.
    #[n(15)]
    pub publisher: PublicKey,
    /// UTC seconds.
    #[n(16)]
    pub time: u64,
}

/// One input or output of a network.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cbor(map)]
pub struct Tensor {
    /// The name in the file; a trailing `*` stands for a family of names.
    #[n(1)]
    pub name: String,
    /// `f32`, `i64`, …
    #[n(2)]
    pub element: String,
    /// Dimensions; 0 stands for one that varies.
    #[n(3)]
    pub shape: Vec<u64>,
}

impl ModelCard {
    /// Whether this card may follow `before`.
    pub fn follows(&self, before: &Self, id: Id) -> bool {
        self.name == before.name
            && self.publisher == before.publisher
            && Some(self.revision) == before.revision.checked_add(1)
            && self.previous == Some(id)
    }
}

impl Object for ModelCard {
    const TYPE: &'static str = "wetsign/card/1";
    const LIMIT: usize = limits::CARD;
    const BY_PERSON: bool = true;

    fn signer(&self) -> Option<PublicKey> {
        Some(self.publisher)
    }

    fn check(&self) -> Result<(), Error> {
        let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-.".contains(c);
        if !(1..=64).contains(&self.name.len()) || !self.name.chars().all(fits) || self.name.starts_with('.')
        {
            let why =
                "must be 1 to 64 lower-case letters, digits, hyphens and dots, and not begin with a dot";
            return Err(Error::value(Self::TYPE, "name", why));
        }
        numbered(Self::TYPE, "revision", self.revision, self.previous.as_ref())?;
        for (field, text) in [("role", &self.role), ("licence", &self.licence), ("lineage", &self.lineage)] {
            name_within(Self::TYPE, field, text, limits::CARD_TEXT)?;
        }
        if !self.usage.is_empty() {
            name_within(Self::TYPE, "usage", &self.usage, limits::CARD_TEXT)?;
        }
        within("measured", self.measured.len(), limits::LIST)?;
        self.measured.iter().try_for_each(|it| name_within(Self::TYPE, "measured", it, limits::CARD_TEXT))?;
        ascending(Self::TYPE, "made_from", &self.made_from, limits::LIST, |digest| digest)?;
        for tensor in self.inputs.iter().chain(&self.outputs) {
            name(Self::TYPE, "tensor", &tensor.name)?;
            name(Self::TYPE, "element", &tensor.element)?;
            within("dimensions", tensor.shape.len(), 16)?;
        }
        within("inputs", self.inputs.len(), limits::LIST)?;
        within("outputs", self.outputs.len(), limits::LIST)?;
        moment(Self::TYPE, "time", self.time)
    }
}
