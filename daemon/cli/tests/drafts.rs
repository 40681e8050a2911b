//! Drafts as editors and people really write them: marks, capitals, typing errors.
#![allow(missing_docs)]

mod common;

use common::{example, wetsign, write};
use serde_json::json;

const ALL: &str = "@id(\"all\") @words(\"everything\") permit (principal, action, resource);\n";
const ASSET: &str = "title = \"A\"\nkind = \"genome\"\nmodalities = [\"voice\"]\n";
const REQUEST: &str = r#"{ "app": "a", "purpose": "p", "text": "Rain falls." }"#;

#[test]
fn a_byte_order_mark_is_skipped_and_utf_16_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let marked = |name: &str, text: &str| write(folder.path(), name, format!("\u{feff}{text}"));
    let cedar = marked("all.cedar", ALL);
    let asset = marked("a.toml", &format!("{ASSET}[rules]\ncedar = \"all.cedar\"\n"));
    let request = marked("q.json", REQUEST);
    assert_eq!(
        wetsign(&["rules", "validate", &cedar]).exits(0).first(),
        "valid: 1 policies, could be signed"
    );
    wetsign(&["rules", "check", "--asset", &asset, "--request", &request]).exits(0);

    let wide: Vec<u8> = [0xff, 0xfe].into_iter().chain(REQUEST.bytes().flat_map(|byte| [byte, 0])).collect();
    let wide = write(folder.path(), "wide.json", wide);
    let run = wetsign(&["rules", "check", "--asset", &asset, "--request", &wide]).exits(1);
    assert!(run.err.contains("UTF-16: save it as UTF-8"), "{}", run.err);
}

#[test]
fn extensions_are_taken_whatever_their_case() {
    let folder = tempfile::tempdir().unwrap();
    let cedar = write(folder.path(), "VOICE.CEDAR", ALL);
    let asset = write(folder.path(), "A.Toml", format!("{ASSET}[rules]\ncedar = \"VOICE.CEDAR\"\n"));
    let request = write(folder.path(), "REQ.JSON", REQUEST);
    wetsign(&["rules", "validate", &cedar]).exits(0);
    wetsign(&["rules", "check", "--asset", &asset, "--rules", &cedar, "--request", &request]).exits(0);
}

#[test]
fn a_syntax_error_says_file_line_column_and_policy() {
    let folder = tempfile::tempdir().unwrap();
    let voice = std::fs::read_to_string(example("voice.cedar")).unwrap();
    for (from, to, place) in [
        (
            "context.medium == \"audio\"",
            "context.medium = \"audio\"",
            ":8:27: policy educational-narration: ",
        ),
        ("duration_days <= 365\n};", "duration_days <= 365\n}", ":13:1: policy educational-narration: "),
        ("context.bounds.political };", "context.bounds.political ;", "policy no-political-content: "),
        ("@words(\"political content is not", "@words(\"political content is \\", ": "),
    ] {
        assert!(voice.contains(from), "{from}");
        let file = write(folder.path(), "eq.cedar", voice.replacen(from, to, 1));
        let run = wetsign(&["rules", "validate", &file]).exits(1);
        assert!(run.err.contains(&format!("{file}:")) && run.err.contains(place), "{to}: {}", run.err);
    }
}

#[test]
fn a_rule_that_decides_nothing_says_file_line_and_column() {
    let folder = tempfile::tempdir().unwrap();
    let upper = "AB".repeat(32);
    let forbid = |what: &str| {
        format!(
            "// the owner's\n{ALL}@id(\"never\")\n@words(\"never\")\nforbid (principal, action, resource)\n  when {{ {what} }};\n"
        )
    };
    for (condition, place) in [
        (format!("principal == Requester::\"{upper}\""), ":6:34: policy never: "),
        (
            "context has territories && context.territories.contains(\"us\")".to_owned(),
            ":6:66: policy never: ",
        ),
        // Cedar's own validation.
        ("context.colour == \"red\"".into(), ":6:10: policy never: "),
    ] {
        let cedar = write(folder.path(), "own.cedar", forbid(&condition));
        let asset = write(folder.path(), "a.toml", format!("{ASSET}[rules]\ncedar = \"own.cedar\"\n"));
        let request = write(folder.path(), "q.json", REQUEST);
        let place = format!("{cedar}{place}");
        for rules in [&cedar, &asset] {
            let run = wetsign(&["rules", "validate", rules]).exits(2);
            assert!(run.out.contains(&place), "{place}: {}", run.out);
        }
        let run = wetsign(&["rules", "check", "--asset", &asset, "--request", &request]).exits(1);
        assert!(run.err.contains(&place), "{place}: {}", run.err);
        let problem = &wetsign(&["rules", "validate", &cedar, "--json"]).exits(2).json()["problems"][0];
        assert_eq!((&problem["file"], &problem["line"]), (&json!(cedar), &json!(6)));
    }
    // What has no literal stands where its policy begins.
    let silent = write(folder.path(), "own.cedar", forbid("true").replace("@words(\"never\")\n", ""));
    let run = wetsign(&["rules", "validate", &silent]).exits(2);
    assert!(run.out.contains(&format!("{silent}:3:1: policy never: has no @words")), "{}", run.out);
}

