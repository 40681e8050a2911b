//! The whole story on two nodes: deploy, stake, enrol, mint, ask, approve, settle, bridge, slash, and a snapshot.
//!
//! Chains, contracts, keys and proofs are real. The log is made here, of attest's own objects, and no kiosk stands
//! behind it; the verifying key is a small one that anybody can make.

use alloy::primitives::{B256, U256};
use anyhow::ensure;
use ed25519_dalek::SigningKey;
use serde_json::{Value, json};
use wetsign_chain::contracts::{Court, HeadsAway, HeadsHome, ProofRegistry, Proved, Settle, Stakes};
use wetsign_chain::snapshot::Chain;
use wetsign_chain::statement::log_id;
use wetsign_chain::{nodes, snapshot};
use wetsign_chain_tests::artifacts::Contracts;
use wetsign_chain_tests::away::{Pair, interoperable};
use wetsign_chain_tests::book::{Book, ORIGIN};
use wetsign_chain_tests::evm::hearts;
use wetsign_chain_tests::gas::{enrol, mint, said};
use wetsign_chain_tests::node::Node;
use wetsign_chain_tests::proofs::{Person, Proofs};
use wetsign_chain_tests::world::{World, account_key, settlement_facts, validator_public_key};

/// Tells it; rows up to the first that fails.
pub fn run(contracts: &Contracts, home: &str, away: &str) -> anyhow::Result<Value> {
    let mut told = Told::default();
    if let Err(error) = tell(&mut told, contracts, home, away) {
        told.row("the story came to its end", false, format!("{error:#}"));
    }
    Ok(json!({ "rows": told.rows, "gas": told.gas }))
}

#[derive(Default)]
struct Told {
    rows: Vec<Value>,
    gas: serde_json::Map<String, Value>,
}

impl Told {
    fn row(&mut self, name: &str, ok: bool, why: String) {
        self.rows.push(json!({ "name": name, "ok": ok, "why": why }));
    }

    fn done(&mut self, name: &str, why: impl Into<String>) {
        self.row(name, true, why.into());
    }
}

