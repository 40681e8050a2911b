//! Which approvals are used, and what was made and not yet handed over.
//!
//! A use is written down before what was made leaves the state folder: first the output (`used/APPROVAL.output`), then,
//! in one step, the receipt (`used/APPROVAL.receipt`). The receipt counts: an approval that has one is used up. What
//! was written down and not handed over, because power was cut in between, is handed over by the next run; nothing is
//! made again. An output without a receipt was never made.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail, ensure};
use sha2::{Digest as _, Sha256};
use wetsign_attest::id::{Digest, Id};
use wetsign_attest::object::RunReceipt;
use wetsign_attest::verify::VerifierState;
use wetsign_attest::{Object, Signed};
use wetsign_program::file::{self, For};
use wetsign_runner_ipc::frame::OUTPUT;

use crate::files;

/// Bytes of the longest memory of a verifier.
const MEMORY: usize = 512 << 20;
/// Folders of the state folder.
const FOLDERS: [&str; 2] = ["keys", "used"];

/// The runner's state folder, for one process at a time.
pub struct Book {
    state: PathBuf,
    _lock: File,
    /// Number and id of the newest receipt.
    newest: Option<(u64, Id)>,
}

/// What became of an approval.
pub enum Use {
    /// Nothing was made with it.
    None,
    /// Something was made, and nobody has it yet.
    Waiting(Box<Signed<RunReceipt>>, Vec<u8>),
    /// It is used up.
    Over(Box<Signed<RunReceipt>>),
}

impl Book {
    /// Opens it, or makes it where there is none; waits for other processes.
    ///
    /// # Errors
    /// A folder that cannot be made, locked or read; a receipt in it that cannot be read.
    pub fn open(state: &Path) -> anyhow::Result<Self> {
        for folder in FOLDERS {
            let folder = state.join(folder);
            fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
        }
        let path = state.join("lock");
        let lock = File::options().create(true).truncate(false).write(true).open(&path);
        let lock = lock.with_context(|| format!("cannot open {}", path.display()))?;
        lock.lock().with_context(|| format!("cannot lock {}", path.display()))?;
        let mut book = Self { state: state.to_owned(), _lock: lock, newest: None };
        let used = state.join("used");
        for entry in fs::read_dir(&used).with_context(|| format!("cannot list {}", used.display()))? {
            let path = entry?.path();
            if path.extension().is_some_and(|extension| extension == "receipt") {
                let receipt = read(&path)?;
                let here = (receipt.payload().number, receipt.id());
                book.newest = book.newest.max(Some(here));
            }
        }
        Ok(book)
    }

    /// Number of the next receipt, and the id of the one before it.
    pub fn next(&self) -> (u64, Option<Id>) {
        match self.newest {
            Some((number, id)) => (number + 1, Some(id)),
            None => (1, None),
        }
    }

    /// What became of an approval so far.
    ///
    /// # Errors
    /// Files that cannot be read; an output that is not the receipt's.
    pub fn of(&self, approval: &Id) -> anyhow::Result<Use> {
        let (receipt, output) = (self.place(approval, "receipt"), self.place(approval, "output"));
        if !receipt.exists() {
            // A run that ended before it counted.
            let _ = fs::remove_file(&output);
            return Ok(Use::None);
        }
        let receipt = Box::new(read(&receipt)?);
        if !output.exists() {
            return Ok(Use::Over(receipt));
        }
        let made = files::read(&output, OUTPUT)?;
        ensure!(
            Digest(Sha256::digest(&made).into()) == receipt.payload().output,
            "{} is not what its receipt says: somebody changed it",
            output.display()
        );
        Ok(Use::Waiting(receipt, made))
    }

    /// Writes a use down; from here on the approval is used up.
    ///
    /// # Errors
    /// It cannot be written, and then does not count; it is written already.
    pub fn record(&mut self, receipt: &Signed<RunReceipt>, output: &[u8]) -> anyhow::Result<()> {
        let (number, approval) = (receipt.payload().number, receipt.payload().approval);
        ensure!((number, receipt.payload().previous) == self.next(), "receipt {number} is out of its turn");
        file::replace(&self.place(&approval, "output"), output, For::Owner)?;
        file::write_new(&self.place(&approval, "receipt"), receipt.bytes(), For::Owner)?;
        self.newest = Some((number, receipt.id()));
        Ok(())
    }

    /// Hands over what was written down: the output first, its receipt, and then nothing is kept but the receipt.
    ///
    /// # Errors
    /// A place that is taken or cannot be written. What was made is kept, and handed over by the next run.
    pub fn hand_over(
        &self,
        receipt: &Signed<RunReceipt>,
        output: &[u8],
        out: &Path,
        receipt_out: &Path,
    ) -> anyhow::Result<()> {
        // An earlier run may have come as far as one of them.
        for (path, bytes) in [(out, output), (receipt_out, receipt.bytes())] {
            if files::read(path, OUTPUT).ok().as_deref() != Some(bytes) {
                file::write_new(path, bytes, For::All)?;
            }
        }
        let kept = self.place(&receipt.payload().approval, "output");
        fs::remove_file(&kept).with_context(|| format!("cannot remove {}", kept.display()))
    }

