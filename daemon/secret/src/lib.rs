//! # wetsign-secret: where do secrets lie in memory, and what is left of them?
//!
//! A [`Secret`] lies in memory pages of its own: locked, so that they never reach a disk; left out of core dumps and of
//! child processes; overwritten when dropped. It is made in its place, lent, and never moved: what moves is the
//! pointer. It has no `Clone` and no `Debug`. Computing with it leaves copies on the stack: that belongs into
//! [`wiped`].
//!
//! [`keep_to_oneself`] does for the whole process what can be done for it at its start. What freed memory held is
//! overwritten by the program's allocator.

pub mod own_file;

use std::ops::Deref;

use memmap2::{Advice, MmapMut};
use nix::sys::mman::{MlockAllFlags, mlockall};
use rustix::process::{DumpableBehavior, Resource, Rlimit, getrlimit, set_dumpable_behavior, setrlimit};
use zeroize::Zeroize;

pub use wetsign_circuits::residue::wiped;

/// Why secrets cannot be kept as they should.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SecretError {
    /// No pages.
    #[error("{length} bytes of memory for a secret cannot be had")]
    Pages {
        /// Bytes asked for.
        length: usize,
        /// What the operating system says.
        source: std::io::Error,
    },
    /// The pages cannot be locked or kept apart, so that a disk might see them.
    #[error(
        "memory for a secret cannot be {what}: {} may be locked by this process, at least 256 KiB are needed \
         (LimitMEMLOCK= of its unit, or `ulimit -l`)",
        limit.map_or_else(|| "any amount".to_owned(), |bytes| format!("{} KiB", bytes / 1024))
    )]
    Locked {
        /// What was tried.
        what: &'static str,
        /// `RLIMIT_MEMLOCK` in bytes; none: no limit.
        limit: Option<u64>,
        /// What the operating system says.
        source: std::io::Error,
    },
    /// Memory that is no [`Secret`] could reach a disk.
    #[error(
        "this process' memory could be written to the swap space of {swap}: give it LimitMEMLOCK=infinity (or `ulimit \
         -l unlimited`), or take the swap space away (`swapoff`)"
    )]
    Swap {
        /// The first swap space, as `/proc/swaps` names it.
        swap: String,
    },
    /// The operating system gave no random bytes.
    #[error("the operating system gave no random bytes: {reason}")]
    Random {
        /// What it says.
        reason: String,
    },
    /// The process cannot be closed to core dumps and debuggers.
    #[error("this process cannot be {what}")]
    Process {
        /// What was tried.
        what: &'static str,
        /// What the operating system says.
        source: std::io::Error,
    },
}

/// Secret bytes in pages of their own.
pub struct Secret {
    pages: MmapMut,
}

impl Secret {
    /// So many bytes, which `fill` writes where they stay.
    ///
    /// # Errors
    /// [`SecretError`] if the pages cannot be had or locked; what `fill` says.
    pub fn made<E: From<SecretError>>(
        length: usize,
        fill: impl FnOnce(&mut [u8]) -> Result<(), E>,
    ) -> Result<Self, E> {
        let pages = MmapMut::map_anon(length).map_err(|source| SecretError::Pages { length, source })?;
        let refused = |what| {
            move |source| SecretError::Locked { what, limit: getrlimit(Resource::Memlock).current, source }
        };
        pages.lock().map_err(refused("locked"))?;
        pages.advise(Advice::DontDump).map_err(refused("left out of core dumps"))?;
        pages.advise(Advice::DontFork).map_err(refused("left out of child processes"))?;
        let mut secret = Self { pages };
        fill(&mut secret.pages)?;
        Ok(secret)
    }

    /// A copy of bytes that lie elsewhere, and are to be wiped there.
    ///
    /// # Errors
    /// As [`Secret::made`].
    pub fn of(bytes: &[u8]) -> Result<Self, SecretError> {
        Self::made(bytes.len(), |place| {
            place.copy_from_slice(bytes);
            Ok(())
        })
    }

    /// Bytes from the operating system's random source.
    ///
    /// # Errors
    /// As [`Secret::made`], or [`SecretError::Random`].
    pub fn random(length: usize) -> Result<Self, SecretError> {
        Self::made(length, fill_at_random)
    }

    /// To be changed where they lie.
    pub fn bytes_mut(&mut self) -> &mut [u8] {
        &mut self.pages
    }
}

/// Fills with random bytes of the operating system.
///
/// # Errors
/// [`SecretError::Random`].
pub fn fill_at_random(place: &mut [u8]) -> Result<(), SecretError> {
    getrandom::fill(place).map_err(|error| SecretError::Random { reason: error.to_string() })
}

