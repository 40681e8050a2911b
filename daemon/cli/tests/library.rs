//! `wetsign library`: from a publisher's card to the file that it describes, and what is refused on the way.
#![allow(missing_docs, dead_code)]

mod common;

use std::fs;
use std::path::Path;

use common::{run, wetsign, write};
use serde_json::Value;
use wetsign_models::manifest::Manifest;

const CARD: &str = r#"
name = "tiny-voice"
role = "text to speech, one voice"
licence = "Apache-2.0"
lineage = "trained on recordings of its owner, who agreed"
usage = "text in UTF-8; sound at 16 kHz"
measured = ["a sentence in 41 ms on one thread"]
price = "2500000000000000000"
inputs = [{ name = "text", element = "i64", shape = [1, 0] }]
outputs = [{ name = "sound", element = "f32", shape = [1, 0] }]
"#;

struct Library {
    folder: tempfile::TempDir,
}

impl Library {
    fn new() -> Self {
        let library = Self { folder: tempfile::tempdir().unwrap() };
        for key in ["log.key", "publisher.key", "other.key"] {
            wetsign(&["key", "new", &library.path(key)]).exits(0);
        }
        library
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).to_str().unwrap().to_owned()
    }

    fn publish(&self, key: &str, more: &[&str]) -> common::Run {
        let [shelf, log, key] = ["shelf", "log.key", key].map(|name| self.path(name));
        let usual = ["library", "publish", "--json", "--shelf", &shelf, "--origin", "example.org/library"];
        wetsign(&[&usual[..], &["--log-key", &log, "--key", &key], more].concat())
    }

    fn card(&self, text: &str) -> String {
        let path = self.path("card.toml");
        fs::write(&path, text).unwrap();
        path
    }

    fn ask(&self, vkey: &str, words: &[&str]) -> common::Run {
        let shelf = self.path("shelf");
        let usual = [&["library"], words, &["--json", "--shelf", &shelf, "--vkey", vkey]].concat();
        wetsign(&usual)
    }
}

fn vkey(answer: &Value) -> String {
    answer["vkey"].as_str().unwrap().to_owned()
}

#[test]
fn a_card_is_published_found_shown_and_its_file_fetched() {
    let library = Library::new();
    let file = write(library.folder.path(), "voice.onnx", "weights");
    let card = library.card(CARD);
    let key = vkey(&library.publish("publisher.key", &[&card, "--file", &file]).exits(0).json());
    let found = library.ask(&key, &["search", "SPEECH", "apache"]).exits(0).json();
    assert_eq!(found["cards"][0]["card"]["name"], "tiny-voice");
    library.ask(&key, &["search", "face"]).exits(2);
    let shown = library.ask(&key, &["show", "tiny-voice"]).exits(0).json();
    assert_eq!(shown["card"]["card"]["price"], "2500000000000000000");
    let out = library.path("fetched");
    library.ask(&key, &["fetch", "tiny-voice", "--out", &out]).exits(0);
    assert_eq!(fs::read(&out).unwrap(), b"weights");
    let refused = library.ask(&key, &["fetch", "tiny-voice", "--out", &out]).exits(1);
    assert!(refused.err.contains("is there already"), "{}", refused.err);
    library.ask(&key, &["show", "another"]).exits(2);
}

#[test]
fn the_kiosks_own_networks_are_published_by_their_manifest_once() {
    let library = Library::new();
    let answer = library.publish("publisher.key", &["--networks"]).exits(0).json();
    let models = &Manifest::embedded().models;
    assert_eq!(answer["published"].as_array().unwrap().len(), models.len());
    let again = library.publish("publisher.key", &["--networks"]).exits(0).json();
    assert_eq!((again["published"].as_array().unwrap().len(), &again["size"]), (0, &answer["size"]));
    let shown = library.ask(&vkey(&answer), &["show", "mobilefacenet"]).exits(0).json();
    let card = &shown["card"]["card"];
    assert_eq!(card["outputs"][0]["shape"], serde_json::json!([2, 192]));
    assert!(card["measured"][0].as_str().unwrap().contains("EER"), "{card}");
    // Its file comes from this machine's cache, if it is what the card says.
    let entry = models.iter().find(|entry| entry.name == "mobilefacenet").unwrap();
    let cache = library.folder.path().join("cache");
    let file = cache.join(&entry.stored.path);
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    let [shelf, out, key] = [library.path("shelf"), library.path("net.onnx"), vkey(&answer)];
    let words = ["library", "fetch", "mobilefacenet", "--out", &out, "--shelf", &shelf, "--vkey", &key];
    assert!(run(&words, &cache).exits(1).err.contains("cargo xtask models"));
    fs::write(&file, b"another file").unwrap();
    assert!(run(&words, &cache).exits(2).out.contains("its card says"));
    assert!(!Path::new(&out).exists());
}

