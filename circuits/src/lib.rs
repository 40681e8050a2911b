//! # wetsign-circuits: does this live person match the person registered for this key?
//!
//! A validator answers a usage request with a stake. This crate proves, without showing a face or a voice, that the
//! person captured for *this* request is the person whose template sits in the validator registry under *this* key, and
//! that the answer given is bound to the proof. It is a Groth16 proof (Groth 2016, eprint 2016/260) on BN254 of one
//! frozen statement ([`statement`]), with nine public inputs ([`PublicInputs`]).
//!
//! | to find | look in |
//! |---|---|
//! | what is proved, constraint by constraint | `circuit.rs`, and `gadget/` (one file a gadget, each with its soundness argument) |
//! | the same checks on plain numbers, with errors for people | [`statement`] |
//! | the hash, and how vectors and leaves are committed | [`poseidon`], [`encoding`], [`commitment`] |
//! | the validator registry tree | [`registry`] |
//! | keys, the development key, files | [`keys`] |
//! | checking a proof, or many | [`verify`], [`batch`] |
//! | making a proof (feature `prover`) | `prover/` |
//! | what secrets leave on the stack | [`residue`] |
//! | a key that nobody could have forged; files for other people's tools | crate `wetsign-ceremony`, folder `ceremony/` |
//!
//! Without the feature `prover` the crate checks and commits, and that is all: no circuit is built, no thread started,
//! no memory mapped, and there is no unsafe code.
//!
//! **What a proof does not say:** where the probe came from. That the capture was live, by an honest device, for this
//! request, is what the capture attestation over [`PublicInputs::probe`] says; a verifier needs both. A verifier also
//! checks the root, the thresholds, the model and the signal against its own values, and keys replay protection on
//! [`PublicInputs::nullifier`], never on proof bytes (anyone can re-randomise a Groth16 proof).
//!
//! ```
//! use wetsign_circuits::{Features, Registry, commitment, field};
//!
//! let model_id = field::field31(b"face model, voice model, quantiser");
//! let validator_key = field::field31(b"an Ed25519 public key");
//! let (secret, blinding) = (field::random()?, field::random()?);
//! let template = Features { face: vec![40; 192], voice: vec![-25; 256] };
//!
//! let committed = commitment::template(&model_id, &template, &blinding);
//! let leaf = commitment::leaf(&secret, &committed, &validator_key);
//! let mut registry = Registry::new(14)?;
//! registry.set(7, leaf)?;
//! assert_eq!(registry.path(7)?.root(&leaf), registry.root());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#![cfg_attr(not(feature = "prover"), forbid(unsafe_code))]

pub mod batch;
pub mod commitment;
pub mod encoding;
pub mod features;
pub mod field;
pub mod inputs;
pub mod keys;
pub mod poseidon;
pub mod registry;
pub mod residue;
pub mod shape;
pub mod similarity;
pub mod solidity;
pub mod statement;

#[cfg(feature = "prover")]
mod builder;
#[cfg(feature = "prover")]
mod circuit;
mod combination;
#[cfg(feature = "prover")]
mod gadget;
#[cfg(feature = "prover")]
mod info;
mod proof;
#[cfg(feature = "prover")]
mod prover;
mod replace;
#[cfg(test)]
mod tests;
mod threads;

pub use ark_bn254::Fr;
#[cfg(feature = "prover")]
pub use builder::{Part, Rows};
#[cfg(feature = "prover")]
pub use circuit::rows;
pub use features::Features;
#[cfg(feature = "prover")]
pub use info::{CircuitInfo, DOMAIN, circuit_info};
pub use inputs::{PrivateInputs, PublicInputs, PublicInputsError};
pub use keys::{DEVELOPMENT_KEY_DIGEST, DEVELOPMENT_SEED, KeyError, VerifyingKey};
#[cfg(feature = "prover")]
pub use keys::{ProvingKey, development_key};
pub use proof::{PROOF_BYTES, Proof, ProofError, VerifyError, verify};
#[cfg(feature = "prover")]
pub use prover::{
    Arithmetic, Cancel, CancelOnDrop, Cancelled, ProveError, Prover, ProverError, ProverOptions, TableHome,
    checked_witness, prove,
};
pub use registry::{Path, Registry, RegistryError, RegistryFile, RegistryFileError};
pub use shape::{Shape, ShapeError};
pub use statement::StatementError;
