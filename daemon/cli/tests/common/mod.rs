//! Runs the binary as a person or a CI job would.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// What a run gave.
pub struct Run {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Run {
    /// Standard output as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {}", self.out))
    }

    /// Standard output's first line.
    pub fn first(&self) -> &str {
        self.out.lines().next().unwrap_or_default()
    }

    /// Asserts the exit code, showing everything if it is another.
    #[track_caller]
    pub fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, code, "out:\n{}\nerr:\n{}", self.out, self.err);
        self
    }
}

/// Runs `wetsign` with an empty model cache and no configuration of the person who runs the tests.
pub fn wetsign(args: &[&str]) -> Run {
    run(args, Path::new("/nonexistent/cache"))
}

/// Runs `wetsign` with this model cache.
pub fn run(args: &[&str], cache: &Path) -> Run {
    let output = Command::new(env!("CARGO_BIN_EXE_wetsign"))
        .args(args)
        .env("WETSIGN_CACHE", cache)
        .env("XDG_CONFIG_HOME", "/nonexistent/config")
        .env_remove("WETSIGN_KIOSK")
        .output()
        .unwrap();
    Run {
        code: output.status.code().unwrap(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

/// A file of `examples/`.
pub fn example(name: &str) -> String {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("examples").join(name).to_str().unwrap().to_owned()
}

/// Writes a file into a folder and names it.
pub fn write(folder: &Path, name: &str, bytes: impl AsRef<[u8]>) -> String {
    let path = folder.join(name);
    std::fs::write(&path, bytes).unwrap();
    path.to_str().unwrap().to_owned()
}
