//! What a requester asks for.

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

use super::{Object, ascending, moment, name, within};
use crate::codes;
use crate::error::Error;
use crate::evm::EvmAddress;
use crate::id::{Atto, Blob, ChannelKey, Digest, Id, PublicKey};
use crate::limits;

/// A requester's signed wish to use one or more assets for a purpose.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cbor(map)]
pub struct UsageRequest {
    /// Assets wanted: ids of the *first* revision of their descriptors, strictly ascending, 1 to 16.
    #[n(1)]
    pub assets: Vec<Id>,
    /// Who asks, and signs.
    #[n(2)]
    pub requester: PublicKey,
    /// The application through which the request is made, as the requester names it.
    #[n(3)]
    pub app: String,
    /// What the use is like. Attributes that are not declared are absent for the rules, not false.
    #[n(4)]
    pub attributes: Attributes,
    /// What is to be said or made.
    #[n(5)]
    pub content: Content,
    /// Fee offered.
    #[n(6)]
    pub fee: Atto,
    /// Random bytes that make the request unique, 16 to 32.
    #[n(7)]
    pub nonce: Blob,
    /// UTC seconds. A claim of the requester; order is proved by the log.
    #[n(8)]
    pub created: u64,
    /// UTC seconds after which nobody approves it.
    #[n(9)]
    pub expires: u64,
    /// The key of the runner that shall make it: keyholders seal their shares to nobody else. Absent: nothing is
    /// opened.
    #[n(10)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opens_to: Option<ChannelKey>,
    /// The assets shall change hands; absent: they are used. In a transfer `content` is the deed, and `opens_to` a key
    /// of the new owner, to whom keyholders give what opens the container.
    #[n(11)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transfer: Option<Transfer>,
    /// Where the fee waits until the request is decided; absent: it is paid in another way, or not at all.
    #[n(12)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub escrow: Option<Escrow>,
}

/// Who owns the assets next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cbor(map)]
pub struct Transfer {
    /// The new owner's key, which signs descriptors and rules from then on.
    #[n(1)]
    pub to: PublicKey,
    /// The new owner's account on a chain, where the assets are tokens.
    #[n(2)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<EvmAddress>,
}

/// Where a fee waits on a chain (`Settle.escrow`). The deposit names the request, so the request cannot name the
/// deposit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cbor(map)]
pub struct Escrow {
    /// Chain id (EIP-155).
    #[n(1)]
    pub chain_id: u64,
    /// The `Settle` contract.
    #[n(2)]
    pub contract: EvmAddress,
    /// Who puts the fee down there.
    #[n(3)]
    pub account: EvmAddress,
    /// Keccak-256 of the terms under which it is divided, ABI encoded.
    #[n(4)]
    pub terms: Digest,
}

/// Declared attributes of a use.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cbor(map)]
pub struct Attributes {
    /// Purpose, such as `educational-narration`.
    #[n(1)]
    pub purpose: String,
    /// Medium, such as `audio` or `video`.
    #[n(2)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub medium: Option<String>,
    /// Languages (BCP 47, see [`codes::language`]), strictly ascending.
    #[n(3)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub languages: Option<Vec<String>>,
    /// Territories (ISO 3166-1 alpha-2 in capitals, or `worldwide`), strictly ascending.
    #[n(4)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub territories: Option<Vec<String>>,
    /// Audience, such as `school`.
    #[n(5)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub audience: Option<String>,
    /// Whether money is earned with it.
    #[n(6)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commercial: Option<bool>,
    /// How long the use lasts, days.
    #[n(7)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration_days: Option<u64>,
    /// Whether something is derived from the asset itself (fine-tuning, a clone).
    #[n(8)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub derived_work: Option<bool>,
}

/// What is to be said or made.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Content {
    /// The text itself; classifiers read it.
    #[n(1)]
    Text(#[n(0)] String),
    /// Content held elsewhere; no classifier can read it.
    #[n(2)]
    Digest {
        /// SHA-256 of the content.
        #[n(0)]
        digest: Digest,
        /// Media type: `type/subtype` in lower case.
        #[n(1)]
        media_type: String,
    },
}

impl UsageRequest {
    /// The text to be classified, if the request carries one.
    pub fn text(&self) -> Option<&str> {
        match &self.content {
            Content::Text(text) => Some(text),
            Content::Digest { .. } => None,
        }
    }
}

impl Object for UsageRequest {
    const TYPE: &'static str = "wetsign/request/1";
    const LIMIT: usize = limits::REQUEST;
    const BY_PERSON: bool = true;

    fn signer(&self) -> Option<PublicKey> {
        Some(self.requester)
    }

    fn check(&self) -> Result<(), Error> {
        if self.assets.is_empty() {
            return Err(Error::value(Self::TYPE, "assets", "must name at least one asset"));
        }
        ascending(Self::TYPE, "assets", &self.assets, limits::ASSETS, |id| id)?;
        name(Self::TYPE, "app", &self.app)?;
        let a = &self.attributes;
        name(Self::TYPE, "purpose", &a.purpose)?;
        for (field, text) in [("medium", &a.medium), ("audience", &a.audience)] {
            text.as_ref().map_or(Ok(()), |text| name(Self::TYPE, field, text))?;
        }
        let spelt = |field, spelling: Result<(), String>| {
            spelling.map_err(|why| Error::value(Self::TYPE, field, format!("holds {why}")))
        };
        type Code = fn(&str) -> Result<(), String>;
        for (field, list, code) in [
            ("languages", &a.languages, codes::language as Code),
            ("territories", &a.territories, codes::territory),
        ] {
            let Some(list) = list else { continue };
            ascending(Self::TYPE, field, list, limits::LIST, String::as_str)?;
            list.iter().try_for_each(|text| spelt(field, code(text)))?;
        }
        if let Content::Digest { media_type, .. } = &self.content {
            spelt("media_type", codes::media_type(media_type))?;
        }
        within("request nonce", self.nonce.0.len(), 32)?;
        if self.nonce.0.len() < 16 {
            return Err(Error::value(Self::TYPE, "nonce", "must have 16 to 32 bytes"));
        }
        for (field, time) in [("created", self.created), ("expires", self.expires)] {
            moment(Self::TYPE, field, time)?;
        }
        let nobody = EvmAddress([0; 20]);
        if self.transfer.is_some_and(|transfer| transfer.account == Some(nobody)) {
            return Err(Error::value(Self::TYPE, "transfer", "goes to the zero account, which nobody has"));
        }
        if self.escrow.is_some_and(|escrow| escrow.contract == nobody || escrow.account == nobody) {
            return Err(Error::value(Self::TYPE, "escrow", "names the zero account, which nobody has"));
        }
        if self.opens_to == Some(ChannelKey::ZERO) {
            return Err(Error::value(
                Self::TYPE,
                "opens_to",
                "is a key of zeros, to which nothing can be sealed",
            ));
        }
        if self.expires <= self.created {
            return Err(Error::value(Self::TYPE, "expires", "must be later than created"));
        }
        Ok(())
    }
}
