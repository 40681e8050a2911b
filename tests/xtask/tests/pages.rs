//! Pages speak of what is there: the links, files, tests and commands that they name exist.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

/// Folders that hold other people's pages, or built ones.
const NOT_OURS: [&str; 3] = ["target", "node_modules", "venv"];

/// The root of the checkout.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("the checkout is there")
}

/// Every file, by its path from the root.
fn files() -> BTreeSet<String> {
    let root = root();
    let (mut found, mut open) = (BTreeSet::new(), vec![root.clone()]);
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).expect("a folder can be listed") {
            let path = entry.expect("an entry can be read").path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if !path.is_dir() {
                found.insert(path.strip_prefix(&root).expect("it is below the root").display().to_string());
            } else if !name.starts_with('.') && !NOT_OURS.contains(&name.as_str()) {
                open.push(path);
            }
        }
    }
    found
}

/// Every page with its text.
fn pages(files: &BTreeSet<String>) -> BTreeMap<&str, String> {
    let is_page = |file: &&String| Path::new(file).extension().is_some_and(|extension| extension == "md");
    let pages = files.iter().filter(is_page);
    pages
        .map(|page| (page.as_str(), fs::read_to_string(root().join(page)).expect("a page can be read")))
        .collect()
}

/// Every page, but for the list of changes: it may name what is gone.
fn pages_of_today(files: &BTreeSet<String>) -> BTreeMap<&str, String> {
    let mut pages = pages(files);
    pages.remove("CHANGELOG.md");
    pages
}

/// Targets of a page's links: what stands between `](` and `)`.
fn links(text: &str) -> impl Iterator<Item = &str> {
    text.split("](").skip(1).filter_map(|rest| rest.split_once(')').map(|(link, _)| link))
}

/// What a page has between backticks, within a line.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.lines().flat_map(|line| line.split('`').skip(1).step_by(2))
}

#[test]
fn every_link_of_a_page_leads_somewhere() {
    let files = files();
    let mut broken = Vec::new();
    for (page, text) in pages(&files) {
        let folder = root().join(page).parent().expect("a page lies in a folder").to_owned();
        for link in links(&text).filter(|link| !link.contains("://") && !link.starts_with('#')) {
            let path = link.split('#').next().unwrap_or(link);
            if !folder.join(path).exists() {
                broken.push(format!("{page}: {link}"));
            }
        }
    }
    assert!(broken.is_empty(), "links that lead nowhere: {broken:#?}");
}

/// Whether a quoted word is the path of a source file.
fn names_a_source(word: &str) -> bool {
    let path = word.strip_suffix(".rs").or_else(|| word.strip_suffix(".proto")).unwrap_or("");
    !path.is_empty() && path.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-/.".contains(&byte))
}

/// Whether a page may call a file so: by its whole path, or by the end of it in the page's own folder (`../`: in the
/// folder above).
fn is_there(page: &str, mut named: &str, files: &BTreeSet<String>) -> bool {
    let mut folder = Path::new(page).parent().expect("a page lies in a folder");
    while let (Some(rest), Some(above)) = (named.strip_prefix("../"), folder.parent()) {
        (named, folder) = (rest, above);
    }
    let below = |file: &Path| file.starts_with(folder) && file.ends_with(named);
    files.contains(named) || files.iter().any(|file| below(Path::new(file)))
}

#[test]
fn every_source_file_that_a_page_names_is_there() {
    let files = files();
    let mut missing = Vec::new();
    for (page, text) in pages_of_today(&files) {
        let named = quoted(&text).filter(|word| names_a_source(word));
        missing.extend(
            named.filter(|named| !is_there(page, named, &files)).map(|named| format!("{page}: {named}")),
        );
    }
    assert!(missing.is_empty(), "files that are not there: {missing:#?}");
}