fn tell(told: &mut Told, contracts: &Contracts, home: &str, away: &str) -> anyhow::Result<()> {
    let node = Node::connect(home)?;
    let mut world = World::staked(Box::new(node), contracts)?;
    told.done("eight contracts stand", format!("on chain {}", world.evm.chain_id()));
    told.done("three operators, three kiosks and two validators staked", "1,000 Hearts each");
    for (name, gas) in &world.gas {
        told.gas.insert(format!("deploy {name}"), json!(gas));
    }

    let mut book = Book::with(100)?;
    let approved = book.approve(1, "A story for a school.", 2)?;
    let proofs = Proofs::new()?;
    let person = Person::enrolled(&validator_public_key(0), &approved.request.0)?;
    let verifier = enrol(&mut world, &proofs, &person)?;
    told.done("a validator is enrolled", "the epoch's root is on chain, the verifying key accepted");

    told.gas.insert("mint an asset".into(), json!(mint(&mut world, &mut book)?));
    told.done("an asset is minted from its logged descriptor", "transferFrom reverts");

    let terms = world.terms()?;
    told.gas.insert("put a fee down".into(), json!(world.escrow(approved.request, hearts(3), &terms)?));
    told.done("a fee waits for the request", "3 Hearts");
    let claim = world.claim(&book, &approved, &terms);
    let facts = settlement_facts(&[(claim.clone(), approved.approval)]);
    let (settle, anyone) = (world.at.settle, world.people.stranger);
    let (statement, signatures) = world.attested(&book.head(), facts, settle)?;
    let proof = proofs.prove(&person, 1)?;
    let (points, input) = (proof.proof, proof.input);
    let call = Settle::settleProvedCall { statement, claim, signatures, verifier, proof: points, input };
    let done = world.evm.send(anyone, settle, &call)?;
    told.gas.insert("settle with a match proof, payees new".into(), json!(done.gas));
    world.evm.refused::<Settle::NothingEscrowed>(anyone, settle, &call)?;
    let p = world.people;
    let mut sum = U256::ZERO;
    for account in [p.payee, p.app, p.validators[0], p.validators[1]] {
        let owed = world.owed(account)?;
        let before = world.balance(account)?;
        world.evm.send(anyone, settle, &Settle::fetchCall { account })?;
        ensure!(world.balance(account)? == before + owed, "{account} fetched something else than {owed}");
        sum += owed;
    }
    ensure!(sum == hearts(3), "{sum} atto were paid of {}", hearts(3));
    told.done("the approval is settled once, with its match proof", "to the atto, and fetched by all four");

    snapshots(told, &mut world, home, away)?;

    let mut pair = Pair::link(world, Box::new(Node::connect(away)?))?;
    ensure!(pair.home.evm.chain_id() != pair.away.chain_id(), "both nodes have one chain id");
    let (deployer, to) = (pair.home.people.deployer, pair.away.sender());
    let sent = pair.lock(deployer, to, hearts(5))?;
    pair.carry_away(&sent)?;
    let sent = pair.burn(to, deployer, hearts(2))?;
    pair.carry_home(&sent)?;
    ensure!((pair.minted()?, pair.locked()?) == (hearts(3), hearts(3)), "what is away does not wait at home");
    told.done("Hearts cross to the other chain and back", "under two of three operators' signatures");
    let here = pair.here.heads;
    let facts = pair.home.evm.view(here, &HeadsHome::factsCall {})?;
    let (statement, signatures) = pair.home.attested(&book.head(), facts, here)?;
    let chain = interoperable(pair.away.chain_id(), None);
    let sent = pair.home.evm.send(anyone, here, &HeadsHome::sendCall { chain, statement, signatures })?;
    pair.carry_away(&sent)?;
    let entry = book.entry(approved.index);
    let asked = HeadsAway::approvalOfCall { log: log_id(ORIGIN), request: approved.request, entry };
    ensure!(pair.away.view(pair.there.heads, &asked)? == approved.approval, "another approval is known away");
    told.done("the approval is known on the other chain", "by its log's head");

    let mut world = pair.home;
    let call = Court::equivocatedCall { one: said(&world, 1)?, other: said(&world, 2)? };
    told.gas
        .insert("two heads of one size".into(), json!(world.evm.send(anyone, world.at.court, &call)?.gas));
    let kiosk = account_key(world.kiosks[2].address());
    gone(&mut world, kiosk)?;
    told.done(
        "a kiosk that signed two heads of one size lost its stake",
        "the court checked both signatures",
    );
    let proved = |call: wetsign_chain_tests::artifacts::Call| Proved {
        verifier,
        proof: call.proof,
        input: call.input,
    };
    let call = Court::matchedTwiceCall { one: proved(proof), other: proved(proofs.prove(&person, 2)?) };
    let done = world.evm.send(anyone, world.at.court, &call)?;
    told.gas.insert("two match proofs, one nullifier".into(), json!(done.gas));
    let key = world.validator_key(0)?;
    gone(&mut world, key)?;
    told.done("a validator who proved one request twice lost their stake", "the court checked both proofs");
    let registry = world.at.registry;
    let used = ProofRegistry::signalsCall { nullifier: input[1] };
    ensure!(world.evm.view(registry, &used)? == input[4], "the registry keeps another signal");
    Ok(())
}

fn gone(world: &mut World, key: B256) -> anyhow::Result<()> {
    let stake = world.evm.view(world.at.stakes, &Stakes::stakesCall { key })?;
    ensure!(
        stake.amount.is_zero() && stake.state == 2,
        "{} atto are left in state {}",
        stake.amount,
        stake.state
    );
    Ok(())
}

/// The snapshot, by two ways to the node; and with a node of another chain, which is refused.
fn snapshots(told: &mut Told, world: &mut World, home: &str, away: &str) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let chain = |other: String| Chain {
        chain_id: world.evm.chain_id(),
        stakes: world.at.stakes,
        from_block: 0,
        blocks_at_once: 7,
        nodes: vec![home.to_owned(), other],
    };
    let agreed = chain(home.replace("127.0.0.1", "localhost"));
    let observed = snapshot::agreed(runtime.block_on(nodes::observe(&agreed))?)?;
    let found = snapshot::snapshot(&observed, 1)?;
    ensure!(found.stakes.len() == 2, "{} validators are in the snapshot", found.stakes.len());
    let signed = snapshot::sign(found, &[SigningKey::from_bytes(&[50; 32])])?;
    told.done(
        "a stake snapshot is signed",
        format!("{} at block {}, asked of one node by two addresses", signed.id(), observed.block),
    );
    let refused = runtime.block_on(nodes::observe(&chain(away.to_owned())));
    ensure!(refused.is_err(), "a node of another chain was believed");
    told.done("a node of another chain makes no snapshot", "refused");
    Ok(())
}
