//! Two chains: what crosses, and what does not.

use alloy::primitives::{B256, U256, keccak256};
use alloy::sol_types::SolConstructor as _;
use proptest::prelude::*;
use wetsign_chain::contracts::{Attested, Bridge, Gateway, HeadsAway, HeadsHome};
use wetsign_chain::statement::log_id;
use wetsign_chain_tests::away::{LIMIT, Pair, interoperable};
use wetsign_chain_tests::book::{Book, ORIGIN};
use wetsign_chain_tests::evm::{code, hearts};
use wetsign_chain_tests::local::{Local, SpecId};

use crate::staked;

fn pair() -> Pair {
    Pair::link(staked(), Box::new(Local::of(SpecId::OSAKA, 31_337))).unwrap()
}

#[test]
fn forged_replayed_reordered_and_half_signed_messages_are_refused() {
    let mut pair = pair();
    let (deployer, gateway) = (pair.home.people.deployer, pair.there.gateway);
    let anyone = pair.away.accounts()[9];
    let first = pair.lock(deployer, anyone, hearts(1)).unwrap().told::<Gateway::Posted>().unwrap();
    let second = pair.lock(deployer, anyone, hearts(2)).unwrap().told::<Gateway::Posted>().unwrap();

    let late = pair.signed(&second, &[0, 1]).unwrap();
    pair.away.refused::<Gateway::OutOfOrder>(anyone, gateway, &late).unwrap();
    let half = pair.signed(&first, &[0]).unwrap();
    pair.away.refused::<Gateway::TooFewSignatures>(anyone, gateway, &half).unwrap();
    let twice = pair.signed(&first, &[0, 0]).unwrap();
    pair.away.refused::<Gateway::NotAscending>(anyone, gateway, &twice).unwrap();
    let good = pair.signed(&first, &[0, 1]).unwrap();
    // One operator's node lies, and the operator signs what it says: the other did not.
    let mut forged = first.clone();
    let mut payload = forged.payload.to_vec();
    *payload.last_mut().unwrap() ^= 1;
    forged.payload = payload.into();
    let mut lie = pair.signed(&forged, &[0]).unwrap();
    lie.signatures.push(good.signatures[1].clone());
    let answer =
        pair.away.transact(anyone, Some(gateway), alloy::sol_types::SolCall::abi_encode(&lie).into());
    assert!(answer.unwrap().is_err(), "a forged message");
    // For another chain than it was sent to.
    let mut elsewhere = first.clone();
    elsewhere.recipient = interoperable(2, Some(pair.there.bridge));
    let elsewhere = pair.signed(&elsewhere, &[0, 1]).unwrap();
    pair.away.refused::<Gateway::OtherChain>(anyone, gateway, &elsewhere).unwrap();
    // Past the gateway.
    let past = Bridge::receiveMessageCall {
        id: B256::ZERO,
        sender: first.sender.clone(),
        payload: first.payload.clone(),
    };
    let bridge = pair.there.bridge;
    pair.away.refused::<Bridge::ERC7786RecipientUnauthorizedGateway>(anyone, bridge, &past).unwrap();

    pair.away.send(anyone, gateway, &good).unwrap();
    pair.away.refused::<Gateway::OutOfOrder>(anyone, gateway, &good).unwrap();
    pair.away.send(anyone, gateway, &late).unwrap();
    assert_eq!((pair.minted().unwrap(), pair.locked().unwrap()), (hearts(3), hearts(3)));
}

#[test]
fn any_one_operator_pauses_and_only_the_owner_goes_on() {
    let mut pair = pair();
    let (deployer, gateway) = (pair.home.people.deployer, pair.there.gateway);
    let (anyone, owner, operator) =
        (pair.away.accounts()[9], pair.away.sender(), pair.operators[2].address());
    let posted = pair.lock(deployer, anyone, hearts(1)).unwrap().told().unwrap();
    let call = pair.signed(&posted, &[0, 1]).unwrap();
    pair.away.refused::<Gateway::NotOperator>(anyone, gateway, &Gateway::pauseCall {}).unwrap();
    pair.away.send(operator, gateway, &Gateway::pauseCall {}).unwrap();
    pair.away.refused::<Gateway::EnforcedPause>(anyone, gateway, &call).unwrap();
    let unpause = Gateway::unpauseCall {};
    pair.away.refused::<Gateway::OwnableUnauthorizedAccount>(operator, gateway, &unpause).unwrap();
    pair.away.send(owner, gateway, &unpause).unwrap();
    pair.away.send(anyone, gateway, &call).unwrap();
}

#[test]
fn one_operator_alone_is_no_bridge() {
    let mut pair = pair();
    let (sender, contracts) = (pair.away.sender(), pair.home.contracts.clone());
    for (threshold, operators) in [(1, 3), (0, 3), (4, 3)] {
        let operators = pair.operators[..operators].iter().map(|key| key.address()).collect();
        let arguments = Gateway::constructorCall {
            owner: sender,
            threshold: U256::from(threshold),
            operators,
            remoteChain: U256::from(1),
            remoteGateway: sender,
        };
        let made = code(contracts.get("Gateway").unwrap(), &arguments.abi_encode());
        let refused = pair.away.transact(sender, None, made).unwrap().unwrap_err();
        assert!(refused.starts_with(&keccak256("ThresholdTooLow(uint256,uint256)")[..4]), "{threshold}");
    }
}

