//! Files that a person brought by hand, for machines without a network.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use wetsign_models::manifest::{Digest, Package};
use wetsign_models::store::digest_file;

/// The folder `incoming` of a cache. Its files are read and never changed.
#[derive(Debug)]
pub struct Incoming {
    folder: PathBuf,
}

impl Incoming {
    /// The folder in `cache`, made if it is not there, so that a person finds it.
    pub fn of(cache: &Path) -> anyhow::Result<Self> {
        let folder = cache.join("incoming");
        fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
        Ok(Self { folder })
    }

    /// Where it is.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The archive of `package`, if somebody brought it. One of that name with another digest is an error.
    pub fn archive(&self, package: &Package) -> anyhow::Result<Option<PathBuf>> {
        let named = self.folder.join(&package.archive);
        if named.is_file() {
            let found = digest_file(&named).with_context(|| format!("cannot read {}", named.display()))?;
            if found != package.sha256 {
                bail!(Different {
                    what: named.display().to_string(),
                    found: found.to_string(),
                    expected: package.sha256
                });
            }
            return Ok(Some(named));
        }
        self.find(package.size, package.sha256)
    }

    /// Any file of that size and digest, whatever its name.
    pub fn find(&self, size: u64, sha256: Digest) -> anyhow::Result<Option<PathBuf>> {
        let entries =
            fs::read_dir(&self.folder).with_context(|| format!("cannot read {}", self.folder.display()))?;
        for entry in entries {
            let path = entry?.path();
            let fits = fs::metadata(&path).is_ok_and(|data| data.is_file() && data.len() == size);
            if fits && digest_file(&path)? == sha256 {
                return Ok(Some(path));
            }
        }
        Ok(None)
    }
}

/// A file whose digest is not the manifest's. It always stops what was going on.
#[derive(Debug)]
pub struct Different {
    /// The file, in words.
    pub what: String,
    /// Its digest.
    pub found: String,
    /// The manifest's digest.
    pub expected: Digest,
}

impl fmt::Display for Different {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { what, found, expected } = self;
        writeln!(out, "{what} is not what models/manifest.toml pins, and is not used:")?;
        writeln!(out, "  found    sha256 {found}")?;
        write!(out, "  expected sha256 {expected}")
    }
}

impl std::error::Error for Different {}

#[cfg(test)]
mod tests {
    use super::*;
    use wetsign_models::manifest::Manifest;

    fn package_with(bytes: &[u8]) -> Package {
        let mut package = Manifest::embedded().package("silero-vad").unwrap().clone();
        package.size = bytes.len() as u64;
        package.sha256 = Digest::of(bytes);
        package
    }

    #[test]
    fn a_brought_archive_is_found_under_any_name() {
        let cache = tempfile::tempdir().unwrap();
        let incoming = Incoming::of(cache.path()).unwrap();
        let package = package_with(b"the archive");
        assert_eq!(incoming.archive(&package).unwrap(), None);

        fs::write(incoming.folder().join("download(1)"), b"the archive").unwrap();

        assert_eq!(incoming.archive(&package).unwrap(), Some(incoming.folder().join("download(1)")));
    }

    #[test]
    fn a_brought_archive_with_another_digest_stops_with_both() {
        let cache = tempfile::tempdir().unwrap();
        let incoming = Incoming::of(cache.path()).unwrap();
        let package = package_with(b"the archive");
        fs::write(incoming.folder().join(&package.archive), b"another one").unwrap();

        let message = incoming.archive(&package).unwrap_err().to_string();

        assert!(message.contains(&Digest::of(b"the archive").to_string()), "{message}");
        assert!(message.contains(&Digest::of(b"another one").to_string()), "{message}");
    }
}
