//! `wetsign rules` in an app builder's CI: no kiosk, no network, exit codes that a script can rely on.
#![allow(missing_docs)]

mod common;

use common::{example, run, wetsign, write};
use serde_json::json;

/// The example's voice with a bound that the word list alone can judge, so that no model file is needed.
fn lexicon_only(folder: &std::path::Path) -> String {
    let asset = "title = \"A voice\"\nkind = \"genome\"\nmodalities = [\"voice\"]\n\n[rules]\ncedar = \"voice.cedar\"\nbounds = { political = 450 }\n";
    let cedar = std::fs::read_to_string(example("voice.cedar")).unwrap();
    let start = cedar.find("@id(\"no-objectionable-content\")").unwrap();
    let end = cedar.find("@id(\"no-derived-work\")").unwrap();
    write(folder, "voice.cedar", format!("{}{}", &cedar[..start], &cedar[end..]));
    write(folder, "voice.toml", asset)
}

fn request(change: &[(&str, &str)]) -> String {
    let text = std::fs::read_to_string(example("narration.toml")).unwrap();
    change.iter().fold(text, |text, (from, to)| {
        assert!(text.contains(from), "{from}");
        text.replace(from, to)
    })
}

#[test]
fn a_permitted_request_exits_with_0_and_says_that_it_is_a_rehearsal() {
    let folder = tempfile::tempdir().unwrap();
    let asset = lexicon_only(folder.path());
    let run =
        wetsign(&["rules", "check", "--asset", &asset, "--request", &example("narration.toml")]).exits(0);
    assert_eq!(run.first(), "PERMITTED: educational-narration by museum-guide");
    assert!(run.out.contains("unsigned draft of asset, request, rules: this is a rehearsal"), "{}", run.out);
    assert!(run.out.contains("permits  educational-narration: "), "{}", run.out);
    assert!(!run.out.contains('\u{1b}'), "no colours in a pipe");
}

#[test]
fn german_is_permitted_and_french_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let asset = lexicon_only(folder.path());
    for (language, code) in [("de", 0), ("fr", 2)] {
        let draft = request(&[("[\"en\"]", &format!("[\"{language}\"]"))]);
        let draft = write(folder.path(), "r.toml", draft);
        wetsign(&["rules", "check", "--asset", &asset, "--request", &draft]).exits(code);
    }
}

#[test]
fn a_political_text_exits_with_2_and_names_the_rule_in_words() {
    let folder = tempfile::tempdir().unwrap();
    let asset = lexicon_only(folder.path());
    let args = ["rules", "check", "--asset", &asset, "--request", &example("campaign.json")];
    let text = wetsign(&args).exits(2);
    assert_eq!(text.first(), "FORBIDDEN: educational-narration by campaign-tool");
    assert!(text.out.contains("Not allowed: political content is not allowed."), "{}", text.out);

    let json = wetsign(&[&args[..], &["--json"]].concat()).exits(2).json();
    assert_eq!(json["ok"], json!(false));
    assert_eq!(json["assets"][0]["deciding"], json!(["bound.political", "no-political-content"]));
    assert_eq!(json["assets"][0]["reasons"][1]["words"], json!("political content is not allowed"));
    assert_eq!(json["assets"][0]["inputs"]["context.commercial"], json!(false));
    assert!(json["assets"][0]["scores"]["political"].as_i64().unwrap() > 450);
}

#[test]
fn without_the_model_the_check_forbids_and_says_which_score_is_missing() {
    let args = ["rules", "check", "--asset", &example("voice.toml"), "--request", &example("narration.toml")];
    let run = wetsign(&args).exits(2);
    assert!(run.out.contains("score objectionable is missing"), "{}", run.out);
    assert!(run.out.contains("no score for objectionable content: "), "{}", run.out);
}

#[test]
fn content_by_digest_cannot_be_scored_and_is_forbidden() {
    let folder = tempfile::tempdir().unwrap();
    let asset = lexicon_only(folder.path());
    let digest = "ab".repeat(32);
    let draft = format!(
        "app = \"a\"\npurpose = \"educational-narration\"\ndigest = \"{digest}\"\nmedia_type = \"audio/wav\"\n"
    );
    let draft = write(folder.path(), "r.toml", draft);
    let run = wetsign(&["rules", "check", "--asset", &asset, "--request", &draft]).exits(2);
    assert!(run.out.contains("no score for political content: the request carries a digest"), "{}", run.out);
}

