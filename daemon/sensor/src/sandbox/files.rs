//! Files, by Landlock: it reads the system's libraries, ONNX Runtime and the networks, and what the kernel tells of
//! devices; it writes to video nodes and sound devices and to nothing else.

use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use landlock::{
    ABI, Access, AccessFs, AccessNet, BitFlags, LandlockStatus, PathBeneath, PathFd, RestrictionStatus,
    Ruleset, RulesetAttr, RulesetCreatedAttr, RulesetError, Scope, make_bitflags,
};

use super::layer::{Layer, Needs};

/// Libraries and their data; what the kernel tells of processors, memory and devices; how sound is set up.
const SYSTEM: [&str; 20] = [
    "/usr",
    "/lib",
    "/lib32",
    "/lib64",
    "/etc/ld.so.cache",
    "/etc/alsa",
    "/etc/asound.conf",
    "/dev/null",
    "/dev/random",
    "/dev/urandom",
    "/dev/zero",
    "/proc/self",
    "/proc/asound",
    "/proc/cpuinfo",
    "/proc/meminfo",
    "/proc/sys/vm",
    "/sys/bus/pci/devices",
    "/sys/class",
    "/sys/devices",
    "/sys/fs/cgroup",
];
/// Below the home folder: how this user's sound is set up.
const OWN_SOUND: [&str; 2] = [".asoundrc", ".config/alsa"];
/// Below the cache folder.
const OF_CACHE: [&str; 2] = ["onnxruntime", "models"];

/// The video nodes that there are. Landlock opens nodes, not names: one that is plugged in later is closed to this
/// process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VideoNodes(BTreeSet<(PathBuf, u64)>);

impl VideoNodes {
    /// Those of this moment.
    pub fn now() -> Self {
        let entries = fs::read_dir("/dev").into_iter().flatten().flatten();
        let nodes = entries.filter(|entry| {
            let name = entry.file_name();
            let number = name.to_str().and_then(|name| name.strip_prefix("video"));
            number.is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()))
        });
        Self(nodes.filter_map(|node| Some((node.path(), node.metadata().ok()?.ino()))).collect())
    }
}

/// Enforces it; one layer for each thing that kernels learned at a time of its own.
pub fn restrict(needs: Needs<'_>) -> Vec<Layer> {
    let files = if needs.recordings { "recordings-read" } else { "files" };
    let learned = [(files, ABI::V1, "5.13"), ("ioctl", ABI::V5, "6.10"), ("signals", ABI::V6, "6.12")];
    let enforced = enforce(needs);
    learned
        .into_iter()
        .map(|(name, since, linux)| Layer { name, held: judge(&enforced, since, linux) })
        .collect()
}

fn enforce(needs: Needs<'_>) -> Result<RestrictionStatus, RulesetError> {
    let look: BitFlags<AccessFs> = make_bitflags!(AccessFs::{ReadFile | ReadDir});
    let drive = look | make_bitflags!(AccessFs::{WriteFile | IoctlDev});
    let home = env::var_os("HOME").map(PathBuf::from);
    let libraries = env::var_os("LD_LIBRARY_PATH").unwrap_or_default();
    let read = SYSTEM
        .iter()
        .map(PathBuf::from)
        .chain(OWN_SOUND.iter().filter_map(|own| Some(home.as_ref()?.join(own))))
        .chain(OF_CACHE.iter().filter_map(|part| Some(needs.cache?.join(part))))
        .chain(env::split_paths(&libraries).filter(|folder| folder.is_absolute()))
        .chain(needs.recordings.then(|| PathBuf::from("/")));
    let driven = VideoNodes::now().0.into_iter().map(|(node, _)| node).chain([PathBuf::from("/dev/snd")]);
    let listed = [(PathBuf::from("/dev"), AccessFs::ReadDir.into())];
    let rules = read.map(|path| (path, look)).chain(driven.map(|path| (path, drive))).chain(listed);

    let mut ruleset = Ruleset::default()
        .handle_access(AccessFs::from_all(ABI::V9))?
        .handle_access(AccessNet::from_all(ABI::V4))?
        .scope(Scope::from_all(ABI::V6))?
        .create()?;
    for (path, access) in rules {
        // What is not there needs no permission.
        let Ok(open) = PathFd::new(&path) else { continue };
        ruleset = ruleset.add_rule(PathBeneath::new(open, on(&path, access)))?;
    }
    ruleset.restrict_self()
}

/// A file takes no permission that only a folder has.
fn on(path: &Path, access: BitFlags<AccessFs>) -> BitFlags<AccessFs> {
    if path.is_dir() { access } else { access & AccessFs::from_file(ABI::V9) }
}

fn judge(enforced: &Result<RestrictionStatus, RulesetError>, since: ABI, linux: &str) -> Result<(), String> {
    match enforced {
        Err(error) => Err(format!("Landlock: {error}")),
        Ok(RestrictionStatus { landlock: LandlockStatus::Available { effective_abi, .. }, .. }) => {
            if *effective_abi >= since {
                Ok(())
            } else {
                Err(format!("Linux {linux} knows it"))
            }
        }
        Ok(_) => Err("this kernel has no Landlock".into()),
    }
}