#[test]
fn a_new_card_follows_the_one_before_and_the_log_is_one_that_auditors_read() {
    let library = Library::new();
    let digest = format!("content = \"{}\"\nsize = 7\n", "ab".repeat(32));
    let first = library.card(&format!("{digest}{CARD}"));
    let key = vkey(&library.publish("publisher.key", &[&first]).exits(0).json());
    let second = library.card(&format!("{digest}{CARD}").replace("41 ms", "29 ms"));
    let answer = library.publish("publisher.key", &[&second]).exits(0).json();
    assert_eq!(answer["published"][0]["revision"], 2);
    let shown = library.ask(&key, &["show", "tiny-voice"]).exits(0).json();
    assert!(shown["card"]["card"]["measured"][0].as_str().unwrap().contains("29 ms"));
    // Another publisher's card of that name is another network: who asks for the name is told of both.
    library.publish("other.key", &[&second]).exits(0);
    let refused = library.ask(&key, &["show", "tiny-voice"]).exits(1);
    assert!(refused.err.contains("is published by"), "{}", refused.err);
    assert!(
        Path::new(&library.path("shelf/checkpoint")).exists()
            && Path::new(&library.path("shelf/tile/0")).is_dir()
    );
}

#[test]
fn a_library_that_somebody_changed_is_shown_to_nobody() {
    let library = Library::new();
    let card = library.card(&format!("content = \"{}\"\nsize = 7\n{CARD}", "ab".repeat(32)));
    let key = vkey(&library.publish("publisher.key", &[&card]).exits(0).json());
    let path = fs::read_dir(library.path("shelf/cards")).unwrap().next().unwrap().unwrap().path();
    let whole = fs::read(&path).unwrap();
    for place in (0..whole.len()).step_by(61) {
        let mut changed = whole.clone();
        changed[place] ^= 1;
        fs::write(&path, changed).unwrap();
        library.ask(&key, &["search"]).exits(1);
    }
    fs::write(&path, &whole).unwrap();
    // A log of another key, or of another name.
    let other = Library::new();
    let card = other.card(&format!("content = \"{}\"\nsize = 7\n{CARD}", "ab".repeat(32)));
    let another = vkey(&other.publish("publisher.key", &[&card]).exits(0).json());
    assert!(library.ask(&another, &["search"]).exits(1).err.contains("does not hold"));
    library.ask(&key, &["search"]).exits(0);
}

#[test]
fn what_is_no_card_is_refused_in_words() {
    let library = Library::new();
    for (text, words) in [
        (CARD.to_owned(), "has no content and size"),
        (CARD.replace("price", "prize"), "unknown field"),
        (
            format!(
                "content = \"{}\"\nsize = 7\n{}",
                "ab".repeat(32),
                CARD.replace("tiny-voice", "../voice")
            ),
            "lower-case",
        ),
        (
            format!("content = \"{}\"\nsize = 7\n{}", "ab".repeat(32), CARD.replace("Apache-2.0", "")),
            "licence",
        ),
    ] {
        let card = library.card(&text);
        let refused = library.publish("publisher.key", &[&card]).exits(1);
        assert!(refused.err.contains(words), "{words}: {}", refused.err);
    }
    let file = write(library.folder.path(), "voice.onnx", "weights");
    let card = library.card(&format!("content = \"{}\"\nsize = 7\n{CARD}", "ab".repeat(32)));
    let refused = library.publish("publisher.key", &[&card, "--file", &file]).exits(1);
    assert!(refused.err.contains("the file has"), "{}", refused.err);
}
