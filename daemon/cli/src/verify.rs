//! `wetsign verify`: is this approval, or this enrolment, proved under *my* trust policy?

use std::ffi::OsString;
use std::fmt::Write as _;
use std::path::PathBuf;

use anyhow::{Context, bail, ensure};
use clap::Args;
use serde_json::json;
use wetsign_attest::limits::LAST_SECOND;
use wetsign_attest::object::{Object, type_of};
use wetsign_attest::rules::content::cached_scorer;
use wetsign_attest::verify::{
    GivenWithdrawal, Options, Report, Status, VerifierState, report_of, verify, verify_enrolment,
    verify_remembering,
};
use wetsign_attest::{EnrolmentBundle, TrustPolicy};

use crate::clock;
use crate::draft::{read_bounded, text};
use crate::memory::Memory;
use crate::output::{Answer, Outcome, Terminal, plain};

/// `wetsign verify`.
#[derive(Debug, Args)]
pub struct VerifyArgs {
    /// The bundle: an approval (`approval.cbor`) or an enrolment (`enrolment.cbor`).
    pub file: PathBuf,
    /// Your trust policy (TOML) [default: $XDG_CONFIG_HOME/wetsign/trust.toml]. Never take it from whoever gave you the
    /// bundle.
    #[arg(long, value_name = "FILE")]
    pub policy: Option<PathBuf>,
    /// What you remember of other approvals of this log; kept up to date, made if it is not there. Only with it can a
    /// nullifier used twice, or a secure element whose counter was put back, be found.
    #[arg(long, value_name = "FILE")]
    pub memory: Option<PathBuf>,
    /// An owner's withdrawal that you were given, with its place in the log or alone as it was signed (repeatable).
    /// What somebody signed who may ends the approval: it has *lapsed*. With --memory it is remembered.
    #[arg(long = "withdrawal", value_name = "FILE")]
    pub withdrawals: Vec<PathBuf>,
    /// The time at which it has to hold: UTC seconds, or RFC 3339 as in 2027-03-01T12:00:00Z [default: now]. What was
    /// approved and is over then is said to have *lapsed*.
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub at: Option<u64>,
    /// Accept recordings in place of people and software in place of a secure element. Proves nothing about the world.
    #[arg(long)]
    pub allow_simulated: bool,
    /// Accept keys whose secrets are published, under which anyone can forge.
    #[arg(long)]
    pub allow_development_keys: bool,
}

