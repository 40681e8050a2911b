//! The whole story on two nodes: deploy, stake, enrol, mint, ask, approve, settle, bridge, slash, and a snapshot.
//!
//! Chains, contracts, keys and proofs are real. The log is made here, of attest's own objects, and no kiosk stands
//! behind it; the verifying key is a small one that anybody can make.

use alloy::primitives::{B256, U256};
use alloy::signers::local::PrivateKeySigner;
use anyhow::{Context as _, ensure};
use ed25519_dalek::SigningKey;
use serde_json::{Value, json};
use wetsign_attest::Signed;
use wetsign_attest::evm::EvmAddress;
use wetsign_attest::id::{Digest, PublicKey};
use wetsign_attest::object::{Escrow, UsageRequest};
use wetsign_attest::terms::fee_waits;
use wetsign_chain::contracts::{
    Claim, Court, HeadsAway, HeadsHome, Heart, ProofRegistry, Proved, Settle, Stakes, Terms,
};
use wetsign_chain::chain::Chain;
use wetsign_chain::statement::log_id;
use wetsign_chain::nodes::Nodes;
use wetsign_chain::send::Sender;
use wetsign_chain::{escrow, snapshot, terms};
use wetsign_chain_tests::artifacts::Contracts;
use wetsign_chain_tests::away::{Pair, interoperable};
use wetsign_chain_tests::book::{Book, EXPIRES, ORIGIN};
use wetsign_chain_tests::evm::hearts;
use wetsign_chain_tests::gas::{enrol, mint, said};
use wetsign_chain_tests::node::Node;
use wetsign_chain_tests::proofs::{Person, Proofs};
use wetsign_chain::vouch::settlement_facts;
use wetsign_chain_tests::world::{World, account_key, validator_public_key};

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
    node.endow(PrivateKeySigner::from_bytes(&B256::repeat_byte(77))?.address())?;
    let mut world = World::staked(Box::new(node), contracts)?;
    told.done("eight contracts stand", format!("on chain {}", world.evm.chain_id()));
    told.done("three operators, three kiosks and two validators staked", "1,000 Hearts each");
    for (name, gas) in &world.gas {
        told.gas.insert(format!("deploy {name}"), json!(gas));
    }

    let mut book = Book::with(100)?;
    let terms = Terms { expires: world.evm.now()?.max(EXPIRES) + 86_400, ..world.terms()? };
    let chain = |other: &str| Chain {
        chain_id: 31_337,
        stakes: world.at.stakes,
        settle: Some(world.at.settle),
        from_block: 0,
        blocks_at_once: 7,
        nodes: vec![home.to_owned(), other.to_owned()],
    };
    // One node by two addresses, and one of another chain.
    let (agreed, foreign) = (chain(&home.replace("127.0.0.1", "localhost")), chain(away));
    let payer = PrivateKeySigner::from_bytes(&B256::repeat_byte(77))?;
    let place = Escrow {
        chain_id: agreed.chain_id,
        contract: EvmAddress(world.at.settle.0.0),
        account: EvmAddress(payer.address().0.0),
        terms: Digest(terms::digest(&terms).0),
    };
    let request = book.ask(1, "A story for a school.", Some(place))?;
    let approved = book.approved(&request, 2)?;
    let proofs = Proofs::new()?;
    let person = Person::enrolled(&validator_public_key(0), &approved.request.0)?;
    let verifier = enrol(&mut world, &proofs, &person)?;
    told.done("a validator is enrolled", "the epoch's root is on chain, the verifying key accepted");

    told.gas.insert("mint an asset".into(), json!(mint(&mut world, &mut book)?));
    told.done("an asset is minted from its logged descriptor", "transferFrom reverts");

    let heart = world.at.heart;
    let paid = Heart::transferCall { to: payer.address(), value: hearts(3) };
    world.evm.send(world.people.deployer, heart, &paid)?;
    let noted = waits(&request, &agreed, &terms, place, payer.clone())?;
    told.done("a fee waits for the request, and a watcher notes it for kiosks", noted);
    let claim = Claim { requester: payer.address(), ..world.claim(&book, &approved, &terms) };
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

    snapshots(told, &agreed, &foreign)?;

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

/// The payer puts the fee down with a key of their own; a watcher looks at a final block.
fn waits(
    request: &Signed<UsageRequest>,
    chain: &Chain,
    terms: &Terms,
    place: Escrow,
    payer: PrivateKeySigner,
) -> anyhow::Result<String> {
    let watcher = SigningKey::from_bytes(&[60; 32]);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let look = async || {
            let nodes = Nodes::at_final_block(chain).await?;
            escrow::agreed(nodes.waiting(escrow::key(place.account, &request.id())).await?)
        };
        let before = escrow::note(request, place, terms, &look().await?, &watcher, 1);
        ensure!(before.is_err(), "a fee was noted before it was put down");
        let sender = Sender::connect(chain, payer).await?;
        ensure!(sender.deposit(request, chain, terms).await?.is_some(), "the fee waited already");
        ensure!(sender.deposit(request, chain, terms).await?.is_none(), "the fee was put down twice");
        let note = escrow::note(request, place, terms, &look().await?, &watcher, 1)?;
        let watchers = [PublicKey::from(&watcher)];
        let held = fee_waits(request.payload(), request.id(), Some(note.payload()), &watchers);
        ensure!(held.holds, "a kiosk would not believe the note: {}", held.compared);
        Ok(held.compared)
    })
}

/// The snapshot, by two ways to the node; and with a node of another chain, which is refused.
fn snapshots(told: &mut Told, chain: &Chain, foreign: &Chain) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let observed =
        runtime.block_on(async { Nodes::at_final_block(chain).await?.observe().await })?;
    let found = snapshot::snapshot(&snapshot::agreed(observed)?, 1)?;
    let agreed = found.parameters.clone().context("the snapshot says nothing of what was agreed on")?;
    ensure!(found.stakes.len() == 2, "{} validators are in the snapshot", found.stakes.len());
    ensure!((agreed.kiosks, agreed.keys.len()) == (2, 1), "other parameters: {agreed:?}");
    let signed = snapshot::sign(found, &[SigningKey::from_bytes(&[50; 32])])?;
    told.done(
        "a stake snapshot is signed, with what was agreed on",
        format!("{} at block {}, asked of one node by two addresses", signed.id(), agreed.block),
    );
    let refused = runtime.block_on(Nodes::at_final_block(foreign));
    ensure!(refused.is_err(), "a node of another chain was believed");
    told.done("a node of another chain makes no snapshot", "refused");
    Ok(())
}
