//! A proof for one record as a text file (C2SP tlog-proof), which needs no other file.
//!
//! ```text
//! c2sp.org/tlog-proof@v1
//! extra <base64>                   optional; here: the record itself
//! index <decimal>
//! <one hash of the inclusion proof, base64>…
//!
//! <the checkpoint, a signed note>
//! ```

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::checkpoint::Checkpoint;
use super::tree::{leaf_hash, verify_inclusion};
use crate::id::{Blob, Digest};
use crate::limits;

const FIRST: &str = "c2sp.org/tlog-proof@v1";
/// Bytes of `extra` that are read at most: the longest record that a log can hold.
const EXTRA: usize = u16::MAX as usize;

/// A proof.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlogProof {
    /// What its maker put beside it. Nobody signs it.
    pub extra: Option<Blob>,
    /// Index of the record.
    pub index: u64,
    /// From the leaf's sibling up.
    pub hashes: Vec<Digest>,
    /// The signed note.
    pub checkpoint: String,
}

/// Why a text is no proof.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the text is no tlog-proof: {0}")]
pub struct ProofError(&'static str);

impl TlogProof {
    /// Reads a proof; believes it nothing.
    ///
    /// # Errors
    /// [`ProofError`].
    pub fn parse(text: &str) -> Result<Self, ProofError> {
        if text.len() > limits::NOTE + 2 * EXTRA {
            return Err(ProofError("it is too long"));
        }
        let rest = text.strip_prefix(FIRST).and_then(|rest| rest.strip_prefix('\n'));
        let rest = rest.ok_or(ProofError("it does not begin with c2sp.org/tlog-proof@v1"))?;
        let (head, checkpoint) =
            rest.split_once("\n\n").ok_or(ProofError("no empty line before a checkpoint"))?;
        let mut lines = head.split('\n').peekable();
        let mut extra = None;
        if let Some(encoded) = lines.peek().and_then(|line| line.strip_prefix("extra ")) {
            let bytes = STANDARD.decode(encoded).map_err(|_| ProofError("extra is not base64"))?;
            if bytes.len() > EXTRA {
                return Err(ProofError("extra is too long"));
            }
            extra = Some(Blob(bytes));
            lines.next();
        }
        let index = lines.next().and_then(|line| line.strip_prefix("index "));
        let index = index.ok_or(ProofError("no line with the index"))?;
        let number: u64 = index.parse().map_err(|_| ProofError("the index is no number"))?;
        if number.to_string() != index {
            return Err(ProofError("the index is not in its one form"));
        }
        let mut hashes = Vec::new();
        for line in lines {
            let bytes = STANDARD.decode(line).map_err(|_| ProofError("a hash is not base64"))?;
            let hash = bytes.as_slice().try_into().map_err(|_| ProofError("a hash has not 32 bytes"))?;
            if hashes.len() == limits::PROOF_HASHES {
                return Err(ProofError("it has too many hashes"));
            }
            hashes.push(hash);
        }
        Ok(Self { extra, index: number, hashes, checkpoint: checkpoint.to_owned() })
    }

    /// Whether this record stands at the index under this head, which the caller has opened from [`Self::checkpoint`].
    pub fn proves(&self, record: &[u8], head: &Checkpoint) -> bool {
        verify_inclusion(&leaf_hash(record), self.index, head.size, &self.hashes, &head.root)
    }
}

impl fmt::Display for TlogProof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{FIRST}")?;
        if let Some(extra) = &self.extra {
            writeln!(f, "extra {}", STANDARD.encode(&extra.0))?;
        }
        writeln!(f, "index {}", self.index)?;
        for hash in &self.hashes {
            writeln!(f, "{}", STANDARD.encode(hash.0))?;
        }
        write!(f, "\n{}", self.checkpoint)
    }
}

#[cfg(test)]
mod tests {
    use ed25519_dalek::SigningKey;
    use proptest::prelude::*;

    use super::super::tree::MerkleTree;
    use super::*;
    use crate::id::PublicKey;

    fn proof(size: u64, index: u64) -> (TlogProof, Vec<u8>) {
        let mut tree = MerkleTree::new();
        for number in 0..size {
            tree.push(leaf_hash(&number.to_be_bytes()));
        }
        let head = Checkpoint { origin: "log.example/hub".into(), size, root: tree.root() };
        let checkpoint = head.sign(&SigningKey::from_bytes(&[5; 32])).unwrap();
        let record = index.to_be_bytes().to_vec();
        let hashes = tree.inclusion(index, size).unwrap();
        (TlogProof { extra: Some(Blob(record.clone())), index, hashes, checkpoint }, record)
    }

    #[test]
    fn a_proof_reads_as_the_standard_says() {
        let (proof, record) = proof(3, 2);
        let text = proof.to_string();
        let lines: Vec<_> = text.split('\n').collect();
        assert_eq!(lines[..3], ["c2sp.org/tlog-proof@v1", "extra AAAAAAAAAAI=", "index 2"]);
        assert_eq!((lines[4], lines[5], lines[6]), ("", "log.example/hub", "3"));
        let read = TlogProof::parse(&text).unwrap();
        let key = PublicKey::from(&SigningKey::from_bytes(&[5; 32]));
        let head = Checkpoint::open(&read.checkpoint, "log.example/hub", &key).unwrap();
        assert!(read.proves(&record, &head) && !read.proves(b"another", &head));
        assert!(!TlogProof { index: 1, ..read }.proves(&record, &head));
    }

    #[test]
    fn what_is_no_proof_is_refused() {
        let (whole, _) = proof(3, 2);
        let text = whole.to_string();
        for (from, to) in [
            ("@v1", "@v2"),
            ("index 2", "index 02"),
            ("index 2", "index -2"),
            ("index 2\n", ""),
            ("extra AAAA", "extra !AAA"),
            ("extra ", "more "),
            ("index 2\n", "index 2\nAAAA\n"),
            ("\n\nlog", "\nlog"),
        ] {
            let changed = text.replacen(from, to, 1);
            assert!(changed != text);
            let read = TlogProof::parse(&changed);
            // Without its first empty line the text ends at the next one, and the rest is no checkpoint.
            assert!(read.is_err(), "{from:?} {to:?}: {read:?}");
        }
        let many = text.replacen(
            "index 2\n",
            &format!("index 2\n{}", format!("{}=\n", "A".repeat(43)).repeat(65)),
            1,
        );
        assert!(TlogProof::parse(&many).is_err());
    }

    proptest! {
        #[test]
        fn every_proof_is_read_back(size in 1u64..300, pick in any::<u64>()) {
            let (proof, _) = proof(size, pick % size);
            prop_assert_eq!(TlogProof::parse(&proof.to_string()), Ok(proof));
        }

        #[test]
        fn no_text_is_too_much_for_it(text in "c2sp.org/tlog-proof@v1\n(extra AAAA\n)?(index [0-9]{0,20}\n)?[A=\n]{0,60}") {
            let _ = TlogProof::parse(&text);
        }
    }
}
