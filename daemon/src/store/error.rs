//! What can go wrong with the store.

use std::path::PathBuf;

use super::table;
use crate::clock::ClockError;

/// What went wrong with the store.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The database cannot be opened.
    #[error(
        "the store at {} does not open: run `wetsignd store check`; if it fails too, put the folder aside and run \
         `wetsignd store restore FILE` with the last backup",
        path.display()
    )]
    Open {
        /// The database folder.
        path: PathBuf,
        /// What sled says.
        source: sled::Error,
    },
    /// There is none.
    #[error(
        "there is no store at {}: name the kiosk's own configuration by --config, or its state folder by --state",
        path.display()
    )]
    None {
        /// Where the database would be.
        path: PathBuf,
    },
    /// The clock stands where no database can be opened.
    #[error(transparent)]
    Clock(#[from] ClockError),
    /// Another process has it open.
    #[error("the store at {} is in use by another process: stop that one first", path.display())]
    InUse {
        /// The database folder.
        path: PathBuf,
    },
    /// A record's checksum does not fit.
    #[error(
        "record {key} of table {table} is damaged: run `wetsignd store check`, then `wetsignd store restore FILE`"
    )]
    Damaged {
        /// The table's name.
        table: &'static str,
        /// The key, in hex.
        key: String,
    },
    /// A record was written by another version.
    #[error("record {key} of table {table} has format {found}, this program reads {}", table::VERSION)]
    Version {
        /// The table's name.
        table: &'static str,
        /// The key, in hex.
        key: String,
        /// The version byte found.
        found: u8,
    },
    /// Reading or writing failed.
    #[error("the store cannot be read or written")]
    Database(#[from] sled::Error),
    /// There is no room for a write; nothing was begun.
    #[error(
        "no space left on device: the state folder's disk has {free} bytes free, and this write needs {needed}; make room, \
         then try again"
    )]
    Full {
        /// Bytes free.
        free: u64,
        /// Bytes needed.
        needed: u64,
    },
    /// An earlier write could not be made durable.
    #[error(
        "the store answers nothing until the daemon starts again, since an earlier write failed: {cause}"
    )]
    Poisoned {
        /// What failed first.
        cause: String,
    },
    /// A file beside the database cannot be read or written.
    #[error("{}: {what}", path.display())]
    File {
        /// What was tried.
        what: &'static str,
        /// With which file.
        path: PathBuf,
        /// What the operating system says.
        source: std::io::Error,
    },
    /// A backup file is no backup, or damaged.
    #[error("{} is not a whole backup: {what}", path.display())]
    Backup {
        /// What is wrong with it.
        what: &'static str,
        /// The file.
        path: PathBuf,
    },
}
