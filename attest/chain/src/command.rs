//! Each command: files in, one row of JSON out.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, ensure};
use clap::{Args, Subcommand};
use ed25519_dalek::SigningKey;
use serde_json::{Value, json};
use wetsign_attest::object::{CertificateChain, StakeSnapshot, UsageRequest};
use wetsign_attest::verify::{Options, verify};
use wetsign_attest::{ApprovalBundle, Object as _, Signed, TrustPolicy};
use wetsign_chain::chain::Chain;
use wetsign_chain::contracts::{Statement, Terms};
use wetsign_chain::nodes::Nodes;
use wetsign_chain::send::Sender;
use wetsign_chain::{escrow, snapshot, terms, vouch};
use wetsign_program::file::{self, For};
use zeroize::Zeroizing;

/// Most bytes that are read of a file.
const MOST: u64 = 4 * 1024 * 1024;

#[derive(Subcommand)]
pub enum Command {
    /// Write stakes and parameters of an epoch, as two or more nodes tell them alike at a final block
    Snapshot {
        /// TOML file: chain_id, stakes, from_block, nodes
        chain: PathBuf,
        /// Number of the epoch that the stakes are for
        #[arg(long)]
        epoch: u64,
        /// File with a registrar's Ed25519 key: 64 hexadecimal digits. Give one for each registrar at hand
        #[arg(long = "key", required = true)]
        keys: Vec<PathBuf>,
        /// Where the payload goes, which an epoch is installed with; with `.signed` behind it, the signed form
        #[arg(long)]
        out: PathBuf,
    },
    /// Say under which digest a request names these terms
    Terms {
        /// TOML file: expires, app, app_bps, validators_bps, payees
        terms: PathBuf,
    },
    /// Put a signed request's fee down, from the account that the request names
    Deposit {
        #[command(flatten)]
        fee: Fee,
        /// File with the account's secp256k1 key: 64 hexadecimal digits
        #[arg(long)]
        key: PathBuf,
    },
    /// Note that a request's fee waits, as two or more nodes tell it alike at a final block
    Note {
        #[command(flatten)]
        fee: Fee,
        /// File with the watcher's Ed25519 key: 64 hexadecimal digits. Kiosks name it (hub.escrow_watchers)
        #[arg(long)]
        key: PathBuf,
        /// Where the note goes, for `wetsign request submit --escrow`
        #[arg(long)]
        out: PathBuf,
    },
    /// Vouch for an approval, as the kiosk that holds this key
    Vouch {
        /// The approval
        approval: PathBuf,
        /// TOML file: chain_id, stakes, settle, from_block, nodes
        #[arg(long)]
        chain: PathBuf,
        /// TOML file: the terms that the request names
        #[arg(long)]
        terms: PathBuf,
        /// The kiosk's trust policy
        #[arg(long)]
        policy: PathBuf,
        /// The kiosk's certificate chain, which names the account of the key
        #[arg(long)]
        certificate: PathBuf,
        /// File with the kiosk's secp256k1 key: 64 hexadecimal digits
        #[arg(long)]
        key: PathBuf,
        /// Heads that this kiosk signed: one file for the key's whole life, made at the first time. Two heads of one
        /// size cost the stake
        #[arg(long)]
        memory: PathBuf,
        /// Where the kiosk's word goes
        #[arg(long)]
        out: PathBuf,
        /// Take recordings and programs in place of people and elements, where the policy does not
        #[arg(long)]
        allow_simulated: bool,
        /// Take development keys, where the policy does not
        #[arg(long)]
        allow_development_keys: bool,
    },
    /// Settle an approval with the words of enough kiosks; anyone may, and pays the gas
    Settle {
        /// The kiosks' words, as `vouch` wrote them
        #[arg(required = true)]
        words: Vec<PathBuf>,
        /// TOML file: chain_id, stakes, settle, from_block, nodes
        #[arg(long)]
        chain: PathBuf,
        /// File with a secp256k1 key: 64 hexadecimal digits
        #[arg(long)]
        key: PathBuf,
    },
}

/// A request whose fee waits, or shall.
#[derive(Args)]
pub struct Fee {
    /// The signed request (`wetsign request sign`)
    request: PathBuf,
    /// TOML file: chain_id, stakes, settle, from_block, nodes
    #[arg(long)]
    chain: PathBuf,
    /// TOML file: the terms that the request names
    #[arg(long)]
    terms: PathBuf,
}

