//! `wetsign-chain-tests write FOLDER`: the verifier of the small key. `ask FOLDER [--node URL]`: what do verifier and
//! registry accept and refuse, in revm and on a node? `story FOLDER --home URL --away URL`: the whole story on two
//! nodes. `gas FOLDER`: the gas table. FOLDER is what `tests/interop/compile.mjs` leaves. They print JSON.

mod story;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Parser, Subcommand};
use serde_json::{Map, Value, json};
use wetsign_chain_tests::artifacts::{Call, Contracts};
use wetsign_chain_tests::evm::Evm;
use wetsign_chain_tests::local::Local;
use wetsign_chain_tests::node::Node;
use wetsign_chain_tests::proofs::Proofs;
use wetsign_chain_tests::{checks, control, gas};

/// Asks the contracts.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Write MatchVerifier.sol for a small key
    Write { folder: PathBuf },
    /// Ask verifier and registry
    Ask {
        folder: PathBuf,
        /// Address of a node with unlocked accounts
        #[arg(long)]
        node: Option<String>,
    },
    /// Tell the story on two nodes with different chain ids
    Story {
        folder: PathBuf,
        /// Address of the chain of origin's node
        #[arg(long)]
        home: String,
        /// Address of the other chain's node
        #[arg(long)]
        away: String,
    },
    /// Measure gas under each hard fork's rules
    Gas { folder: PathBuf },
}

fn main() -> ExitCode {
    match wetsign_program::arguments::<Arguments>(1) {
        Ok(arguments) => {
            wetsign_program::ended("wetsign-chain-tests", run(arguments).map(|()| ExitCode::SUCCESS))
        }
        Err(code) => code,
    }
}

fn run(arguments: Arguments) -> anyhow::Result<()> {
    let found = match arguments.command {
        Command::Write { folder } => return write(&folder),
        Command::Ask { folder, node } => ask(&folder, node.as_deref())?,
        Command::Story { folder, home, away } => story::run(&Contracts::read(&folder)?, &home, &away)?,
        Command::Gas { folder } => json!({ "rows": [], "gas": gas::tables(&Contracts::read(&folder)?)? }),
    };
    wetsign_program::say!("{found}")?;
    Ok(())
}

fn write(folder: &Path) -> anyhow::Result<()> {
    fs::create_dir_all(folder)?;
    let path = folder.join("MatchVerifier.sol");
    fs::write(&path, Proofs::new()?.verifier()).with_context(|| format!("cannot write {}", path.display()))
}

fn ask(folder: &Path, node: Option<&str>) -> anyhow::Result<Value> {
    let (contracts, call) = (Contracts::read(folder)?, Call::read(folder)?);
    let mut evms: Vec<Box<dyn Evm>> = vec![Box::new(Local::new())];
    if let Some(url) = node {
        evms.push(Box::new(Node::connect(url)?));
    }
    let (mut rows, mut gas) = (Vec::new(), Map::new());
    for evm in &mut evms {
        let name = evm.name();
        let found = checks::run(evm.as_mut(), &contracts, &call);
        rows.extend(found.rows.into_iter().map(|(what, outcome)| row(&format!("{name}: {what}"), outcome)));
        gas.insert(name.into(), json!(found.gas));
    }
    rows.push(row("revm: contracts that agree to everything are found out", control::run(&call)));
    Ok(json!({ "rows": rows, "gas": Value::Object(gas) }))
}

fn row(name: &str, outcome: anyhow::Result<String>) -> Value {
    let (ok, why) = match outcome {
        Ok(why) => (true, why),
        Err(error) => (false, format!("{error:#}")),
    };
    json!({ "name": name, "ok": ok, "why": why })
}
