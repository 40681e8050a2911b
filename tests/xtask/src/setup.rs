//! Set-up: says what it will do, asks where it must, and fills the cache.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context as _, bail};
use wetsign_models::manifest::Manifest;
use wetsign_models::store::cache_dir;

use crate::fill::{self, Row, State};
use crate::lock::CacheLock;
use crate::plan::{self, Item, Scope};
use crate::progress::{self, megabytes};
use crate::stamp::Stamp;
use crate::system;

/// How set-up shall go about it.
#[derive(Clone, Copy, Debug)]
pub struct SetupOptions {
    /// How much.
    pub scope: Scope,
    /// Go on without asking.
    pub yes: bool,
}

/// What set-up found and did.
#[derive(Debug)]
pub struct Report {
    /// The cache folder.
    pub cache: PathBuf,
    /// One row for each file or folder.
    pub rows: Vec<Row>,
}

/// Sets up.
pub fn run(options: SetupOptions) -> anyhow::Result<Report> {
    let begun = Instant::now();
    let cache = cache_dir()?;
    let items = plan::items(Manifest::embedded(), options.scope)?;
    let stamp = Stamp::read(&cache);
    let missing: Vec<_> = items.iter().filter(|item| !stamp.knows(item.path, item.sha256)).cloned().collect();
    let packages = if options.scope == Scope::Models { Vec::new() } else { system::missing() };
    if missing.is_empty() && packages.is_empty() {
        let bytes = items.iter().map(|item| item.size).sum();
        eprintln!("Set-up: everything is there ({} in {}).", megabytes(bytes), cache.display());
        let rows = items.iter().map(|item| Row::of(item, State::Present, 0)).collect();
        return Ok(Report { cache, rows });
    }

    announce(&cache, &missing, &packages);
    let asks = progress::can_ask() && !options.yes && !packages.is_empty() && system::needs_sudo();
    if asks && !progress::ask("Go on?")? {
        bail!("stopped as you wished; nothing was changed");
    }
    let lock = CacheLock::take(&cache)?;
    if !packages.is_empty() {
        let work = cache.join("work");
        fs::create_dir_all(&work).with_context(|| format!("cannot make {}", work.display()))?;
        system::install(&packages, progress::can_ask(), &work)?;
    }
    let rows = fill::fill(&cache, items)?;
    drop(lock);
    let fetched = rows.iter().filter(|row| matches!(row.state, State::Fetched | State::Converted)).count();
    eprintln!("Set-up: done in {:.0} s, {fetched} files or folders fetched.", begun.elapsed().as_secs_f32());
    Ok(Report { cache, rows })
}

fn announce(cache: &Path, unverified: &[Item<'_>], packages: &[&str]) {
    let lies_there = |item: &&Item<'_>| {
        cache.join(item.path).metadata().is_ok_and(|data| data.is_dir() || data.len() == item.size)
    };
    let (there, missing): (Vec<_>, Vec<_>) = unverified.iter().partition(lies_there);
    eprintln!("Set-up: something is missing. What will be done:");
    if !packages.is_empty() {
        let how = if system::needs_sudo() { "with sudo" } else { "as root" };
        eprintln!("- install Debian packages {how}: {}", packages.join(" "));
        eprintln!("  (all of them together are about 250 MB to fetch; two to five minutes)");
    }
    if !there.is_empty() {
        eprintln!("- check the SHA-256 of {} files that lie in {}", there.len(), cache.display());
    }
    let missing: Vec<_> = missing.into_iter().cloned().collect();
    let archives = plan::packages(&missing);
    let Some(longest) = archives.iter().max_by_key(|package| package.size) else { return };
    let converts = missing.iter().filter(|item| item.conversion.is_some()).count();
    let libraries = if converts > 0 { LIBRARIES } else { 0 };
    let fetch = archives.iter().map(|package| package.size).sum::<u64>() + libraries;
    let keep = missing.iter().map(|item| item.size).sum();
    eprintln!(
        "- fetch {} in {} packages with pip, npm and apt-get (the longest: {}, {})",
        megabytes(fetch),
        archives.len(),
        longest.name,
        megabytes(longest.size)
    );
    eprintln!(
        "- check every SHA-256, convert {converts} networks, keep {} in {}",
        megabytes(keep),
        cache.display()
    );
    let time = duration(fetch / BYTES_PER_SECOND + 30);
    eprintln!("  (about {time} on a line of 20 Mbit/s; files that were brought by hand are used)");
}

/// What the converters' libraries weigh.
const LIBRARIES: u64 = 45_000_000;
/// 20 Mbit/s.
const BYTES_PER_SECOND: u64 = 2_500_000;

fn duration(seconds: u64) -> String {
    if seconds < 90 { format!("{seconds} s") } else { format!("{} minutes", seconds.div_ceil(60)) }
}

/// What set-up and the programs put into the cache; nothing else is ever removed from it.
const OWN_ENTRIES: [&str; 12] = [
    "onnxruntime",
    "models",
    "data",
    "keys",
    "hardware",
    "tools",
    "debian",
    "voice-pad",
    "venv",
    "work",
    "stamp.json",
    ".lock",
];

/// Removes what set-up made in the cache.
pub fn clean_cache(yes: bool) -> anyhow::Result<ExitCode> {
    let cache = cache_dir()?;
    if !cache.exists() {
        eprintln!("There is no cache at {}.", cache.display());
        return Ok(ExitCode::SUCCESS);
    }
    let looks_like_ours = cache.join("stamp.json").exists() || cache.join(".lock").exists();
    if !looks_like_ours {
        bail!("{} was not made by this program (no stamp.json in it); remove it yourself", cache.display());
    }
    let size = megabytes(progress::folder_size(&cache));
    if !yes {
        if !progress::can_ask() {
            bail!("this removes {size} in {}; say --yes", cache.display());
        }
        if !progress::ask(&format!("Remove {size} in {}?", cache.display()))? {
            bail!("stopped as you wished; nothing was changed");
        }
    }
    let lock = CacheLock::take(&cache)?;
    for name in OWN_ENTRIES {
        let path = cache.join(name);
        let removed = if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
        match removed {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(error).with_context(|| format!("cannot remove {}", path.display()));
            }
            _ => {}
        }
    }
    drop(lock);
    // What lies there besides is somebody else's, such as files brought by hand: the folder stays with it.
    let _ = fs::remove_dir(&cache);
    eprintln!("Removed {size} in {}.", cache.display());
    Ok(ExitCode::SUCCESS)
}
