//! The contracts: their tests in revm, the gas table, and the story on two nodes.

use std::fs;
use std::process::{Command, ExitCode};

use anyhow::{Context as _, ensure};
use serde_json::{Map, Value, json};
use wetsign_models::store::cache_dir;

use crate::interop_chain::{self, Hardhat};
use crate::interop_proofs::found;
use crate::interop_row::{Row, scripts};
use crate::node;
use crate::process;
use crate::programs;

/// What is shown.
#[derive(Clone, Copy, Debug, clap::Args)]
pub struct ChainOptions {
    /// Leave the tests in revm out: the story and the gas table alone
    #[arg(long)]
    story_only: bool,
    /// Print one JSON object: `ok`, `rows` (each with name, ok, why), `gas` (of the story, and by hard fork)
    #[arg(long)]
    json: bool,
}

/// Chain ids of the two nodes.
const CHAINS: [u64; 2] = [31_337, 31_338];

/// Compiles the contracts, tests them, and tells the story.
pub fn run(options: ChainOptions) -> anyhow::Result<ExitCode> {
    let node = node::prepare_interop(&cache_dir()?, &scripts())?;
    let folder = programs::workspace().join("target/interop/chain");
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    process::openly(interop_chain::program()?.arg("write").arg(&folder))?;
    let mut compile = Command::new("node");
    compile.arg(scripts().join("compile.mjs")).arg(&folder).env("NODE_MODULES", node.join("node_modules"));
    process::openly(&mut compile)?;

    let mut rows = Vec::new();
    if !options.story_only {
        let mut tests = interop_chain::cargo("test");
        let passed = process::openly(tests.args(["--workspace"]).env("WETSIGN_CONTRACTS", &folder));
        let why = passed.as_ref().map_or_else(|error| format!("{error:#}"), |()| "see above".into());
        rows.push(Row { name: "the contracts' tests in revm pass".into(), ok: passed.is_ok(), why });
    }
    let [home, away] = CHAINS.map(|chain| Hardhat::start(&node, chain));
    let (home, away) = (home?, away?);
    eprintln!("Telling the chain's story on two hardhat nodes …");
    let mut story = interop_chain::program()?;
    story.arg("story").arg(&folder).args(["--home", &home.url, "--away", &away.url]);
    let told = found(story)?;
    rows.extend(told.rows);
    let mut measure = interop_chain::program()?;
    measure.arg("gas").arg(&folder);
    let mut gas = Map::from_iter([("story".to_owned(), told.gas)]);
    if let Value::Object(forks) = found(measure)?.gas {
        gas.extend(forks);
    }

    let ok = rows.iter().all(|row| row.ok);
    for Row { name, ok, why } in &rows {
        eprintln!("  {} {name}: {why}", if *ok { '✔' } else { '✘' });
    }
    if options.json {
        wetsign_program::say!("{:#}", json!({ "ok": ok, "rows": rows, "gas": gas }))?;
    }
    ensure!(ok, "the contracts do not do what they say");
    Ok(ExitCode::SUCCESS)
}
