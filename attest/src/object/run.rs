//! A runner says what it made.

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

use super::{Object, ascending, moment, name, numbered};
use crate::codes;
use crate::error::Error;
use crate::id::{ChannelKey, Digest, Id, PublicKey, sha256};
use crate::limits;
use crate::object::{Content, UsageRequest};

/// One use of an asset under an approval, made by a runner. Signed by the runner.
///
/// Receipts of one runner are numbered without a gap, and each names the one before: a use that is left out shows.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cbor(map)]
pub struct RunReceipt {
    /// Who made it, and signs.
    #[n(1)]
    pub runner: PublicKey,
    /// The runner's how manieth use, from 1.
    #[n(2)]
    pub number: u64,
    /// Its receipt before this one; absent in the first.
    #[n(3)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous: Option<Id>,
    /// Id of the approval's body. It is used up.
    #[n(4)]
    pub approval: Id,
    /// The request that was approved.
    #[n(5)]
    pub request: Id,
    /// The verdict that it was approved under.
    #[n(6)]
    pub verdict: Id,
    /// The asset: id of its descriptor's first revision.
    #[n(7)]
    pub asset: Id,
    /// Digest that names the container that was opened.
    #[n(8)]
    pub container: Digest,
    /// The ephemeral key to which the shares of its key were sealed, as the request names it.
    #[n(9)]
    pub opens_to: ChannelKey,
    /// SHA-256 of the input: of the approved text in UTF-8, or of the approved file.
    #[n(10)]
    pub input: Digest,
    /// SHA-256 of what was made.
    #[n(11)]
    pub output: Digest,
    /// Media type of what was made: `type/subtype` in lower case.
    #[n(12)]
    pub media_type: String,
    /// What was given up before the container was opened, strictly ascending: layers of the sandbox.
    #[n(13)]
    pub confinement: Vec<String>,
    /// What the approval was taken with although it proves less, strictly ascending, such as `simulated parts`.
    #[n(14)]
    pub allowed: Vec<String>,
    /// UTC seconds.
    #[n(15)]
    pub time: u64,
}

impl UsageRequest {
    /// SHA-256 of what may be put into an asset under this request: of its text in UTF-8, or the digest that it names.
    pub fn input(&self) -> Digest {
        match &self.content {
            Content::Text(text) => Digest(sha256(&[text.as_bytes()])),
            Content::Digest { digest, .. } => *digest,
        }
    }
}

impl Object for RunReceipt {
    const TYPE: &'static str = "wetsign/run/1";
    const LIMIT: usize = limits::RUN;

    fn signer(&self) -> Option<PublicKey> {
        Some(self.runner)
    }

    fn check(&self) -> Result<(), Error> {
        numbered(Self::TYPE, "number", self.number, self.previous.as_ref())?;
        codes::media_type(&self.media_type)
            .map_err(|why| Error::value(Self::TYPE, "media_type", format!("holds {why}")))?;
        for (field, list) in [("confinement", &self.confinement), ("allowed", &self.allowed)] {
            ascending(Self::TYPE, field, list, limits::RUN_NAMES, String::as_str)?;
            list.iter().try_for_each(|text| name(Self::TYPE, field, text))?;
        }
        moment(Self::TYPE, "time", self.time)
    }
}
