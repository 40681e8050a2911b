//! `wetsign keyholder`: make a key that nobody has, hand it on, fetch shares for a runner, tell of a withdrawal.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::File;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, anyhow, bail, ensure};
use clap::{Args, Subcommand};
use serde_json::json;
use tonic::Status;
use wetsign_api::keyholder::keyholder_client::KeyholderClient;
use wetsign_api::keyholder::{ReleaseRequest, SpeakRequest, StatusRequest, StatusResponse, TellRequest};
use wetsign_attest::id::{ChannelKey, Digest, Id, PublicKey};
use wetsign_attest::{Endorsed, Object as _, Signed};
use wetsign_container::keygen::{Plan, Record, Spoken};
use wetsign_container::{Committee, Head, Member};

use super::address::{Address, TlsFiles};
use crate::draft::read_bounded;
use crate::file::{self, For};
use crate::key;
use crate::output::{Answer, Outcome, plain};

/// Longest time that one keyholder has for one answer.
const PATIENCE: Duration = Duration::from_secs(20);
/// Entries of the log for which each phase waits where it is a log that they stand in.
const LOG_PATIENCE: u64 = 1000;

/// `wetsign keyholder`.
#[derive(Debug, Args)]
pub struct KeyholderArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: KeyholderCommand,
}

/// Keyholders, each by its address.
#[derive(Debug, Args)]
pub struct Keyholders {
    /// A keyholder: unix:/path/to/socket or https://host:port; may be given more than once.
    #[arg(long = "at", value_name = "ADDRESS", required = true)]
    at: Vec<String>,
}

/// Commands of `wetsign keyholder`.
#[derive(Debug, Subcommand)]
pub enum KeyholderCommand {
    /// Who these keyholders are, and in which committee.
    Status(Keyholders),
    /// Propose a key generation among these keyholders. Each operator then names its id in `plans`.
    Plan(PlanArgs),
    /// Conduct the key generation of a plan. Exit: 0 all members signed the committee, 2 not, 1 error.
    Generate(GenerateArgs),
    /// Fetch shares for an approved request, sealed to its runner. Exit: 0 enough of them, 2 too few, 1 error.
    Release(ReleaseArgs),
    /// Tell keyholders of an owner's withdrawal. Exit: 0 all of them keep it, 2 not all, 1 error.
    Tell {
        /// Who is told.
        #[command(flatten)]
        keyholders: Keyholders,
        /// A signed withdrawal, or the file that `wetsign asset withdraw` wrote.
        withdrawal: PathBuf,
    },
}

/// `wetsign keyholder plan`.
#[derive(Debug, Args)]
pub struct PlanArgs {
    /// The members.
    #[command(flatten)]
    keyholders: Keyholders,
    /// How many shares shall give a key.
    #[arg(long)]
    threshold: u32,
    /// The committee that hands its key on [default: a new key is made].
    #[arg(long, value_name = "FILE")]
    previous: Option<PathBuf>,
    /// Your key, which signs the plan.
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// Where the plan goes; never overwritten.
    #[arg(long, value_name = "FILE", default_value = "plan.cbor")]
    out: PathBuf,
}

/// `wetsign keyholder generate`.
#[derive(Debug, Args)]
pub struct GenerateArgs {
    /// The plan's members, and those of the committee that hands on.
    #[command(flatten)]
    keyholders: Keyholders,
    /// The plan.
    #[arg(long, value_name = "FILE", default_value = "plan.cbor")]
    plan: PathBuf,
    /// The committee that hands its key on.
    #[arg(long, value_name = "FILE")]
    previous: Option<PathBuf>,
    /// Where the committee goes, signed by all of its members; never overwritten.
    #[arg(long, value_name = "FILE", default_value = "committee.cbor")]
    out: PathBuf,
}

