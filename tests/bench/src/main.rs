//! How long does a match proof take, against other provers on the same key, and how long do many checks?
//!
//! Every row is the least of several runs, after one that does not count; witness, constraint check and self-check are part of
//! ours and of arkworks' rows, since none could be left out in the product. Run it on a quiet machine.

#[path = "../../src/claim.rs"]
mod claim;
mod provers;
mod registry;
mod row;
mod verifiers;

use std::path::PathBuf;

use anyhow::Context as _;
use clap::Parser;
use wetsign_circuits::{Prover, ProverOptions, Shape, development_key};

use crate::row::Row;

/// Times the match circuit.
#[derive(Parser)]
struct Arguments {
    /// Folder with the development key and the prover's tables.
    #[arg(long)]
    cache: PathBuf,
    /// Folder with `node_modules/snarkjs` [default: no rows of snarkjs].
    #[arg(long)]
    node: Option<PathBuf>,
    /// Runs of each row.
    #[arg(long, default_value_t = 9)]
    runs: usize,
    /// Proofs in the batch.
    #[arg(long, default_value_t = 1000)]
    batch: usize,
    /// Logarithm, base 2, of the leaves of the registry.
    #[arg(long, default_value_t = 20)]
    leaves: u32,
}

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let key = || development_key(&arguments.cache).context("the development key cannot be had");
    let claim = claim::Claim::new(Shape::DEFAULT)?;
    let mut rows = Vec::new();
    for threads in [1, 2] {
        let options = ProverOptions { threads, background: false, ..ProverOptions::default() };
        let prover = Prover::new(key()?, options, Some(&arguments.cache.join("keys")))?;
        let ours = provers::ours(&prover, &claim, arguments.runs)?;
        rows.push(Row::new("wetsign", threads, ours, ours));
        for memory in [0, 20_000_000, 200_000_000] {
            let prover = Prover::new(key()?, ProverOptions { memory, ..options }, None)?;
            let took = provers::ours(&prover, &claim, arguments.runs)?;
            let name = format!("wetsign, {} MB of tables", prover.table_bytes() / 1_000_000);
            rows.push(Row::new(&name, threads, took, ours));
        }
        let portable = Prover::new(key()?, ProverOptions { portable: true, ..options }, None)?;
        let took = provers::ours(&portable, &claim, arguments.runs)?;
        rows.push(Row::new("wetsign, without vector instructions", threads, took, ours));
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build()?;
        for (name, took) in pool.install(|| provers::others(prover.key(), &claim, arguments.runs))? {
            rows.push(Row::new(name, threads, took, ours));
        }
        if let Some(node) = &arguments.node {
            let took = provers::snarkjs(prover.key(), &claim, node, threads, arguments.runs)?;
            rows.push(Row::new("snarkjs", threads, took, ours));
        }
        rows.extend(provers::bound(&prover, threads, ours));
        let verified = pool.install(|| verifiers::rows(&prover, &claim, threads, arguments.batch))?;
        rows.extend(verified);
    }
    rows.extend(registry::rows(arguments.leaves)?);
    println!("{}", serde_json::to_string_pretty(&rows)?);
    Ok(())
}
