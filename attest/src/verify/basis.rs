//! A capture, and what it is held against.

use super::gates::Compared;
use super::known::Known;
use super::options::Allowed;
use crate::eat::Claims;
use crate::id::{Blob, Id, PublicKey};
use crate::object::{CertificateChain, LivenessReport, StakeSnapshot};
use crate::policy::TrustPolicy;

/// What captures are held against.
pub(crate) struct Basis<'a> {
    pub policy: &'a TrustPolicy,
    pub allowed: Allowed,
    pub known: &'a Known,
    /// Everybody who signs as a validator in what is checked.
    pub validators: &'a [PublicKey],
    /// Stakes that are known.
    pub stakes: &'a [&'a StakeSnapshot],
    /// Whether a kiosk is revoked, by its universal identifier; `None` if nothing is known of revocations.
    pub revoked: &'a dyn Fn(&Blob) -> Option<bool>,
}

/// A capture, and what its session has to be bound to.
pub(crate) struct Taken<'a> {
    pub chain: &'a Blob,
    pub attestation: &'a Blob,
    pub report: &'a Blob,
    pub request: Id,
    pub verdict: Id,
    pub validator: PublicKey,
    /// UTC seconds at which the object that carries it was signed.
    pub time: u64,
    /// Most seconds between its end and that time.
    pub apart_s: u64,
    /// Whether there was a template to compare it with.
    pub compared: Compared,
}

/// A capture whose token and report could be read.
pub(crate) struct Capture {
    pub chain: CertificateChain,
    pub claims: Claims,
    pub report: LivenessReport,
    /// Every check of the capture passed.
    pub sound: bool,
}
