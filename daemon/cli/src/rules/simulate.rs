//! `wetsign rules simulate`: what would these rules have decided on requests that were made?

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail, ensure};
use clap::Args;
use serde_json::json;
use wetsign_attest::bundle::ApprovalBundle;
use wetsign_attest::id::{Blob, Digest, Id};
use wetsign_attest::object::{
    AssetDescriptor, AssetVerdict, ClassifierScore, Decision, RulesRevision, UsageRequest, Verdict,
};
use wetsign_attest::rules::content::{ContentScorer, cached_scorer, score};
use wetsign_attest::rules::{Inputs, compiled, evaluate, evaluate_compiled, explain_compiled};
use wetsign_attest::{Object as _, Signed};

use crate::draft::{self, Asset, Rules};
use crate::output::{Answer, Outcome, Terminal, plain};

/// Most files of one run.
const MOST: usize = 100_000;

/// `wetsign rules simulate`.
#[derive(Debug, Args)]
pub struct SimulateArgs {
    /// Approvals, signed requests or drafts of requests (.cbor, .toml, .json), or folders of them.
    #[arg(required = true)]
    pub files: Vec<PathBuf>,
    /// The rules to try: Cedar, draft (TOML, JSON) or signed revision.
    #[arg(long, value_name = "FILE")]
    pub rules: PathBuf,
    /// The asset: draft (TOML, JSON) or signed descriptor. Without it, approvals alone can be tried: they bring their
    /// own.
    #[arg(long, value_name = "FILE")]
    pub asset: Option<PathBuf>,
    /// Only so many, those made last.
    #[arg(long, value_name = "NUMBER")]
    pub last: Option<usize>,
}

/// A request that was made, with what was decided.
struct Made {
    name: String,
    request: UsageRequest,
    descriptor: AssetDescriptor,
    asset: Id,
    /// When it was decided, UTC seconds.
    time: u64,
    scores: Vec<ClassifierScore>,
    /// Absent where nobody decided.
    was: Option<Decision>,
}

/// Decides all of them again.
pub fn run(args: &SimulateArgs, terminal: &Terminal) -> anyhow::Result<Answer> {
    let asset = args.asset.as_deref().map(draft::asset).transpose()?;
    let rules = draft::rules(&args.rules)?;
    let (scorer, unloaded) = cached_scorer();
    let mut made = Vec::new();
    for path in files(&args.files)? {
        made.push(read(&path, asset.as_ref(), &scorer)?);
    }
    made.sort_by_key(|made| std::cmp::Reverse(made.request.created));
    made.truncate(args.last.unwrap_or(MOST));

    let (mut alike, mut rows, mut text) = (0, Vec::new(), String::new());
    for made in &made {
        let revision = revision(&rules, asset.as_ref(), made, &scorer);
        let inputs = Inputs { now: made.time, scores: scores(made, &scorer) };
        let compiled =
            compiled(&revision).context("the rules are not valid (see `wetsign rules validate`)")?;
        let verdict = evaluate_compiled(&revision, Some(&compiled), &made.descriptor, &made.request, &inputs);
        let why = explain_compiled(&revision, &compiled, &verdict);
        let same = made.was == Some(verdict.decision);
        alike += usize::from(same);
        if !same {
            tell(made, &verdict, &why.summary, &mut text, terminal);
        }
        rows.push(json!({
            "file": made.name, "asset": made.asset, "was": made.was, "then": verdict.decision,
            "deciding": verdict.deciding, "summary": why.summary,
        }));
    }
    let ok = alike == made.len();
    let mut head = if ok { terminal.good("decided alike") } else { terminal.bad("decided otherwise") };
    let _ = writeln!(head, ": {alike} of {} as they were", made.len());
    if let Some(why) = unloaded.filter(|_| !ok) {
        let _ = writeln!(head, "{}", terminal.faint(&format!("note: {}", plain(&why))));
    }
    let note = "read and not verified: `wetsign audit` says whether they hold";
    let _ = writeln!(text, "{}", terminal.faint(note));
    let json = json!({ "ok": ok, "requests": made.len(), "alike": alike, "rows": rows });
    Ok(Answer { outcome: Outcome::of(ok), text: head + &text, json })
}

fn tell(made: &Made, verdict: &AssetVerdict, summary: &str, text: &mut String, terminal: &Terminal) {
    let word = |decision: Decision| match decision {
        Decision::Permit => "permitted",
        Decision::Forbid => "forbidden",
    };
    let was = made.was.map_or("undecided", word);
    let then = word(verdict.decision);
    let then = if verdict.decision == Decision::Permit { terminal.good(then) } else { terminal.bad(then) };
    let _ = writeln!(text, "  {}: {was}, then {then}", plain(&made.name));
    let _ = writeln!(text, "    {}", plain(summary));
}

