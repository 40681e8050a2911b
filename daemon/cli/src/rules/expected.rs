//! `wetsign rules test`: do rules decide as their owner expects? A file of requests, each with what has to come of it.
//!
//! ```toml
//! words = "Lessons and nothing else."
//! bounds = { political = 450 }      # for `rules new` alone: what the draft beside it sets
//!
//! [base]                            # what a request says that is not changed below; left out: a lesson in English
//! app = "museum-guide"
//!
//! [[permitted]]
//! purpose = "educational-narration"
//!
//! [[forbidden]]
//! by = "no-politics"                # a policy that has to be among the reasons
//! scores = { political = 900 }      # in place of a classifier's; those that are not named are 0
//! undeclared = ["territories"]      # what the base declares and this request does not
//! as = "owner"                      # or "agent": one whom the owner named, for ten units at most
//! now = 1790000000                  # UTC seconds
//! ```

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow, bail, ensure};
use clap::Args;
use serde::Deserialize;
use serde_json::json;
use wetsign_attest::id::{Atto, Blob, PublicKey};
use wetsign_attest::object::{AgentAction, ClassifierScore, Decision, RulesRevision};
use wetsign_attest::rules::{Inputs, evaluate, example, explain, validate};

use super::read::revision;
use crate::draft;
use crate::output::{Answer, Outcome, Terminal, plain};

/// Most requests of one file.
const MOST: usize = 10_000;
/// An agent that the owner named; of RFC 8032, § 7.1, test 3.
const AGENT: &str = "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025";
const UNIT: u128 = 1_000_000_000_000_000_000;
/// What a request declares of which nothing is said.
const BASE: &str = r#"
app = "example"
purpose = "educational-narration"
medium = "audio"
languages = ["en"]
territories = ["DE"]
audience = "school"
commercial = false
duration_days = 30
derived_work = false
fee = "0"
text = "Rain falls on the hills."
"#;

/// `wetsign rules test`.
#[derive(Debug, Args)]
pub struct TestArgs {
    /// Rules: Cedar, draft of rules or of an asset (TOML, JSON), or a signed revision.
    pub file: PathBuf,
    /// Requests with what has to come of them (TOML); `wetsign rules new` writes one to start from.
    #[arg(long, value_name = "FILE")]
    pub requests: PathBuf,
}

/// A file of requests.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expectations {
    /// What the rules are for, in one sentence.
    #[serde(default)]
    pub words: String,
    #[serde(default)]
    bounds: BTreeMap<String, i32>,
    quorum: Option<u32>,
    base: Option<toml::Table>,
    #[serde(default)]
    permitted: Vec<toml::Table>,
    #[serde(default)]
    forbidden: Vec<toml::Table>,
}

/// What a request of the file says beyond a request.
#[derive(Deserialize)]
struct Beyond {
    by: Option<String>,
    #[serde(default)]
    scores: BTreeMap<String, i32>,
    #[serde(default)]
    undeclared: Vec<String>,
    #[serde(rename = "as")]
    role: Option<String>,
    now: Option<u64>,
}

const BEYOND: [&str; 5] = ["by", "scores", "undeclared", "as", "now"];

impl Expectations {
    /// Reads the text of a file.
    pub fn parse(text: &str) -> anyhow::Result<Self> {
        Ok(toml::from_str(text)?)
    }

    /// The draft of rules that goes with them.
    pub fn draft(&self, cedar: &str) -> String {
        let bounds: Vec<_> = self.bounds.iter().map(|(label, bound)| format!("{label} = {bound}")).collect();
        let bounds =
            if bounds.is_empty() { String::new() } else { format!("bounds = {{ {} }}\n", bounds.join(", ")) };
        let quorum = self.quorum.unwrap_or(2);
        format!("# {}\ncedar = \"{cedar}\"\n{bounds}quorum = {quorum}\n", self.words)
    }
}

/// One request that was decided otherwise.
struct Miss {
    place: String,
    what: String,
}

/// Evaluates each request.
pub fn run(args: &TestArgs, terminal: &Terminal) -> anyhow::Result<Answer> {
    let (rules, origin) = revision(&args.file, &[])?;
    validate(&rules).map_err(|refused| {
        let origin = origin.unwrap_or_default();
        let lines = refused.problems.iter().map(|problem| format!("\n  {}", origin.line(problem)));
        anyhow!("the rules are not valid:{}", lines.collect::<String>())
    })?;
    let bytes = draft::read_bounded(&args.requests)?;
    let text = draft::text(&args.requests, &bytes)?;
    let file =
        Expectations::parse(text).with_context(|| format!("{} cannot be read", args.requests.display()))?;
    let count = file.permitted.len() + file.forbidden.len();
    ensure!(
        (1..=MOST).contains(&count),
        "{} holds {count} requests, 1 to {MOST} are tried",
        args.requests.display()
    );
    let misses = misses(&rules, file, &args.requests)?;
    let ok = misses.is_empty();
    let mut text = if ok { terminal.good("as expected") } else { terminal.bad("not as expected") };
    let _ = writeln!(text, ": {} of {count} requests", count - misses.len());
    for miss in &misses {
        let _ = writeln!(text, "  {}: {}", plain(&miss.place), plain(&miss.what));
    }
    let list: Vec<_> =
        misses.iter().map(|miss| json!({ "request": miss.place, "what": miss.what })).collect();
    Ok(Answer {
        outcome: Outcome::of(ok),
        text,
        json: json!({ "ok": ok, "requests": count, "misses": list }),
    })
}

