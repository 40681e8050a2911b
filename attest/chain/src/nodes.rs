//! Asks nodes, over JSON-RPC, about one block that all of them call final.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use alloy::eips::{BlockId, BlockNumberOrTag};
use alloy::network::TransactionBuilder as _;
use alloy::primitives::{Address, B256};
use alloy::providers::{Provider as _, ProviderBuilder, RootProvider};
use alloy::rpc::types::{Filter, TransactionRequest};
use alloy::sol_types::{SolCall, SolEvent};
use anyhow::{Context as _, ensure};
use wetsign_attest::limits;

use crate::chain::Chain;
use crate::contracts::{Parameters, ProofRegistry, Settle, Stakes};
use crate::escrow::Waiting;
use crate::snapshot::{Observed, Told};

/// How long one question may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// Most events of one kind that a node is believed.
const EVENTS: usize = 100_000;

/// Tells rustls whose arithmetic it uses; before anything is asked of a node.
pub fn prepare() {
    // Told before: just as well.
    let _ = rustls::crypto::ring::default_provider().install_default();
}

/// A client that waits for no answer longer than half a minute, and keeps no connection: some nodes close idle ones
/// after seconds, and a proof or a person may take longer than that between two calls.
///
/// # Errors
/// TLS could not be set up.
pub fn client() -> anyhow::Result<reqwest::Client> {
    prepare();
    Ok(reqwest::Client::builder().timeout(PATIENCE).pool_max_idle_per_host(0).build()?)
}

/// The nodes of a chain, and a block that all of them call final.
pub struct Nodes<'a> {
    chain: &'a Chain,
    nodes: Vec<Node>,
    block: u64,
}

impl<'a> Nodes<'a> {
    /// Finds the newest block that all of them call final.
    ///
    /// # Errors
    /// A node that does not answer, is on another chain, or has no final block.
    pub async fn at_final_block(chain: &'a Chain) -> anyhow::Result<Self> {
        let client = client()?;
        let (mut nodes, mut block) = (Vec::new(), u64::MAX);
        for name in &chain.nodes {
            let asking = || format!("asking {name}");
            let provider = ProviderBuilder::default()
                .connect_reqwest(client.clone(), name.parse().with_context(asking)?);
            let node = Node { name: name.clone(), provider };
            let id = node.provider.get_chain_id().await.with_context(asking)?;
            ensure!(id == chain.chain_id, "{name} is on chain {id}, not {}", chain.chain_id);
            block = block.min(node.finalised().await.with_context(asking)?);
            nodes.push(node);
        }
        let from = chain.from_block;
        ensure!(block >= from, "block {block} is final, the contract is of {from}: wait");
        Ok(Self { chain, nodes, block })
    }

    /// What each says of stakes and parameters. Whether they agree is not asked here.
    ///
    /// # Errors
    /// A node that does not answer.
    pub async fn observe(&self) -> anyhow::Result<Vec<(String, Observed)>> {
        let mut told = Vec::new();
        for node in &self.nodes {
            let what = node.observe(self.chain, self.block).await;
            told.push((node.name.clone(), what.with_context(|| format!("asking {}", node.name))?));
        }
        Ok(told)
    }

    /// What each says of the fee under this key.
    ///
    /// # Errors
    /// A node that does not answer.
    pub async fn waiting(&self, key: B256) -> anyhow::Result<Vec<(String, Waiting)>> {
        let mut told = Vec::new();
        for node in &self.nodes {
            let what = node.waiting(self.chain, self.block, key).await;
            told.push((node.name.clone(), what.with_context(|| format!("asking {}", node.name))?));
        }
        Ok(told)
    }

    /// Who owns the stakes behind these keys, where all say so alike.
    ///
    /// # Errors
    /// A node that does not answer, or one that differs.
    pub async fn owners(&self, keys: &[B256]) -> anyhow::Result<BTreeMap<B256, Address>> {
        let mut agreed: Option<BTreeMap<B256, Address>> = None;
        for node in &self.nodes {
            let asking = || format!("asking {}", node.name);
            let hash = node.hash(self.block).await.with_context(asking)?;
            let mut owners = BTreeMap::new();
            for key in keys {
                let call = Stakes::stakesCall { key: *key };
                let stake = node.view(self.chain.stakes, hash, &call).await.with_context(asking)?;
                owners.insert(*key, stake.owner);
            }
            ensure!(
                agreed.get_or_insert_with(|| owners.clone()) == &owners,
                "{} says that other accounts own the validators' stakes. Nothing is signed: ask others",
                node.name
            );
        }
        agreed.context("no node answered")
    }
}

