//! Stakes: bonded, unbonded, withdrawn; one behind each key.

use alloy::primitives::{Address, B256, U256};
use alloy::signers::SignerSync as _;
use alloy::sol_types::SolCall as _;
use proptest::prelude::*;
use wetsign_chain::contracts::{Heart, Stakes};
use wetsign_chain_tests::evm::hearts;
use wetsign_chain_tests::local::Local;
use wetsign_chain_tests::world::{STAKE, World, account_key, validator_public_key};

use crate::{contracts, staked, u96};

#[test]
fn one_stake_stands_behind_a_key_and_a_key_that_left_never_comes_back() {
    let mut world = staked();
    let (stakes, operator) = (world.at.stakes, world.people.operators[0]);
    let again = Stakes::bondOperatorCall { amount: u96(STAKE) };
    world.evm.refused::<Stakes::KeyTaken>(operator, stakes, &again).unwrap();
    let key = validator_public_key(0);
    let other = Stakes::bondValidatorCall { publicKey: key.into(), owner: operator, amount: u96(STAKE) };
    world.evm.refused::<Stakes::KeyTaken>(world.people.operators[1], stakes, &other).unwrap();

    let (key, owner) = (world.validator_key(0).unwrap(), world.people.validators[0]);
    let before = world.evm.view(stakes, &Stakes::validatingCall {}).unwrap();
    world.evm.refused::<Stakes::NotOwner>(operator, stakes, &Stakes::unbondCall { key }).unwrap();
    world.evm.send(owner, stakes, &Stakes::unbondCall { key }).unwrap();
    assert_eq!(world.evm.view(stakes, &Stakes::validatingCall {}).unwrap(), before - hearts(STAKE));
    world.evm.wait(14 * 86_400 - 1).unwrap();
    world.evm.refused::<Stakes::TooEarly>(owner, stakes, &Stakes::withdrawCall { key }).unwrap();
    world.evm.wait(1).unwrap();
    world.evm.send(owner, stakes, &Stakes::withdrawCall { key }).unwrap();
    assert_eq!(world.balance(owner).unwrap(), hearts(STAKE));
    world.evm.refused::<Stakes::WrongState>(owner, stakes, &Stakes::withdrawCall { key }).unwrap();
    world.evm.refused::<Stakes::KeyTaken>(operator, stakes, &other).unwrap();
}

#[test]
fn who_is_no_operator_stakes_nobody_and_a_kiosks_key_has_to_say_so_itself() {
    let mut world = World::deploy(Box::new(Local::new()), &contracts()).unwrap();
    let (stakes, operator) = (world.at.stakes, world.people.operators[0]);
    let validator = Stakes::bondValidatorCall {
        publicKey: validator_public_key(0).into(),
        owner: operator,
        amount: u96(STAKE),
    };
    world.evm.refused::<Stakes::NotOperator>(operator, stakes, &validator).unwrap();
    let nobodys = Stakes::bondValidatorCall { owner: Address::ZERO, ..validator.clone() };
    let little = Stakes::bondOperatorCall { amount: u96(STAKE - 1) };
    world.evm.refused::<Stakes::TooLittle>(operator, stakes, &little).unwrap();
    world.bond_operator(0).unwrap();
    world.bond_operator(1).unwrap();
    world.evm.refused::<Stakes::NotOwner>(operator, stakes, &nobodys).unwrap();
    // The first operator's kiosk, with words that were for the first, brought by the second.
    let kiosk = world.kiosks[0].address();
    let words = world.evm.view(stakes, &Stakes::possessionCall { kiosk, operator }).unwrap();
    let signature = world.kiosks[0].sign_message_sync(&words).unwrap().as_bytes().into();
    let call = Stakes::bondKioskCall { kiosk, amount: u96(STAKE), signature };
    world.evm.refused::<Stakes::NotPossessed>(world.people.operators[1], stakes, &call).unwrap();
}

