//! The log as static files (C2SP tlog-tiles): tiles first, then the head that asks for them.
//!
//! A crash in between leaves files that no head asks for yet; the next turn writes them again. A state folder that was
//! never published is published from its first record on, in the same way.

use std::fs::{self, File};
use std::io::{ErrorKind, Read as _, Write as _};
use std::path::{Path, PathBuf};

use wetsign_attest::limits;
use wetsign_attest::log::tiles::{CHECKPOINT_PATH, RECEIPT_PATH};

use crate::store::journal::{Journal, JournalError, Lacking};

/// Why the log cannot be published.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PublishError {
    /// The folder cannot be written.
    #[error("{} cannot be {what}: see to log.folder", path.display())]
    Io {
        /// File or folder.
        path: PathBuf,
        /// What was tried.
        what: &'static str,
        /// What the operating system says.
        source: std::io::Error,
    },
    /// The journal, or a head in the folder that this log never had.
    #[error("the log cannot be published into {}", path.display())]
    Journal {
        /// The folder.
        path: PathBuf,
        /// Why not.
        source: JournalError,
    },
    /// The folder has more than the log.
    #[error("{} holds {held} records, the log has fewer: its state was put back, restore the newest copy", path.display())]
    Ahead {
        /// The folder.
        path: PathBuf,
        /// Records in it.
        held: u64,
    },
}

/// A folder with what was published so far.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    size: u64,
    checkpoint: String,
}

impl Folder {
    /// Opens the folder, or makes it. A head in it has to be one that this log had.
    ///
    /// # Errors
    /// [`PublishError`].
    pub fn open(path: &Path, journal: &Journal) -> Result<Self, PublishError> {
        fs::create_dir_all(path).map_err(io(path, "made"))?;
        let head = path.join(CHECKPOINT_PATH);
        let mut checkpoint = String::new();
        match File::open(&head) {
            Ok(file) => {
                let most = limits::CHECKPOINT as u64 + 1;
                file.take(most).read_to_string(&mut checkpoint).map_err(io(&head, "read"))?;
            }
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(io(&head, "read")(error)),
        }
        let size = if checkpoint.is_empty() {
            0
        } else {
            let refused = |source| PublishError::Journal { path: path.to_owned(), source };
            journal.own_head(&checkpoint).map_err(refused)?.size
        };
        Ok(Self { path: path.to_owned(), size, checkpoint })
    }

    /// Records that are published.
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// The head as it lies there; empty where nothing was published yet.
    pub fn checkpoint(&self) -> &str {
        &self.checkpoint
    }

    /// Writes what the log has and the folder has not; answers whether that was anything.
    ///
    /// # Errors
    /// [`PublishError`]; the folder is whole up to the head that lies there.
    pub fn follow(&mut self, journal: &Journal) -> Result<bool, PublishError> {
        if journal.size() == self.size && !self.checkpoint.is_empty() {
            return Ok(false);
        }
        let refused = |source| PublishError::Journal { path: self.path.clone(), source };
        let lacking = journal.lacking(self.size).map_err(refused)?;
        let ahead = PublishError::Ahead { path: self.path.clone(), held: self.size };
        let Lacking { tiles, size, checkpoint, cose } = lacking.ok_or(ahead)?;
        for (tile, bytes) in &tiles {
            let path = self.path.join(tile.to_string());
            write(&path, bytes)?;
            if tile.is_full() {
                // The standard lets partial tiles go once the full one is there.
                let mut partial = path.into_os_string();
                partial.push(".p");
                let partial = PathBuf::from(partial);
                match fs::remove_dir_all(&partial) {
                    Err(error) if error.kind() != ErrorKind::NotFound => {
                        return Err(io(&partial, "removed")(error));
                    }
                    _ => {}
                }
            }
        }
        self.put(RECEIPT_PATH, &cose)?;
        self.put_head(checkpoint)?;
        self.size = size;
        Ok(true)
    }

    /// Puts a head in the place of the one before, whole or not at all: the same head with more signatures, or the next
    /// one once its tiles are there.
    ///
    /// # Errors
    /// [`PublishError::Io`].
    pub fn put_head(&mut self, checkpoint: String) -> Result<(), PublishError> {
        self.put(CHECKPOINT_PATH, checkpoint.as_bytes())?;
        self.checkpoint = checkpoint;
        Ok(())
    }

    fn put(&self, name: &str, bytes: &[u8]) -> Result<(), PublishError> {
        let (path, beside) = (self.path.join(name), self.path.join(".head"));
        write(&beside, bytes)?;
        fs::rename(&beside, &path).map_err(io(&path, "put in place"))?;
        sync_folder(&self.path)
    }
}

fn io<'p>(path: &'p Path, what: &'static str) -> impl FnOnce(std::io::Error) -> PublishError + 'p {
    move |source| PublishError::Io { path: path.to_owned(), what, source }
}

