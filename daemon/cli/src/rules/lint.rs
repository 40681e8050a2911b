//! `wetsign rules lint`: do valid rules do what they say?

use std::fmt::Write as _;
use std::path::PathBuf;

use anyhow::anyhow;
use clap::Args;
use serde_json::json;
use wetsign_attest::rules::Problem;
use wetsign_attest::rules::lint::{Finding, Weight, lint};

use super::read::revision;
use crate::output::{Answer, Outcome, Terminal, plain};

/// `wetsign rules lint`.
#[derive(Debug, Args)]
pub struct LintArgs {
    /// Rules: Cedar, draft of rules or of an asset (TOML, JSON), or a signed revision.
    pub file: PathBuf,
    /// For a Cedar file: a score that its policies may read (repeatable).
    #[arg(long = "score", value_name = "LABEL", default_values = ["objectionable", "political"])]
    pub scores: Vec<String>,
    /// Advice counts as a mistake.
    #[arg(long)]
    pub strict: bool,
}

/// Looks the rules over.
pub fn run(args: &LintArgs, terminal: &Terminal) -> anyhow::Result<Answer> {
    let (revision, origin) = revision(&args.file, &args.scores)?;
    let origin = origin.unwrap_or_default();
    let found = lint(&revision).map_err(|refused| {
        let lines = refused.problems.iter().map(|problem| format!("\n  {}", origin.line(problem)));
        anyhow!("the rules are not valid:{}", lines.collect::<String>())
    })?;
    let holds = found.holds() && (!args.strict || found.findings.is_empty());
    let mistakes = found.findings.iter().filter(|finding| finding.weight == Weight::Mistake).count();
    let advice = found.findings.len() - mistakes;
    let mut text = if holds { terminal.good("no mistake found") } else { terminal.bad("look at these") };
    let _ = writeln!(text, ": {mistakes} mistakes, {advice} advised");
    for finding in &found.findings {
        let _ = writeln!(text, "  {}", line(finding, &origin, terminal));
        if let Some(example) = &finding.example {
            let _ = writeln!(text, "    {}", terminal.faint(&format!("such as: {}", plain(example))));
        }
    }
    let tried = if found.complete {
        format!("{} requests tried: all that these policies tell apart", found.tried)
    } else {
        format!("{} requests tried, not all that these policies tell apart: more may be wrong", found.tried)
    };
    let _ = writeln!(text, "{}", terminal.faint(&tried));
    let json = json!({
        "ok": holds, "mistakes": mistakes, "advice": advice, "findings": found.findings,
        "tried": found.tried, "complete": found.complete,
    });
    Ok(Answer { outcome: Outcome::of(holds), text, json })
}

fn line(finding: &Finding, origin: &crate::origin::Origin, terminal: &Terminal) -> String {
    let mark = match finding.weight {
        Weight::Mistake => terminal.bad("mistake"),
        _ => terminal.faint("advice "),
    };
    let problem = Problem { policy: finding.policy.clone(), place: None, what: finding.what.clone() };
    format!("{mark}  {}", plain(&origin.line(&problem)))
}
