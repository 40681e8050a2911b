//! A network namespace with nothing in it: no interface that is up, no route, no abstract Unix socket of others.
//!
//! Sockets that are open already go on working, and with them the one to the daemon.

use std::fs;

use nix::errno::Errno;
use nix::sched::{CloneFlags, unshare};
use nix::unistd::{Gid, Uid};

/// Leaves the machine's network: as root alone, else within a user namespace of its own.
pub fn leave() -> Result<(), String> {
    match unshare(CloneFlags::CLONE_NEWNET) {
        Ok(()) => return Ok(()),
        Err(Errno::EPERM) => {}
        Err(error) => return Err(format!("no network namespace: {error}")),
    }
    let (user, group) = (Uid::effective(), Gid::effective());
    unshare(CloneFlags::CLONE_NEWUSER | CloneFlags::CLONE_NEWNET)
        .map_err(|error| format!("neither root's nor a user's network namespace: {error}"))?;
    // Permissions hold without it; it keeps the names of owner and group for libraries that ask who they are. A kernel
    // that refuses it has taken the network away all the same.
    let _ = fs::write("/proc/self/setgroups", "deny")
        .and_then(|()| fs::write("/proc/self/uid_map", format!("{user} {user} 1")))
        .and_then(|()| fs::write("/proc/self/gid_map", format!("{group} {group} 1")));
    Ok(())
}
