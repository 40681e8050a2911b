//! What goes into requests and comes out of answers, owned.

use wetsign_wire::{Answer, Response, eat::Home};

use super::error::ElementError;

/// What a session is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionBinding {
    /// SHA-256 of the request's payload; for an enrolment, of the consent.
    pub request_id: [u8; 32],
    /// SHA-256 of the verdict's payload.
    pub verdict_id: [u8; 32],
    /// The validator's Ed25519 public key.
    pub validator_key: [u8; 32],
}

/// What a token says of a capture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Capture {
    /// Poseidon commitment to the probe, 32 bytes big-endian.
    pub probe_commitment: [u8; 32],
    /// SHA-256 of the liveness report.
    pub report_digest: [u8; 32],
    /// SHA-256 of the model manifest.
    pub manifest_digest: [u8; 32],
}

/// A signed capture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// COSE_Sign1 (tag 18) with the claims of [`wetsign_wire::eat`].
    pub bytes: Vec<u8>,
    /// The counter inside it, greater than in any token before.
    pub counter: u64,
}

/// Who the element is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ElementIdentity {
    /// Ed25519 public key under which tokens verify.
    pub public_key: [u8; 32],
    /// RFC 9711 UEID: 0x01 ‖ 16 random bytes.
    pub ueid: [u8; 17],
    /// Hardware model.
    pub hwmodel: String,
    /// Firmware name.
    pub swname: String,
    /// Firmware version.
    pub swversion: String,
    /// SHA-256 of the firmware image, measured when the element started.
    pub firmware_digest: [u8; 32],
    /// Starts since it was made.
    pub bootcount: u32,
    /// Tokens signed so far.
    pub counter: u64,
    /// What it runs on.
    pub home: Home,
    /// Certificate chain; empty until provisioned.
    pub certificate: Vec<u8>,
    /// X25519 public key of its end of the host channel.
    pub channel_key: [u8; 32],
    /// Latched tamper lines; 0 = never opened, or cleared.
    pub tamper: u8,
}

impl ElementIdentity {
    pub(super) fn from_response(Response { tamper, answer }: Response<'_>) -> Result<Self, ElementError> {
        let Answer::Identity(id) = answer else {
            return Err(ElementError::of_answer("identity", tamper, &answer));
        };
        Ok(Self {
            public_key: id.public_key,
            ueid: id.ueid,
            hwmodel: id.hwmodel.to_owned(),
            swname: id.swname.to_owned(),
            swversion: id.swversion.to_owned(),
            firmware_digest: id.firmware_digest,
            bootcount: id.bootcount,
            counter: id.counter,
            home: id.home,
            certificate: id.certificate.to_vec(),
            channel_key: id.channel_key,
            tamper,
        })
    }
}

/// The state of the case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TamperState {
    /// Lines that were ever active.
    pub latched: u8,
    /// Lines that are active now.
    pub active: u8,
}

/// The element's known-answer tests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SelfTest {
    /// Bit mask of failed tests, 0 = all passed: 1 hash, 2 cipher, 4 signature, 8 random source.
    pub failed: u8,
}

/// The firmware image, measured by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FirmwareMeasurement {
    /// SHA-256.
    pub digest: [u8; 32],
    /// Bytes.
    pub length: u64,
}
