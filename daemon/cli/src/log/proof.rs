//! `wetsign log proof` and `wetsign log check`: one record of a log, proved by a text file (C2SP tlog-proof).

use std::path::{Path, PathBuf};

use anyhow::{Context, bail, ensure};
use clap::Args;
use serde_json::json;
use wetsign_attest::id::{Blob, Id};
use wetsign_attest::log::note::Note;
use wetsign_attest::log::read::{Files as _, TiledLog};
use wetsign_attest::log::tiles::CHECKPOINT_PATH;
use wetsign_attest::log::{Checkpoint, LogRecord, TlogProof};
use wetsign_attest::object::ApprovalBody;
use wetsign_attest::verify::{Status, witnessed};
use wetsign_attest::{ApprovalBundle, Object, Signed, limits};
use wetsign_program::clock;

use super::folder::Folder;
use super::policy::{PolicyArgs, read_text};
use crate::draft::read_bounded;
use crate::file::{self, For};
use crate::output::{Answer, Outcome, Terminal, plain};

/// `wetsign log proof`.
#[derive(Debug, Args)]
pub struct ProofArgs {
    /// A log's folder, or an approval (`approval.cbor`).
    pub source: PathBuf,
    /// Which record of the folder.
    #[arg(long, value_name = "NUMBER")]
    pub index: Option<u64>,
    /// Which object of the approval [default: the approval itself].
    #[arg(long, value_name = "ID", conflicts_with = "index")]
    pub object: Option<Id>,
    /// Write it there, in place of printing it.
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
}

/// `wetsign log check`.
#[derive(Debug, Args)]
pub struct CheckArgs {
    /// The proof (`.tlog-proof`, whose `extra` line holds the record), or a COSE receipt.
    pub file: PathBuf,
    /// The record that a COSE receipt is for.
    #[arg(long, value_name = "FILE")]
    pub record: Option<PathBuf>,
    /// Whom you believe.
    #[command(flatten)]
    pub policy: PolicyArgs,
}

/// Makes a proof. It is not checked: who needs it checks it.
pub fn make(args: &ProofArgs) -> anyhow::Result<Answer> {
    let proof = if args.source.is_dir() {
        ensure!(args.object.is_none(), "a folder's records are asked for by --index");
        from_folder(&args.source, args.index.context("which record? name it by --index")?)?
    } else {
        ensure!(args.index.is_none(), "an approval's objects are asked for by --object");
        from_approval(&args.source, args.object)?
    };
    let text = proof.to_string();
    let json = json!({ "ok": true, "index": proof.index, "proof": text });
    let text = match &args.out {
        Some(path) => {
            file::write_new(path, text.as_bytes(), For::All)?;
            format!("record {}: {}\n", proof.index, plain(&path.display().to_string()))
        }
        None => text,
    };
    Ok(Answer { outcome: Outcome::Yes, text, json })
}

fn from_folder(path: &Path, index: u64) -> anyhow::Result<TlogProof> {
    let folder = Folder::new(path);
    let Some(bytes) = folder.read(CHECKPOINT_PATH, limits::CHECKPOINT)? else {
        bail!("{} holds no log: there is no file `checkpoint` in it", path.display());
    };
    let checkpoint = String::from_utf8(bytes).context("the log's head is no text")?;
    let size = Checkpoint::parse(Note::parse(&checkpoint)?.text)?.size;
    ensure!(index < size, "the log has {size} records, the first is 0: there is no record {index}");
    let log = TiledLog::new(&folder, size);
    let Some(hashes) = log.inclusion(index)? else { bail!("there is no record {index}") };
    Ok(TlogProof { extra: Some(Blob(log.entry(index)?)), index, hashes, checkpoint })
}

fn from_approval(path: &Path, object: Option<Id>) -> anyhow::Result<TlogProof> {
    let refused = || format!("{} is no approval", path.display());
    let bundle = ApprovalBundle::unverified(&read_bounded(path)?).with_context(refused)?;
    let object = match object {
        Some(object) => object,
        None => Signed::<ApprovalBody>::decode(&bundle.body.0).with_context(refused)?.id(),
    };
    let names =
        |record: &Blob| LogRecord::from_payload(&record.0).is_ok_and(|record| record.object == object);
    let Some(entry) = bundle.log.into_iter().find(|entry| names(&entry.record)) else {
        bail!("{} shows no place of {object} in the log", path.display());
    };
    let (index, hashes) = (entry.index, entry.proof);
    Ok(TlogProof { extra: Some(entry.record), index, hashes, checkpoint: bundle.checkpoint })
}

/// Checks a proof.
pub fn check(args: &CheckArgs, terminal: &Terminal) -> anyhow::Result<Answer> {
    let policy = args.policy.read()?;
    let proof = TlogProof::parse(&read_text(&args.file)?)
        .with_context(|| format!("{} is refused", args.file.display()))?;
    let record = proof.extra.as_ref().context("the proof holds no record: its `extra` line is missing")?;
    let record = LogRecord::from_payload(&record.0).context("the proof's `extra` line holds no record")?;
    let (log, bytes) = (&policy.log, &record.to_payload()?);
    let (mut ok, mut words) = match Checkpoint::open(&proof.checkpoint, &log.origin, &log.key) {
        Err(error) => (false, vec![error.to_string()]),
        Ok(head) if proof.proves(bytes, &head) => {
            let said = format!("record {} of {} in {}", proof.index, head.size, head.origin);
            (true, vec![said])
        }
        Ok(head) => {
            (false, vec![format!("record {} is not under the signed head of {}", proof.index, head.size)])
        }
    };
    let (status, said) = witnessed(&proof.checkpoint, &policy, Some(clock::now()?));
    ok &= status != Status::Failed;
    words.push(said);
    let first = if ok { terminal.good("in the log") } else { terminal.bad("not proved") };
    let named = format!("{} {}", record.object_type, record.object);
    let said: String = words.iter().map(|line| plain(line) + "\n").collect();
    let text = format!("{first}\n{}\n{said}", plain(&named));
    let json = json!({
        "ok": ok,
        "index": proof.index,
        "object": record.object,
        "type": record.object_type,
        "witnesses": status,
        "compared": words,
    });
    Ok(Answer { outcome: Outcome::of(ok), text, json })
}
