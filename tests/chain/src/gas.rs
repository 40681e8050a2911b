//! What each step costs, under the rules of each hard fork.

use std::collections::BTreeMap;

use alloy::primitives::{Address, B256, U256};
use serde_json::{Value, json};
use wetsign_chain::contracts::{AiNft, Claim, Court, ProofRegistry, Proved, Said, Settle};
use wetsign_chain::statement::{self, sign};
use wetsign_chain::vouch::settlement_facts;

use crate::artifacts::Contracts;
use crate::away::Pair;
use crate::book::{Approved, Book};
use crate::evm::hearts;
use crate::local::{Local, SpecId};
use crate::proofs::{Person, Proofs};
use crate::world::{World, validator_public_key};

/// Most gas of a step under Osaka's rules; tests hold each row against its bound.
pub const BOUNDS: [(&str, u64); 4] = [
    ("settle, payees new", 210_000),
    ("settle", 160_000),
    ("settle with a match proof", 420_000),
    ("two match proofs, one nullifier", 720_000),
];
/// What eight approvals together may cost of eight alone, in percent.
pub const BATCH_PERCENT: u64 = 60;
/// Records in the log before the approvals, and after them: a proof has 17 levels then. Each more costs about 900.
const RECORDS: u64 = 65_000;
const RECORDS_AFTER: u64 = 1_000;
/// Approvals that are settled: two alone, eight together, one with a proof.
const APPROVALS: u64 = 11;

/// Rows of the table.
pub type Table = BTreeMap<String, u64>;

/// One column for each hard fork.
pub fn tables(contracts: &Contracts) -> anyhow::Result<Value> {
    Ok(json!({
        "osaka": table(contracts, SpecId::OSAKA)?,
        "amsterdam": table(contracts, SpecId::AMSTERDAM)?,
    }))
}

/// Takes every step once.
pub fn table(contracts: &Contracts, spec: SpecId) -> anyhow::Result<Table> {
    let mut world = World::deploy(Box::new(Local::of(spec, 1)), contracts)?;
    let mut rows: Table = world.gas.iter().map(|(name, gas)| (format!("deploy {name}"), *gas)).collect();
    let mut row = |name: &str, gas: u64| {
        rows.entry(name.to_owned()).or_insert(gas);
    };
    for number in 0..3 {
        row("stake an operator", world.bond_operator(number)?);
        row("stake a kiosk", world.bond_kiosk(number)?);
    }
    for number in 0..2 {
        row("stake a validator", world.bond_validator(number)?);
    }
    let mut book = Book::with(RECORDS)?;
    let mut approvals = (0..APPROVALS)
        .map(|number| book.approve(number, "A story.", 2))
        .collect::<anyhow::Result<Vec<_>>>()?;
    book.fill(RECORDS_AFTER)?;

    for name in ["settle, payees new", "settle"] {
        let given = waiting(&mut world, &book, approvals.drain(..1))?;
        row("put a fee down", given.0);
        row(name, settle(&mut world, &book, &given.1)?);
    }
    let eight = waiting(&mut world, &book, approvals.drain(..8))?.1;
    row("settle eight together", settle(&mut world, &book, &eight)?);
    let app = world.people.app;
    row("fetch", world.evm.send(app, world.at.settle, &Settle::fetchCall { account: app })?.gas);

    let proofs = Proofs::new()?;
    let mut given = waiting(&mut world, &book, approvals.drain(..1))?.1;
    let (approved, claim) = given.remove(0);
    let person = Person::enrolled(&validator_public_key(0), &approved.request.0)?;
    let verifier = enrol(&mut world, &proofs, &person)?;
    let settling = settling(&world, &book, &[(approved, claim)])?;
    let proof = proofs.prove(&person, 1)?;
    let call = Settle::settleProvedCall {
        statement: settling.statement,
        claim: settling.claims[0].clone(),
        signatures: settling.signatures,
        verifier,
        proof: proof.proof,
        input: proof.input,
    };
    let anyone = world.people.stranger;
    row("settle with a match proof", world.evm.send(anyone, world.at.settle, &call)?.gas);

    let other = proofs.prove(&person, 2)?;
    let proved = |call: crate::artifacts::Call| Proved { verifier, proof: call.proof, input: call.input };
    let call = Court::matchedTwiceCall { one: proved(proof), other: proved(other) };
    row("two match proofs, one nullifier", world.evm.send(anyone, world.at.court, &call)?.gas);
    let call = Court::equivocatedCall { one: said(&world, 1)?, other: said(&world, 2)? };
    row("two heads of one size", world.evm.send(anyone, world.at.court, &call)?.gas);

    row("mint an asset", mint(&mut world, &mut book)?);
    let mut pair = Pair::link(world, Box::new(Local::of(spec, 2)))?;
    let (deployer, to) = (pair.home.people.deployer, pair.away.sender());
    for _ in 0..2 {
        let sent = pair.lock(deployer, to, hearts(1))?;
        let taken = pair.carry_away(&sent)?;
        // The first of each is dearer: slots are new.
        row("lock Hearts (first)", sent.gas);
        row("mint them away (first)", taken.gas);
    }
    Ok(rows)
}

