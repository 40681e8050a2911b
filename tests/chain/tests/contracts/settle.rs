//! Fees: put down, divided to the atto, given back; nobody is paid twice.

use alloy::primitives::{Address, B256, U256};
use alloy::sol_types::{SolCall as _, SolConstructor as _, SolError as _, SolValue as _};
use proptest::prelude::*;
use wetsign_chain::contracts::{Attested, Heart, MatchVerifier, ProofRegistry, Settle, Share, Stakes};
use wetsign_chain_tests::book::{Approved, Book};
use wetsign_chain_tests::evm::{code, hearts};
use wetsign_chain_tests::gas::enrol;
use wetsign_chain_tests::proofs::{Person, Proofs};
use wetsign_chain::vouch::settlement_facts;
use wetsign_chain_tests::world::{World, validator_public_key};

use crate::{staked, u96};

/// A request of this number whose fee waits, and its approval.
fn waiting(
    world: &mut World,
    book: &mut Book,
    number: u64,
    fee: U256,
) -> (Approved, wetsign_chain::contracts::Claim) {
    let approved = book.approve(number, "A story.", 2).unwrap();
    let terms = world.terms().unwrap();
    world.escrow(approved.request, fee, &terms).unwrap();
    let claim = world.claim(book, &approved, &terms);
    (approved, claim)
}

fn settling(
    world: &World,
    book: &Book,
    given: &[(Approved, wetsign_chain::contracts::Claim)],
) -> Settle::settleCall {
    let claims: Vec<_> = given
        .iter()
        .map(|(approved, claim)| {
            let entry = book.entry(approved.index);
            (wetsign_chain::contracts::Claim { entry, ..claim.clone() }, approved.approval)
        })
        .collect();
    let (statement, signatures) =
        world.attested(&book.head(), settlement_facts(&claims), world.at.settle).unwrap();
    Settle::settleCall { statement, claims: claims.into_iter().map(|(claim, _)| claim).collect(), signatures }
}

#[test]
fn an_approval_pays_payees_app_and_validators_once() {
    let (mut world, mut book) = (staked(), Book::with(1000).unwrap());
    let fee = U256::from(1_000_003);
    let given = waiting(&mut world, &mut book, 1, fee);
    let call = settling(&world, &book, &[given]);
    let (settle, stranger, p) = (world.at.settle, world.people.stranger, world.people);
    let told: Settle::Settled = world.evm.send(stranger, settle, &call).unwrap().told().unwrap();
    assert_eq!(told.fee, fee);
    // 1,000,003: a tenth, 33.33 %, the rest; 333,300 divided by two, whose rounding goes to the first.
    let owed: Vec<_> =
        [p.app, p.validators[0], p.validators[1], p.payee].map(|a| world.owed(a).unwrap()).to_vec();
    assert_eq!(owed, [100_000, 166_650, 166_650, 566_703].map(U256::from));
    assert_eq!(owed.iter().sum::<U256>(), fee);
    world.evm.refused::<Settle::NothingEscrowed>(stranger, settle, &call).unwrap();

    let before = world.balance(p.app).unwrap();
    for _ in 0..2 {
        world.evm.send(stranger, settle, &Settle::fetchCall { account: p.app }).unwrap();
        assert_eq!(world.balance(p.app).unwrap(), before + owed[0], "fetched once");
    }
}

