//! The file that a command is given, and how an answer gets into one: whole or not at all.

use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::Args;
use rustix::fs::{CWD, RenameFlags, renameat_with};

/// One file.
#[derive(Debug, Args)]
pub struct FileArgs {
    /// The file.
    pub file: PathBuf,
}

/// Who may read a file that is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum For {
    /// Everybody, as far as the user's mask allows.
    All,
    /// Its owner alone.
    Owner,
}

/// Writes a new file. One that is there already stays as it is, and is an error.
pub fn write_new(path: &Path, bytes: &[u8], readers: For) -> anyhow::Result<()> {
    write_new_with(path, readers, |file| Ok(file.write_all(bytes)?))
}

/// The same of bytes that `write` gives one after the other. If it fails, there is no file.
pub fn write_new_with(
    path: &Path,
    readers: For,
    write: impl FnOnce(&mut File) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    put(path, write, readers, RenameFlags::NOREPLACE)
}

/// Writes a file in the place of an earlier one, which is there until the new one is whole.
pub fn replace(path: &Path, bytes: &[u8], readers: For) -> anyhow::Result<()> {
    match fs::symlink_metadata(path) {
        Ok(about) if !about.is_file() => bail!("{} is no plain file, and is not replaced", path.display()),
        _ => put(path, |file| Ok(file.write_all(bytes)?), readers, RenameFlags::empty()),
    }
}

/// Refuses a place where something is already: before work of minutes that would be in vain.
pub fn free(path: &Path) -> anyhow::Result<()> {
    // A link counts for itself, wherever it leads.
    if fs::symlink_metadata(path).is_ok() {
        bail!("{} is there already, and is not overwritten", path.display());
    }
    Ok(())
}

fn put(
    path: &Path,
    write: impl FnOnce(&mut File) -> anyhow::Result<()>,
    readers: For,
    flags: RenameFlags,
) -> anyhow::Result<()> {
    if flags == RenameFlags::NOREPLACE {
        free(path)?;
    }
    let failed = || format!("cannot write {}", path.display());
    let beside = beside(path).with_context(failed)?;
    let written = fill(&beside, write, readers).and_then(|()| {
        match renameat_with(CWD, &beside, CWD, path, flags) {
            // A file system that knows no such rename: nobody else makes this file in between but by accident.
            Err(error) if error == rustix::io::Errno::INVAL => Ok(fs::rename(&beside, path)?),
            renamed => Ok(renamed?),
        }
    });
    if written.is_err() {
        // Ours, made just now.
        let _ = fs::remove_file(&beside);
    }
    written.with_context(failed)?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder).and_then(|folder| folder.sync_all()).with_context(failed)
}

fn fill(
    path: &Path,
    write: impl FnOnce(&mut File) -> anyhow::Result<()>,
    readers: For,
) -> anyhow::Result<()> {
    let mode = if readers == For::Owner { 0o600 } else { 0o666 };
    let mut file = OpenOptions::new().write(true).create_new(true).mode(mode).open(path)?;
    write(&mut file)?;
    Ok(file.sync_all()?)
}

/// A name beside `path` that nobody has.
fn beside(path: &Path) -> std::io::Result<PathBuf> {
    path.file_name().ok_or(ErrorKind::InvalidInput)?;
    let mut random = [0; 8];
    getrandom::fill(&mut random).map_err(|_| ErrorKind::Other)?;
    // Not longer than a name may be, however long the file's own is.
    Ok(path.with_file_name(format!(".wetsign.{}", hex::encode(random))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_there_is_overwritten_only_when_told() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("approval.cbor");
        write_new(&path, b"first", For::All).unwrap();
        let refused = write_new(&path, b"second", For::All).unwrap_err().to_string();
        assert!(refused.contains("is there already"), "{refused}");
        assert_eq!(fs::read(&path).unwrap(), b"first");
        replace(&path, b"third", For::All).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"third");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left beside it");
    }

    #[test]
    fn the_longest_name_that_a_file_can_have_is_written_too() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a".repeat(255));
        write_new(&path, b"first", For::Owner).unwrap();
        replace(&path, b"second", For::Owner).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"second");
    }

    #[test]
    fn a_link_is_neither_followed_nor_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let (target, link) = (folder.path().join("precious"), folder.path().join("link"));
        fs::write(&target, "precious").unwrap();
        std::os::unix::fs::symlink(&target, &link).unwrap();
        assert!(write_new(&link, b"x", For::All).is_err() && replace(&link, b"x", For::All).is_err());
        assert_eq!(fs::read(&target).unwrap(), b"precious");
    }

    #[test]
    fn what_cannot_be_written_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let missing = folder.path().join("nowhere/approval.cbor");
        assert!(write_new(&missing, b"x", For::All).is_err());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