/// What a file may be asked for.
struct Kind {
    name: &'static str,
    /// What the id in an answer is the id of.
    object: &'static str,
    steps: [&'static str; 7],
    check: fn(&[u8], &TrustPolicy, Options<'_>) -> Report,
    remembering: fn(&[u8], &TrustPolicy, Options<'_>, &mut VerifierState) -> Report,
}

const APPROVAL: Kind = Kind {
    name: "approval",
    object: "request",
    steps: APPROVAL_STEPS,
    check: |bundle, policy, options| report_of(&verify(bundle, policy, options)).clone(),
    remembering: |bundle, policy, options, memory| {
        report_of(&verify_remembering(bundle, policy, options, memory)).clone()
    },
};
const ENROLMENT: Kind = Kind {
    name: "enrolment",
    object: "record",
    steps: ENROLMENT_STEPS,
    check: |bundle, policy, options| report_of(&verify_enrolment(bundle, policy, options)).clone(),
    // It is checked by what approvals taught, and teaches nothing itself.
    remembering: |bundle, policy, options, memory| {
        report_of(&verify_enrolment(bundle, policy, Options { state: Some(memory), ..options })).clone()
    },
};

const APPROVAL_STEPS: [&str; 7] = [
    "what is in the file",
    "descriptors and rules in force",
    "what the rules say",
    "registry and stake",
    "a living, enrolled person, for this request",
    "enough different ones",
    "all of it in the log",
];

const ENROLMENT_STEPS: [&str; 7] = [
    "what is in the file",
    "consent, and the order of things",
    "two captures of a living person",
    "the second matches the first",
    "nobody enrolled twice here",
    "the word of another operator",
    "all of it in the log",
];

/// Checks a bundle of either kind. A file of another kind is refused as an approval.
pub fn run(
    args: &VerifyArgs,
    config: Option<OsString>,
    home: Option<OsString>,
    terminal: &Terminal,
) -> anyhow::Result<Answer> {
    let bundle = read_bounded(&args.file)?;
    let path = match &args.policy {
        Some(path) => path.clone(),
        None => default_policy(config, home)?,
    };
    let bytes = read_bounded(&path).context("no trust policy (name yours by --policy)")?;
    let policy = TrustPolicy::from_toml(text(&path, &bytes)?)
        .with_context(|| format!("trust policy {} is refused", path.display()))?;
    let withdrawals = args.withdrawals.iter().map(|path| {
        let given = GivenWithdrawal::decode(&read_bounded(path)?);
        given.with_context(|| format!("{} is no withdrawal", path.display()))
    });
    let withdrawals = withdrawals.collect::<anyhow::Result<Vec<_>>>()?;
    let (scorer, unscored) = cached_scorer();
    let options = Options {
        allow_simulated: args.allow_simulated,
        allow_development_keys: args.allow_development_keys,
        now: Some(match args.at {
            Some(at) => at,
            None => clock::now()?,
        }),
        scorer: Some(&scorer),
        withdrawals: &withdrawals,
        ..Options::default()
    };
    let kind = if type_of(&bundle) == Ok(EnrolmentBundle::TYPE) { ENROLMENT } else { APPROVAL };
    ensure!(
        kind.name == APPROVAL.name || withdrawals.is_empty(),
        "{} is an enrolment, which nobody withdraws: leave out --withdrawal",
        args.file.display()
    );
    let report = match &args.memory {
        None => (kind.check)(&bundle, &policy, options),
        Some(path) => {
            let mut memory = Memory::open(path, &policy.log)?;
            let report = (kind.remembering)(&bundle, &policy, options, memory.remembered());
            memory.keep()?;
            report
        }
    };
    let flags = flags(args);
    let mut json = json!({
        "ok": report.ok,
        "lapsed": report.lapsed,
        "summary": first_line(&report, &flags),
        "flags": flags,
        "policy": path,
        "kind": kind.name,
        "first_failure": report.first_failure(),
        "checks": report.checks,
        "classifier_missing": unscored,
    });
    json[kind.object] = json!(report.object);
    Ok(Answer { outcome: Outcome::of(report.ok), text: text_of(&kind, &report, &flags, terminal), json })
}

/// UTC seconds, or RFC 3339.
fn time(text: &str) -> Result<u64, String> {
    let seconds = if let Ok(seconds) = text.parse() {
        seconds
    } else {
        let time = chrono::DateTime::parse_from_rfc3339(text)
            .map_err(|error| format!("neither UTC seconds nor RFC 3339 (2027-03-01T12:00:00Z): {error}"))?;
        u64::try_from(time.timestamp()).map_err(|_| "lies before 1970")?
    };
    // In milliseconds everything would have lapsed long ago.
    if seconds > LAST_SECOND {
        return Err("lies after the year 5000: give UTC seconds, not milliseconds".into());
    }
    Ok(seconds)
}

fn default_policy(config: Option<OsString>, home: Option<OsString>) -> anyhow::Result<PathBuf> {
    let config = config.filter(|path| !path.is_empty()).map(PathBuf::from);
    match config.or_else(|| home.map(|home| PathBuf::from(home).join(".config"))) {
        Some(config) => Ok(config.join("wetsign").join("trust.toml")),
        None => bail!("no trust policy: name yours by --policy"),
    }
}

fn flags(args: &VerifyArgs) -> Vec<&'static str> {
    [(args.allow_simulated, "--allow-simulated"), (args.allow_development_keys, "--allow-development-keys")]
        .into_iter()
        .filter_map(|(given, flag)| given.then_some(flag))
        .collect()
}

/// The answer, what was accepted although it proves less, and by which flag.
fn first_line(report: &Report, flags: &[&str]) -> String {
    let mut line = report.summary.clone();
    if !flags.is_empty() {
        let _ = write!(line, " ({} given)", flags.join(" and "));
    }
    line
}

fn text_of(kind: &Kind, report: &Report, flags: &[&str], terminal: &Terminal) -> String {
    let first = first_line(report, flags);
    let mut text = if report.ok { terminal.good(&first) } else { terminal.bad(&first) };
    text.push('\n');
    if let Some(id) = report.object {
        let _ = writeln!(text, "{} {id}", kind.object);
    }
    let mut step = 0;
    for check in &report.checks {
        if check.step != step {
            step = check.step;
            let name = kind.steps.get(usize::from(step).wrapping_sub(1)).copied().unwrap_or("other");
            let _ = writeln!(text, "\n{}", terminal.bold(&format!("{step}. {name}")));
        }
        let status = match check.status {
            Status::Passed => terminal.good("passed     "),
            Status::Failed => terminal.bad("FAILED     "),
            Status::NotChecked => terminal.faint("not checked"),
        };
        let subject = if check.subject.is_empty() { String::new() } else { format!("{}: ", check.subject) };
        let _ =
            writeln!(text, "  {status}  {:<20}  {}{}", check.code, plain(&subject), plain(&check.compared));
    }
    let count = |status| report.checks.iter().filter(|check| check.status == status).count();
    let _ = writeln!(
        text,
        "\n{} passed, {} failed, {} not checked",
        count(Status::Passed),
        count(Status::Failed),
        count(Status::NotChecked)
    );
    text
}
