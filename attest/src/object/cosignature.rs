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

/// Where a validator's key lives. What kind of key it is shows in the key; more is the signer's own word. A verifier's
/// policy says which count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cbor(index_only)]
pub enum Custody {
    /// Sealed on the kiosk: its owner, with root, can use it while a session is open.
    #[n(1)]
    Kiosk,
    /// In a program on the validator's phone or computer. Nothing attests it: a kiosk could say the same of its own
    /// key.
    #[n(2)]
    Phone,
    /// A passkey on a device of the validator's, which verifies them before it signs.
    #[n(3)]
    Passkey,
    /// A program that acts as a passkey, for tests and demonstrations: a simulated part.
    #[n(4)]
    SoftwarePasskey,
}

impl Custody {
    /// In words: "signed by …".
    pub fn words(self) -> &'static str {
        match self {
            Self::Kiosk => "a key on the kiosk",
            Self::Phone => "a program's key",
            Self::Passkey => "passkey",
            Self::SoftwarePasskey => "software passkey",
        }
    }

    /// Whether the key is on a device of the validator's own.
    pub fn is_on_device(self) -> bool {
        self != Self::Kiosk
    }

    /// Whether a key of this kind can be there: passkeys are P-256, and nothing else holds such a key.
    pub fn fits(self, key: &PublicKey) -> bool {
        matches!(self, Self::Passkey | Self::SoftwarePasskey) == key.is_passkey()
    }
}

impl Object for CoSignature {
    const TYPE: &'static str = "wetsign/cosignature/1";
    const LIMIT: usize = limits::COSIGNATURE;
    const BY_PERSON: bool = true;

    fn signer(&self) -> Option<PublicKey> {
        Some(self.validator)
    }

    fn check(&self) -> Result<(), Error> {
        if !self.custody.fits(&self.validator) {
            let (said, kind) = (self.custody.words(), self.validator.kind());
            return Err(Error::value(Self::TYPE, "custody", format!("says {said}, and the key is {kind}")));
        }
        within("attestation", self.attestation.0.len(), limits::EAT)?;
        within("certificate chain", self.chain.0.len(), limits::CERTIFICATE_CHAIN)?;
        within("report", self.report.0.len(), limits::REPORT)?;
        self.proof.check(Self::TYPE)
    }
}
