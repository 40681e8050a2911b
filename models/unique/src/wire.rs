//! What a kiosk says to the three searchers, and what these say to each other: signed objects, and words that carry
//! them.

use std::sync::Arc;

use ed25519_dalek::{Signature, Signer as _, SigningKey, Verifier as _, VerifyingKey};
use minicbor::{Decode, Encode};
use wetsign_attest::id::{Blob, Digest, Id, PublicKey, sha256};
use wetsign_attest::{Error, Object};

use crate::ring::Party;
use crate::search::Message;

/// Bytes of the longest word: what a search says in one step of [`crate::ROWS`] rows.
pub const WORD: usize = 4 * crate::table::ROWS + 1024;
/// Bytes of the longest word of a kiosk.
pub const KIOSK_WORD: usize = 16 * 1024;
/// Bytes of a signed object of a kiosk.
const LIMIT: usize = 2 * 1024;

/// A kiosk asks whether a person is enrolled. Its identifier commits to all three parts.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct UniquenessQuestion {
    /// Consent receipt of the person who is asked about.
    #[n(1)]
    pub consent: Id,
    /// Who asks, and signs.
    #[n(2)]
    pub kiosk: PublicKey,
    /// SHA-256 of each searcher's part, before it was sealed.
    #[n(3)]
    pub parts: Vec<Digest>,
    /// The name under which the template is kept if nobody like it is found; none: it is asked only.
    #[n(4)]
    pub keep: Option<Digest>,
    /// UTC seconds.
    #[n(5)]
    pub time: u64,
}

/// A kiosk takes a template back that it had kept.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct TemplateRemoval {
    /// The template's name.
    #[n(1)]
    pub handle: Digest,
    /// Who had it kept, and signs.
    #[n(2)]
    pub kiosk: PublicKey,
    /// UTC seconds.
    #[n(3)]
    pub time: u64,
}

/// A kiosk asks for what a searcher contributes to the fleet's rotation.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct RotationQuestion {
    /// Who asks, and signs.
    #[n(1)]
    pub kiosk: PublicKey,
    /// X25519 key to which the answer is sealed.
    #[n(2)]
    pub seal: Digest,
    /// UTC seconds.
    #[n(3)]
    pub time: u64,
}

macro_rules! of_a_kiosk {
    ($object:ty, $name:literal, $value:ident, $check:expr) => {
        impl Object for $object {
            const TYPE: &'static str = $name;
            const LIMIT: usize = LIMIT;

            fn signer(&self) -> Option<PublicKey> {
                Some(self.kiosk)
            }

            fn check(&self) -> Result<(), Error> {
                let $value = self;
                $check
            }
        }
    };
}
of_a_kiosk!(UniquenessQuestion, "wetsign/uniqueness-question/1", question, {
    if question.parts.len() == 3 {
        Ok(())
    } else {
        let reason = format!("parts are {}, not 3", question.parts.len());
        Err(Error::Decode { what: Self::TYPE, reason })
    }
});
of_a_kiosk!(TemplateRemoval, "wetsign/template-removal/1", _removal, Ok(()));
of_a_kiosk!(RotationQuestion, "wetsign/rotation-question/1", _question, Ok(()));