/// `wetsign keyholder release`.
#[derive(Debug, Args)]
pub struct ReleaseArgs {
    /// Who is asked.
    #[command(flatten)]
    keyholders: Keyholders,
    /// The committee.
    #[arg(long, value_name = "FILE", default_value = "committee.cbor")]
    committee: PathBuf,
    /// The approval.
    #[arg(long, value_name = "FILE")]
    approval: PathBuf,
    /// A container: one for each asset of the request, in its order.
    #[arg(long, value_name = "FILE", required = true)]
    container: Vec<PathBuf>,
    /// The runner's signed key, which the request names.
    #[arg(long, value_name = "FILE")]
    runner_key: PathBuf,
    /// A new folder for the sealed shares: ASSET-KEYHOLDER.share, both numbers from 1; and the signed releases.
    #[arg(long, value_name = "FOLDER")]
    out: PathBuf,
}

/// Runs a command of `wetsign keyholder`.
pub fn run(command: &KeyholderCommand, tls: &TlsFiles) -> anyhow::Result<Answer> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().context("no runtime")?;
    let answer = runtime.block_on(async {
        match command {
            KeyholderCommand::Status(args) => status(args, tls).await,
            KeyholderCommand::Plan(args) => plan(args, tls).await,
            KeyholderCommand::Generate(args) => generate(args, tls).await,
            KeyholderCommand::Release(args) => release(args, tls).await,
            KeyholderCommand::Tell { keyholders, withdrawal } => tell(keyholders, withdrawal, tls).await,
        }
    });
    runtime.shutdown_background();
    answer
}

/// A keyholder that answers.
struct One {
    address: String,
    client: KeyholderClient<wetsign_api::Channel>,
    status: StatusResponse,
}

impl Keyholders {
    async fn reach(&self, tls: &TlsFiles) -> anyhow::Result<Vec<One>> {
        let mut reached = Vec::new();
        for address in &self.at {
            let found = Address::new(Some(address.clone()), tls.clone())?;
            let mut client =
                found.connect().await.with_context(|| format!("keyholder {address}"))?.keyholder();
            let status = asked(address, client.status(StatusRequest {})).await?;
            reached.push(One { address: address.clone(), client, status });
        }
        Ok(reached)
    }
}

impl One {
    fn key(&self) -> anyhow::Result<PublicKey> {
        Ok(PublicKey::try_from(self.status.keyholder.as_slice())?)
    }
}

async fn asked<T>(
    address: &str,
    call: impl Future<Output = Result<tonic::Response<T>, Status>>,
) -> anyhow::Result<T> {
    match tokio::time::timeout(PATIENCE, call).await {
        Err(_) => bail!("keyholder {address} does not answer within {} s", PATIENCE.as_secs()),
        Ok(Err(status)) => Err(anyhow!("keyholder {address}: {}", plain(status.message()))),
        Ok(Ok(answer)) => Ok(answer.into_inner()),
    }
}

async fn status(args: &Keyholders, tls: &TlsFiles) -> anyhow::Result<Answer> {
    let (mut text, mut rows) = (String::new(), Vec::new());
    for one in args.reach(tls).await? {
        let key = one.key()?;
        let StatusResponse { committee, number, log_size, demonstration, .. } = &one.status;
        let committee = Id::try_from(committee.as_slice()).ok();
        let words = committee.map_or("in no committee".into(), |id| format!("in committee {number}, {id}"));
        let warning = if *demonstration { ", takes simulated parts" } else { "" };
        let address = plain(&one.address);
        let _ = writeln!(text, "{address}  {key}  {words}, {log_size} log entries{warning}");
        rows.push(json!({
            "address": one.address, "keyholder": key, "committee": committee, "number": number,
            "log_size": log_size, "demonstration": demonstration,
        }));
    }
    Ok(Answer { outcome: Outcome::Yes, text, json: json!({ "ok": true, "keyholders": rows }) })
}