#[test]
fn fewer_kiosks_one_operators_kiosks_a_stranger_and_other_facts_settle_nothing() {
    let (mut world, mut book) = (staked(), Book::with(9).unwrap());
    let given = waiting(&mut world, &mut book, 1, U256::from(1000));
    let call = settling(&world, &book, std::slice::from_ref(&given));
    let (settle, anyone) = (world.at.settle, world.people.stranger);
    let facts = call.statement.facts;
    let with = |world: &World, kiosks: &[usize], contract: Address| Settle::settleCall {
        signatures: world.attested_by(&book.head(), facts, contract, kiosks).unwrap().1,
        ..call.clone()
    };
    let one = with(&world, &[0], settle);
    world.evm.refused::<Attested::TooFewSignatures>(anyone, settle, &one).unwrap();
    let twice = with(&world, &[0, 0], settle);
    world.evm.refused::<Attested::NotAscending>(anyone, settle, &twice).unwrap();
    // A signature for another contract recovers to somebody who has no stake.
    let elsewhere = with(&world, &[0, 1], anyone);
    let refused =
        world.evm.transact(anyone, Some(settle), elsewhere.abi_encode().into()).unwrap().unwrap_err();
    let refusals = [Stakes::NotKiosk::SELECTOR, Attested::NotAscending::SELECTOR];
    assert!(refusals.iter().any(|known| refused.starts_with(known)), "{refused}");
    let mut other = call.clone();
    other.claims[0].validators.reverse();
    world.evm.refused::<Attested::OtherFacts>(anyone, settle, &other).unwrap();
    let mut other = call.clone();
    other.claims[0].terms.appBps += 1;
    world.evm.refused::<Settle::OtherTerms>(anyone, settle, &other).unwrap();
    let mut other = call.clone();
    other.claims[0].request = B256::repeat_byte(5);
    world.evm.refused::<Attested::RequestNotNamed>(anyone, settle, &other).unwrap();

    // A kiosk whose stake is being withdrawn counts no longer.
    let key = wetsign_chain_tests::world::account_key(world.kiosks[1].address());
    world.evm.send(world.people.operators[1], world.at.stakes, &Stakes::unbondCall { key }).unwrap();
    world.evm.refused::<Stakes::NotKiosk>(anyone, settle, &call).unwrap();
    let others = with(&world, &[0, 2], settle);
    world.evm.send(anyone, settle, &others).unwrap();
}

#[test]
fn a_match_proof_settles_too_if_it_is_of_this_request_and_only_once() {
    let (mut world, mut book) = (staked(), Book::with(9).unwrap());
    let (approved, claim) = waiting(&mut world, &mut book, 1, U256::from(1000));
    let proofs = Proofs::new().unwrap();
    let person = Person::enrolled(&validator_public_key(0), &approved.request.0).unwrap();
    let (proof, verifier) = (proofs.prove(&person, 1).unwrap(), enrol(&mut world, &proofs, &person).unwrap());
    let settling = settling(&world, &book, &[(approved, claim)]);
    let call = Settle::settleProvedCall {
        statement: settling.statement,
        claim: settling.claims[0].clone(),
        signatures: settling.signatures,
        verifier,
        proof: proof.proof,
        input: proof.input,
    };
    let (settle, anyone) = (world.at.settle, world.people.stranger);
    let mut other = call.clone();
    other.input[3] += U256::from(1);
    world.evm.refused::<Settle::OtherRequest>(anyone, settle, &other).unwrap();
    let mut other = call.clone();
    other.input[4] += U256::from(1);
    world.evm.refused::<ProofRegistry::ProofRefused>(anyone, settle, &other).unwrap();
    world.evm.send(anyone, settle, &call).unwrap();
    assert!(world.evm.refused::<Settle::NothingEscrowed>(anyone, settle, &call).is_ok());
    let holds = MatchVerifier::verifyCall { proof: proof.proof, input: proof.input };
    assert!(world.evm.view(verifier, &holds).unwrap());
}

