//! What this program gives up before it loads a network or reads a frame, as far as the kernel lets it (Landlock).
//!
//! It reads files and writes nothing but device nodes below `/dev`; it starts no other program, opens no TCP port and
//! connects to none, signals nobody outside, and gains no privileges (`no_new_privs`). Not covered: reading what its user
//! may read, UDP, and Unix sockets with a path.

use landlock::{
    ABI, Access, AccessFs, AccessNet, BitFlags, PathBeneath, PathFd, RestrictionStatus, Ruleset, RulesetAttr,
    RulesetCreatedAttr, RulesetError, RulesetStatus, Scope, make_bitflags,
};

/// Confines the calling thread and all that it starts from here on, and says in words what was enforced.
/// To be called before any other thread exists.
pub fn enter() -> String {
    match confine() {
        Ok(status) => describe(&status).into(),
        Err(error) => format!("not confined: {error}"),
    }
}

fn confine() -> Result<RestrictionStatus, RulesetError> {
    let read: BitFlags<AccessFs> = make_bitflags!(AccessFs::{ReadFile | ReadDir});
    let mut rules = Ruleset::default()
        .handle_access(AccessFs::from_all(ABI::V5))?
        .handle_access(AccessNet::from_all(ABI::V4))?
        .scope(Scope::from_all(ABI::V6))?
        .create()?;
    if let Ok(root) = PathFd::new("/") {
        rules = rules.add_rule(PathBeneath::new(root, read))?;
    }
    if let Ok(devices) = PathFd::new("/dev") {
        let drive: BitFlags<AccessFs> = make_bitflags!(AccessFs::{WriteFile | IoctlDev});
        rules = rules.add_rule(PathBeneath::new(devices, read | drive))?;
    }
    rules.restrict_self()
}

const fn describe(status: &RestrictionStatus) -> &'static str {
    match (&status.ruleset, status.no_new_privs) {
        (RulesetStatus::FullyEnforced, _) => {
            "confined: no writes but to devices, no exec, no TCP, no signals"
        }
        (RulesetStatus::PartiallyEnforced, _) => {
            "confined in part, this kernel knows no more: no writes but to devices, no exec"
        }
        (RulesetStatus::NotEnforced, true) => "not confined, this kernel has no Landlock; no new privileges",
        (RulesetStatus::NotEnforced, false) => "not confined, this kernel has no Landlock",
    }
}
