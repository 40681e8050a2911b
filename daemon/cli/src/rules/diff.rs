//! `wetsign rules diff`: what would new rules decide otherwise?

use std::fmt::Write as _;
use std::path::PathBuf;

use anyhow::anyhow;
use clap::Args;
use serde_json::json;
use wetsign_attest::rules::RulesError;
use wetsign_attest::rules::lint::{Difference, compare};

use super::read::revision;
use crate::output::{Answer, Outcome, Terminal, plain};

/// `wetsign rules diff`.
#[derive(Debug, Args)]
pub struct DiffArgs {
    /// The rules in force: Cedar, draft (TOML, JSON), or a signed revision.
    pub old: PathBuf,
    /// The rules to come.
    pub new: PathBuf,
    /// For a Cedar file: a score that its policies may read (repeatable).
    #[arg(long = "score", value_name = "LABEL", default_values = ["objectionable", "political"])]
    pub scores: Vec<String>,
}

/// Compares them on paper and on made requests.
pub fn run(args: &DiffArgs, terminal: &Terminal) -> anyhow::Result<Answer> {
    let [(old, _), (new, _)] = [revision(&args.old, &args.scores)?, revision(&args.new, &args.scores)?];
    let invalid =
        |refused: RulesError| anyhow!("one of them is not valid (see `wetsign rules validate`): {refused}");
    let found = compare(&old, &new).map_err(invalid)?;
    let alike = found.alike();
    let mut text = if alike { terminal.good("decided alike") } else { terminal.bad("decided otherwise") };
    text.push('\n');
    for (what, ids) in [("added", &found.added), ("removed", &found.removed), ("changed", &found.changed)] {
        for id in ids {
            let _ = writeln!(text, "  {what:<8} {}", plain(id));
        }
    }
    for term in &found.terms {
        let _ = writeln!(text, "  {}", plain(term));
    }
    for (heading, list) in
        [("permitted from now on", &found.newly_permitted), ("forbidden from now on", &found.newly_forbidden)]
    {
        if !list.is_empty() {
            let _ = writeln!(text, "\n{}", terminal.bold(heading));
        }
        for difference in list {
            tell(difference, &mut text, terminal);
        }
    }
    let all =
        if found.complete { "all that the policies tell apart" } else { "not all that they tell apart" };
    let _ = writeln!(text, "{}", terminal.faint(&format!("{} requests tried: {all}", found.tried)));
    let mut json = serde_json::to_value(&found)?;
    json["ok"] = json!(alike);
    Ok(Answer { outcome: Outcome::of(alike), text, json })
}

fn tell(difference: &Difference, text: &mut String, terminal: &Terminal) {
    let ids = |ids: &[String]| if ids.is_empty() { "nothing permits".to_owned() } else { ids.join(", ") };
    let _ = writeln!(
        text,
        "  before: {}; then: {}",
        plain(&ids(&difference.before)),
        plain(&ids(&difference.after))
    );
    let _ = writeln!(text, "    {}", terminal.faint(&format!("such as: {}", plain(&difference.request))));
}