struct Node {
    name: String,
    provider: RootProvider,
}

impl Node {
    async fn finalised(&self) -> anyhow::Result<u64> {
        let block = self.provider.get_block_by_number(BlockNumberOrTag::Finalized).await?;
        Ok(block.context("the node has no final block yet")?.header.number)
    }

    async fn hash(&self, block: u64) -> anyhow::Result<B256> {
        let header = self.provider.get_block_by_number(block.into()).await?;
        Ok(header.with_context(|| format!("it has no block {block}"))?.header.hash)
    }

    async fn observe(&self, chain: &Chain, block: u64) -> anyhow::Result<Observed> {
        let hash = self.hash(block).await?;
        let mut keys = BTreeMap::new();
        for told in self.events::<Stakes::ValidatorKey>(chain, chain.stakes, block).await? {
            keys.insert(told.key, told.publicKey.to_vec());
            let most = limits::STAKE_ENTRIES;
            ensure!(keys.len() <= most, "it tells of more than {most} validators");
        }
        let mut stakes = BTreeMap::new();
        for key in keys.keys() {
            let s = self.view(chain.stakes, hash, &Stakes::stakesCall { key: *key }).await?;
            stakes.insert(*key, Told { amount: s.amount.to(), role: s.role, state: s.state });
        }
        let validating = self.view(chain.stakes, hash, &Stakes::validatingCall {}).await?;
        let agreed = self.view(chain.stakes, hash, &Stakes::parametersCall {}).await?;
        let parameters = self.view(agreed, hash, &Parameters::valuesCall {}).await?;
        let registry = self.view(agreed, hash, &Parameters::registryCall {}).await?;
        let mut verifying_keys = BTreeMap::new();
        for told in self.events::<ProofRegistry::KeySet>(chain, registry, block).await? {
            // Two verifiers of one key: each is accepted for itself.
            verifying_keys.insert(told.verifier, (told.key, told.accepted));
        }
        let mut models = BTreeMap::new();
        for told in self.events::<ProofRegistry::ModelSet>(chain, registry, block).await? {
            models.insert(B256::from(told.model), told.accepted);
        }
        let verifying_keys: BTreeSet<_> =
            verifying_keys.into_values().filter(|(_, accepted)| *accepted).map(|(key, _)| key).collect();
        let models = models.into_iter().filter(|(_, accepted)| *accepted).map(|(model, _)| model).collect();
        let chain_id = chain.chain_id;
        Ok(Observed { chain_id, block, hash, keys, stakes, validating, parameters, verifying_keys, models })
    }

    async fn waiting(&self, chain: &Chain, block: u64, key: B256) -> anyhow::Result<Waiting> {
        let hash = self.hash(block).await?;
        let found = self.view(chain.settle()?, hash, &Settle::escrowsCall { key }).await?;
        let (account, fee, terms) = (found.requester, found.fee.to(), found.terms);
        Ok(Waiting { chain_id: chain.chain_id, block, hash, account, fee, terms })
    }

    /// All events of a kind, oldest first.
    async fn events<E: SolEvent>(&self, chain: &Chain, of: Address, block: u64) -> anyhow::Result<Vec<E>> {
        let (mut told, mut from) = (Vec::new(), chain.from_block);
        while from <= block {
            let to = block.min(from.saturating_add(chain.blocks_at_once - 1));
            let filter =
                Filter::new().address(of).event_signature(E::SIGNATURE_HASH).from_block(from).to_block(to);
            for log in self.provider.get_logs(&filter).await? {
                ensure!(log.inner.address == of, "it tells of {}, which was not asked", log.inner.address);
                told.push(E::decode_log(&log.inner)?.data);
                ensure!(told.len() <= EVENTS, "it tells of more than {EVENTS} events");
            }
            from = to + 1;
        }
        Ok(told)
    }

    /// What a view answers in the block of this hash.
    async fn view<C: SolCall>(&self, to: Address, block: B256, call: &C) -> anyhow::Result<C::Return> {
        let request = TransactionRequest::default().with_to(to).with_input(call.abi_encode());
        let answer = self.provider.call(request).block(BlockId::hash_canonical(block)).await?;
        C::abi_decode_returns(&answer)
            .with_context(|| format!("{} of {to} is not answered as expected", C::SIGNATURE))
    }
}
