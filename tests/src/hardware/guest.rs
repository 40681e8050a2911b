//! The virtual machine: Debian's kernel under QEMU's software emulation, with this machine's folders shared by 9p.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};

/// What set-up made of Debian's packages.
#[derive(Debug, Clone)]
pub struct Machine {
    /// The emulator, `qemu-system-x86_64`.
    pub qemu: PathBuf,
    /// A folder with `vmlinuz`, `initramfs.gz`, `modules` and `tools`.
    pub kernel: PathBuf,
}

/// How long a run may take; four minutes are usual on two busy cores.
const LIMIT: Duration = Duration::from_mins(8);
const LOOK: Duration = Duration::from_millis(100);
/// The guest's last line, once every row was tried.
const END: &str = "GUEST end";

impl Machine {
    /// Boots the guest, which runs `guest/run` with `work` as its writable folder and the secure element's socket
    /// behind its second serial line, and waits for its end. Answers with what it wrote on its first one.
    ///
    /// # Errors
    /// When QEMU does not start, the guest does not end by itself in time, or ends before its last row.
    pub fn run(&self, programs: &Path, work: &Path, element: &Path) -> anyhow::Result<String> {
        let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("guest");
        let log = work.join("serial.log");
        let output = File::create(&log).with_context(|| format!("writing {}", log.display()))?;
        let mut command = Command::new(&self.qemu);
        command
            .args(["-accel", "tcg,thread=multi", "-cpu", "max", "-smp", "2", "-m", "2048", "-M", "pc"])
            .args(["-nodefaults", "-no-user-config", "-display", "none", "-no-reboot", "-serial", "stdio"])
            .args(["-audiodev", "none,id=silence", "-device", "intel-hda"])
            .args(["-device", "hda-duplex,audiodev=silence"])
            .arg("-kernel")
            .arg(self.kernel.join("vmlinuz"))
            .arg("-initrd")
            .arg(self.kernel.join("initramfs.gz"))
            .args(["-append", "console=ttyS0 quiet panic=-1 mitigations=off tsc=unstable"]);
        let read_only = [
            ("usr", Path::new("/usr")),
            ("kernel", &self.kernel),
            ("programs", programs),
            ("guest", &scripts),
        ];
        for (name, folder) in read_only {
            command.arg("-virtfs").arg(share(name, folder, true)?);
        }
        command.arg("-virtfs").arg(share("work", work, false)?);
        let element = quoted(element)?;
        command.args([
            "-chardev",
            &format!("socket,id=element,path={element}"),
            "-serial",
            "chardev:element",
        ]);
        let child = command.stdin(Stdio::null()).stdout(output.try_clone()?).stderr(output).spawn();
        let mut child = Ended(child.with_context(|| format!("starting {}", self.qemu.display()))?);
        let deadline = Instant::now() + LIMIT;
        let status = loop {
            if let Some(status) = child.0.try_wait()? {
                break status;
            }
            if Instant::now() > deadline {
                bail!(
                    "the guest still ran after {} s; its last words:\n{}",
                    LIMIT.as_secs(),
                    last_words(&log)
                );
            }
            std::thread::sleep(LOOK);
        };
        let text = String::from_utf8_lossy(&std::fs::read(&log)?).into_owned();
        ensure!(status.success(), "QEMU ended with {status}:\n{}", last_words(&log));
        ensure!(
            text.contains(END),
            "the guest ended before its last row; its last words:\n{}",
            last_words(&log)
        );
        Ok(text)
    }
}

/// A path as QEMU's options take it: a comma stands twice.
fn quoted(path: &Path) -> anyhow::Result<String> {
    let path = path.canonicalize().with_context(|| format!("sharing {}", path.display()))?;
    Ok(path.to_str().context("a shared path is no text")?.replace(',', ",,"))
}

fn share(name: &str, folder: &Path, read_only: bool) -> anyhow::Result<String> {
    let folder = quoted(folder)?;
    let read_only = if read_only { ",readonly=on" } else { "" };
    Ok(format!("local,path={folder},mount_tag={name},security_model=none,multidevs=remap{read_only}"))
}

fn last_words(log: &Path) -> String {
    let text = String::from_utf8_lossy(&std::fs::read(log).unwrap_or_default()).into_owned();
    let lines: Vec<_> = text.lines().collect();
    lines[lines.len().saturating_sub(12)..].join("\n")
}

/// A child that does not outlive this value.
struct Ended(Child);

impl Drop for Ended {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comma_in_a_folder_does_not_end_the_option() {
        let folder = tempfile::tempdir().unwrap();
        let odd = folder.path().join("a,b");
        std::fs::create_dir(&odd).unwrap();
        assert!(share("work", &odd, false).unwrap().contains("a,,b,mount_tag=work"));
        assert!(share("usr", &odd, true).unwrap().ends_with("readonly=on"));
        assert!(share("work", &odd.join("none"), false).is_err());
    }
}
