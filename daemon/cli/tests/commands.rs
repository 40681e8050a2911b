//! Everything but `rules`: help, keys, figures, objects, bundles, and a kiosk that is not there.
#![allow(missing_docs)]

mod common;

use common::{example, wetsign, write};
use serde_json::json;

#[test]
fn help_is_grouped_and_tells_the_exit_codes() {
    let run = wetsign(&["--help"]).exits(0);
    for words in ["Operator:", "Companion:", "Provisioner:", "Auditor:", "2  no: refused"] {
        assert!(run.out.contains(words), "{words}: {}", run.out);
    }
    let verify = wetsign(&["verify", "--help"]).exits(0).out;
    assert!(verify.contains("Exit: 0 proved, 2 refused, 1 error"), "{verify}");
}

#[test]
fn a_wrong_flag_is_an_error_and_not_a_refusal() {
    wetsign(&["verify", "--allow-everything"]).exits(1);
    wetsign(&["no-such-command"]).exits(1);
    wetsign(&[]).exits(1);
}

#[test]
fn circuit_info_tells_the_frozen_figures() {
    let json = wetsign(&["circuit", "info", "--json"]).exits(0).json();
    assert_eq!(json["circuit"]["shape"]["face"], json!(192));
    assert_eq!(json["circuit"]["domain"], json!(1 << 14));
    assert_eq!(json["circuit"]["public_inputs"].as_array().unwrap().len(), 9);
    let text = wetsign(&["circuit", "info"]).exits(0).out;
    assert!(text.contains("registry leaves   268435456"), "{text}");
}

#[test]
fn the_development_digest_is_the_same_in_both_forms() {
    let digest = wetsign(&["key", "development-digest"]).exits(0).out;
    let json = wetsign(&["key", "development-digest", "--json"]).exits(0).json();
    assert_eq!(json["development_verifying_key"], json!(digest.trim()));
    assert_eq!(digest.trim(), hex::encode(wetsign_circuits::DEVELOPMENT_KEY_DIGEST));
}

#[test]
fn a_key_is_made_once_and_for_its_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("requester.key");
    let path = file.to_str().unwrap();
    let public = wetsign(&["key", "new", path]).exits(0).out;
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(wetsign(&["key", "public", path]).exits(0).out, public);
    assert!(wetsign(&["key", "new", path]).exits(1).err.contains("cannot make the key file"));
    assert_eq!(wetsign(&["key", "public", path]).exits(0).out, public, "still the first key");
    let broken = write(folder.path(), "broken.key", "abc");
    std::fs::set_permissions(&broken, std::fs::Permissions::from_mode(0o600)).unwrap();
    assert!(wetsign(&["key", "public", &broken]).exits(1).err.contains("64 hexadecimal digits"));
}

#[test]
fn a_key_that_others_may_read_or_that_is_elsewhere_is_not_used() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).display().to_string();
    wetsign(&["key", "new", &at("own.key")]).exits(0);
    symlink(at("own.key"), at("link.key")).unwrap();
    assert!(wetsign(&["key", "public", &at("link.key")]).exits(1).err.contains("symbolic link"));
    std::fs::set_permissions(at("own.key"), std::fs::Permissions::from_mode(0o640)).unwrap();
    assert!(wetsign(&["key", "public", &at("own.key")]).exits(1).err.contains("chmod 600"));
    assert!(wetsign(&["key", "public", &at("none.key")]).exits(1).err.contains("there is no"));
    let party = ["companion", "new", "--relying-party", "hub.example"];
    wetsign(&[&party[..], &[&at("phone.key")]].concat()).exits(0);
    assert_eq!(wetsign(&["companion", "public", &at("phone.key")]).exits(0).out.trim().len(), 66);
    std::fs::set_permissions(at("phone.key"), std::fs::Permissions::from_mode(0o644)).unwrap();
    assert!(wetsign(&["companion", "public", &at("phone.key")]).exits(1).err.contains("chmod 600"));
}

#[test]
fn show_opens_a_signed_object_and_refuses_a_changed_one() {
    use wetsign_attest::{Signed, id::Id, object::Decline};
    let folder = tempfile::tempdir().unwrap();
    let key = ed25519_dalek::SigningKey::from_bytes(&[7; 32]);
    let decline = Decline {
        request: Id::of(b"a request"),
        verdict: Id::of(b"a verdict"),
        validator: (&key).into(),
        reason: "not in my name".into(),
        time: 1_790_000_000,
    };
    let signed = Signed::sign(decline, &key).unwrap();
    let file = write(folder.path(), "decline.cbor", signed.bytes());
    let json = wetsign(&["show", &file]).exits(0).json();
    assert_eq!(json["object"]["reason"], json!("not in my name"));
    assert_eq!(json["id"], json!(signed.id()));

    let mut bytes = signed.bytes().to_vec();
    let at = bytes.windows(4).position(|window| window == b"name").unwrap();
    bytes[at] ^= 1;
    let changed = write(folder.path(), "changed.cbor", bytes);
    assert!(wetsign(&["show", &changed]).exits(1).err.contains("signature"));
    assert!(wetsign(&["show", &example("voice.toml")]).exits(1).err.contains("no object that Wetsign knows"));
}

fn policy(folder: &std::path::Path) -> String {
    let key = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";
    let text = format!(
        "version = 2\nregistrars = [\"{key}\"]\nregistrars_needed = 1\nminimum_stake = \"1\"\n\n[log]\norigin = \"log.example\"\nkey = \"{key}\"\n"
    );
    write(folder, "trust.toml", text)
}

