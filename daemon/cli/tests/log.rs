//! `wetsign log` and `wetsign witness` as an auditor and a witness's operator run them.
#![allow(missing_docs, dead_code, clippy::pedantic)]

mod common;
#[allow(clippy::type_complexity)]
#[path = "../../../attest/tests/support/mod.rs"]
mod support;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use common::{wetsign, write};
use ed25519_dalek::SigningKey;
use serde_json::json;
use wetsign_attest::id::{Digest, Id, PublicKey};
use wetsign_attest::log::cosign::cosigned;
use wetsign_attest::log::note::Note;
use wetsign_attest::log::tree::leaf_hash;
use wetsign_attest::log::witness::AddCheckpoint;
use wetsign_attest::log::{Checkpoint, KeyKind, LogRecord, MerkleTree, VerifierKey, receipt, tiles};
use wetsign_attest::object::Object;

const ORIGIN: &str = "log.example/hub";

fn key() -> SigningKey {
    SigningKey::from_bytes(&[5; 32])
}

/// Record `index` of a history: records 0 to 9 are in each, all later ones are its own.
fn record(index: u64, history: &str) -> Vec<u8> {
    let history = if index < 10 { "" } else { history };
    let id = Id::of(format!("{index} {history}").as_bytes());
    LogRecord::of("wetsign/decline/1", id, &[], &Digest::ZERO, b"bytes").to_payload().unwrap()
}

fn tree(records: &[Vec<u8>]) -> (MerkleTree, Checkpoint) {
    let mut tree = MerkleTree::new();
    for record in records {
        tree.push(leaf_hash(record));
    }
    let head = Checkpoint { origin: ORIGIN.into(), size: tree.size(), root: tree.root() };
    (tree, head)
}

/// Writes a log as a hub does.
fn publish(folder: &Path, records: &[Vec<u8>]) -> String {
    let (tree, head) = tree(records);
    let entry = |index: u64| records.get(index as usize).map(Vec::as_slice);
    for (tile, bytes) in tiles::writes(&tree, entry, 0, tree.size()).unwrap() {
        let path = folder.join(tile.to_string());
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }
    let note = head.sign(&key()).unwrap();
    std::fs::write(folder.join("checkpoint.cose"), receipt::sign_root(&head.root, &key())).unwrap();
    std::fs::write(folder.join("checkpoint"), &note).unwrap();
    note
}

fn history(size: u64, name: &str) -> Vec<Vec<u8>> {
    (0..size).map(|index| record(index, name)).collect()
}

fn policy(folder: &Path, more: &str) -> String {
    let key = PublicKey::from(&key());
    let text = format!(
        "version = 2\nregistrars = [\"{key}\"]\nregistrars_needed = 1\nminimum_stake = \"1\"\n{more}\
         [log]\norigin = \"{ORIGIN}\"\nkey = \"{key}\"\n"
    );
    write(folder, "trust.toml", text)
}

