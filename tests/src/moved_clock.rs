//! A clock that a story moves: for itself and for all of its programs, which are the real ones.
//!
//! The story is told in a process of its own, which has Debian's libfaketime before its other libraries. Whatever it
//! starts inherits that, but for what clears its surroundings, as the sensor does: what runs by the moment's clock
//! alone.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, ensure};
use wetsign_models::store::cache_dir;

/// Where `cargo xtask test` has it, in the cache.
const LIBRARY: &str = "debian/faketime/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1";
const FILE: &str = "FAKETIME_TIMESTAMP_FILE";

/// How far ahead the clock is, in a file that every program of the story reads.
#[derive(Debug)]
pub struct Clock {
    file: PathBuf,
    ahead: Duration,
}

impl Clock {
    /// In the story's own process: its clock, which is right at first. Else tells the test of this name in one.
    ///
    /// # Errors
    /// When the library is not there, or the story did not come out as told.
    pub fn of(test: &str) -> anyhow::Result<Option<Self>> {
        if let Some(file) = std::env::var_os(FILE) {
            return Ok(Some(Self { file: file.into(), ahead: Duration::ZERO }));
        }
        let library = cache_dir()?.join(LIBRARY);
        ensure!(library.is_file(), "{} is not there: run `cargo xtask test` once", library.display());
        let folder = tempfile::tempdir()?;
        let file = folder.path().join("clock");
        write(&file, Duration::ZERO)?;
        let mut story = Command::new(std::env::current_exe()?);
        story.args(["--exact", test, "--nocapture"]).env("LD_PRELOAD", &library).env(FILE, &file);
        story.env("FAKETIME_NO_CACHE", "1").env("FAKETIME_DONT_FAKE_MONOTONIC", "1").env("NO_FAKE_STAT", "1");
        let told = story.output().context("starting the story")?;
        let said = String::from_utf8_lossy(&told.stdout);
        ensure!(
            told.status.success() && said.contains("1 passed"),
            "{said}{}",
            String::from_utf8_lossy(&told.stderr)
        );
        Ok(None)
    }

    /// Time passes.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn pass(&mut self, time: Duration) -> anyhow::Result<()> {
        self.ahead += time;
        write(&self.file, self.ahead)
    }
}

/// At once and whole, since programs read it all the time.
fn write(file: &Path, ahead: Duration) -> anyhow::Result<()> {
    let next = file.with_extension("next");
    std::fs::write(&next, format!("+{}\n", ahead.as_secs())).context("writing the clock")?;
    std::fs::rename(&next, file).context("writing the clock")
}
