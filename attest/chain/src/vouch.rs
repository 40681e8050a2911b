//! What a kiosk vouches for, once it has checked an approval by its own policy. No I/O.
//!
//! The key is the kiosk's secp256k1 key; its certificate binds it to the secure element's Ed25519 key, and the operator
//! staked it. Signed is one statement over head and payment (EIP-712), which `Settle` takes from k kiosks.

use std::collections::BTreeMap;

use alloy::primitives::{Address, B256, Bytes, hex, keccak256};
use alloy::signers::local::PrivateKeySigner;
use alloy::sol_types::SolValue as _;
use anyhow::{Context as _, ensure};
use serde::{Deserialize, Serialize};
use wetsign_attest::bundle::{ApprovalBundle, LogEntry};
use wetsign_attest::id::PublicKey;
use wetsign_attest::log::{Checkpoint, LogRecord};
use wetsign_attest::object::CertificateChain;
use wetsign_attest::verify::Approval;
use wetsign_attest::{Object as _, binding};

use crate::chain::Chain;
use crate::contracts::{Claim, Entry, Settle, Statement, Terms};
use crate::{escrow, statement, terms};

/// One kiosk's word, as a file hands it on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Word {
    /// Chain id.
    pub chain_id: u64,
    /// The `Settle` contract.
    pub settle: Address,
    /// ABI encoding of the [`Statement`].
    pub statement: Bytes,
    /// ABI encoding of the [`Claim`].
    pub claim: Bytes,
    /// The kiosk's account.
    pub kiosk: Address,
    /// Its signature, 65 bytes.
    pub signature: Bytes,
}

/// Heads that a kiosk signed, for ever: two of one log and size with different roots cost its stake (`Court`), whoever
/// made the second.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Heads(BTreeMap<B256, BTreeMap<u64, B256>>);

impl Heads {
    /// Remembers a head before it is signed. Keep the memory before the signature leaves.
    ///
    /// # Errors
    /// Another root was signed of that log at that size: the log forked, or is a restored one.
    pub fn remember(&mut self, said: &Statement) -> anyhow::Result<()> {
        let root = *self.0.entry(said.log).or_default().entry(said.size).or_insert(said.root);
        ensure!(
            root == said.root,
            "this kiosk vouched for the root {root} of the log {} at size {}, and this head has {}: the log forked. \
             Nothing is signed, as two roots cost the stake: keep both files, and accuse whoever keeps the log",
            said.log,
            said.size,
            said.root
        );
        Ok(())
    }
}

/// Facts of a settlement, as `Settle` computes them. Beside each claim its approval's id.
pub fn settlement_facts(claims: &[(Claim, B256)]) -> B256 {
    let items: Vec<B256> = claims
        .iter()
        .map(|(claim, approval)| {
            let terms = terms::digest(&claim.terms);
            let item = (claim.requester, claim.request, *approval, terms, claim.validators.clone());
            keccak256(item.abi_encode_params())
        })
        .collect();
    keccak256(("wetsign/settlement/1".to_owned(), items).abi_encode_params())
}

/// A stake's key of a validator (`Stakes.validatorKey`).
pub fn stake_key(validator: &PublicKey) -> B256 {
    binding::scalar(&binding::validator_key(validator)).0.into()
}

