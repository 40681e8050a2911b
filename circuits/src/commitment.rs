//! What is hashed into what. Every hash of ours starts with a domain tag; registry nodes are plain hashes of children.
//!
//! With `H` = [`poseidon::hash`] and `VecHash` = [`encoding::vector_hash`]:
//!
//! | value | definition |
//! |---|---|
//! | identity | `H(ID, secret)` |
//! | template commitment | `VecHash(TMPL, [model_id, face…, voice…, blinding])` |
//! | probe commitment | `VecHash(PROBE, [model_id, face…, voice…, blinding])` |
//! | leaf | `H(LEAF, identity, template commitment, validator_key)` |
//! | nullifier | `H(NULL, secret, request_id)` |
//!
//! Commitments hide because the blinding is uniform and used once, and bind because Poseidon is collision resistant and
//! the packing in [`encoding`] is one-to-one for vectors of a fixed size.

use crate::{Features, encoding, poseidon};
use ark_bn254::Fr;
use zeroize::Zeroizing;

/// Domain tags: eight ASCII letters read as a big-endian number, so that an auditor can read them in a dump.
pub mod tag {
    /// Identity commitment.
    pub const ID: u64 = u64::from_be_bytes(*b"wsign/id");
    /// Template commitment.
    pub const TMPL: u64 = u64::from_be_bytes(*b"wsign/tm");
    /// Registry leaf.
    pub const LEAF: u64 = u64::from_be_bytes(*b"wsign/lf");
    /// Probe commitment.
    pub const PROBE: u64 = u64::from_be_bytes(*b"wsign/pr");
    /// Nullifier.
    pub const NULL: u64 = u64::from_be_bytes(*b"wsign/nl");
}

/// Commitment to the enrolled vectors under the models that made them.
pub fn template(model_id: &Fr, features: &Features, blinding: &Fr) -> Fr {
    vectors(tag::TMPL, model_id, features, blinding)
}

/// Commitment to the freshly captured vectors: the value that the secure element attests.
pub fn probe(model_id: &Fr, features: &Features, blinding: &Fr) -> Fr {
    vectors(tag::PROBE, model_id, features, blinding)
}

/// Commitment to a validator's secret.
pub fn identity(secret: &Fr) -> Fr {
    poseidon::hash(&[Fr::from(tag::ID), *secret])
}

/// The registry leaf of a validator. `template` is the commitment from [`template`], `validator_key` is `field31` of
/// the Ed25519 public key that answers with a stake.
pub fn leaf(secret: &Fr, template: &Fr, validator_key: &Fr) -> Fr {
    poseidon::hash(&[Fr::from(tag::LEAF), identity(secret), *template, *validator_key])
}

/// One value for each pair of validator and request: a second answer to a request shows itself.
pub fn nullifier(secret: &Fr, request_id: &Fr) -> Fr {
    poseidon::hash(&[Fr::from(tag::NULL), *secret, *request_id])
}

fn vectors(tag: u64, model_id: &Fr, features: &Features, blinding: &Fr) -> Fr {
    let mut list = Zeroizing::new(Vec::with_capacity(32));
    list.push(*model_id);
    list.extend(encoding::pack(&features.face));
    list.extend(encoding::pack(&features.voice));
    list.push(*blinding);
    encoding::vector_hash(tag, &list)
}
