//! A node, over JSON-RPC.

use alloy::network::TransactionBuilder;
use alloy::primitives::{Address, Bytes};
use alloy::providers::{Provider, ProviderBuilder, RootProvider};
use alloy::rpc::types::{TransactionReceipt, TransactionRequest};
use anyhow::{Context as _, ensure};

use crate::evm::{Answer, Evm, GAS_LIMIT};

pub struct Node {
    runtime: tokio::runtime::Runtime,
    provider: RootProvider,
    sender: Address,
}

impl Node {
    /// The node's first account sends.
    pub fn connect(url: &str) -> anyhow::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let provider: RootProvider =
            ProviderBuilder::default().connect_http(url.parse().context("reading the node's address")?);
        let accounts =
            runtime.block_on(provider.get_accounts()).with_context(|| format!("asking the node at {url}"))?;
        let sender = *accounts.first().context("the node has no account")?;
        Ok(Self { runtime, provider, sender })
    }

    fn transact(&self, request: TransactionRequest) -> anyhow::Result<TransactionReceipt> {
        let receipt = self.runtime.block_on(async {
            let pending = self.provider.send_transaction(request.with_gas_limit(GAS_LIMIT)).await?;
            Ok::<_, anyhow::Error>(self.provider.get_transaction_receipt(*pending.tx_hash()).await?)
        })?;
        let receipt = receipt.context("the node has no receipt of a transaction that it took")?;
        ensure!(receipt.status(), "the transaction failed");
        Ok(receipt)
    }
}

impl Evm for Node {
    fn name(&self) -> &'static str {
        "hardhat"
    }

    fn sender(&self) -> Address {
        self.sender
    }

    fn deploy(&mut self, code: Bytes) -> anyhow::Result<(Address, u64)> {
        let request = TransactionRequest::default().with_from(self.sender).with_deploy_code(code);
        let receipt = self.transact(request)?;
        let address = receipt.contract_address.context("no contract was made")?;
        Ok((address, receipt.gas_used))
    }

    fn send(&mut self, to: Address, data: Bytes) -> anyhow::Result<u64> {
        let request = TransactionRequest::default().with_from(self.sender).with_to(to).with_input(data);
        Ok(self.transact(request)?.gas_used)
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
}
