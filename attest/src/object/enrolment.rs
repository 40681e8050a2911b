//! The public record of an enrolment.

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

use super::{Object, within};
use crate::error::Error;
use crate::id::{Blob, PublicKey, Scalar};
use crate::limits;

/// Says that a kiosk enrolled a person under a validator key. Signed by the kiosk, and worth nothing before a registrar
/// of another operator has endorsed it ([`super::EnrolmentEndorsement`]).
///
/// Its two captures are element sessions over (consent receipt id, consent receipt id, validator key); its match
/// proofs, one for each capture, are made against a registry that holds this leaf alone, at index 0, with the consent
/// receipt's id in the place of a request's. Duplicates are searched at one kiosk, and by three searchers at all others
/// if it names them: without `uniqueness` count distinct *enrolments*, not humans.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cbor(map)]
pub struct EnrolmentRecord {
    /// Leaf for the registry.
    #[n(1)]
    pub leaf: Scalar,
    /// The validator's key, bound in the leaf.
    #[n(2)]
    pub validator: PublicKey,
    /// The capture that the template was made of.
    #[n(3)]
    pub first: AttestedCapture,
    /// The capture that confirmed it.
    #[n(4)]
    pub second: AttestedCapture,
    /// Proof that the second capture matches the template.
    #[n(5)]
    pub proof: MatchProof,
    /// Result of the search for the same person.
    #[n(6)]
    pub duplicates: DuplicateSearch,
    /// Signed [`super::ConsentReceipt`].
    #[n(7)]
    pub consent: Blob,
    /// The kiosk, who signs.
    #[n(8)]
    pub kiosk: PublicKey,
    /// UTC seconds.
    #[n(9)]
    pub time: u64,
    /// Proof that the template was made of the first capture: without it the first capture would be tied to nothing.
    /// Older records have none, and are refused.
    #[n(10)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_proof: Option<MatchProof>,
    /// What three searchers said of all who are enrolled anywhere: [`super::UniquenessResult`], signed by all three.
    /// Kiosks without searchers have none.
    #[n(11)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uniqueness: Option<Blob>,
}

/// An attested capture with all that is needed to check it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cbor(map)]
pub struct AttestedCapture {
    /// The secure element's token: COSE_Sign1 bytes.
    #[n(1)]
    pub attestation: Blob,
    /// [`super::CertificateChain`] of the element.
    #[n(2)]
    pub chain: Blob,
    /// Payload of the [`super::LivenessReport`].
    #[n(3)]
    pub report: Blob,
}

/// A Groth16 proof with its statement.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cbor(map)]
pub struct MatchProof {
    /// 128 bytes, compressed points A, B, C.
    #[n(1)]
    pub proof: Blob,
    /// The nine public inputs, in the circuit's order.
    #[n(2)]
    pub inputs: Vec<Scalar>,
    /// SHA-256 of the verifying key.
    #[n(3)]
    pub verifying_key: crate::id::Digest,
}

/// Result of a search for an earlier enrolment of the same person.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cbor(map)]
pub struct DuplicateSearch {
    /// Enrolments compared with: those of this kiosk.
    #[n(1)]
    pub compared: u64,
    /// Similarity above which it would have been refused, thousandths.
    #[n(2)]
    pub bound: i32,
    /// Whether one was found.
    #[n(3)]
    pub found: bool,
}

impl MatchProof {
    /// Refuses other lengths than 128 bytes and nine inputs.
    pub(crate) fn check(&self, what: &'static str) -> Result<(), Error> {
        if self.proof.0.len() != 128 {
            return Err(Error::value(what, "proof", format!("has {} bytes, not 128", self.proof.0.len())));
        }
        if self.inputs.len() != 9 {
            return Err(Error::value(what, "inputs", format!("are {}, not 9", self.inputs.len())));
        }
        Ok(())
    }
}

impl AttestedCapture {
    fn check(&self) -> Result<(), Error> {
        within("attestation", self.attestation.0.len(), limits::EAT)?;
        within("certificate chain", self.chain.0.len(), limits::CERTIFICATE_CHAIN)?;
        within("report", self.report.0.len(), limits::REPORT)
    }
}

impl Object for EnrolmentRecord {
    const TYPE: &'static str = "wetsign/enrolment/1";
    const LIMIT: usize = limits::ENROLMENT;

    fn signer(&self) -> Option<PublicKey> {
        Some(self.kiosk)
    }

    fn check(&self) -> Result<(), Error> {
        within("consent receipt", self.consent.0.len(), limits::CONSENT)?;
        self.first.check()?;
        self.second.check()?;
        self.proof.check(Self::TYPE)?;
        within(
            "uniqueness result",
            self.uniqueness.as_ref().map_or(0, |result| result.0.len()),
            limits::UNIQUENESS,
        )?;
        self.first_proof.as_ref().map_or(Ok(()), |proof| proof.check(Self::TYPE))?;
        if self.duplicates.found {
            return Err(Error::value(Self::TYPE, "duplicates", "found: a duplicate is never enrolled"));
        }
        Ok(())
    }
}
