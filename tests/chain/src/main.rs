//! What do the contracts accept, and what do they refuse?
//!
//! `wetsign-chain FOLDER` asks them in revm, inside this process; with `--node URL` in a node too, reached over
//! JSON-RPC. FOLDER holds `contracts.json` and `call.json`, the arguments of a true proof, as
//! `tests/interop/compile.mjs` leaves them. Prints `{ rows, gas }`.

mod checks;
mod contracts;
mod control;
mod evm;
mod local;
mod node;

use std::path::PathBuf;

use clap::Parser;
use serde_json::{Map, Value, json};

use crate::contracts::{Call, Contracts};
use crate::evm::Evm;

/// Checks the contracts.
#[derive(Parser)]
struct Arguments {
    /// Folder with `contracts.json` and `call.json`.
    folder: PathBuf,
    /// Address of a node with unlocked accounts.
    #[arg(long)]
    node: Option<String>,
}

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let contracts = Contracts::read(&arguments.folder)?;
    let call = Call::read(&arguments.folder)?;
    let mut evms: Vec<Box<dyn Evm>> = vec![Box::new(local::Local::new())];
    if let Some(url) = &arguments.node {
        evms.push(Box::new(node::Node::connect(url)?));
    }
    let (mut rows, mut gas) = (Vec::new(), Map::new());
    for evm in &mut evms {
        let name = evm.name();
        let found = checks::run(evm.as_mut(), &contracts, &call);
        rows.extend(found.rows.into_iter().map(|(what, outcome)| row(&format!("{name}: {what}"), outcome)));
        gas.insert(name.into(), json!(found.gas));
    }
    rows.push(row("revm: contracts that agree to everything are found out", control::run(&call)));
    println!("{}", json!({ "rows": rows, "gas": Value::Object(gas) }));
    Ok(())
}

fn row(name: &str, outcome: anyhow::Result<String>) -> Value {
    let (ok, why) = match outcome {
        Ok(why) => (true, why),
        Err(error) => (false, format!("{error:#}")),
    };
    json!({ "name": name, "ok": ok, "why": why })
}
