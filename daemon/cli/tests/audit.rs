//! `wetsign audit` and `wetsign audit report` as an auditor runs them.
#![allow(missing_docs, dead_code, clippy::pedantic)]

mod common;
#[allow(clippy::type_complexity)]
#[path = "../../../attest/tests/support/mod.rs"]
mod support;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use common::{Run, wetsign, write};
use serde_json::{Value, json};
use support::series::{Series, series};
use wetsign_attest::bundle::ApprovalBundle;
use wetsign_attest::log::tiles;

const DEVELOPMENT: &str = "--allow-development-keys";
const COUNT: u32 = 9;

fn made() -> &'static Series {
    static MADE: OnceLock<Series> = OnceLock::new();
    MADE.get_or_init(|| series(COUNT))
}

/// An approval that nobody gave: its first co-signature's proof is of another statement.
fn forged() -> Vec<u8> {
    use wetsign_attest::object::CoSignature;
    let other = wetsign_attest::Signed::<CoSignature>::decode(&made().bundles[0].cosignatures[0].0).unwrap();
    let mut edits = support::Edits { forge: true, ..Default::default() };
    edits.cosignature = Some(Box::new(move |person, own: &mut CoSignature| {
        if person == 0 {
            own.proof.proof = other.payload().proof.proof.clone();
        }
    }));
    support::approval(&edits).to_bytes().unwrap()
}

/// A folder with the approvals, and the auditor's policy.
struct Desk {
    folder: tempfile::TempDir,
    policy: String,
    at: String,
}

impl Desk {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("in")).unwrap();
        for (number, bundle) in made().bundles.iter().enumerate() {
            write(&folder.path().join("in"), &format!("{number:03}.cbor"), bundle.to_bytes().unwrap());
        }
        let policy = write(folder.path(), "trust.toml", support::policy().to_toml().unwrap());
        Self { folder, policy, at: (support::T + 60).to_string() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn text(&self, name: &str) -> String {
        self.path(name).display().to_string()
    }

    fn audit(&self, more: &[&str]) -> Run {
        wetsign(&[&["audit", "--policy", &self.policy, "--at", &self.at, DEVELOPMENT], more].concat())
    }

    fn report(&self, name: &str, out: &str) -> (Run, String) {
        let (file, out) = (self.text(name), self.text(out));
        let run = wetsign(&[
            "audit",
            "report",
            &file,
            "--out",
            &out,
            "--policy",
            &self.policy,
            "--at",
            &self.at,
            DEVELOPMENT,
        ]);
        (run, std::fs::read_to_string(out).unwrap())
    }
}

#[test]
fn a_folder_is_audited_whole_and_the_forged_one_in_it_is_named() {
    let desk = Desk::new();
    let folder = desk.text("in");
    let run = desk.audit(&[&folder]).exits(0);
    assert_eq!(run.first(), "9 of 9 files hold (--allow-development-keys given)");
    for words in ["9  approved", "0  refused", "9  witnesses", "one by one"] {
        assert!(run.out.contains(words), "{words}: {}", run.out);
    }
    write(&desk.path("in"), "0045.cbor", forged());
    let run = desk.audit(&[&folder]).exits(2);
    for words in [
        "9  approved",
        "1  refused",
        "1    proof",
        "0045.cbor  proof: co-signature 1: the proof does not hold",
    ] {
        assert!(run.out.contains(words), "{words}: {}", run.out);
    }
    let json = desk.audit(&[&folder, "--json", "--batch", "2", "--threads", "1"]).exits(2).json();
    assert_eq!(
        (&json["approved"], &json["refused"], &json["causes"]["proof"]),
        (&json!(9), &json!(1), &json!(1))
    );
    assert!(json["not_held"][0]["file"].as_str().unwrap().ends_with("0045.cbor"));
}

