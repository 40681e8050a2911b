//! A validator's approval of one request, with the evidence.

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

use super::{MatchProof, Object, within};
use crate::error::Error;
use crate::id::{Blob, Id, PublicKey};
use crate::limits;

/// A living, enrolled person approves a request. Signed by the validator's key.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cbor(map)]
pub struct CoSignature {
    /// The request.
    #[n(1)]
    pub request: Id,
    /// The verdict that the person saw.
    #[n(2)]
    pub verdict: Id,
    /// What the person decided.
    #[n(3)]
    pub decision: HumanDecision,
    /// Proof that the probe matches an enrolled template, with its public inputs and verifying-key digest.
    #[n(4)]
    pub proof: MatchProof,
    /// The secure element's token over the probe: COSE_Sign1 bytes.
    #[n(5)]
    pub attestation: Blob,
    /// [`super::CertificateChain`] of the element.
    #[n(6)]
    pub chain: Blob,
    /// Payload of the [`super::LivenessReport`].
    #[n(7)]
    pub report: Blob,
    /// The registry epoch against whose root the proof was made.
    #[n(8)]
    pub epoch: Id,
    /// Who signs.
    #[n(9)]
    pub validator: PublicKey,
    /// Where the validator's key lives.
    #[n(10)]
    pub custody: Custody,
    /// UTC seconds by the kiosk's clock.
    #[n(11)]
    pub time: u64,
}

/// What a person decided in a session. A decline needs no session and is another object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cbor(index_only)]
pub enum HumanDecision {
    /// Approved.
    #[n(1)]
    Approve,
}

/// Where a validator's key lives, by the signer's own word. A verifier of this version treats both alike: no phone attests
/// itself yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cbor(index_only)]
pub enum Custody {
    /// Sealed on the kiosk: its owner, with root, can use it while a session is open.
    #[n(1)]
    Kiosk,
    /// On the validator's phone.
    #[n(2)]
    Phone,
}

impl Object for CoSignature {
    const TYPE: &'static str = "wetsign/cosignature/1";
    const LIMIT: usize = limits::COSIGNATURE;

    fn signer(&self) -> Option<PublicKey> {
        Some(self.validator)
    }

    fn check(&self) -> Result<(), Error> {
        within("attestation", self.attestation.0.len(), limits::EAT)?;
        within("certificate chain", self.chain.0.len(), limits::CERTIFICATE_CHAIN)?;
        within("report", self.report.0.len(), limits::REPORT)?;
        self.proof.check(Self::TYPE)
    }
}
