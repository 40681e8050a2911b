//! The unsafe code of the prover under AddressSanitizer.

use std::process::ExitCode;

use crate::process;
use crate::programs;

/// Runs the tests of the prover (vector lanes, mapped tables) rebuilt with AddressSanitizer. Only a nightly compiler takes the flag
/// by itself; a stable one does when it is told to be one.
pub fn run() -> anyhow::Result<ExitCode> {
    // Named, so that build scripts and macros are built without the sanitizer.
    let target = format!("{}-unknown-linux-gnu", std::env::consts::ARCH);
    let mut command = programs::cargo();
    command
        .current_dir(programs::workspace())
        .env("CARGO_TARGET_DIR", programs::workspace().join("target/sanitize"));
    command.env("RUSTC_BOOTSTRAP", "1").env("RUSTFLAGS", "-Zsanitizer=address");
    command.args([
        "test",
        "--locked",
        "--target",
        &target,
        "--package",
        "wetsign-circuits",
        "--lib",
        "prover",
    ]);
    eprintln!("Building the prover's tests with AddressSanitizer: the first time it takes minutes …");
    process::openly(&mut command)?;
    eprintln!("  ✔ no access out of bounds, after free, or of memory that was not there");
    Ok(ExitCode::SUCCESS)
}
