//! What the rules say of a request, with everything that went into it.

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

use super::{Object, ascending, name, within};
use crate::error::Error;
use crate::id::{Digest, Id, PublicKey};
use crate::limits;

/// The checker's signed verdict on one request.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cbor(map)]
pub struct Verdict {
    /// The request.
    #[n(1)]
    pub request: Id,
    /// Who checked, and signs.
    #[n(2)]
    pub checker: PublicKey,
    /// UTC seconds that the evaluation took for "now".
    #[n(3)]
    pub time: u64,
    /// One for each asset of the request, in the request's order.
    #[n(4)]
    pub assets: Vec<AssetVerdict>,
}

/// What the rules of one asset say.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cbor(map)]
pub struct AssetVerdict {
    /// The asset: id of its descriptor's first revision.
    #[n(1)]
    pub asset: Id,
    /// The descriptor revision in force.
    #[n(2)]
    pub descriptor: Id,
    /// The rules revision in force.
    #[n(3)]
    pub rules: Id,
    /// Every value that the policies could see, strictly ascending by name. An attribute that the request does not
    /// declare is absent.
    #[n(4)]
    pub inputs: Vec<Input>,
    /// Classifier scores among the inputs, strictly ascending by label.
    #[n(5)]
    pub scores: Vec<ClassifierScore>,
    /// The outcome.
    #[n(6)]
    pub decision: Decision,
    /// What decided, strictly ascending: policy ids, and `bound.<label>` for a score over its bound. Empty if nothing
    /// permitted.
    #[n(7)]
    pub deciding: Vec<String>,
    /// Errors met while evaluating, in words, ascending. Any error forbids.
    #[n(8)]
    pub errors: Vec<String>,
}

/// One input of an evaluation.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cbor(map)]
pub struct Input {
    /// Name, dotted where nested, such as `context.languages`.
    #[n(1)]
    pub name: String,
    /// The value.
    #[n(2)]
    pub value: Value,
    /// For a counter: size of the log that it was counted in.
    #[n(3)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub as_of: Option<u64>,
}

/// A value that Cedar knows.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Value {
    /// Yes or no.
    #[n(1)]
    Bool(#[n(0)] bool),
    /// A whole number.
    #[n(2)]
    Long(#[n(0)] i64),
    /// Text.
    #[n(3)]
    Text(#[n(0)] String),
    /// A set of texts, strictly ascending.
    #[n(4)]
    TextSet(#[n(0)] Vec<String>),
}

/// The score that one classifier gave the request's text.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cbor(map)]
pub struct ClassifierScore {
    /// What the classifier looks for, such as `objectionable`.
    #[n(1)]
    pub label: String,
    /// SHA-256 of the classifier.
    #[n(2)]
    pub classifier: Digest,
    /// Thousandths, 0 to 1000.
    #[n(3)]
    pub score: i32,
}

/// What the rules decide.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cbor(index_only)]
pub enum Decision {
    /// A human may be asked.
    #[n(1)]
    Permit,
    /// Nobody is asked.
    #[n(2)]
    Forbid,
}

impl Verdict {
    /// Permitted by the rules of every asset.
    pub fn decision(&self) -> Decision {
        let permitted =
            !self.assets.is_empty() && self.assets.iter().all(|asset| asset.decision == Decision::Permit);
        if permitted { Decision::Permit } else { Decision::Forbid }
    }
}

impl Object for Verdict {
    const TYPE: &'static str = "wetsign/verdict/1";
    const LIMIT: usize = limits::VERDICT;

    fn signer(&self) -> Option<PublicKey> {
        Some(self.checker)
    }

    fn check(&self) -> Result<(), Error> {
        if self.assets.is_empty() {
            return Err(Error::value(Self::TYPE, "assets", "must hold at least one"));
        }
        ascending(Self::TYPE, "assets", &self.assets, limits::ASSETS, |asset| &asset.asset)?;
        for asset in &self.assets {
            ascending(Self::TYPE, "inputs", &asset.inputs, limits::LIST, |input| input.name.as_str())?;
            for input in &asset.inputs {
                name(Self::TYPE, "input name", &input.name)?;
                if let Value::TextSet(set) = &input.value {
                    ascending(Self::TYPE, "input set", set, limits::LIST, String::as_str)?;
                }
            }
            ascending(Self::TYPE, "scores", &asset.scores, limits::LIST, |score| score.label.as_str())?;
            ascending(Self::TYPE, "deciding", &asset.deciding, limits::LIST, String::as_str)?;
            within("errors", asset.errors.len(), limits::LIST)?;
            let doubtful = asset.deciding.is_empty() || !asset.errors.is_empty();
            if asset.decision == Decision::Permit && doubtful {
                let reason = "permits, although there are errors or no policy decided";
                return Err(Error::value(Self::TYPE, "decision", reason));
            }
        }
        Ok(())
    }
}
