//! Asking the auditor's own program, `wetsign`, what it makes of a file.

use std::{
    path::Path,
    process::{Command, Output},
};

use anyhow::{Context, bail};
use serde::Deserialize;

/// What `wetsign verify --json` answered.
#[derive(Debug, Clone, Deserialize)]
pub struct Answer {
    /// Approved.
    pub ok: bool,
    /// Each check, in order.
    #[serde(default)]
    pub checks: Vec<Check>,
}

/// One check of an answer.
#[derive(Debug, Clone, Deserialize)]
pub struct Check {
    /// Which step it belongs to.
    pub step: serde_json::Value,
    /// Stable code.
    pub code: String,
    /// `passed`, `failed` or `not_checked`.
    pub status: String,
    /// What was compared, in words.
    pub compared: String,
}

impl Answer {
    /// `approved` or `refused`.
    pub fn verdict(&self) -> &'static str {
        if self.ok { "approved" } else { "refused" }
    }

    /// Codes of the checks that failed, each once.
    pub fn failures(&self) -> Vec<&str> {
        let failed = self.checks.iter().filter(|check| check.status == "failed");
        let mut codes: Vec<&str> = failed.map(|check| check.code.as_str()).collect();
        codes.dedup();
        codes
    }

    /// In a sentence: how many checks passed, or which failed first.
    pub fn summary(&self) -> String {
        let count = |status: &str| self.checks.iter().filter(|check| check.status == status).count();
        match self.checks.iter().find(|check| check.status == "failed") {
            Some(check) => format!("Check {}: {}", check.code, check.compared),
            None => format!("{} checks passed, {} not checked.", count("passed"), count("not_checked")),
        }
    }
}

/// Checks a bundle with `wetsign verify`, with the flags that a simulated, development approval needs, and with what is
/// remembered in the file `memory`.
///
/// # Errors
/// When the program ends with anything but 0 (approved) or 2 (refused), or its answer and its exit code disagree.
pub fn verify(
    programs: &Path,
    bundle: &Path,
    policy: &Path,
    memory: Option<&Path>,
) -> anyhow::Result<Answer> {
    let output = Command::new(programs.join("wetsign"))
        .arg("verify")
        .arg(bundle)
        .arg("--policy")
        .arg(policy)
        .args(memory.map(|_| "--memory"))
        .args(memory)
        .args(["--allow-simulated", "--allow-development-keys", "--json"])
        .output()
        .context("running wetsign verify")?;
    let answer: Answer = serde_json::from_slice(&output.stdout)
        .with_context(|| format!("reading the answer of wetsign verify: {}", words(&output)))?;
    match (output.status.code(), answer.ok) {
        (Some(0), true) | (Some(2), false) => Ok(answer),
        (code, ok) => bail!("wetsign verify ended with {code:?} and says ok = {ok}: {}", words(&output)),
    }
}

/// The JSON view of a signed object or a bundle, by `wetsign show`.
pub fn view(programs: &Path, file: &Path) -> anyhow::Result<String> {
    let output = Command::new(programs.join("wetsign"))
        .arg("show")
        .arg(file)
        .output()
        .context("running wetsign show")?;
    if !output.status.success() {
        bail!("wetsign show {}: {}", file.display(), words(&output));
    }
    String::from_utf8(output.stdout).context("reading the answer of wetsign show")
}

fn words(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_failed_check_is_the_summary() -> anyhow::Result<()> {
        let answer: Answer = serde_json::from_str(
            r#"{"ok": false, "checks": [
                {"step": 1, "code": "decode", "status": "passed", "compared": "bundle"},
                {"step": 1, "code": "signature", "status": "failed", "compared": "request: signature differs"},
                {"step": 2, "code": "rules", "status": "not_checked", "compared": ""}]}"#,
        )?;
        assert_eq!(answer.verdict(), "refused");
        assert_eq!(answer.summary(), "Check signature: request: signature differs");
        Ok(())
    }
}
