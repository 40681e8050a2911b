//! `wetsign audit`: many approvals and enrolments at once, each with the answer that `wetsign verify` gives.
//!
//! - `audit/source.rs`: files, folders, streams. `audit/range.rs`: what a log says should be there.
//! - `audit/report.rs`: a page for people instead, of `approved.rs` and `html.rs`.
//! - `audit/record.rs`: a line for each file, by which a stopped audit goes on. `audit/tally.rs`: the summary.
//!
//! Files are read in batches. Threads look at each file of a batch; the proofs of all of them are one product of
//! pairings; what that refuses is halved until the forged one is found, and checked again alone for its words.

mod approved;
mod html;
mod range;
mod record;
mod report;
mod source;
mod tally;

use std::io::IsTerminal as _;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context, anyhow};
use clap::{Args, Subcommand};
use rayon::prelude::*;
use serde_json::json;
use wetsign_attest::id::Digest;
use wetsign_attest::log::Checkpoint;
use wetsign_attest::object::{Object, type_of};
use wetsign_attest::policy::TrustedLog;
use wetsign_attest::rules::content::cached_scorer;
use wetsign_attest::verify::{
    Answer as Answered, Auditor, Looked, Options, Report, TextScorer as _, VerifierState, report_of,
    verify_enrolment,
};
use wetsign_attest::{ApprovalBundle, EnrolmentBundle, TrustPolicy};

use crate::memory::Memory;
use crate::output::{Answer, Outcome, Terminal};
use crate::trust::{Homes, TrustArgs};
use range::{Range, RangeArgs};
use record::{Asked, Head, Kind, Record, Row};
use report::ReportArgs;
use source::{Given, Source};
use tally::Tally;

/// How the checks are made, for whoever reads the summary.
const HOW: &str = "\
Groth16 proofs of a batch were checked together, with random weights of 128 bits; each refused file was checked again \
alone. Ed25519 signatures were checked one by one: a batch of them can take what the single check refuses.";
/// How often a terminal is told how far it is.
const TELL: Duration = Duration::from_millis(500);

/// `wetsign audit`.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub struct AuditArgs {
    /// In place of the audit of many.
    #[command(subcommand)]
    pub command: Option<AuditCommand>,
    /// What to audit.
    #[command(flatten)]
    pub many: ManyArgs,
}

/// Commands of `wetsign audit`.
#[derive(Debug, Subcommand)]
pub enum AuditCommand {
    /// One page for people, without scripts, that prints: who asked, which rules, who approved, what was measured, how
    /// each thing was checked, and what was not. Exit: 0 all hold, 2 not all, 1 error.
    Report(ReportArgs),
}

/// What to audit, and how.
#[derive(Debug, Args)]
pub struct ManyArgs {
    /// Approvals and enrolments (*.cbor), folders of them, streams of one behind the other (*.cborseq, or `-`).
    #[arg(required = true, value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Whom you believe.
    #[command(flatten)]
    pub trust: TrustArgs,
    /// What should be there.
    #[command(flatten)]
    pub range: RangeArgs,
    /// Write the answer on each file there, a line of JSON each. Named again, the audit goes on where it was stopped.
    #[arg(long, value_name = "FILE")]
    pub record: Option<PathBuf>,
    /// Threads [default: one for each processor].
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub threads: Option<u16>,
    /// Files that are checked together.
    #[arg(long, value_name = "NUMBER", default_value_t = 512, value_parser = clap::value_parser!(u16).range(1..=8192))]
    pub batch: u16,
}

/// What was remembered before, in the auditor's file or nowhere.
enum Remembered {
    Kept(Memory),
    Now(VerifierState),
}

impl Remembered {
    fn state(&mut self) -> &mut VerifierState {
        match self {
            Self::Kept(memory) => memory.remembered(),
            Self::Now(state) => state,
        }
    }
}