    /// What the runner remembers of other approvals.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn memory(&self) -> anyhow::Result<VerifierState> {
        let path = self.state.join("memory.json");
        if !path.exists() {
            return Ok(VerifierState::default());
        }
        serde_json::from_slice(&files::read(&path, MEMORY)?)
            .with_context(|| format!("{} is no memory of a verifier", path.display()))
    }

    /// Keeps what it remembers.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn remember(&self, memory: &VerifierState) -> anyhow::Result<()> {
        file::replace(&self.state.join("memory.json"), &serde_json::to_vec(memory)?, For::Owner)
    }

    fn place(&self, approval: &Id, what: &str) -> PathBuf {
        self.state.join("used").join(format!("{approval}.{what}"))
    }
}

/// Refuses an approval that was used, in words.
///
/// # Errors
/// Always.
pub fn refuse_used(receipt: &RunReceipt) -> anyhow::Result<()> {
    bail!(
        "the approval {} was used at {} (UTC seconds): what was made then has SHA-256 {}. One approval is for one use",
        receipt.approval,
        receipt.time,
        receipt.output
    )
}

fn read(path: &Path) -> anyhow::Result<Signed<RunReceipt>> {
    let bytes = files::read(path, RunReceipt::LIMIT)?;
    Signed::decode(&bytes).with_context(|| format!("{} is no receipt: somebody changed it", path.display()))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use ed25519_dalek::SigningKey;

    use super::*;

    /// The published receipt, as the next one of this book.
    fn receipt(book: &Book, approval: u8, output: &[u8]) -> Signed<RunReceipt> {
        let vector = include_str!("../../../attest/vectors/run.json");
        let vector: BTreeMap<String, String> = serde_json::from_str(vector).unwrap();
        let key = SigningKey::from_bytes(&hex::decode(&vector["seed"]).unwrap().try_into().unwrap());
        let (number, previous) = book.next();
        let receipt = RunReceipt {
            number,
            previous,
            approval: Id([approval; 32]),
            output: Digest(Sha256::digest(output).into()),
            ..RunReceipt::from_payload(&hex::decode(&vector["payload"]).unwrap()).unwrap()
        };
        Signed::sign(receipt, &key).unwrap()
    }

    #[test]
    fn a_use_is_written_down_once_and_handed_over_once_also_after_a_power_cut() {
        let folder = tempfile::tempdir().unwrap();
        let state = folder.path().join("state");
        let (out, told) = (folder.path().join("a.wav"), folder.path().join("a.receipt"));
        let mut book = Book::open(&state).unwrap();
        let first = receipt(&book, 1, b"sound");
        assert!(matches!(book.of(&Id([1; 32])).unwrap(), Use::None));
        book.record(&first, b"sound").unwrap();
        assert!(book.record(&first, b"sound").is_err(), "twice");
        drop(book);

        // The power came back: nothing is made again, and nothing is lost.
        let mut book = Book::open(&state).unwrap();
        let Use::Waiting(receipt_again, output) = book.of(&Id([1; 32])).unwrap() else { panic!("it waits") };
        assert_eq!(output, b"sound");
        book.hand_over(&receipt_again, &output, &out, &told).unwrap();
        assert_eq!(fs::read(&out).unwrap(), b"sound");
        assert_eq!(fs::read(&told).unwrap(), first.bytes());
        let Use::Over(over) = book.of(&Id([1; 32])).unwrap() else { panic!("it is over") };
        assert!(refuse_used(over.payload()).unwrap_err().to_string().contains("one use"));

        let second = receipt(&book, 2, b"more");
        assert_eq!((second.payload().number, second.payload().previous), (2, Some(first.id())));
        book.record(&second, b"more").unwrap();
    }

    #[test]
    fn what_lies_in_the_way_is_not_overwritten_and_nothing_is_lost_by_it() {
        let folder = tempfile::tempdir().unwrap();
        let (out, told) = (folder.path().join("a.wav"), folder.path().join("a.receipt"));
        let mut book = Book::open(&folder.path().join("state")).unwrap();
        let one = receipt(&book, 1, b"sound");
        book.record(&one, b"sound").unwrap();
        fs::write(&told, "precious").unwrap();
        assert!(book.hand_over(&one, b"sound", &out, &told).is_err());
        assert_eq!(fs::read(&told).unwrap(), b"precious");
        // The sound was there before; with a free place for the receipt it goes on.
        book.hand_over(&one, b"sound", &out, &folder.path().join("b.receipt")).unwrap();
    }

    #[test]
    fn an_output_that_was_changed_or_does_not_count_is_not_handed_over() {
        let folder = tempfile::tempdir().unwrap();
        let mut book = Book::open(folder.path()).unwrap();
        let one = receipt(&book, 1, b"sound");
        book.record(&one, b"sound").unwrap();
        fs::write(book.place(&Id([1; 32]), "output"), b"other").unwrap();
        assert!(book.of(&Id([1; 32])).err().unwrap().to_string().contains("somebody changed it"));
        // A run that was cut off before its receipt.
        fs::write(book.place(&Id([2; 32]), "output"), b"half").unwrap();
        assert!(matches!(book.of(&Id([2; 32])).unwrap(), Use::None));
        assert!(!book.place(&Id([2; 32]), "output").exists());
    }
}