/// The files, and those of the folders, by name.
fn files(named: &[PathBuf]) -> anyhow::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for path in named {
        if !path.is_dir() {
            files.push(path.clone());
            continue;
        }
        let cannot = || format!("cannot list {}", path.display());
        let mut inside = Vec::new();
        for entry in std::fs::read_dir(path).with_context(cannot)? {
            let path = entry.with_context(cannot)?.path();
            let named = ["cbor", "toml", "json"].iter().any(|wanted| draft::has_extension(&path, wanted));
            if named && path.is_file() {
                inside.push(path);
            }
        }
        ensure!(!inside.is_empty(), "there is no file *.cbor, *.toml or *.json in {}", path.display());
        inside.sort();
        files.extend(inside);
    }
    ensure!(files.len() <= MOST, "{} files, at most {MOST} are tried at once", files.len());
    Ok(files)
}

fn read(path: &Path, asset: Option<&Asset>, scorer: &ContentScorer) -> anyhow::Result<Made> {
    let name = path.display().to_string();
    let bytes = draft::read_bounded(path)?;
    if let Ok(bundle) = ApprovalBundle::unverified(&bytes) {
        return approved(name.clone(), &bundle, asset).with_context(|| name);
    }
    let Some(asset) = asset else {
        bail!("{name} is no approval: a request needs the --asset whose rules are tried");
    };
    let id = asset.id()?;
    // A draft that dates nothing is one of now.
    let request = draft::request(path, &[id], wetsign_program::clock::now()?, Blob(vec![0; 16]))?.request;
    let scores = score(scorer, &request).scores;
    let was = match &asset.rules {
        None => None,
        Some(rules) => {
            let classifier = |label: &str| digest_of(label, &scores);
            let rules = rules.revision(id, asset.descriptor.owner, classifier);
            let inputs = Inputs { now: request.created, scores: scores.clone() };
            Some(evaluate(&rules, &asset.descriptor, &request, &inputs).decision)
        }
    };
    let (descriptor, time) = (asset.descriptor.clone(), request.created);
    Ok(Made { name, request, descriptor, asset: id, time, scores, was })
}

fn approved(name: String, bundle: &ApprovalBundle, asset: Option<&Asset>) -> anyhow::Result<Made> {
    let request = Signed::<UsageRequest>::decode(&bundle.request.0)?.into_payload();
    let verdict = Signed::<Verdict>::decode(&bundle.verdict.0)?.into_payload();
    let wanted = asset.map(Asset::id).transpose()?;
    let mut of_asset = verdict.assets.iter().filter(|one| wanted.is_none_or(|wanted| one.asset == wanted));
    let one = of_asset.next().context("it does not ask for the --asset")?;
    ensure!(of_asset.next().is_none(), "it asks for several assets: name one by --asset");
    let mut descriptors =
        bundle.descriptors.iter().filter_map(|bytes| Signed::<AssetDescriptor>::decode(&bytes.0).ok());
    let descriptor = descriptors
        .find(|signed| signed.payload().id().is_ok_and(|id| id == one.descriptor))
        .context("the descriptor that its verdict names is not in it")?
        .into_payload();
    let (asset, was, scores) = (one.asset, Some(one.decision), one.scores.clone());
    Ok(Made { name, request, descriptor, asset, time: verdict.time, scores, was })
}

fn digest_of(label: &str, scores: &[ClassifierScore]) -> Option<Digest> {
    scores.iter().find(|score| score.label == label).map(|score| score.classifier)
}

/// The scores of the time; those that nobody took then are taken now.
fn scores(made: &Made, scorer: &ContentScorer) -> Vec<ClassifierScore> {
    let mut scores = made.scores.clone();
    let now = score(scorer, &made.request).scores;
    scores.extend(now.into_iter().filter(|now| digest_of(&now.label, &made.scores).is_none()));
    scores
}

/// The rules to try, as if they had been those of the request's asset.
fn revision(rules: &Rules, asset: Option<&Asset>, made: &Made, scorer: &ContentScorer) -> RulesRevision {
    let scores = scores(made, scorer);
    match rules {
        Rules::Signed(revision) => {
            let mut revision = (**revision).clone();
            revision.asset = made.asset;
            revision
        }
        Rules::Draft(draft) => {
            let mut draft = draft.clone();
            if draft.without_bounds() {
                draft.take_bounds(asset.and_then(|asset| asset.rules.as_ref()));
            }
            let classifier = |label: &str| digest_of(label, &scores);
            draft.revision(made.asset, made.descriptor.owner, classifier)
        }
    }
}
