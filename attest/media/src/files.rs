//! Files: read within a bound, written whole or not at all.

use std::fs::File;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};
use tempfile::NamedTempFile;

/// Most bytes of a file that is marked or checked: 4 GiB.
pub const MEDIUM: u64 = 4 << 30;
/// Most bytes of any other file: an approval, a manifest beside its file, a policy, certificates.
pub const SMALL: u64 = 4 << 20;

/// A whole small file.
///
/// # Errors
/// It cannot be read, or has more than [`SMALL`] bytes.
pub fn read(path: &Path) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(SMALL + 1).read_to_end(&mut bytes))
        .with_context(|| format!("cannot read {}", path.display()))?;
    ensure!(bytes.len() as u64 <= SMALL, "{} has more than {SMALL} bytes", path.display());
    Ok(bytes)
}

/// The same, of text.
///
/// # Errors
/// As [`read`], and for what is not UTF-8.
pub fn text(path: &Path) -> anyhow::Result<String> {
    String::from_utf8(read(path)?).with_context(|| format!("{} is not UTF-8", path.display()))
}

/// Opens a medium.
///
/// # Errors
/// It cannot be opened, is no plain file, or has more than [`MEDIUM`] bytes.
pub fn open(path: &Path) -> anyhow::Result<File> {
    let file = File::open(path).with_context(|| format!("cannot read {}", path.display()))?;
    let about = file.metadata().with_context(|| format!("cannot look at {}", path.display()))?;
    ensure!(about.is_file(), "{} is no plain file", path.display());
    ensure!(about.len() <= MEDIUM, "{} has {} bytes, the limit is {MEDIUM}", path.display(), about.len());
    Ok(file)
}

/// Where the manifest of a file lies that could not take it: `NAME.c2pa` beside it.
pub fn beside(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".c2pa");
    name.into()
}

/// A file that is not there yet, until [`keep`] gives it its name.
///
/// # Errors
/// The name is taken, or nothing can be written in that folder.
pub fn begin(path: &Path) -> anyhow::Result<NamedTempFile> {
    ensure!(path.symlink_metadata().is_err(), "{} is there already, and is not overwritten", path.display());
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut builder = tempfile::Builder::new();
    builder.prefix(".wetsign-media.");
    // As far as the user's mask allows: what is published is for everybody.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder.tempfile_in(folder).with_context(|| format!("cannot write in {}", folder.display()))
}

/// Makes it durable, and gives it its name if nobody has that.
///
/// # Errors
/// It cannot be written, or somebody took the name meanwhile.
pub fn keep(file: NamedTempFile, path: &Path) -> anyhow::Result<()> {
    let failed = || format!("cannot write {}", path.display());
    file.as_file().sync_all().with_context(failed)?;
    file.persist_noclobber(path).map_err(|error| error.error).with_context(failed)?;
    Ok(())
}

/// Writes a new file.
///
/// # Errors
/// As [`begin`] and [`keep`].
pub fn write_new(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let mut file = begin(path)?;
    file.write_all(bytes).with_context(|| format!("cannot write {}", path.display()))?;
    keep(file, path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_there_stays_and_what_fails_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("media.pem");
        write_new(&path, b"first").unwrap();
        assert!(write_new(&path, b"second").unwrap_err().to_string().contains("is there already"));
        let late = begin(&folder.path().join("late")).unwrap();
        std::fs::write(folder.path().join("late"), "taken").unwrap();
        assert!(keep(late, &folder.path().join("late")).is_err());
        assert_eq!(std::fs::read(&path).unwrap(), b"first");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2);
        assert_eq!(beside(&path), folder.path().join("media.pem.c2pa"));
    }

    #[test]
    fn only_plain_files_are_media() {
        let folder = tempfile::tempdir().unwrap();
        assert!(open(folder.path()).unwrap_err().to_string().contains("no plain file"));
        assert!(open(&folder.path().join("none")).is_err());
    }
}