/// What a kiosk says.
#[derive(Clone, Debug, Encode, Decode)]
pub enum KioskWord {
    /// Signed [`UniquenessQuestion`], and the searcher's part: share of the question, share of the template, 32 random
    /// bytes, sealed to its key.
    #[n(0)]
    Ask {
        /// The question.
        #[n(0)]
        question: Blob,
        /// The part.
        #[n(1)]
        sealed: Blob,
    },
    /// Signed [`TemplateRemoval`], to searcher 0, who sets the order.
    #[n(1)]
    Remove(#[n(0)] Blob),
    /// Signed [`RotationQuestion`].
    #[n(2)]
    Rotation(#[n(0)] Blob),
}

/// What a searcher answers a kiosk.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Answer {
    /// [`wetsign_attest::object::UniquenessResult`], signed by this searcher; whether the template is kept now.
    #[n(0)]
    Result {
        /// The result, in the form of `Endorsed`.
        #[n(0)]
        signed: Blob,
        /// The template is kept.
        #[n(1)]
        kept: bool,
    },
    /// The template is removed.
    #[n(1)]
    Removed,
    /// 32 bytes, sealed to the key that was named.
    #[n(2)]
    Contribution(#[n(0)] Blob),
    /// Not now, or not at all.
    #[n(3)]
    Refused(#[n(0)] String),
}

/// A change of all three tables, in the order that searcher 0 sets.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Change {
    /// The template that came with this question is kept.
    #[n(0)]
    Add(#[n(0)] Id),
    /// Signed [`TemplateRemoval`].
    #[n(1)]
    Remove(#[n(0)] Blob),
}

/// What one searcher says to another.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum PeerWord {
    /// Number of changes made here.
    #[n(0)]
    Hello(#[n(0)] u64),
    /// This part of the question is here.
    #[n(1)]
    Have(#[n(0)] Id),
    /// The change with this number, from 1.
    #[n(2)]
    Apply(#[n(0)] u64, #[n(1)] Change),
    /// This question is searched for now: its id, the number of changes before it, UTC seconds.
    #[n(3)]
    Begin(#[n(0)] Id, #[n(1)] u64, #[n(2)] u64),
    /// Root and number of templates of the table that is searched.
    #[n(4)]
    Root(#[n(0)] Id, #[n(1)] Digest, #[n(2)] u64),
    /// A message of the search.
    #[n(5)]
    Said(#[n(0)] Said),
    /// This question is not searched for any more, and why.
    #[n(6)]
    Stop(#[n(0)] Id, #[n(1)] String),
}

/// A message of a search, signed by who says it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Said {
    /// The question.
    #[n(0)]
    pub question: Id,
    /// The step.
    #[n(1)]
    pub step: u16,
    /// What is said.
    #[n(2)]
    pub body: Blob,
    /// Ed25519, over question, both parties, step and what is said.
    #[n(3)]
    pub signature: Blob,
}

impl Said {
    /// Signs a message of a search.
    pub fn sign(key: &SigningKey, question: Id, from: Party, message: Message) -> Self {
        let Message { to, step, body } = message;
        let signature = key.sign(&said(&question, from, to, step, &body));
        let signature = Blob(signature.to_bytes().to_vec());
        Self { question, step, body: Blob(Arc::unwrap_or_clone(body)), signature }
    }

    /// Whether this party said it to that one.
    pub fn is_signed(&self, by: &PublicKey, from: Party, to: Party) -> bool {
        let PublicKey::Ed25519(key) = by else { return false };
        let (Ok(key), Ok(signature)) =
            (VerifyingKey::from_bytes(key), Signature::from_slice(&self.signature.0))
        else {
            return false;
        };
        key.verify(&said(&self.question, from, to, self.step, &self.body.0), &signature).is_ok()
    }
}

/// What is signed of a message.
fn said(question: &Id, from: Party, to: Party, step: u16, body: &[u8]) -> [u8; 32] {
    let [from, to] = [from, to].map(|party| party.index() as u8);
    let step = step.to_le_bytes();
    sha256(&[b"wetsign/searcher-said/1", &question.0, &[from, to], &step, &sha256(&[body])])
}

/// What a part is sealed with: it opens for this question and this searcher alone.
pub fn part_info(question: &Id, party: Party) -> Vec<u8> {
    [&b"wetsign/uniqueness-part/1"[..], &question.0, &[party.index() as u8]].concat()
}

/// What a contribution is sealed with.
pub fn contribution_info(kiosk: &PublicKey) -> Vec<u8> {
    [&b"wetsign/rotation-contribution/1"[..], kiosk.as_bytes()].concat()
}
