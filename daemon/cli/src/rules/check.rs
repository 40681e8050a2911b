//! `wetsign rules check`: would the owners' rules permit this request?

use std::fmt::Write as _;
use std::path::PathBuf;

use anyhow::{anyhow, bail, ensure};
use clap::Args;
use serde_json::{Map, Value as Json, json};
use wetsign_attest::id::{Blob, Digest, Id};
use wetsign_attest::limits::LAST_SECOND;
use wetsign_attest::object::{AssetVerdict, Decision, RulesRevision, UsageRequest, Value};
use wetsign_attest::rules::content::{ContentScorer, ContentScores, cached_scorer, score};
use wetsign_attest::rules::{Explanation, Inputs, ReasonKind, compiled, evaluate_compiled, explain_compiled};
use wetsign_attest::terms;
use wetsign_program::clock;

use crate::draft::{self, Asset, Rules};
use crate::origin::Origin;
use crate::output::{Answer, Outcome, Terminal, plain};

/// `wetsign rules check`.
#[derive(Debug, Args)]
pub struct CheckArgs {
    /// Asset with its rules: draft (TOML, JSON) or signed descriptor (repeatable: every asset has to permit).
    #[arg(long = "asset", value_name = "FILE", required = true)]
    pub assets: Vec<PathBuf>,
    /// Request: draft (TOML, JSON) or signed.
    #[arg(long, value_name = "FILE")]
    pub request: PathBuf,
    /// Rules in place of the asset draft's: Cedar, draft (TOML, JSON) or signed revision. One asset only.
    #[arg(long, value_name = "FILE")]
    pub rules: Option<PathBuf>,
    /// The checker's time, UTC seconds [default: now].
    #[arg(long, value_name = "SECONDS")]
    pub now: Option<u64>,
}

struct Checked {
    title: String,
    rules: RulesRevision,
    verdict: AssetVerdict,
    why: Explanation,
}

/// Evaluates; nothing is signed, sent or stored.
pub fn run(args: &CheckArgs, terminal: &Terminal) -> anyhow::Result<Answer> {
    ensure!(
        args.rules.is_none() || args.assets.len() == 1,
        "--rules replaces the rules of one asset: give one --asset"
    );
    let assets = args.assets.iter().map(|path| draft::asset(path)).collect::<anyhow::Result<Vec<_>>>()?;
    let ids = assets.iter().map(Asset::id).collect::<anyhow::Result<Vec<Id>>>()?;
    let now = match args.now {
        Some(now) => {
            ensure!(
                now <= LAST_SECOND,
                "--now {now} is after the year 5000: give UTC seconds, not milliseconds"
            );
            now
        }
        None => clock::now()?,
    };
    // A draft is never sent, so its nonce need not be random.
    let request = draft::request(&args.request, &ids, now, Blob(vec![0; 16]))?;
    let unasked = request.request.assets.iter().find(|id| !ids.contains(id));
    if let Some(id) = unasked {
        bail!("the request asks for asset {id}, which no --asset describes: its rules are not known");
    }

    terms::request_life(&request.request)
        .require()
        .map_err(|why| anyhow!("no kiosk takes {}: {why}", args.request.display()))?;

    // Of another moment, so that old requests can be looked at again.
    let times = [
        ("comes from the future", terms::made_by(request.request.created, now)),
        ("has expired", terms::unexpired(request.request.expires, now)),
    ];
    let mut notes: Vec<String> = times
        .into_iter()
        .filter(|(_, ruling)| !ruling.holds)
        .map(|(what, ruling)| {
            format!("a kiosk would not take it at this time, it {what}: {}", ruling.compared)
        })
        .collect();
    let mut drafts = Vec::new();
    if request.signed.is_none() {
        drafts.push("request");
    }
    let (scorer, unloaded) = cached_scorer();
    let content = score(&scorer, &request.request);
    let mut checked = Vec::new();
    for (asset, id) in assets.iter().zip(&ids) {
        let (rules, origin) = rules_of(asset, *id, args, &scorer, &mut notes)?;
        if asset.draft {
            drafts.push("asset");
        }
        if origin.is_some() {
            drafts.push("rules");
        }
        let compiled = compiled(&rules).map_err(|refused| {
            let origin = origin.unwrap_or_default();
            let lines = refused.problems.iter().map(|problem| format!("\n  {}", origin.line(problem)));
            anyhow!("the rules for {} are not valid:{}", asset.path.display(), lines.collect::<String>())
        })?;
        let inputs = Inputs { now, scores: content.scores.clone() };
        let verdict =
            evaluate_compiled(&rules, Some(&compiled), &asset.descriptor, &request.request, &inputs);
        let why = explain_compiled(&rules, &compiled, &verdict);
        checked.push(Checked { title: asset.descriptor.title.clone(), rules, verdict, why });
    }
    drafts.sort_unstable();
    drafts.dedup();
    if !drafts.is_empty() {
        notes.insert(0, format!("unsigned draft of {}: this is a rehearsal, no verdict", drafts.join(", ")));
    }
    missing_scores(&checked, &content, unloaded.as_deref(), &mut notes);

    let permitted = checked.iter().all(|asset| asset.verdict.decision == Decision::Permit);
    let text = text_of(&checked, &request.request, permitted, &notes, terminal);
    let json = json!({
        "ok": permitted,
        "decision": if permitted { "permit" } else { "forbid" },
        "drafts": drafts,
        "notes": notes,
        "now": now,
        "assets": checked.iter().map(json_of).collect::<Vec<_>>(),
    });
    Ok(Answer { outcome: Outcome::of(permitted), text, json })
}