#[test]
fn an_audit_goes_on_where_it_was_stopped_and_keeps_what_it_learnt() {
    let desk = Desk::new();
    let (folder, record) = (desk.text("in"), desk.text("record.jsonl"));
    let first: Vec<String> = (0..4).map(|number| desk.text(&format!("in/{number:03}.cbor"))).collect();
    let first: Vec<&str> = first.iter().map(String::as_str).collect();
    desk.audit(&[&first[..], &["--record", &record]].concat()).exits(0);
    // A crash cut the last line off.
    let whole = std::fs::read_to_string(&record).unwrap();
    std::fs::write(&record, &whole[..whole.len() - 40]).unwrap();
    let json = desk.audit(&[&folder, "--record", &record, "--json"]).exits(0).json();
    assert_eq!(
        (&json["approved"], &json["answered_before"], &json["again"]),
        (&json!(9), &json!(3), &json!(0))
    );

    // What the earlier part taught still counts: the same counter in another co-signature.
    let twin = support::approval(&support::Edits {
        forge: true,
        claims: Some(Box::new(|_, claims: &mut wetsign_attest::eat::Claims| claims.counter = 110)),
        ..Default::default()
    });
    write(&desk.path("in"), "twin.cbor", twin.to_bytes().unwrap());
    let json = desk.audit(&[&folder, "--record", &record, "--json"]).exits(2).json();
    assert_eq!((&json["answered_before"], &json["causes"]["replay"]), (&json!(9), &json!(1)));
    let lines: Vec<Value> = std::fs::read_to_string(&record)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len(), 1 + 10, "what was asked, and a line a file");

    // Another question is another record.
    let refused = wetsign(&["audit", &folder, "--policy", &desk.policy, "--record", &record]).exits(1);
    assert!(refused.err.contains("asked with another flags"), "{}", refused.err);
    std::fs::write(&record, "{}\n").unwrap();
    assert!(desk.audit(&[&folder, "--record", &record]).exits(1).err.contains("line 1 of"));
}

#[test]
fn a_stream_is_audited_as_it_comes() {
    let desk = Desk::new();
    let mut stream: Vec<u8> = made().bundles.iter().flat_map(|bundle| bundle.to_bytes().unwrap()).collect();
    let run = |bytes: &[u8]| {
        let mut child = Command::new(env!("CARGO_BIN_EXE_wetsign"))
            .args(["audit", "-", "--policy", &desk.policy, "--at", &desk.at, DEVELOPMENT, "--json"])
            .env("WETSIGN_CACHE", "/nonexistent/cache")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(bytes).unwrap();
        let output = child.wait_with_output().unwrap();
        (output.status.code(), serde_json::from_slice::<Value>(&output.stdout).unwrap())
    };
    let (code, json) = run(&stream);
    assert_eq!((code, &json["approved"]), (Some(0), &json!(9)));
    stream.extend(&forged()[..5000]);
    let (code, json) = run(&stream);
    assert_eq!((code, &json["approved"], &json["causes"]["bundle"]), (Some(2), &json!(9), &json!(1)));
    assert_eq!(json["not_held"][0]["file"], json!("-#10"));
    std::fs::write(desk.path("all.cborseq"), &stream).unwrap();
    let json = desk.audit(&[&desk.text("all.cborseq"), "--json"]).exits(2).json();
    assert_eq!(json["approved"], json!(9));
}

fn publish(folder: &Path, series: &Series) {
    let entry = |index: u64| series.log.records.get(index as usize).map(|(record, _)| record.as_slice());
    for (tile, bytes) in tiles::writes(&series.log.tree, entry, 0, series.log.tree.size()).unwrap() {
        let path = folder.join(tile.to_string());
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }
    let note = series.log.head().sign(&support::key(support::LOG)).unwrap();
    std::fs::write(folder.join("checkpoint"), note).unwrap();
}

