//! The state folder, for the daemon's user alone.

use std::{
    os::unix::fs::{DirBuilderExt, PermissionsExt},
    path::Path,
};

use super::StartError;

/// Makes the state folder for the daemon's user alone. One that is there already is closed to others, unless it holds
/// files of which none is the daemon's.
///
/// # Errors
/// [`StartError::State`], [`StartError::Open`].
pub fn private_folder(path: &Path) -> Result<(), StartError> {
    let failed = |source| StartError::State { path: path.to_owned(), source };
    if let Some(parent) = path.parent() {
        std::fs::create_dir_all(parent).map_err(failed)?;
    }
    match std::fs::DirBuilder::new().mode(0o700).create(path) {
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
        made => return made.map_err(failed),
    }
    let mode = std::fs::metadata(path).map_err(failed)?.permissions().mode() & 0o777;
    if mode.trailing_zeros() >= 6 {
        return Ok(());
    }
    let mut names = std::fs::read_dir(path).map_err(failed)?.map(|entry| Ok(entry?.file_name()));
    let ours = ["store", "log", "keys"].iter().any(|name| path.join(name).exists());
    if !ours && names.next().transpose().map_err(failed)?.is_some() {
        return Err(StartError::Open { path: path.to_owned(), mode });
    }
    close_to_others(path, 0o700)
}

/// Sets the permission bits of a file or folder of ours.
pub(super) fn close_to_others(path: &Path, mode: u32) -> Result<(), StartError> {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode))
        .map_err(|source| StartError::State { path: path.to_owned(), source })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(path: &Path) -> u32 {
        std::fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn a_state_folder_is_for_the_daemon_alone() {
        let folder = tempfile::tempdir().unwrap();
        let (new, old) = (folder.path().join("a/new"), folder.path().join("old"));
        std::fs::create_dir_all(old.join("store")).unwrap();
        close_to_others(&old, 0o755).unwrap();

        private_folder(&new).unwrap();
        private_folder(&old).unwrap();

        assert_eq!((mode(&new), mode(&old)), (0o700, 0o700));
    }

    #[test]
    fn a_folder_with_foreign_files_is_left_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("letter"), "").unwrap();
        close_to_others(folder.path(), 0o755).unwrap();

        let refused = private_folder(folder.path());

        assert!(matches!(refused, Err(StartError::Open { mode: 0o755, .. })));
        assert_eq!(mode(folder.path()), 0o755);
    }
}
