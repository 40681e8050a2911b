//! Asks nodes, over JSON-RPC.

use std::collections::BTreeMap;
use std::time::Duration;

use alloy::eips::{BlockId, BlockNumberOrTag};
use alloy::network::TransactionBuilder as _;
use alloy::primitives::{Address, B256};
use alloy::providers::{Provider as _, ProviderBuilder, RootProvider};
use alloy::rpc::types::{Filter, TransactionRequest};
use alloy::sol_types::{SolCall, SolEvent as _};
use anyhow::{Context as _, ensure};
use wetsign_attest::limits;

use crate::contracts::{Parameters, Stakes};
use crate::snapshot::{Chain, Observed, Told};

/// How long one question may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// Tells rustls whose arithmetic it uses; before anything is asked of a node.
pub fn prepare() {
    // Told before: just as well.
    let _ = rustls::crypto::ring::default_provider().install_default();
}

/// Asks every node of the chain about the newest block that all of them call final.
///
/// # Errors
/// A node that does not answer, is on another chain, or has no final block. Whether they agree is not asked here.
pub async fn observe(chain: &Chain) -> anyhow::Result<Vec<(String, Observed)>> {
    prepare();
    let mut nodes = Vec::new();
    for name in &chain.nodes {
        nodes.push(Node::connect(name).with_context(|| format!("asking {name}"))?);
    }
    let mut block = u64::MAX;
    for node in &nodes {
        block = block.min(node.finalised().await.with_context(|| format!("asking {}", node.name))?);
    }
    ensure!(
        block >= chain.from_block,
        "block {block} is final, the contract is of {}: wait",
        chain.from_block
    );
    let mut observed = Vec::new();
    for node in &nodes {
        let what = node.observe(chain, block).await.with_context(|| format!("asking {}", node.name))?;
        observed.push((node.name.clone(), what));
    }
    Ok(observed)
}

struct Node {
    name: String,
    provider: RootProvider,
}

impl Node {
    fn connect(name: &str) -> anyhow::Result<Self> {
        let client = reqwest::Client::builder().timeout(PATIENCE).build()?;
        let provider = ProviderBuilder::default().connect_reqwest(client, name.parse()?);
        Ok(Self { name: name.to_owned(), provider })
    }

    async fn finalised(&self) -> anyhow::Result<u64> {
        let block = self.provider.get_block_by_number(BlockNumberOrTag::Finalized).await?;
        Ok(block.context("the node has no final block yet")?.header.number)
    }

    async fn observe(&self, chain: &Chain, block: u64) -> anyhow::Result<Observed> {
        let chain_id = self.provider.get_chain_id().await?;
        ensure!(chain_id == chain.chain_id, "it is on chain {chain_id}, not {}", chain.chain_id);
        let header = self.provider.get_block_by_number(block.into()).await?;
        let hash = header.with_context(|| format!("it has no block {block}"))?.header.hash;
        let keys = self.keys(chain, block).await?;
        let mut stakes = BTreeMap::new();
        for key in keys.keys() {
            let s = self.view(chain.stakes, hash, &Stakes::stakesCall { key: *key }).await?;
            stakes.insert(*key, Told { amount: s.amount.to(), role: s.role, state: s.state });
        }
        let validating = self.view(chain.stakes, hash, &Stakes::validatingCall {}).await?;
        let parameters = self.view(chain.stakes, hash, &Stakes::parametersCall {}).await?;
        let parameters = self.view(parameters, hash, &Parameters::valuesCall {}).await?;
        Ok(Observed { chain_id, block, hash, keys, stakes, validating, parameters })
    }

    async fn keys(&self, chain: &Chain, block: u64) -> anyhow::Result<BTreeMap<B256, Vec<u8>>> {
        let mut keys = BTreeMap::new();
        let mut from = chain.from_block;
        while from <= block {
            let to = block.min(from.saturating_add(chain.blocks_at_once - 1));
            let filter = Filter::new()
                .address(chain.stakes)
                .event_signature(Stakes::ValidatorKey::SIGNATURE_HASH)
                .from_block(from)
                .to_block(to);
            for log in self.provider.get_logs(&filter).await? {
                ensure!(
                    log.inner.address == chain.stakes,
                    "it tells of {}, which was not asked",
                    log.inner.address
                );
                let told = Stakes::ValidatorKey::decode_log(&log.inner)?;
                keys.insert(told.key, told.publicKey.to_vec());
                let most = limits::STAKE_ENTRIES;
                ensure!(keys.len() <= most, "it tells of more than {most} validators");
            }
            from = to + 1;
        }
        Ok(keys)
    }

    /// What a view answers in the block of this hash.
    async fn view<C: SolCall>(&self, to: Address, block: B256, call: &C) -> anyhow::Result<C::Return> {
        let request = TransactionRequest::default().with_to(to).with_input(call.abi_encode());
        let answer = self.provider.call(request).block(BlockId::hash_canonical(block)).await?;
        C::abi_decode_returns(&answer)
            .with_context(|| format!("{} of {to} is not answered as expected", C::SIGNATURE))
    }
}
