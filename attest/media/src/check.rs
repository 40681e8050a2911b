//! `wetsign-media check`: was this file made with an approval that holds, by somebody whom you trust to say so?

use std::fs::File;
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;
use wetsign_attest::bundle::ApprovalBundle;
use wetsign_attest::id::{Digest, Id, sha256};
use wetsign_attest::verify::Approval;

use crate::answer::{Answer, Checks};
use crate::approval::{Trust, TrustArgs};
use crate::essence::{Change, Medium};
use crate::files;
use crate::format::Format;
use crate::manifest::{self, Found, Manifest};
use crate::statement::{Named, Statement, StatementError};

/// `wetsign-media check`.
#[derive(Debug, Args)]
pub struct CheckArgs {
    /// The file.
    pub file: PathBuf,
    /// What the approval is held against.
    #[command(flatten)]
    pub trust: TrustArgs,
    /// The approval, where it does not travel in the mark.
    #[arg(long, value_name = "FILE")]
    pub approval: Option<PathBuf>,
    /// A manifest that does not lie in the file [default: FILE.c2pa, if it is there]. With a kept copy it can be told
    /// whether a file without a mark is what was marked.
    #[arg(long, value_name = "FILE")]
    pub manifest: Option<PathBuf>,
    /// The asset that it has to be made with, hexadecimal.
    #[arg(long, value_name = "ID")]
    pub asset: Option<Id>,
    /// What it has to say: the approved text as a file, in UTF-8, to the byte.
    #[arg(long, value_name = "FILE")]
    pub input: Option<PathBuf>,
}

/// What is asked beyond the file itself.
#[derive(Debug, Default)]
pub struct Asked {
    /// The approval, where it does not travel in the mark.
    pub approval: Option<Vec<u8>>,
    /// The asset.
    pub asset: Option<Id>,
    /// Digest of what it has to say.
    pub input: Option<Digest>,
}

/// What came of it.
#[derive(Debug)]
pub struct Outcome {
    /// Every check.
    pub checks: Checks,
    /// The manifest, if there is one that can be read.
    pub manifest: Option<Box<Manifest>>,
    /// What it says, if that can be read.
    pub statement: Option<Statement>,
    /// The approval, if it holds, or held and is over.
    pub approval: Option<Approval>,
}

/// Every code, in the order in which a failure is a cause, with its step: 1 the file, 2 the approval, 3 the use.
pub const CODES: [(u8, &str); 11] = [
    (1, "mark"),
    (1, "intact"),
    (1, "signer"),
    (1, "made"),
    (1, "statement"),
    (2, "approval"),
    (2, "named"),
    (3, "medium"),
    (3, "asset"),
    (3, "input"),
    (3, "lapsed"),
];

/// Those that need what was not given.
const OPTIONAL: [&str; 3] = ["medium", "asset", "input"];

impl Outcome {
    /// Nothing failed, and everything that has to be checked was.
    pub fn ok(&self) -> bool {
        let made = |code: &str| OPTIONAL.contains(&code) || self.checks.passed(code);
        self.checks.cause().is_none() && CODES.iter().all(|(_, code)| made(code))
    }
}

/// Runs the command.
///
/// # Errors
/// A file cannot be read, or the policy is refused.
pub fn run(args: &CheckArgs) -> anyhow::Result<Answer> {
    let trust = Trust::read(&args.trust)?;
    let file = files::open(&args.file)?;
    let beside = beside(&args.file, args.manifest.as_deref())?;
    let asked = Asked {
        approval: args.approval.as_deref().map(files::read).transpose()?,
        asset: args.asset,
        input: args.input.as_deref().map(files::read).transpose()?.map(|bytes| Digest(sha256(&[&bytes]))),
    };
    let outcome = examine(&file, beside.as_deref(), &trust, &asked)?;
    Ok(answer(&outcome))
}

/// The manifest that does not lie in the file: the one named, or the one beside it.
///
/// # Errors
/// It cannot be read.
pub fn beside(file: &Path, named: Option<&Path>) -> anyhow::Result<Option<Vec<u8>>> {
    let usual = files::beside(file);
    let path = named.or_else(|| usual.exists().then_some(&usual));
    path.map(files::read).transpose()
}