#[test]
fn a_fee_goes_back_on_refusal_or_after_expiry_and_never_twice() {
    let (mut world, mut book) = (staked(), Book::with(9).unwrap());
    let (refused, claim) = waiting(&mut world, &mut book, 1, U256::from(700));
    let (expired, expiring) = waiting(&mut world, &mut book, 2, U256::from(50));
    let (settle, anyone, requester) = (world.at.settle, world.people.stranger, world.people.requester);
    let facts =
        world.evm.view(settle, &Settle::refusalFactsCall { requester, request: refused.request }).unwrap();
    let (statement, signatures) = world.attested(&book.head(), facts, settle).unwrap();
    let refuse = Settle::refuseCall { requester, request: refused.request, statement, signatures };
    let wrong = Settle::refuseCall { request: expired.request, ..refuse.clone() };
    world.evm.refused::<Attested::OtherFacts>(anyone, settle, &wrong).unwrap();
    world.evm.send(anyone, settle, &refuse).unwrap();
    world.evm.refused::<Settle::NothingEscrowed>(anyone, settle, &refuse).unwrap();
    assert_eq!(world.owed(requester).unwrap(), U256::from(700));
    let late = settling(&world, &book, &[(refused, claim)]);
    world.evm.refused::<Settle::NothingEscrowed>(anyone, settle, &late).unwrap();

    let expire = Settle::expireCall { requester, request: expired.request, terms: expiring.terms.clone() };
    world.evm.wait(86_400 + 7 * 86_400).unwrap();
    world.evm.refused::<Settle::TooEarly>(anyone, settle, &expire).unwrap();
    world.evm.wait(1).unwrap();
    let mut wrong = expire.clone();
    wrong.terms.expires = 1;
    world.evm.refused::<Settle::OtherTerms>(anyone, settle, &wrong).unwrap();
    world.evm.send(anyone, settle, &expire).unwrap();
    world.evm.refused::<Settle::OtherTerms>(anyone, settle, &expire).unwrap();
    assert_eq!(world.owed(requester).unwrap(), U256::from(750));
    // Nobody puts a second fee down in its place.
    let again = Settle::escrowCall { request: expired.request, fee: u96(1), terms: expiring.terms };
    world.evm.refused::<Settle::EscrowedAlready>(requester, settle, &again).unwrap();
}

#[test]
fn a_stranger_cannot_occupy_a_request_and_terms_that_divide_no_whole_are_refused() {
    let mut world = staked();
    let (settle, p) = (world.at.settle, world.people);
    let (request, terms) = (B256::repeat_byte(9), world.terms().unwrap());
    world.fund(p.stranger, settle, hearts(1)).unwrap();
    let call = Settle::escrowCall { request, fee: u96(1), terms: terms.clone() };
    world.evm.send(p.stranger, settle, &call).unwrap();
    world.escrow(request, hearts(1), &terms).unwrap();
    let share = |bps| Share { to: p.payee, bps };
    let mut others = vec![terms.clone(); 6];
    others[0].payees = vec![share(9_999)];
    others[1].payees = vec![];
    others[2].appBps = 9_000;
    others[3].app = Address::ZERO;
    others[4].payees = vec![share(625); 17];
    others[5].expires = u64::MAX;
    for terms in others {
        let call = Settle::escrowCall { request: B256::repeat_byte(8), fee: u96(1), terms };
        world.evm.refused::<Settle::TermsMalformed>(p.requester, settle, &call).unwrap();
    }
}

/// A `Settle` for another token, whose holder is the requester.
fn settle_for(world: &mut World, token: &str) {
    let requester = world.people.requester;
    let code_of =
        |world: &World, name: &str, arguments: Vec<u8>| code(world.contracts.get(name).unwrap(), &arguments);
    let made = code_of(world, token, requester.abi_encode());
    world.at.heart = world.evm.deploy(made).unwrap().0;
    let (token, stakes, registry) = (world.at.heart, world.at.stakes, world.at.registry);
    let made = code_of(world, "Settle", Settle::constructorCall { token, stakes, registry }.abi_encode());
    world.at.settle = world.evm.deploy(made).unwrap().0;
    let approve = Heart::approveCall { spender: world.at.settle, value: U256::MAX };
    world.evm.send(requester, token, &approve).unwrap();
}

#[test]
fn a_token_that_takes_a_fee_is_refused() {
    let mut world = staked();
    settle_for(&mut world, "TaxedToken");
    let (request, terms) = (B256::repeat_byte(9), world.terms().unwrap());
    let call = Settle::escrowCall { request, fee: u96(1), terms };
    world.evm.refused::<Settle::FeeOnTransfer>(world.people.requester, world.at.settle, &call).unwrap();
}

