//! Files, by Landlock: the program reads the system's libraries and what the kernel tells of the machine, and does with
//! other files, folders and devices what it named, and nothing else.

use std::env;
use std::path::{Path, PathBuf};

use landlock::{
    ABI, Access, AccessFs, AccessNet, BitFlags, LandlockStatus, PathBeneath, PathFd, RestrictionStatus,
    Ruleset, RulesetAttr, RulesetCreatedAttr, RulesetError, Scope, make_bitflags,
};

use crate::layer::{Layer, Needs};

/// Libraries and their data; what the kernel tells of processors and memory.
const SYSTEM: [&str; 16] = [
    "/usr",
    "/lib",
    "/lib32",
    "/lib64",
    "/etc/ld.so.cache",
    "/dev/null",
    "/dev/random",
    "/dev/urandom",
    "/dev/zero",
    "/proc/self",
    "/proc/cpuinfo",
    "/proc/meminfo",
    "/proc/sys/vm",
    "/sys/bus/pci/devices",
    "/sys/devices",
    "/sys/fs/cgroup",
];

/// Enforces it; one layer for each thing that kernels learned at a time of its own.
pub fn restrict(needs: &Needs) -> Vec<Layer> {
    let files = if needs.read_all { "recordings-read" } else { "files" };
    let learned = [(files, ABI::V1, "5.13"), ("ioctl", ABI::V5, "6.10"), ("signals", ABI::V6, "6.12")];
    let enforced = enforce(needs);
    learned
        .into_iter()
        .map(|(name, since, linux)| Layer { name, held: judge(&enforced, since, linux) })
        .collect()
}

fn enforce(needs: &Needs) -> Result<RestrictionStatus, RulesetError> {
    let look: BitFlags<AccessFs> = make_bitflags!(AccessFs::{ReadFile | ReadDir});
    let drive = look | make_bitflags!(AccessFs::{WriteFile | IoctlDev});
    let make = look | make_bitflags!(AccessFs::{WriteFile | Truncate | MakeReg | RemoveFile});
    let libraries = env::var_os("LD_LIBRARY_PATH").unwrap_or_default();
    let all = needs.read_all.then(|| PathBuf::from("/"));
    let read = SYSTEM
        .iter()
        .map(PathBuf::from)
        .chain(needs.read.iter().cloned())
        .chain(env::split_paths(&libraries).filter(|folder| folder.is_absolute()))
        .chain(all);
    let named = |paths: &[PathBuf], access: BitFlags<AccessFs>| -> Vec<_> {
        paths.iter().map(|path| (path.clone(), access)).collect()
    };
    let rules = read
        .map(|path| (path, look))
        .chain(named(&needs.drive, drive))
        .chain(named(&needs.write, make))
        .chain(named(&needs.list, AccessFs::ReadDir.into()));

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
