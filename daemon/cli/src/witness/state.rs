//! What a witness keeps: its key, its name, and of each log the newest head that it cosigned.
//!
//! ```text
//! name                                 one line
//! key                                  64 hexadecimal digits, its owner's alone
//! lock                                 held while the witness runs
//! <SHA-256 of the origin>/checkpoint   the newest head, with the log's lines and the witness's own
//! <SHA-256 of the origin>/refused-<n>  signed heads that did not continue it: evidence, 16 at most
//! ```

use std::fs::{self, DirBuilder, File};
use std::io::ErrorKind;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail, ensure};
use ed25519_dalek::SigningKey;
use wetsign_attest::id::{Digest, PublicKey};
use wetsign_attest::log::cosign::{cosign, cosigned};
use wetsign_attest::log::note::Note;
use wetsign_attest::log::witness::{AddCheckpoint, NotWitnessed};
use wetsign_attest::log::{Checkpoint, KeyKind, VerifierKey};

use crate::draft::{read_bounded, text};
use crate::file::{self, For};
use crate::key;

/// Signed heads kept as evidence, a log.
const EVIDENCE: usize = 16;

/// An open witness. One program at a time.
pub struct State {
    folder: PathBuf,
    key: SigningKey,
    vkey: VerifierKey,
    _lock: File,
}

impl State {
    /// Makes a witness's folder with a new key.
    pub fn make(folder: &Path, name: &str) -> anyhow::Result<Self> {
        let mut seed = zeroize::Zeroizing::new([0_u8; 32]);
        getrandom::fill(seed.as_mut()).context("the operating system gives no random bytes")?;
        let public = PublicKey::from(&SigningKey::from_bytes(&seed));
        VerifierKey::new(name, KeyKind::Cosignature, public)?;
        let made = DirBuilder::new().mode(0o700).create(folder);
        made.with_context(|| format!("cannot make the folder {}", folder.display()))?;
        let hex =
            zeroize::Zeroizing::new(format!("{}\n", *zeroize::Zeroizing::new(hex::encode(seed.as_ref()))));
        file::write_new(&folder.join("key"), hex.as_bytes(), For::Owner)?;
        file::write_new(&folder.join("name"), format!("{name}\n").as_bytes(), For::All)?;
        Self::open(folder)
    }

    /// Opens a witness's folder.
    pub fn open(folder: &Path) -> anyhow::Result<Self> {
        let none = || format!("{} is no witness (make one by `wetsign witness new`)", folder.display());
        let path = folder.join("name");
        let bytes = read_bounded(&path).with_context(none)?;
        let name = text(&path, &bytes)?.trim_end_matches('\n').to_owned();
        let key = key::read(&folder.join("key")).with_context(none)?;
        let vkey = VerifierKey::new(&name, KeyKind::Cosignature, PublicKey::from(&key)).with_context(none)?;
        let lock = File::create(folder.join("lock")).with_context(none)?;
        ensure!(lock.try_lock().is_ok(), "the witness in {} runs already", folder.display());
        Ok(Self { folder: folder.to_owned(), key, vkey, _lock: lock })
    }

    /// Its verifier key.
    pub fn vkey(&self) -> VerifierKey {
        self.vkey.clone()
    }

    /// Judges a request and, if it is cosigned, keeps the new head on disk before it answers the witness's line.
    /// Exclusive: no other request is judged in between.
    ///
    /// `now`: UTC seconds. An error is this machine's, and nothing was cosigned.
    pub fn add(
        &mut self,
        request: &AddCheckpoint,
        logs: &[VerifierKey],
        now: u64,
    ) -> anyhow::Result<Result<String, NotWitnessed>> {
        let judged = request.judge(logs, |origin| self.known(origin, now))?;
        let continued = match judged {
            Ok(continued) => continued,
            Err(refused) => {
                if matches!(refused, NotWitnessed::Inconsistent { .. }) {
                    self.keep_evidence(&request.checkpoint)?;
                }
                return Ok(Err(refused));
            }
        };
        let line = cosign(&continued.text, self.vkey.name(), &self.key, now)?;
        self.keep(&continued.head.origin, &format!("{}{line}", continued.note))?;
        Ok(Ok(line))
    }

