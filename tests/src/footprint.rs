//! What the kiosk's programs take of the memory, at its highest.
//!
//! The resident set counts the pages of files that are mapped, which the system takes back when it needs them, and
//! those that other programs have mapped too. So three figures stand side by side, of each program and of all at one
//! moment: resident, its fair share of what is shared (*PSS*), and what only this process has and no file holds.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use serde::Serialize;

use crate::process::{children, name_of};

/// Between two looks: each takes a millisecond or two.
const PAUSE: Duration = Duration::from_millis(100);
/// The name of all of them.
pub const TOGETHER: &str = "together";

/// Memory, MiB (proc(5), `smaps_rollup`).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Taken {
    /// Resident: everything that is in memory and that it has mapped.
    pub rss: u64,
    /// The same, each page divided by how many have it mapped.
    pub pss: u64,
    /// What no file holds.
    pub anon: u64,
}

/// Looks at a process and its children until it is asked what it saw.
#[derive(Debug)]
pub struct Footprint {
    over: Arc<AtomicBool>,
    looks: JoinHandle<BTreeMap<String, Taken>>,
}

impl Footprint {
    /// Begins to look.
    pub fn watch(process: u32) -> Self {
        let over = Arc::<AtomicBool>::default();
        let ended = Arc::clone(&over);
        let looks = std::thread::spawn(move || {
            let mut most = BTreeMap::new();
            while !ended.load(Ordering::Relaxed) {
                look(process, &mut most);
                std::thread::sleep(PAUSE);
            }
            most
        });
        Self { over, looks }
    }

    /// The most of each figure, by program, and of all together at one moment; kibibytes rounded up to MiB.
    pub fn end(self) -> BTreeMap<String, Taken> {
        self.over.store(true, Ordering::Relaxed);
        let most = self.looks.join().unwrap_or_default();
        most.into_iter().map(|(name, taken)| (name, taken.map(|kib| kib.div_ceil(1024)))).collect()
    }
}

impl Taken {
    fn map(self, with: impl Fn(u64) -> u64) -> Self {
        Self { rss: with(self.rss), pss: with(self.pss), anon: with(self.anon) }
    }

    fn with(self, other: Self, how: fn(u64, u64) -> u64) -> Self {
        let Self { rss, pss, anon } = self;
        Self { rss: how(rss, other.rss), pss: how(pss, other.pss), anon: how(anon, other.anon) }
    }

    /// Kibibytes, of a text as the kernel writes it.
    fn parse(rollup: &str) -> Option<Self> {
        let field = |name: &str| -> Option<u64> {
            let value = rollup.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
            value.trim().strip_suffix("kB")?.trim().parse().ok()
        };
        Some(Self { rss: field("Rss")?, pss: field("Pss")?, anon: field("Anonymous")? })
    }
}

fn look(process: u32, most: &mut BTreeMap<String, Taken>) {
    let mut together = Taken::default();
    for id in std::iter::once(process).chain(children(process)) {
        // Who ended meanwhile takes nothing.
        let rollup = std::fs::read_to_string(format!("/proc/{id}/smaps_rollup")).ok();
        let (Some(taken), Some(name)) = (rollup.as_deref().and_then(Taken::parse), name_of(id)) else {
            continue;
        };
        together = together.with(taken, |one, other| one + other);
        keep(most, name, taken);
    }
    keep(most, TOGETHER.to_owned(), together);
}

fn keep(most: &mut BTreeMap<String, Taken>, name: String, taken: Taken) {
    let slot = most.entry(name).or_default();
    *slot = slot.with(taken, u64::max);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_kernel_says_is_read() {
        let rollup = "55d0-7ffd ---p 00000000 00:00 0 [rollup]\nRss:  1024 kB\nPss:  512 kB\nPss_Anon:  9 kB\n\
                      Anonymous:  100 kB\n";
        assert_eq!(Taken::parse(rollup), Some(Taken { rss: 1024, pss: 512, anon: 100 }));
        assert_eq!(Taken::parse("Rss: 1 kB\n"), None);
    }

    #[test]
    fn this_very_process_takes_something_and_all_take_no_less() {
        let mut most = BTreeMap::new();
        look(std::process::id(), &mut most);
        let all = most[TOGETHER];
        assert!(all.rss > 0 && all.pss <= all.rss && all.anon <= all.rss, "{all:?}");
        assert!(most.values().all(|taken| taken.rss <= all.rss));
    }
}
