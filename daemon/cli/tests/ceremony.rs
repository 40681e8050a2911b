//! `wetsign ceremony`: from powers of tau to a key with a signed transcript.
#![allow(missing_docs, dead_code)]

mod common;

use common::{Run, wetsign};
use std::fs;
use wetsign_circuits::ceremony::PowersOfTau;

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