/// Makes every check.
///
/// # Errors
/// The file cannot be read, or the policy's authorities are no certificates.
pub fn examine(file: &File, beside: Option<&[u8]>, trust: &Trust, asked: &Asked) -> anyhow::Result<Outcome> {
    let format = Format::of(&mut file.try_clone()?)?;
    let mut outcome = Outcome { checks: Checks::default(), manifest: None, statement: None, approval: None };
    match manifest::find(file, format, beside, trust.authorities())? {
        Found::Nothing => {
            let words = format!(
                "no manifest in this {} and none beside it: it was never marked, or the mark was stripped (a kept copy \
                 of the manifest, --manifest, would tell)",
                format.media_type()
            );
            outcome.checks.note(1, "mark", false, words);
        }
        Found::Broken(why) => {
            outcome.checks.note(1, "mark", false, format!("the manifest cannot be read: {why}"));
        }
        Found::Manifest(found) => {
            marked(&mut outcome.checks, &found, file, format, trust, &mut outcome.statement)?;
            outcome.manifest = Some(found);
            if outcome.checks.cause().is_none()
                && let Some(statement) = &outcome.statement
            {
                outcome.approval = approved(&mut outcome.checks, statement, format, trust, asked);
            }
        }
    }
    for (step, code) in CODES {
        if !outcome.checks.list().iter().any(|check| check.code == code) {
            outcome.checks.skip(step, code, "an earlier check failed");
        }
    }
    Ok(outcome)
}

/// Step 1: the file and its mark.
fn marked(
    checks: &mut Checks,
    found: &Manifest,
    file: &File,
    format: Format,
    trust: &Trust,
    statement: &mut Option<Statement>,
) -> anyhow::Result<()> {
    let place = if found.embedded { "in the file" } else { "beside the file" };
    checks.note(
        1,
        "mark",
        true,
        format!("a manifest of {} bytes {place}, SHA-256 {}", found.bytes, found.digest),
    );
    let read = only(found);
    if found.failures.is_empty() {
        checks.note(1, "intact", true, "file and manifest are as they were signed");
    } else {
        let words = changed(found, read.as_ref().ok(), file, format)?;
        checks.note(1, "intact", false, words);
    }
    let name = found.signer.as_deref().unwrap_or("somebody without a name");
    let signer = match trust.authorities() {
        None => format!("signed by {name}, and the policy names no authorities in [media]"),
        Some(_) if found.trusted => format!("signed by {name}, whom an authority of the policy certified"),
        Some(_) => format!("signed by {name}, whom no authority of the policy certified"),
    };
    checks.note(1, "signer", found.trusted, signer);
    if found.failures.is_empty() && found.trusted {
        let trusted = found.state == c2pa::ValidationState::Trusted;
        let words = match (trusted, found.made) {
            (false, _) => format!("the C2PA state is {:?}, not Trusted", found.state),
            (_, false) => "it does not say that a trained algorithm created it".into(),
            _ => "created by a trained algorithm; C2PA state Trusted".into(),
        };
        checks.note(1, "made", trusted && found.made, words);
    }
    match read {
        Ok(read) => {
            checks.note(1, "statement", true, format!("approval {}", read.named.approval));
            *statement = Some(read);
        }
        Err(why) => {
            checks.note(1, "statement", false, why);
        }
    }
    Ok(())
}

/// The one statement of a manifest, by its signer's own word.
fn only(found: &Manifest) -> Result<Statement, String> {
    match &found.statements[..] {
        [] => Err("the manifest names no approval: its maker is another program".into()),
        [(value, true)] => Statement::read(value).map_err(|error| error.to_string()),
        [_] => Err("the statement was gathered from elsewhere, and is not its signer's own word".into()),
        several => Err(format!("it names {} approvals, one is allowed", several.len())),
    }
}

/// What became of the file.
fn changed(
    found: &Manifest,
    statement: Option<&Statement>,
    file: &File,
    format: Format,
) -> anyhow::Result<String> {
    let codes = found.failures.join(", ");
    // These say that the file is another one; all others, that the manifest is.
    let of_file = |code: &String| {
        ["assertion.dataHash.", "assertion.bmffHash.", "assertion.boxesHash."]
            .iter()
            .any(|kind| code.starts_with(kind))
    };
    let Some(statement) = statement.filter(|_| found.failures.iter().all(of_file)) else {
        return Ok(format!("the manifest does not hold: {codes}"));
    };
    // It lay in the file, and the file carries it no more.
    let gone = !found.embedded && !statement.beside;
    let change = Change::of(&statement.medium, &mut Medium::find(file.try_clone()?, format)?)?;
    let words = match change {
        Change::Around if gone => {
            "stripped: the medium is what was marked, and the mark is gone from it".into()
        }
        Change::Around => change.to_string(),
        _ if gone => format!("the mark is gone from it, and it is {change}"),
        _ => change.to_string(),
    };
    Ok(format!("{words} ({codes})"))
}

