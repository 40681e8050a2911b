//! `wetsign log receipt`, and the check of one: a record's place as a COSE receipt (RFC 9942).

use std::path::PathBuf;

use anyhow::{Context, bail, ensure};
use clap::Args;
use serde_json::json;
use wetsign_attest::log::read::{Files as _, TiledLog};
use wetsign_attest::log::receipt::RECEIPT;
use wetsign_attest::log::tiles::{CHECKPOINT_PATH, RECEIPT_PATH};
use wetsign_attest::log::{Checkpoint, KeyKind, LogRecord, Receipt, VerifierKey};
use wetsign_attest::policy::TrustedLog;
use wetsign_attest::{Object as _, limits};

use super::folder::Folder;
use super::policy::PolicyArgs;
use super::proof::CheckArgs;
use crate::draft::read_bounded;
use crate::file::{self, For};
use crate::output::{Answer, Outcome, Terminal, plain};

/// `wetsign log receipt`.
#[derive(Debug, Args)]
pub struct ReceiptArgs {
    /// The log's folder.
    pub folder: PathBuf,
    /// Which record.
    #[arg(long, value_name = "NUMBER")]
    pub index: u64,
    /// Whom you believe: the receipt is checked before it is written.
    #[command(flatten)]
    pub policy: PolicyArgs,
    /// Where the receipt goes: a new file.
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
    /// Where the record goes that it is for: a new file.
    #[arg(long, value_name = "FILE")]
    pub record: PathBuf,
}

fn key(log: &TrustedLog) -> anyhow::Result<VerifierKey> {
    Ok(VerifierKey::new(&log.origin, KeyKind::Note, log.key)?)
}

/// Makes a receipt from the head that the hub signed for receipts, and from the tiles.
pub fn make(args: &ReceiptArgs) -> anyhow::Result<Answer> {
    let log = args.policy.read()?.log;
    let folder = Folder::new(&args.folder);
    let read = |name: &str, most| {
        let bytes = folder.read(name, most)?;
        bytes.with_context(|| format!("{} holds no file `{name}`", args.folder.display()))
    };
    let note =
        String::from_utf8(read(CHECKPOINT_PATH, limits::CHECKPOINT)?).context("the head is no text")?;
    let head = read(RECEIPT_PATH, RECEIPT)?;
    let size = Checkpoint::open(&note, &log.origin, &log.key)?.size;
    ensure!(
        args.index < size,
        "the log has {size} records, the first is 0: there is no record {}",
        args.index
    );
    let tiled = TiledLog::new(&folder, size);
    let Some(hashes) = tiled.inclusion(args.index)? else { bail!("there is no record {}", args.index) };
    let record = tiled.entry(args.index)?;
    let receipt = Receipt::complete(&head, size, args.index, hashes)?;
    ensure!(
        receipt.proves(&record, &key(&log)?),
        "the files do not belong together: a newer head came in between (try again), or one of them was changed"
    );
    file::write_new(&args.out, &receipt.to_bytes(), For::All)?;
    file::write_new(&args.record, &record, For::All)?;
    let text = format!("receipt for record {}: {}\n", args.index, plain(&args.out.display().to_string()));
    Ok(Answer { outcome: Outcome::Yes, text, json: json!({ "ok": true, "index": args.index, "size": size }) })
}

/// Checks a receipt for a record.
pub fn check(args: &CheckArgs, terminal: &Terminal) -> anyhow::Result<Answer> {
    let policy = args.policy.read()?;
    let receipt = Receipt::decode(&read_bounded(&args.file)?)
        .with_context(|| format!("{} is refused", args.file.display()))?;
    let path = args.record.as_deref().context("which record? name it by --record")?;
    let bytes = read_bounded(path)?;
    let record =
        LogRecord::from_payload(&bytes).with_context(|| format!("{} is no record", path.display()))?;
    let asks = policy.witnesses.as_ref().is_some_and(|witnesses| !witnesses.asks_nothing());
    let (ok, words) = match (receipt.proves(&bytes, &key(&policy.log)?), asks) {
        (false, _) => (false, "the log of the policy did not sign that".to_owned()),
        (true, true) => (
            false,
            "the policy asks for witnesses, and a receipt carries none: use `wetsign log proof`".to_owned(),
        ),
        (true, false) => (true, format!("record {} in {}", receipt.index, policy.log.origin)),
    };
    let first = if ok { terminal.good("in the log") } else { terminal.bad("not proved") };
    let named = format!("{} {}", record.object_type, record.object);
    let text = format!("{first}\n{}\n{}\n", plain(&named), plain(&words));
    let json = json!({
        "ok": ok,
        "index": receipt.index,
        "object": record.object,
        "type": record.object_type,
        "compared": [words],
    });
    Ok(Answer { outcome: Outcome::of(ok), text, json })
}
