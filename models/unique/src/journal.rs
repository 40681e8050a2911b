//! The file in which a searcher writes its records down: sealed, in order, durable before anybody is answered.
//!
//! `"wetsign-searcher/1\n"`, 32 random bytes, then for each record its length (four bytes, little-endian) and its
//! nonce and ciphertext: ChaCha20-Poly1305 (RFC 8439) under a key of this file alone, a random nonce, the record's
//! number as associated data: no record can be left out or put elsewhere. A record that was cut off at the end was
//! never answered for, and is forgotten; anything else that does not open is refused.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use chacha20poly1305::aead::{AeadInOut as _, inout::InOutBuf};
use chacha20poly1305::{ChaCha20Poly1305, KeyInit as _};
use wetsign_attest::id::sha256;
use zeroize::Zeroizing;

use crate::record::{Record, RecordError, Restored};

const HEAD: &[u8] = b"wetsign-searcher/1\n";
const SALT: usize = 32;
const NONCE: usize = 12;
const TAG: usize = 16;
/// Bytes that a record has more than its text.
const MORE: usize = NONCE + TAG;
/// Bytes of the longest record.
const RECORD: usize = 16 * 1024;

/// Why the file is not used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum JournalError {
    /// It cannot be read or written.
    #[error("{} cannot be read or written", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
    /// Another process has it.
    #[error("{} is in use by another searcher: stop that one first", path.display())]
    InUse {
        /// The file.
        path: PathBuf,
    },
    /// It is no such file, or of another searcher.
    #[error("{} is not this searcher's: {why}", path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        why: String,
    },
    /// What it says cannot be.
    #[error("{} cannot be used", path.display())]
    Record {
        /// The file.
        path: PathBuf,
        /// Why.
        source: RecordError,
    },
    /// No random bytes.
    #[error("the operating system gave no random bytes: {0}")]
    Random(getrandom::Error),
}

/// The file, open for more.
pub struct Journal {
    file: File,
    path: PathBuf,
    cipher: ChaCha20Poly1305,
    next: u64,
    fresh: bool,
}