#[test]
fn a_file_that_is_no_bundle_is_refused_and_every_check_is_accounted_for() {
    let folder = tempfile::tempdir().unwrap();
    let bundle = write(folder.path(), "approval.cbor", b"not a bundle");
    let policy = policy(folder.path());
    let run = wetsign(&["verify", &bundle, "--policy", &policy]).exits(2);
    assert_eq!(run.first(), "not proved");
    assert!(run.out.contains("FAILED       bundle"), "{}", run.out);
    assert!(run.out.contains("not checked  proof"), "{}", run.out);

    let json = wetsign(&["verify", &bundle, "--policy", &policy, "--json"]).exits(2).json();
    assert_eq!((json["ok"].clone(), json["first_failure"].clone()), (json!(false), json!("bundle")));
    let checks = json["checks"].as_array().unwrap();
    assert!(checks.iter().all(|check| check["status"] != json!("passed")), "{json}");
}

#[test]
fn flags_that_weaken_the_check_stand_in_the_first_line() {
    let folder = tempfile::tempdir().unwrap();
    let bundle = write(folder.path(), "approval.cbor", b"not a bundle");
    let policy = policy(folder.path());
    let flags = ["--allow-simulated", "--allow-development-keys"];
    let run = wetsign(&[&["verify", &bundle, "--policy", &policy][..], &flags].concat()).exits(2);
    for words in ["simulated parts", "development keys", flags[0], flags[1]] {
        assert!(run.first().contains(words), "{words}: {}", run.first());
    }
    let json = wetsign(&["verify", &bundle, "--policy", &policy, flags[0], "--json"]).exits(2).json();
    assert_eq!(json["flags"], json!([flags[0]]));
}

#[test]
fn verify_without_file_or_policy_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let bundle = write(folder.path(), "approval.cbor", b"not a bundle");
    assert!(
        wetsign(&["verify", "/nowhere.cbor", "--policy", &policy(folder.path())])
            .exits(1)
            .err
            .contains("/nowhere.cbor")
    );
    let run = wetsign(&["verify", &bundle]).exits(1);
    assert!(run.err.contains("/nonexistent/config/wetsign/trust.toml"), "{}", run.err);
    let broken = write(folder.path(), "broken.toml", "version = 2");
    let json = wetsign(&["verify", &bundle, "--policy", &broken, "--json"]).exits(1).json();
    assert_eq!(json["ok"], json!(false));
    assert!(json["error"].as_str().unwrap().contains("trust policy"), "{json}");
}

/// A withdrawal, signed without a kiosk.
fn withdrawal(folder: &std::path::Path) -> String {
    let (key, out) = (folder.join("owner.key"), folder.join("signed.cbor"));
    let (key, out) = (key.to_str().unwrap(), out.to_str().unwrap());
    wetsign(&["key", "new", key]).exits(0);
    let asset = "02".repeat(32);
    let words = ["--reason", "sold", "--key", key, "--sign-only", "--out", out];
    wetsign(&[&["asset", "withdraw", &asset], &words[..]].concat()).exits(0);
    out.to_owned()
}

#[test]
fn a_withdrawal_is_signed_without_a_kiosk_and_shown() {
    let folder = tempfile::tempdir().unwrap();
    let file = withdrawal(folder.path());
    let view = wetsign(&["show", &file]).exits(0).json();
    assert_eq!(view["object"]["reason"], json!("sold"));
    assert_eq!(view["object"]["asset"], json!("02".repeat(32)));
    assert!(view["object"]["approval"].is_null());
    wetsign(&["asset", "withdraw"]).exits(1);
    wetsign(&["asset", "withdraw", "--signed", &file, "--reason", "sold"]).exits(1);
    let run = wetsign(&["asset", "withdraw", "--signed", &file, "--out", &file]).exits(1);
    assert!(run.err.contains("is there already"), "{}", run.err);
}

#[test]
fn a_time_in_milliseconds_is_none() {
    for (time, words) in [
        ("1790000000000", "not milliseconds"),
        ("9999-01-01T00:00:00Z", "after the year 5000"),
        ("1969-12-31T23:59:59Z", "before 1970"),
        ("tomorrow", "RFC 3339"),
    ] {
        let run = wetsign(&["verify", "approval.cbor", "--at", time]).exits(1);
        assert!(run.err.contains(words), "{time}: {}", run.err);
    }
}

#[test]
fn a_kiosk_that_is_not_there_is_an_error_with_its_address() {
    let folder = tempfile::tempdir().unwrap();
    let socket = format!("unix:{}/no.sock", folder.path().display());
    let id = "01".repeat(32);
    let withdrawal = withdrawal(folder.path());
    for command in [
        vec!["status"],
        vec!["devices"],
        vec!["request", "list"],
        vec!["request", "get", &id],
        vec!["approval", "get", &id],
        vec!["asset", "withdraw", "--signed", &withdrawal],
        vec!["session", "watch", "s"],
    ] {
        let run = wetsign(&[&command[..], &["--kiosk", &socket]].concat()).exits(1);
        assert!(run.err.contains("no kiosk answers at unix:"), "{command:?}: {}", run.err);
    }
}

#[test]
fn wrong_ids_and_addresses_fail_before_a_kiosk_is_asked() {
    assert!(wetsign(&["request", "get", "abc"]).exits(1).err.contains("64 hexadecimal digits"));
    assert!(wetsign(&["status", "--kiosk", "http://kiosk"]).exits(1).err.contains("--kiosk"));
    let long = format!("unix:/{}", "a".repeat(120));
    assert!(wetsign(&["status", "--kiosk", &long]).exits(1).err.contains("at most 107 bytes, this one 121"));
    assert!(wetsign(&["status", "--kiosk", "https://kiosk:1"]).exits(1).err.contains("--ca"));
    assert!(wetsign(&["request", "submit", &example("narration.toml")]).exits(1).err.contains("--key"));
}
