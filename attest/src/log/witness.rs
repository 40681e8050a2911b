//! What a witness decides (C2SP tlog-witness v1.0.0, `add-checkpoint`): a pure function of the request, of the logs
//! that it knows and of the newest head that it cosigned.
//!
//! Who serves it persists the new head before answering, and lets nothing else decide about the same log in between.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::checkpoint::Checkpoint;
use super::note::Note;
use super::tree::verify_consistency;
use super::vkey::VerifierKey;
use crate::id::{Digest, sha256};
use crate::limits;

/// Hashes that a request may carry.
const HASHES: usize = 63;
/// Bytes of a request that are read at most: a note, and 63 hashes before it.
pub const REQUEST: usize = limits::NOTE + 4 * 1024;

/// A request in its parts. Nothing in it is believed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddCheckpoint {
    /// Size of the head that the client believes the witness to have cosigned last.
    pub old: u64,
    /// Proof that the new head continues it.
    pub proof: Vec<Digest>,
    /// The new head: a signed note.
    pub checkpoint: String,
}

/// Why a witness cosigns nothing. Each has its HTTP status.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NotWitnessed {
    /// 400.
    #[error("the request cannot be read: {0}")]
    Form(String),
    /// 404.
    #[error("no log of this witness is called {0:?}")]
    Unknown(String),
    /// 403.
    #[error("the checkpoint is not signed by the key of {0:?} that this witness knows")]
    Unsigned(String),
    /// 409. The body of the answer is the size.
    #[error("the last head that this witness cosigned has {0} records: prove from there")]
    Conflict(u64),
    /// 422.
    #[error("the checkpoint of {size} records does not continue that of {old}: {why}")]
    Inconsistent {
        /// Of the head before.
        old: u64,
        /// Of the new one.
        size: u64,
        /// What does not fit.
        why: &'static str,
    },
}

impl NotWitnessed {
    /// HTTP status of the answer.
    pub const fn status(&self) -> u16 {
        match self {
            Self::Form(_) => 400,
            Self::Unsigned(_) => 403,
            Self::Unknown(_) => 404,
            Self::Conflict(_) => 409,
            Self::Inconsistent { .. } => 422,
        }
    }
}

/// A head that a witness may cosign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Continued {
    /// The head.
    pub head: Checkpoint,
    /// Its text, which is cosigned: with the extension lines, if there are any.
    pub text: String,
    /// The text, an empty line, and the lines of the log's key: what goes on from here without strangers' lines.
    pub note: String,
}

impl AddCheckpoint {
    /// Takes a request apart.
    ///
    /// # Errors
    /// [`NotWitnessed::Form`].
    pub fn parse(request: &str) -> Result<Self, NotWitnessed> {
        let form = |why: &str| NotWitnessed::Form(why.to_owned());
        if request.len() > REQUEST {
            return Err(form("it is too long"));
        }
        let (head, checkpoint) = request.split_once("\n\n").ok_or_else(|| form("no empty line"))?;
        let mut lines = head.split('\n');
        let old =
            lines.next().and_then(|line| line.strip_prefix("old ")).ok_or_else(|| form("no old size"))?;
        let number: u64 = old.parse().map_err(|_| form("the old size is no number"))?;
        if number.to_string() != old {
            return Err(form("the old size is not in its one form"));
        }
        let mut proof = Vec::new();
        for line in lines {
            if proof.len() == HASHES {
                return Err(form("more than 63 hashes"));
            }
            let bytes = STANDARD.decode(line).map_err(|_| form("a hash is not base64"))?;
            proof.push(bytes.as_slice().try_into().map_err(|_| form("a hash has not 32 bytes"))?);
        }
        Ok(Self { old: number, proof, checkpoint: checkpoint.to_owned() })
    }

    /// The request's body.
    pub fn to_body(&self) -> String {
        let hashes: String = self.proof.iter().map(|hash| STANDARD.encode(hash.0) + "\n").collect();
        format!("old {}\n{hashes}\n{}", self.old, self.checkpoint)
    }

    /// Whether a witness cosigns: `known` answers the newest head of a log that it cosigned, `None` if none.
    ///
    /// # Errors
    /// [`NotWitnessed`], in the standard's order: an unknown log before a wrong signature before a wrong size before a
    /// wrong proof. `E` where the newest head cannot be said.
    pub fn judge<E>(
        &self,
        logs: &[VerifierKey],
        known: impl FnOnce(&str) -> Result<Option<(u64, Digest)>, E>,
    ) -> Result<Result<Continued, NotWitnessed>, E> {
        let (continued, old) = match self.signed(logs) {
            Ok(signed) => signed,
            Err(refused) => return Ok(Err(refused)),
        };
        let before = known(&continued.head.origin)?;
        Ok(self.continues(&continued.head, old, before).map(|()| continued))
    }