#[test]
fn an_approval_that_the_log_has_and_nobody_shows_is_missed() {
    let desk = Desk::new();
    let (folder, log) = (desk.text("in"), desk.text("log"));
    publish(&desk.path("log"), made());
    let run = desk.audit(&[&folder, "--log", &log]).exits(0);
    assert!(run.out.contains("whole  a file for every approval"), "{}", run.out);
    std::fs::remove_file(desk.path("in/008.cbor")).unwrap();
    let run = desk.audit(&[&folder, "--log", &log]).exits(2);
    assert!(run.out.contains("MISSING  approval "), "{}", run.out);
    // Of a range before it nothing is missing.
    let size = made().log.tree.size();
    desk.audit(&[&folder, "--log", &log, "--to", &(size - 1).to_string()]).exits(0);
    let refused = desk.audit(&[&folder, "--log", &log, "--to", &(size + 1).to_string()]).exits(1);
    assert!(refused.err.contains("is not in a log of"), "{}", refused.err);
    // An approval under a head that this log never had.
    let foreign = support::approval(&support::Edits {
        forge: true,
        claims: Some(Box::new(|_, claims: &mut wetsign_attest::eat::Claims| claims.counter = 115)),
        ..Default::default()
    });
    write(&desk.path("in"), "foreign.cbor", foreign.to_bytes().unwrap());
    let run = desk.audit(&[&folder, "--log", &log]).exits(2);
    assert!(run.out.contains("this log never had a file"), "{}", run.out);
}

#[test]
fn what_cannot_be_audited_is_said() {
    let desk = Desk::new();
    std::fs::create_dir(desk.path("empty")).unwrap();
    assert!(desk.audit(&[&desk.text("empty")]).exits(1).err.contains("no plain file *.cbor"));
    assert!(desk.audit(&[&desk.text("nowhere.cbor")]).exits(1).err.contains("nowhere.cbor"));
    assert!(wetsign(&["audit"]).exits(1).err.contains("PATH"));
    let other = write(&desk.path("in"), "other.cbor", b"no bundle");
    assert!(desk.audit(&[&other]).exits(2).out.contains("bundle"));
}

#[test]
fn a_report_says_all_of_an_approval_and_loads_and_runs_nothing() {
    let desk = Desk::new();
    let (run, page) = desk.report("in/000.cbor", "page.html");
    run.exits(0);
    for words in [
        "default-src &#39;none&#39;".replace("&#39;", "'").as_str(),
        "Who asked, and for what",
        "Rain falls and rivers carry it to the sea.",
        "educational-narration",
        "Which rules",
        "political content is not allowed",
        "Person 2",
        "face_match",
        "kept secret",
        "What was not checked",
        "Witnesses saw the same log.",
        "How each thing was checked",
        "✔ approved",
    ] {
        assert!(page.contains(words), "{words}");
    }
    for never in
        ["<script", "http:", "https:", " src=", " onclick", "javascript:", "<link", "@import", "url("]
    {
        assert!(!page.contains(never), "{never}");
    }
    let (run, _) =
        (wetsign(&["audit", "report", &desk.text("in/000.cbor"), "--out", &desk.text("page.html")]), ());
    assert!(run.exits(1).err.contains("is there already"));
}

#[test]
fn a_report_says_nothing_that_is_not_proved() {
    let desk = Desk::new();
    let mut marked = made().bundles[1].clone();
    marked.checkpoint = marked.checkpoint.replace("log.example", "<script>");
    write(&desk.path("in"), "000.cbor", marked.to_bytes().unwrap());
    write(&desk.path("in"), "0045.cbor", forged());
    let (run, page) = desk.report("in", "page.html");
    run.exits(2);
    assert!(page.contains("8 of 10 files hold") && page.contains("Nothing of what the file says is shown"));
    assert!(!page.contains("<script") && page.matches("<article").count() == 10);
    let (_, refused) = desk.report("in/0045.cbor", "refused.html");
    assert!(refused.contains("FAILED") && !refused.contains("Rain falls"));
    let _: ApprovalBundle = marked;
}