/// Audits, or reports.
pub fn run(args: &AuditArgs, homes: Homes, terminal: &Terminal) -> anyhow::Result<Answer> {
    match &args.command {
        Some(AuditCommand::Report(args)) => report::run(args, homes, terminal),
        None => many(&args.many, homes, terminal),
    }
}

fn many(args: &ManyArgs, homes: Homes, terminal: &Terminal) -> anyhow::Result<Answer> {
    let trusted = args.trust.read(homes)?;
    let policy = &trusted.policy;
    let (scorer, unscored) = cached_scorer();
    let mut source = Source::new(&args.paths)?;
    let mut range = Range::read(&args.range, &policy.log)?;
    let mut remembered = match &args.trust.memory {
        Some(path) => Remembered::Kept(Memory::open(path, &policy.log)?),
        None => Remembered::Now(VerifierState::default()),
    };
    let mut asked = Asked {
        version: Asked::VERSION,
        policy: trusted.digest,
        log: policy.log.clone(),
        flags: trusted.flags.iter().map(|flag| (*flag).to_owned()).collect(),
        at: args.trust.time()?,
        withdrawals: trusted.withdrawals.iter().map(|given| given.signed().id()).collect(),
        classifiers: scorer.classifiers(),
    };
    let mut tally = Tally::default();
    let mut record = match &args.record {
        None => Record::nowhere(),
        Some(path) => Record::open(path, &mut asked, args.trust.at.is_some(), |row| {
            counted(&row, &mut tally, range.as_mut());
            tally.earlier += 1;
            if let Some(learnt) = row.learnt {
                remembered.state().learn(learnt);
            }
        })?,
    };
    let threads = match args.threads {
        Some(threads) => threads.into(),
        None => std::thread::available_parallelism().map_or(1, usize::from),
    };
    let pool =
        rayon::ThreadPoolBuilder::new().num_threads(threads).build().context("cannot start threads")?;
    let options = args.trust.options(&trusted, asked.at, &scorer);
    let auditor = Auditor::new(policy, options);

    let begun = Instant::now();
    let mut progress = Progress::new(source.files());
    let mut seen = 0;
    loop {
        let mut batch: Vec<(Digest, Given)> = Vec::new();
        while batch.len() < usize::from(args.batch) {
            let Some(given) = source.next().transpose()? else { break };
            seen += 1;
            let sha256 = Digest::of(&given.bytes);
            if record.has(sha256) {
                tally.again += 1;
            } else {
                batch.push((sha256, given));
            }
        }
        if batch.is_empty() {
            break;
        }
        let rows = pool.install(|| check(&auditor, &batch, policy, options, remembered.state()))?;
        record.add(&rows)?;
        for row in &rows {
            counted(row, &mut tally, range.as_mut());
        }
        progress.tell(seen, &tally, begun.elapsed());
    }
    progress.done();
    // The record's answers are no files that came a second time.
    tally.again -= tally.again.min(tally.earlier);
    if let Remembered::Kept(memory) = &remembered {
        memory.keep()?;
    }
    let took = begun.elapsed();
    let ok = tally.holds() && range.as_ref().is_none_or(Range::holds);
    let first =
        trusted.first_line(&format!("{} of {} files hold", tally.approved + tally.enrolled, tally.files()));
    let mut text = if ok { terminal.good(&first) } else { terminal.bad(&first) };
    text.push('\n');
    text += &tally.table(took, threads, terminal);
    text += &range.as_ref().map_or(String::new(), |range| range.text(terminal));
    text.extend(["\n", HOW, "\n"]);
    let mut json = json!({
        "ok": ok,
        "summary": first,
        "flags": trusted.flags,
        "policy": trusted.path,
        "at": asked.at,
        "seconds": took.as_secs_f64(),
        "threads": threads,
        "batch": args.batch,
        "how": HOW,
        "classifier_missing": unscored,
        "record": args.record,
        "range": range.as_ref().map(Range::json),
    });
    if let (Some(all), serde_json::Value::Object(more)) = (json.as_object_mut(), tally.json()) {
        all.extend(more);
    }
    Ok(Answer { outcome: Outcome::of(ok), text, json })
}

