//! The guest's modules and its first disk.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, ensure};

use crate::process;

/// Debian's module tools, for one kernel.
#[derive(Debug)]
pub struct Kmod {
    /// The program; it does what its name says, so it is started under several names.
    pub program: PathBuf,
    /// The kernel's version.
    pub version: String,
}

impl Kmod {
    /// Copies modules with all that they need, and one more, into `into`, and lists what needs what there.
    pub fn collect(&self, tree: &Path, names: &[&str], more: &Path, into: &Path) -> anyhow::Result<()> {
        self.index(tree)?;
        let below = Path::new("lib/modules").join(&self.version);
        for module in self.order(tree, names)? {
            let place = module.strip_prefix(tree.canonicalize()?).unwrap_or(&module).to_owned();
            copy(&module, &into.join(place))?;
        }
        copy(more, &into.join(&below).join("extra").join(more.file_name().unwrap_or_default()))?;
        for list in ["modules.builtin", "modules.builtin.modinfo", "modules.order"] {
            copy(&tree.join(&below).join(list), &into.join(&below).join(list))?;
        }
        self.index(into)
    }

    fn index(&self, tree: &Path) -> anyhow::Result<()> {
        let mut depmod = Command::new(&self.program);
        depmod.arg0("depmod").arg("-b").arg(tree.canonicalize()?).arg(&self.version);
        process::openly(&mut depmod)
    }

    /// The files of modules with all that they need, in the order in which they are loaded.
    pub fn order(&self, tree: &Path, names: &[&str]) -> anyhow::Result<Vec<PathBuf>> {
        let mut files: Vec<PathBuf> = Vec::new();
        for name in names {
            let mut modprobe = Command::new(&self.program);
            modprobe.arg0("modprobe").arg("-d").arg(tree.canonicalize()?);
            modprobe.args(["-S", self.version.as_str(), "--show-depends", name]);
            let answer =
                process::answer(&mut modprobe).with_context(|| format!("the kernel has no module {name}"))?;
            for file in loaded(&answer) {
                if !files.contains(&file) {
                    files.push(file);
                }
            }
        }
        Ok(files)
    }
}

/// The files in an answer of `modprobe --show-depends`.
fn loaded(answer: &str) -> Vec<PathBuf> {
    let files = answer.lines().filter_map(|line| line.strip_prefix("insmod "));
    // Parameters may follow the file.
    files.filter_map(|line| Some(PathBuf::from(format!("{}.ko", line.split_once(".ko")?.0)))).collect()
}

/// `initramfs.gz`: busybox, the first process's script, and the modules that bring up the shared folders.
pub fn initramfs(busybox: &Path, init: &[u8], modules: &[PathBuf], folder: &Path) -> anyhow::Result<()> {
    let root = folder.join("first-disk");
    empty(&root)?;
    copy(busybox, &root.join("busybox"))?;
    fs::write(root.join("init"), init)?;
    fs::set_permissions(root.join("init"), fs::Permissions::from_mode(0o755))?;
    let mut order = Vec::new();
    for module in modules {
        let name = module.file_name().context("a module has a name")?;
        copy(module, &root.join("modules").join(name))?;
        order.push(format!("{}\n", name.display()));
    }
    fs::write(root.join("modules/order"), order.concat())?;
    let script = "cd \"$1\" && \"$2\" find . | \"$2\" cpio -o -H newc 2>/dev/null | \"$2\" gzip -1";
    let output =
        Command::new("sh").args(["-c", script, "sh"]).arg(&root).arg(busybox).stdin(Stdio::null()).output();
    let output = output.context("cannot start sh")?;
    ensure!(output.status.success() && !output.stdout.is_empty(), "busybox could not pack the first disk");
    fs::write(folder.join("initramfs.gz"), output.stdout).context("cannot write the first disk")
}

/// Copies a file, with its mode, into folders that are made.
pub fn copy(from: &Path, to: &Path) -> anyhow::Result<()> {
    let parent = to.parent().context("a copy lies in a folder")?;
    fs::create_dir_all(parent).with_context(|| format!("cannot make {}", parent.display()))?;
    fs::copy(from, to).with_context(|| format!("cannot copy {} to {}", from.display(), to.display()))?;
    Ok(())
}

/// Makes a folder, or empties it.
pub fn empty(folder: &Path) -> anyhow::Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder).with_context(|| format!("cannot remove {}", folder.display()))?;
    }
    fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modules_are_loaded_in_the_order_that_is_told() {
        let answer =
            "insmod /t/my cache/kernel/virtio.ko \nbuiltin unix\ninsmod /t/lib/modules/6.1/9p.ko debug=0\n";
        assert_eq!(
            loaded(answer),
            [PathBuf::from("/t/my cache/kernel/virtio.ko"), PathBuf::from("/t/lib/modules/6.1/9p.ko")]
        );
    }
}
