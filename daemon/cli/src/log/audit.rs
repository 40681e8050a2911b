//! `wetsign log audit`: a whole log, checked against its signed head and against the head that the auditor kept.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::Args;
use serde_json::{Value, json};
use wetsign_attest::id::Id;
use wetsign_attest::log::read::{Files, ReadError, read_whole};
use wetsign_attest::log::tiles::CHECKPOINT_PATH;
use wetsign_attest::log::{Checkpoint, Continuity, LogRecord, MerkleTree};
use wetsign_attest::verify::{Status, witnessed};
use wetsign_attest::{TrustPolicy, limits};
use wetsign_program::clock;

use super::folder::Folder;
use super::policy::{PolicyArgs, read_text};
use crate::file::{self, For};
use crate::output::{Answer, Outcome, Terminal, plain};

/// `wetsign log audit`.
#[derive(Debug, Args)]
pub struct AuditArgs {
    /// The log's folder: `checkpoint` and `tile/`, as the kiosk writes it or as you mirrored it.
    pub folder: PathBuf,
    /// Whom you believe.
    #[command(flatten)]
    pub policy: PolicyArgs,
    /// The head that you keep of this log: compared with the one found, and replaced by it if all holds; made if it is
    /// not there. Without it a log that shows you another history than before is not found.
    #[arg(long, value_name = "FILE")]
    pub keep: Option<PathBuf>,
    /// Where both signed heads are written if they contradict each other: a file that is not there yet.
    #[arg(long, value_name = "FILE", requires = "keep")]
    pub evidence: Option<PathBuf>,
}

/// One thing that was checked, in words.
struct Line {
    code: &'static str,
    status: Status,
    words: String,
}

/// What the records are.
#[derive(Default)]
struct Records {
    kinds: BTreeMap<String, u64>,
    places: HashMap<Id, u64>,
    /// What a record says that it follows, where that was not seen before it: checked once all are read.
    open: Vec<(u64, Id)>,
    again: u64,
}

impl Records {
    fn take(&mut self, index: u64, record: LogRecord) {
        let unseen = record.previous.iter().filter(|before| !self.places.contains_key(before));
        self.open.extend(unseen.map(|before| (index, *before)));
        match self.places.entry(record.object) {
            Entry::Occupied(_) => self.again += 1,
            Entry::Vacant(place) => {
                place.insert(index);
            }
        }
        *self.kinds.entry(record.object_type).or_default() += 1;
    }

    fn order(&self) -> Line {
        let late =
            self.open.iter().find_map(|(index, before)| Some((index, before, self.places.get(before)?)));
        let (status, words) = match late {
            Some((index, before, place)) => (
                Status::Failed,
                format!("record {index} says that it follows {before}, which stands at {place}"),
            ),
            None => (Status::Passed, "no record follows one that stands after it".into()),
        };
        Line { code: "order", status, words }
    }
}

/// Audits.
pub fn run(args: &AuditArgs, terminal: &Terminal) -> anyhow::Result<Answer> {
    let policy = args.policy.read()?;
    let folder = Folder::new(&args.folder);
    let note = note(&folder, &args.folder)?;
    let kept = args.keep.as_deref().map(kept).transpose()?.flatten();
    let mut lines = Vec::new();
    let mut records = Records::default();
    let head = head(&note, &policy, &mut lines);
    let mut broken = false;
    if let Some(head) = &head {
        broken = look(&folder, head, kept.as_ref(), &policy, &mut records, &mut lines)?;
        let witnesses = witnessed(&note, &policy, Some(clock::now()?));
        lines.push(Line { code: "witnesses", status: witnesses.0, words: witnesses.1 });
    }
    let ok = lines.iter().all(|line| line.status != Status::Failed);
    let evidence = match (&kept, broken) {
        (Some(kept), true) => Some(evidence(kept, &note)),
        _ => None,
    };
    if let (Some(evidence), Some(path)) = (&evidence, &args.evidence) {
        file::write_new(path, evidence.as_bytes(), For::All)?;
    }
    if let (true, Some(path)) = (ok, &args.keep) {
        file::replace(path, note.as_bytes(), For::All)?;
    }
    let written = evidence.as_ref().and(args.evidence.as_deref());
    Ok(Answer {
        outcome: Outcome::of(ok),
        text: text_of(ok, head.as_ref(), &lines, &records, written, terminal),
        json: json_of(ok, head.as_ref(), &lines, &records, evidence.as_deref()),
    })
}

fn note(folder: &Folder, path: &Path) -> anyhow::Result<String> {
    let cannot = || format!("cannot read the head of the log in {}", path.display());
    let Some(bytes) = folder.read(CHECKPOINT_PATH, limits::CHECKPOINT).with_context(cannot)? else {
        bail!("{} holds no log: there is no file `checkpoint` in it", path.display());
    };
    String::from_utf8(bytes).with_context(cannot)
}

/// The head that was kept, as it was signed.
fn kept(path: &Path) -> anyhow::Result<Option<String>> {
    match std::fs::symlink_metadata(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        _ => read_text(path).map(Some),
    }
}

