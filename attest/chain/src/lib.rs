//! # wetsign-chain: what does the chain know, and who tells it?
//!
//! Calls and answers of the contracts in `attest/contracts/` ([`contracts`]), what kiosks sign for them
//! ([`statement`]), and the stake snapshot that registrars put into an epoch ([`snapshot`], asked of nodes by
//! [`nodes`]). The program `wetsign-chain` is the one way from a chain into signed files: the daemon reads files, and
//! speaks to no node.
//!
//! A workspace of its own, as a node's client brings many crates.

pub mod contracts;
pub mod nodes;
pub mod snapshot;
pub mod statement;
