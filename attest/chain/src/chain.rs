//! Which chain, which contracts, and whom to ask: a TOML file.

use alloy::primitives::Address;
use anyhow::{Context as _, ensure};
use serde::Deserialize;

/// Fewest nodes.
pub const LEAST_NODES: usize = 2;

/// A chain, its contracts and its nodes.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Chain {
    /// Chain id (EIP-155).
    pub chain_id: u64,
    /// The `Stakes` contract.
    pub stakes: Address,
    /// The `Settle` contract; needed for fees alone.
    pub settle: Option<Address>,
    /// The block in which the first of them was made: no event is older.
    pub from_block: u64,
    /// Most blocks that a node is asked for events of at once.
    #[serde(default = "blocks_at_once")]
    pub blocks_at_once: u64,
    /// Addresses of nodes (JSON-RPC over HTTP), two or more, each of another operator.
    pub nodes: Vec<String>,
}

fn blocks_at_once() -> u64 {
    10_000
}

impl Chain {
    /// Reads a file's text.
    ///
    /// # Errors
    /// No such TOML; fewer than two nodes, or one twice.
    pub fn parse(text: &str) -> anyhow::Result<Self> {
        let chain: Self = toml::from_str(text)?;
        let mut nodes = chain.nodes.clone();
        nodes.sort_unstable();
        nodes.dedup();
        ensure!(nodes.len() == chain.nodes.len(), "a node stands twice among nodes: each counts once");
        ensure!(
            nodes.len() >= LEAST_NODES,
            "{} node is named, {LEAST_NODES} are needed: one alone could say anything",
            nodes.len()
        );
        ensure!(chain.blocks_at_once > 0, "blocks_at_once must be 1 or more");
        Ok(chain)
    }

    /// The `Settle` contract.
    ///
    /// # Errors
    /// The file names none.
    pub fn settle(&self) -> anyhow::Result<Address> {
        self.settle.context("the chain's file names no `settle` contract: fees wait there")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chain_with_one_node_or_the_same_twice_is_refused() {
        let file = |nodes: &str| {
            let stakes = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed";
            format!("chain_id = 1\nstakes = \"{stakes}\"\nfrom_block = 0\nnodes = {nodes}")
        };
        let chain = Chain::parse(&file("[\"http://a\", \"http://b\"]")).unwrap();
        assert!(chain.settle().unwrap_err().to_string().contains("settle"));
        for nodes in ["[]", "[\"http://a\"]", "[\"http://a\", \"http://a\"]"] {
            assert!(Chain::parse(&file(nodes)).is_err(), "{nodes}");
        }
        assert!(Chain::parse(&(file("[\"http://a\", \"http://b\"]") + "\nnode = 1")).is_err());
    }
}
