//! `wetsign verify` on a whole approval: two enrolled people, real proofs, a development key.
#![allow(missing_docs, dead_code, clippy::pedantic)]

mod common;
#[allow(clippy::type_complexity)]
#[path = "../../../attest/tests/support/mod.rs"]
mod support;

use common::{Run, wetsign, write};
use serde_json::json;

const DEVELOPMENT: &str = "--allow-development-keys";

/// `wetsign verify`, asked about a minute after the request. The fixture has a fixed date: by today's clock it would
/// lapse one day, and these tests with it.
fn verify(args: &[&str]) -> Run {
    verify_at(support::T + 60, args)
}

fn verify_at(time: u64, args: &[&str]) -> Run {
    wetsign(&[&["verify", "--at", &time.to_string()], args].concat())
}

fn files(folder: &std::path::Path) -> (Vec<u8>, String, String) {
    let bundle = support::approval(&support::Edits::default()).to_bytes().unwrap();
    let file = write(folder, "approval.cbor", &bundle);
    (bundle, file, write(folder, "trust.toml", support::policy().to_toml().unwrap()))
}

#[test]
fn an_approval_is_approved_and_says_what_was_allowed_for_it() {
    let folder = tempfile::tempdir().unwrap();
    let (_, bundle, policy) = files(folder.path());
    let run = verify(&[&bundle, "--policy", &policy, DEVELOPMENT]).exits(0);
    assert_eq!(
        run.first(),
        "approved, with development keys, kiosk custody accepted (--allow-development-keys given)"
    );
    for line in [
        "5. a living, enrolled person, for this request",
        "passed       proof",
        "not checked  witnesses",
        " 0 failed, ",
    ] {
        assert!(run.out.contains(line), "{line}: {}", run.out);
    }
    let json = verify(&[&bundle, "--policy", &policy, DEVELOPMENT, "--json"]).exits(0).json();
    assert_eq!((json["ok"].clone(), json["first_failure"].clone()), (json!(true), json!(null)));
}

#[test]
fn without_the_flag_the_development_key_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (_, bundle, policy) = files(folder.path());
    let run = verify(&[&bundle, "--policy", &policy]).exits(2);
    assert_eq!(run.first(), "not proved, with kiosk custody accepted");
    assert!(run.out.contains("FAILED       verifying-key"), "{}", run.out);
}

#[test]
fn one_changed_byte_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (bytes, _, policy) = files(folder.path());
    for part in 1..8 {
        let mut changed = bytes.clone();
        let at = bytes.len() * part / 8;
        changed[at] ^= 1;
        let file = write(folder.path(), "changed.cbor", changed);
        let run = verify(&[&file, "--policy", &policy, DEVELOPMENT]).exits(2);
        assert!(run.out.contains("FAILED"), "byte {at}: {}", run.out);
    }
}

#[test]
fn what_was_accepted_is_remembered_for_one_log_and_nothing_else_is() {
    let folder = tempfile::tempdir().unwrap();
    let (bytes, bundle, policy) = files(folder.path());
    let memory = folder.path().join("memory.json").display().to_string();
    let verify =
        |file: &str, policy: &str| verify(&[file, "--policy", policy, "--memory", &memory, DEVELOPMENT]);
    // What is refused leaves nothing behind.
    let mut changed = bytes;
    changed[200] ^= 1;
    verify(&write(folder.path(), "changed.cbor", changed), &policy).exits(2);
    assert!(!std::fs::read_to_string(&memory).unwrap().contains("log_index"));

    let first = verify(&bundle, &policy).exits(0);
    assert!(first.out.contains("passed       replay"), "{}", first.out);
    let learnt = std::fs::read_to_string(&memory).unwrap();
    assert!(learnt.contains("log_index"), "{learnt}");
    verify(&bundle, &policy).exits(0);
    assert_eq!(std::fs::read_to_string(&memory).unwrap(), learnt);

    let mut other = support::policy();
    other.log.origin = "another.example/kiosk".into();
    let other = write(folder.path(), "other.toml", other.to_toml().unwrap());
    assert!(verify(&bundle, &other).exits(1).err.contains("another.example/kiosk"));
    std::fs::write(&memory, "{}").unwrap();
    assert!(verify(&bundle, &policy).exits(1).err.contains("is no memory"));
    // Nothing is read or written through a link.
    let elsewhere = folder.path().join("elsewhere.json");
    std::fs::rename(&memory, &elsewhere).unwrap();
    std::os::unix::fs::symlink(&elsewhere, &memory).unwrap();
    assert!(verify(&bundle, &policy).exits(1).err.contains("symbolic link"));
    assert_eq!(std::fs::read_to_string(&elsewhere).unwrap(), "{}");
}

