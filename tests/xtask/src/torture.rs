//! `cargo xtask torture`, and the library that steps a program's clock.

use std::path::PathBuf;
use std::process::ExitCode;

use crate::debian::Bundle;
use crate::run;

/// Where the library lies in Debian's package `libfaketime`.
const LIBRARY: &str = "usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1";

/// Becomes the program. Clocks are stepped in runs at random moments alone; where the library cannot be had they are
/// not, and the program says so.
pub fn run((yes, mut arguments): (bool, Vec<String>)) -> anyhow::Result<ExitCode> {
    let random = arguments.iter().any(|argument| argument == "--runs" || argument.starts_with("--runs="));
    if random {
        match library() {
            Ok(library) => arguments.extend(["--faketime".to_owned(), library.display().to_string()]),
            Err(error) => wetsign_program::note(&format!("clocks are not stepped: {error:#}")),
        }
    }
    run::become_program("torture", (yes, arguments), &[])
}

fn library() -> anyhow::Result<PathBuf> {
    let cache = wetsign_models::store::cache_dir()?;
    Ok(Bundle::new("faketime", &[], &["libfaketime"]).bring(&cache)?.path(LIBRARY))
}
