//! revm, in this process, under the rules of a hard fork.

use std::collections::BTreeMap;

use alloy::primitives::{Address, Bytes, TxKind, U256};
use anyhow::bail;
use revm::context::result::ExecutionResult;
use revm::context::{BlockEnv, CfgEnv, Journal, TxEnv};
use revm::database::InMemoryDB;
pub use revm::primitives::hardfork::SpecId;
use revm::{Context, ExecuteCommitEvm, ExecuteEvm, MainBuilder, MainContext, MainnetEvm};

use crate::evm::{Answer, Done, Evm};

type Chain = MainnetEvm<Context<BlockEnv, TxEnv, CfgEnv, InMemoryDB, Journal<InMemoryDB>>>;

/// More than any transaction takes; Amsterdam's rules ask much more for code.
const GAS_LIMIT: u64 = 16_000_000;
const AMSTERDAM_GAS_LIMIT: u64 = 120_000_000;
/// 1 January 2026.
const BEGIN: u64 = 1_767_225_600;

/// A chain in memory.
pub struct Local {
    chain: Chain,
    spec: SpecId,
    chain_id: u64,
    time: u64,
    nonces: BTreeMap<Address, u64>,
}

impl Local {
    /// Under Osaka's rules, chain id 1.
    pub fn new() -> Self {
        Self::of(SpecId::OSAKA, 1)
    }

    /// Under a hard fork's rules.
    pub fn of(spec: SpecId, chain_id: u64) -> Self {
        let context = Context::mainnet()
            .with_db(InMemoryDB::default())
            .modify_cfg_chained(|cfg| {
                *cfg = cfg.clone().with_spec_and_mainnet_gas_params(spec);
                cfg.chain_id = chain_id;
                // Tests speak for a contract, too.
                cfg.disable_eip3607 = true;
            })
            .modify_block_chained(|block| {
                block.timestamp = U256::from(BEGIN);
                block.gas_limit = u64::MAX;
            });
        Self { chain: context.build_mainnet(), spec, chain_id, time: BEGIN, nonces: BTreeMap::new() }
    }

    fn transaction(&self, from: Address, kind: TxKind, data: Bytes) -> anyhow::Result<TxEnv> {
        let nonce = self.nonces.get(&from).copied().unwrap_or_default();
        let limit = if self.spec == SpecId::AMSTERDAM { AMSTERDAM_GAS_LIMIT } else { GAS_LIMIT };
        let builder = TxEnv::builder().caller(from).nonce(nonce).kind(kind).data(data).gas_limit(limit);
        builder
            .chain_id(Some(self.chain_id))
            .build()
            .map_err(|error| anyhow::anyhow!("no transaction: {error:?}"))
    }
}

impl Default for Local {
    fn default() -> Self {
        Self::new()
    }
}

impl Evm for Local {
    fn name(&self) -> &'static str {
        "revm"
    }

    fn accounts(&self) -> Vec<Address> {
        (1..=16).map(|at| Address::with_last_byte(at).create(u64::from(at))).collect()
    }

    fn chain_id(&self) -> u64 {
        self.chain_id
    }

    fn now(&mut self) -> anyhow::Result<u64> {
        Ok(self.time)
    }

    fn wait(&mut self, seconds: u64) -> anyhow::Result<()> {
        self.time += seconds;
        let time = U256::from(self.time);
        self.chain.ctx.modify_block(|block| block.timestamp = time);
        Ok(())
    }

    fn transact(
        &mut self,
        from: Address,
        to: Option<Address>,
        data: Bytes,
    ) -> anyhow::Result<Result<Done, Bytes>> {
        let kind = to.map_or(TxKind::Create, TxKind::Call);
        let transaction = self.transaction(from, kind, data)?;
        let result = self.chain.transact_commit(transaction)?;
        *self.nonces.entry(from).or_default() += 1;
        let (gas, made) = (result.tx_gas_used(), result.created_address());
        if let Some(contract) = made {
            // EIP-161: a contract begins at one.
            self.nonces.insert(contract, 1);
        }
        match result {
            ExecutionResult::Success { logs, .. } => Ok(Ok(Done { gas, logs, made })),
            ExecutionResult::Revert { output, .. } => Ok(Err(output)),
            ExecutionResult::Halt { reason, .. } => bail!("the transaction stopped: {reason:?}"),
        }
    }

    fn call_from(&mut self, from: Address, to: Address, data: Bytes) -> anyhow::Result<Answer> {
        let transaction = self.transaction(from, TxKind::Call(to), data)?;
        match self.chain.transact(transaction)?.result {
            ExecutionResult::Success { output, .. } => Ok(Answer::Returned(output.into_data())),
            ExecutionResult::Revert { output, .. } => Ok(Answer::Reverted(output)),
            ExecutionResult::Halt { reason, .. } => bail!("the call stopped: {reason:?}"),
        }
    }

    fn nonce(&mut self, account: Address) -> anyhow::Result<u64> {
        Ok(self.nonces.get(&account).copied().unwrap_or_default())
    }
}
