//! What the checks ask of an EVM, wherever it runs.

use alloy::primitives::{Address, Bytes};

/// More than any step takes.
pub const GAS_LIMIT: u64 = 8_000_000;

/// How a call without effect ended.
#[derive(Debug)]
pub enum Answer {
    /// What it returned.
    Returned(Bytes),
    /// What it reverted with.
    Reverted(Bytes),
}

pub trait Evm {
    /// What rows are called after.
    fn name(&self) -> &'static str;

    /// Who sends everything but [`Evm::call_from`].
    fn sender(&self) -> Address;

    /// A new contract, and the gas that it took.
    fn deploy(&mut self, code: Bytes) -> anyhow::Result<(Address, u64)>;

    /// The gas of a transaction; a revert is an error.
    fn send(&mut self, to: Address, data: Bytes) -> anyhow::Result<u64>;

    /// A call that changes nothing.
    fn call_from(&mut self, from: Address, to: Address, data: Bytes) -> anyhow::Result<Answer>;

    /// The same, by the usual sender.
    fn call(&mut self, to: Address, data: Bytes) -> anyhow::Result<Answer> {
        self.call_from(self.sender(), to, data)
    }
}
