//! The package in a Debian of its own: installed, upgraded, kept from going back, removed, purged.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, ensure};

use crate::interop_row::Row;
use crate::process;
use crate::system;

/// Tries `first`, and `next`, which is newer.
pub fn run(first: &Path, next: &Path, work: &Path) -> anyhow::Result<Vec<Row>> {
    ensure!(!system::needs_sudo(), "a Debian of its own is made by root: run this as root");
    let root = Root::make(work)?;
    let mut rows = Vec::new();
    let mut row = |name: &str, found: Result<String, String>| {
        let (ok, why) = found.map_or_else(|why| (false, why), |why| (true, why));
        rows.push(Row { name: name.into(), ok, why });
    };
    let (first, next) = (root.take(first)?, root.take(next)?);
    row("installed", root.does(&format!("apt-get install --yes --no-install-recommends {first}")));
    row("programs start", root.does("wetsignd --version && wetsign --version && wetsign-page --version"));
    row("its user", root.does("id wetsign"));
    let own =
        "id --groups --name wetsign-sensor | grep -w video && id --groups --name wetsign | grep -vw video";
    row("the sensor's user", root.does(own));
    let as_sensor = "setpriv --reuid=wetsign-sensor --regid=wetsign-sensor --clear-groups";
    row(
        "the sensor's user reads the networks",
        root.does(&format!("{as_sensor} test -r /usr/lib/wetsign/models/blazeface.onnx && echo so")),
    );
    row("networks in the cache", root.does("test -s /var/cache/wetsign/models/blazeface.onnx && echo there"));
    row(
        "man pages",
        root.does("ls /usr/share/man/man1/wetsignd.1.gz /usr/share/man/man1/wetsign-verify.1.gz"),
    );
    row("doctor answers", root.refuses("wetsignd doctor --config /etc/wetsign/wetsign.toml", "camera"));
    let mark = "mkdir -p /var/lib/wetsign/keys && echo key > /var/lib/wetsign/keys/kiosk";
    let keys = "chown -R wetsign: /var/lib/wetsign && chmod 0700 /var/lib/wetsign";
    row(
        "the sensor's user reads no key",
        root.does(&format!(
            "{mark} && {keys} && ! {as_sensor} cat /var/lib/wetsign/keys/kiosk 2>&1 && echo so"
        )),
    );
    row("in use", root.does(&format!("{mark} && echo '# mine' >> /etc/wetsign/wetsign.toml && echo so")));
    row("upgraded", root.does(&format!("apt-get install --yes --no-install-recommends {next}")));
    row("configuration kept", root.does("grep -c '# mine' /etc/wetsign/wetsign.toml"));
    row(
        "goes back to nothing older",
        root.refuses(&format!("dpkg --install {first}"), "a kiosk does not go back"),
    );
    row("removed", root.does("apt-get remove --yes wetsign && ! command -v wetsignd && echo gone"));
    row("purged", root.does("dpkg --purge wetsign && test ! -e /etc/wetsign/wetsign.toml && echo gone"));
    row("keys kept", root.does("cat /var/lib/wetsign/keys/kiosk"));
    Ok(rows)
}

/// A Debian in a folder, gone when this is dropped.
struct Root {
    folder: PathBuf,
    work: PathBuf,
}

impl Root {
    fn make(work: &Path) -> anyhow::Result<Self> {
        if !process::on_path("debootstrap") {
            system::install(&["debootstrap"], false, work)?;
        }
        let folder = work.join("root");
        let root = Self { folder, work: work.to_owned() };
        root.remove()?;
        eprintln!("Making a Debian of its own in {} …", root.folder.display());
        let mut command = Command::new("debootstrap");
        command.args(["--variant=minbase", "bookworm"]).arg(&root.folder);
        process::quietly(&mut command, &work.join("debootstrap.log"), || ())?;
        fs::write(root.folder.join("etc/apt/sources.list"), "")?;
        for file in ["etc/apt/sources.list.d/debian.sources", "etc/resolv.conf"] {
            root.bring(file)?;
        }
        Ok(root)
    }

    /// Its packages come from where this machine's come from.
    fn bring(&self, file: &str) -> anyhow::Result<()> {
        let here = Path::new("/").join(file);
        if here.is_file() {
            let there = self.folder.join(file);
            fs::copy(&here, &there).with_context(|| format!("cannot write {}", there.display()))?;
        }
        Ok(())
    }

    fn take(&self, package: &Path) -> anyhow::Result<String> {
        let name = package.file_name().context("a package without a name")?;
        fs::copy(package, self.folder.join("tmp").join(name))?;
        Ok(format!("/tmp/{}", name.display()))
    }

    /// The last line that a command says, if it does what it should; else the last lines.
    fn does(&self, command: &str) -> Result<String, String> {
        let (ok, said) = self.runs(command);
        let last = said.lines().last().unwrap_or_default().to_owned();
        if ok { Ok(last) } else { Err(format!("{command}: {}", tail(&said))) }
    }

    /// The command has to fail, with these words.
    fn refuses(&self, command: &str, words: &str) -> Result<String, String> {
        let (ok, said) = self.runs(command);
        let line = said.lines().find(|line| line.contains(words));
        match line {
            Some(line) if !ok => Ok(line.trim().to_owned()),
            _ => Err(format!("{command} was not refused with {words:?}: {}", tail(&said))),
        }
    }

    fn runs(&self, command: &str) -> (bool, String) {
        // Processes of its own, and where they are told of: systemd's tools and apt ask there.
        let mut chroot = Command::new("unshare");
        chroot.args(["--mount", "--pid", "--fork"]);
        chroot.arg(format!("--mount-proc={}", self.folder.join("proc").display()));
        chroot.arg("chroot").arg(&self.folder).args([
            "/usr/bin/env",
            "-i",
            "PATH=/usr/sbin:/usr/bin:/sbin:/bin",
            "HOME=/root",
        ]);
        chroot.args(["DEBIAN_FRONTEND=noninteractive", "/bin/sh", "-c", command]);
        match chroot.output() {
            Ok(output) => {
                let said = [output.stdout, output.stderr].concat();
                (output.status.success(), String::from_utf8_lossy(&said).into_owned())
            }
            Err(error) => (false, error.to_string()),
        }
    }

    fn remove(&self) -> anyhow::Result<()> {
        if self.folder.exists() {
            fs::remove_dir_all(&self.folder)
                .with_context(|| format!("cannot remove {}", self.folder.display()))?;
        }
        Ok(())
    }
}

impl Drop for Root {
    fn drop(&mut self) {
        if let Err(error) = self.remove() {
            eprintln!("{error:#}; its logs are in {}", self.work.display());
        }
    }
}

fn tail(said: &str) -> String {
    let lines: Vec<&str> = said.lines().rev().take(5).collect();
    lines.into_iter().rev().collect::<Vec<_>>().join(" / ")
}
