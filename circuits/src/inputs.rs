//! What everyone sees, and what only the prover knows.

use crate::{Features, Path, field};
use ark_bn254::Fr;
use zeroize::{Zeroize, ZeroizeOnDrop};

/// Number of public inputs.
pub const PUBLIC_COUNT: usize = 9;
/// Length of [`PublicInputs::to_bytes`].
pub const PUBLIC_BYTES: usize = PUBLIC_COUNT * 32;
/// Names of the public inputs in their order.
pub const PUBLIC_NAMES: [&str; PUBLIC_COUNT] = [
    "root",
    "nullifier",
    "probe",
    "request_id",
    "signal",
    "model_id",
    "validator_key",
    "tau_face",
    "tau_voice",
];

/// The public inputs, in the order in which the circuit takes them. A verifier recomputes every one of them from
/// objects that it has checked; it never takes them from the prover.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicInputs {
    /// Root of the validator registry of the epoch in force.
    pub root: Fr,
    /// `H(NULL, secret, request_id)`: one for each validator and request.
    pub nullifier: Fr,
    /// Probe commitment, the one in the capture attestation.
    pub probe: Fr,
    /// First 31 bytes of the request's id ([`field::first31`]).
    pub request_id: Fr,
    /// `field31` of what is answered: verdict, decision, device, challenge, epoch.
    pub signal: Fr,
    /// `field31` of the digests of face model, voice model and quantiser.
    pub model_id: Fr,
    /// `field31` of the Ed25519 public key that answers with a stake.
    pub validator_key: Fr,
    /// Least cosine of the faces, times 2^16.
    pub tau_face: u32,
    /// Least cosine of the voices, times 2^16.
    pub tau_voice: u32,
}

/// Bytes that are no public inputs.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PublicInputsError {
    /// Wrong length.
    #[error("public inputs take {PUBLIC_BYTES} bytes, {found} were given")]
    Length {
        /// Bytes given.
        found: usize,
    },
    /// A value at or above the field order.
    #[error("public input {name} is not canonical")]
    NotCanonical {
        /// Which input.
        name: &'static str,
        /// Why.
        source: field::NotCanonical,
    },
    /// A threshold that is no 32-bit number.
    #[error("public input {name} is no threshold: it does not fit 32 bits")]
    Threshold {
        /// Which input.
        name: &'static str,
    },
}

impl PublicInputs {
    /// The nine field elements in circuit order.
    pub fn to_fields(&self) -> [Fr; PUBLIC_COUNT] {
        [
            self.root,
            self.nullifier,
            self.probe,
            self.request_id,
            self.signal,
            self.model_id,
            self.validator_key,
            Fr::from(self.tau_face),
            Fr::from(self.tau_voice),
        ]
    }

    /// The nine elements in circuit order, each 32 bytes big-endian and canonical.
    pub fn to_bytes(&self) -> [u8; PUBLIC_BYTES] {
        let mut bytes = [0; PUBLIC_BYTES];
        for (slot, element) in bytes.chunks_exact_mut(32).zip(self.to_fields()) {
            slot.copy_from_slice(&field::to_bytes(&element));
        }
        bytes
    }

    /// Reads [`PublicInputs::to_bytes`].
    ///
    /// # Errors
    /// Another length, a value at or above the field order, or a threshold beyond 32 bits.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, PublicInputsError> {
        if bytes.len() != PUBLIC_BYTES {
            return Err(PublicInputsError::Length { found: bytes.len() });
        }
        let (chunks, _) = bytes.as_chunks::<32>();
        let mut elements = [Fr::from(0u64); PUBLIC_COUNT];
        for ((element, chunk), name) in elements.iter_mut().zip(chunks).zip(PUBLIC_NAMES) {
            *element = field::from_bytes(chunk)
                .map_err(|source| PublicInputsError::NotCanonical { name, source })?;
        }
        let threshold = |position: usize| {
            let (high, low) = chunks[position].split_at(28);
            match (high.iter().all(|b| *b == 0), low) {
                (true, [a, b, c, d]) => Ok(u32::from_be_bytes([*a, *b, *c, *d])),
                _ => Err(PublicInputsError::Threshold { name: PUBLIC_NAMES[position] }),
            }
        };
        let (tau_face, tau_voice) = (threshold(7)?, threshold(8)?);
        let [root, nullifier, probe, request_id, signal, model_id, validator_key, ..] = elements;
        Ok(Self { root, nullifier, probe, request_id, signal, model_id, validator_key, tau_face, tau_voice })
    }
}

/// What only the prover knows. Wiped on drop, not printable, never serialised.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct PrivateInputs {
    /// The validator's secret, uniform ([`field::random`]).
    pub secret: Fr,
    /// Blinding of the template commitment, uniform, made once at enrolment.
    pub template_blinding: Fr,
    /// Blinding of the probe commitment, uniform, fresh for each capture.
    pub probe_blinding: Fr,
    /// The enrolled vectors.
    pub template: Features,
    /// The freshly captured vectors.
    pub probe: Features,
    /// Where the validator's leaf sits in the registry.
    pub path: Path,
}
