//! Sends transactions with a key of one's own: a fee is put down, an approval is settled.

use alloy::network::TransactionBuilder as _;
use alloy::primitives::{Address, B256, U256, aliases::U96};
use alloy::providers::{DynProvider, Provider as _, ProviderBuilder};
use alloy::rpc::types::TransactionRequest;
use alloy::signers::local::PrivateKeySigner;
use alloy::sol_types::SolCall;
use anyhow::{Context as _, ensure};
use wetsign_attest::Signed;
use wetsign_attest::object::UsageRequest;

use crate::chain::Chain;
use crate::contracts::{Heart, Settle, Terms};
use crate::{escrow, nodes, statement};

/// An account with its key, at the first node of a chain.
pub struct Sender {
    provider: DynProvider,
    account: Address,
}

impl Sender {
    /// Connects to the chain's first node. What that says is believed by nobody else: the note is made from what all
    /// say.
    ///
    /// # Errors
    /// It does not answer, or is on another chain.
    pub async fn connect(chain: &Chain, key: PrivateKeySigner) -> anyhow::Result<Self> {
        let name = chain.nodes.first().context("the chain's file names no node")?;
        let account = key.address();
        let provider =
            ProviderBuilder::new().wallet(key).connect_reqwest(nodes::client()?, name.parse()?).erased();
        let id = provider.get_chain_id().await.with_context(|| format!("asking {name}"))?;
        ensure!(id == chain.chain_id, "{name} is on chain {id}, not {}", chain.chain_id);
        Ok(Self { provider, account })
    }

    /// Puts the request's fee down, and answers the transaction's hash. A fee that waits already is left as it is.
    ///
    /// # Errors
    /// The account is not the one that the request names, has too little, or a transaction failed.
    pub async fn deposit(
        &self,
        request: &Signed<UsageRequest>,
        chain: &Chain,
        agreed: &Terms,
    ) -> anyhow::Result<Option<B256>> {
        let place = escrow::place(request.payload(), chain, agreed)?;
        ensure!(
            place.account.0 == self.account.0.0,
            "the request names {} as who puts the fee down, the key is of {}",
            place.account,
            self.account
        );
        ensure!(
            agreed.expires >= request.payload().expires,
            "the terms end at {}, the request can be approved until {}",
            agreed.expires,
            request.payload().expires
        );
        let settle = chain.settle()?;
        let key = escrow::key(place.account, &request.id());
        if self.view(settle, &Settle::escrowsCall { key }).await?.requester == self.account {
            return Ok(None);
        }
        let fee = U256::from(request.payload().fee.0);
        let token = self.view(settle, &Settle::tokenCall {}).await?;
        let has = self.view(token, &Heart::balanceOfCall { account: self.account }).await?;
        ensure!(has >= fee, "the account {} has {has} atto, the fee is {fee}", self.account);
        self.send(token, &Heart::approveCall { spender: settle, value: fee }).await?;
        let fee = U96::checked_from_limbs_slice(fee.as_limbs()).context("the fee is more than can wait")?;
        let request = statement::id_word(&request.id());
        let call = Settle::escrowCall { request, fee, terms: agreed.clone() };
        Ok(Some(self.send(settle, &call).await?))
    }

    /// Sends a call and waits until it stands in a block.
    ///
    /// # Errors
    /// It is not taken, or reverts.
    pub async fn send<C: SolCall>(&self, to: Address, call: &C) -> anyhow::Result<B256> {
        let request = TransactionRequest::default().with_to(to).with_input(call.abi_encode());
        let pending = self.provider.send_transaction(request).await;
        let pending = pending.with_context(|| format!("{} to {to} is not taken", C::SIGNATURE))?;
        let receipt = pending.get_receipt().await?;
        ensure!(receipt.status(), "{} to {to} reverted in {}", C::SIGNATURE, receipt.transaction_hash);
        Ok(receipt.transaction_hash)
    }

    async fn view<C: SolCall>(&self, to: Address, call: &C) -> anyhow::Result<C::Return> {
        let request = TransactionRequest::default().with_to(to).with_input(call.abi_encode());
        Ok(C::abi_decode_returns(&self.provider.call(request).await?)?)
    }
}
