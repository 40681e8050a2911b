//! A runner, as whoever runs it calls it: `wetsign-runner`.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use anyhow::{Context, ensure};
use wetsign_attest::id::ChannelKey;

use crate::locked::Locked;

/// A runner with a state folder of its own.
pub struct Runner {
    programs: PathBuf,
    state: PathBuf,
}

/// What a run answered.
#[derive(Debug)]
pub struct Ran {
    /// Whether something was made.
    pub made: bool,
    /// What it said.
    pub words: String,
}

/// What a run is given.
pub struct Run<'a> {
    /// The approval's file.
    pub approval: &'a Path,
    /// The runner's trust policy.
    pub policy: &'a Path,
    /// The asset.
    pub locked: &'a Locked,
    /// Folder with shares.
    pub shares: &'a Path,
    /// Another input than the approved text.
    pub input: Option<&'a Path>,
    /// Where the output goes; the receipt goes beside it.
    pub out: &'a Path,
    /// More flags.
    pub flags: &'a [&'a str],
}

impl Run<'_> {
    /// Where the receipt goes.
    pub fn receipt(&self) -> PathBuf {
        self.out.with_added_extension("receipt")
    }
}

impl Runner {
    /// One that has used nothing yet.
    pub fn new(programs: &Path, state: &Path) -> Self {
        Self { programs: programs.to_owned(), state: state.to_owned() }
    }

    /// A key for one request.
    ///
    /// # Errors
    /// The program says why.
    pub fn key(&self) -> anyhow::Result<ChannelKey> {
        let output = self.call(&["key".as_ref(), "new".as_ref()])?;
        ensure!(output.status.success(), "wetsign-runner key new: {}", words(&output));
        Ok(String::from_utf8(output.stdout)?.parse()?)
    }

    /// Runs.
    ///
    /// # Errors
    /// It cannot be started.
    pub fn run(&self, run: &Run<'_>) -> anyhow::Result<Ran> {
        let receipt = run.receipt();
        let mut arguments: Vec<&std::ffi::OsStr> = vec!["run".as_ref()];
        for (flag, path) in [
            ("--approval", run.approval),
            ("--policy", run.policy),
            ("--container", &run.locked.container),
            ("--committee", &run.locked.committee),
            ("--shares", run.shares),
            ("--out", run.out),
            ("--receipt", &receipt),
        ] {
            arguments.extend([flag.as_ref(), path.as_os_str()]);
        }
        if let Some(input) = run.input {
            arguments.extend(["--input".as_ref(), input.as_os_str()]);
        }
        arguments.extend(["--allow-simulated", "--allow-development-keys"].map(std::ffi::OsStr::new));
        arguments.extend(run.flags.iter().map(std::ffi::OsStr::new));
        let output = self.call(&arguments)?;
        Ok(Ran { made: output.status.success(), words: words(&output) })
    }

    fn call(&self, arguments: &[&std::ffi::OsStr]) -> anyhow::Result<Output> {
        let program = self.programs.join("wetsign-runner");
        let mut command = Command::new(&program);
        command.args(arguments).arg("--state").arg(&self.state);
        command.output().with_context(|| format!("starting {}", program.display()))
    }
}

fn words(output: &Output) -> String {
    let said = if output.status.success() { &output.stdout } else { &output.stderr };
    String::from_utf8_lossy(said).trim().to_owned()
}
