//! `wetsign audit report`: what was approved, by whom, and how each thing was checked, as one page for people.

use std::fmt::Write as _;
use std::path::PathBuf;

use anyhow::ensure;
use clap::Args;
use serde_json::json;
use wetsign_attest::id::Digest;
use wetsign_attest::object::{Object, type_of};
use wetsign_attest::rules::content::cached_scorer;
use wetsign_attest::verify::{
    Approval, Options, Outcome as Checked, Report, Status, VerifierState, code, report_of, verify_enrolment,
    verify_remembering,
};
use wetsign_attest::{EnrolmentBundle, TrustPolicy};

use super::approved::{self, Parts};
use super::html;
use super::source::{Given, Source};
use crate::file::{self, For};
use crate::memory::Memory;
use crate::output::{Answer, Outcome, Terminal, plain};
use crate::trust::{Homes, TrustArgs, Trusted};

/// More files than people read.
const MOST: usize = 200;

/// What no file can show, whatever is checked.
const NEVER: [&str; 4] = [
    "Where the pictures came from, if the kiosk's host is not trusted: who has root there can feed recordings below the \
     camera driver.",
    "That k co-signatures are k humans: they are k enrolments. Duplicates are searched at one kiosk, and at all others \
     only where the policy names searchers.",
    "That no attack passes the gates: what was tried, and how often it passed, stands in models/LIMITS.md.",
    "That nobody took it back since, unless you were given the word of the owner or of the log.",
];

/// `wetsign audit report`.
#[derive(Debug, Args)]
pub struct ReportArgs {
    /// Approvals and enrolments, folders of them, streams.
    #[arg(required = true, value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// The page: a file that is not there yet.
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
    /// Whom you believe.
    #[command(flatten)]
    pub trust: TrustArgs,
}

/// A file with its answer.
struct Section {
    name: String,
    id: String,
    report: Report,
    html: String,
}

/// Writes the page.
pub fn run(args: &ReportArgs, homes: Homes, terminal: &Terminal) -> anyhow::Result<Answer> {
    file::free(&args.out)?;
    let trusted = args.trust.read(homes)?;
    let (scorer, _) = cached_scorer();
    let now = args.trust.time()?;
    let options = args.trust.options(&trusted, now, &scorer);
    let mut memory =
        args.trust.memory.as_ref().map(|path| Memory::open(path, &trusted.policy.log)).transpose()?;
    let mut seen = VerifierState::default();
    let mut sections = Vec::new();
    for given in Source::new(&args.paths)? {
        ensure!(
            sections.len() < MOST,
            "more than {MOST} files make no page for people: use `wetsign audit`, and name fewer"
        );
        let state = memory.as_mut().map_or(&mut seen, Memory::remembered);
        sections.push(section(&given?, &trusted.policy, options, state, sections.len() + 1)?);
    }
    ensure!(!sections.is_empty(), "there is nothing to report on");
    if let Some(memory) = &memory {
        memory.keep()?;
    }
    let page = page(&sections, &trusted, now);
    file::write_new(&args.out, page.as_bytes(), For::All)?;

    let held = sections.iter().filter(|section| section.report.ok).count();
    let ok = held == sections.len();
    let first = trusted.first_line(&format!("{held} of {} files hold", sections.len()));
    let words = if ok { terminal.good(&first) } else { terminal.bad(&first) };
    let out = plain(&args.out.display().to_string());
    Ok(Answer {
        outcome: Outcome::of(ok),
        text: format!("{words}\nthe page is {out}\n"),
        json: json!({ "ok": ok, "summary": first, "files": sections.len(), "hold": held, "out": args.out }),
    })
}

fn section(
    given: &Given,
    policy: &TrustPolicy,
    options: Options<'_>,
    memory: &mut VerifierState,
    number: usize,
) -> anyhow::Result<Section> {
    let bytes = &given.bytes;
    let (kind, report, said) = if type_of(bytes) == Ok(EnrolmentBundle::TYPE) {
        let options = Options { state: Some(memory), ..options };
        ("Enrolment", report_of(&verify_enrolment(bytes, policy, options)).clone(), String::new())
    } else {
        let outcome = verify_remembering(bytes, policy, options, memory);
        ("Approval", report_of(&outcome).clone(), said(bytes, &outcome, policy)?)
    };
    let (class, sign) = if report.ok { ("passed", "✔") } else { ("failed", "✘") };
    let object = report.object.map_or_else(String::new, |id| format!(" {}", html::code(id.short())));
    let mut html = format!("<article id=\"f{number}\">\n<h1>{kind}{object}</h1>\n");
    let _ = writeln!(
        html,
        "<p class=\"lead\">{}, SHA-256 {}</p>",
        html::text(&given.name),
        html::code(Digest::of(bytes))
    );
    let count = |status| report.checks.iter().filter(|check| check.status == status).count();
    let _ = writeln!(
        html,
        "<p class=\"answer {class}\">{sign} {}<small>{} checks passed, {} failed, {} not made</small></p>",
        html::text(&report.summary),
        count(Status::Passed),
        count(Status::Failed),
        count(Status::NotChecked)
    );
    if !report.ok {
        html += "<p>Nothing of what the file says is shown: it is not proved.</p>\n";
    }
    html += &said;
    html += &unchecked(&report);
    html += &how(&report);
    html += "</article>\n";
    Ok(Section { name: given.name.clone(), id: format!("f{number}"), report, html })
}

