//! `cargo test` with its output passed on, and a row for each program that it ran.

use std::io::{self, BufRead as _, BufReader};
use std::process::{Command, ExitCode};

use anyhow::Context as _;
use serde::Serialize;

/// What one test program came to.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub struct Row {
    /// Which program.
    pub name: String,
    /// It ran to its end, and nothing failed.
    pub ok: bool,
    /// Tests that passed.
    pub passed: u32,
    failed: u32,
    ignored: u32,
    /// Why it did not run.
    #[serde(skip_serializing_if = "Option::is_none")]
    skipped: Option<String>,
}

impl Row {
    /// What cannot run on this machine.
    pub fn skipped(name: &str, why: String) -> Self {
        Self { name: name.to_owned(), ok: true, skipped: Some(why), ..Self::default() }
    }
}

/// Runs `command`, a `cargo test`, shows its output on the error stream, and prints one object: `ok`, `rows`.
pub fn run(command: &mut Command) -> anyhow::Result<ExitCode> {
    let (ended_well, rows) = rows(command)?;
    let ok = ended_well && !rows.is_empty() && rows.iter().all(|row| row.ok);
    wetsign_program::say!("{:#}", serde_json::json!({ "ok": ok, "rows": rows }))?;
    Ok(if ok { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The same without printing: whether cargo ended well, and the rows.
pub fn rows(command: &mut Command) -> anyhow::Result<(bool, Vec<Row>)> {
    let (output, writer) = io::pipe().context("cannot make a pipe")?;
    let mut child =
        command.stdout(writer.try_clone()?).stderr(writer).spawn().context("cannot start cargo")?;
    // The command keeps ends of the pipe for another start; it ends only when all are closed.
    command.stdout(io::stderr()).stderr(io::stderr());
    let mut rows = Rows::default();
    for line in BufReader::new(output).lines() {
        let line = line.context("cannot read what the tests say")?;
        eprintln!("{line}");
        rows.take(&line);
    }
    let status = child.wait().context("cannot wait for cargo")?;
    Ok((status.success(), rows.finish()))
}

/// Reads the lines in which cargo and the test programs say what they run and how it went.
#[derive(Default)]
struct Rows {
    running: Option<String>,
    done: Vec<Row>,
}

impl Rows {
    fn take(&mut self, line: &str) {
        if let Some(name) = begun(line) {
            self.abandon();
            self.running = Some(name);
        } else if let Some(result) = line.strip_prefix("test result: ") {
            let counts = |word: &str| {
                let before = result.split(';').find_map(|part| part.trim().strip_suffix(word))?;
                before.split_whitespace().next_back()?.parse().ok()
            };
            self.done.push(Row {
                name: self.running.clone().unwrap_or_default(),
                ok: result.starts_with("ok."),
                passed: counts("passed").unwrap_or(0),
                failed: counts("failed").unwrap_or(0),
                ignored: counts("ignored").unwrap_or(0),
                skipped: None,
            });
            // Documentation tests of one crate may report twice: merged ones, and the others.
            if !self.running.as_deref().is_some_and(|name| name.starts_with("documentation of ")) {
                self.running = None;
            }
        }
    }

    /// A program that was begun and never said how it went has failed.
    fn abandon(&mut self) {
        if let Some(name) = self.running.take()
            && self.done.last().is_none_or(|row| row.name != name)
        {
            self.done.push(Row { name, ..Row::default() });
        }
    }

    fn finish(mut self) -> Vec<Row> {
        self.abandon();
        self.done
    }
}

/// The program of a line such as `Running tests/tls.rs (target/debug/deps/tls-0123456789abcdef)`.
fn begun(line: &str) -> Option<String> {
    let line = line.trim_start();
    if let Some(name) = line.strip_prefix("Doc-tests ") {
        return Some(format!("documentation of {name}"));
    }
    let (source, program) = line.strip_prefix("Running ")?.split_once(" (")?;
    let file = program.strip_suffix(')')?.rsplit('/').next()?;
    let (name, _hash) = file.rsplit_once('-')?;
    Some(format!("{name} ({source})"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str) -> Vec<Row> {
        let mut rows = Rows::default();
        text.lines().for_each(|line| rows.take(line));
        rows.finish()
    }

    #[test]
    fn each_program_has_a_row_with_its_counts() {
        let found = rows(
            "     Running unittests src/lib.rs (target/debug/deps/wetsign_api-00ff)\n\nrunning 3 tests\n\
             test result: FAILED. 2 passed; 1 failed; 4 ignored; 0 measured; 0 filtered out; finished in 0.01s\n\
             \x20    Running tests/tls.rs (target/debug/deps/tls-aa01)\n\
             test result: ok. 2 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 9.1s\n\
             \x20  Doc-tests wetsign_api\n\
             test result: ok. 1 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out\n",
        );
        let names: Vec<_> = found.iter().map(|row| (row.name.as_str(), row.ok, row.passed)).collect();
        assert_eq!(
            names,
            [
                ("wetsign_api (unittests src/lib.rs)", false, 2),
                ("tls (tests/tls.rs)", true, 2),
                ("documentation of wetsign_api", true, 1)
            ]
        );
        assert_eq!((found[0].failed, found[0].ignored), (1, 4));
    }

    #[test]
    fn a_program_that_died_without_a_result_has_failed() {
        let found = rows(
            "     Running tests/a.rs (target/debug/deps/a-01)\nsignal: 11\n     Running tests/b.rs (target/debug/deps/b-01)\n",
        );
        assert_eq!(
            found.iter().map(|row| (row.name.as_str(), row.ok)).collect::<Vec<_>>(),
            [("a (tests/a.rs)", false), ("b (tests/b.rs)", false)]
        );
    }
}