#[test]
fn a_file_that_was_moved_is_missed() {
    let files = BTreeSet::from(["daemon/src/serve/access.rs".to_owned()]);
    let there = |page, named| is_there(page, named, &files);
    assert!(there("daemon/README.md", "serve/access.rs") && there("README.md", "daemon/src/serve/access.rs"));
    assert!(there("daemon/api/README.md", "../src/serve/access.rs"));
    assert!(!there("daemon/README.md", "grpc/access.rs") && !there("attest/README.md", "access.rs"));
    assert!(names_a_source("serve/access.rs") && !names_a_source("two words.rs") && !names_a_source(".rs"));
}

fn output(command: &mut Command) -> String {
    let Output { status, stdout, stderr } = command.output().expect("it can be started");
    assert!(status.success(), "{command:?}: {}", String::from_utf8_lossy(&stderr));
    String::from_utf8(stdout).expect("it prints text")
}

#[test]
fn every_set_up_command_that_a_page_names_is_there() {
    let help = output(Command::new(env!("CARGO_BIN_EXE_xtask")).arg("--help"));
    let listed = help.lines().skip_while(|line| !line.starts_with("Commands:")).skip(1);
    let listed = listed.take_while(|line| line.starts_with("  "));
    let commands: BTreeSet<&str> = listed.filter_map(|line| line.split_whitespace().next()).collect();
    assert!(commands.contains("demo"), "{help}");
    let files = files();
    let mut unknown = Vec::new();
    for (page, text) in pages_of_today(&files) {
        let named = text.split("cargo xtask ").skip(1).filter_map(|rest| rest.split_whitespace().next());
        let named = named.map(|word| word.trim_end_matches(|letter: char| !letter.is_alphanumeric()));
        let missing = named.filter(|name| name.starts_with(char::is_alphabetic) && !commands.contains(name));
        unknown.extend(missing.map(|name| format!("{page}: cargo xtask {name}")));
    }
    assert!(unknown.is_empty(), "commands that are not there: {unknown:#?}");
}

/// Test programs of each package of the workspace.
fn test_programs() -> BTreeMap<String, BTreeSet<String>> {
    let mut metadata = Command::new(env!("CARGO"));
    metadata.args(["metadata", "--format-version", "1", "--no-deps", "--offline"]).current_dir(root());
    let metadata: Value = serde_json::from_str(&output(&mut metadata)).expect("cargo metadata prints JSON");
    let name = |value: &Value| value["name"].as_str().expect("it has a name").to_owned();
    let list = |value: &Value| value.as_array().expect("a list").clone();
    let tests = |package: &Value| {
        list(&package["targets"]).iter().filter(|target| target["kind"][0] == "test").map(name).collect()
    };
    list(&metadata["packages"]).iter().map(|package| (name(package), tests(package))).collect()
}

#[test]
fn every_test_program_that_a_page_names_is_there() {
    let (files, packages) = (files(), test_programs());
    let mut unknown = Vec::new();
    for (page, text) in pages_of_today(&files) {
        for command in
            quoted(&text).filter(|word| word.contains("cargo test") && !word.contains("--manifest-path"))
        {
            let words: Vec<_> = command.split_whitespace().take_while(|word| *word != "--").collect();
            let after = |flag: &str| {
                let pairs = words.windows(2).filter(move |pair| pair[0] == flag);
                pairs.map(|pair| pair[1]).collect::<Vec<_>>()
            };
            let (of, tests) = (after("-p"), after("--test"));
            let asked = |name: &str| of.is_empty() || of.contains(&name);
            // In capitals: the reader's own.
            let any = |name: &str| name.bytes().all(|byte| byte.is_ascii_uppercase());
            let known = |test: &str| packages.iter().any(|(name, tests)| asked(name) && tests.contains(test));
            if !of.iter().all(|name| any(name) || packages.contains_key(*name))
                || !tests.iter().all(|test| any(test) || known(test))
            {
                unknown.push(format!("{page}: {command}"));
            }
        }
    }
    assert!(unknown.is_empty(), "packages or tests that are not there: {unknown:#?}");
}
