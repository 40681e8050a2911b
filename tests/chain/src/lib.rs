//! Do the contracts do what they say, in revm and on a node?
//!
//! `cargo test` here asks them in revm, under Osaka's rules and Amsterdam's; the program beside it asks nodes too. Both
//! take the contracts as solc compiled them from the folder `WETSIGN_CONTRACTS`, as `cargo xtask chain` prepares it.

pub mod artifacts;
pub mod away;
pub mod book;
pub mod checks;
#[path = "../../src/claim.rs"]
pub mod claim;
pub mod control;
pub mod evm;
pub mod gas;
pub mod local;
pub mod node;
pub mod proofs;
pub mod world;

use std::path::PathBuf;

use anyhow::Context as _;

/// Where the compiled contracts are.
///
/// # Errors
/// Nobody said.
pub fn compiled() -> anyhow::Result<PathBuf> {
    let folder = std::env::var_os("WETSIGN_CONTRACTS");
    Ok(folder
        .context("WETSIGN_CONTRACTS names no folder of compiled contracts: run cargo xtask chain")?
        .into())
}
