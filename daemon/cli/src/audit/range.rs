//! A range of a log: which approvals stand in it, so that one that nobody handed over is missed.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::Args;
use serde_json::{Value, json};
use wetsign_attest::id::Id;
use wetsign_attest::limits;
use wetsign_attest::log::read::{Files as _, read_whole};
use wetsign_attest::log::tiles::CHECKPOINT_PATH;
use wetsign_attest::log::{Checkpoint, MerkleTree};
use wetsign_attest::object::{ApprovalBody, Object as _};
use wetsign_attest::policy::TrustedLog;

use super::record::Head;
use crate::log::Folder;
use crate::output::Terminal;

/// Places that people are shown.
const SHOWN: usize = 20;

/// Which part of which log.
#[derive(Debug, Args)]
pub struct RangeArgs {
    /// The log's folder (`checkpoint` and `tile/`): every approval in it has to be among the files, and each file under
    /// a head that this log had.
    #[arg(long, value_name = "FOLDER")]
    pub log: Option<PathBuf>,
    /// First record of the range.
    #[arg(long, value_name = "NUMBER", requires = "log", default_value_t = 0)]
    pub from: u64,
    /// The record after the last one [default: the log's end].
    #[arg(long, value_name = "NUMBER", requires = "log")]
    pub to: Option<u64>,
}

/// A log that holds, and what of it is asked for.
pub struct Range {
    tree: MerkleTree,
    from: u64,
    to: u64,
    /// Approvals in the range, by their ids, with their places.
    logged: BTreeMap<Id, u64>,
    /// Heads that files stand under.
    heads: BTreeSet<Head>,
}

impl Range {
    /// Reads the log whole and compares it with its signed head.
    pub fn read(args: &RangeArgs, log: &TrustedLog) -> anyhow::Result<Option<Self>> {
        let Some(path) = &args.log else { return Ok(None) };
        let folder = Folder::new(path);
        let head = head(&folder, path, log)?;
        let to = args.to.unwrap_or(head.size);
        if to > head.size || args.from > to {
            bail!("the range {} to {to} is not in a log of {} records", args.from, head.size);
        }
        let mut logged = BTreeMap::new();
        let tree = read_whole(&folder, &head, |index, record| {
            if (args.from..to).contains(&index) && record.object_type == ApprovalBody::TYPE {
                logged.insert(record.object, index);
            }
        });
        let tree = tree.with_context(|| {
            format!("the log in {} does not hold (see `wetsign log audit`)", path.display())
        })?;
        Ok(Some(Self { tree, from: args.from, to, logged, heads: BTreeSet::new() }))
    }

    /// A file that holds, with the head that it stands under.
    pub fn take(&mut self, approval: &Id, head: Option<Head>) {
        self.logged.remove(approval);
        self.heads.extend(head);
    }

    /// Heads that this log never had.
    fn foreign(&self) -> Vec<Head> {
        let of_tree = |head: &&Head| self.tree.root_at(head.size) != Some(head.root);
        self.heads.iter().filter(of_tree).copied().collect()
    }

    /// Whether nothing is missing, and nothing of another log.
    pub fn holds(&self) -> bool {
        self.logged.is_empty() && self.foreign().is_empty()
    }

    /// For programs.
    pub fn json(&self) -> Value {
        let missing: Vec<_> = self
            .logged
            .iter()
            .map(|(approval, index)| json!({ "approval": approval, "index": index }))
            .collect();
        json!({ "from": self.from, "to": self.to, "missing": missing, "foreign_heads": self.foreign() })
    }

    /// For people.
    pub fn text(&self, terminal: &Terminal) -> String {
        let mut text =
            format!("\n{}\n", terminal.bold(&format!("the log's records {} to {}", self.from, self.to)));
        if self.holds() {
            let good = terminal.good("whole");
            let _ =
                writeln!(text, "  {good}  a file for every approval, each under a head that this log had");
        }
        let bad = terminal.bad("MISSING");
        for (approval, index) in self.logged.iter().take(SHOWN) {
            let _ = writeln!(text, "  {bad}  approval {approval} at {index}: no file that holds");
        }
        if self.logged.len() > SHOWN {
            let _ = writeln!(text, "  and {} more", self.logged.len() - SHOWN);
        }
        let bad = terminal.bad("FORKED ");
        for head in self.foreign().iter().take(SHOWN) {
            let _ = writeln!(text, "  {bad}  this log never had a file's head of {} records", head.size);
        }
        text
    }
}

fn head(folder: &Folder, path: &Path, log: &TrustedLog) -> anyhow::Result<Checkpoint> {
    let cannot = || format!("cannot read the head of the log in {}", path.display());
    let Some(bytes) = folder.read(CHECKPOINT_PATH, limits::CHECKPOINT).with_context(cannot)? else {
        bail!("{} holds no log: there is no file `checkpoint` in it", path.display());
    };
    let note = String::from_utf8(bytes).with_context(cannot)?;
    Checkpoint::open(&note, &log.origin, &log.key).with_context(cannot)
}
