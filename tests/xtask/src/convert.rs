//! Python: the virtual environment in the cache, and the scripts of `models/convert/` that run in it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, bail};
use wetsign_models::manifest::{Conversion, Digest, Package, Registry};

use crate::incoming::Incoming;
use crate::plan::Member;
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
    /// Makes the environment `<cache>/venv` if it is not there or its Python is gone.
    pub fn prepare(cache: &Path, work: &Path) -> anyhow::Result<Self> {
        let python = Self { folder: cache.join("venv"), work: work.to_owned() };
        let usable = process::answer(python.command().args(["-c", "import pip"])).is_some();
        if !usable {
            let system = system_python()?;
            let mut step = Step::start("making a Python virtual environment", None);
            let mut command = Command::new(system);
            command.args(["-m", "venv", "--clear"]).arg(&python.folder);
            process::quietly(&mut command, &work.join("venv.log"), || step.reached(0))
                .context("the virtual environment cannot be made (Debian: `apt-get install python3-venv`)")?;
            step.done();
        }
        Ok(python)
    }

    /// The environment's interpreter.
    pub fn command(&self) -> Command {
        let mut command = Command::new(self.folder.join("bin/python"));
        command.env_remove("PYTHONPATH").env_remove("PYTHONHOME").env("PYTHONHASHSEED", "0");
        command
    }

    /// The environment's pip, which neither asks nor keeps a cache of its own.
    pub fn pip(&self, action: &str) -> Command {
        let mut command = self.command();
        command.args(["-m", "pip", action, "--disable-pip-version-check", "--no-input", "--no-cache-dir"]);
        command.args(["--progress-bar", "off", "--retries", "2", "--timeout", "60"]);
        command.env("TMPDIR", &self.work);
        command
    }

    /// Installs what the converters import, at the versions of `requirements.txt`.
    pub fn install_requirements(&self, incoming: &Incoming) -> anyhow::Result<()> {
        let list = scripts().join("requirements.txt");
        let wanted = Digest::of(&fs::read(&list).with_context(|| format!("cannot read {}", list.display()))?)
            .to_string();
        let mark = self.folder.join("requirements.sha256");
        if fs::read_to_string(&mark).is_ok_and(|found| found == wanted) {
            return Ok(());
        }
        let mut step = Step::start("installing the converters' libraries (numpy, onnx, tflite)", None);
        let log = self.work.join("pip-install.log");
        let before = folder_size(&self.folder);
        let mut look = || step.reached(folder_size(&self.folder).saturating_sub(before));
        let mut by_hand = self.pip("install");
        by_hand.args(["--no-index", "--find-links"]).arg(incoming.folder()).arg("-r").arg(&list);
        let mut by_network = self.pip("install");
        by_network.arg("-r").arg(&list);
        if process::quietly(&mut by_hand, &log, &mut look).is_err() {
            process::quietly(&mut by_network, &log, &mut look)?;
        }
        fs::write(&mark, wanted).with_context(|| format!("cannot write {}", mark.display()))?;
        step.done();
        Ok(())
    }

    /// Takes `members` out of `archive` into `folder`.
    pub fn extract(
        &self,
        package: &Package,
        archive: &Path,
        members: &[&Member],
        folder: &Path,
    ) -> anyhow::Result<()> {
        // The extractor goes by the file's ending, and a file brought by hand may have any name.
        let named = self.work.join("archive").join(&package.archive);
        fs::create_dir_all(self.work.join("archive"))?;
        if fs::hard_link(archive, &named).is_err() {
            fs::copy(archive, &named).with_context(|| format!("cannot copy {}", archive.display()))?;
        }
        let mut command = self.command();
        command.arg(scripts().join("extract.py"));
        if package.registry == Registry::PypiSdist {
            command.arg("--strip");
        }
        command.arg(&named).arg(folder).args(members.iter().map(|member| &member.path));
        process::quietly(&mut command, &self.work.join("extract.log"), || ())
            .with_context(|| format!("{} cannot be unpacked", package.archive))?;
        fs::remove_file(&named).with_context(|| format!("cannot remove {}", named.display()))
    }

    /// Converts `sources` into `target`.
    pub fn convert(&self, conversion: Conversion, sources: &[PathBuf], target: &Path) -> anyhow::Result<()> {
        let mut command = self.command();
        command.arg(scripts().join(conversion.script())).args(sources).arg(target);
        process::quietly(&mut command, &self.work.join("convert.log"), || ())
            .with_context(|| format!("models/convert/{} failed", conversion.script()))
    }
}

/// The folder `models/convert` of this checkout.
pub fn scripts() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models/convert")
}

fn system_python() -> anyhow::Result<&'static str> {
    let (major, minor) = OLDEST_PYTHON;
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
