//! Clock, disk, locked memory.

use std::path::Path;

use rustix::process::{Resource, getrlimit};
use wetsignd::{config::Config, kiosk, store::room};

use crate::finding::Finding;

/// When this program's source was new, UTC seconds: 2026-11-01. No honest clock is behind it.
const NEW: u64 = 1_793_491_200;
/// What systemd-timesyncd leaves there once it has set the clock.
const SYNCHRONIZED: &str = "/run/systemd/timesync/synchronized";
/// Bytes of memory that a daemon with a session on locks, and some to spare.
const LOCKED: u64 = 256 * 1024;

pub(super) fn look(config: &Config) -> Vec<Finding> {
    vec![
        clock(kiosk::now(), Path::new(SYNCHRONIZED).exists()),
        disk(config),
        memory(getrlimit(Resource::Memlock).current),
    ]
}

fn clock(now: u64, set: bool) -> Finding {
    let remedy = "a wrong clock makes signatures that nobody believes: `timedatectl status`, `timedatectl set-ntp true`";
    if now < NEW {
        return Finding::amiss(
            "clock",
            format!("it says {now} s after 1970, which is before this program"),
            remedy,
        );
    }
    if set {
        return Finding::well("clock", "set by systemd-timesyncd");
    }
    Finding::doubt(
        "clock",
        format!("nothing says that it was set since the start ({SYNCHRONIZED} is missing)"),
        remedy,
    )
}

/// The state folder, or the nearest folder above it that is there.
fn disk(config: &Config) -> Finding {
    let place = config.state.ancestors().find(|path| path.exists()).unwrap_or(Path::new("/"));
    let remedy = "make room, or lower disk.free_mb: nothing new is taken in else";
    let about = match room::disk(place) {
        Ok(about) => about,
        Err(error) => {
            return Finding::amiss("disk", format!("{} cannot be asked: {error}", place.display()), remedy);
        }
    };
    let found = format!("{} MB free under {}", about.free / 1_000_000, place.display());
    match room::Room::new(place, config.disk.clone()).enough() {
        Ok(()) => Finding::well("disk", found),
        Err(error) => Finding::amiss("disk", error.to_string(), remedy),
    }
}

fn memory(limit: Option<u64>) -> Finding {
    match limit {
        Some(bytes) if bytes < LOCKED => Finding::amiss(
            "locked memory",
            format!("{bytes} bytes may be locked, and secrets take up to {LOCKED}"),
            "LimitMEMLOCK= in the unit, or `ulimit -l`",
        ),
        Some(bytes) => Finding::well("locked memory", format!("{} KB may be locked", bytes / 1024)),
        None => Finding::well("locked memory", "no limit"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::State;

    #[test]
    fn a_clock_before_this_program_is_amiss_and_one_that_nobody_set_is_doubted() {
        assert_eq!(clock(1_000, true).state, State::Amiss);
        assert_eq!(clock(NEW, true).state, State::Well);
        assert_eq!(clock(NEW, false).state, State::Doubt);
    }

    #[test]
    fn too_little_memory_to_lock_is_amiss() {
        assert_eq!(memory(Some(0)).state, State::Amiss);
        assert_eq!(memory(Some(8 * 1024 * 1024)).state, State::Well);
        assert_eq!(memory(None).state, State::Well);
    }

    #[test]
    fn a_disk_below_its_floor_is_amiss_also_before_there_is_a_state_folder() {
        let folder = tempfile::tempdir().unwrap();
        let mut config = Config { state: folder.path().join("not/yet"), ..Config::default() };
        assert_eq!(disk(&config).state, State::Well);
        assert!(!config.state.exists());
        config.disk.free_mb = u64::MAX / 2_000_000;
        // Never more than a twentieth of the disk is kept: only a disk that is full is refused.
        assert!(disk(&config).found.contains("MB"));
    }
}
