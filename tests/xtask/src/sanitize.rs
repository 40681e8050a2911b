//! The workspace's unsafe code under AddressSanitizer: the prover's, and the one line that the loader runs before
//! `main`. Every other crate forbids it; the boards' is run by `cargo xtask firmware`.

use std::process::{Command, ExitCode};

use crate::process;
use crate::programs;
use crate::test_report::{self, Row};

/// Exit status where something could not be tried on this machine.
const SKIPPED: u8 = 3;

/// Arguments of `cargo xtask sanitize`.
#[derive(clap::Args)]
pub struct SanitizeArguments {
    /// Print one JSON object: `ok`, `rows` (each with name, ok, passed, failed, ignored, or why it was skipped)
    #[arg(long)]
    json: bool,
}

/// Runs the tests of the prover (vector lanes, mapped tables, prefetched memory) and of the programs' beginning,
/// rebuilt with AddressSanitizer. Only a nightly compiler takes the flag by itself; a stable one does when it is told
/// to be one.
pub fn run(arguments: &SanitizeArguments) -> anyhow::Result<ExitCode> {
    eprintln!("Building with AddressSanitizer: the first time it takes minutes …");
    let lanes = without_lanes();
    if arguments.json {
        return in_json(lanes);
    }
    for mut tests in tests() {
        process::openly(&mut tests)?;
    }
    eprintln!("  ✔ no access out of bounds, after free, or of memory that was not there");
    let Some(why) = lanes else { return Ok(ExitCode::SUCCESS) };
    eprintln!("  ✘ the vector lanes were not tried: {why}");
    Ok(ExitCode::from(SKIPPED))
}

/// Nobody must take a skip for a pass: `ok` is false, and the exit status is one of its own.
fn in_json(lanes: Option<String>) -> anyhow::Result<ExitCode> {
    let (mut held, mut rows) = (true, Vec::new());
    for mut tests in tests() {
        let (ended_well, found) = test_report::rows(&mut tests)?;
        // A filter that finds nothing has shown nothing.
        held &= ended_well && found.iter().all(|row| row.ok) && found.iter().any(|row| row.passed > 0);
        rows.extend(found);
    }
    let whole = lanes.is_none();
    rows.extend(lanes.map(|why| Row::skipped("vector lanes", why)));
    wetsign_program::say!("{:#}", serde_json::json!({ "ok": held && whole, "rows": rows }))?;
    Ok(match (held, whole) {
        (true, true) => ExitCode::SUCCESS,
        (true, false) => ExitCode::from(SKIPPED),
        (false, _) => ExitCode::FAILURE,
    })
}

fn tests() -> [Command; 2] {
    [&["wetsign-circuits", "--lib", "prover"][..], &["wetsign-program", "--lib", "--test", "ends"]].map(
        |what| {
            // Named, so that build scripts and macros are built without the sanitizer.
            let target = format!("{}-unknown-linux-gnu", std::env::consts::ARCH);
            let mut command = programs::cargo();
            command.env("CARGO_TARGET_DIR", programs::workspace().join("target/sanitize"));
            command.env("RUSTC_BOOTSTRAP", "1").env("RUSTFLAGS", "-Zsanitizer=address");
            command.args(["test", "--target", &target, "--package"]).args(what);
            command
        },
    )
}

/// Why the tests leave the vector lanes out here, if they do. With `WETSIGN_REQUIRE_LANES` set they fail instead.
fn without_lanes() -> Option<String> {
    #[cfg(target_arch = "x86_64")]
    let there = is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512ifma");
    #[cfg(not(target_arch = "x86_64"))]
    let there = false;
    (!there).then(|| "this processor has no AVX-512 IFMA".to_owned())
}
