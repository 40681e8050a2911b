//! Genesis, and what is emitted.

use alloy::primitives::{B256, U256, keccak256};
use alloy::sol_types::{SolConstructor as _, SolValue as _};
use wetsign_chain::contracts::{Emission, Heart};
use wetsign_chain_tests::book::Book;
use wetsign_chain_tests::evm::{code, hearts};
use wetsign_chain_tests::local::Local;
use wetsign_chain_tests::world::{World, account_key};

use crate::{contracts, staked};

/// Atto emitted in the first `weeks` weeks: the closed form, in exact fractions of 512 bits, rounded down once.
fn closed_form(weeks: u64) -> U256 {
    type Wide = alloy::primitives::Uint<1024, 16>;
    let (year, week) = (weeks / 52, weeks % 52);
    let first = Wide::from(7_800_000_000u64) * Wide::from(10).pow(Wide::from(18)) * Wide::from(128)
        / Wide::from(1000);
    let (two, three) = (Wide::from(2).pow(Wide::from(year)), Wide::from(3).pow(Wide::from(year)));
    // first · (1 + 2/3 + … + (2/3)^(year − 1)) + first · (2/3)^year · week / 52, over one denominator.
    let sum: Wide = (0..year)
        .map(|y| Wide::from(2).pow(Wide::from(y)) * Wide::from(3).pow(Wide::from(year - y)))
        .fold(Wide::ZERO, |sum, term| sum + term);
    let above = first * (sum * Wide::from(52) + two * Wide::from(week));
    (above / (three * Wide::from(52))).to::<U256>()
}

#[test]
fn genesis_is_exact_and_only_the_emission_mints() {
    let mut world = World::deploy(Box::new(Local::new()), &contracts()).unwrap();
    let (heart, stranger) = (world.at.heart, world.people.stranger);
    assert_eq!(world.evm.view(heart, &Heart::totalSupplyCall {}).unwrap(), hearts(7_800_000_000));
    let mint = Heart::crosschainMintCall { to: stranger, value: U256::from(1) };
    for account in [stranger, world.people.deployer] {
        world.evm.refused::<Heart::NotMinter>(account, heart, &mint).unwrap();
    }
    for shares in [vec![hearts(7_800_000_000) - U256::from(1)], vec![hearts(7_800_000_000), U256::from(1)]] {
        let accounts = vec![stranger; shares.len()];
        let arguments = Heart::constructorCall { minter: stranger, accounts, shares }.abi_encode();
        let made = code(world.contracts.get("Heart").unwrap(), &arguments);
        let refused = world.evm.transact(stranger, None, made).unwrap().unwrap_err();
        assert!(refused.starts_with(&keccak256("SharesNotGenesis(uint256)")[..4]));
    }
}

#[test]
fn emission_is_the_closed_form_to_the_atto_for_fifty_years() {
    let mut world = World::deploy(Box::new(Local::new()), &contracts()).unwrap();
    let emission = world.at.emission;
    let mut sum = U256::ZERO;
    for week in 0..52 * 50 {
        assert_eq!(
            world.evm.view(emission, &Emission::totalCall { weeks_: U256::from(week) }).unwrap(),
            closed_form(week),
            "{week} weeks"
        );
        assert_eq!(sum, closed_form(week));
        sum += world.evm.view(emission, &Emission::ofWeekCall { week: U256::from(week) }).unwrap();
    }
    assert_eq!(closed_form(52), hearts(998_400_000), "12.8 % in the first year");
    let year = |n: u64| closed_form(52 * (n + 1)) - closed_form(52 * n);
    for n in 0..49 {
        assert!(
            year(n + 1) * U256::from(3) <= year(n) * U256::from(2) + U256::from(3),
            "a third less in year {n}"
        );
    }
    // Beyond the last week nothing is added, and nothing overflows on the way.
    let all = world.evm.view(emission, &Emission::totalCall { weeks_: U256::from(5200) }).unwrap();
    assert_eq!(all, closed_form(5200));
    assert_eq!(world.evm.view(emission, &Emission::totalCall { weeks_: U256::MAX }).unwrap(), all);
}

fn leaf(index: u64, key: B256, amount: U256) -> B256 {
    keccak256(keccak256((U256::from(index), key, amount).abi_encode()))
}

fn node(a: B256, b: B256) -> B256 {
    let (low, high) = if a < b { (a, b) } else { (b, a) };
    keccak256([low.as_slice(), high.as_slice()].concat())
}

#[test]
fn who_staked_and_signed_takes_a_weeks_reward_once_and_never_more_than_the_week_emits() {
    let mut world = staked();
    let (emission, stranger) = (world.at.emission, world.people.stranger);
    let week = world.evm.view(emission, &Emission::ofWeekCall { week: U256::ZERO }).unwrap();
    let validator = world.validator_key(0).unwrap();
    let entries = [
        (validator, week - U256::from(5)),
        (account_key(world.people.operators[0]), U256::from(5)),
        (account_key(world.people.operators[1]), U256::from(1)),
        (account_key(stranger), U256::ZERO),
    ];
    let leaves: Vec<_> = (0..).zip(entries).map(|(at, (key, amount))| leaf(at, key, amount)).collect();
    let (left, right) = (node(leaves[0], leaves[1]), node(leaves[2], leaves[3]));
    let root = node(left, right);
    let book = Book::with(3).unwrap();
    let facts = world.evm.view(emission, &Emission::factsCall { week: U256::ZERO, root }).unwrap();
    let (statement, signatures) = world.attested(&book.head(), facts, emission).unwrap();
    let list = Emission::listCall { week: U256::ZERO, root, statement, signatures };
    world.evm.refused::<Emission::NotEnded>(stranger, emission, &list).unwrap();
    world.evm.wait(7 * 86_400).unwrap();
    world.evm.send(stranger, emission, &list).unwrap();
    world.evm.refused::<Emission::ListedAlready>(stranger, emission, &list).unwrap();

    let take = |at: usize, amount: U256| Emission::takeCall {
        week: U256::ZERO,
        index: U256::from(at),
        key: entries[at].0,
        amount,
        proof: vec![leaves[at ^ 1], if at < 2 { right } else { left }],
    };
    let supply = world.evm.view(world.at.heart, &Heart::totalSupplyCall {}).unwrap();
    world.evm.refused::<Emission::NotListed>(stranger, emission, &take(0, week)).unwrap();
    for at in [0, 1] {
        world.evm.send(stranger, emission, &take(at, entries[at].1)).unwrap();
        world.evm.refused::<Emission::TakenAlready>(stranger, emission, &take(at, entries[at].1)).unwrap();
    }
    world.evm.refused::<Emission::TooMuch>(stranger, emission, &take(2, entries[2].1)).unwrap();
    world.evm.refused::<Emission::NotStaked>(stranger, emission, &take(3, entries[3].1)).unwrap();
    assert_eq!(world.evm.view(world.at.heart, &Heart::totalSupplyCall {}).unwrap(), supply + week);
    assert_eq!(world.balance(world.people.validators[0]).unwrap(), entries[0].1);
}