#[test]
fn a_payee_that_calls_back_is_paid_once_and_one_that_refuses_calls_holds_up_nobody() {
    let (mut world, mut book) = (staked(), Book::with(3).unwrap());
    settle_for(&mut world, "CallingToken");
    let deploy = |world: &mut World, name: &str| {
        let made = world.contracts.get(name).unwrap().clone();
        world.evm.deploy(made).unwrap().0
    };
    let (greedy, refusing) = (deploy(&mut world, "GreedyPayee"), deploy(&mut world, "RefusingPayee"));
    let approved = book.approve(1, "A story.", 2).unwrap();
    let mut terms = world.terms().unwrap();
    terms.payees = vec![Share { to: greedy, bps: 5_000 }, Share { to: refusing, bps: 5_000 }];
    let (settle, p) = (world.at.settle, world.people);
    let call = Settle::escrowCall { request: approved.request, fee: u96(1), terms: terms.clone() };
    world.evm.send(p.requester, settle, &call).unwrap();
    let claim = world.claim(&book, &approved, &terms);
    let call = settling(&world, &book, &[(approved, claim)]);
    world.evm.send(p.stranger, settle, &call).unwrap();
    let owed = world.owed(greedy).unwrap();
    assert!(owed > U256::ZERO && world.owed(p.app).unwrap() > U256::ZERO);
    world.evm.send(p.stranger, settle, &Settle::fetchCall { account: greedy }).unwrap();
    assert_eq!(world.balance(greedy).unwrap(), owed, "once");
    assert_eq!(world.owed(greedy).unwrap(), U256::ZERO);
    // What the refusing payee does not take stays its own.
    let fetch = Settle::fetchCall { account: refusing }.abi_encode();
    assert!(world.evm.transact(p.stranger, Some(settle), fetch.into()).unwrap().is_err());
    assert!(world.owed(refusing).unwrap() > U256::ZERO);
    world.evm.send(p.stranger, settle, &Settle::fetchCall { account: p.app }).unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn every_fee_is_divided_whole(
        fee in 1u128..(1u128 << 90), app in 0u16..=5_000, validators in 0u16..=5_000,
        parts in prop::collection::vec(1u16..=1_000, 0..6),
    ) {
        let (mut world, mut book) = (staked(), Book::with(3).unwrap());
        let approved = book.approve(1, "A story.", 2).unwrap();
        let mut terms = world.terms().unwrap();
        (terms.appBps, terms.validatorsBps) = (app, validators);
        let payee = |at: usize| Address::repeat_byte(0x40 + at as u8);
        terms.payees = parts.iter().enumerate().map(|(at, bps)| Share { to: payee(at + 1), bps: *bps }).collect();
        let first = 10_000 - parts.iter().sum::<u16>();
        terms.payees.insert(0, Share { to: payee(0), bps: first });
        world.escrow(approved.request, U256::from(fee), &terms).unwrap();
        let claim = world.claim(&book, &approved, &terms);
        let call = settling(&world, &book, &[(approved, claim)]);
        let p = world.people;
        world.evm.send(p.stranger, world.at.settle, &call).unwrap();
        let mut everybody = vec![p.app, p.validators[0], p.validators[1]];
        everybody.extend((0..terms.payees.len()).map(payee));
        let mut sum = U256::ZERO;
        for account in everybody {
            sum += world.owed(account).unwrap();
        }
        prop_assert_eq!(sum, U256::from(fee));
        let held = world.balance(world.at.settle).unwrap();
        prop_assert_eq!(held, U256::from(fee));
    }
}

#[derive(Clone, Copy, Debug)]
enum Step {
    Escrow(usize, u64),
    Settle(usize),
    Refuse(usize),
    Expire(usize),
    Fetch(usize),
    Wait(u64),
}