#[test]
fn a_cedar_file_is_no_asset_and_no_request() {
    let folder = tempfile::tempdir().unwrap();
    let cedar = write(folder.path(), "all.cedar", ALL);
    let asset = write(folder.path(), "a.toml", format!("{ASSET}[rules]\ncedar = \"all.cedar\"\n"));
    let request = write(folder.path(), "q.json", REQUEST);
    let key = folder.path().join("k").to_str().unwrap().to_owned();
    wetsign(&["key", "new", &key]).exits(0);
    for args in [
        ["rules", "check", "--asset", &cedar, "--request", &request],
        ["rules", "check", "--asset", &asset, "--request", &cedar],
        ["request", "submit", &cedar, "--key", &key, "--kiosk=unix:/nowhere"],
    ] {
        let run = wetsign(&args).exits(1);
        assert!(run.err.contains(&format!("{cedar} is a Cedar file")), "{args:?}: {}", run.err);
        assert!(run.err.contains("--rules"), "{}", run.err);
    }
    let misnamed = write(folder.path(), "q.toml", REQUEST);
    let run = wetsign(&["rules", "check", "--asset", &asset, "--request", &misnamed]).exits(1);
    assert!(run.err.contains("JSON has to be called FILE.json"), "{}", run.err);
}

#[test]
fn a_typing_error_is_named_for_what_the_file_is() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "all.cedar", ALL);
    for (text, why) in [
        (
            "cedar = \"all.cedar\"\nbound = { political = 450 }\n".to_owned(),
            "unknown field `bound`, expected one of `cedar`, `policies`",
        ),
        (
            "policies = [{ id = \"a\", txt = \"permit (principal, action, resource);\" }]\n".into(),
            "unknown field `txt`",
        ),
        ("cedar = \"all.cedar\"\nquorum = \"two\"\n".into(), "expected u32"),
        (format!("{ASSET}[rule]\ncedar = \"all.cedar\"\n"), "unknown field `rule`"),
        (format!("{ASSET}[rules]\ncedar = \"all.cedar\"\nbound = {{}}\n"), "unknown field `bound`"),
    ] {
        let file = write(folder.path(), "draft.toml", text);
        let run = wetsign(&["rules", "validate", &file]).exits(1);
        assert!(run.err.contains(why) && run.err.contains(&file), "{why}: {}", run.err);
    }
}

#[test]
fn requests_in_another_spelling_or_in_milliseconds_are_no_requests() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "all.cedar", ALL);
    let asset = write(folder.path(), "a.toml", format!("{ASSET}[rules]\ncedar = \"all.cedar\"\n"));
    for (field, value, why) in [
        ("territories", json!(["us"]), "write \"US\""),
        ("territories", json!(["USA"]), "no territory"),
        ("territories", json!([" US"]), "write \"US\""),
        ("languages", json!(["EN"]), "write \"en\""),
        ("languages", json!(["en_GB"]), "write \"en-GB\""),
        ("app", json!("a\u{2028}b"), "U+2028"),
        ("purpose", json!("p\u{e0041}"), "U+E0041"),
        ("created", json!(1_790_000_000_000_u64), "seconds, not milliseconds"),
        ("expires", json!(1_790_000_000_000_u64), "seconds, not milliseconds"),
    ] {
        let mut draft: serde_json::Value = serde_json::from_str(REQUEST).unwrap();
        draft[field] = value;
        let file = write(folder.path(), "q.json", draft.to_string());
        let run = wetsign(&["rules", "check", "--asset", &asset, "--request", &file]).exits(1);
        assert!(run.err.contains(why) && run.err.contains(field), "{field}: {}", run.err);
    }
    let request = write(folder.path(), "q.json", REQUEST);
    let run =
        wetsign(&["rules", "check", "--asset", &asset, "--request", &request, "--now", "1790000000000"]);
    assert!(run.exits(1).err.contains("not milliseconds"));
}

#[test]
fn a_draft_names_its_contract() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "all.cedar", ALL);
    let request = write(folder.path(), "q.json", REQUEST);
    let check = |contract: &str, token: &str| {
        let evm = format!("evm = {{ chain_id = 1, contract = \"{contract}\", token = {token} }}\n");
        let asset = write(folder.path(), "a.toml", format!("{ASSET}{evm}[rules]\ncedar = \"all.cedar\"\n"));
        wetsign(&["rules", "check", "--asset", &asset, "--request", &request])
    };
    // The example of EIP-55.
    let contract = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed";
    for token in ["7", "\"7\"", "\"0x07\""] {
        check(contract, token).exits(0);
    }
    check(&contract.to_ascii_lowercase(), "7").exits(0);
    assert!(check(&contract.replace("5aA", "5AA"), "7").exits(1).err.contains("EIP-55"));
    assert!(check(&contract[2..], "7").exits(1).err.contains("0x and 40 hexadecimal digits"));
    assert!(check(contract, "\"07\"").exits(1).err.contains("no number of 256 bits"));
}

#[test]
fn foreign_text_reaches_no_terminal_raw() {
    let folder = tempfile::tempdir().unwrap();
    let hidden = "a\u{1b}[2J\u{202e}\u{e0041}b";
    let file = write(folder.path(), "x.toml", format!("titel = '{hidden}'\n\"{hidden}\" = 1\n"));
    let raw = |text: &str| text.chars().any(|c| c != '\n' && wetsign_attest::shown::invisible(c));
    let run = wetsign(&["rules", "validate", &file]).exits(1);
    assert!(!raw(&run.err), "{:?}", run.err);
    let json = wetsign(&["rules", "validate", &file, "--json"]).exits(1);
    assert!(!raw(&json.out) && !raw(&json.err), "{:?}", json.out);
    assert_eq!(json.json()["ok"], json!(false));
}
