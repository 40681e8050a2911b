//! Programs out of Debian packages that are unpacked beside the system instead of installed.
//!
//! Installing would need root and can conflict with what is there (a newer `qemu-utils` keeps `qemu-system-arm` out).
//! `apt-get download` checks each archive against the signed index; the archive's SHA-256 is looked at once more, so
//! that archives brought by hand into `<cache>/incoming/` are as good. The versions are those that the machine's own
//! index offers.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, bail, ensure};
use wetsign_models::store::digest_file;

use crate::debian_index::{Index, Offer};
use crate::incoming::{Different, Incoming};
use crate::lock::CacheLock;
use crate::process;
use crate::progress::{Step, folder_size};

/// What shall be unpacked together.
#[derive(Clone, Debug)]
pub struct Bundle {
    /// The folder's name below `<cache>/debian/`.
    pub name: &'static str,
    /// Packages that come with all they need and that is not installed.
    pub whole: Vec<String>,
    /// Packages that come without what they need: data, or plug-ins that are not used.
    pub alone: Vec<String>,
    /// Of these packages only what lies below the given paths (tar's wildcards) is unpacked.
    pub parts: &'static [(&'static str, &'static [&'static str])],
}

/// An unpacked bundle.
#[derive(Clone, Debug)]
pub struct Tree {
    folder: PathBuf,
}

/// Where the libraries of Debian's 64-bit Intel packages lie. Others would need their own triple.
const LIBRARIES: [&str; 2] = ["usr/lib/x86_64-linux-gnu", "lib/x86_64-linux-gnu"];

/// The file that says that a tree is whole, and of which packages it is made.
const CONTENT: &str = "packages.txt";

impl Bundle {
    /// A bundle of these packages.
    pub fn new(name: &'static str, whole: &[&str], alone: &[&str]) -> Self {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        Self { name, whole: owned(whole), alone: owned(alone), parts: &[] }
    }

    /// The tree, if it was unpacked before.
    pub fn present(&self, cache: &Path) -> Option<Tree> {
        let tree = Tree { folder: cache.join("debian").join(self.name) };
        let content = fs::read_to_string(tree.folder.join(CONTENT)).ok()?;
        let holds = |name: &String| content.lines().any(|line| line.split(' ').next() == Some(name));
        self.whole.iter().chain(&self.alone).all(holds).then_some(tree)
    }

    /// The tree; fetched and unpacked if it is not there. Takes the cache's lock.
    pub fn bring(&self, cache: &Path) -> anyhow::Result<Tree> {
        if let Some(tree) = self.present(cache) {
            return Ok(tree);
        }
        let _lock = CacheLock::take(cache)?;
        if let Some(tree) = self.present(cache) {
            return Ok(tree);
        }
        self.unpack(cache).with_context(|| {
            format!(
                "the Debian packages {} could not be brought",
                self.whole.iter().chain(&self.alone).cloned().collect::<Vec<_>>().join(", ")
            )
        })
    }

    fn extract(&self, offer: &Offer, archive: &Path, folder: &Path) -> Command {
        let part = self.parts.iter().find(|(package, _)| *package == offer.name);
        let Some((_, patterns)) = part else {
            let mut command = Command::new("dpkg");
            command.arg("--extract").arg(archive).arg(folder);
            return command;
        };
        let mut command = Command::new("sh");
        command.args(["-e", "-c", EXTRACT_PARTS, "sh"]).arg(archive).arg(folder).args(*patterns);
        command
    }

    fn unpack(&self, cache: &Path) -> anyhow::Result<Tree> {
        let place = cache.join("debian");
        let draft = place.join(format!("{}.new", self.name));
        let archives = place.join(format!("{}.archives", self.name));
        for folder in [&draft, &archives] {
            remove(folder)?;
            fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
        }
        let mut index = Index::of_the_machine()?;
        let mut offers = index.closure(&self.whole, &self.alone);
        if offers.is_err() {
            // A machine that never asked for the lists of packages knows no package; then lists of our own are fetched.
            index.refresh(&archives)?;
            offers = index.closure(&self.whole, &self.alone);
        }
        let offers = offers?;
        let incoming = Incoming::of(cache)?;
        fetch(&index, &offers, &incoming, &archives)?;
        let mut step = Step::start(format!("unpacking {} packages for {}", offers.len(), self.name), None);
        let mut content = Vec::new();
        let log = archives.join("dpkg.log");
        for offer in &offers {
            let archive = archive(offer, &incoming, &archives)?;
            process::quietly(&mut self.extract(offer, &archive, &draft), &log, || step.reached(0))?;
            content.push(format!("{} {} {}\n", offer.name, offer.version, offer.sha256));
        }
        fs::write(draft.join(CONTENT), content.concat())
            .with_context(|| format!("cannot write {}", draft.join(CONTENT).display()))?;
        let folder = place.join(self.name);
        remove(&folder)?;
        fs::rename(&draft, &folder).with_context(|| format!("cannot move {}", draft.display()))?;
        remove(&archives)?;
        step.done();
        Ok(Tree { folder })
    }
}