    /// Puts the newest head on disk. A log's folder is there with its first head or not at all.
    fn keep(&self, origin: &str, note: &str) -> anyhow::Result<()> {
        let folder = self.of(origin);
        if folder.exists() {
            return file::replace(&folder.join("checkpoint"), note.as_bytes(), For::All);
        }
        let beside = self.folder.join(".new");
        match fs::remove_dir_all(&beside) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error.into()),
            _ => DirBuilder::new().mode(0o700).create(&beside)?,
        }
        file::write_new(&beside.join("checkpoint"), note.as_bytes(), For::All)?;
        fs::rename(&beside, &folder)?;
        Ok(File::open(&self.folder)?.sync_all()?)
    }

    /// The newest head of the log with this hash, as it was cosigned; `None` if none was.
    pub fn newest(&self, hash: &str) -> anyhow::Result<Option<String>> {
        if hash.len() != 64
            || !hash.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
        {
            return Ok(None);
        }
        let path = self.folder.join(hash).join("checkpoint");
        match fs::symlink_metadata(&path) {
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(None),
            _ => Ok(Some(text(&path, &read_bounded(&path)?)?.to_owned())),
        }
    }

    /// Size and root of the newest head. What its own line does not vouch for was changed, and nothing is cosigned; nor
    /// is anything dated before it.
    fn known(&self, origin: &str, now: u64) -> anyhow::Result<Option<(u64, Digest)>> {
        let folder = self.of(origin);
        let Some(note) = self.newest(&hash(origin))? else {
            ensure!(!folder.exists(), "{} has lost its head: nothing more is cosigned", folder.display());
            return Ok(None);
        };
        let damaged = || format!("the head in {} was changed: nothing more is cosigned", folder.display());
        let note = Note::parse(&note).with_context(damaged)?;
        let (head, _) = Checkpoint::parse_extended(note.text).with_context(damaged)?;
        let own = cosigned(&note, &self.vkey).with_context(damaged)?;
        let Some(last) = own.filter(|_| head.origin == origin) else { bail!(damaged()) };
        ensure!(
            last <= now,
            "this machine's clock stands at {now}, and the last head was cosigned at {last}: set it"
        );
        Ok(Some((head.size, head.root)))
    }

    fn of(&self, origin: &str) -> PathBuf {
        self.folder.join(hash(origin))
    }

    fn keep_evidence(&self, checkpoint: &str) -> anyhow::Result<()> {
        let (head, _) = Checkpoint::parse_extended(Note::parse(checkpoint)?.text)?;
        let folder = self.of(&head.origin);
        if !folder.exists() {
            return Ok(());
        }
        for number in 1..=EVIDENCE {
            let path = folder.join(format!("refused-{number}"));
            if !path.exists() {
                return file::write_new(&path, checkpoint.as_bytes(), For::All);
            }
            if read_bounded(&path)? == checkpoint.as_bytes() {
                return Ok(());
            }
        }
        Ok(())
    }
}

/// SHA-256 of an origin, as it stands in addresses.
fn hash(origin: &str) -> String {
    Digest::of(origin.as_bytes()).to_string()
}

#[cfg(test)]
mod tests {
    use wetsign_attest::log::MerkleTree;
    use wetsign_attest::log::tree::leaf_hash;

    use super::*;

    const ORIGIN: &str = "log.example/hub";

    fn log_key() -> SigningKey {
        SigningKey::from_bytes(&[5; 32])
    }

    fn logs() -> Vec<VerifierKey> {
        vec![VerifierKey::new(ORIGIN, KeyKind::Note, PublicKey::from(&log_key())).unwrap()]
    }