async fn plan(args: &PlanArgs, tls: &TlsFiles) -> anyhow::Result<Answer> {
    file::free(&args.out)?;
    let key = key::read(&args.key)?;
    let previous = args.previous.as_deref().map(committee).transpose()?;
    let mut members = Vec::new();
    for one in args.keyholders.reach(tls).await? {
        let seal = ChannelKey::try_from(one.status.seal.as_slice())?;
        members.push(Member { keyholder: one.key()?, seal });
    }
    members.sort_by_key(|member| member.keyholder);
    let mut nonce = Digest::ZERO;
    getrandom::fill(&mut nonce.0).context("the operating system gives no random bytes")?;
    let plan = Plan {
        number: previous.as_ref().map_or(1, |previous| previous.payload().number + 1),
        threshold: args.threshold,
        members,
        previous: previous.as_ref().map(Endorsed::id),
        patience: LOG_PATIENCE,
        nonce,
        proposed_by: PublicKey::from(&key),
    };
    let plan = Signed::sign(plan, &key)?;
    file::write_new(&args.out, plan.bytes(), For::All)?;
    let text = format!(
        "{}\n{}: signed. Each keyholder's operator looks at it, names its id in `plans`, and starts the keyholder again\n",
        plan.id(),
        args.out.display()
    );
    Ok(Answer {
        outcome: Outcome::Yes,
        text,
        json: json!({ "ok": true, "plan": plan.id(), "file": args.out }),
    })
}

async fn generate(args: &GenerateArgs, tls: &TlsFiles) -> anyhow::Result<Answer> {
    file::free(&args.out)?;
    let bytes = read_bounded(&args.plan)?;
    let plan =
        Signed::<Plan>::decode(&bytes).with_context(|| format!("{} is refused", args.plan.display()))?;
    let previous = args.previous.as_deref().map(committee).transpose()?;
    let mut record = Record::new(&plan, 0, previous.as_ref().map(|one| one.payload().clone()))?;
    let previous = previous.map_or_else(Vec::new, |one| one.bytes().to_vec());
    let mut keyholders = args.keyholders.reach(tls).await?;
    let (mut entries, mut index) = (Vec::new(), record.began());
    let mut signed: BTreeMap<PublicKey, Endorsed<Committee>> = BTreeMap::new();
    let mut silent = Vec::new();
    while signed.len() < plan.payload().members.len() {
        let mut heard = false;
        silent.clear();
        for one in &mut keyholders {
            let request =
                SpeakRequest { plan: bytes.clone(), previous: previous.clone(), entries: entries.clone() };
            let answer = match asked(&one.address, one.client.speak(request)).await {
                Ok(answer) => answer,
                Err(why) => {
                    silent.push(format!("{why:#}"));
                    continue;
                }
            };
            if !answer.said.is_empty() {
                record.hear(index, &Spoken::decode(&answer.said)?)?;
                index += 1;
                entries.push(answer.said);
                heard = true;
            }
            if !answer.committee.is_empty() {
                let committee = Endorsed::<Committee>::decode(&answer.committee)?;
                heard |= signed.insert(one.key()?, committee).is_none();
            }
        }
        if heard {
            continue;
        }
        if let Some(outcome) = record.committee() {
            let made = outcome.context("nothing came of it")?;
            let (found, asked) = (signed.len(), made.members.len());
            let text = format!("{found} of {asked} members signed; {}\n", plain(&silent.join("; ")));
            return Ok(Answer { outcome: Outcome::No, text, json: json!({ "ok": false, "silent": silent }) });
        }
        // Who was silent is left out, and named.
        record.close();
        index = record.began();
        entries.push(Vec::new());
    }
    let parts: Vec<_> = signed.into_values().collect();
    let committee = Endorsed::join(&parts)
        .context("the keyholders came to different committees: somebody told them different things")?;
    file::write_new(&args.out, committee.bytes(), For::All)?;
    let Committee { number, threshold, members, key, .. } = committee.payload();
    let mut text = format!(
        "committee {number}: {threshold} of {} keyholders, all of them signed; key {}\n{}\n",
        members.len(),
        key.shown(),
        args.out.display()
    );
    let faults = record.faults();
    for fault in &faults {
        let _ = writeln!(text, "left out: {} ({})", fault.dealer, fault.why);
    }
    let faults: Vec<_> = faults.iter().map(|one| json!({ "dealer": one.dealer, "why": one.why })).collect();
    let json = json!({ "ok": true, "committee": committee.id(), "key": key.shown(), "faults": faults });
    Ok(Answer { outcome: Outcome::Yes, text, json })
}