#[test]
fn what_is_over_a_days_limit_waits_for_the_next() {
    let mut pair = pair();
    let (deployer, anyone) = (pair.home.people.deployer, pair.away.accounts()[9]);
    let most = pair.lock(deployer, anyone, hearts(LIMIT)).unwrap();
    pair.carry_away(&most).unwrap();
    let more = pair.lock(deployer, anyone, U256::from(1)).unwrap();
    pair.carry_away(&more).unwrap();
    assert_eq!(pair.minted().unwrap(), hearts(LIMIT), "held");
    let Gateway::Posted { sequence, sender, recipient, payload } = more.told().unwrap();
    let retry = Gateway::retryCall { sequence, sender, recipient, payload };
    let gateway = pair.there.gateway;
    pair.away.refused::<Gateway::NotTaken>(anyone, gateway, &retry).unwrap();
    pair.away.wait(86_400).unwrap();
    let other = Gateway::retryCall { payload: vec![1].into(), ..retry.clone() };
    pair.away.refused::<Gateway::NotHeld>(anyone, gateway, &other).unwrap();
    pair.away.send(anyone, gateway, &retry).unwrap();
    pair.away.refused::<Gateway::NotHeld>(anyone, gateway, &retry).unwrap();
    assert_eq!(pair.minted().unwrap(), hearts(LIMIT) + U256::from(1));
    // What could never arrive does not leave.
    let (bridge, to) = (pair.here.bridge, interoperable(31_337, Some(anyone)));
    let call = Bridge::crosschainTransferCall { to, amount: hearts(LIMIT + 1) };
    pair.home.evm.refused::<Bridge::OverLimit>(deployer, bridge, &call).unwrap();
}

#[test]
fn a_message_that_nobody_can_take_holds_up_none_behind_it() {
    let mut pair = pair();
    let (deployer, anyone) = (pair.home.people.deployer, pair.away.accounts()[9]);
    // To the zero account, to which no token can be minted.
    let lost = pair.lock(deployer, alloy::primitives::Address::ZERO, hearts(1)).unwrap();
    let good = pair.lock(deployer, anyone, hearts(2)).unwrap();
    pair.carry_away(&lost).unwrap();
    pair.carry_away(&good).unwrap();
    assert_eq!(pair.minted().unwrap(), hearts(2));
    let held = Gateway::heldCall { sequence: 1 };
    assert_ne!(pair.away.view(pair.there.gateway, &held).unwrap(), B256::ZERO);
}

#[test]
fn an_approval_is_known_away_by_its_logs_head() {
    let mut pair = pair();
    let mut book = Book::with(20).unwrap();
    let approved = book.approve(1, "A story.", 2).unwrap();
    let (here, anyone) = (pair.here.heads, pair.home.people.stranger);
    let facts = pair.home.evm.view(here, &HeadsHome::factsCall {}).unwrap();
    let (statement, signatures) = pair.home.attested(&book.head(), facts, here).unwrap();
    let chain = interoperable(pair.away.chain_id(), None);
    let send = HeadsHome::sendCall { chain, statement, signatures };
    let mut one = send.clone();
    one.signatures.pop();
    pair.home.evm.refused::<Attested::TooFewSignatures>(anyone, here, &one).unwrap();
    let sent = pair.home.evm.send(anyone, here, &send).unwrap();
    pair.carry_away(&sent).unwrap();
    let asked = HeadsAway::approvalOfCall {
        log: log_id(ORIGIN),
        request: approved.request,
        entry: book.entry(approved.index),
    };
    assert_eq!(pair.away.view(pair.there.heads, &asked).unwrap(), approved.approval);
    let mut other = asked.clone();
    other.entry.inclusion[0] = B256::ZERO;
    let sender = pair.away.sender();
    pair.away.refused::<HeadsAway::NotIncluded>(sender, pair.there.heads, &other).unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn what_exists_away_waits_at_home(amounts in prop::collection::vec((any::<bool>(), 1u64..40), 1..12)) {
        let mut pair = pair();
        let (deployer, away) = (pair.home.people.deployer, pair.away.sender());
        for (leaves, amount) in amounts {
            let amount = hearts(amount);
            if leaves {
                let sent = pair.lock(deployer, away, amount).unwrap();
                pair.carry_away(&sent).unwrap();
            } else if pair.minted().unwrap() >= amount {
                let sent = pair.burn(away, deployer, amount).unwrap();
                pair.carry_home(&sent).unwrap();
            }
            prop_assert_eq!(pair.minted().unwrap(), pair.locked().unwrap());
        }
    }
}