#[test]
fn an_auditor_follows_a_good_log_and_finds_a_forked_a_shrunk_and_a_rewritten_one() {
    let folder = tempfile::tempdir().unwrap();
    let policy = policy(folder.path(), "");
    let path = |name: &str| folder.path().join(name).display().to_string();
    let keep = path("kept");
    let log = |name: &str| folder.path().join(name);
    let audit = |name: &str, more: &[&str]| {
        wetsign(&[&["log", "audit", &path(name), "--policy", &policy], more].concat())
    };
    let with_memory = ["--keep", &keep];

    // A good log, first seen, seen again, grown.
    publish(&log("good"), &history(300, "a"));
    let run = audit("good", &with_memory).exits(0);
    for line in ["the log holds", "300 records", "not checked  continuity", "300  wetsign/decline/1"] {
        assert!(run.out.contains(line), "{line}: {}", run.out);
    }
    assert!(audit("good", &with_memory).exits(0).out.contains("the one that you kept"));
    let kept = publish(&log("good"), &history(600, "a"));
    let run = audit("good", &with_memory).exits(0);
    assert!(run.out.contains("it grew from the 300 records that you kept to 600"), "{}", run.out);

    // The same key shows somebody another history: longer, and of the same size.
    for (name, size) in [("longer", 700), ("same", 600)] {
        let shown = publish(&log(name), &history(size, "b"));
        audit(name, &[]).exits(0);
        let evidence = path(&format!("{name}.evidence"));
        let run = audit(name, &["--keep", &keep, "--evidence", &evidence]).exits(2);
        assert!(run.out.contains("FAILED       continuity") && run.out.contains("FORKED"), "{}", run.out);
        let evidence = std::fs::read_to_string(evidence).unwrap();
        assert!(evidence.contains(&kept) && evidence.contains(&shown));
        let json = audit(name, &["--keep", &keep, "--json"]).exits(2).json();
        assert_eq!(json["ok"], json!(false));
        assert!(json["evidence"].as_str().unwrap().contains(&shown));
    }

    // An older state of the good log.
    publish(&log("shrunk"), &history(500, "a"));
    let run = audit("shrunk", &with_memory).exits(2);
    assert!(run.out.contains("shows 500 records, and had signed 600"), "{}", run.out);

    // One record rewritten in the files, under the good head.
    publish(&log("rewritten"), &history(600, "a"));
    let bundle = log("rewritten").join("tile/entries/001");
    let mut bytes = std::fs::read(&bundle).unwrap();
    let (one, other) = (record(263, "a"), record(263, "b"));
    let at = bytes.windows(one.len()).position(|window| window == one).unwrap();
    bytes[at..at + one.len()].copy_from_slice(&other);
    std::fs::write(&bundle, bytes).unwrap();
    let run = audit("rewritten", &with_memory).exits(2);
    assert!(run.out.contains("FAILED       records") && run.out.contains("record 263"), "{}", run.out);

    // Whatever was shown in between, the good head is still the one that is kept.
    assert_eq!(std::fs::read_to_string(&keep).unwrap(), kept);
    audit("good", &with_memory).exits(0);
}

#[test]
fn what_is_no_log_of_this_policy_is_refused_or_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let policy = policy(folder.path(), "");
    let log = folder.path().join("log");
    std::fs::create_dir(&log).unwrap();
    let audit = |more: &[&str]| {
        wetsign(&[&["log", "audit", log.to_str().unwrap(), "--policy", &policy], more].concat())
    };
    assert!(audit(&[]).exits(1).err.contains("holds no log"));
    publish(&log, &history(3, "a"));
    std::fs::remove_file(log.join("tile/entries/000.p/3")).unwrap();
    let run = audit(&[]).exits(2);
    assert!(run.out.contains("tile/entries/000.p/3 is missing"), "{}", run.out);
    // A link to elsewhere is not followed.
    let elsewhere = write(folder.path(), "elsewhere", "");
    std::os::unix::fs::symlink(elsewhere, log.join("tile/entries/000.p/3")).unwrap();
    assert!(audit(&[]).exits(1).err.contains("cannot be read"));
    let note = Checkpoint { origin: ORIGIN.into(), size: 0, root: Digest::ZERO };
    std::fs::write(log.join("checkpoint"), note.sign(&SigningKey::from_bytes(&[6; 32])).unwrap()).unwrap();
    assert!(audit(&[]).exits(2).out.contains("FAILED       checkpoint"));
}