/// Fees put down for requests: gas of the last, approvals and claims.
fn waiting(
    world: &mut World,
    book: &Book,
    approvals: impl Iterator<Item = Approved>,
) -> anyhow::Result<(u64, Vec<(Approved, Claim)>)> {
    let (mut gas, mut given) = (0, Vec::new());
    let terms = world.terms()?;
    for approved in approvals {
        gas = world.escrow(approved.request, hearts(1), &terms)?;
        given.push((approved, world.claim(book, &approved, &terms)));
    }
    Ok((gas, given))
}

fn settling(world: &World, book: &Book, given: &[(Approved, Claim)]) -> anyhow::Result<Settle::settleCall> {
    let claims: Vec<_> = given
        .iter()
        .map(|(approved, claim)| {
            (Claim { entry: book.entry(approved.index), ..claim.clone() }, approved.approval)
        })
        .collect();
    let (statement, signatures) = world.attested(&book.head(), settlement_facts(&claims), world.at.settle)?;
    Ok(Settle::settleCall {
        statement,
        claims: claims.into_iter().map(|(claim, _)| claim).collect(),
        signatures,
    })
}

fn settle(world: &mut World, book: &Book, given: &[(Approved, Claim)]) -> anyhow::Result<u64> {
    let call = settling(world, book, given)?;
    Ok(world.evm.send(world.people.stranger, world.at.settle, &call)?.gas)
}

/// Has the registry accept the key, and the epoch in which the person is enrolled.
pub fn enrol(world: &mut World, proofs: &Proofs, person: &Person) -> anyhow::Result<Address> {
    let proof = proofs.prove(person, 7)?;
    let (registry, deployer) = (world.at.registry, world.people.deployer);
    let (verifier, _) = world.evm.deploy(world.contracts.get("MatchVerifier")?.clone())?;
    let e = &mut world.evm;
    e.send(deployer, registry, &ProofRegistry::setKeyCall { verifier, accept: true })?;
    e.send(deployer, registry, &ProofRegistry::setModelCall { model: proof.input[5], accept: true })?;
    let number = e.view(registry, &ProofRegistry::currentCall {})?.number + 1;
    e.send(deployer, registry, &ProofRegistry::setEpochCall { number, root: proof.input[0] })?;
    Ok(verifier)
}

/// What the third kiosk says of a head with this root.
pub fn said(world: &World, root: u8) -> anyhow::Result<Said> {
    let head = wetsign_attest::log::Checkpoint {
        origin: crate::book::ORIGIN.into(),
        size: 9,
        root: wetsign_attest::id::Digest([root; 32]),
    };
    let (statement, verifying) = (statement::statement(&head, B256::ZERO), world.at.settle);
    let chain = world.evm.chain_id();
    let signature = sign(statement::digest(&statement, chain, verifying), &[&world.kiosks[2]])?.remove(0);
    Ok(Said { chain: U256::from(chain), verifying, statement, signature })
}

/// Mints an asset for the requester.
pub fn mint(world: &mut World, book: &mut Book) -> anyhow::Result<u64> {
    let (asset, index) = book.describe("Her voice")?;
    let (nft, to) = (world.at.nft, world.people.requester);
    let (container, rules) = (B256::repeat_byte(1), B256::repeat_byte(2));
    let royalty = alloy::primitives::aliases::U96::from(500);
    let facts = AiNft::mintFactsCall { asset, to, container, rules, royaltyBps: royalty };
    let facts = world.evm.view(nft, &facts)?;
    let (statement, signatures) = world.attested(&book.head(), facts, nft)?;
    let entry = book.entry(index);
    let call = AiNft::mintCall { to, container, rules, royaltyBps: royalty, entry, statement, signatures };
    Ok(world.evm.send(world.people.stranger, nft, &call)?.gas)
}