#[test]
fn an_undeclared_attribute_is_not_taken_for_false() {
    let folder = tempfile::tempdir().unwrap();
    let asset = lexicon_only(folder.path());
    let draft = write(folder.path(), "r.toml", request(&[("derived_work = false\n", "")]));
    let run = wetsign(&["rules", "check", "--asset", &asset, "--request", &draft]).exits(2);
    assert!(run.out.contains("forbids  no-derived-work: "), "{}", run.out);
    assert!(!run.out.contains("context.derived_work"), "{}", run.out);
}

#[test]
fn what_no_kiosk_takes_is_refused_and_what_has_expired_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let asset = lexicon_only(folder.path());
    let narration = request(&[]);
    let check = |times: &str| {
        let draft = write(folder.path(), "r.toml", format!("{times}\n{narration}"));
        wetsign(&["rules", "check", "--asset", &asset, "--request", &draft, "--now", "1800000000"])
    };
    let long = check("created = 1800000000\nexpires = 1900000000").exits(1);
    assert!(long.err.contains("no kiosk takes") && long.err.contains("lives 100000000 s"), "{}", long.err);
    let expired = check("created = 1790000000\nexpires = 1790003600").exits(2);
    assert!(expired.out.contains("it has expired"), "{}", expired.out);
    let early = check("created = 1800003600\nexpires = 1800007200").exits(0);
    assert!(early.out.contains("it comes from the future"), "{}", early.out);
}

#[test]
fn what_cannot_be_read_exits_with_1() {
    let folder = tempfile::tempdir().unwrap();
    let asset = lexicon_only(folder.path());
    let check =
        |asset: &str, request: &str| wetsign(&["rules", "check", "--asset", asset, "--request", request]);
    let narration = example("narration.toml");
    assert!(check("/nowhere.toml", &narration).exits(1).err.contains("cannot read /nowhere.toml"));
    let typo = write(folder.path(), "typo.toml", request(&[("commercial", "comercial")]));
    assert!(check(&asset, &typo).exits(1).err.contains("unknown field `comercial`"));
    let bare = write(folder.path(), "bare.toml", "title = \"A\"\nkind = \"model\"\nmodalities = []\n");
    assert!(check(&bare, &narration).exits(1).err.contains("--rules"));
    let fee = write(folder.path(), "fee.toml", request(&[("fee = \"0\"", "fee = \"1e3\"")]));
    assert!(check(&asset, &fee).exits(1).err.contains("1e3"));
    let other =
        write(folder.path(), "other.toml", format!("assets = [\"{}\"]\n{}", "01".repeat(32), request(&[])));
    assert!(check(&asset, &other).exits(1).err.contains("no --asset describes"));
    let truncated = write(folder.path(), "x.cbor", [0xd2, 0x84]);
    assert!(check(&truncated, &narration).exits(1).err.contains("is refused"));
}

#[test]
fn rules_of_their_own_replace_the_assets_and_keep_its_bounds() {
    let folder = tempfile::tempdir().unwrap();
    let asset = lexicon_only(folder.path());
    let all = "@id(\"all\") @words(\"everything is allowed\") permit (principal, action, resource);";
    let rules = write(folder.path(), "all.cedar", all);
    let check = |request: &str| {
        wetsign(&["rules", "check", "--asset", &asset, "--rules", &rules, "--request", request])
    };
    assert!(check(&example("narration.toml")).exits(0).out.contains("everything is allowed"));
    assert!(check(&example("campaign.json")).exits(2).out.contains("bound.political"));
}

#[test]
fn a_draft_without_names_is_not_taken_for_the_owners_own() {
    let folder = tempfile::tempdir().unwrap();
    let asset = lexicon_only(folder.path());
    let own = "@id(\"own\") @words(\"own use\") permit (principal, action, resource) when { principal == resource.owner };";
    let rules = write(folder.path(), "own.cedar", own);
    let narration = example("narration.toml");
    wetsign(&["rules", "check", "--asset", &asset, "--rules", &rules, "--request", &narration]).exits(2);
}