/// The revision to evaluate, and where its policies stand if it is a draft.
fn rules_of(
    asset: &Asset,
    id: Id,
    args: &CheckArgs,
    scorer: &ContentScorer,
    notes: &mut Vec<String>,
) -> anyhow::Result<(RulesRevision, Option<Origin>)> {
    let digests = scorer.digests();
    let classifier =
        |label: &str| digests.iter().find(|(name, _)| *name == label).map(|(_, digest)| Digest(*digest));
    let draft = match (&args.rules, &asset.rules) {
        (Some(path), own) => match draft::rules(path)? {
            Rules::Signed(mut revision) => {
                if revision.asset != id {
                    ensure!(
                        asset.draft,
                        "{} holds rules for asset {}, not for {id}",
                        path.display(),
                        revision.asset
                    );
                    notes.push(format!(
                        "signed rules of asset {} tried on a draft of another",
                        revision.asset.short()
                    ));
                    revision.asset = id;
                }
                return Ok((*revision, None));
            }
            Rules::Draft(mut draft) => {
                if draft.without_bounds() {
                    draft.take_bounds(own.as_ref());
                }
                draft
            }
        },
        (None, Some(own)) => own.clone(),
        (None, None) => bail!("{} brings no rules: name them by --rules", asset.path.display()),
    };
    Ok((draft.revision(id, asset.descriptor.owner, classifier), Some(draft.origin().clone())))
}

/// Says why a score that the rules ask for is not there; that it is missing already forbids.
fn missing_scores(
    checked: &[Checked],
    content: &ContentScores,
    unloaded: Option<&str>,
    notes: &mut Vec<String>,
) {
    let has = |label: &str| content.scores.iter().any(|score| score.label == label);
    let missing =
        checked.iter().flat_map(|asset| &asset.rules.thresholds).find(|threshold| !has(&threshold.label));
    let Some(threshold) = missing else { return };
    let why = content.unscored.as_deref().or(unloaded).unwrap_or("no classifier of this name is known");
    notes.push(format!("no score for {} content: {why}", threshold.label));
}

fn text_of(
    checked: &[Checked],
    request: &UsageRequest,
    permitted: bool,
    notes: &[String],
    terminal: &Terminal,
) -> String {
    let mut text = if permitted { terminal.good("PERMITTED") } else { terminal.bad("FORBIDDEN") };
    let _ = writeln!(text, ": {} by {}", plain(&request.attributes.purpose), plain(&request.app));
    for note in notes {
        let _ = writeln!(text, "{}", terminal.faint(&format!("note: {}", plain(note))));
    }
    for asset in checked {
        let _ = writeln!(text, "\n{}", terminal.bold(&plain(&asset.title)));
        let _ = writeln!(text, "{}", plain(&asset.why.summary));
        for reason in &asset.why.reasons {
            let mark = match reason.kind {
                ReasonKind::Permit => terminal.good("permits"),
                ReasonKind::Forbid | ReasonKind::Bound => terminal.bad("forbids"),
                ReasonKind::Error => terminal.bad("error  "),
                ReasonKind::NothingPermits => terminal.bad("nothing permits"),
            };
            let id = reason.id.as_ref().map(|id| format!("{id}: ")).unwrap_or_default();
            let _ = writeln!(text, "  {mark}  {}{}", plain(&id), plain(&reason.words));
        }
        let _ = writeln!(text, "{}", terminal.faint("what the policies saw"));
        for input in &asset.verdict.inputs {
            let line = format!("  {:<32} {}", input.name, plain(&input.value.to_string()));
            let _ = writeln!(text, "{}", terminal.faint(&line));
        }
    }
    text
}

fn json_of(asset: &Checked) -> Json {
    let value = |value: &Value| match value {
        Value::Bool(value) => json!(value),
        Value::Long(value) => json!(value),
        Value::Text(value) => json!(value),
        Value::TextSet(values) => json!(values),
    };
    let verdict = &asset.verdict;
    let inputs: Map<String, Json> =
        verdict.inputs.iter().map(|input| (input.name.clone(), value(&input.value))).collect();
    let scores: Map<String, Json> =
        verdict.scores.iter().map(|score| (score.label.clone(), json!(score.score))).collect();
    json!({
        "asset": verdict.asset,
        "title": asset.title,
        "decision": verdict.decision,
        "deciding": verdict.deciding,
        "summary": asset.why.summary,
        "reasons": asset.why.reasons,
        "errors": verdict.errors,
        "scores": scores,
        "inputs": inputs,
    })
}
