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

const MAKE_ROOM: &str = "make room, or lower disk.free_mb: nothing new is taken in else";

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
    let about = match room::disk(place) {
        Ok(about) => about,
        Err(error) => {
            return Finding::amiss(
                "disk",
                format!("{} cannot be asked: {error}", place.display()),
                MAKE_ROOM,
            );
        }
    };
    told(place, about, room::Room::new(place, config.disk.clone()).enough())
}

fn told(place: &Path, about: room::Disk, enough: Result<(), room::NoRoom>) -> Finding {
    match enough {
        Ok(()) => {
            Finding::well("disk", format!("{} MB free under {}", about.free / 1_000_000, place.display()))
        }
        Err(error) => Finding::amiss("disk", error.to_string(), MAKE_ROOM),
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
    fn the_disk_is_asked_also_before_there_is_a_state_folder_and_none_is_made() {
        let folder = tempfile::tempdir().unwrap();
        let config = Config { state: folder.path().join("not/yet"), ..Config::default() };
        assert_eq!(disk(&config).state, State::Well);
        assert!(!config.state.exists());
        let full = room::NoRoom::Disk { free_mb: 3, floor_mb: 64 };
        let found = told(&config.state, room::Disk { size: 1, free: 0 }, Err(full));
        assert_eq!((found.state, found.remedy.as_str()), (State::Amiss, MAKE_ROOM));
    }
}