#[test]
fn rules_that_nobody_could_sign_are_an_error_for_check_and_a_no_for_validate() {
    let folder = tempfile::tempdir().unwrap();
    let asset = lexicon_only(folder.path());
    let bad =
        "@id(\"p\") @words(\"p\") permit (principal, action, resource) when { context.medium == \"audio\" };";
    let rules = write(folder.path(), "bad.cedar", bad);
    let narration = example("narration.toml");
    let check = wetsign(&["rules", "check", "--asset", &asset, "--rules", &rules, "--request", &narration]);
    assert!(check.exits(1).err.contains("are not valid"));

    let validate = wetsign(&["rules", "validate", &rules, "--json"]).exits(2).json();
    assert_eq!(validate["problems"][0]["policy"], json!("p"));
    assert!(validate["problems"][0]["what"].as_str().unwrap().contains("medium"), "{validate}");
}

#[test]
fn the_examples_are_valid_and_explain_themselves() {
    for file in ["voice.toml", "voice.cedar"] {
        let run = wetsign(&["rules", "validate", &example(file)]).exits(0);
        assert_eq!(run.first(), "valid: 5 policies, could be signed");
    }
    let run = wetsign(&["rules", "explain", &example("voice.toml")]).exits(0);
    assert!(run.out.contains("no-political-content: political content is not allowed"), "{}", run.out);
    assert!(run.out.contains("political content may score up to 450 of 1000"), "{}", run.out);
}

#[test]
fn the_example_policies_are_those_of_the_library() {
    let library = wetsign_attest::rules::example::VOICE_CEDAR;
    assert_eq!(std::fs::read_to_string(example("voice.cedar")).unwrap(), library);
}

#[test]
fn the_schema_names_the_scores_asked_for() {
    let run = wetsign(&["rules", "schema", "--score", "violent"]).exits(0);
    assert!(run.out.ends_with("type Scores = { \"violent\": Long };\n"), "{}", run.out);
    wetsign(&["rules", "schema", "--score", "a b"]).exits(1);
}

#[test]
fn a_signed_request_for_another_asset_is_not_checked_against_this_one() {
    use wetsign_attest::{Signed, rules::example::narration};
    let folder = tempfile::tempdir().unwrap();
    let asset = lexicon_only(folder.path());
    let key = ed25519_dalek::SigningKey::from_bytes(&[3; 32]);
    let (_, _, mut request) = narration("Rain falls.");
    request.requester = (&key).into();
    let signed = Signed::sign(request, &key).unwrap();
    let file = write(folder.path(), "request.cbor", signed.bytes());
    let run = wetsign(&["rules", "check", "--asset", &asset, "--request", &file]);
    assert!(run.exits(1).err.contains("no --asset describes"));
}

#[test]
fn signed_objects_are_checked_like_drafts() {
    use wetsign_attest::{Object, Signed, id::Digest, rules::content::Lexicon, rules::example::narration};
    let folder = tempfile::tempdir().unwrap();
    let key = ed25519_dalek::SigningKey::from_bytes(&[3; 32]);
    let (mut descriptor, mut rules, mut request) = narration("Rain falls.");
    descriptor.owner = (&key).into();
    descriptor.signed_by = descriptor.owner;
    let id = descriptor.id().unwrap();
    (rules.asset, rules.signed_by) = (id, descriptor.owner);
    rules.thresholds.remove(0);
    rules.policies.retain(|policy| policy.id != "no-objectionable-content");
    rules.thresholds[0].classifier = Digest(Lexicon::political().digest());
    (request.assets, request.requester) = (vec![id], descriptor.owner);
    let asset = write(folder.path(), "a.cbor", Signed::sign(descriptor, &key).unwrap().bytes());
    let revision = write(folder.path(), "r.cbor", Signed::sign(rules, &key).unwrap().bytes());
    let asked = write(folder.path(), "q.cbor", Signed::sign(request.clone(), &key).unwrap().bytes());
    let now = request.created.to_string();
    let args = [
        "rules",
        "check",
        "--asset",
        &asset,
        "--rules",
        &revision,
        "--request",
        &asked,
        "--now",
        &now,
        "--json",
    ];
    let json = run(&args, std::path::Path::new("/nonexistent/cache")).exits(0).json();
    assert_eq!((json["drafts"].clone(), json["notes"].clone()), (json!([]), json!([])));
    let late = (request.expires + 1).to_string();
    let args =
        ["rules", "check", "--asset", &asset, "--rules", &revision, "--request", &asked, "--now", &late];
    assert!(wetsign(&args).exits(2).out.contains("request expired"));
}