#[test]
fn nobody_but_the_court_jails_holds_or_slashes() {
    let mut world = staked();
    let (stakes, key, stranger) =
        (world.at.stakes, account_key(world.people.operators[0]), world.people.deployer);
    let e = &mut world.evm;
    e.refused::<Stakes::NotCourt>(stranger, stakes, &Stakes::jailCall { key }).unwrap();
    e.refused::<Stakes::NotCourt>(stranger, stakes, &Stakes::releaseCall { key }).unwrap();
    e.refused::<Stakes::NotCourt>(stranger, stakes, &Stakes::holdCall { key, more: true }).unwrap();
    let slash = Stakes::slashCall { key, bps: 1, informer: stranger };
    e.refused::<Stakes::NotCourt>(stranger, stakes, &slash).unwrap();
    let spend = Stakes::spendCall { to: stranger, amount: U256::ZERO };
    e.refused::<Stakes::NotGovernor>(world.people.stranger, stakes, &spend).unwrap();
}

#[derive(Clone, Copy, Debug)]
enum Step {
    Add(usize, u64),
    Unbond(usize),
    Withdraw(usize),
    Jail(usize),
    Release(usize),
    Slash(usize, u16),
    Wait(u64),
}

fn step() -> impl Strategy<Value = Step> {
    let who = 0usize..8;
    prop_oneof![
        (who.clone(), 1u64..1000).prop_map(|(w, a)| Step::Add(w, a)),
        who.clone().prop_map(Step::Unbond),
        who.clone().prop_map(Step::Withdraw),
        who.clone().prop_map(Step::Jail),
        who.clone().prop_map(Step::Release),
        (who, 0u16..=10_000).prop_map(|(w, bps)| Step::Slash(w, bps)),
        (0u64..20).prop_map(|days| Step::Wait(days * 86_400)),
    ]
}

/// All keys with a stake, and who owns each.
fn keys(world: &mut World) -> Vec<(B256, Address)> {
    let p = world.people;
    let mut keys: Vec<_> = p.operators.iter().map(|operator| (account_key(*operator), *operator)).collect();
    keys.extend(world.kiosks.iter().zip(p.operators).map(|(kiosk, o)| (account_key(kiosk.address()), o)));
    for (number, owner) in (0..).zip(p.validators) {
        keys.push((world.validator_key(number).unwrap(), owner));
    }
    keys
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn whatever_happens_the_contract_holds_what_it_owes_and_no_atto_more(steps in prop::collection::vec(step(), 1..40)) {
        let mut world = staked();
        let (stakes, court, heart) = (world.at.stakes, world.at.court, world.at.heart);
        let (deployer, stranger) = (world.people.deployer, world.people.stranger);
        world.fund(deployer, stakes, hearts(1_000_000)).unwrap();
        let keys = keys(&mut world);
        for step in steps {
            // What the state does not allow reverts, and changes nothing.
            let (from, data) = match step {
                Step::Add(w, a) => (deployer, Stakes::addCall { key: keys[w].0, amount: u96(a) }.abi_encode()),
                Step::Unbond(w) => (keys[w].1, Stakes::unbondCall { key: keys[w].0 }.abi_encode()),
                Step::Withdraw(w) => (keys[w].1, Stakes::withdrawCall { key: keys[w].0 }.abi_encode()),
                Step::Jail(w) => (court, Stakes::jailCall { key: keys[w].0 }.abi_encode()),
                Step::Release(w) => (court, Stakes::releaseCall { key: keys[w].0 }.abi_encode()),
                Step::Slash(w, bps) => {
                    (court, Stakes::slashCall { key: keys[w].0, bps, informer: stranger }.abi_encode())
                }
                Step::Wait(seconds) => {
                    world.evm.wait(seconds).unwrap();
                    continue;
                }
            };
            let _ = world.evm.transact(from, Some(stakes), data.into()).unwrap();
            let mut owed = world.evm.view(stakes, &Stakes::forfeitedCall {}).unwrap();
            let (mut validating, mut operating) = (U256::ZERO, U256::ZERO);
            for (key, _) in &keys {
                let stake = world.evm.view(stakes, &Stakes::stakesCall { key: *key }).unwrap();
                owed += U256::from(stake.amount);
                let counts = if stake.state == 1 { U256::from(stake.amount) } else { U256::ZERO };
                match stake.role {
                    1 => operating += counts,
                    3 => validating += counts,
                    _ => {}
                }
            }
            prop_assert_eq!(world.evm.view(heart, &Heart::balanceOfCall { account: stakes }).unwrap(), owed);
            prop_assert_eq!(world.evm.view(stakes, &Stakes::validatingCall {}).unwrap(), validating);
            prop_assert_eq!(world.evm.view(stakes, &Stakes::operatingCall {}).unwrap(), operating);
        }
    }
}