impl Journal {
    /// Opens the file, or makes it; answers with what it says.
    ///
    /// # Errors
    /// [`JournalError`].
    pub fn open(path: &Path, secret: &[u8; 32]) -> Result<(Self, Restored), JournalError> {
        let failed = |source| JournalError::File { path: path.to_owned(), source };
        let foreign = |why: String| JournalError::Foreign { path: path.to_owned(), why };
        let mut options = File::options();
        options.read(true).write(true).create(true).truncate(false).mode(0o600);
        let mut file = options.open(path).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(std::fs::TryLockError::WouldBlock) => {
                return Err(JournalError::InUse { path: path.to_owned() });
            }
            Err(std::fs::TryLockError::Error(source)) => return Err(failed(source)),
        }
        let length = file.metadata().map_err(failed)?.len();
        let mut salt = [0; SALT];
        if length == 0 {
            getrandom::fill(&mut salt).map_err(JournalError::Random)?;
            file.write_all(&[HEAD, &salt].concat()).and_then(|()| file.sync_all()).map_err(failed)?;
        } else {
            let mut head = vec![0; HEAD.len()];
            let read = file.read_exact(&mut head).and_then(|()| file.read_exact(&mut salt));
            if read.is_err() || head != HEAD {
                return Err(foreign("it does not begin as one".into()));
            }
        }
        let key = Zeroizing::new(sha256(&[b"wetsign/searcher-journal/1", secret, &salt]));
        let cipher = ChaCha20Poly1305::new((&*key).into());
        let mut journal = Self { file, path: path.to_owned(), cipher, next: 0, fresh: false };
        let restored = journal.read(length)?;
        Ok((journal, restored))
    }

    fn read(&mut self, length: u64) -> Result<Restored, JournalError> {
        let path = self.path.clone();
        let failed = |source| JournalError::File { path: path.clone(), source };
        let mut restored = Restored::default();
        let mut place = (HEAD.len() + SALT) as u64;
        let mut reader = io::BufReader::new(self.file.try_clone().map_err(failed)?);
        reader.seek(SeekFrom::Start(place)).map_err(failed)?;
        while place + 4 <= length {
            let mut size = [0; 4];
            reader.read_exact(&mut size).map_err(failed)?;
            let size = u32::from_le_bytes(size) as usize;
            let number = self.next;
            if !(MORE..=RECORD + MORE).contains(&size) {
                let why =
                    format!("record {number} has {size} bytes, {MORE} to {} are allowed", RECORD + MORE);
                return Err(JournalError::Foreign { path, why });
            }
            if place + 4 + size as u64 > length {
                break;
            }
            let mut sealed = Zeroizing::new(vec![0; size]);
            reader.read_exact(&mut sealed).map_err(failed)?;
            let (nonce, rest) = sealed.split_at_mut(NONCE);
            let (text, tag) = rest.split_at_mut(size - MORE);
            let nonce: &[u8; NONCE] = (&*nonce).try_into().expect("it was split there");
            let tag: &[u8; TAG] = (&*tag).try_into().expect("it was split there");
            let about = number.to_le_bytes();
            let opened = self.cipher.decrypt_inout_detached(
                nonce.into(),
                &about,
                InOutBuf::from(&mut *text),
                tag.into(),
            );
            if opened.is_err() {
                let why =
                    format!("record {number} does not open: it was changed, or sealed with another secret");
                return Err(JournalError::Foreign { path, why });
            }
            let refused = |source| JournalError::Record { path: path.clone(), source };
            let record = minicbor::decode(text)
                .map_err(|error| refused(RecordError::Unreadable { number, reason: error.to_string() }))?;
            restored.take(number, record).map_err(refused)?;
            self.next += 1;
            place += 4 + size as u64;
        }
        // What was cut off was never answered for.
        self.file.set_len(place).map_err(failed)?;
        self.file.seek(SeekFrom::Start(place)).map_err(failed)?;
        Ok(restored)
    }

    /// Writes a record. It is durable after [`Journal::sync`].
    ///
    /// # Errors
    /// [`JournalError::File`]: the searcher has to stop.
    pub fn append(&mut self, record: &Record) -> Result<(), JournalError> {
        let failed = |source| JournalError::File { path: self.path.clone(), source };
        let encoded =
            minicbor::to_vec(record).map_err(|error| failed(io::Error::other(error.to_string())))?;
        let mut text = Zeroizing::new(encoded);
        let mut nonce = [0; NONCE];
        getrandom::fill(&mut nonce).map_err(JournalError::Random)?;
        let tag = self
            .cipher
            .encrypt_inout_detached(
                (&nonce).into(),
                &self.next.to_le_bytes(),
                InOutBuf::from(text.as_mut_slice()),
            )
            .map_err(|error| failed(io::Error::other(error.to_string())))?;
        let size = ((text.len() + MORE) as u32).to_le_bytes();
        self.file.write_all(&[&size[..], &nonce, &text, &tag].concat()).map_err(failed)?;
        (self.next, self.fresh) = (self.next + 1, true);
        Ok(())
    }

    /// Makes everything that was written durable.
    ///
    /// # Errors
    /// [`JournalError::File`]: the searcher has to stop.
    pub fn sync(&mut self) -> Result<(), JournalError> {
        if std::mem::take(&mut self.fresh) {
            let failed = |source| JournalError::File { path: self.path.clone(), source };
            self.file.sync_data().map_err(failed)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use wetsign_attest::id::Id;

    use super::*;

    fn used(day: u64) -> Record {
        Record::Used("north".into(), day)
    }

    #[test]
    fn what_was_written_is_read_again_and_a_torn_end_is_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        let (mut journal, _) = Journal::open(&path, &[1; 32]).unwrap();
        for day in [3, 3, 4] {
            journal.append(&used(day)).unwrap();
        }
        journal.append(&Record::Dropped(Id([1; 32]))).unwrap();
        journal.sync().unwrap();
        assert!(matches!(Journal::open(&path, &[1; 32]), Err(JournalError::InUse { .. })));
        drop(journal);
        let whole = std::fs::read(&path).unwrap();
        assert!(!whole.windows(5).any(|five| five == b"north"), "it is sealed");
        for cut in 1..50 {
            std::fs::write(&path, &whole[..whole.len() - cut]).unwrap();
            let (mut journal, restored) = Journal::open(&path, &[1; 32]).unwrap();
            assert_eq!(restored.used, Some((4, [("north".to_owned(), 1)].into())));
            journal.append(&used(4)).unwrap();
            drop(journal);
            let (_, restored) = Journal::open(&path, &[1; 32]).unwrap();
            assert_eq!(restored.used, Some((4, [("north".to_owned(), 2)].into())));
        }
    }

    #[test]
    fn a_changed_record_and_another_secret_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        let (mut journal, _) = Journal::open(&path, &[1; 32]).unwrap();
        journal.append(&used(3)).unwrap();
        journal.append(&used(4)).unwrap();
        drop(journal);
        assert!(matches!(Journal::open(&path, &[2; 32]), Err(JournalError::Foreign { .. })));
        let mut bytes = std::fs::read(&path).unwrap();
        bytes[HEAD.len() + SALT + 5] ^= 1;
        std::fs::write(&path, &bytes).unwrap();
        let why = Journal::open(&path, &[1; 32]).err().unwrap().to_string();
        assert!(why.contains("record 0 does not open"), "{why}");
        std::fs::write(&path, b"something else").unwrap();
        assert!(Journal::open(&path, &[1; 32]).is_err());
    }
}
