//! Parameters change by a vote, at an epoch.

use alloy::primitives::{U256, keccak256};
use alloy::sol_types::{SolCall as _, SolConstructor as _};
use wetsign_chain::contracts::{Governance, Heart, Parameters, ProofRegistry};
use wetsign_chain_tests::evm::{code, hearts};
use wetsign_chain_tests::world::values;

use crate::staked;

#[test]
fn holders_vote_and_the_epoch_puts_it_in_force() {
    let mut world = staked();
    let (p, at) = (world.people, world.at);
    let arguments = Governance::constructorCall { token: at.heart, threshold: hearts(1_000) }.abi_encode();
    let made = code(world.contracts.get("Governance").unwrap(), &arguments);
    let (governance, _) = world.evm.deploy(made).unwrap();
    let e = &mut world.evm;
    e.send(p.deployer, at.parameters, &Parameters::transferOwnershipCall { owner: governance }).unwrap();
    let registrar = ProofRegistry::setRegistrarCall { registrar: p.deployer };
    e.send(p.deployer, at.registry, &registrar).unwrap();
    e.send(p.deployer, at.registry, &ProofRegistry::setGovernorCall { governor: governance }).unwrap();
    e.send(p.deployer, at.heart, &Heart::delegateCall { delegatee: p.deployer }).unwrap();
    e.wait(1).unwrap();

    let mut next = values();
    (next.fromEpoch, next.kiosks) = (2, 3);
    let schedule = Parameters::scheduleCall { next };
    e.refused::<Parameters::OwnableUnauthorizedAccount>(p.deployer, at.parameters, &schedule).unwrap();
    let (targets, nothing) = (vec![at.parameters], vec![U256::ZERO]);
    let calldatas = vec![schedule.abi_encode().into()];
    let propose = Governance::proposeCall {
        targets: targets.clone(),
        values: nothing.clone(),
        calldatas: calldatas.clone(),
        description: "Three kiosks".into(),
    };
    e.refused::<Governance::GovernorInsufficientProposerVotes>(p.stranger, governance, &propose).unwrap();
    let id = e.view_from(p.deployer, governance, &propose).unwrap();
    e.send(p.deployer, governance, &propose).unwrap();
    e.wait(86_401).unwrap();
    e.send(p.deployer, governance, &Governance::castVoteCall { id, support: 1 }).unwrap();
    let description = keccak256("Three kiosks");
    let execute = Governance::executeCall { targets, values: nothing, calldatas, description };
    e.refused::<Governance::GovernorUnexpectedProposalState>(p.stranger, governance, &execute).unwrap();
    e.wait(7 * 86_400).unwrap();
    e.send(p.stranger, governance, &execute).unwrap();

    let kiosks = |e: &mut dyn wetsign_chain_tests::evm::Evm| {
        e.view(at.parameters, &Parameters::valuesCall {}).unwrap().kiosks
    };
    for epoch in 1..=2 {
        e.refused::<Parameters::NothingDue>(p.stranger, at.parameters, &Parameters::advanceCall {}).unwrap();
        assert_eq!(kiosks(e.as_mut()), 2, "still");
        let epoch = ProofRegistry::setEpochCall { number: epoch, root: U256::from(epoch) };
        e.send(p.deployer, at.registry, &epoch).unwrap();
    }
    e.send(p.stranger, at.parameters, &Parameters::advanceCall {}).unwrap();
    assert_eq!(kiosks(e.as_mut()), 3);
}

#[test]
fn values_that_nobody_could_keep_to_and_epochs_that_passed_are_refused() {
    let mut world = staked();
    let (deployer, parameters) = (world.people.deployer, world.at.parameters);
    let refused = |world: &mut wetsign_chain_tests::world::World, next| {
        let call = Parameters::scheduleCall { next };
        world.evm.refused::<Parameters::OutOfRange>(deployer, parameters, &call).unwrap();
    };
    for (kiosks, operators) in [(0, 0), (17, 2), (2, 3), (2, 0)] {
        let mut next = values();
        (next.fromEpoch, next.kiosks, next.operators) = (1, kiosks, operators);
        refused(&mut world, next);
    }
    let passed = Parameters::scheduleCall { next: values() };
    world.evm.refused::<Parameters::EpochPassed>(deployer, parameters, &passed).unwrap();
}
