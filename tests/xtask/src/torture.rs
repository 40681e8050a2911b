//! `cargo xtask torture`.

use std::process::ExitCode;

use crate::faketime;
use crate::run;

/// Becomes the program. Clocks are stepped in runs at random moments alone; where the library cannot be had they are
/// not, and the program says so.
pub fn run((yes, mut arguments): (bool, Vec<String>)) -> anyhow::Result<ExitCode> {
    let random = arguments.iter().any(|argument| argument == "--runs" || argument.starts_with("--runs="));
    if random {
        match faketime::library(&wetsign_models::store::cache_dir()?) {
            Ok(library) => arguments.extend(["--faketime".to_owned(), library.display().to_string()]),
            Err(error) => wetsign_program::note(&format!("clocks are not stepped: {error:#}")),
        }
    }
    run::become_program("torture", (yes, arguments), &[])
}