#[test]
fn a_record_is_proved_by_one_text_file_from_the_log_and_from_an_approval() {
    let folder = tempfile::tempdir().unwrap();
    let policy = policy(folder.path(), "");
    let log = folder.path().join("log");
    publish(&log, &history(300, "a"));
    let log = log.display().to_string();
    let out = folder.path().join("record.tlog-proof").display().to_string();
    wetsign(&["log", "proof", &log, "--index", "299", "--out", &out]).exits(0);
    let run = wetsign(&["log", "check", &out, "--policy", &policy]).exits(0);
    assert!(run.out.contains("record 299 of 300 in log.example/hub"), "{}", run.out);
    assert!(wetsign(&["log", "proof", &log, "--index", "300"]).exits(1).err.contains("no record 300"));
    let text = std::fs::read_to_string(&out).unwrap();
    let other = write(folder.path(), "other.tlog-proof", text.replace("index 299", "index 298"));
    let run = wetsign(&["log", "check", &other, "--policy", &policy]).exits(2);
    assert!(run.out.contains("not under the signed head"), "{}", run.out);
    assert!(wetsign(&["log", "check", &policy, "--policy", &policy]).exits(1).err.contains("no tlog-proof"));

    let bundle = support::approval(&support::Edits::default()).to_bytes().unwrap();
    let bundle = write(folder.path(), "approval.cbor", bundle);
    let proof = wetsign(&["log", "proof", &bundle]).exits(0).out;
    assert!(proof.starts_with("c2sp.org/tlog-proof@v1\nextra "), "{proof}");
    let proof = write(folder.path(), "approval.tlog-proof", proof);
    let own = write(folder.path(), "own.toml", support::policy().to_toml().unwrap());
    let run = wetsign(&["log", "check", &proof, "--policy", &own]).exits(0);
    assert!(run.out.contains("wetsign/approval/"), "{}", run.out);
}

#[test]
fn a_receipt_proves_one_record_and_says_when_witnesses_are_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let plain = policy(folder.path(), "");
    let log = folder.path().join("log");
    publish(&log, &history(300, "a"));
    let path = |name: &str| folder.path().join(name).display().to_string();
    let log_path = log.display().to_string();
    let make = |index: &str, out: &str, record: &str| {
        wetsign(&[
            "log", "receipt", &log_path, "--index", index, "--policy", &plain, "--out", out, "--record",
            record,
        ])
    };
    make("299", &path("a.receipt"), &path("a.record")).exits(0);
    make("298", &path("b.receipt"), &path("b.record")).exits(0);
    let check = |receipt: &str, record: &str, policy: &str| {
        wetsign(&["log", "check", &path(receipt), "--record", &path(record), "--policy", policy])
    };
    assert!(check("a.receipt", "a.record", &plain).exits(0).out.contains("record 299 in log.example/hub"));
    assert!(check("a.receipt", "b.record", &plain).exits(2).out.contains("did not sign that"));
    assert!(check("a.record", "a.record", &plain).exits(1).err.contains("no receipt"));
    let key = VerifierKey::new("w", KeyKind::Cosignature, PublicKey::from(&key())).unwrap();
    let asking = folder.path().join("asking");
    std::fs::create_dir(&asking).unwrap();
    let asking = policy(&asking, &format!("witnesses = '''\nwitness w {key}\nquorum w\n'''\n"));
    assert!(check("a.receipt", "a.record", &asking).exits(2).out.contains("a receipt carries none"));
    // Files of two heads do not make one receipt.
    let other = receipt::sign_root(&Digest::ZERO, &SigningKey::from_bytes(&[5; 32]));
    std::fs::write(log.join("checkpoint.cose"), other).unwrap();
    assert!(make("1", &path("c"), &path("d")).exits(1).err.contains("do not belong together"));
    assert!(!folder.path().join("c").exists());
}

/// A witness that runs, and ends with the test.
struct Running(Child, String);