    /// The head, signed by the log that it names, with the old size that is not above it.
    fn signed(&self, logs: &[VerifierKey]) -> Result<(Continued, u64), NotWitnessed> {
        let note = Note::parse(&self.checkpoint).map_err(|why| NotWitnessed::Form(why.to_string()))?;
        let (head, _) =
            Checkpoint::parse_extended(note.text).map_err(|why| NotWitnessed::Form(why.to_string()))?;
        let keys: Vec<_> = logs.iter().filter(|log| log.name() == head.origin).collect();
        if keys.is_empty() {
            return Err(NotWitnessed::Unknown(head.origin));
        }
        let lines: Vec<_> =
            keys.iter().flat_map(|key| key.lines(&note).map(move |line| (*key, line))).collect();
        let all = lines.iter().all(|(key, line)| key.verifies(note.text.as_bytes(), &line.signature));
        if lines.is_empty() || !all {
            return Err(NotWitnessed::Unsigned(head.origin));
        }
        if self.old > head.size {
            let why = format!("the old size {} is above the checkpoint's {}", self.old, head.size);
            return Err(NotWitnessed::Form(why));
        }
        let own: String = lines.iter().map(|(_, line)| line.line).collect();
        let text = note.text.to_owned();
        Ok((Continued { head, note: format!("{text}\n{own}"), text }, self.old))
    }