fn head(note: &str, policy: &TrustPolicy, lines: &mut Vec<Line>) -> Option<Checkpoint> {
    let log = &policy.log;
    let (status, words, head) = match Checkpoint::open(note, &log.origin, &log.key) {
        Ok(head) => {
            let words = format!("{}, {} records, signed by {}", head.origin, head.size, log.key.short());
            (Status::Passed, words, Some(head))
        }
        Err(error) => (Status::Failed, error.to_string(), None),
    };
    lines.push(Line { code: "checkpoint", status, words });
    head
}

/// Reads everything; answers whether the log broke its word.
fn look(
    folder: &Folder,
    head: &Checkpoint,
    kept: Option<&String>,
    policy: &TrustPolicy,
    records: &mut Records,
    lines: &mut Vec<Line>,
) -> anyhow::Result<bool> {
    let kept = match kept {
        None => None,
        Some(note) => {
            let opened = Checkpoint::open(note, &policy.log.origin, &policy.log.key);
            Some(opened.context("the head that you kept is of another log: keep one file for each log")?)
        }
    };
    let tree = match read_whole(folder, head, |index, record| records.take(index, record)) {
        Ok(tree) => tree,
        Err(error @ ReadError::Io { .. }) => return Err(error.into()),
        Err(error) => {
            lines.push(Line { code: "records", status: Status::Failed, words: error.to_string() });
            // What was signed can contradict what was kept, whatever lies in the files.
            let broken = kept.is_some_and(|kept| {
                let forked = kept.size == head.size && kept.root != head.root;
                if forked {
                    lines.push(continuity(Continuity::Forked, Some(&kept), head));
                }
                forked
            });
            return Ok(broken);
        }
    };
    let words = format!("{} records, each under the signed root; every tile says the same", tree.size());
    lines.push(Line { code: "records", status: Status::Passed, words });
    lines.push(records.order());
    Ok(follow(kept.as_ref(), head, &tree, lines))
}

fn follow(kept: Option<&Checkpoint>, head: &Checkpoint, tree: &MerkleTree, lines: &mut Vec<Line>) -> bool {
    let found = Continuity::of(kept, head, tree);
    lines.push(continuity(found, kept, head));
    !found.holds()
}

fn continuity(found: Continuity, kept: Option<&Checkpoint>, head: &Checkpoint) -> Line {
    let before = kept.map_or(0, |kept| kept.size);
    let size = head.size;
    let (status, words) = match found {
        Continuity::First => (Status::NotChecked, "you kept no head of this log to compare with".to_owned()),
        Continuity::Same => {
            (Status::Passed, format!("the head is the one that you kept, of {before} records"))
        }
        Continuity::Grown => (
            Status::Passed,
            format!("it grew from the {before} records that you kept to {size}, and changed none"),
        ),
        Continuity::Shrunk => (
            Status::Failed,
            format!(
                "it shows {size} records, and had signed {before}: it was put back, or shows you another log"
            ),
        ),
        Continuity::Forked => (
            Status::Failed,
            format!("FORKED: this log never had the head of {before} records that you kept; both are signed"),
        ),
    };
    Line { code: "continuity", status, words }
}

/// Both notes, so that anybody can see that one key signed both.
fn evidence(kept: &str, found: &str) -> String {
    format!("# the head that was kept\n{kept}\n# the head that is shown now\n{found}")
}

fn text_of(
    ok: bool,
    head: Option<&Checkpoint>,
    lines: &[Line],
    records: &Records,
    written: Option<&Path>,
    terminal: &Terminal,
) -> String {
    let first = if ok { terminal.good("the log holds") } else { terminal.bad("the log does not hold") };
    let mut text = format!("{first}\n");
    if let Some(head) = head {
        let _ = writeln!(text, "{}, {} records, root {}", plain(&head.origin), head.size, head.root);
    }
    for Line { code, status, words } in lines {
        let status = match status {
            Status::Passed => terminal.good("passed     "),
            Status::Failed => terminal.bad("FAILED     "),
            Status::NotChecked => terminal.faint("not checked"),
        };
        let _ = writeln!(text, "  {status}  {code:<12}  {}", plain(words));
    }
    for (kind, count) in &records.kinds {
        let _ = writeln!(text, "  {count:>11}  {}", plain(kind));
    }
    if records.again > 0 {
        let _ = writeln!(text, "  {:>11}  of them name an object a second time", records.again);
    }
    if let Some(path) = written {
        let _ = writeln!(text, "both signed heads are in {}", plain(&path.display().to_string()));
    }
    text
}

fn json_of(
    ok: bool,
    head: Option<&Checkpoint>,
    lines: &[Line],
    records: &Records,
    evidence: Option<&str>,
) -> Value {
    let checks: Vec<_> = lines
        .iter()
        .map(|line| json!({ "code": line.code, "status": line.status, "compared": line.words }))
        .collect();
    json!({
        "ok": ok,
        "origin": head.map(|head| &head.origin),
        "size": head.map(|head| head.size),
        "root": head.map(|head| head.root),
        "checks": checks,
        "records": records.kinds,
        "named_again": records.again,
        "evidence": evidence,
    })
}
