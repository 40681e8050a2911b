//! What a watcher says of a fee that waits: from what nodes tell to the note that a kiosk reads. No I/O.

use alloy::primitives::{Address, B256, keccak256};
use alloy::sol_types::SolValue as _;
use anyhow::{Context as _, ensure};
use ed25519_dalek::SigningKey;
use wetsign_attest::Signed;
use wetsign_attest::evm::EvmAddress;
use wetsign_attest::id::{Atto, Digest, PublicKey};
use wetsign_attest::object::{Escrow, EscrowNote, UsageRequest};

use crate::chain::{Chain, LEAST_NODES};
use crate::contracts::Terms;
use crate::{statement, terms};

/// What one node says of a fee in one block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// Its chain.
    pub chain_id: u64,
    /// The block's number.
    pub block: u64,
    /// The block's hash.
    pub hash: B256,
    /// Who put the fee down; nobody: none waits.
    pub account: Address,
    /// Atto.
    pub fee: u128,
    /// Keccak-256 of the terms.
    pub terms: B256,
}

/// The place that a request names, as this chain's file has it.
///
/// # Errors
/// The request names none, or another chain, contract or other terms.
pub fn place(request: &UsageRequest, chain: &Chain, agreed: &Terms) -> anyhow::Result<Escrow> {
    let escrow = request.escrow.context("the request names no escrow: sign it with an [escrow]")?;
    let (contract, digest) = (chain.settle()?, terms::digest(agreed));
    ensure!(
        escrow.chain_id == chain.chain_id && escrow.contract.0 == contract.0.0,
        "the request's fee waits on chain {} in {}, the file names chain {} and {contract}",
        escrow.chain_id,
        escrow.contract,
        chain.chain_id
    );
    ensure!(
        escrow.terms.0 == digest.0,
        "the request's fee is divided under the terms {}, these have the digest {digest}",
        escrow.terms
    );
    Ok(escrow)
}

/// Under what a fee waits (`Settle.escrowKey`).
pub fn key(account: EvmAddress, request: &wetsign_attest::id::Id) -> B256 {
    keccak256((Address::from(account.0), statement::id_word(request)).abi_encode())
}

/// What all nodes say alike.
///
/// # Errors
/// Too few nodes, or two that differ.
pub fn agreed(told: Vec<(String, Waiting)>) -> anyhow::Result<Waiting> {
    ensure!(told.len() >= LEAST_NODES, "{} answered, {LEAST_NODES} are needed", told.len());
    let mut all = told.into_iter();
    let (first, one) = all.next().context("no node answered")?;
    for (name, other) in all {
        ensure!(one == other, "{first} and {name} differ: {one:?} and {other:?}. Nothing is signed: ask others");
    }
    Ok(one)
}

/// The note, if the whole fee waits.
///
/// # Errors
/// Nothing waits, too little, or under other terms.
pub fn note(
    request: &Signed<UsageRequest>,
    escrow: Escrow,
    agreed: &Terms,
    waiting: &Waiting,
    watcher: &SigningKey,
    time: u64,
) -> anyhow::Result<Signed<EscrowNote>> {
    let id = request.id();
    ensure!(
        waiting.fee > 0 && waiting.account.0 == escrow.account.0,
        "no fee of {} waits for request {id} in block {}: put it down (`wetsign-chain deposit`), and wait until its \
         block is final",
        escrow.account,
        waiting.block
    );
    ensure!(
        waiting.terms == terms::digest(agreed),
        "the fee waits under the terms {}, the request names {}",
        waiting.terms,
        escrow.terms
    );
    let offered = request.payload().fee;
    ensure!(waiting.fee >= offered.0, "{} atto wait, the request offers {offered}", waiting.fee);
    let note = EscrowNote {
        request: id,
        escrow,
        fee: Atto(waiting.fee),
        expires: agreed.expires,
        block: waiting.block,
        hash: Digest(waiting.hash.0),
        watcher: PublicKey::from(watcher),
        time,
    };
    Ok(Signed::sign(note, watcher)?)
}
