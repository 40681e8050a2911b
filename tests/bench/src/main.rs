//! How long does a match proof take, against other provers on the same key, how long do many checks, how long does the
//! registry?
//!
//! Rows of proofs are the least of several runs, after one that does not count; those of the registry are one run, or
//! the mean of many small ones. Witness, constraint check and self-check are part of ours and of arkworks' rows, since
//! none could be left out in the product. The threads have the usual priority, where those of a kiosk give way to
//! everything else. Run it on a quiet machine.

#[path = "../../src/claim.rs"]
mod claim;
mod provers;
mod registry;
mod row;
mod snarkjs;
mod timing;
mod verifiers;

use std::path::PathBuf;

use clap::{Parser, ValueEnum};
use wetsign_circuits::Shape;

use crate::claim::Claim;
use crate::snarkjs::Snarkjs;
use crate::timing::{Keys, Timing};

/// Times the match circuit.
#[derive(Parser)]
struct Arguments {
    /// Folder with the development key and the prover's tables.
    #[arg(long)]
    cache: PathBuf,
    /// Folder with `node_modules/snarkjs` [default: no rows of snarkjs].
    #[arg(long)]
    node: Option<PathBuf>,
    /// Parts to time [default: all].
    #[arg(long, value_enum)]
    part: Vec<Part>,
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

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    /// Proving, by us and by others
    Provers,
    /// Checking proofs, one and many
    Verifiers,
    /// The registry tree
    Registry,
}

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let asked = |part| arguments.part.is_empty() || arguments.part.contains(&part);
    let mut rows = Vec::new();
    if asked(Part::Provers) || asked(Part::Verifiers) {
        let keys = Keys { cache: &arguments.cache };
        let claim = claim::Claim::new(Shape::DEFAULT)?;
        let snarkjs = arguments.node.as_deref().map(|node| Snarkjs::prepare(node, &keys.key()?, &claim));
        let snarkjs = snarkjs.transpose()?;
        for threads in [1, 2] {
            let timing =
                Timing { keys, claim: &claim, snarkjs: snarkjs.as_ref(), threads, runs: arguments.runs };
            if asked(Part::Provers) {
                rows.extend(provers::rows(&timing)?);
            }
            if asked(Part::Verifiers) {
                rows.extend(verifiers::rows(&timing, arguments.batch)?);
            }
        }
    }
    if asked(Part::Registry) {
        rows.extend(registry::rows(arguments.leaves)?);
    }
    println!("{}", serde_json::to_string_pretty(&rows)?);
    Ok(())
}