/// Steps 2 and 3: the approval that the mark names, and the use that it allows.
fn approved(
    checks: &mut Checks,
    statement: &Statement,
    format: Format,
    trust: &Trust,
    asked: &Asked,
) -> Option<Approval> {
    let bytes = match (&asked.approval, statement.bundle()) {
        (Some(given), _) => given.clone(),
        (None, Ok(Some(carried))) => carried,
        (None, Ok(None)) => {
            checks.note(2, "approval", false, "it does not travel in the mark: give it by --approval");
            return None;
        }
        (None, Err(error)) => {
            checks.note(2, "approval", false, error.to_string());
            return None;
        }
    };
    // What lapsed did hold. Then it is the time, and nothing else, that is wrong with it.
    let lapsed = match trust.verify(&bytes) {
        Ok(verified) => {
            checks.note(2, "approval", true, verified.report().summary.clone());
            let approval = verified.into_content();
            checks_of_use(checks, statement, &bytes, &approval, format, trust, asked);
            checks.note(3, "lapsed", true, format!("the use lasts until {} (UTC seconds)", approval.until));
            return Some(approval);
        }
        Err(refused) => {
            let report = refused.report();
            if !report.lapsed {
                checks.note(2, "approval", false, refused.to_string());
                return None;
            }
            refused.to_string()
        }
    };
    checks.note(2, "approval", true, "it held");
    checks.note(3, "lapsed", false, lapsed);
    None
}

/// Whether the mark speaks of this approval, and the file is what that allows.
fn checks_of_use(
    checks: &mut Checks,
    statement: &Statement,
    bytes: &[u8],
    approval: &Approval,
    format: Format,
    trust: &Trust,
    asked: &Asked,
) {
    let log = &trust.policy.log;
    let named = ApprovalBundle::unverified(bytes).map_err(|error| error.to_string()).and_then(|bundle| {
        Named::of(approval, &bundle, log).map_err(|error: StatementError| error.to_string())
    });
    let differs = match named {
        Ok(named) => statement.named.differs(&named).or_else(|| statement.proof_fails(log)),
        Err(why) => Some(why),
    };
    let same = differs.is_none();
    checks.note(
        2,
        "named",
        same,
        differs.unwrap_or_else(|| "the mark says of the approval what is in it".into()),
    );
    let kind = format.media_type();
    match approval.request.attributes.medium.as_deref().map(|medium| (medium, format.is(medium))) {
        Some((medium, Some(is))) => {
            checks.note(3, "medium", is, format!("{medium} was approved, the file is {kind}"));
        }
        Some((medium, None)) => checks.skip(3, "medium", format!("{medium} was approved; is {kind} that?")),
        None => checks.skip(3, "medium", "the request names none"),
    }
    let assets = &statement.named.assets;
    match asked.asset {
        Some(asset) => {
            checks.note(
                3,
                "asset",
                assets.contains(&asset),
                format!("asked was {asset}, approved {assets:?}"),
            );
        }
        None => checks.skip(3, "asset", "no asset was asked for"),
    }
    match asked.input {
        Some(input) => {
            let approved = statement.named.input;
            checks.note(
                3,
                "input",
                input == approved,
                format!("SHA-256 {input} was given, {approved} was approved"),
            );
        }
        None => checks.skip(3, "input", "no input was given"),
    }
}

/// For people and for programs.
fn answer(outcome: &Outcome) -> Answer {
    let Outcome { checks, manifest, statement, approval } = outcome;
    let ok = outcome.ok();
    let first = match (checks.cause(), approval) {
        (None, Some(approval)) if ok => format!(
            "made with an approval: {} for {}, until {} (UTC seconds)",
            approval.request.attributes.purpose, approval.request.app, approval.until
        ),
        (Some(cause), _) => format!("refused: {}: {}", cause.code, cause.compared),
        _ => "refused: not all of it could be checked".into(),
    };
    let json = json!({
        "ok": ok,
        "summary": first,
        "first_failure": checks.cause().map(|check| check.code),
        "checks": checks.list(),
        "signer": manifest.as_ref().and_then(|manifest| manifest.signer.clone()),
        "manifest": manifest.as_ref().map(|manifest| manifest.digest),
        "named": statement.as_ref().map(|statement| &statement.named),
    });
    Answer { yes: ok, text: format!("{first}\n{}", checks.lines()), json }
}
