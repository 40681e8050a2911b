//! # wetsign-chain: what does the chain know, and who tells it?
//!
//! Calls and answers of the contracts in `attest/contracts/` ([`contracts`]) and what kiosks sign for them
//! ([`statement`]). From a chain into signed files: the stakes and parameters of an epoch ([`snapshot`]), a fee that
//! waits ([`escrow`]), both asked of [`nodes`]. From signed files to a chain: a fee is put down, an approval settled
//! ([`vouch`], [`send`]). The daemon reads files, and speaks to no node.
//!
//! A workspace of its own, as a node's client brings many crates.

pub mod chain;
pub mod contracts;
pub mod escrow;
pub mod nodes;
pub mod send;
pub mod snapshot;
pub mod statement;
pub mod terms;
pub mod vouch;