fn step() -> impl Strategy<Value = Step> {
    let which = 0usize..3;
    prop_oneof![
        (which.clone(), 1u64..1_000_000).prop_map(|(n, fee)| Step::Escrow(n, fee)),
        which.clone().prop_map(Step::Settle),
        which.clone().prop_map(Step::Refuse),
        which.prop_map(Step::Expire),
        (0usize..5).prop_map(Step::Fetch),
        (0u64..10).prop_map(|days| Step::Wait(days * 86_400)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn in_whatever_order_things_happen_each_fee_goes_one_way_once(steps in prop::collection::vec(step(), 1..40)) {
        let (mut world, mut book) = (staked(), Book::with(3).unwrap());
        let (settle, p, terms) = (world.at.settle, world.people, world.terms().unwrap());
        let asked: Vec<_> = (0..3).map(|number| book.approve(number, "A story.", 2).unwrap()).collect();
        let everybody = [p.payee, p.app, p.validators[0], p.validators[1], p.requester];
        let begun: Vec<_> = everybody.iter().map(|a| world.balance(*a).unwrap()).collect();
        world.fund(p.requester, settle, U256::from(10_000_000)).unwrap();
        let begun_with = begun.iter().sum::<U256>() + U256::from(10_000_000);
        let (mut put_down, mut waiting) = ([false; 3], [U256::ZERO; 3]);
        for step in steps {
            let sent = |world: &mut World, from, data: Vec<u8>| {
                world.evm.transact(from, Some(settle), data.into()).unwrap().is_ok()
            };
            match step {
                Step::Escrow(n, fee) => {
                    let call = Settle::escrowCall {
                        request: asked[n].request,
                        fee: alloy::primitives::aliases::U96::from(fee),
                        terms: terms.clone(),
                    };
                    let taken = sent(&mut world, p.requester, call.abi_encode());
                    prop_assert_eq!(taken, !put_down[n], "once for each request");
                    if taken {
                        (put_down[n], waiting[n]) = (true, U256::from(fee));
                    }
                }
                Step::Settle(n) => {
                    let claim = world.claim(&book, &asked[n], &terms);
                    let call = settling(&world, &book, &[(asked[n], claim)]);
                    let taken = sent(&mut world, p.stranger, call.abi_encode());
                    prop_assert_eq!(taken, !waiting[n].is_zero());
                    waiting[n] = U256::ZERO;
                }
                Step::Refuse(n) => {
                    let (requester, request) = (p.requester, asked[n].request);
                    let facts = Settle::refusalFactsCall { requester, request };
                    let facts = world.evm.view(settle, &facts).unwrap();
                    let (statement, signatures) = world.attested(&book.head(), facts, settle).unwrap();
                    let call = Settle::refuseCall { requester, request, statement, signatures };
                    let taken = sent(&mut world, p.stranger, call.abi_encode());
                    prop_assert_eq!(taken, !waiting[n].is_zero());
                    waiting[n] = U256::ZERO;
                }
                Step::Expire(n) => {
                    let over = world.evm.now().unwrap() > terms.expires + 7 * 86_400;
                    let call = Settle::expireCall {
                        requester: p.requester,
                        request: asked[n].request,
                        terms: terms.clone(),
                    };
                    let taken = sent(&mut world, p.stranger, call.abi_encode());
                    prop_assert_eq!(taken, over && !waiting[n].is_zero());
                    if taken {
                        waiting[n] = U256::ZERO;
                    }
                }
                Step::Fetch(who) => {
                    let owed = world.owed(everybody[who]).unwrap();
                    let before = world.balance(everybody[who]).unwrap();
                    let call = Settle::fetchCall { account: everybody[who] };
                    prop_assert!(sent(&mut world, p.stranger, call.abi_encode()));
                    prop_assert_eq!(world.balance(everybody[who]).unwrap(), before + owed);
                }
                Step::Wait(seconds) => world.evm.wait(seconds).unwrap(),
            }
            let mut held = waiting.iter().sum::<U256>();
            let mut have = U256::ZERO;
            for account in everybody {
                held += world.owed(account).unwrap();
                have += world.balance(account).unwrap();
            }
            prop_assert_eq!(world.balance(settle).unwrap(), held);
            prop_assert_eq!(have + held, begun_with, "nothing is made and nothing lost");
        }
    }
}
