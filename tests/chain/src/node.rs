//! A node, over JSON-RPC.

use alloy::eips::BlockNumberOrTag;
use alloy::network::TransactionBuilder as _;
use alloy::primitives::{Address, Bytes};
use alloy::providers::{Provider as _, ProviderBuilder, RootProvider};
use alloy::rpc::types::TransactionRequest;
use alloy::transports::{RpcError, TransportErrorKind};
use anyhow::{Context as _, ensure};

use crate::evm::{Answer, Done, Evm};

const GAS_LIMIT: u64 = 16_000_000;

/// A node with unlocked accounts, whose time can be moved.
pub struct Node {
    runtime: tokio::runtime::Runtime,
    provider: RootProvider,
    accounts: Vec<Address>,
    chain_id: u64,
}

impl Node {
    /// Asks for accounts and chain id.
    pub fn connect(url: &str) -> anyhow::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let provider: RootProvider =
            ProviderBuilder::default()
                .connect_reqwest(wetsign_chain::nodes::client()?, url.parse().context("reading the node's address")?);
        let (accounts, chain_id) = runtime
            .block_on(async {
                Ok::<_, RpcError<TransportErrorKind>>((
                    provider.get_accounts().await?,
                    provider.get_chain_id().await?,
                ))
            })
            .with_context(|| format!("asking the node at {url}"))?;
        ensure!(accounts.len() >= 10, "the node has {} unlocked accounts, ten are needed", accounts.len());
        Ok(Self { runtime, provider, accounts, chain_id })
    }

    /// Gives an account ether, for gas.
    pub fn endow(&self, account: Address) -> anyhow::Result<()> {
        let ether = "0xde0b6b3a7640000";
        let asked = self.provider.client().request::<_, serde_json::Value>("hardhat_setBalance", (account, ether));
        self.runtime.block_on(asked.into_future()).context("giving an account ether")?;
        Ok(())
    }
}

impl Evm for Node {
    fn name(&self) -> &'static str {
        "hardhat"
    }

    fn accounts(&self) -> Vec<Address> {
        self.accounts.clone()
    }

    fn chain_id(&self) -> u64 {
        self.chain_id
    }

    fn now(&mut self) -> anyhow::Result<u64> {
        let asked = self.provider.get_block_by_number(BlockNumberOrTag::Latest);
        let block = self.runtime.block_on(asked.into_future())?;
        Ok(block.context("the node has no latest block")?.header.timestamp)
    }

    fn wait(&mut self, seconds: u64) -> anyhow::Result<()> {
        self.runtime.block_on(async {
            let client = self.provider.client();
            client.request::<_, serde_json::Value>("evm_increaseTime", [seconds]).await?;
            client.request::<_, serde_json::Value>("evm_mine", [(); 0]).await
        })?;
        Ok(())
    }

    fn transact(
        &mut self,
        from: Address,
        to: Option<Address>,
        data: Bytes,
    ) -> anyhow::Result<Result<Done, Bytes>> {
        // A node tells why a transaction reverts before it is sent, not after.
        if let Some(to) = to
            && let Answer::Reverted(data) = self.call_from(from, to, data.clone())?
        {
            return Ok(Err(data));
        }
        let request = TransactionRequest::default().with_from(from).with_gas_limit(GAS_LIMIT);
        let request = match to {
            Some(to) => request.with_to(to).with_input(data),
            None => request.with_deploy_code(data),
        };
        let receipt = self.runtime.block_on(async {
            let pending = self.provider.send_transaction(request).await?;
            self.provider.get_transaction_receipt(*pending.tx_hash()).await
        })?;
        let receipt = receipt.context("the node has no receipt of a transaction that it took")?;
        ensure!(receipt.status(), "the transaction failed");
        let logs = receipt.logs().iter().map(|log| log.inner.clone()).collect();
        Ok(Ok(Done { gas: receipt.gas_used, logs, made: receipt.contract_address }))
    }

    fn call_from(&mut self, from: Address, to: Address, data: Bytes) -> anyhow::Result<Answer> {
        let request = TransactionRequest::default().with_from(from).with_to(to).with_input(data);
        match self.runtime.block_on(self.provider.call(request).into_future()) {
            Ok(bytes) => Ok(Answer::Returned(bytes)),
            Err(error) => {
                let reverted = error.as_error_resp().and_then(|answer| answer.as_revert_data());
                Ok(Answer::Reverted(reverted.with_context(|| format!("the node did not answer: {error}"))?))
            }
        }
    }

    fn nonce(&mut self, account: Address) -> anyhow::Result<u64> {
        Ok(self.runtime.block_on(self.provider.get_transaction_count(account).into_future())?)
    }
}
