//! The workspace's unsafe code under AddressSanitizer. All of it is the prover's: every other crate forbids it.

use std::process::{Command, ExitCode};

use crate::process;
use crate::programs;
use crate::test_report::{self, Row};

/// Arguments of `cargo xtask sanitize`.
#[derive(clap::Args)]
pub struct SanitizeArguments {
    /// Print one JSON object: `ok`, `rows` (each with name, ok, passed, failed, ignored, or why it was skipped)
    #[arg(long)]
    json: bool,
}

/// Runs the tests of the prover (vector lanes, mapped tables, prefetched memory) rebuilt with AddressSanitizer. Only a
/// nightly compiler takes the flag by itself; a stable one does when it is told to be one.
pub fn run(arguments: &SanitizeArguments) -> anyhow::Result<ExitCode> {
    eprintln!("Building the prover's tests with AddressSanitizer: the first time it takes minutes …");
    let lanes = without_lanes();
    if let Some(why) = &lanes {
        eprintln!("  – vector lanes are skipped: {why}");
    }
    if !arguments.json {
        process::openly(&mut tests())?;
        eprintln!("  ✔ no access out of bounds, after free, or of memory that was not there");
        return Ok(ExitCode::SUCCESS);
    }
    let (ended_well, mut rows) = test_report::rows(&mut tests())?;
    // A filter that finds nothing has shown nothing.
    let ok = ended_well && rows.iter().all(|row| row.ok) && rows.iter().any(|row| row.passed > 0);
    rows.extend(lanes.map(|why| Row::skipped("vector lanes", why)));
    wetsign_program::say!("{:#}", serde_json::json!({ "ok": ok, "rows": rows }))?;
    Ok(if ok { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn tests() -> Command {
    // Named, so that build scripts and macros are built without the sanitizer.
    let target = format!("{}-unknown-linux-gnu", std::env::consts::ARCH);
    let mut command = programs::cargo();
    command.env("CARGO_TARGET_DIR", programs::workspace().join("target/sanitize"));
    command.env("RUSTC_BOOTSTRAP", "1").env("RUSTFLAGS", "-Zsanitizer=address");
    command.args(["test", "--target", &target, "--package", "wetsign-circuits", "--lib", "prover"]);
    command
}

/// Why the tests leave the vector lanes out here, if they do. With `WETSIGN_REQUIRE_LANES` set they fail instead.
fn without_lanes() -> Option<String> {
    #[cfg(target_arch = "x86_64")]
    let there = is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512ifma");
    #[cfg(not(target_arch = "x86_64"))]
    let there = false;
    (!there).then(|| "this processor has no AVX-512 IFMA".to_owned())
}