fn counted(row: &Row, tally: &mut Tally, range: Option<&mut Range>) {
    tally.take(row);
    if let (Some(range), Some(approval)) = (range, &row.approval) {
        range.take(approval, row.head);
    }
}

/// A file that was looked at.
enum Look {
    Approval(Box<Looked>),
    Enrolment(Report),
}

/// The answer on a file.
enum Found {
    Approval(Box<Answered>),
    Enrolment(Report),
}

/// Checks a batch, in the order of its files.
fn check(
    auditor: &Auditor<'_>,
    batch: &[(Digest, Given)],
    policy: &TrustPolicy,
    options: Options<'_>,
    memory: &mut VerifierState,
) -> anyhow::Result<Vec<Row>> {
    let looked = |memory: &VerifierState, bytes: &[u8]| {
        if type_of(bytes) == Ok(EnrolmentBundle::TYPE) {
            let options = Options { state: Some(memory), ..options };
            return Look::Enrolment(report_of(&verify_enrolment(bytes, policy, options)).clone());
        }
        Look::Approval(Box::new(auditor.look(bytes, memory)))
    };
    let looks: Vec<Look> = batch.par_iter().map(|(_, given)| looked(memory, &given.bytes)).collect();
    let mut approvals = Vec::new();
    let mut reports = Vec::new();
    for ((_, given), look) in batch.iter().zip(looks) {
        reports.push(match look {
            Look::Approval(looked) => {
                approvals.push((given.bytes.as_slice(), *looked));
                None
            }
            Look::Enrolment(report) => Some(report),
        });
    }
    let mut answers = auditor.settle(approvals, memory)?.into_iter();
    let answered: Vec<_> = reports
        .into_iter()
        .map(|report| match report {
            Some(report) => Some(Found::Enrolment(report)),
            None => answers.next().map(|answer| Found::Approval(Box::new(answer))),
        })
        .collect();
    let rows = batch.par_iter().zip(answered).map(|((sha256, given), found)| match found {
        Some(Found::Enrolment(report)) => Ok(Row::of(given.name.clone(), *sha256, Kind::Enrolment, &report)),
        Some(Found::Approval(answer)) => Ok(row(given, *sha256, *answer, &policy.log)),
        None => Err(anyhow!("{} got no answer", given.name)),
    });
    rows.collect()
}

fn row(given: &Given, sha256: Digest, answer: Answered, log: &TrustedLog) -> Row {
    let mut row = Row::of(given.name.clone(), sha256, Kind::Approval, report_of(&answer.outcome));
    if let Ok(approval) = &answer.outcome {
        row.approval = Some(approval.content().id);
        row.head = ApprovalBundle::unverified(&given.bytes)
            .ok()
            .and_then(|bundle| Checkpoint::open(&bundle.checkpoint, &log.origin, &log.key).ok())
            .map(|head| Head { size: head.size, root: head.root });
    }
    row.learnt = (answer.learnt != VerifierState::default()).then_some(answer.learnt);
    row
}

/// How far it is, for a person at a terminal.
struct Progress {
    all: Option<usize>,
    told: Option<Instant>,
    wanted: bool,
}

impl Progress {
    fn new(all: Option<usize>) -> Self {
        Self { all, told: None, wanted: std::io::stderr().is_terminal() }
    }

    fn tell(&mut self, seen: usize, tally: &Tally, took: Duration) {
        if !self.wanted || self.told.is_some_and(|told| told.elapsed() < TELL) {
            return;
        }
        self.told = Some(Instant::now());
        let of = self.all.map_or(String::new(), |all| format!(" of {all}"));
        let rate = (tally.files() - tally.earlier) as f64 / took.as_secs_f64().max(1e-9);
        let bad = tally.refused + tally.lapsed;
        wetsign_program::again(&format!("{seen}{of} files, {bad} do not hold, {rate:.0} a second"));
    }

    fn done(&self) {
        if self.told.is_some() {
            wetsign_program::note("");
        }
    }
}