impl Running {
    fn start(folder: &str, log: &str) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_wetsign"))
            .args(["witness", "run", folder, "--log", log, "--listen", "127.0.0.1:0"])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim().trim_start_matches("http://").trim_end_matches('/').to_owned();
        Self(child, address)
    }

    fn ask(&self, method: &str, path: &str, body: &str) -> (u16, String, String) {
        let mut stream = TcpStream::connect(&self.1).unwrap();
        let length = body.len();
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nhost: w\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        (head[9..12].parse().unwrap(), head.to_lowercase(), body.to_owned())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn request(old: u64, records: &[Vec<u8>]) -> String {
    let (tree, head) = tree(records);
    let proof =
        if old == head.size { Vec::new() } else { tree.consistency(old, head.size).unwrap_or_default() };
    AddCheckpoint { old, proof, checkpoint: head.sign(&key()).unwrap() }.to_body()
}

#[test]
fn a_witness_cosigns_what_continues_and_a_verifier_who_asks_for_it_believes_the_log() {
    let folder = tempfile::tempdir().unwrap();
    let plain = policy(folder.path(), "");
    let log_key = wetsign(&["log", "vkey", "--policy", &plain]).exits(0).out.trim().to_owned();
    let home = folder.path().join("witness").display().to_string();
    let vkey = wetsign(&["witness", "new", &home, "--name", "w.example/1"]).exits(0).out.trim().to_owned();
    assert_eq!(wetsign(&["witness", "vkey", &home]).exits(0).out.trim(), vkey);
    let hash = Digest::of(ORIGIN.as_bytes()).to_string();

    let witness = Running::start(&home, &log_key);
    assert!(wetsign(&["witness", "vkey", &home]).exits(1).err.contains("runs already"));
    assert_eq!(witness.ask("GET", &format!("/{hash}/checkpoint"), "").0, 404);
    let (status, _, line) = witness.ask("POST", "/add-checkpoint", &request(0, &history(12, "a")));
    assert_eq!(status, 200, "{line}");
    let (status, head, size) = witness.ask("POST", "/add-checkpoint", &request(0, &history(20, "a")));
    assert_eq!((status, size.as_str()), (409, "12\n"));
    assert!(head.contains("content-type: text/x.tlog.size"), "{head}");
    // Killed without warning, it still knows.
    drop(witness);
    let witness = Running::start(&home, &log_key);
    let (status, _, words) = witness.ask("POST", "/add-checkpoint", &request(12, &history(20, "b")));
    assert_eq!(status, 422, "{words}");
    let (status, _, line) = witness.ask("POST", "/add-checkpoint", &request(12, &history(20, "a")));
    assert_eq!(status, 200);
    let (_, _, shown) = witness.ask("GET", &format!("/{hash}/checkpoint"), "");
    assert!(shown.ends_with(&line), "{shown}");
    let whole = request(20, &history(20, "a"));
    for (body, expected) in [
        ("old x\n\n".to_owned(), 400),
        (whole.replace(ORIGIN, "other.example"), 404),
        (whole.replace("\n20\n", "\n21\n"), 403),
    ] {
        assert_eq!(witness.ask("POST", "/add-checkpoint", &body).0, expected, "{body}");
    }
    assert_eq!(witness.ask("POST", "/nothing", "").0, 404);

    // The line goes into the log's head; who asks for this witness is satisfied by it, and by nothing less.
    let asking = folder.path().join("asking");
    std::fs::create_dir(&asking).unwrap();
    let asking = policy(&asking, &format!("witnesses = '''\nwitness w {vkey}\nquorum w\n'''\n"));
    let log = folder.path().join("log");
    let note = publish(&log, &history(20, "a"));
    let key: VerifierKey = vkey.parse().unwrap();
    let cosigned_note = format!("{note}{line}");
    assert!(cosigned(&Note::parse(&cosigned_note).unwrap(), &key).unwrap().is_some());
    let audit = || wetsign(&["log", "audit", log.to_str().unwrap(), "--policy", &asking]);
    assert!(audit().exits(2).out.contains("the quorum w is not met"));
    std::fs::write(log.join("checkpoint"), cosigned_note).unwrap();
    let run = audit().exits(0);
    assert!(run.out.contains("passed       witnesses"), "{}", run.out);
    let proof = folder.path().join("p.tlog-proof").display().to_string();
    wetsign(&["log", "proof", log.to_str().unwrap(), "--index", "3", "--out", &proof]).exits(0);
    assert!(
        wetsign(&["log", "check", &proof, "--policy", &asking]).exits(0).out.contains("cosigned by w at")
    );
}
