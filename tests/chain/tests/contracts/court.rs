//! What is slashed at once, and what operators decide.

use alloy::primitives::{Address, B256, U256};
use wetsign_attest::id::Digest;
use wetsign_attest::log::Checkpoint;
use wetsign_chain::contracts::{Court, Heart, Proved, Said, Stakes};
use wetsign_chain::statement;
use wetsign_chain_tests::book::{Book, ORIGIN};
use wetsign_chain_tests::evm::hearts;
use wetsign_chain_tests::gas::enrol;
use wetsign_chain_tests::proofs::{Person, Proofs};
use wetsign_chain_tests::world::{BOND, STAKE, World, account_key, validator_public_key};

use crate::{staked, u96};

/// What a kiosk says of a head, on some chain to some contract.
fn said(world: &World, kiosk: usize, size: u64, root: u8, chain: u64) -> Said {
    let head = Checkpoint { origin: ORIGIN.into(), size, root: Digest([root; 32]) };
    let statement = statement::statement(&head, B256::repeat_byte(root));
    let verifying = world.at.settle;
    let digest = statement::digest(&statement, chain, verifying);
    let signature = statement::sign(digest, &[&world.kiosks[kiosk]]).unwrap().remove(0);
    Said { chain: U256::from(chain), verifying, statement, signature }
}

#[test]
fn two_heads_of_one_size_cost_a_kiosk_its_stake_and_the_same_head_again_costs_nothing() {
    let mut world = staked();
    let (court, stakes, informer) = (world.at.court, world.at.stakes, world.people.stranger);
    let one = said(&world, 0, 9, 1, 1);
    // The same bytes once more, as after a crash; another size; another kiosk.
    for other in [said(&world, 0, 9, 1, 1), said(&world, 0, 10, 2, 1)] {
        let call = Court::equivocatedCall { one: one.clone(), other };
        world.evm.refused::<Court::NoContradiction>(informer, court, &call).unwrap();
    }
    let call = Court::equivocatedCall { one: one.clone(), other: said(&world, 1, 9, 2, 1) };
    world.evm.refused::<Court::OtherSigner>(informer, court, &call).unwrap();

    // On two chains, too.
    let call = Court::equivocatedCall { one, other: said(&world, 0, 9, 2, 2) };
    world.evm.send(informer, court, &call).unwrap();
    let key = account_key(world.kiosks[0].address());
    let stake = world.evm.view(stakes, &Stakes::stakesCall { key }).unwrap();
    assert_eq!((stake.amount, stake.state), (u96(0), 2), "nothing left, and jailed");
    assert_eq!(world.balance(informer).unwrap(), hearts(STAKE / 10));
    assert_eq!(world.evm.view(stakes, &Stakes::forfeitedCall {}).unwrap(), hearts(STAKE * 9 / 10));
    // The same evidence pays nobody again.
    world.evm.send(informer, court, &call).unwrap();
    assert_eq!(world.balance(informer).unwrap(), hearts(STAKE / 10));
}

#[test]
fn unbonding_does_not_save_an_equivocator() {
    let mut world = staked();
    let key = account_key(world.kiosks[0].address());
    world.evm.send(world.people.operators[0], world.at.stakes, &Stakes::unbondCall { key }).unwrap();
    world.evm.wait(14 * 86_400).unwrap();
    let call = Court::equivocatedCall { one: said(&world, 0, 9, 1, 1), other: said(&world, 0, 9, 2, 1) };
    world.evm.send(world.people.stranger, world.at.court, &call).unwrap();
    let stake = world.evm.view(world.at.stakes, &Stakes::stakesCall { key }).unwrap();
    assert_eq!(stake.amount, u96(0));
}