impl Fee {
    fn read(&self) -> anyhow::Result<(Signed<UsageRequest>, Chain, Terms)> {
        let request = Signed::<UsageRequest>::decode(&bytes(&self.request)?);
        let request = request.with_context(|| format!("{} is no signed request", self.request.display()))?;
        Ok((request, chain(&self.chain)?, agreed(&self.terms)?))
    }
}

impl Command {
    /// Runs it.
    pub fn run(self) -> anyhow::Result<()> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let row = runtime.block_on(async {
            match self {
                Self::Snapshot { chain, epoch, keys, out } => stakes(&chain, epoch, &keys, &out).await,
                Self::Terms { terms: file } => Ok(json!({ "terms": terms::digest(&agreed(&file)?) })),
                Self::Deposit { fee, key } => deposit(&fee, &key).await,
                Self::Note { fee, key, out } => note(&fee, &key, &out).await,
                Self::Vouch {
                    approval,
                    chain: file,
                    terms,
                    policy,
                    certificate,
                    key,
                    memory,
                    out,
                    allow_simulated,
                    allow_development_keys,
                } => {
                    let options = Options {
                        allow_simulated,
                        allow_development_keys,
                        now: Some(now()?),
                        ..Options::default()
                    };
                    let kiosk = Kiosk { certificate: &certificate, key: &key, memory: &memory };
                    let word = (chain(&file)?, agreed(&terms)?);
                    said(&approval, &policy, options, &word, kiosk, &out).await
                }
                Self::Settle { words, chain, key } => settle(&words, &chain, &key).await,
            }
        })?;
        wetsign_program::say!("{row}")?;
        Ok(())
    }
}

async fn stakes(file: &Path, epoch: u64, keys: &[PathBuf], out: &Path) -> anyhow::Result<Value> {
    ensure!(epoch > 0, "epochs are numbered from 1");
    let chain = chain(file)?;
    let keys = keys.iter().map(|path| ed25519(path)).collect::<anyhow::Result<Vec<_>>>()?;
    let observed = snapshot::agreed(Nodes::at_final_block(&chain).await?.observe().await?)?;
    let found: StakeSnapshot = snapshot::snapshot(&observed, epoch)?;
    let count = found.stakes.len();
    let payload = found.to_payload()?;
    let signed = snapshot::sign(found, &keys)?;
    let mut beside = out.to_owned().into_os_string();
    beside.push(".signed");
    write(out, &payload)?;
    write(Path::new(&beside), signed.bytes())?;
    Ok(json!({
        "chain_id": observed.chain_id,
        "block": observed.block,
        "hash": observed.hash,
        "nodes": chain.nodes.len(),
        "validators": count,
        "atto": observed.validating.to_string(),
        "id": signed.id(),
        "parameters": observed.parameters,
    }))
}

async fn deposit(fee: &Fee, key: &Path) -> anyhow::Result<Value> {
    let (request, chain, agreed) = fee.read()?;
    let sender = Sender::connect(&chain, secp256k1(key)?).await?;
    let transaction = sender.deposit(&request, &chain, &agreed).await?;
    Ok(json!({ "request": request.id(), "fee": request.payload().fee, "transaction": transaction }))
}

async fn note(fee: &Fee, key: &Path, out: &Path) -> anyhow::Result<Value> {
    let (request, chain, agreed) = fee.read()?;
    let watcher = ed25519(key)?;
    let place = escrow::place(request.payload(), &chain, &agreed)?;
    let nodes = Nodes::at_final_block(&chain).await?;
    let waiting = escrow::agreed(nodes.waiting(escrow::key(place.account, &request.id())).await?)?;
    let note = escrow::note(&request, place, &agreed, &waiting, &watcher, now()?)?;
    write(out, note.bytes())?;
    Ok(json!({ "request": request.id(), "fee": note.payload().fee, "block": waiting.block, "hash": waiting.hash }))
}

/// What a kiosk signs with.
#[derive(Clone, Copy)]
struct Kiosk<'a> {
    certificate: &'a Path,
    key: &'a Path,
    memory: &'a Path,
}

