//! Files that are named on the command line: read whole, and never more of them than a bound.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use wetsign_attest::TrustPolicy;
use wetsign_attest::verify::GivenWithdrawal;

/// Bytes of the longest file but containers, networks and inputs.
const MOST: usize = 2 << 20;

/// A file of `most` bytes at most.
///
/// # Errors
/// It cannot be read, or is longer.
pub fn read(path: &Path, most: usize) -> anyhow::Result<Vec<u8>> {
    let cannot = || format!("cannot read {}", path.display());
    let mut bytes = Vec::new();
    File::open(path)
        .with_context(cannot)?
        .take(most as u64 + 1)
        .read_to_end(&mut bytes)
        .with_context(cannot)?;
    ensure!(bytes.len() <= most, "{} has more than {most} bytes", path.display());
    Ok(bytes)
}

/// A short file: an object, a bundle, a policy.
///
/// # Errors
/// As [`read`].
pub fn short(path: &Path) -> anyhow::Result<Vec<u8>> {
    read(path, MOST)
}

/// A trust policy.
///
/// # Errors
/// It cannot be read, or is none.
pub fn policy(path: &Path) -> anyhow::Result<TrustPolicy> {
    let text = String::from_utf8(short(path)?).with_context(|| format!("{} is no text", path.display()))?;
    TrustPolicy::from_toml(&text).with_context(|| format!("trust policy {} is refused", path.display()))
}

/// Withdrawals that somebody gave.
///
/// # Errors
/// A file that cannot be read, or is no withdrawal.
pub fn withdrawals(paths: &[PathBuf]) -> anyhow::Result<Vec<GivenWithdrawal>> {
    let one = |path: &PathBuf| {
        GivenWithdrawal::decode(&short(path)?).with_context(|| format!("{} is no withdrawal", path.display()))
    };
    paths.iter().map(one).collect()
}

/// The folder in which a file lies, or will lie.
pub fn folder_of(path: &Path) -> PathBuf {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
        _ => PathBuf::from("."),
    }
}
