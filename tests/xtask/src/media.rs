//! The workspace of marks in files (`attest/media/`): built and tested by itself, since its library is large.

use std::path::PathBuf;
use std::process::{Command, ExitCode};

use crate::process;
use crate::programs;

/// What is done.
#[derive(Clone, Copy, Debug, clap::Args)]
pub struct MediaOptions {
    /// Build the program alone
    #[arg(long)]
    build_only: bool,
}

const MANIFEST: &str = "attest/media/Cargo.toml";

fn target() -> PathBuf {
    programs::workspace().join("target/media")
}

/// Builds the program, lints it and runs its tests, in `target/media`.
pub fn run(options: MediaOptions) -> anyhow::Result<ExitCode> {
    if built().is_none() {
        eprintln!(
            "Building wetsign-media: about eleven minutes of one core the first time (the C2PA library)."
        );
    }
    let cargo = |words: &[&str], more: &[&str]| {
        let mut command = programs::cargo();
        command.args(words).args(["--manifest-path", MANIFEST, "--target-dir"]).arg(target()).args(more);
        process::openly(&mut command)
    };
    cargo(&["build"], &[])?;
    if !options.build_only {
        cargo(&["test"], &[])?;
        cargo(&["clippy", "--all-targets"], &["--", "-D", "warnings"])?;
    }
    eprintln!("{} is built.", target().join("debug/wetsign-media").display());
    Ok(ExitCode::SUCCESS)
}

/// The program, if it is built.
pub fn built() -> Option<Command> {
    let program = target().join("debug/wetsign-media");
    program.is_file().then(|| Command::new(program))
}
