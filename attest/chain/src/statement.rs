//! What kiosks sign with their secp256k1 keys, for contracts.

use alloy::primitives::{Address, B256, Bytes};
use alloy::signers::SignerSync as _;
use alloy::signers::local::PrivateKeySigner;
use alloy::sol_types::{Eip712Domain, SolStruct as _, eip712_domain};
use wetsign_attest::id::{Digest, Id};
use wetsign_attest::log::Checkpoint;

use crate::contracts::Statement;

/// The EIP-712 domain of a contract on a chain, as `Statements.domain` has it.
pub fn domain(chain: u64, contract: Address) -> Eip712Domain {
    eip712_domain! {
        name: "Wetsign",
        version: "1",
        chain_id: chain,
        verifying_contract: contract,
    }
}

/// A log's head and what else is vouched for.
pub fn statement(head: &Checkpoint, facts: B256) -> Statement {
    Statement { log: log_id(&head.origin), size: head.size, root: word(&head.root), facts }
}

/// How contracts name a log: SHA-256 of its origin.
pub fn log_id(origin: &str) -> B256 {
    word(&Digest::of(origin.as_bytes()))
}

/// A digest as contracts write it.
pub fn word(digest: &Digest) -> B256 {
    digest.0.into()
}

/// An id as contracts write it.
pub fn id_word(id: &Id) -> B256 {
    id.0.into()
}

/// What each key signs.
pub fn digest(statement: &Statement, chain: u64, contract: Address) -> B256 {
    statement.eip712_signing_hash(&domain(chain, contract))
}

/// Signatures in the order in which contracts take them: ascending by address.
///
/// # Errors
/// A signer failed.
pub fn sign(digest: B256, keys: &[&PrivateKeySigner]) -> anyhow::Result<Vec<Bytes>> {
    let mut keys = keys.to_vec();
    keys.sort_by_key(|key| key.address());
    keys.into_iter().map(|key| Ok(key.sign_hash_sync(&digest)?.as_bytes().into())).collect()
}