/// Writes a file with the folders that it needs; when this returns, both survive a power cut.
fn write(path: &Path, bytes: &[u8]) -> Result<(), PublishError> {
    let Some(folder) = path.parent() else { return Ok(()) };
    let mut made = Vec::new();
    let mut missing = Some(folder);
    while let Some(one) = missing.filter(|one| !one.exists()) {
        made.push(one);
        missing = one.parent();
    }
    fs::create_dir_all(folder).map_err(io(folder, "made"))?;
    let mut file = File::create(path).map_err(io(path, "made"))?;
    file.write_all(bytes).and_then(|()| file.sync_data()).map_err(io(path, "written"))?;
    sync_folder(folder)?;
    for one in made {
        if let Some(above) = one.parent() {
            sync_folder(above)?;
        }
    }
    Ok(())
}

fn sync_folder(path: &Path) -> Result<(), PublishError> {
    File::open(path).and_then(|folder| folder.sync_all()).map_err(io(path, "synced"))
}

#[cfg(test)]
mod tests {
    use ed25519_dalek::SigningKey;
    use wetsign_attest::id::{Id, PublicKey};
    use wetsign_attest::log::read::{Files, read_whole};
    use wetsign_attest::log::{Checkpoint, LogRecord};

    use super::*;
    use crate::store::{Batch, Store};

    const ORIGIN: &str = "test.example/log";

    struct Served(PathBuf);

    impl Files for Served {
        fn read(&self, path: &str, _: usize) -> std::io::Result<Option<Vec<u8>>> {
            match fs::read(self.0.join(path)) {
                Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
                read => read.map(Some),
            }
        }
    }

    fn journal(state: &Path) -> Journal {
        Journal::open(state, Store::open(state).unwrap(), ORIGIN, SigningKey::from_bytes(&[5; 32])).unwrap()
    }

    fn fill(journal: &Journal, numbers: std::ops::Range<u64>) {
        for number in numbers {
            let id = Id::of(&number.to_be_bytes());
            journal.intend("wetsign/test/1", id, &[], &number.to_be_bytes(), Batch::new()).unwrap();
            journal.append(&id).unwrap();
        }
    }

    /// What a reader finds who knows the log's key alone.
    fn objects(folder: &Path) -> Vec<Id> {
        let note = fs::read_to_string(folder.join("checkpoint")).unwrap();
        let key = PublicKey::from(&SigningKey::from_bytes(&[5; 32]));
        let head = Checkpoint::open(&note, ORIGIN, &key).unwrap();
        let mut objects = Vec::new();
        let each = |_, record: LogRecord| objects.push(record.object);
        read_whole(&Served(folder.to_owned()), &head, each).unwrap();
        objects
    }

    fn expected(count: u64) -> Vec<Id> {
        (0..count).map(|number| Id::of(&number.to_be_bytes())).collect()
    }

    #[test]
    fn a_log_from_before_is_published_whole_and_then_followed() {
        let state = tempfile::tempdir().unwrap();
        let path = state.path().join("tiles");
        let journal = journal(state.path());
        fill(&journal, 0..3);
        let mut folder = Folder::open(&path, &journal).unwrap();
        assert!(folder.follow(&journal).unwrap() && !folder.follow(&journal).unwrap());
        assert_eq!(objects(&path), expected(3));
        for upto in [4, 255, 256, 258] {
            fill(&journal, folder.size()..upto);
            assert!(folder.follow(&journal).unwrap());
            assert_eq!(objects(&path), expected(upto));
        }
        // Partial files of the full tile are gone, those of the next are there.
        assert!(!path.join("tile/0/000.p").exists() && !path.join("tile/entries/000.p").exists());
        assert!(path.join("tile/0/001.p/2").exists());
        let again = Folder::open(&path, &journal).unwrap();
        assert_eq!((again.size(), again.checkpoint()), (258, folder.checkpoint()));
    }

    #[test]
    fn what_a_crash_left_without_a_head_is_written_again() {
        let state = tempfile::tempdir().unwrap();
        let path = state.path().join("tiles");
        let journal = journal(state.path());
        fill(&journal, 0..2);
        let mut folder = Folder::open(&path, &journal).unwrap();
        folder.follow(&journal).unwrap();
        fill(&journal, 2..3);
        // Torn tiles of the next size, under the head before.
        fs::create_dir_all(path.join("tile/entries/000.p")).unwrap();
        fs::write(path.join("tile/entries/000.p/3"), "torn").unwrap();
        assert_eq!(objects(&path), expected(2));
        let mut folder = Folder::open(&path, &journal).unwrap();
        assert!(folder.follow(&journal).unwrap());
        assert_eq!(objects(&path), expected(3));
    }

    #[test]
    fn a_log_that_was_put_back_is_not_published_over_what_readers_have_seen() {
        let (state, older) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let path = state.path().join("tiles");
        let newer = journal(state.path());
        fill(&newer, 0..5);
        Folder::open(&path, &newer).unwrap().follow(&newer).unwrap();
        let back = journal(older.path());
        fill(&back, 0..4);
        let refused = Folder::open(&path, &back).unwrap_err();
        let words = crate::causes::words(&refused);
        assert!(words.contains("5 records") && words.contains("put back"), "{words}");
    }

    #[test]
    fn an_empty_log_has_a_head_too() {
        let state = tempfile::tempdir().unwrap();
        let journal = journal(state.path());
        let mut folder = Folder::open(&state.path().join("tiles"), &journal).unwrap();
        assert!(folder.follow(&journal).unwrap());
        assert_eq!(objects(&state.path().join("tiles")), []);
    }
}
