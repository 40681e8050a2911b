//! What an audit found, a line of JSON for each file: for programs, and for the audit itself, which goes on where it
//! was stopped.
//!
//! Lines are written when a batch is settled, and synced; a line that was cut off by a crash is dropped. Who may write
//! the file can write answers into it: it is the auditor's own, and opened only if it belongs to them alone.

use std::collections::HashSet;
use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use serde::{Deserialize, Serialize};
use wetsign_api::own_file::{self, OwnFileError};
use wetsign_attest::id::{Digest, Id};
use wetsign_attest::policy::TrustedLog;
use wetsign_attest::verify::{Report, Status, VerifierState};

const VERSION: u8 = 1;

/// What an audit was asked: another question begins another record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    pub version: u8,
    /// SHA-256 of the trust policy's file.
    pub policy: Digest,
    pub log: TrustedLog,
    /// Flags that accept what proves less.
    pub flags: Vec<String>,
    /// UTC seconds at which it has to hold.
    pub at: u64,
    /// Withdrawals that were given.
    pub withdrawals: Vec<Id>,
    /// Text classifiers at hand.
    pub classifiers: Vec<Digest>,
}

impl Asked {
    /// Version of this program's records.
    pub const VERSION: u8 = VERSION;
}

/// What kind of file it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// An approval, or what was taken for one.
    Approval,
    /// An enrolment.
    Enrolment,
}

/// A check that did not pass.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Failure {
    pub code: String,
    pub subject: String,
    pub compared: String,
}

/// The log's head that a file stands under.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Head {
    pub size: u64,
    pub root: Digest,
}

/// The answer on one file.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Row {
    pub file: String,
    pub sha256: Digest,
    pub kind: Kind,
    pub ok: bool,
    pub lapsed: bool,
    /// First line for people.
    pub summary: String,
    /// Request or enrolment record.
    pub object: Option<Id>,
    /// The approval, if it holds.
    pub approval: Option<Id>,
    /// The head that it stands under, if it holds.
    pub head: Option<Head>,
    pub failures: Vec<Failure>,
    /// Codes of what was not checked, each once.
    pub not_checked: Vec<String>,
    /// What it teaches those that follow.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub learnt: Option<VerifierState>,
}

impl Row {
    /// Of a report.
    pub fn of(file: String, sha256: Digest, kind: Kind, report: &Report) -> Self {
        let mut not_checked: Vec<String> = Vec::new();
        for check in report.checks.iter().filter(|check| check.status == Status::NotChecked) {
            if !not_checked.iter().any(|code| code == check.code) {
                not_checked.push(check.code.to_owned());
            }
        }
        let failure = |check: &wetsign_attest::verify::Check| Failure {
            code: check.code.to_owned(),
            subject: check.subject.clone(),
            compared: check.compared.clone(),
        };
        Self {
            file,
            sha256,
            kind,
            ok: report.ok,
            lapsed: report.lapsed,
            summary: report.summary.clone(),
            object: report.object,
            approval: None,
            head: None,
            failures: report.failures().map(failure).collect(),
            not_checked,
            learnt: None,
        }
    }
}

/// The record: in a file, or nowhere.
pub struct Record {
    kept: Option<(PathBuf, File)>,
    done: HashSet<Digest>,
}

impl Record {
    /// None is kept.
    pub fn nowhere() -> Self {
        Self { kept: None, done: HashSet::new() }
    }

    /// Opens one that is there, and hands each row to `each`; or begins one. `asked` says what is asked, where the time
    /// is to be that of the record if nobody gave one.
    pub fn open(
        path: &Path,
        asked: &mut Asked,
        time_given: bool,
        mut each: impl FnMut(Row),
    ) -> anyhow::Result<Self> {
        let cannot = || format!("cannot open the record {}", path.display());
        match own_file::open_kept(path) {
            Err(OwnFileError::Missing { .. }) => {
                let mut file = OpenOptions::new()
                    .write(true)
                    .create_new(true)
                    .mode(0o600)
                    .open(path)
                    .with_context(cannot)?;
                writeln!(file, "{}", serde_json::to_string(asked)?).with_context(cannot)?;
                file.sync_all().with_context(cannot)?;
                return Ok(Self { kept: Some((path.to_owned(), file)), done: HashSet::new() });
            }
            Err(error) => return Err(error).with_context(cannot),
            Ok(_) => {}
        }
        let mut file = OpenOptions::new().read(true).write(true).open(path).with_context(cannot)?;
        file.try_lock().with_context(|| format!("{} is in use by another audit", path.display()))?;
        let (mut done, mut whole, mut number) = (HashSet::new(), 0_u64, 0_u64);
        let mut reader = BufReader::new(&file);
        let mut line = Vec::new();
        loop {
            line.clear();
            let read = reader.read_until(b'\n', &mut line).with_context(cannot)?;
            if read == 0 || !line.ends_with(b"\n") {
                break;
            }
            let not = || format!("line {} of {} is no line of an audit's record", number + 1, path.display());
            if number == 0 {
                let found: Asked = serde_json::from_slice(&line).with_context(not)?;
                if !time_given {
                    asked.at = found.at;
                }
                ensure!(
                    found == *asked,
                    "{} is the record of another audit ({}): name another file by --record",
                    path.display(),
                    differences(&found, asked)
                );
            } else {
                let row: Row = serde_json::from_slice(&line).with_context(not)?;
                done.insert(row.sha256);
                each(row);
            }
            (whole, number) = (whole + read as u64, number + 1);
        }
        ensure!(number > 0, "{} is empty: remove it, or name another file", path.display());
        file.set_len(whole).and_then(|()| file.seek(SeekFrom::End(0))).with_context(cannot)?;
        Ok(Self { kept: Some((path.to_owned(), file)), done })
    }

    /// Whether there is an answer on this file already. From now on there is.
    pub fn has(&mut self, sha256: Digest) -> bool {
        !self.done.insert(sha256)
    }

    /// Adds rows, and syncs.
    pub fn add(&mut self, rows: &[Row]) -> anyhow::Result<()> {
        let Some((path, file)) = &mut self.kept else { return Ok(()) };
        let mut text = Vec::new();
        for row in rows {
            serde_json::to_writer(&mut text, row)?;
            text.push(b'\n');
        }
        file.write_all(&text)
            .and_then(|()| file.sync_data())
            .with_context(|| format!("cannot write the record {}", path.display()))
    }
}

fn differences(found: &Asked, asked: &Asked) -> String {
    let all = [
        ("program", found.version != asked.version),
        ("trust policy", found.policy != asked.policy || found.log != asked.log),
        ("flags", found.flags != asked.flags),
        ("time", found.at != asked.at),
        ("withdrawals", found.withdrawals != asked.withdrawals),
        ("text classifiers", found.classifiers != asked.classifiers),
    ];
    let names: Vec<_> = all.iter().filter(|(_, differs)| *differs).map(|(name, _)| *name).collect();
    format!("asked with another {}", names.join(", "))
}
