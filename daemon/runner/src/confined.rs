//! What the runner gives up before it reads what strangers wrote, and what has to hold for a container to be opened.

use std::path::PathBuf;

use anyhow::bail;
use wetsign_sandbox::{Calls, Confinement, Needs, enter};

/// Layers without which nothing is opened. Of a kernel's newer ones the receipt says whether they were there.
const DEMANDED: [&str; 2] = ["files", "system-calls"];

/// Confines this process: no network, no programs; it reads `read`, and writes below `write`.
pub fn confine(read: Vec<PathBuf>, write: Vec<PathBuf>) -> Confinement {
    let calls = Calls { files: true, wait: true, ..Calls::default() };
    enter(&Needs { read, write, calls, ..Needs::default() })
}

/// Layers in force around runner and engine both, ascending.
///
/// # Errors
/// One that is demanded is in force around one of them only, or around none; unless that is allowed.
pub fn in_force(runner: &[String], engine: &[String], unconfined: bool) -> anyhow::Result<Vec<String>> {
    let mut both: Vec<String> = runner.iter().filter(|layer| engine.contains(layer)).cloned().collect();
    both.sort();
    let missing: Vec<_> =
        DEMANDED.into_iter().filter(|layer| !both.iter().any(|held| held == layer)).collect();
    if !missing.is_empty() && !unconfined {
        bail!(
            "this machine's kernel does not confine runner and engine ({} missing), and the container stays shut: run \
             it on Linux 5.13 or newer with Landlock, or with --allow-unconfined, which the receipt tells",
            missing.join(" and ")
        );
    }
    Ok(both)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_holds_around_one_of_them_alone_does_not_count() {
        let layers = |names: &[&str]| names.iter().map(ToString::to_string).collect::<Vec<_>>();
        let all = layers(&["network", "files", "system-calls"]);
        assert_eq!(in_force(&all, &all, false).unwrap(), layers(&["files", "network", "system-calls"]));
        let some = layers(&["network", "system-calls"]);
        let refused = in_force(&all, &some, false).unwrap_err().to_string();
        assert!(refused.contains("(files missing)"), "{refused}");
        assert_eq!(in_force(&all, &some, true).unwrap(), layers(&["network", "system-calls"]));
    }
}