/// The statement and the claim of an approval that was verified from this bundle. `owners`: who owns the stake behind
/// each validator's key, by [`stake_key`].
///
/// # Errors
/// The request's fee waits elsewhere or nowhere; a validator has no stake; the bundle's log has no record of the
/// approval.
pub fn claim(
    approval: &Approval,
    bundle: &ApprovalBundle,
    chain: &Chain,
    agreed: &Terms,
    owners: &BTreeMap<B256, Address>,
) -> anyhow::Result<(Statement, Claim)> {
    let escrow = escrow::place(&approval.request, chain, agreed)?;
    let validators = approval
        .validators
        .iter()
        .map(|validator| {
            let owner = owners.get(&stake_key(validator)).filter(|owner| !owner.is_zero());
            owner.copied().with_context(|| format!("nobody has a stake behind the validator {validator}"))
        })
        .collect::<anyhow::Result<Vec<_>>>()?;
    let claim = Claim {
        requester: Address::from(escrow.account.0),
        request: statement::id_word(&approval.request_id),
        entry: entry(approval, bundle)?,
        validators,
        terms: agreed.clone(),
    };
    // The note's signature was checked with the approval.
    let text = bundle.checkpoint.split("\n\n").next().unwrap_or_default();
    let head = Checkpoint::parse(&format!("{text}\n"))?;
    let facts = settlement_facts(&[(claim.clone(), statement::id_word(&approval.id))]);
    Ok((statement::statement(&head, facts), claim))
}

fn entry(approval: &Approval, bundle: &ApprovalBundle) -> anyhow::Result<Entry> {
    let names = |entry: &&LogEntry| {
        LogRecord::from_payload(&entry.record.0).is_ok_and(|record| record.object == approval.id)
    };
    let found = bundle.log.iter().find(names).context("the bundle's log has no record of the approval")?;
    Ok(Entry {
        record: found.record.0.clone().into(),
        index: found.index,
        inclusion: found.proof.iter().map(statement::word).collect(),
    })
}

/// Signs.
///
/// # Errors
/// The certificate binds no account, or another one, to the kiosk's secure element.
pub fn sign(
    (said, claim): &(Statement, Claim),
    chain: &Chain,
    certificate: &CertificateChain,
    key: &PrivateKeySigner,
) -> anyhow::Result<Word> {
    let bound = certificate.device().settlement;
    let bound = bound.context("the kiosk's certificate names no account (`wetsign provision device --settlement`)")?;
    ensure!(
        bound.0 == key.address().0.0,
        "the kiosk's certificate binds {bound} to its secure element, the key is of {}",
        key.address()
    );
    let settle = chain.settle()?;
    let digest = statement::digest(said, chain.chain_id, settle);
    let signature = statement::sign(digest, &[key])?.remove(0);
    Ok(Word {
        chain_id: chain.chain_id,
        settle,
        statement: said.abi_encode().into(),
        claim: claim.abi_encode().into(),
        kiosk: key.address(),
        signature,
    })
}

/// The call that settles, from words of several kiosks about one approval.
///
/// # Errors
/// No word, one kiosk twice, or words of different things.
pub fn gathered(mut words: Vec<Word>) -> anyhow::Result<(Word, Settle::settleCall)> {
    words.sort_by_key(|word| word.kiosk);
    let first = words.first().context("no kiosk's word is given")?.clone();
    for word in &words {
        let same = (word.chain_id, word.settle, &word.statement, &word.claim);
        ensure!(
            same == (first.chain_id, first.settle, &first.statement, &first.claim),
            "the words of {} and {} are about different things: let both look at the same approval file",
            first.kiosk,
            word.kiosk
        );
    }
    ensure!(words.windows(2).all(|pair| pair[0].kiosk != pair[1].kiosk), "one kiosk's word is given twice");
    let call = Settle::settleCall {
        statement: Statement::abi_decode(&first.statement)?,
        claims: vec![Claim::abi_decode(&first.claim)?],
        signatures: words.into_iter().map(|word| word.signature).collect(),
    };
    Ok((first, call))
}

/// A secp256k1 key from 64 hexadecimal digits. The error does not repeat them.
///
/// # Errors
/// They are none, or no key.
pub fn read_key(text: &str) -> anyhow::Result<PrivateKeySigner> {
    let mut bytes = zeroize::Zeroizing::new([0; 32]);
    let read = hex::decode_to_slice(text.trim(), bytes.as_mut());
    ensure!(read.is_ok(), "the file does not hold 64 hexadecimal digits");
    PrivateKeySigner::from_slice(bytes.as_ref()).ok().context("the file holds no secp256k1 key")
}