async fn release(args: &ReleaseArgs, tls: &TlsFiles) -> anyhow::Result<Answer> {
    file::free(&args.out)?;
    let committee = committee(&args.committee)?;
    let approval = read_bounded(&args.approval)?;
    let runner_key = read_bounded(&args.runner_key)?;
    let heads = args.container.iter().map(|path| {
        let mut file = File::open(path).with_context(|| format!("cannot read {}", path.display()))?;
        let head = Head::read(&mut file).with_context(|| format!("{} is refused", path.display()))?;
        anyhow::Ok(head.to_bytes()?)
    });
    let heads = heads.collect::<anyhow::Result<Vec<_>>>()?;
    let (mut given, mut refused) = (Vec::new(), Vec::new());
    for mut one in args.keyholders.reach(tls).await? {
        let key = one.key()?;
        let Some(number) = committee.payload().index_of(&key) else {
            refused.push(format!("keyholder {} is no member of the committee", one.address));
            continue;
        };
        let (approval, runner_key) = (approval.clone(), runner_key.clone());
        let request = ReleaseRequest { approval, heads: heads.clone(), runner_key };
        match asked(&one.address, one.client.release(request)).await {
            Ok(answer) => given.push((number, answer)),
            Err(why) => refused.push(format!("{why:#}")),
        }
    }
    let (found, threshold) = (given.len(), committee.payload().threshold as usize);
    if !given.is_empty() {
        std::fs::create_dir(&args.out).with_context(|| format!("cannot make {}", args.out.display()))?;
    }
    for (number, answer) in given {
        ensure!(
            answer.shares.len() == heads.len(),
            "keyholder {number} gave shares of another number of containers"
        );
        for (asset, (share, release)) in (1..).zip(answer.shares.iter().zip(&answer.releases)) {
            let place = args.out.join(format!("{asset}-{number}.share"));
            file::write_new(&place, share, For::All)?;
            file::write_new(&place.with_extension("release"), release, For::All)?;
        }
    }
    let mut text = format!("{found} shares, {threshold} open\n");
    for why in &refused {
        let _ = writeln!(text, "refused: {}", plain(why));
    }
    let json =
        json!({ "ok": found >= threshold, "shares": found, "threshold": threshold, "refused": refused });
    Ok(Answer { outcome: Outcome::of(found >= threshold), text, json })
}

async fn tell(args: &Keyholders, withdrawal: &std::path::Path, tls: &TlsFiles) -> anyhow::Result<Answer> {
    let bytes = read_bounded(withdrawal)?;
    let mut refused = Vec::new();
    for mut one in args.reach(tls).await? {
        let told = one.client.tell(TellRequest { withdrawal: bytes.clone() });
        if let Err(why) = asked(&one.address, told).await {
            refused.push(format!("{why:#}"));
        }
    }
    let mut text = String::new();
    for why in &refused {
        let _ = writeln!(text, "refused: {}", plain(why));
    }
    let text = if text.is_empty() { "told\n".to_owned() } else { text };
    let json = json!({ "ok": refused.is_empty(), "refused": refused });
    Ok(Answer { outcome: Outcome::of(refused.is_empty()), text, json })
}

/// A committee that all of its members signed.
fn committee(path: &std::path::Path) -> anyhow::Result<Endorsed<Committee>> {
    let committee = Endorsed::<Committee>::decode(&read_bounded(path)?)
        .with_context(|| format!("{} is no signed committee", path.display()))?;
    committee.payload().check()?;
    Ok(committee)
}