#[test]
fn one_nullifier_with_two_signals_costs_a_validator_their_stake_and_honest_proofs_cost_nothing() {
    let mut world = staked();
    let proofs = Proofs::new().unwrap();
    let key = validator_public_key(0);
    let person = Person::enrolled(&key, &[1; 32]).unwrap();
    let verifier = enrol(&mut world, &proofs, &person).unwrap();
    let proved = |person: &Person, signal, verifier| {
        let call = proofs.prove(person, signal).unwrap();
        Proved { verifier, proof: call.proof, input: call.input }
    };
    let (court, informer) = (world.at.court, world.people.stranger);
    let one = proved(&person, 1, verifier);
    // Made again for the same session: other bytes, the same signal.
    let again = proved(&person, 1, verifier);
    assert_ne!(one.proof, again.proof);
    let call = Court::matchedTwiceCall { one: one.clone(), other: again };
    world.evm.refused::<Court::NoContradiction>(informer, court, &call).unwrap();
    // Another request: another nullifier.
    let elsewhere = proved(&Person::enrolled(&key, &[2; 32]).unwrap(), 2, verifier);
    let call = Court::matchedTwiceCall { one: one.clone(), other: elsewhere };
    world.evm.refused::<Court::NoContradiction>(informer, court, &call).unwrap();
    // A signal that nobody proved.
    let mut forged = one.clone();
    forged.input[4] += U256::from(1);
    let call = Court::matchedTwiceCall { one: one.clone(), other: forged };
    world.evm.refused::<Court::ProofRefused>(informer, court, &call).unwrap();
    // A key that nobody accepted, and a tree of the accuser's own making with the validator's key in it.
    let call =
        Court::matchedTwiceCall { one: proved(&person, 1, informer), other: proved(&person, 2, informer) };
    world.evm.refused::<Court::KeyNotAccepted>(informer, court, &call).unwrap();
    let framed = Person::enrolled(&key, &[1; 32]).unwrap();
    let call =
        Court::matchedTwiceCall { one: proved(&framed, 1, verifier), other: proved(&framed, 2, verifier) };
    world.evm.refused::<Court::RootUnknown>(informer, court, &call).unwrap();

    let call = Court::matchedTwiceCall { one, other: proved(&person, 2, verifier) };
    world.evm.send(informer, court, &call).unwrap();
    let key = world.validator_key(0).unwrap();
    let stake = world.evm.view(world.at.stakes, &Stakes::stakesCall { key }).unwrap();
    assert_eq!((stake.amount, stake.state), (u96(0), 2));
    assert_eq!(world.balance(informer).unwrap(), hearts(STAKE / 10));
}

/// The stranger accuses the first kiosk, whose operator is the first.
fn accused(world: &mut World) -> (B256, Address) {
    let (court, stranger) = (world.at.court, world.people.stranger);
    world.fund(stranger, court, hearts(BOND)).unwrap();
    let key = account_key(world.kiosks[0].address());
    let accuse = Court::accuseCall { accused: key, evidence: B256::repeat_byte(1) };
    world.evm.send(stranger, court, &accuse).unwrap();
    (key, stranger)
}

fn id() -> U256 {
    U256::from(1)
}

#[test]
fn silence_is_guilt_after_seven_days_and_nothing_is_withdrawn_meanwhile() {
    let mut world = staked();
    let (key, accuser) = accused(&mut world);
    let (court, stakes, owner) = (world.at.court, world.at.stakes, world.people.operators[0]);
    world.evm.send(owner, stakes, &Stakes::unbondCall { key }).unwrap();
    world.evm.wait(14 * 86_400).unwrap();
    world.evm.refused::<Stakes::Accused>(owner, stakes, &Stakes::withdrawCall { key }).unwrap();
    let answer = Court::answerCall { id: id(), record: vec![1].into() };
    world.evm.refused::<Court::WrongTime>(owner, court, &answer).unwrap();
    world.evm.send(accuser, court, &Court::decideCall { id: id() }).unwrap();
    world.evm.refused::<Court::WrongTime>(accuser, court, &Court::closeCall { id: id() }).unwrap();
    world.evm.wait(7 * 86_400 + 1).unwrap();
    world.evm.send(accuser, court, &Court::closeCall { id: id() }).unwrap();
    world.evm.refused::<Court::WrongStage>(accuser, court, &Court::closeCall { id: id() }).unwrap();
    assert_eq!(world.balance(accuser).unwrap(), hearts(BOND + STAKE / 20));
    world.evm.send(owner, stakes, &Stakes::withdrawCall { key }).unwrap();
    assert_eq!(world.balance(court).unwrap(), U256::ZERO);
}

