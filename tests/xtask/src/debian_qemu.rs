//! QEMU: the installed one, or Debian's, unpacked.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, bail};

use crate::debian::Bundle;
use crate::process;

/// A system that is emulated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Machine {
    /// 32-bit Arm: the secure element's boards.
    Arm,
    /// 64-bit Intel: a kiosk with cameras and sound.
    X86,
}

impl Machine {
    /// The program's name.
    pub fn program(self) -> &'static str {
        match self {
            Self::Arm => "qemu-system-arm",
            Self::X86 => "qemu-system-x86_64",
        }
    }

    /// The packages. QEMU's common package needs screens and sound servers, of which a test uses none: it comes alone.
    fn bundle(self) -> Bundle {
        let common = ["qemu-system-common", "qemu-system-data"];
        match self {
            Self::Arm => Bundle::new("qemu-arm", &["qemu-system-arm"], &common),
            Self::X86 => Bundle::new("qemu-x86", &["qemu-system-x86", "seabios", "ipxe-qemu"], &common),
        }
    }
}

/// The program for `machine`: from the search path, else from the cache, where it is brought to if it is not there.
pub fn bring(machine: Machine, cache: &Path) -> anyhow::Result<PathBuf> {
    if process::on_path(machine.program()) {
        return Ok(PathBuf::from(machine.program()));
    }
    let tree = machine.bundle().bring(cache)?;
    let data = ["usr/share/qemu", "usr/share/seabios", "usr/lib/ipxe/qemu"]
        .map(|below| format!("-L \"$tree/{below}\""));
    let modules = "QEMU_MODULE_DIR=\"$tree/usr/lib/x86_64-linux-gnu/qemu\"";
    let path = tree.launcher(machine.program(), &[modules], &data.join(" "))?;
    let answer = Command::new(&path).arg("--version").output();
    let answer = answer.with_context(|| format!("cannot start {}", path.display()))?;
    if !answer.status.success() {
        let words = String::from_utf8_lossy(&answer.stderr).into_owned();
        bail!("{} was unpacked, but does not start: {}", path.display(), words.trim());
    }
    Ok(path)
}