    fn continues(
        &self,
        head: &Checkpoint,
        old: u64,
        before: Option<(u64, Digest)>,
    ) -> Result<(), NotWitnessed> {
        let (size, root) = before.unwrap_or((0, Digest(sha256(&[]))));
        if old != size {
            return Err(NotWitnessed::Conflict(size));
        }
        let refuse = |why| Err(NotWitnessed::Inconsistent { old, size: head.size, why });
        if head.size == 0 && head.root.0 != sha256(&[]) {
            return refuse("an empty log has another root");
        }
        if old == 0 || old == head.size {
            return if !self.proof.is_empty() {
                refuse("there is nothing to prove, and a proof was given")
            } else if old == head.size && root != head.root {
                refuse("it has the same size and another root")
            } else {
                Ok(())
            };
        }
        if verify_consistency(old, head.size, &self.proof, &root, &head.root) {
            Ok(())
        } else {
            refuse("the consistency proof does not hold")
        }
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use ed25519_dalek::SigningKey;
    use proptest::prelude::*;

    use super::super::note::line;
    use super::super::tree::{MerkleTree, leaf_hash};
    use super::super::vkey::KeyKind;
    use super::*;
    use crate::id::PublicKey;

    const ORIGIN: &str = "log.example/hub";

    fn key() -> SigningKey {
        SigningKey::from_bytes(&[5; 32])
    }

    fn logs() -> Vec<VerifierKey> {
        vec![VerifierKey::new(ORIGIN, KeyKind::Note, PublicKey::from(&key())).unwrap()]
    }

    fn tree(size: u64, salt: u64) -> MerkleTree {
        let mut tree = MerkleTree::new();
        for index in 0..size {
            tree.push(leaf_hash(&(index ^ salt).to_be_bytes()));
        }
        tree
    }

    fn head(tree: &MerkleTree) -> Checkpoint {
        Checkpoint { origin: ORIGIN.into(), size: tree.size(), root: tree.root() }
    }

    fn request(tree: &MerkleTree, old: u64) -> AddCheckpoint {
        let proof = if old == tree.size() {
            Vec::new()
        } else {
            tree.consistency(old, tree.size()).unwrap_or_default()
        };
        AddCheckpoint { old, proof, checkpoint: head(tree).sign(&key()).unwrap() }
    }

    fn judge(request: &AddCheckpoint, known: Option<&MerkleTree>) -> Result<Continued, NotWitnessed> {
        let known = known.map(|tree| (tree.size(), tree.root()));
        let Ok(judged) = request.judge(&logs(), |_| Ok::<_, Infallible>(known));
        judged
    }

    #[test]
    fn a_log_that_grows_is_cosigned_from_its_first_head_on() {
        let (small, large) = (tree(3, 0), tree(200, 0));
        let first = judge(&request(&small, 0), None).unwrap();
        assert_eq!(first.head, head(&small));
        judge(&request(&large, 3), Some(&small)).unwrap();
        judge(&request(&large, 200), Some(&large)).unwrap();
        judge(&request(&tree(0, 0), 0), None).unwrap();
    }

    #[test]
    fn another_history_is_refused_with_422_whatever_its_proof() {
        let (seen, other) = (tree(10, 0), tree(20, 7));
        let refused = judge(&request(&other, 10), Some(&seen)).unwrap_err();
        assert_eq!(refused.status(), 422);
        let same_size = judge(&request(&tree(10, 7), 10), Some(&seen)).unwrap_err();
        assert!(same_size.status() == 422 && same_size.to_string().contains("another root"));
        let none = AddCheckpoint { proof: vec![], ..request(&tree(20, 0), 10) };
        assert_eq!(judge(&none, Some(&seen)).unwrap_err().status(), 422);
        let idle = AddCheckpoint { proof: vec![Digest::ZERO], ..request(&seen, 10) };
        assert_eq!(judge(&idle, Some(&seen)).unwrap_err().status(), 422);
        let first = AddCheckpoint { proof: vec![Digest::ZERO], ..request(&seen, 0) };
        assert_eq!(judge(&first, None).unwrap_err().status(), 422);
        let empty = Checkpoint { size: 0, root: Digest::ZERO, ..head(&seen) }.sign(&key()).unwrap();
        let empty = AddCheckpoint { old: 0, proof: vec![], checkpoint: empty };
        assert_eq!(judge(&empty, None).unwrap_err().status(), 422);
    }

    #[test]
    fn another_old_size_is_answered_with_the_one_that_is_known() {
        let (seen, larger) = (tree(10, 0), tree(20, 0));
        for old in [0, 5, 20] {
            assert_eq!(judge(&request(&larger, old), Some(&seen)).unwrap_err(), NotWitnessed::Conflict(10));
        }
        // A log cannot be made smaller again.
        assert_eq!(judge(&request(&tree(5, 0), 5), Some(&seen)).unwrap_err(), NotWitnessed::Conflict(10));
        let above = AddCheckpoint { old: 21, ..request(&larger, 20) };
        assert_eq!(judge(&above, Some(&seen)).unwrap_err().status(), 400);
    }

    #[test]
    fn strangers_and_forgers_are_told_apart() {
        let seen = tree(10, 0);
        let other = Checkpoint { origin: "other.example".into(), ..head(&seen) };
        let other = AddCheckpoint { checkpoint: other.sign(&key()).unwrap(), ..request(&seen, 0) };
        assert_eq!(judge(&other, None).unwrap_err().status(), 404);
        let foreign = head(&seen).sign(&SigningKey::from_bytes(&[6; 32])).unwrap();
        let foreign = AddCheckpoint { checkpoint: foreign, ..request(&seen, 0) };
        assert_eq!(judge(&foreign, None).unwrap_err().status(), 403);
        let forged = line(ORIGIN, logs()[0].id(), &[1; 64]);
        let forged = request(&seen, 0).checkpoint + &forged;
        let forged = AddCheckpoint { checkpoint: forged, ..request(&seen, 0) };
        assert_eq!(
            judge(&forged, None).unwrap_err().status(),
            403,
            "one of two lines of a known key is false"
        );
    }

    #[test]
    fn strangers_lines_are_left_out_and_extension_lines_are_cosigned() {
        use ed25519_dalek::Signer;
        let seen = tree(10, 0);
        let text = head(&seen).body() + "an extension\n";
        let own = line(ORIGIN, logs()[0].id(), &key().sign(text.as_bytes()).to_bytes());
        let checkpoint = format!("{text}\n— a.example AAAAAAA=\n{own}");
        let continued = judge(&AddCheckpoint { old: 0, proof: vec![], checkpoint }, None).unwrap();
        assert_eq!((continued.text.as_str(), continued.note), (text.as_str(), format!("{text}\n{own}")));
    }

    #[test]
    fn a_request_is_read_in_one_form_only() {
        let body = request(&tree(20, 0), 3).to_body();
        assert_eq!(AddCheckpoint::parse(&body).unwrap().to_body(), body);
        let refused = |body: &str| AddCheckpoint::parse(body).unwrap_err().status();
        for (from, to) in [
            ("old 3", "old 03"),
            ("old 3", "old -3"),
            ("old 3", "new 3"),
            ("old 3\n", "old 3\nAAAA\n"),
            ("\n\n", "\n"),
        ] {
            let changed = body.replacen(from, to, if from == "\n\n" { 9 } else { 1 });
            assert_eq!(refused(&changed), 400, "{from:?}");
        }
        let hash = format!("{}=\n", "A".repeat(43));
        assert_eq!(refused(&body.replacen("old 3\n", &format!("old 3\n{}", hash.repeat(64)), 1)), 400);
    }

    proptest! {
        #[test]
        fn a_witness_never_cosigns_two_histories(sizes in proptest::collection::vec((1u64..60, 0u64..3), 1..12)) {
            let mut known: Option<(u64, Digest)> = None;
            let mut cosigned: Vec<Checkpoint> = Vec::new();
            for (size, salt) in sizes {
                // Three histories of one log, each asked for with its own honest proof.
                let tree = tree(size, salt * 1000);
                let old = known.map_or(0, |(size, _)| size);
                if old > size {
                    continue;
                }
                let Ok(judged) = request(&tree, old).judge(&logs(), |_| Ok::<_, Infallible>(known));
                if let Ok(continued) = judged {
                    known = Some((continued.head.size, continued.head.root));
                    cosigned.push(continued.head);
                }
            }
            for pair in cosigned.windows(2) {
                let history = (0..3).map(|salt| tree(60, salt * 1000)).find(|tree| {
                    pair.iter().all(|head| tree.root_at(head.size) == Some(head.root))
                });
                prop_assert!(history.is_some(), "{:?}", pair);
            }
        }
    }
}