impl Deref for Secret {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.pages
    }
}

impl Drop for Secret {
    fn drop(&mut self) {
        self.pages.as_mut().zeroize();
    }
}

/// Closes the process to core dumps, and to debuggers of its own user. To be called before anything secret is read.
///
/// # Errors
/// [`SecretError::Process`]; [`SecretError::Locked`] if no memory can be locked here, said early.
pub fn keep_to_oneself() -> Result<(), SecretError> {
    let refused =
        |what| move |source: rustix::io::Errno| SecretError::Process { what, source: source.into() };
    let none = Rlimit { current: Some(0), maximum: Some(0) };
    setrlimit(Resource::Core, none).map_err(refused("kept from leaving core dumps"))?;
    set_dumpable_behavior(DumpableBehavior::NotDumpable).map_err(refused("closed to debuggers"))?;
    Secret::of(b"tried once").map(drop)
}

/// Keeps all memory of this process from ever reaching a disk: by locking it, or because this machine swaps to none.
/// For programs whose secrets go through other libraries' memory. Says which: `locked-memory` or `no-swap`.
///
/// # Errors
/// [`SecretError::Swap`].
pub fn keep_off_disks() -> Result<&'static str, SecretError> {
    // Under a limit later memory could not be had any more.
    let unlimited = getrlimit(Resource::Memlock).current.is_none() || rustix::process::geteuid().is_root();
    if unlimited && mlockall(MlockAllFlags::MCL_CURRENT | MlockAllFlags::MCL_FUTURE).is_ok() {
        return Ok("locked-memory");
    }
    let swaps = std::fs::read_to_string("/proc/swaps").unwrap_or_else(|error| format!("\nunknown ({error})"));
    match first_swap(&swaps) {
        None => Ok("no-swap"),
        Some(swap) => Err(SecretError::Swap { swap: swap.to_owned() }),
    }
}

/// The first swap space in the form of `/proc/swaps` (proc(5)): a line of titles, then one a space.
fn first_swap(swaps: &str) -> Option<&str> {
    swaps
        .lines()
        .nth(1)
        .filter(|line| !line.trim().is_empty())
        .map(|line| line.split_once(char::is_whitespace).map_or(line, |(name, _)| name))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Flags of the mapping in which `address` lies (`VmFlags` of `/proc/self/smaps`, proc(5)).
    fn flags(address: usize) -> Vec<String> {
        let smaps = std::fs::read_to_string("/proc/self/smaps").unwrap();
        let mut inside = false;
        for line in smaps.lines() {
            if let Some((from, to)) = line.split_whitespace().next().and_then(|range| range.split_once('-')) {
                let bound = |text| usize::from_str_radix(text, 16);
                if let (Ok(from), Ok(to)) = (bound(from), bound(to)) {
                    inside = (from..to).contains(&address);
                }
            }
            if let Some(flags) = line.strip_prefix("VmFlags:").filter(|_| inside) {
                return flags.split_whitespace().map(str::to_owned).collect();
            }
        }
        panic!("no mapping at {address:x}");
    }

    #[test]
    fn a_secret_has_pages_of_its_own_that_no_disk_no_dump_and_no_child_sees() {
        let secret = Secret::of(&[7; 577]).unwrap();
        assert_eq!((secret.len(), secret.iter().all(|byte| *byte == 7)), (577, true));
        assert!(secret.as_ptr().addr().is_multiple_of(4096));
        let flags = flags(secret.as_ptr().addr());
        for flag in ["lo", "dd", "dc"] {
            assert!(flags.iter().any(|held| held == flag), "{flag} of {flags:?}");
        }
    }

    #[test]
    fn a_machine_that_swaps_is_told_from_one_that_does_not() {
        let titles = "Filename\t\t\tType\t\tSize\t\tUsed\t\tPriority\n";
        assert_eq!(first_swap(titles), None);
        assert_eq!(first_swap(&format!("{titles}/dev/sda2  partition\t8388604\t0\t-2\n")), Some("/dev/sda2"));
        assert!(matches!(keep_off_disks(), Ok(_) | Err(SecretError::Swap { .. })));
    }

    #[test]
    fn moving_it_moves_no_byte_of_it() {
        let secret = Secret::random(32).unwrap();
        let place = secret.as_ptr();
        let moved = Box::new((secret, 1));
        assert_eq!(moved.0.as_ptr(), place);
    }

    #[test]
    fn what_cannot_be_filled_is_no_secret() {
        let failed = Secret::made(8, |_| Err(SecretError::Random { reason: "none left".into() }));
        assert!(failed.err().unwrap().to_string().contains("none left"));
    }
}
