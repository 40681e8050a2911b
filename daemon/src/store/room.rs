//! Is there room for what strangers bring? Some of the disk is kept for what people decide here, and what is kept of
//! strangers' things is bounded.

use std::{
    io,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use crate::config;

const MB: u64 = 1_000_000;
/// How long a look at the disk counts.
const FRESH: Duration = Duration::from_secs(1);
/// What one thing that is brought may take until the next look, with everything that is written about it.
const BROUGHT: u64 = 512 * 1024;

/// Why nothing is taken in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoRoom {
    /// Too little of the disk is free.
    #[error(
        "no room: {free_mb} MB of the kiosk's disk are free, and {floor_mb} MB are kept for its own work (disk.free_mb); \
         nothing new is taken in until there is room"
    )]
    Disk {
        /// Megabytes free.
        free_mb: u64,
        /// The floor.
        floor_mb: u64,
    },
    /// Store and log are as large as they may be.
    #[error(
        "no room: store and log take {used_mb} MB, and {most_mb} MB are allowed (disk.most_mb); nothing new is taken in \
         until the bound is raised"
    )]
    Store {
        /// Megabytes that they take.
        used_mb: u64,
        /// The bound.
        most_mb: u64,
    },
    /// The disk does not say.
    #[error("the kiosk's disk cannot be asked for its free space: {0}")]
    Unknown(String),
}

/// A disk's size and what is free of it for this user, bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Disk {
    /// In all.
    pub size: u64,
    /// Free.
    pub free: u64,
}

/// The disk that `path` lies on.
///
/// # Errors
/// What the operating system says.
pub fn disk(path: &Path) -> io::Result<Disk> {
    let about = rustix::fs::statvfs(path)?;
    Ok(Disk { size: about.f_blocks * about.f_frsize, free: about.f_bavail * about.f_frsize })
}

/// The room under a state folder.
pub struct Room {
    state: PathBuf,
    bounds: config::Disk,
    seen: Mutex<Option<Seen>>,
}

struct Seen {
    at: Instant,
    disk: Disk,
    used: u64,
    /// How many things may have come since.
    since: u64,
}

impl Room {
    /// The room under `state` within these bounds.
    pub fn new(state: &Path, bounds: config::Disk) -> Self {
        Self { state: state.to_owned(), bounds, seen: Mutex::default() }
    }

    /// Whether one more thing may be brought.
    ///
    /// # Errors
    /// [`NoRoom`] says what is free, and what the bound is.
    pub fn check(&self) -> Result<(), NoRoom> {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = seen.as_mut().filter(|seen| seen.at.elapsed() < FRESH) {
            known.since += BROUGHT;
            if judge(&self.bounds, known.disk, known.used, known.since).is_ok() {
                return Ok(());
            }
            // What may have come since is a bound: before anybody is refused the disk is asked.
        }
        let mut now = self.look().map_err(|error| NoRoom::Unknown(error.to_string()))?;
        now.since = BROUGHT;
        let verdict = judge(&self.bounds, now.disk, now.used, now.since);
        *seen = Some(now);
        verdict
    }

    /// The same for onlookers, who bring nothing.
    ///
    /// # Errors
    /// [`NoRoom`].
    pub fn enough(&self) -> Result<(), NoRoom> {
        let disk = disk(&self.state).map_err(|error| NoRoom::Unknown(error.to_string()))?;
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let used = seen.as_ref().map_or(0, |seen| seen.used);
        judge(&self.bounds, disk, used, 0)
    }

    fn look(&self) -> io::Result<Seen> {
        Ok(Seen { at: Instant::now(), disk: disk(&self.state)?, used: size_of(&self.state)?, since: 0 })
    }
}

fn judge(bounds: &config::Disk, disk: Disk, used: u64, since: u64) -> Result<(), NoRoom> {
    // On a small disk the whole floor would be the whole disk.
    let floor = (bounds.free_mb * MB).min(disk.size / 20);
    let most = bounds.most_mb * MB;
    if disk.free.saturating_sub(since) < floor {
        return Err(NoRoom::Disk { free_mb: disk.free / MB, floor_mb: floor / MB });
    }
    if used + since > most {
        return Err(NoRoom::Store { used_mb: used / MB, most_mb: bounds.most_mb });
    }
    Ok(())
}

/// Bytes that the files under a folder take on the disk.
pub(super) fn size_of(folder: &Path) -> io::Result<u64> {
    use std::os::unix::fs::MetadataExt;
    let mut sum = 0;
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder)? {
            let entry = entry?;
            match entry.metadata() {
                Ok(about) if about.is_dir() => folders.push(entry.path()),
                Ok(about) => sum += about.blocks() * 512,
                // The database removes files of its own meanwhile.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
    }
    Ok(sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOUNDS: config::Disk = config::Disk { free_mb: 64, most_mb: 100 };

    fn disk_with(free_mb: u64) -> Disk {
        Disk { size: 100_000 * MB, free: free_mb * MB }
    }

    #[test]
    fn below_the_floor_and_above_the_bound_nothing_comes_in_and_the_words_say_why() {
        assert_eq!(judge(&BOUNDS, disk_with(65), 99 * MB, 0), Ok(()));
        let refused = judge(&BOUNDS, disk_with(63), 0, 0).unwrap_err();
        assert_eq!(refused, NoRoom::Disk { free_mb: 63, floor_mb: 64 });
        assert!(refused.to_string().contains("63 MB") && refused.to_string().contains("64 MB"));
        assert_eq!(
            judge(&BOUNDS, disk_with(900), 101 * MB, 0),
            Err(NoRoom::Store { used_mb: 101, most_mb: 100 })
        );
    }

    #[test]
    fn what_came_since_the_last_look_counts() {
        assert!(judge(&BOUNDS, disk_with(65), 0, 2 * MB).is_err());
        assert!(judge(&BOUNDS, disk_with(900), 99 * MB, 2 * MB).is_err());
    }

    #[test]
    fn a_small_disk_keeps_a_twentieth() {
        let disk = Disk { size: 4 * MB, free: MB };
        assert_eq!(judge(&BOUNDS, disk, 0, 0), Ok(()));
        assert!(judge(&BOUNDS, Disk { free: MB / 10, ..disk }, 0, 0).is_err());
    }

    #[test]
    fn files_in_folders_are_counted() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(folder.path().join("a/b")).unwrap();
        std::fs::write(folder.path().join("a/b/c"), vec![1; 50_000]).unwrap();
        let size = size_of(folder.path()).unwrap();
        assert!((50_000..150_000).contains(&size), "{size}");
    }
}
