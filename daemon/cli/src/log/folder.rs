//! A log's files in a folder. Nothing outside of it is read.

use std::fs::File;
use std::io::{Error, ErrorKind, Read as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;
use wetsign_attest::log::read::Files;

/// A folder with `checkpoint` and `tile/`.
pub struct Folder(PathBuf);

impl Folder {
    /// This folder.
    pub fn new(path: &Path) -> Self {
        Self(path.to_owned())
    }
}

impl Files for Folder {
    fn read(&self, path: &str, most: usize) -> std::io::Result<Option<Vec<u8>>> {
        let path = self.0.join(path);
        // A link could lead anywhere, a pipe would be waited for.
        let flags = (OFlags::NOFOLLOW | OFlags::NONBLOCK).bits().cast_signed();
        let file = match File::options().read(true).custom_flags(flags).open(&path) {
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
                return Ok(None);
            }
            opened => opened?,
        };
        if !file.metadata()?.is_file() {
            return Err(Error::other("it is no plain file"));
        }
        let mut bytes = Vec::new();
        file.take(most as u64 + 1).read_to_end(&mut bytes)?;
        if bytes.len() > most {
            return Err(Error::other(format!("it has more than {most} bytes")));
        }
        Ok(Some(bytes))
    }
}