#[test]
fn who_answers_is_judged_by_the_others_and_an_appeal_needs_votes_of_its_own() {
    let mut world = staked();
    let (key, accuser) = accused(&mut world);
    let (court, stakes, p) = (world.at.court, world.at.stakes, world.people);
    let owner = p.operators[0];
    let answer = Court::answerCall { id: id(), record: b"the record".to_vec().into() };
    world.evm.refused::<Court::NotAccused>(accuser, court, &answer).unwrap();
    world.evm.send(owner, court, &answer).unwrap();
    let vote = |guilty| Court::voteCall { id: id(), guilty };
    for nobody in [owner, accuser] {
        world.evm.refused::<Court::NoVote>(nobody, court, &vote(false)).unwrap();
    }
    world.evm.send(p.operators[1], court, &vote(true)).unwrap();
    world.evm.refused::<Court::VotedAlready>(p.operators[1], court, &vote(true)).unwrap();
    world.evm.refused::<Court::WrongTime>(accuser, court, &Court::decideCall { id: id() }).unwrap();
    world.evm.wait(7 * 86_400 + 1).unwrap();
    world.evm.send(accuser, court, &Court::decideCall { id: id() }).unwrap();
    let state = |world: &mut World| world.evm.view(stakes, &Stakes::stakesCall { key }).unwrap().state;
    assert_eq!(state(&mut world), 2, "jailed");

    let appeal = Court::appealCall { id: id() };
    world.evm.refused::<Court::NotAccused>(accuser, court, &appeal).unwrap();
    world.fund(owner, court, hearts(2 * BOND)).unwrap();
    world.evm.send(owner, court, &appeal).unwrap();
    for operator in &p.operators[1..] {
        world.evm.send(*operator, court, &vote(false)).unwrap();
    }
    world.evm.wait(7 * 86_400 + 1).unwrap();
    world.evm.send(accuser, court, &Court::decideCall { id: id() }).unwrap();
    assert_eq!(state(&mut world), 1, "counts again");
    assert_eq!(world.balance(owner).unwrap(), hearts(3 * BOND), "both bonds");
    assert_eq!(world.evm.view(world.at.heart, &Heart::balanceOfCall { account: court }).unwrap(), U256::ZERO);
}

#[test]
fn one_small_operator_convicts_nobody_where_the_others_are_silent() {
    let mut world = staked();
    let (key, accuser) = accused(&mut world);
    let (court, stakes, p) = (world.at.court, world.at.stakes, world.people);
    // The third operator's stake grows until the second's is less than a quarter of all.
    world.fund(p.operators[2], stakes, hearts(10 * STAKE)).unwrap();
    let add = Stakes::addCall { key: account_key(p.operators[2]), amount: u96(10 * STAKE) };
    world.evm.send(p.operators[2], stakes, &add).unwrap();
    let answer = Court::answerCall { id: id(), record: vec![1].into() };
    world.evm.send(p.operators[0], court, &answer).unwrap();
    world.evm.send(p.operators[1], court, &Court::voteCall { id: id(), guilty: true }).unwrap();
    world.evm.wait(7 * 86_400 + 1).unwrap();
    world.evm.send(accuser, court, &Court::decideCall { id: id() }).unwrap();
    world.evm.wait(7 * 86_400 + 1).unwrap();
    world.evm.send(accuser, court, &Court::closeCall { id: id() }).unwrap();
    let stake = world.evm.view(stakes, &Stakes::stakesCall { key }).unwrap();
    assert_eq!((stake.amount, stake.state, stake.holds), (u96(STAKE), 1, 0));
    assert_eq!(world.balance(p.operators[0]).unwrap(), hearts(BOND), "the accuser's bond");
}

#[test]
fn an_accused_cannot_fill_the_court_with_accusations_of_its_own() {
    let mut world = staked();
    let (key, _) = accused(&mut world);
    let (court, friend) = (world.at.court, world.people.app);
    world.fund(friend, court, hearts(BOND * 300)).unwrap();
    for number in 0..300u16 {
        let accuse = Court::accuseCall { accused: key, evidence: B256::from(U256::from(number)) };
        world.evm.send(friend, court, &accuse).unwrap();
    }
    let stake = world.evm.view(world.at.stakes, &Stakes::stakesCall { key }).unwrap();
    assert_eq!(stake.holds, 301);
}

#[test]
fn a_log_that_grows_never_gives_its_kiosk_away() {
    let mut world = staked();
    let mut book = Book::with(1).unwrap();
    let mut heads = vec![];
    for number in 0..4 {
        // Signed, lost in a crash, signed again.
        heads.extend([book.head(), book.head()]);
        book.approve(number, "A story.", 1).unwrap();
    }
    let (court, anyone, verifying) = (world.at.court, world.people.stranger, world.at.settle);
    let said = |world: &World, head: &Checkpoint| {
        let statement = statement::statement(head, B256::ZERO);
        let digest = statement::digest(&statement, 1, verifying);
        let signature = statement::sign(digest, &[&world.kiosks[0]]).unwrap().remove(0);
        Said { chain: U256::from(1), verifying, statement, signature }
    };
    for one in &heads {
        for other in &heads {
            let call = Court::equivocatedCall { one: said(&world, one), other: said(&world, other) };
            world.evm.refused::<Court::NoContradiction>(anyone, court, &call).unwrap();
        }
    }
}