fn misses(rules: &RulesRevision, file: Expectations, path: &Path) -> anyhow::Result<Vec<Miss>> {
    let base = match file.base {
        Some(base) => base,
        None => toml::from_str(BASE)?,
    };
    let mut misses = Vec::new();
    for (kind, list, wanted) in
        [("permitted", file.permitted, Decision::Permit), ("forbidden", file.forbidden, Decision::Forbid)]
    {
        for (number, case) in list.into_iter().enumerate() {
            let place = format!("{kind} {}", number + 1);
            let miss = decide(rules, &base, case, wanted, path).with_context(|| place.clone())?;
            misses.extend(miss.map(|what| Miss { place, what }));
        }
    }
    Ok(misses)
}

/// Why a request is not decided as it should be.
fn decide(
    rules: &RulesRevision,
    base: &toml::Table,
    case: toml::Table,
    wanted: Decision,
    path: &Path,
) -> anyhow::Result<Option<String>> {
    let (beyond, own): (toml::Table, toml::Table) =
        case.into_iter().partition(|(name, _)| BEYOND.contains(&name.as_str()));
    let beyond: Beyond = beyond.try_into()?;
    let mut table = base.clone();
    if own.contains_key("digest") {
        table.remove("text");
    }
    for name in &beyond.undeclared {
        ensure!(table.remove(name).is_some(), "`undeclared` names {name:?}, which the base does not declare");
    }
    table.extend(own);

    let (mut descriptor, _, _) = example::narration("x");
    let now = beyond.now.unwrap_or(example::CREATED);
    descriptor.owner = rules.signed_by;
    descriptor.signed_by = rules.signed_by;
    let agent: PublicKey = AGENT.parse()?;
    descriptor.agents = vec![wetsign_attest::object::Agent {
        key: agent,
        actions: vec![AgentAction::Request],
        fee_limit: Some(Atto(10 * UNIT)),
        expires: now + 86_400,
    }];
    let mut rules = rules.clone();
    rules.asset = wetsign_attest::Object::id(&descriptor)?;
    let mut request = draft::request_of(table, path, &[rules.asset], now, Blob(vec![0; 16]))?;
    match beyond.role.as_deref() {
        None => {}
        Some("owner") => request.requester = descriptor.owner,
        Some("agent") => request.requester = agent,
        Some(other) => bail!("as = {other:?}: write \"owner\" or \"agent\", or name a `requester`"),
    }
    let unknown = beyond.scores.keys().find(|label| !rules.thresholds.iter().any(|t| t.label == **label));
    if let Some(label) = unknown {
        bail!("scores names {label:?}, for which the rules set no bound");
    }
    let scores = rules.thresholds.iter().map(|threshold| ClassifierScore {
        label: threshold.label.clone(),
        classifier: threshold.classifier,
        score: beyond.scores.get(&threshold.label).copied().unwrap_or(0),
    });
    let inputs = Inputs { now, scores: scores.collect() };
    let verdict = evaluate(&rules, &descriptor, &request, &inputs);
    if verdict.decision != wanted {
        return Ok(Some(explain(&rules, &verdict).summary));
    }
    Ok(match beyond.by {
        Some(by) if !verdict.deciding.contains(&by) => {
            let deciding = verdict.deciding.join(", ");
            Some(format!(
                "forbidden, but not by {by}: {}",
                if deciding.is_empty() { "nothing permits" } else { &deciding }
            ))
        }
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::super::sets::SETS;
    use super::*;
    use wetsign_attest::rules::lint::lint;

    fn rules_of(set: &super::super::sets::Set) -> RulesRevision {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("r.toml");
        std::fs::write(folder.path().join("r.cedar"), set.cedar).unwrap();
        std::fs::write(&path, Expectations::parse(set.requests).unwrap().draft("r.cedar")).unwrap();
        revision(&path, &[]).unwrap().0
    }

    #[test]
    fn each_worked_set_decides_as_its_requests_say_and_has_nothing_to_mend() {
        assert!(SETS.len() >= 20);
        for set in SETS {
            let rules = rules_of(set);
            let file = Expectations::parse(set.requests).unwrap();
            assert!(
                !file.words.is_empty() && !file.permitted.is_empty() && file.forbidden.len() >= 2,
                "{}",
                set.name
            );
            let misses = misses(&rules, file, Path::new(set.name)).unwrap();
            let told: Vec<_> = misses.iter().map(|miss| format!("{}: {}", miss.place, miss.what)).collect();
            assert!(told.is_empty(), "{}: {told:?}", set.name);
            let lint = lint(&rules).unwrap();
            assert!(lint.findings.is_empty(), "{}: {:#?}", set.name, lint.findings);
        }
    }

    #[test]
    fn every_policy_of_a_worked_set_is_shown_by_a_request() {
        for set in SETS {
            let file = Expectations::parse(set.requests).unwrap();
            let named: Vec<_> = file.forbidden.iter().filter_map(|case| case.get("by")?.as_str()).collect();
            for policy in wetsign_attest::rules::describe(&rules_of(set)) {
                let shown = policy.effect == "permit" || named.contains(&policy.id.as_str());
                assert!(shown, "{}: no forbidden request names {}", set.name, policy.id);
            }
        }
    }
}
