//! Files that are their owner's alone: secrets, which nobody else may read, and memories, which nobody else may change.
//! The daemon and its clients open them alike.

use std::{
    fs::{File, OpenOptions},
    io,
    os::unix::fs::{MetadataExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use rustix::{fs::OFlags, io::Errno, process::geteuid};

/// Why a file is not used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OwnFileError {
    /// There is none.
    #[error("there is no {}", path.display())]
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// It cannot be opened or looked at.
    #[error("{} cannot be opened", path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
    /// It is a link: whoever may change the link decides which file is used.
    #[error("{} is a symbolic link: name the file itself", path.display())]
    Link {
        /// The link.
        path: PathBuf,
    },
    /// It is a folder, a device or a pipe.
    #[error("{} is no plain file", path.display())]
    Kind {
        /// What was named.
        path: PathBuf,
    },
    /// Somebody else can change it at any time.
    #[error("{} belongs to user {owner}, and this program runs as user {user}: run it as that user, or chown the file", path.display())]
    Owner {
        /// The file.
        path: PathBuf,
        /// To whom it belongs.
        owner: u32,
        /// Who wants to use it.
        user: u32,
    },
    /// Others may do with it what only its owner may.
    #[error("{} has mode {mode:o}, but only its owner may {what} it: chmod {remedy}", path.display())]
    Mode {
        /// What others may do.
        what: &'static str,
        /// What helps.
        remedy: &'static str,
        /// The file.
        path: PathBuf,
        /// Permission bits found.
        mode: u32,
    },
}

/// Opens a file with a secret for reading: nobody else may read it.
///
/// # Errors
/// [`OwnFileError`].
pub fn open_secret(path: &Path) -> Result<File, OwnFileError> {
    open(path, 0o077, "read", "600")
}

/// Opens for reading what others may read, but not change.
///
/// # Errors
/// [`OwnFileError`].
pub fn open_kept(path: &Path) -> Result<File, OwnFileError> {
    open(path, 0o022, "change", "go-w")
}

/// What is looked at is what was opened, so that nobody exchanges it in between.
fn open(path: &Path, closed: u32, what: &'static str, remedy: &'static str) -> Result<File, OwnFileError> {
    let here = || path.to_owned();
    // Without O_NONBLOCK a pipe would be waited for.
    let flags = (OFlags::NOFOLLOW | OFlags::NONBLOCK).bits().cast_signed();
    let file = OpenOptions::new().read(true).custom_flags(flags).open(path).map_err(|source| {
        match Errno::from_io_error(&source) {
            Some(Errno::LOOP) => OwnFileError::Link { path: here() },
            Some(Errno::NOENT) => OwnFileError::Missing { path: here() },
            _ => OwnFileError::Open { path: here(), source },
        }
    })?;
    let about = file.metadata().map_err(|source| OwnFileError::Open { path: here(), source })?;
    if !about.is_file() {
        return Err(OwnFileError::Kind { path: here() });
    }
    let (owner, user) = (about.uid(), geteuid().as_raw());
    if owner != user {
        return Err(OwnFileError::Owner { path: here(), owner, user });
    }
    let mode = about.mode() & 0o777;
    if mode & closed != 0 {
        return Err(OwnFileError::Mode { what, remedy, path: here(), mode });
    }
    Ok(file)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt, chown, symlink};

    use super::*;

    fn secret() -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        std::fs::write(&path, b"secret").unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        (folder, path)
    }

    #[test]
    fn ones_own_plain_file_is_opened() {
        let (_folder, path) = secret();
        assert_eq!(open_secret(&path).unwrap().metadata().unwrap().len(), 6);
        assert!(matches!(open_secret(&path.with_extension("none")), Err(OwnFileError::Missing { .. })));
    }

    #[test]
    fn a_link_is_not_followed_wherever_it_leads() {
        let (folder, path) = secret();
        let link = folder.path().join("link");
        symlink(&path, &link).unwrap();
        assert!(matches!(open_secret(&link), Err(OwnFileError::Link { .. })));
    }

    #[test]
    fn a_folder_or_a_pipe_is_no_file_and_nobody_waits_for_it() {
        let (folder, _) = secret();
        assert!(matches!(open_secret(folder.path()), Err(OwnFileError::Kind { .. })));
        let pipe = folder.path().join("pipe");
        let made = rustix::fs::mknodat(rustix::fs::CWD, &pipe, rustix::fs::FileType::Fifo, 0o600.into(), 0);
        made.unwrap();
        assert!(matches!(open_secret(&pipe), Err(OwnFileError::Kind { .. })));
    }

    #[test]
    fn what_others_can_read_is_no_secret_and_what_they_can_change_no_memory() {
        let (_folder, path) = secret();
        for mode in [0o644, 0o640, 0o602] {
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
            assert!(
                matches!(open_secret(&path), Err(OwnFileError::Mode { mode: found, .. }) if found == mode)
            );
            assert_eq!(open_kept(&path).is_ok(), mode & 0o022 == 0, "{mode:o}");
        }
    }

    #[test]
    fn what_belongs_to_somebody_else_is_refused() {
        let (_folder, path) = secret();
        // Only root can give a file away; anybody else meets root's own.
        let path = if chown(&path, Some(12_345), None).is_ok() { path } else { "/etc/passwd".into() };
        assert!(matches!(open_secret(&path), Err(OwnFileError::Owner { .. })));
        assert!(matches!(open_kept(&path), Err(OwnFileError::Owner { .. })));
    }
}
