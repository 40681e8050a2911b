//! Python: virtual environments in the cache, each with pinned libraries of its own.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, bail};
use wetsign_models::manifest::Digest;
use wetsign_models::store::QUIET_RUNTIME;

use crate::incoming::Incoming;
use crate::process;
use crate::progress::{Step, folder_size};

/// The oldest Python that the pinned numpy runs on.
const OLDEST_PYTHON: (u32, u32) = (3, 11);

/// The virtual environment.
#[derive(Debug)]
pub struct Python {
    folder: PathBuf,
    work: PathBuf,
}

impl Python {
    /// Makes the environment `<cache>/<name>` if it is not there or its Python is gone. What its programs say while
    /// they work is kept in `work`.
    pub fn prepare(cache: &Path, name: &str, work: &Path) -> anyhow::Result<Self> {
        Self::prepare_newer(cache, name, work, OLDEST_PYTHON)
    }

    /// The same of a Python of at least this version.
    pub fn prepare_newer(cache: &Path, name: &str, work: &Path, oldest: (u32, u32)) -> anyhow::Result<Self> {
        let python = Self { folder: cache.join(name), work: work.to_owned() };
        let usable = process::answer(python.command().args(["-c", "import pip"])).is_some();
        if !usable {
            let system = system_python(oldest)?;
            let mut step = Step::start("making a Python virtual environment", None);
            let mut command = Command::new(system);
            command.args(["-m", "venv", "--clear"]).arg(&python.folder);
            process::quietly(&mut command, &work.join("venv.log"), || step.reached(0))
                .context("the virtual environment cannot be made (Debian: `apt-get install python3-venv`)")?;
            step.done();
        }
        Ok(python)
    }

    /// Where its programs' words are kept.
    pub fn work(&self) -> &Path {
        &self.work
    }

    /// The environment's interpreter.
    pub fn command(&self) -> Command {
        let mut command = Command::new(self.folder.join("bin/python"));
        command.env_remove("PYTHONPATH").env_remove("PYTHONHOME").env("PYTHONHASHSEED", "0");
        command.env(QUIET_RUNTIME.0, QUIET_RUNTIME.1);
        command
    }

    /// The environment's pip, which neither asks nor keeps a cache of its own. It takes what stands in `list` with a
    /// digest and nothing else, and runs no code of it: wheels alone, but for `source`, whose source distribution is
    /// wanted.
    pub fn pip(&self, action: &str, list: &Path, source: Option<&str>) -> Command {
        let mut command = self.command();
        command.args(["-m", "pip", action, "--disable-pip-version-check", "--no-input", "--no-cache-dir"]);
        command.args(["--progress-bar", "off", "--retries", "2", "--timeout", "60"]);
        command.args(["--require-hashes", "--only-binary", ":all:"]);
        command.args(source.iter().flat_map(|name| ["--no-binary", name]));
        command.arg("-r").arg(list).env("TMPDIR", &self.work);
        command
    }

    /// Installs the libraries of `list`, a file of pinned requirements, called `what` to people; at once if they are
    /// there.
    pub fn install(&self, list: &Path, what: &str, incoming: &Incoming) -> anyhow::Result<()> {
        let wanted = Digest::of(&fs::read(list).with_context(|| format!("cannot read {}", list.display()))?)
            .to_string();
        let mark = self.folder.join("requirements.sha256");
        if fs::read_to_string(&mark).is_ok_and(|found| found == wanted) {
            return Ok(());
        }
        let mut step = Step::start(format!("installing {what}"), None);
        let log = self.work.join("pip-install.log");
        let before = folder_size(&self.folder);
        let mut look = || step.reached(folder_size(&self.folder).saturating_sub(before));
        let mut by_hand = self.pip("install", list, None);
        by_hand.args(["--no-index", "--find-links"]).arg(incoming.folder());
        let mut by_network = self.pip("install", list, None);
        if process::quietly(&mut by_hand, &log, &mut look).is_err() {
            process::quietly(&mut by_network, &log, &mut look)?;
        }
        fs::write(&mark, wanted).with_context(|| format!("cannot write {}", mark.display()))?;
        step.done();
        Ok(())
    }
}

fn system_python((major, minor): (u32, u32)) -> anyhow::Result<&'static str> {
    let test = format!("import sys; sys.exit(sys.version_info < ({major}, {minor}))");
    let candidates = ["python3", "python3.14", "python3.13", "python3.12", "python3.11"];
    match candidates
        .into_iter()
        .find(|name| process::answer(Command::new(name).args(["-c", &test])).is_some())
    {
        Some(name) => Ok(name),
        None => bail!(
            "no Python {major}.{minor} or newer on the search path (Debian 12: `apt-get install python3-venv`)"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::programs;

    fn arguments(command: &Command) -> String {
        command.get_args().map(|part| part.display().to_string()).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn pip_takes_only_what_has_a_digest_and_builds_nothing_but_what_is_wanted_as_source() {
        let python = Python { folder: "/venv".into(), work: "/work".into() };
        let list = Path::new("list.txt");
        let usual = arguments(&python.pip("install", list, None));
        assert!(usual.contains("--require-hashes --only-binary :all: -r list.txt"), "{usual}");
        let source = arguments(&python.pip("download", list, Some("resampy")));
        assert!(source.contains("--require-hashes --only-binary :all: --no-binary resampy -r"), "{source}");
    }

    /// Another way to start pip or cargo would need its name, which stands in one file each, beside the flags.
    #[test]
    fn pip_and_cargo_are_started_in_one_place_each() {
        let sources = fs::read_dir(programs::workspace().join("tests/xtask/src")).unwrap();
        let sources: Vec<_> = sources
            .map(|entry| entry.unwrap().path())
            .map(|path| (fs::read_to_string(&path).unwrap(), path))
            .collect();
        for (name, place) in [("\"pip\"", "python.rs"), ("\"cargo\"", "programs.rs")] {
            let code = |text: &str| text.split("#[cfg(test)]").next().unwrap_or_default().contains(name);
            let at: Vec<_> = sources.iter().filter(|(text, _)| code(text)).collect();
            assert!(at.len() == 1 && at[0].1.ends_with(place), "{name} stands in {at:?}");
        }
    }

    /// Every list of packages in the repository.
    fn lists(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
            let (path, name) = (entry.path(), entry.file_name().into_string().unwrap());
            let ours = !name.starts_with('.') && !["target", "node_modules"].contains(&&*name);
            if entry.file_type().unwrap().is_dir() && ours {
                lists(&path, found);
            } else if name.ends_with("requirements.txt") {
                found.push(path);
            }
        }
    }

    #[test]
    fn every_line_of_every_list_has_a_version_and_a_digest() {
        let mut found = Vec::new();
        lists(&programs::workspace(), &mut found);
        assert!(found.len() > 6, "{found:?}");
        for path in found {
            let list = fs::read_to_string(&path).unwrap().replace("\\\n", " ");
            let packages =
                list.lines().filter(|line| !line.trim_start().starts_with('#') && !line.trim().is_empty());
            for line in packages {
                assert!(line.contains("==") && line.contains("--hash=sha256:"), "{}: {line}", path.display());
            }
        }
    }
}