    fn request(old: u64, size: u64, history: u64) -> AddCheckpoint {
        let mut tree = MerkleTree::new();
        for index in 0..size {
            tree.push(leaf_hash(&(index ^ history).to_be_bytes()));
        }
        let head = Checkpoint { origin: ORIGIN.into(), size, root: tree.root() };
        let proof = if old == size { Vec::new() } else { tree.consistency(old, size).unwrap_or_default() };
        AddCheckpoint { old, proof, checkpoint: head.sign(&log_key()).unwrap() }
    }

    fn open(folder: &Path) -> State {
        State::open(folder).unwrap()
    }

    #[test]
    fn what_was_cosigned_is_remembered_across_starts_and_no_fork_gets_a_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("w");
        let mut witness = State::make(&path, "w.example").unwrap();
        let line = witness.add(&request(0, 5, 0), &logs(), 7).unwrap().unwrap();
        let note = witness.newest(&hash(ORIGIN)).unwrap().unwrap();
        assert!(note.ends_with(&line) && note.contains(&format!("— {ORIGIN} ")));
        assert_eq!(cosigned(&Note::parse(&note).unwrap(), &witness.vkey()), Ok(Some(7)));
        drop(witness);

        let mut witness = open(&path);
        let refused = witness.add(&request(5, 9, 1 << 40), &logs(), 8).unwrap().unwrap_err();
        assert_eq!(refused.status(), 422);
        assert_eq!(
            witness.add(&request(0, 9, 0), &logs(), 8).unwrap().unwrap_err(),
            NotWitnessed::Conflict(5)
        );
        witness.add(&request(5, 9, 0), &logs(), 9).unwrap().unwrap();
        // The refused head is kept: two signed histories are evidence.
        let evidence = fs::read_to_string(path.join(hash(ORIGIN)).join("refused-1")).unwrap();
        assert_eq!(evidence, request(5, 9, 1 << 40).checkpoint);
        for _ in 0..3 {
            let _ = witness.add(&request(9, 12, 1 << 40), &logs(), 10).unwrap().unwrap_err();
        }
        assert!(path.join(hash(ORIGIN)).join("refused-2").exists());
        assert!(!path.join(hash(ORIGIN)).join("refused-3").exists(), "each once");
    }

    #[test]
    fn a_state_that_somebody_changed_cosigns_nothing_more() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("w");
        let mut witness = State::make(&path, "w.example").unwrap();
        witness.add(&request(0, 5, 0), &logs(), 7).unwrap().unwrap();
        let head = path.join(hash(ORIGIN)).join("checkpoint");
        let note = fs::read_to_string(&head).unwrap();
        // An older head of the log itself, without the witness's line.
        fs::write(&head, request(0, 3, 0).checkpoint).unwrap();
        assert!(witness.add(&request(3, 6, 0), &logs(), 8).unwrap_err().to_string().contains("was changed"));
        fs::write(&head, note.replace("\n5\n", "\n4\n")).unwrap();
        assert!(witness.add(&request(4, 6, 0), &logs(), 8).is_err());
        fs::remove_file(&head).unwrap();
        assert!(
            witness.add(&request(0, 6, 0), &logs(), 8).unwrap_err().to_string().contains("lost its head")
        );
        fs::write(&head, note).unwrap();
        let early = witness.add(&request(5, 6, 0), &logs(), 6).unwrap_err().to_string();
        assert!(early.contains("clock stands at 6"), "{early}");
        witness.add(&request(5, 6, 0), &logs(), 8).unwrap().unwrap();
    }

    #[test]
    fn two_programs_cannot_be_one_witness() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("w");
        let witness = State::make(&path, "w.example").unwrap();
        assert!(State::open(&path).is_err_and(|error| error.to_string().contains("runs already")));
        assert!(
            State::make(&path, "w.example").is_err() && State::make(&folder.path().join("v"), "a b").is_err()
        );
        assert!(!folder.path().join("v").exists(), "a name that cannot be leaves nothing behind");
        for hash in ["..", "name", "", "A000"] {
            assert_eq!(witness.newest(hash).unwrap(), None);
        }
    }
}
