//! A kiosk's answer in a file.

use std::path::Path;

use anyhow::bail;

use crate::file::{self, For};

/// A file that is in the way is said before anything is asked.
pub fn absent(out: &Path, force: bool) -> anyhow::Result<()> {
    if !force && out.symlink_metadata().is_ok() {
        bail!("{} is there already: name another --out, or say --force", out.display());
    }
    Ok(())
}

/// Writes an answer to a file that everybody may read.
pub fn put(out: &Path, bytes: &[u8], force: bool) -> anyhow::Result<()> {
    if force { file::replace(out, bytes, For::All) } else { file::write_new(out, bytes, For::All) }
}
