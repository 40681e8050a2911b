//! The scripts of `models/convert/`, run in a virtual environment of their own.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use wetsign_models::manifest::{Conversion, Package, Registry};

use crate::incoming::Incoming;
use crate::plan::Member;
use crate::process;
use crate::python::Python;

/// The environment's name in the cache.
pub const ENVIRONMENT: &str = "venv";

impl Python {
    /// Installs what the converters import, at the versions of `models/convert/requirements.txt`.
    pub fn install_converters(&self, incoming: &Incoming) -> anyhow::Result<()> {
        let what = "the converters' libraries (numpy, onnx, tflite)";
        self.install(&scripts().join("requirements.txt"), what, incoming)
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
        let named = self.work().join("archive").join(&package.archive);
        fs::create_dir_all(self.work().join("archive"))?;
        if fs::hard_link(archive, &named).is_err() {
            fs::copy(archive, &named).with_context(|| format!("cannot copy {}", archive.display()))?;
        }
        let mut command = self.command();
        command.arg(scripts().join("extract.py"));
        if package.registry == Registry::PypiSdist {
            command.arg("--strip");
        }
        command.arg(&named).arg(folder).args(members.iter().map(|member| &member.path));
        process::quietly(&mut command, &self.work().join("extract.log"), || ())
            .with_context(|| format!("{} cannot be unpacked", package.archive))?;
        fs::remove_file(&named).with_context(|| format!("cannot remove {}", named.display()))
    }

    /// Converts `sources` into `target`.
    pub fn convert(&self, conversion: Conversion, sources: &[PathBuf], target: &Path) -> anyhow::Result<()> {
        let mut command = self.command();
        command.arg(scripts().join(conversion.script())).args(sources).arg(target);
        process::quietly(&mut command, &self.work().join("convert.log"), || ())
            .with_context(|| format!("models/convert/{} failed", conversion.script()))
    }
}

/// The folder `models/convert` of this checkout.
fn scripts() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models/convert")
}
