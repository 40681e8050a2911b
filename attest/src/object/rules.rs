//! The owner's rules: Cedar policies, thresholds and the quorum.

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

use super::{Modality, Object, ascending, name, numbered, within};
use crate::error::Error;
use crate::id::{Digest, Id, PublicKey, Scalar};
use crate::limits;

/// One revision of the rules of one asset.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cbor(map)]
pub struct RulesRevision {
    /// Asset: id of its descriptor's first revision.
    #[n(1)]
    pub asset: Id,
    /// Number of this revision, from 1.
    #[n(2)]
    pub number: u64,
    /// Id of revision `number − 1`; absent in the first.
    #[n(3)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous: Option<Id>,
    /// Who signs: the owner, or an agent who may.
    #[n(4)]
    pub signed_by: PublicKey,
    /// Version of the Cedar schema that the policies were validated against.
    #[n(5)]
    pub schema_version: u32,
    /// Cedar policies, strictly ascending by id, 1 to 64.
    #[n(6)]
    pub policies: Vec<Policy>,
    /// Bounds on classifier scores, strictly ascending by label.
    #[n(7)]
    pub thresholds: Vec<ClassifierThreshold>,
    /// How many validators have to approve, and how.
    #[n(8)]
    pub quorum: Quorum,
    /// Least face similarity that a proof may be made for, t·2^16.
    #[n(9)]
    pub tau_face: u32,
    /// Least voice similarity that a proof may be made for, t·2^16.
    #[n(10)]
    pub tau_voice: u32,
    /// `model_id` values that a proof may be made for, strictly ascending.
    #[n(11)]
    pub model_ids: Vec<Scalar>,
}

/// One Cedar policy.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cbor(map)]
pub struct Policy {
    /// Identifier, unique in the revision; verdicts name it.
    #[n(1)]
    pub id: String,
    /// Source text of the one policy.
    #[n(2)]
    pub text: String,
}

/// A bound on the score of a text classifier, that policies may compare against.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cbor(map)]
pub struct ClassifierThreshold {
    /// What the classifier looks for, such as `objectionable`.
    #[n(1)]
    pub label: String,
    /// SHA-256 of the classifier.
    #[n(2)]
    pub classifier: Digest,
    /// Bound, thousandths.
    #[n(3)]
    pub bound: i32,
}

/// How many validators have to approve, and how.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cbor(map)]
pub struct Quorum {
    /// Number of distinct enrolments, 1 to 16.
    #[n(1)]
    pub k: u32,
    /// What each of them has to show (face, voice), strictly ascending, at least one.
    #[n(2)]
    pub modalities: Vec<Modality>,
    /// Seconds within which all co-signatures of one approval have to be made.
    #[n(3)]
    pub max_age_s: u64,
    /// From how many different kiosks they have to come, 2 to `k`; absent: one is enough.
    #[n(4)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_kiosks: Option<u32>,
    /// By how many different operators these kiosks have to be run, 2 to `k`, as each verifier knows who runs what;
    /// absent: nobody asks.
    #[n(5)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_operators: Option<u32>,
    /// Whether each of them has to say "I approve" before the phrase, and be understood. Absent: nobody has to.
    #[n(6)]
    #[cbor(skip_if = "crate::object::is_not")]
    #[serde(default, skip_serializing_if = "crate::object::is_not")]
    pub spoken_consent: bool,
}

impl Quorum {
    /// Refuses a spread that nobody can reach, and one that asks for nothing: it has no second encoding.
    fn check_spread(&self) -> Result<(), Error> {
        for (field, least) in [("min_kiosks", self.min_kiosks), ("min_operators", self.min_operators)] {
            if let Some(least) = least.filter(|least| !(2..=self.k).contains(least)) {
                let why =
                    format!("is {least}: 2 to {} (the quorum) can be asked for, or it is left out", self.k);
                return Err(Error::value(RulesRevision::TYPE, field, why));
            }
        }
        Ok(())
    }
}

impl Object for RulesRevision {
    const TYPE: &'static str = "wetsign/rules/1";
    const LIMIT: usize = limits::RULES;
    const BY_PERSON: bool = true;

    fn signer(&self) -> Option<PublicKey> {
        Some(self.signed_by)
    }

    fn check(&self) -> Result<(), Error> {
        numbered(Self::TYPE, "number", self.number, self.previous.as_ref())?;
        if self.policies.is_empty() {
            return Err(Error::value(Self::TYPE, "policies", "must hold at least one policy"));
        }
        ascending(Self::TYPE, "policies", &self.policies, limits::POLICIES, |policy| policy.id.as_str())?;
        self.policies.iter().try_for_each(|policy| name(Self::TYPE, "policy id", &policy.id))?;
        ascending(Self::TYPE, "thresholds", &self.thresholds, limits::LIST, |t| t.label.as_str())?;
        self.thresholds.iter().try_for_each(|t| name(Self::TYPE, "threshold label", &t.label))?;
        within("quorum", self.quorum.k as usize, limits::QUORUM)?;
        if self.quorum.k == 0 || self.quorum.modalities.is_empty() {
            return Err(Error::value(
                Self::TYPE,
                "quorum",
                "must ask for at least one human and one modality",
            ));
        }
        self.quorum.check_spread()?;
        ascending(Self::TYPE, "quorum modalities", &self.quorum.modalities, limits::LIST, |m| m)?;
        if self.quorum.modalities.iter().any(|m| !matches!(m, Modality::Face | Modality::Voice)) {
            return Err(Error::value(Self::TYPE, "quorum modalities", "can be face and voice only"));
        }
        for (field, tau) in [("tau_face", self.tau_face), ("tau_voice", self.tau_voice)] {
            if tau > 1 << 16 {
                return Err(Error::value(Self::TYPE, field, format!("is {tau}, above 65536 (similarity 1)")));
            }
        }
        ascending(Self::TYPE, "model_ids", &self.model_ids, limits::LIST, |id| id)
    }
}
