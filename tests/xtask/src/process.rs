//! Running other programs: quietly with the output kept for an error, or openly with the output shown.

use std::fs::{self, File};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, bail};

/// How often a running program is looked at.
const LOOK: Duration = Duration::from_millis(60);

/// How much of a line an error repeats, in characters.
const LINE: usize = 200;

/// Runs `command` with its output in the file `log` and calls `look` while it runs. An error carries the output's last
/// lines.
pub fn quietly(command: &mut Command, log: &Path, mut look: impl FnMut()) -> anyhow::Result<()> {
    let output = File::create(log).with_context(|| format!("cannot write {}", log.display()))?;
    let program = command.get_program().display().to_string();
    let mut child = command
        .stdin(Stdio::null())
        .stdout(output.try_clone()?)
        .stderr(output)
        .spawn()
        .with_context(|| format!("cannot start {program}"))?;
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break status;
        }
        look();
        std::thread::sleep(LOOK);
    };
    if !status.success() {
        bail!("{program} ended with {status}; its last words:\n{}", last_lines(log, 8));
    }
    Ok(())
}

/// Runs `command` with its output where ours goes.
pub fn openly(command: &mut Command) -> anyhow::Result<()> {
    let program = command.get_program().display().to_string();
    let status = command.status().with_context(|| format!("cannot start {program}"))?;
    if !status.success() {
        let arguments: Vec<_> = command.get_args().map(|part| part.display().to_string()).collect();
        bail!("`{program} {}` ended with {status}", arguments.join(" "));
    }
    Ok(())
}

/// The standard output of `command`, or `None` where it cannot be started or fails.
pub fn answer(command: &mut Command) -> Option<String> {
    let output = command.stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Whether a program of that name lies on the search path.
pub fn on_path(program: &str) -> bool {
    std::env::var_os("PATH")
        .is_some_and(|path| std::env::split_paths(&path).any(|folder| folder.join(program).is_file()))
}

/// The last `count` lines of a text file, indented.
fn last_lines(file: &Path, count: usize) -> String {
    let text = fs::read(file).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let lines: Vec<_> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    let short = |line: &&str| line.chars().take(LINE).collect::<String>();
    let last = lines[lines.len().saturating_sub(count)..].iter().map(short);
    last.map(|line| format!("    {line}")).collect::<Vec<_>>().join("\n")
}
