//! The socket: visible only once its mode is 0600, and never stolen from an element that still listens.

use std::{
    fs,
    os::unix::{
        fs::{DirBuilderExt, FileTypeExt, PermissionsExt},
        net::{UnixListener, UnixStream},
    },
    path::Path,
};

use anyhow::{Context, bail, ensure};

/// Listens at `path`; takes the place of a socket that nobody listens on any more.
pub fn listen(path: &Path) -> anyhow::Result<UnixListener> {
    let shown = path.display();
    if let Ok(found) = fs::symlink_metadata(path) {
        ensure!(found.file_type().is_socket(), "{shown} exists and is no socket: give --socket another path");
        if UnixStream::connect(path).is_ok() {
            bail!("another process listens on {shown}: stop it first, or give --socket another path");
        }
    }
    let name = path.file_name().with_context(|| format!("{shown} names no file for the socket"))?;

    // Bound inside a directory that only we can enter, then moved: there is no moment with a wider mode.
    let private = path.with_file_name(format!(".{}.{}", name.to_string_lossy(), std::process::id()));
    fs::DirBuilder::new()
        .mode(0o700)
        .create(&private)
        .with_context(|| format!("cannot make {} beside the socket", private.display()))?;
    let listener = bind_private(&private.join("s"), path);
    let removed = fs::remove_dir_all(&private);
    let listener = listener.with_context(|| format!("cannot listen on {shown}"))?;
    removed.with_context(|| format!("cannot remove {}", private.display()))?;
    Ok(listener)
}

fn bind_private(hidden: &Path, path: &Path) -> std::io::Result<UnixListener> {
    let listener = UnixListener::bind(hidden)?;
    fs::set_permissions(hidden, fs::Permissions::from_mode(0o600))?;
    fs::rename(hidden, path)?;
    Ok(listener)
}
