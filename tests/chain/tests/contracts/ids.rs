//! Solidity and attest give the same ids, hashes and bytes.

use alloy::primitives::{B256, U256};
use proptest::prelude::*;
use wetsign_attest::binding;
use wetsign_attest::id::PublicKey;
use wetsign_chain::contracts::{Attested, Settle, Stakes};
use wetsign_chain::statement;
use wetsign_chain_tests::book::{Approved, Book};
use wetsign_chain_tests::local::Local;
use wetsign_chain::vouch::settlement_facts;
use wetsign_chain_tests::world::{World, validator_public_key};

use crate::{atto, contracts, staked};

#[test]
fn a_validators_key_is_the_match_proofs_input() {
    let mut world = World::deploy(Box::new(Local::new()), &contracts()).unwrap();
    let stakes = world.at.stakes;
    let p256 = hex::decode("036b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296").unwrap();
    for key in [validator_public_key(1).to_vec(), p256] {
        let ours = binding::scalar(&binding::validator_key(&PublicKey::try_from(&key[..]).unwrap()));
        let call = Stakes::validatorKeyCall { publicKey: key.into() };
        assert_eq!(world.evm.view(stakes, &call).unwrap(), B256::from(ours.0));
    }
    for key in [vec![], vec![4; 33], vec![2; 32 + 2], vec![7; 31]] {
        let call = Stakes::validatorKeyCall { publicKey: key.into() };
        let stranger = world.people.stranger;
        world.evm.refused::<Stakes::KeyMalformed>(stranger, stakes, &call).unwrap();
    }
}

#[test]
fn domains_and_facts_are_those_of_the_contracts() {
    let mut world = staked();
    let settle = world.at.settle;
    let domain = world.evm.view(settle, &Attested::domainCall {}).unwrap();
    assert_eq!(domain, statement::domain(world.evm.chain_id(), settle).separator());
    let mut book = Book::with(2).unwrap();
    let approved = book.approve(1, "A story.", 2).unwrap();
    let terms = world.terms().unwrap();
    let claim = world.claim(&book, &approved, &terms);
    let terms_hash = alloy::primitives::keccak256(alloy::sol_types::SolValue::abi_encode(&terms));
    let call = Settle::claimFactsCall {
        requester: claim.requester,
        request: claim.request,
        approval: approved.approval,
        terms: terms_hash,
        validators: claim.validators.clone(),
    };
    let item = world.evm.view(settle, &call).unwrap();
    let facts = world.evm.view(settle, &Settle::settlementFactsCall { items: vec![item] }).unwrap();
    assert_eq!(facts, settlement_facts(&[(claim, approved.approval)]));
}

/// Whether the chain takes a claim.
fn takes(
    world: &mut World,
    book: &Book,
    approved: &Approved,
    change: impl FnOnce(&mut wetsign_chain::contracts::Claim),
) -> bool {
    let terms = world.terms().unwrap();
    let mut claim = world.claim(book, approved, &terms);
    let facts = settlement_facts(&[(claim.clone(), approved.approval)]);
    let settle = world.at.settle;
    let (statement, signatures) = world.attested(&book.head(), facts, settle).unwrap();
    change(&mut claim);
    let call = Settle::settleCall { statement, claims: vec![claim], signatures };
    let from = world.people.stranger;
    world
        .evm
        .transact(from, Some(settle), alloy::sol_types::SolCall::abi_encode(&call).into())
        .unwrap()
        .is_ok()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn records_of_every_shape_are_found_in_trees_of_every_size_and_no_changed_byte_is(
        before in 0u64..40, after in 0u64..40, cosignatures in 1u8..=16, byte in any::<prop::sample::Index>(),
        bit in 0u8..8,
    ) {
        let mut world = staked();
        let mut book = Book::with(before).unwrap();
        let approved = book.approve(1, "A story.", cosignatures).unwrap();
        for number in 0..after {
            book.approve(100 + number, "Another.", 1).unwrap();
        }
        let terms = world.terms().unwrap();
        world.escrow(approved.request, U256::from(1_000), &terms).unwrap();
        let altered = takes(&mut world, &book, &approved, |claim| {
            let mut record = claim.entry.record.to_vec();
            let at = byte.index(record.len());
            record[at] ^= 1 << bit;
            claim.entry.record = record.into();
        });
        let elsewhere = takes(&mut world, &book, &approved, |claim| claim.entry.index ^= 1);
        let longer = takes(&mut world, &book, &approved, |claim| claim.entry.inclusion.push(B256::ZERO));
        let shorter = before + after > 0
            && takes(&mut world, &book, &approved, |claim| {
                claim.entry.inclusion.pop();
            });
        prop_assert_eq!([altered, elsewhere, longer, shorter], [false; 4]);
        let whole = takes(&mut world, &book, &approved, |_| ());
        prop_assert!(whole);
        prop_assert!(world.owed(world.people.payee).unwrap() > atto(0));
    }
}
