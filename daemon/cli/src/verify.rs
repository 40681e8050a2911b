//! `wetsign verify`: is this approval, or this enrolment, proved under *my* trust policy?

use std::fmt::Write as _;
use std::path::PathBuf;

use anyhow::ensure;
use clap::Args;
use serde_json::json;
use wetsign_attest::object::{Object, type_of};
use wetsign_attest::rules::content::cached_scorer;
use wetsign_attest::verify::{
    Options, Report, Status, VerifierState, report_of, verify, verify_enrolment, verify_remembering,
};
use wetsign_attest::{EnrolmentBundle, TrustPolicy};

use crate::draft::read_bounded;
use crate::memory::Memory;
use crate::output::{Answer, Outcome, Terminal, plain};
use crate::trust::{Homes, TrustArgs};

/// `wetsign verify`.
#[derive(Debug, Args)]
pub struct VerifyArgs {
    /// The bundle: an approval (`approval.cbor`) or an enrolment (`enrolment.cbor`).
    pub file: PathBuf,
    /// Whom you believe.
    #[command(flatten)]
    pub trust: TrustArgs,
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
pub fn run(args: &VerifyArgs, homes: Homes, terminal: &Terminal) -> anyhow::Result<Answer> {
    let bundle = read_bounded(&args.file)?;
    let trusted = args.trust.read(homes)?;
    let policy = &trusted.policy;
    let (scorer, unscored) = cached_scorer();
    let options = args.trust.options(&trusted, args.trust.time()?, &scorer);
    let kind = if type_of(&bundle) == Ok(EnrolmentBundle::TYPE) { ENROLMENT } else { APPROVAL };
    ensure!(
        kind.name == APPROVAL.name || trusted.withdrawals.is_empty(),
        "{} is an enrolment, which nobody withdraws: leave out --withdrawal",
        args.file.display()
    );
    let report = match &args.trust.memory {
        None => (kind.check)(&bundle, policy, options),
        Some(path) => {
            let mut memory = Memory::open(path, &policy.log)?;
            let report = (kind.remembering)(&bundle, policy, options, memory.remembered());
            memory.keep()?;
            report
        }
    };
    let first = trusted.first_line(&report.summary);
    let mut json = json!({
        "ok": report.ok,
        "lapsed": report.lapsed,
        "summary": first,
        "flags": trusted.flags,
        "policy": trusted.path,
        "kind": kind.name,
        "first_failure": report.first_failure(),
        "checks": report.checks,
        "classifier_missing": unscored,
    });
    json[kind.object] = json!(report.object);
    Ok(Answer { outcome: Outcome::of(report.ok), text: text_of(&kind, &report, &first, terminal), json })
}

fn text_of(kind: &Kind, report: &Report, first: &str, terminal: &Terminal) -> String {
    let mut text = if report.ok { terminal.good(first) } else { terminal.bad(first) };
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
