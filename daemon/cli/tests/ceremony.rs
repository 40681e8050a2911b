//! `wetsign ceremony`: from powers of tau to a key with a signed transcript.
#![allow(missing_docs, dead_code)]

mod common;

use common::{Run, wetsign};
use std::fs;
use wetsign_ceremony::iden3::Zkey;
use wetsign_ceremony::{PowersOfTau, contribution_hash};

/// As small as a match circuit gets.
const SHAPE: [&str; 2] = ["--shape", "1,1,1"];

fn ceremony(step: &str, arguments: &[&[&str]]) -> Run {
    wetsign(&[&["ceremony", step][..], &arguments.concat()].concat())
}

#[test]
fn a_ceremony_ends_in_a_key_that_is_checked_and_a_signed_transcript() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let [start, ptau, first, second, last] =
        ["start.zkey", "start.ptau", "first.zkey", "second.zkey", "last.zkey"].map(path);

    ceremony("new", &[&["--out", &start], &SHAPE]).exits(0);
    ceremony("verify", &[&[&start, "--ptau", &ptau], &SHAPE]).exits(2);
    for (from, to, name) in [(&start, &first, "alice"), (&first, &second, "bob")] {
        ceremony("contribute", &[&[from, "--name", name, "--out", to]]).exits(0);
    }
    let beacon: [&str; 7] = [&second, "--value", "00ff", "--exponent", "3", "--out", &last];
    ceremony("beacon", &[&beacon]).exits(0);
    // Nothing is overwritten.
    ceremony("beacon", &[&beacon]).exits(1);

    let json = ceremony("verify", &[&[&last, "--ptau", &ptau, "--json"], &SHAPE]).exits(0).json();
    let kinds = |phase: &str| -> Vec<(String, String, u64)> {
        let entries = json["transcript"][phase].as_array().unwrap().iter();
        let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
        entries.map(|one| (text(&one["name"]), text(&one["kind"]), one["number"].as_u64().unwrap())).collect()
    };
    let entry = |name: &str, kind: &str, number| (name.to_owned(), kind.to_owned(), number);
    assert_eq!(kinds("phase_1"), [entry("one machine, for development", "secret", 1)]);
    let expected = [entry("alice", "secret", 1), entry("bob", "secret", 2), entry("beacon", "beacon", 3)];
    assert_eq!(kinds("phase_2"), expected);
    let beacon = &json["transcript"]["phase_2"][2]["beacon"];
    assert_eq!(beacon["value"], "00ff");
    assert_eq!(beacon["exponent"], 3);
    let text = ceremony("verify", &[&[&last, "--ptau", &ptau], &SHAPE]).exits(0).out;
    for words in [
        "phase 1, powers of tau: 1 secret",
        "phase 2, this circuit's key: 2 secret",
        "beacon 00ff, 2^3 times",
    ] {
        assert!(text.contains(words), "{words}: {text}");
    }

    let coordinator = path("coordinator.key");
    wetsign(&["key", "new", &coordinator]).exits(0);
    ceremony("finalise", &[&[&last, "--ptau", &ptau, "--key", &coordinator, "--out", &path("key")], &SHAPE])
        .exits(0);
    let transcript = fs::read_to_string(path("key/transcript.json")).unwrap();
    assert!(transcript.contains("alice") && transcript.contains("bob") && transcript.contains("00ff"));
    let signature = fs::read_to_string(path("key/transcript.sig")).unwrap();
    let public = wetsign(&["key", "public", &coordinator]).exits(0).first().to_owned();
    assert!(signature.starts_with(&public));
    wetsign_circuits::ProvingKey::read(path("key/match.pk").as_ref()).unwrap();

    // Powers of tau that the key does not come from.
    let other = path("other.ptau");
    fs::write(&other, PowersOfTau::local(2).unwrap().to_bytes()).unwrap();
    ceremony("verify", &[&[&last, "--ptau", &other], &SHAPE]).exits(2);
}

#[test]
fn what_would_not_count_is_refused_when_it_is_made_and_files_are_called_by_their_names() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let [start, ptau, first, last, next] =
        ["start.zkey", "start.ptau", "first.zkey", "last.zkey", "next.zkey"].map(path);
    ceremony("new", &[&["--out", &start], &SHAPE]).exits(0);
    let closes = ["--value", "00ff", "--exponent", "3", "--out"];

    let early = ceremony("beacon", &[&[&start], &closes, &[&last]]).exits(1);
    assert!(early.err.contains("nobody contributed"), "{}", early.err);
    for name in ["Ada\n  Bob  0000", "Ada\u{202e}", "\u{1b}[2J"] {
        let refused = ceremony("contribute", &[&[&start, "--name", name, "--out", &first]]).exits(1);
        assert!(refused.err.contains("--name") && refused.err.lines().count() == 1, "{}", refused.err);
    }
    ceremony("contribute", &[&[&start, "--name", "ada", "--out", &first]]).exits(0);
    ceremony("beacon", &[&[&first], &closes, &[&last]]).exits(0);
    let late = ceremony("contribute", &[&[&last, "--name", "late", "--out", &next]]).exits(1);
    assert!(late.err.contains("comes after the beacon"), "{}", late.err);

    let mixed = ceremony("verify", &[&[&ptau, "--ptau", &last], &SHAPE]).exits(1).err;
    assert!(mixed.contains("not a .zkey file") && mixed.contains("it is a .ptau file"), "{mixed}");
    let wrong = ceremony("verify", &[&[&last, "--ptau", &first], &SHAPE]).exits(1).err;
    assert!(wrong.contains("not a .ptau file") && wrong.contains("it is a .zkey file"), "{wrong}");

    // Well-formed, but the third point is no power: refused, which is another answer than an error.
    let mut bytes = fs::read(&ptau).unwrap();
    bytes.copy_within(80..144, 80 + 2 * 64);
    let altered = common::write(folder.path(), "altered.ptau", bytes);
    let refused = ceremony("verify", &[&[&last, "--ptau", &altered], &SHAPE]).exits(2).out;
    assert!(refused.contains("refused") && refused.contains("altered.ptau"), "{refused}");
}

#[test]
fn names_in_files_of_others_stay_on_their_line() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let [start, ptau, first] = ["start.zkey", "start.ptau", "first.zkey"].map(path);
    ceremony("new", &[&["--out", &start], &SHAPE]).exits(0);
    // Of the same length, so that only the name's bytes change; it is in no hash.
    ceremony("contribute", &[&[&start, "--name", "Ada+++Bob+", "--out", &first]]).exits(0);
    let mut bytes = fs::read(&first).unwrap();
    let at = bytes.windows(10).position(|window| window == b"Ada+++Bob+").unwrap();
    bytes[at..at + 10].copy_from_slice(b"Ada\n\x1b[Bob\r");
    fs::write(&first, &bytes).unwrap();

    let text = ceremony("verify", &[&[&first, "--ptau", &ptau], &SHAPE]).exits(0).out;
    let line = text.lines().find(|line| line.contains("Bob")).unwrap();
    assert!(line.contains("Ada") && !line.contains(char::is_control), "{text:?}");
    let hash = contribution_hash(&Zkey::from_bytes(&bytes).unwrap().contributions()[0]);
    assert!(line.contains(&hex::encode(hash)), "{text}");
    let json = ceremony("verify", &[&[&first, "--ptau", &ptau, "--json"], &SHAPE]).exits(0).json();
    assert_eq!(json["transcript"]["phase_2"][0]["name"], "Ada\n\u{1b}[Bob\r");
}
