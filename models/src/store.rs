//! The cache on disk: where it lies, and files from it that are what the manifest says.
//!
//! `cargo xtask setup` fills the cache; everything else only reads it. A file is hashed the first time a [`ModelStore`]
//! is asked for it, and a file whose digest differs from the manifest's is never handed out.

use std::collections::BTreeSet;
use std::env;
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use sha2::{Digest as _, Sha256};

use crate::manifest::{Data, Digest, Manifest, ManifestError, Stored};

/// The variable, and its value, that keeps ONNX Runtime from calling its maker; it counts when the library is loaded.
pub const QUIET_RUNTIME: (&str, &str) = ("ORT_DISABLE_TELEMETRY", "1");

/// What to do about a file that is missing or changed.
const REMEDY: &str = "run `cargo xtask models` to fetch it";

/// Why a file cannot be had from the cache.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// Neither `WETSIGN_CACHE`, `XDG_CACHE_HOME` nor `HOME` says where the cache lies.
    #[error("no cache folder: set WETSIGN_CACHE to a folder (XDG_CACHE_HOME and HOME are not set either)")]
    NoCacheFolder,
    /// The name is not in the manifest.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// The file is not there.
    #[error("{name} is missing: {path} does not exist; {REMEDY}")]
    Missing {
        /// The manifest's name.
        name: String,
        /// Where it should be.
        path: PathBuf,
    },
    /// The file is not the one that the manifest pins.
    #[error("{name} is not what the manifest pins: {path} has sha256 {found}, expected {expected}; {REMEDY}")]
    Changed {
        /// The manifest's name.
        name: String,
        /// The file.
        path: PathBuf,
        /// Its digest.
        found: Digest,
        /// The manifest's digest.
        expected: Digest,
    },
    /// The file cannot be read.
    #[error("{path} cannot be read")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        #[source]
        source: io::Error,
    },
}

/// The cache folder: `WETSIGN_CACHE`, or `wetsign` below `XDG_CACHE_HOME`, or `~/.cache/wetsign`. It need not exist.
pub fn cache_dir() -> Result<PathBuf, StoreError> {
    choose_cache_dir(|name| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from))
}

fn choose_cache_dir(variable: impl Fn(&str) -> Option<PathBuf>) -> Result<PathBuf, StoreError> {
    variable("WETSIGN_CACHE")
        .or_else(|| Some(variable("XDG_CACHE_HOME")?.join("wetsign")))
        .or_else(|| Some(variable("HOME")?.join(".cache/wetsign")))
        .ok_or(StoreError::NoCacheFolder)
}

/// The SHA-256 digest of the file at `path`, read in pieces.
pub fn digest_file(path: &Path) -> io::Result<Digest> {
    let mut file = File::open(path)?;
    let mut hasher = Sha256::new();
    let mut piece = vec![0; 1 << 18];
    loop {
        match file.read(&mut piece)? {
            0 => return Ok(Digest(hasher.finalize().into())),
            count => hasher.update(&piece[..count]),
        }
    }
}

/// What a folder of files adds up to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TreeDigest {
    /// How many files.
    pub files: u64,
    /// Their bytes together.
    pub size: u64,
    /// SHA-256 of the lines `<sha256>  <path>\n` in byte order of the paths.
    pub sha256: Digest,
}

/// The digest of all files below `folder`, as [`crate::manifest::DataTree`] defines it. Symbolic links are refused.
pub fn digest_tree(folder: &Path) -> io::Result<TreeDigest> {
    let mut paths = BTreeSet::new();
    let mut folders = vec![PathBuf::new()];
    while let Some(below) = folders.pop() {
        for entry in fs::read_dir(folder.join(&below))? {
            let entry = entry?;
            let path = below.join(entry.file_name());
            let kind = entry.file_type()?;
            if kind.is_dir() {
                folders.push(path);
            } else if kind.is_file() {
                paths.insert(path.into_os_string().into_string().map_err(|name| {
                    io::Error::new(
                        io::ErrorKind::InvalidData,
                        format!("file name is not UTF-8: {}", name.display()),
                    )
                })?);
            } else {
                let message = format!("{} is neither a file nor a folder", folder.join(path).display());
                return Err(io::Error::new(io::ErrorKind::InvalidData, message));
            }
        }
    }
    let mut hasher = Sha256::new();
    let mut size = 0;
    for path in &paths {
        let file = folder.join(path);
        size += file.metadata()?.len();
        hasher.update(format!("{}  {path}\n", digest_file(&file)?));
    }
    Ok(TreeDigest { files: paths.len() as u64, size, sha256: Digest(hasher.finalize().into()) })
}

/// Files of the manifest in one cache folder.
#[derive(Debug)]
pub struct ModelStore {
    cache: PathBuf,
    manifest: Manifest,
    verified: Mutex<BTreeSet<PathBuf>>,
}

impl ModelStore {
    /// The store in `cache`, with the manifest that this program was built with.
    pub fn open(cache: impl Into<PathBuf>) -> Result<Self, StoreError> {
        Ok(Self::with_manifest(cache, Manifest::embedded().clone()))
    }

    /// The store in [`cache_dir`].
    pub fn open_default() -> Result<Self, StoreError> {
        Self::open(cache_dir()?)
    }

    /// The store in `cache` with another manifest, for tests.
    pub fn with_manifest(cache: impl Into<PathBuf>, manifest: Manifest) -> Self {
        Self { cache: cache.into(), manifest, verified: Mutex::default() }
    }

    /// The manifest that files are held against.
    pub const fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// The cache folder.
    pub fn cache(&self) -> &Path {
        &self.cache
    }