async fn said(
    approval: &Path,
    policy: &Path,
    options: Options<'_>,
    (chain, agreed): &(Chain, Terms),
    kiosk: Kiosk<'_>,
    out: &Path,
) -> anyhow::Result<Value> {
    let file = bytes(approval)?;
    let trust = TrustPolicy::from_toml(&text(policy)?)
        .with_context(|| format!("{} is no trust policy", policy.display()))?;
    let approved = match verify(&file, &trust, options) {
        Ok(verified) => verified.into_content(),
        Err(refused) => anyhow::bail!("the approval does not hold, and nothing is signed: {refused}"),
    };
    let keys: Vec<_> = approved.validators.iter().map(vouch::stake_key).collect();
    let owners = Nodes::at_final_block(chain).await?.owners(&keys).await?;
    let claim = vouch::claim(&approved, &ApprovalBundle::unverified(&file)?, chain, agreed, &owners)?;
    let certificate = CertificateChain::decode(&bytes(kiosk.certificate)?)
        .with_context(|| format!("{} is no certificate chain", kiosk.certificate.display()))?;
    remember(kiosk.memory, &claim.0)?;
    let word = vouch::sign(&claim, chain, &certificate, &secp256k1(kiosk.key)?)?;
    write(out, &serde_json::to_vec(&word)?)?;
    Ok(json!({ "request": approved.request_id, "approval": approved.id, "kiosk": word.kiosk }))
}

/// Keeps the head durably before anything is signed.
fn remember(path: &Path, said: &Statement) -> anyhow::Result<()> {
    let what = || format!("the memory {}", path.display());
    let mut heads: vouch::Heads = match path.try_exists().with_context(what)? {
        true => serde_json::from_slice(&bytes(path)?).with_context(what)?,
        false => vouch::Heads::default(),
    };
    heads.remember(said)?;
    file::replace(path, &serde_json::to_vec(&heads)?, For::Owner).with_context(what)
}

async fn settle(words: &[PathBuf], file: &Path, key: &Path) -> anyhow::Result<Value> {
    let chain = chain(file)?;
    let words = words.iter().map(|path| {
        serde_json::from_slice::<vouch::Word>(&bytes(path)?)
            .with_context(|| format!("{} is no kiosk's word", path.display()))
    });
    let (first, call) = vouch::gathered(words.collect::<anyhow::Result<_>>()?)?;
    ensure!(
        (first.chain_id, first.settle) == (chain.chain_id, chain.settle()?),
        "the kiosks' words are for chain {} and {}",
        first.chain_id,
        first.settle
    );
    let transaction = Sender::connect(&chain, secp256k1(key)?).await?.send(first.settle, &call).await?;
    Ok(json!({ "transaction": transaction, "kiosks": call.signatures.len() }))
}

fn now() -> anyhow::Result<u64> {
    Ok(SystemTime::now().duration_since(UNIX_EPOCH).context("the clock is before 1970")?.as_secs())
}

fn chain(path: &Path) -> anyhow::Result<Chain> {
    Chain::parse(&text(path)?).with_context(|| format!("{} does not describe a chain", path.display()))
}

fn agreed(path: &Path) -> anyhow::Result<Terms> {
    terms::parse(&text(path)?).with_context(|| format!("{} holds no terms", path.display()))
}

fn ed25519(path: &Path) -> anyhow::Result<SigningKey> {
    let text = Zeroizing::new(text(path)?);
    let mut bytes = Zeroizing::new([0; 32]);
    // The error would repeat what stands in the file.
    let read = hex::decode_to_slice(text.trim(), bytes.as_mut());
    ensure!(read.is_ok(), "{} does not hold 64 hexadecimal digits", path.display());
    Ok(SigningKey::from_bytes(&bytes))
}

fn secp256k1(path: &Path) -> anyhow::Result<alloy::signers::local::PrivateKeySigner> {
    vouch::read_key(&Zeroizing::new(text(path)?)).with_context(|| format!("reading {}", path.display()))
}

fn text(path: &Path) -> anyhow::Result<String> {
    String::from_utf8(bytes(path)?).ok().with_context(|| format!("{} is no text in UTF-8", path.display()))
}

fn bytes(path: &Path) -> anyhow::Result<Vec<u8>> {
    let length = fs::metadata(path).with_context(|| format!("cannot read {}", path.display()))?.len();
    ensure!(length <= MOST, "{} has {length} bytes, {MOST} are the most", path.display());
    fs::read(path).with_context(|| format!("cannot read {}", path.display()))
}

fn write(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    fs::write(path, bytes).with_context(|| format!("cannot write {}", path.display()))
}