/// Unpacks the parts `$3`… of the package `$1` into the folder `$2`.
const EXTRACT_PARTS: &str = r#"archive=$1; folder=$2; shift 2
dpkg --fsys-tarfile "$archive" | tar --extract --directory "$folder" --wildcards "$@""#;

/// Downloads those of `offers` that nobody brought by hand.
fn fetch(index: &Index, offers: &[Offer], incoming: &Incoming, folder: &Path) -> anyhow::Result<()> {
    let mut missing = Vec::new();
    for offer in offers {
        if incoming.find(offer.size, offer.sha256)?.is_none() {
            missing.push(offer);
        }
    }
    if missing.is_empty() {
        return Ok(());
    }
    let bytes = missing.iter().map(|offer| offer.size).sum();
    let mut step = Step::start(format!("fetching {} Debian packages", missing.len()), Some(bytes));
    let before = folder_size(folder);
    let log = folder.join("apt-get.log");
    let look = || step.reached(folder_size(folder).saturating_sub(before));
    process::quietly(&mut index.download(&missing, folder), &log, look).with_context(|| {
        let names: Vec<_> = missing.iter().map(|offer| format!("{}={}", offer.name, offer.version)).collect();
        format!(
            "apt-get could not fetch them. On a machine of the same Debian release with a network run\n  \
             apt-get download {}\nand put the files into {}",
            names.join(" "),
            incoming.folder().display()
        )
    })?;
    step.done();
    Ok(())
}

/// The archive of `offer`, checked against the index's digest.
fn archive(offer: &Offer, incoming: &Incoming, folder: &Path) -> anyhow::Result<PathBuf> {
    let Some(fetched) = offer.archive_in(folder) else {
        let brought = incoming.find(offer.size, offer.sha256)?;
        return brought.with_context(|| format!("apt-get ended well, but gave no archive of {}", offer.name));
    };
    let found = digest_file(&fetched).with_context(|| format!("cannot read {}", fetched.display()))?;
    if found != offer.sha256 {
        bail!(Different {
            what: fetched.display().to_string(),
            found: found.to_string(),
            expected: offer.sha256
        });
    }
    Ok(fetched)
}

fn remove(folder: &Path) -> anyhow::Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("cannot remove {}", folder.display()))
        }
        _ => Ok(()),
    }
}

impl Tree {
    /// A path in the tree, which may be absent.
    pub fn path(&self, below: &str) -> PathBuf {
        self.folder.join(below)
    }

    /// A start script `<cache>/debian/bin/<name>` for a program of this tree, so that others start it like an installed
    /// one.
    ///
    /// `settings` are lines `NAME=value` in which `$tree` stands for the tree; `first` are the program's first
    /// arguments.
    pub fn launcher(&self, name: &str, settings: &[&str], first: &str) -> anyhow::Result<PathBuf> {
        let program = self.path("usr/bin").join(name);
        ensure!(program.is_file(), "the unpacked packages hold no {}", program.display());
        let bin = self.folder.with_file_name("bin");
        fs::create_dir_all(&bin).with_context(|| format!("cannot make {}", bin.display()))?;
        let path = bin.join(name);
        let folder = self.folder.file_name().unwrap_or_default().display();
        let libraries = LIBRARIES.map(|below| format!("$tree/{below}")).join(":");
        let settings: Vec<_> = settings.iter().map(|setting| format!("export {setting}\n")).collect();
        let settings = settings.concat();
        let script = format!(
            "#!/bin/sh\n\
             tree=$(dirname \"$(readlink -f \"$0\")\")/../{folder}\n\
             export LD_LIBRARY_PATH=\"{libraries}${{LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}}\"\n\
             {settings}exec \"$tree/usr/bin/{name}\" {first} \"$@\"\n"
        );
        let draft = bin.join(format!("{name}.new"));
        fs::write(&draft, script)
            .and_then(|()| fs::set_permissions(&draft, fs::Permissions::from_mode(0o755)))
            .and_then(|()| fs::rename(&draft, &path))
            .with_context(|| format!("cannot write {}", path.display()))?;
        Ok(path)
    }
}
