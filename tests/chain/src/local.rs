//! revm, in this process.

use alloy::primitives::{Address, Bytes, TxKind, address};
use anyhow::{Context as _, bail};
use revm::context::result::ExecutionResult;
use revm::context::{BlockEnv, CfgEnv, Journal, TxEnv};
use revm::database::InMemoryDB;
use revm::{Context, ExecuteCommitEvm, ExecuteEvm, MainBuilder, MainContext, MainnetEvm};

use crate::evm::{Answer, Evm, GAS_LIMIT};

type Chain = MainnetEvm<Context<BlockEnv, TxEnv, CfgEnv, InMemoryDB, Journal<InMemoryDB>>>;

pub struct Local {
    chain: Chain,
    nonce: u64,
}

const SENDER: Address = address!("0x1000000000000000000000000000000000000001");

impl Local {
    pub fn new() -> Self {
        let context = Context::mainnet().with_db(InMemoryDB::default());
        Self { chain: context.build_mainnet(), nonce: 0 }
    }

    fn transaction(from: Address, nonce: u64, kind: TxKind, data: Bytes) -> anyhow::Result<TxEnv> {
        let builder = TxEnv::builder().caller(from).nonce(nonce).kind(kind).data(data).gas_limit(GAS_LIMIT);
        builder.build().map_err(|error| anyhow::anyhow!("no transaction: {error:?}"))
    }

    fn commit(&mut self, kind: TxKind, data: Bytes) -> anyhow::Result<ExecutionResult> {
        let transaction = Self::transaction(SENDER, self.nonce, kind, data)?;
        let result = self.chain.transact_commit(transaction)?;
        self.nonce += 1;
        if !result.is_success() {
            bail!("the transaction failed: {result:?}");
        }
        Ok(result)
    }
}

impl Evm for Local {
    fn name(&self) -> &'static str {
        "revm"
    }

    fn sender(&self) -> Address {
        SENDER
    }

    fn deploy(&mut self, code: Bytes) -> anyhow::Result<(Address, u64)> {
        let result = self.commit(TxKind::Create, code)?;
        let address = result.created_address().context("no contract was made")?;
        Ok((address, result.tx_gas_used()))
    }

    fn send(&mut self, to: Address, data: Bytes) -> anyhow::Result<u64> {
        Ok(self.commit(TxKind::Call(to), data)?.tx_gas_used())
    }

    fn call_from(&mut self, from: Address, to: Address, data: Bytes) -> anyhow::Result<Answer> {
        let nonce = if from == SENDER { self.nonce } else { 0 };
        let transaction = Self::transaction(from, nonce, TxKind::Call(to), data)?;
        match self.chain.transact(transaction)?.result {
            ExecutionResult::Success { output, .. } => Ok(Answer::Returned(output.into_data())),
            ExecutionResult::Revert { output, .. } => Ok(Answer::Reverted(output)),
            ExecutionResult::Halt { reason, .. } => bail!("the call stopped: {reason:?}"),
        }
    }
}