    /// The file of network `name`. Its digest is checked the first time.
    pub fn path(&self, name: &str) -> Result<PathBuf, StoreError> {
        self.verify(name, &self.manifest.entry(name)?.stored)
    }

    /// The file of the optional network `name`; `None` where nobody put it. Its digest is checked the first time.
    pub fn optional(&self, name: &str) -> Result<Option<PathBuf>, StoreError> {
        match self.verify(name, &self.manifest.optional(name)?.stored) {
            Err(StoreError::Missing { .. }) => Ok(None),
            found => found.map(Some),
        }
    }

    /// ONNX Runtime's shared library. Its digest is checked the first time.
    pub fn runtime_library(&self) -> Result<PathBuf, StoreError> {
        self.verify("onnxruntime", &self.manifest.runtime.stored)
    }

    /// The folder `data/<name>` of a data set. Each single file's size is checked; the digests were checked at set-up.
    pub fn data(&self, name: &str) -> Result<PathBuf, StoreError> {
        let data: &Data = self.manifest.data(name)?;
        let folder = self.cache.join("data").join(name);
        let expected = data.files.iter().map(|file| self.cache.join(&file.path));
        for path in expected.chain([folder.clone()]) {
            if !path.exists() {
                return Err(StoreError::Missing { name: name.to_owned(), path });
            }
        }
        Ok(folder)
    }

    fn verify(&self, name: &str, stored: &Stored) -> Result<PathBuf, StoreError> {
        let path = self.cache.join(&stored.path);
        // A panic elsewhere cannot leave a set of paths half written.
        let mut verified = self.verified.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if verified.contains(&path) {
            return Ok(path);
        }
        let found = digest_file(&path).map_err(|source| match source.kind() {
            io::ErrorKind::NotFound => StoreError::Missing { name: name.to_owned(), path: path.clone() },
            _ => StoreError::Unreadable { path: path.clone(), source },
        })?;
        if found != stored.sha256 {
            return Err(StoreError::Changed { name: name.to_owned(), path, found, expected: stored.sha256 });
        }
        verified.insert(path.clone());
        Ok(path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EMPTY: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    fn store_with_network(bytes: &[u8]) -> (tempfile::TempDir, ModelStore) {
        let cache = tempfile::tempdir().unwrap();
        let mut manifest = Manifest::embedded().clone();
        let entry = manifest.models.iter_mut().find(|entry| entry.name == "ge2e").unwrap();
        entry.stored.sha256 = Digest::of(b"the network");
        fs::create_dir_all(cache.path().join("models")).unwrap();
        fs::write(cache.path().join(&entry.stored.path), bytes).unwrap();
        let store = ModelStore::with_manifest(cache.path(), manifest);
        (cache, store)
    }

    #[test]
    fn a_file_with_the_pinned_digest_is_handed_out() {
        let (cache, store) = store_with_network(b"the network");
        assert_eq!(store.path("ge2e").unwrap(), cache.path().join("models/ge2e.onnx"));
    }

    #[test]
    fn a_changed_file_is_refused_with_both_digests_and_the_remedy() {
        let (_cache, store) = store_with_network(b"another network");
        let message = store.path("ge2e").unwrap_err().to_string();
        assert!(message.contains(&Digest::of(b"another network").to_string()), "{message}");
        assert!(message.contains(&Digest::of(b"the network").to_string()), "{message}");
        assert!(message.contains("cargo xtask models"), "{message}");
    }

    #[test]
    fn a_missing_file_is_named() {
        let (_cache, store) = store_with_network(b"the network");
        let message = store.path("blazeface").unwrap_err().to_string();
        assert!(
            message.contains("blazeface is missing") && message.contains("models/blazeface.onnx"),
            "{message}"
        );
        let message = store.data("woman").unwrap_err().to_string();
        assert!(message.contains("WolfgangLanger_Pexels.mp4"), "{message}");
    }

    #[test]
    fn an_optional_network_may_be_absent_but_not_another() {
        let (cache, store) = store_with_network(b"the network");
        assert_eq!(store.optional("pad-suri").unwrap(), None);
        let path = cache.path().join(&store.manifest().optional("pad-suri").unwrap().stored.path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, b"another network").unwrap();
        assert!(matches!(store.optional("pad-suri"), Err(StoreError::Changed { .. })));
    }

    #[test]
    fn the_cache_lies_where_the_nearest_variable_says() {
        let chosen = |set: &[(&str, &str)]| {
            let set: Vec<_> =
                set.iter().map(|(name, value)| ((*name).to_owned(), PathBuf::from(value))).collect();
            choose_cache_dir(|name| {
                set.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone())
            })
        };
        assert_eq!(chosen(&[("HOME", "/h")]).unwrap(), Path::new("/h/.cache/wetsign"));
        assert_eq!(chosen(&[("HOME", "/h"), ("XDG_CACHE_HOME", "/x")]).unwrap(), Path::new("/x/wetsign"));
        assert_eq!(chosen(&[("XDG_CACHE_HOME", "/x"), ("WETSIGN_CACHE", "/w")]).unwrap(), Path::new("/w"));
        assert!(matches!(chosen(&[]), Err(StoreError::NoCacheFolder)));
    }

    #[test]
    fn a_trees_digest_is_that_of_its_sha256sum_lines_in_byte_order() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("a")).unwrap();
        fs::write(folder.path().join("a/z"), b"").unwrap();
        fs::write(folder.path().join("a.b"), b"").unwrap();
        let lines = format!("{EMPTY}  a.b\n{EMPTY}  a/z\n");
        let tree = digest_tree(folder.path()).unwrap();
        assert_eq!(tree, TreeDigest { files: 2, size: 0, sha256: Digest::of(lines.as_bytes()) });
    }
}
