//! What is asked for and cannot be written is exit status 1, in every program of the workspace, and a reader that has
//! gone is none: all of them speak through `wetsign-program`.

#[path = "circles/tokens.rs"]
mod tokens;

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use serde_json::Value;
use wetsign_tests::process;

use crate::tokens::tokens;

/// A program and the source that cargo builds it from.
struct Program {
    name: String,
    source: PathBuf,
}

fn all() -> Vec<Program> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--no-deps", "--locked", "--offline"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo can be started");
    assert!(output.status.success(), "cargo metadata: {}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("cargo metadata prints JSON");
    let list = |value: &Value| value.as_array().expect("a list").clone();
    let targets = list(&metadata["packages"]).into_iter().flat_map(|package| list(&package["targets"]));
    let programs = targets.filter(|target| list(&target["kind"]).contains(&"bin".into()));
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    programs.map(|it| Program { name: text(&it["name"]), source: text(&it["src_path"]).into() }).collect()
}

/// Exit code and standard error.
fn run(command: &mut Command, out: impl Into<Stdio>) -> (Option<i32>, String) {
    let output = command.stdin(Stdio::null()).stdout(out).stderr(Stdio::piped()).output().expect("it starts");
    (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
}

#[test]
fn no_program_passes_over_what_it_could_not_write() {
    let folder = process::programs().unwrap();
    let programs = all();
    assert!(programs.len() > 12, "a workspace with {} programs", programs.len());
    for Program { name, .. } in &programs {
        let path = folder.join(name);
        assert!(path.is_file(), "{name} is not built: cargo build --workspace --bins");
        for asked in ["--help", "--version"] {
            let program = || {
                let mut command = Command::new(&path);
                command.arg(asked);
                command
            };
            let full = File::options().write(true).open("/dev/full").unwrap();
            let (code, words) = run(&mut program(), full);
            assert_eq!(code, Some(1), "{name} {asked} >/dev/full: {words}");
            assert!(words.contains("cannot write: No space left on device"), "{name} {asked}: {words}");

            let mut closed = Command::new("sh");
            closed.args(["-c", r#"exec "$0" "$1" >&-"#]).arg(&path).arg(asked);
            let (code, words) = run(&mut closed, Stdio::inherit());
            assert_eq!(code, Some(1), "{name} {asked} >&-: {words}");
            assert!(words.contains("standard output is closed"), "{name} {asked}: {words}");

            let (reader, writer) = std::io::pipe().unwrap();
            drop(reader);
            assert_eq!(run(&mut program(), writer), (Some(0), String::new()), "{name} {asked} | true");
        }
    }
}

/// Source files under a folder.
fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

#[test]
fn no_program_prints_or_reads_its_flags_by_itself() {
    let mut files = Vec::new();
    for Program { source, .. } in all() {
        let folder = source.ancestors().find(|folder| folder.ends_with("src")).expect("programs lie in src");
        sources(folder, &mut files);
    }
    files.sort();
    files.dedup();
    let mut wrong = Vec::new();
    for file in &files {
        let source = fs::read_to_string(file).unwrap();
        // Tests inside a file may print.
        let code = source.split("#[cfg(test)]").next().unwrap_or_default();
        let tokens = tokens(code);
        let prints = tokens.windows(2).any(|pair| matches!(pair, ["println" | "print", "!"]));
        let reads = tokens
            .windows(4)
            .any(|four| matches!(four, ["Arguments" | "Cli" | "Parser", "::", "parse" | "try_parse", "("]));
        if prints || reads {
            wrong.push(file);
        }
    }
    assert!(wrong.is_empty(), "print through wetsign_program, and read flags by its `arguments`: {wrong:?}");
}