#[test]
fn what_its_owner_took_back_has_lapsed_and_a_strangers_word_changes_nothing() {
    use wetsign_attest::object::{ApprovalBody, Withdrawal};
    use wetsign_attest::{ApprovalBundle, Signed};
    let folder = tempfile::tempdir().unwrap();
    let (bytes, bundle, policy) = files(folder.path());
    let opened = ApprovalBundle::unverified(&bytes).unwrap();
    let asset =
        Signed::<wetsign_attest::object::AssetDescriptor>::decode(&opened.descriptors[0].0).unwrap().id();
    let approval = Some(Signed::<ApprovalBody>::decode(&opened.body.0).unwrap().id());
    let signed = |name: &str, signer| {
        let reason = Some("the voice is sold".into());
        let withdrawal =
            Withdrawal { asset, approval, reason, signed_by: support::public(signer), time: support::T + 50 };
        write(folder.path(), name, support::sign(withdrawal).bytes())
    };
    let (owners, strangers) = (signed("owner.cbor", support::OWNER), signed("other.cbor", support::OTHER));
    let memory = folder.path().join("memory.json").display().to_string();
    let at = |time, more: &[&str]| {
        verify_at(time, &[&[bundle.as_str(), "--policy", &policy, DEVELOPMENT], more].concat())
    };
    let verify = |more: &[&str]| at(support::T + 60, more);

    let run = verify(&["--withdrawal", &strangers]).exits(0);
    assert!(run.out.contains("changes nothing: it is signed by"), "{}", run.out);
    let run = verify(&["--withdrawal", &strangers, "--withdrawal", &owners, "--memory", &memory]).exits(2);
    assert!(run.first().starts_with("lapsed"), "{}", run.out);
    let who = support::public(support::OWNER).to_string();
    for words in ["FAILED       withdrawn", "withdrawn by ", &who, "the voice is sold"] {
        assert!(run.out.contains(words), "{words}: {}", run.out);
    }
    // It is remembered, and changes nothing about the time before it.
    let json = verify(&["--memory", &memory, "--json"]).exits(2).json();
    assert_eq!((&json["lapsed"], &json["first_failure"]), (&json!(true), &json!("withdrawn")));
    let run = at(support::T + 41 - 300, &["--memory", &memory]).exits(0);
    assert!(run.out.contains("after the time asked about"), "{}", run.out);
    assert!(verify(&["--withdrawal", &policy]).exits(1).err.contains("is no withdrawal"));
    let view = wetsign(&["show", &owners]).exits(0).json();
    assert_eq!(view["type"], json!("wetsign/withdrawal/1"));
}

#[test]
fn show_opens_every_part_of_a_bundle() {
    let folder = tempfile::tempdir().unwrap();
    let (_, bundle, _) = files(folder.path());
    let view = wetsign(&["show", &bundle]).exits(0).json();
    assert_eq!(view["request"]["object"]["attributes"]["purpose"], json!("educational-narration"));
    assert_eq!(view["cosignatures"].as_array().unwrap().len(), 2);
}

#[test]
fn an_enrolment_is_recognised_and_checked_by_its_own_steps() {
    use support::enrolment::{EnrolmentEdits, enrolment, enrolment_policy};
    let folder = tempfile::tempdir().unwrap();
    let bytes = enrolment(&EnrolmentEdits::default()).to_bytes().unwrap();
    let file = write(folder.path(), "enrolment.cbor", &bytes);
    let policy = write(folder.path(), "trust.toml", enrolment_policy().to_toml().unwrap());
    let run = verify(&[&file, "--policy", &policy, DEVELOPMENT]).exits(0);
    assert_eq!(run.first(), "enrolled, with development keys accepted (--allow-development-keys given)");
    for line in ["6. the word of another operator", "passed       endorsement", "record "] {
        assert!(run.out.contains(line), "{line}: {}", run.out);
    }
    let json = verify(&[&file, "--policy", &policy, DEVELOPMENT, "--json"]).exits(0).json();
    assert_eq!((json["ok"].clone(), json["kind"].clone()), (json!(true), json!("enrolment")));
    assert!(json["record"].is_string() && json["request"].is_null());
    // Somebody who knows not who runs the kiosk is convinced of nothing.
    let unknowing = write(folder.path(), "unknowing.toml", support::policy().to_toml().unwrap());
    let run = verify(&[&file, "--policy", &unknowing, DEVELOPMENT]).exits(2);
    assert!(run.out.contains("FAILED       kiosk-operator"), "{}", run.out);
    let view = wetsign(&["show", &file]).exits(0).json();
    assert_eq!(view["record"]["second"]["attestation"]["home"], json!("chip"));
}
