//! What is asked of an EVM, wherever it runs.

use alloy::primitives::{Address, Bytes, Log, U256};
use alloy::sol_types::{SolCall, SolError, SolEvent};
use anyhow::{Context as _, bail, ensure};

/// How a call or a transaction ended.
#[derive(Debug)]
pub enum Answer {
    /// What it returned.
    Returned(Bytes),
    /// What it reverted with.
    Reverted(Bytes),
}

/// A transaction that did not revert.
#[derive(Debug)]
pub struct Done {
    /// Gas of the whole transaction.
    pub gas: u64,
    /// What it told.
    pub logs: Vec<Log>,
    /// The contract that it made.
    pub made: Option<Address>,
}

/// A chain with unlocked accounts.
pub trait Evm {
    /// What rows are called after.
    fn name(&self) -> &'static str;

    /// Accounts that can send, ten or more; the first deploys.
    fn accounts(&self) -> Vec<Address>;

    /// Chain id.
    fn chain_id(&self) -> u64;

    /// Time of the next block, UTC seconds.
    fn now(&mut self) -> anyhow::Result<u64>;

    /// Lets time pass.
    fn wait(&mut self, seconds: u64) -> anyhow::Result<()>;

    /// A transaction; `to` is none for a new contract. Reverts are told with their data.
    fn transact(
        &mut self,
        from: Address,
        to: Option<Address>,
        data: Bytes,
    ) -> anyhow::Result<Result<Done, Bytes>>;

    /// A call that changes nothing.
    fn call_from(&mut self, from: Address, to: Address, data: Bytes) -> anyhow::Result<Answer>;

    /// Transactions of an account so far.
    fn nonce(&mut self, account: Address) -> anyhow::Result<u64>;
}

impl dyn Evm + '_ {
    /// Who sends what nobody else has to send.
    pub fn sender(&self) -> Address {
        self.accounts()[0]
    }

    /// A new contract, and the gas that it took.
    pub fn deploy(&mut self, code: Bytes) -> anyhow::Result<(Address, u64)> {
        match self.transact(self.sender(), None, code)? {
            Ok(done) => Ok((done.made.context("no contract was made")?, done.gas)),
            Err(data) => bail!("a contract was not made: {data}"),
        }
    }

    /// A transaction that must not revert.
    pub fn send(&mut self, from: Address, to: Address, call: &impl SolCall) -> anyhow::Result<Done> {
        let name = signature(call);
        match self.transact(from, Some(to), call.abi_encode().into())? {
            Ok(done) => Ok(done),
            Err(data) => bail!("{name} reverted with {data}"),
        }
    }

    /// A transaction that must revert with this error.
    pub fn refused<E: SolError>(
        &mut self,
        from: Address,
        to: Address,
        call: &impl SolCall,
    ) -> anyhow::Result<E> {
        match self.call_from(from, to, call.abi_encode().into())? {
            Answer::Reverted(data) if data.starts_with(&E::SELECTOR) => Ok(E::abi_decode(&data)?),
            other => bail!("{}: expected {}, found {other:?}", signature(call), E::SIGNATURE),
        }
    }

    /// What a view answers.
    pub fn view<C: SolCall>(&mut self, to: Address, call: &C) -> anyhow::Result<C::Return> {
        self.view_from(self.sender(), to, call)
    }

    /// What somebody would be answered.
    pub fn view_from<C: SolCall>(
        &mut self,
        from: Address,
        to: Address,
        call: &C,
    ) -> anyhow::Result<C::Return> {
        match self.call_from(from, to, call.abi_encode().into())? {
            Answer::Returned(data) => {
                ensure!(!data.is_empty(), "{} has no answer: no contract at {to}", signature(call));
                Ok(C::abi_decode_returns(&data)?)
            }
            Answer::Reverted(data) => bail!("{} reverted with {data}", signature(call)),
        }
    }
}

impl Done {
    /// The one event of a kind.
    pub fn told<E: SolEvent>(&self) -> anyhow::Result<E> {
        let mut found = self.logs.iter().filter_map(|log| E::decode_log(log).ok());
        found.next().map(|log| log.data).with_context(|| format!("{} was not told", E::SIGNATURE))
    }
}

/// Creation code with its arguments.
pub fn code(code: &Bytes, arguments: &[u8]) -> Bytes {
    [&code[..], arguments].concat().into()
}

/// Whole Hearts in atto.
pub fn hearts(whole: u64) -> U256 {
    U256::from(whole) * U256::from(10).pow(U256::from(18))
}

fn signature<C: SolCall>(_: &C) -> &'static str {
    C::SIGNATURE
}