#[test]
fn worked_rules_are_listed_written_and_hold_what_their_requests_expect() {
    let folder = tempfile::tempdir().unwrap();
    let list = wetsign(&["rules", "new"]).exits(0);
    assert!(list.out.contains("no-politics"), "{}", list.out);
    let out = folder.path().to_str().unwrap();
    wetsign(&["rules", "new", "no-politics", "--out", out]).exits(0);
    wetsign(&["rules", "new", "no-politics", "--out", out]).exits(1);
    let file = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (rules, requests) = (file("no-politics.toml"), file("no-politics.requests.toml"));
    let test = ["rules", "test", &rules, "--requests", &requests];
    assert!(wetsign(&test).exits(0).out.starts_with("as expected: 6 of 6 requests"));
    wetsign(&["rules", "lint", &rules, "--strict"]).exits(0);

    // A looser bound is found by the request that stood just above the old one.
    let draft = std::fs::read_to_string(&rules).unwrap().replace("300", "900");
    std::fs::write(&rules, draft).unwrap();
    let run = wetsign(&test).exits(2);
    assert!(run.out.contains("forbidden 1: Allowed: "), "{}", run.out);
    let unknown = wetsign(&["rules", "new", "no-such"]).exits(1);
    assert!(unknown.err.contains("`wetsign rules new` lists them"), "{}", unknown.err);
}

#[test]
fn a_contradiction_is_a_mistake_and_silence_is_advice() {
    let folder = tempfile::tempdir().unwrap();
    let open = "@id(\"open\") @words(\"lessons\") permit (principal, action, resource) when { context.purpose == \"lesson\" };\n";
    let lax = "@id(\"unsold\") @words(\"unsold\") forbid (principal, action, resource)\nwhen { context has commercial && context.commercial };\n";
    let advised = write(folder.path(), "a.cedar", format!("{open}{lax}"));
    let run = wetsign(&["rules", "lint", &advised]).exits(0);
    assert!(run.out.contains("a.cedar:2:1: policy unsold: is passed by silence"), "{}", run.out);
    wetsign(&["rules", "lint", &advised, "--strict"]).exits(2);

    let closed = format!("{open}@id(\"shut\") @words(\"shut\") forbid (principal, action, resource);\n");
    let mistaken = write(folder.path(), "m.cedar", closed);
    let json = wetsign(&["rules", "lint", &mistaken, "--json"]).exits(2).json();
    assert_eq!(json["findings"][1]["kind"], json!("contradicted"));

    let diff = wetsign(&["rules", "diff", &advised, &mistaken, "--json"]).exits(2).json();
    assert_eq!((&diff["added"], &diff["removed"]), (&json!(["shut"]), &json!(["unsold"])));
    assert_eq!(diff["newly_forbidden"][0]["after"], json!(["shut"]));
    wetsign(&["rules", "diff", &advised, &advised]).exits(0);
}

#[test]
fn other_rules_are_tried_on_requests_that_were_made() {
    let folder = tempfile::tempdir().unwrap();
    let asset = lexicon_only(folder.path());
    let made = folder.path().join("made");
    std::fs::create_dir(&made).unwrap();
    for (name, change) in [("german.toml", "[\"de\"]"), ("english.toml", "[\"en\"]")] {
        write(&made, name, request(&[("[\"en\"]", change)]));
    }
    let made = made.to_str().unwrap();
    let voice = folder.path().join("voice.cedar");
    let same = ["rules", "simulate", made, "--asset", &asset, "--rules", voice.to_str().unwrap()];
    assert!(wetsign(&same).exits(0).out.starts_with("decided alike: 2 of 2"));

    let english = std::fs::read_to_string(&voice).unwrap().replace("[\"en\", \"de\"]", "[\"en\"]");
    let english = write(folder.path(), "english.cedar", english);
    let run = wetsign(&["rules", "simulate", made, "--asset", &asset, "--rules", &english]).exits(2);
    assert!(run.out.contains("german.toml: permitted, then forbidden"), "{}", run.out);
    assert!(!run.out.contains("english.toml:"), "{}", run.out);
    let alone = wetsign(&["rules", "simulate", made, "--rules", &english]).exits(1);
    assert!(alone.err.contains("--asset"), "{}", alone.err);
}
