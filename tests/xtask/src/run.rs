//! Building the product's programs and handing over to them.

use std::os::unix::process::CommandExt as _;
use std::process::ExitCode;

use anyhow::Context as _;

use crate::faketime;
use crate::firmware_prepare;
use crate::plan::Scope;
use crate::process;
use crate::programs;
use crate::setup::{self, SetupOptions};
use crate::test_report;

/// Sets up, builds, and becomes the program `name` with `first` and then the handed arguments.
pub fn become_program(
    name: &str,
    (yes, arguments): (bool, Vec<String>),
    first: &[&str],
) -> anyhow::Result<ExitCode> {
    let cache = setup::run(SetupOptions { scope: Scope::Everything, yes })?.cache;
    programs::build()?;
    if arguments.iter().any(|argument| argument == "qemu" || argument == "--secure-element=qemu") {
        firmware_prepare::prepare_for_story()?;
    }
    let mut command = programs::program(name)?;
    command.args(first).args(arguments).env("WETSIGN_CACHE", cache);
    // On success this never returns: the program takes this process over, with its streams and its exit status.
    Err(command.exec()).with_context(|| format!("cannot start {}", command.get_program().display()))
}

/// Sets up, builds the programs that tests start, and runs `cargo test` on the whole workspace.
pub fn test((yes, mut arguments): (bool, Vec<String>)) -> anyhow::Result<ExitCode> {
    let given = arguments.len();
    arguments.retain(|argument| argument != "--json");
    let json = arguments.len() < given;
    let cache = setup::run(SetupOptions { scope: Scope::Everything, yes })?.cache;
    programs::build()?;
    firmware_prepare::prepare_if_possible()?;
    faketime::library(&cache)?;
    let mut command = programs::cargo();
    command.args(["test", "--workspace"]).env("WETSIGN_CACHE", cache);
    if json {
        return test_report::run(command.arg("--no-fail-fast").args(arguments));
    }
    process::openly(command.args(arguments))?;
    Ok(ExitCode::SUCCESS)
}
