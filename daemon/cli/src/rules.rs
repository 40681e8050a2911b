//! `wetsign rules`: an owner's rules, offline.

mod check;
mod diff;
mod expected;
mod lint;
mod new;
mod read;
mod sets;
mod simulate;

use std::fmt::Write as _;
use std::path::PathBuf;

use anyhow::ensure;
use check::CheckArgs;
use clap::{Args, Subcommand};
use serde_json::json;
use wetsign_attest::rules::{Problem, describe, schema_text, validate};

use self::diff::DiffArgs;
use self::expected::TestArgs;
use self::lint::LintArgs;
use self::new::NewArgs;
use self::read::revision;
use self::simulate::SimulateArgs;
use crate::file::FileArgs;
use crate::output::{Answer, Outcome, Terminal, plain};

/// `wetsign rules`.
#[derive(Debug, Args)]
pub struct RulesArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: RulesCommand,
}

/// Commands of `wetsign rules`.
#[derive(Debug, Subcommand)]
pub enum RulesCommand {
    /// Would the owner's rules permit this request? Needs no kiosk and no network. Exit: 0 permitted, 2 forbidden, 1
    /// error.
    Check(CheckArgs),
    /// Could the owner sign these rules? Exit: 0 valid, 2 not valid, 1 error.
    Validate(ValidateArgs),
    /// The rules in the owner's words.
    Explain(FileArgs),
    /// Worked rules to start from: a list of them, or one written into a folder with requests that show what it does.
    New(NewArgs),
    /// Do valid rules do what they say? Policies that decide nothing, contradict each other, or are passed by silence.
    /// Exit: 0 no mistake, 2 mistakes (with --strict: advice too), 1 error.
    Lint(LintArgs),
    /// What would new rules decide otherwise? Shows a request for each change. Exit: 0 decided alike, 2 not, 1 error.
    Diff(DiffArgs),
    /// Do the rules decide as a file of requests expects? Exit: 0 as expected, 2 not, 1 error.
    Test(TestArgs),
    /// What would these rules have decided on requests that were made: files of requests and approvals. Exit: 0 as they
    /// were decided, 2 not, 1 error.
    Simulate(SimulateArgs),
    /// The Cedar schema that policies are validated against, for an editor.
    Schema {
        /// A score that the rules set a bound for (repeatable).
        #[arg(long = "score", value_name = "LABEL", default_values = ["objectionable", "political"])]
        scores: Vec<String>,
    },
}

/// `wetsign rules validate`.
#[derive(Debug, Args)]
pub struct ValidateArgs {
    /// Rules: Cedar, draft of rules or of an asset (TOML, JSON), or a signed revision.
    pub file: PathBuf,
    /// For a Cedar file: a score that its policies may read (repeatable).
    #[arg(long = "score", value_name = "LABEL", default_values = ["objectionable", "political"])]
    pub scores: Vec<String>,
}

/// Runs a command of `wetsign rules`.
pub fn run(args: &RulesArgs, terminal: &Terminal) -> anyhow::Result<Answer> {
    match &args.command {
        RulesCommand::Check(args) => check::run(args, terminal),
        RulesCommand::Validate(args) => validity(args, terminal),
        RulesCommand::Explain(args) => explain(args, terminal),
        RulesCommand::New(args) => new::run(args, terminal),
        RulesCommand::Lint(args) => lint::run(args, terminal),
        RulesCommand::Diff(args) => diff::run(args, terminal),
        RulesCommand::Test(args) => expected::run(args, terminal),
        RulesCommand::Simulate(args) => simulate::run(args, terminal),
        RulesCommand::Schema { scores } => schema(scores),
    }
}

fn validity(args: &ValidateArgs, terminal: &Terminal) -> anyhow::Result<Answer> {
    let (revision, origin) = revision(&args.file, &args.scores)?;
    let (draft, origin) = (origin.is_some(), origin.unwrap_or_default());
    let problems = validate(&revision).map_or_else(|refused| refused.problems, |()| Vec::new());
    let valid = problems.is_empty();
    let mut text = if valid {
        let what = if draft { "could be signed" } else { "signed, and valid" };
        terminal.good(&format!("valid: {} policies, {what}", revision.policies.len()))
    } else {
        terminal.bad(&format!("not valid: {} to mend", problems.len()))
    };
    text.push('\n');
    for problem in &problems {
        let _ = writeln!(text, "  {}", plain(&origin.line(problem)));
    }
    let json_of = |problem: &Problem| {
        let problem = origin.placed(problem);
        let (line, column) = problem.place.map(|place| (place.line, place.column)).unzip();
        let file = origin.file().map(|path| path.display().to_string());
        json!({ "policy": problem.policy, "file": file, "line": line, "column": column, "what": problem.what })
    };
    let problems: Vec<_> = problems.iter().map(json_of).collect();
    let json =
        json!({ "ok": valid, "draft": draft, "policies": revision.policies.len(), "problems": problems });
    Ok(Answer { outcome: Outcome::of(valid), text, json })
}

fn explain(args: &FileArgs, terminal: &Terminal) -> anyhow::Result<Answer> {
    let (revision, origin) = revision(&args.file, &[])?;
    let draft = origin.is_some();
    let words = describe(&revision);
    let mut text = String::new();
    for (effect, heading) in [
        ("permit", "Permitted"),
        ("forbid", "Forbidden, whatever is permitted"),
        ("unreadable", "Unreadable"),
    ] {
        let mut of_effect = words.iter().filter(|policy| policy.effect == effect).peekable();
        if of_effect.peek().is_some() {
            let _ = writeln!(text, "{}", terminal.bold(heading));
            of_effect.for_each(|policy| {
                let _ = writeln!(text, "  {}: {}", plain(&policy.id), plain(&policy.words));
            });
        }
    }
    for threshold in &revision.thresholds {
        let _ =
            writeln!(text, "{} content may score up to {} of 1000", plain(&threshold.label), threshold.bound);
    }
    let quorum = &revision.quorum;
    let spoken = if quorum.spoken_consent { ", each saying \"I approve\" before the letters" } else { "" };
    let _ = writeln!(text, "{} humans have to approve{spoken}; everything else is forbidden", quorum.k);
    let bounds: serde_json::Map<_, _> =
        revision.thresholds.iter().map(|t| (t.label.clone(), json!(t.bound))).collect();
    let json = json!({
        "ok": true,
        "draft": draft,
        "policies": words,
        "bounds": bounds,
        "quorum": quorum.k,
        "spoken_consent": quorum.spoken_consent,
    });
    Ok(Answer { outcome: Outcome::Yes, text, json })
}

fn schema(scores: &[String]) -> anyhow::Result<Answer> {
    for label in scores {
        let plain = label.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
        ensure!(plain && !label.is_empty(), "{label:?} is no score label: [a-z][a-z0-9_]*");
    }
    let text = schema_text(scores.iter().map(String::as_str));
    Ok(Answer { outcome: Outcome::Yes, json: json!({ "ok": true, "schema": text }), text })
}