/// What an accepted approval says.
fn said(bytes: &[u8], outcome: &Checked<Approval>, policy: &TrustPolicy) -> anyhow::Result<String> {
    let Ok(verified) = outcome else { return Ok(String::new()) };
    let approval = verified.content();
    let parts = Parts::of(bytes)?;
    Ok(format!(
        "<h2>Who asked, and for what</h2>\n{}<h2>Which rules</h2>\n{}<h2>Who approved, and what was measured</h2>\n{}\
         <h2>When</h2>\n{}",
        approved::asked(approval),
        approved::rules(approval, &parts),
        approved::approved(&parts, policy)?,
        approved::timeline(approval, &parts)?
    ))
}

fn unchecked(report: &Report) -> String {
    let rows: Vec<_> = report
        .checks
        .iter()
        .filter(|check| check.status == Status::NotChecked)
        .map(|check| {
            let subject = if check.subject.is_empty() {
                String::new()
            } else {
                format!("{}: ", html::text(&check.subject))
            };
            vec![
                html::code(check.code),
                html::text(code::words(check.code)),
                format!("{subject}{}", html::text(&check.compared)),
            ]
        })
        .collect();
    let mut out = String::from("<h2>What was not checked</h2>\n");
    if rows.is_empty() {
        out += "<p>Every check was made.</p>\n";
    } else {
        out += &html::table(&["check", "what it asks", "why it was not made"], &rows);
    }
    out += "<p>And what no file can show:</p>\n<ul>\n";
    for words in NEVER {
        let _ = writeln!(out, "<li>{}</li>", html::text(words));
    }
    out + "</ul>\n"
}

fn how(report: &Report) -> String {
    let rows: Vec<_> = report
        .checks
        .iter()
        .map(|check| {
            let subject = if check.subject.is_empty() {
                String::new()
            } else {
                format!("<br>{}", html::text(&check.subject))
            };
            vec![
                check.step.to_string(),
                format!("{}{subject}", html::code(check.code)),
                html::text(&check.compared),
                html::status(check.status).to_owned(),
            ]
        })
        .collect();
    format!(
        "<h2>How each thing was checked</h2>\n{}",
        html::table(&["step#", "check", "what was compared", "outcome!"], &rows)
    )
}

fn page(sections: &[Section], trusted: &Trusted, now: u64) -> String {
    let mut body = String::new();
    if let [one] = sections {
        body += &one.html;
    } else {
        body += "<header>\n<h1>Report of an audit</h1>\n";
        let held = sections.iter().filter(|section| section.report.ok).count();
        let _ = writeln!(body, "<p class=\"lead\">{held} of {} files hold.</p>", sections.len());
        let rows: Vec<_> = sections
            .iter()
            .map(|section| {
                let status = if section.report.ok { Status::Passed } else { Status::Failed };
                let cause = section.report.failures().next().map_or_else(String::new, |check| {
                    format!("{}: {}", html::code(check.code), html::text(&check.compared))
                });
                let link = format!("<a href=\"#{}\">{}</a>", section.id, html::text(&section.name));
                vec![html::status(status).to_owned(), link, cause]
            })
            .collect();
        body += &html::table(&["answer!", "file", "first failure"], &rows);
        body += "</header>\n";
        body.extend(sections.iter().map(|section| section.html.as_str()));
    }
    let _ = write!(
        body,
        "<footer>\n<p>Checked by wetsign {} as of {}, by the trust policy {} (SHA-256 {}){}.</p>\n\
         <p>This page proves nothing itself: whoever doubts it checks the file, by <code>wetsign verify</code> and a \
         trust policy of their own.</p>\n</footer>\n",
        env!("CARGO_PKG_VERSION"),
        html::time(now),
        html::text(&trusted.path.display().to_string()),
        html::code(trusted.digest),
        if trusted.flags.is_empty() {
            String::new()
        } else {
            format!(", with {}", trusted.flags.join(" and "))
        }
    );
    html::page("Wetsign audit report", &body)
}
