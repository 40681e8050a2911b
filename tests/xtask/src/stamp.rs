//! What was verified before, so that a second run need not hash two hundred megabytes again.
//!
//! A row of the stamp says: this path had this digest when it had this size and this time of change. Set-up trusts a
//! row as long as size and time are the same; the programs that use a network still hash its file when they load it.

use std::collections::BTreeMap;
use std::fs::{self, Metadata};
use std::io;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use anyhow::Context as _;
use serde::{Deserialize, Serialize};
use wetsign_models::manifest::Digest;

/// What can be seen of a file or a folder without reading it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
struct Look {
    files: u64,
    size: u64,
    /// The newest time of change of all files, in nanoseconds since 1970.
    changed_ns: u128,
}

impl Look {
    /// A look at one file, or at all files below a folder.
    fn at(path: &Path) -> io::Result<Self> {
        let mut look = Self { files: 0, size: 0, changed_ns: 0 };
        look.add(path, &fs::metadata(path)?)?;
        Ok(look)
    }

    fn add(&mut self, path: &Path, data: &Metadata) -> io::Result<()> {
        if data.is_dir() {
            for entry in fs::read_dir(path)? {
                let entry = entry?;
                self.add(&entry.path(), &entry.metadata()?)?;
            }
        } else {
            let changed = data.modified()?.duration_since(UNIX_EPOCH).unwrap_or_default();
            self.files += 1;
            self.size += data.len();
            self.changed_ns = self.changed_ns.max(changed.as_nanos());
        }
        Ok(())
    }
}

#[derive(Clone, Debug, Deserialize, Serialize)]
struct Row {
    sha256: Digest,
    look: Look,
}

/// The stamp file of a cache.
#[derive(Debug)]
pub struct Stamp {
    cache: PathBuf,
    rows: BTreeMap<String, Row>,
}

impl Stamp {
    /// Reads the stamp; a missing or unreadable one knows nothing.
    pub fn read(cache: &Path) -> Self {
        let rows = fs::read(file(cache)).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok());
        Self { cache: cache.to_owned(), rows: rows.unwrap_or_default() }
    }

    /// Whether `path` (below the cache) was verified with this digest and has not been touched since.
    pub fn knows(&self, path: &str, sha256: Digest) -> bool {
        let same = |row: &Row| {
            row.sha256 == sha256 && Look::at(&self.cache.join(path)).is_ok_and(|look| look == row.look)
        };
        self.rows.get(path).is_some_and(same)
    }

    /// Notes that `path` was verified just now.
    pub fn note(&mut self, path: &str, sha256: Digest) -> anyhow::Result<()> {
        let full = self.cache.join(path);
        let look = Look::at(&full).with_context(|| format!("cannot look at {}", full.display()))?;
        self.rows.insert(path.to_owned(), Row { sha256, look });
        let text = serde_json::to_vec_pretty(&self.rows)?;
        let draft = self.cache.join("stamp.json.new");
        fs::write(&draft, text)
            .and_then(|()| fs::rename(&draft, file(&self.cache)))
            .with_context(|| format!("cannot write {}", file(&self.cache).display()))
    }
}

fn file(cache: &Path) -> PathBuf {
    cache.join("stamp.json")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_known_until_it_is_touched() {
        let cache = tempfile::tempdir().unwrap();
        let digest = Digest::of(b"bytes");
        fs::write(cache.path().join("file"), b"bytes").unwrap();
        let mut stamp = Stamp::read(cache.path());
        assert!(!stamp.knows("file", digest));

        stamp.note("file", digest).unwrap();

        assert!(Stamp::read(cache.path()).knows("file", digest));
        assert!(!stamp.knows("file", Digest::of(b"others")));
        fs::write(cache.path().join("file"), b"longer bytes").unwrap();
        assert!(!stamp.knows("file", digest));
        fs::remove_file(cache.path().join("file")).unwrap();
        assert!(!stamp.knows("file", digest));
    }

    #[test]
    fn a_folder_is_known_until_a_file_in_it_goes() {
        let cache = tempfile::tempdir().unwrap();
        fs::create_dir_all(cache.path().join("tree/below")).unwrap();
        fs::write(cache.path().join("tree/below/a"), b"a").unwrap();
        fs::write(cache.path().join("tree/b"), b"b").unwrap();
        let mut stamp = Stamp::read(cache.path());
        stamp.note("tree", Digest::of(b"tree")).unwrap();
        assert!(stamp.knows("tree", Digest::of(b"tree")));

        fs::remove_file(cache.path().join("tree/below/a")).unwrap();

        assert!(!stamp.knows("tree", Digest::of(b"tree")));
    }

    #[test]
    fn a_damaged_stamp_knows_nothing() {
        let cache = tempfile::tempdir().unwrap();
        fs::write(cache.path().join("stamp.json"), b"{").unwrap();
        assert!(Stamp::read(cache.path()).rows.is_empty());
    }
}
