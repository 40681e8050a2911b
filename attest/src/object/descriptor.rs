//! What an asset is and who governs it.

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

use super::{Object, ascending, name, numbered, within};
use crate::error::Error;
use crate::evm::{EvmAddress, EvmToken};
use crate::id::{Atto, Digest, Id, PublicKey};
use crate::limits;

/// A governed asset. Revisions are chained; the asset is named by the id of its first revision.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cbor(map)]
pub struct AssetDescriptor {
    /// 1 for the first revision, then one more each time.
    #[n(1)]
    pub revision: u64,
    /// Id of the first revision; absent in the first revision itself.
    #[n(2)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asset: Option<Id>,
    /// Id of the revision before; absent in the first.
    #[n(3)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous: Option<Id>,
    /// A network or a digital genome.
    #[n(4)]
    pub kind: AssetKind,
    /// Name for people.
    #[n(5)]
    pub title: String,
    /// SHA-256 of the asset's content.
    #[n(6)]
    pub content: Digest,
    /// What of a person (or of a model's output) it gives, strictly ascending.
    #[n(7)]
    pub modalities: Vec<Modality>,
    /// Owner from this revision on.
    #[n(8)]
    pub owner: PublicKey,
    /// Who signs this revision: the owner of the revision before (of this one, in the first).
    #[n(9)]
    pub signed_by: PublicKey,
    /// Keys that may act for the owner, strictly ascending by key.
    #[n(10)]
    pub agents: Vec<Agent>,
    /// Where the asset lives on a chain.
    #[n(11)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evm: Option<EvmReference>,
    /// Who is paid, in basis points that sum to 10,000; empty where nobody is.
    #[n(12)]
    pub payees: Vec<Payee>,
}

/// Kind of asset.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cbor(index_only)]
pub enum AssetKind {
    /// A neural network.
    #[n(1)]
    Model,
    /// A digital genome: voice, face, gestures, behaviour.
    #[n(2)]
    Genome,
}

/// A modality of an asset, or one that a quorum asks a validator to show.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cbor(index_only)]
pub enum Modality {
    /// Face.
    #[n(1)]
    Face,
    /// Voice.
    #[n(2)]
    Voice,
    /// Gestures.
    #[n(3)]
    Gesture,
    /// Behaviour.
    #[n(4)]
    Behaviour,
    /// Text.
    #[n(5)]
    Text,
    /// Picture.
    #[n(6)]
    Image,
}

/// A key that may act for the owner within limits.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cbor(map)]
pub struct Agent {
    /// The agent's key.
    #[n(1)]
    pub key: PublicKey,
    /// What the agent may do, strictly ascending.
    #[n(2)]
    pub actions: Vec<AgentAction>,
    /// Largest fee of a request that the agent may decide on; absent for no bound.
    #[n(3)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fee_limit: Option<Atto>,
    /// UTC seconds after which the agent may do nothing.
    #[n(4)]
    pub expires: u64,
}

/// What an agent may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cbor(index_only)]
pub enum AgentAction {
    /// Sign a revision of the rules.
    #[n(1)]
    ReviseRules,
    /// Make requests as a designated agent (the rules may treat them otherwise).
    #[n(2)]
    Request,
    /// Withdraw approvals.
    #[n(3)]
    Withdraw,
}

/// A contract on an EVM chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cbor(map)]
pub struct EvmReference {
    /// Chain id (EIP-155).
    #[n(1)]
    pub chain_id: u64,
    /// Contract.
    #[n(2)]
    pub contract: EvmAddress,
    /// Number of the token in the contract; absent where the contract is the asset.
    #[n(3)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<EvmToken>,
}

/// A share of the fee.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cbor(map)]
pub struct Payee {
    /// Account or name of the payee, unique, ascending.
    #[n(1)]
    pub account: String,
    /// Hundredths of a percent.
    #[n(2)]
    pub basis_points: u32,
}

impl AssetDescriptor {
    /// The agent with this key, if the owner named one.
    pub fn agent(&self, key: &PublicKey) -> Option<&Agent> {
        self.agents.iter().find(|agent| agent.key == *key)
    }
}

impl Object for AssetDescriptor {
    const TYPE: &'static str = "wetsign/asset/1";
    const LIMIT: usize = limits::DESCRIPTOR;
    const BY_PERSON: bool = true;

    fn signer(&self) -> Option<PublicKey> {
        Some(self.signed_by)
    }

    fn check(&self) -> Result<(), Error> {
        let first = self.revision == 1;
        numbered(Self::TYPE, "revision", self.revision, self.previous.as_ref())?;
        if first != self.asset.is_none() {
            return Err(Error::value(
                Self::TYPE,
                "asset",
                "must be absent in the first revision, and in no other",
            ));
        }
        if first && self.owner != self.signed_by {
            return Err(Error::value(Self::TYPE, "signed_by", "must be the owner in the first revision"));
        }
        name(Self::TYPE, "title", &self.title)?;
        ascending(Self::TYPE, "modalities", &self.modalities, limits::LIST, |m| m)?;
        ascending(Self::TYPE, "agents", &self.agents, limits::LIST, |agent| &agent.key)?;
        for agent in &self.agents {
            ascending(Self::TYPE, "agent actions", &agent.actions, limits::LIST, |action| action)?;
        }
        ascending(Self::TYPE, "payees", &self.payees, limits::LIST, |payee| payee.account.as_str())?;
        self.payees.iter().try_for_each(|payee| name(Self::TYPE, "account", &payee.account))?;
        let sum: u64 = self.payees.iter().map(|payee| u64::from(payee.basis_points)).sum();
        if !self.payees.is_empty() && sum != 10_000 {
            return Err(Error::value(Self::TYPE, "payees", format!("sum to {sum} basis points, not 10000")));
        }
        within("modalities", self.modalities.len(), limits::LIST)
    }
}
