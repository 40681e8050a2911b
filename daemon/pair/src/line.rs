//! What a paired device and its kiosk say to each other when somebody in between hands it on, who must not listen.
//!
//! A device asks, the kiosk replies: one question, one answer, each sealed for the other side alone. The answer's seal
//! names the question's number, so that no other answer is put in its place. What stands in the open is a [`Packet`]:
//! which pairing, or which device.

use minicbor::{Decode, Encode};
use wetsign_attest::{id::Blob, limits};

use crate::{
    message::{self, MESSAGE},
    refused::Refused,
    seal::{SealKey, SealPublic},
};

/// Longest packet of a device, bytes: a signed object with its seal.
pub const ASKED: usize = 64 * 1024;
/// Longest answer, bytes: an offer with its seal.
pub const TOLD: usize = limits::OFFER + 4 * 1024;
/// Most ids in a question.
const ABOUT: usize = 64;
/// Longest text in a question, bytes.
const WORDS: usize = 1024;

/// What a device wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum Errand {
    /// To be told of an offer that is not among those in `about`, as soon as there is one.
    #[n(1)]
    Wait,
    /// To give `body`, a signature over the offer in `about`.
    #[n(2)]
    Sign,
    /// To say no: `body` is a signed decline.
    #[n(3)]
    Decline,
    /// To see its owner's devices.
    #[n(4)]
    Devices,
    /// To end the pairing in `about`, for the reason in `words`.
    #[n(5)]
    End,
    /// To let its owner try again after too many failures.
    #[n(6)]
    Unlock,
    /// To have the signed verdict on the request in `about`.
    #[n(7)]
    Verdict,
    /// To see what happened to the keys of its owner, or of the person whose key is in `words`, hexadecimal.
    #[n(8)]
    Keys,
    /// To say something of keys: `body` is a signed key event.
    #[n(9)]
    KeyEvent,
    /// To see what was approved of its owner's works, after the request in `about` where there is one.
    #[n(10)]
    Uses,
    /// To take an approval back: `body` is a signed withdrawal.
    #[n(11)]
    Withdraw,
    /// To complain of a use: `body` is a signed complaint.
    #[n(12)]
    Complain,
    /// To see when its owner was enrolled.
    #[n(13)]
    Template,
    /// To have what is kept of its owner erased: `body` is a signed request for that.
    #[n(14)]
    Erase,
}

/// A device's question.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Ask {
    /// Drawn at random; never twice.
    #[cbor(n(1), with = "minicbor::bytes")]
    pub number: [u8; 16],
    /// UTC seconds by the device's clock.
    #[n(2)]
    pub time: u64,
    /// What for.
    #[n(3)]
    pub errand: Errand,
    /// Ids that it is about.
    #[n(4)]
    pub about: Vec<Blob>,
    /// A signed object.
    #[n(5)]
    pub body: Option<Blob>,
    /// In words.
    #[n(6)]
    pub words: Option<String>,
}

impl Ask {
    /// One about nothing.
    pub const fn new(number: [u8; 16], time: u64, errand: Errand) -> Self {
        Self { number, time, errand, about: Vec::new(), body: None, words: None }
    }

    fn check(&self) -> Result<(), Refused> {
        let no = |why: &str| Err(Refused::Message { why: why.to_owned() });
        if self.about.len() > ABOUT || self.about.iter().any(|id| id.0.len() != 32) {
            return no("it is about too much, or about what has no id");
        }
        if self.words.as_ref().is_some_and(|words| words.len() > WORDS) {
            return no("it has too many words");
        }
        Ok(())
    }
}

/// The kiosk's answer. Nothing in it: done, or nothing is asked yet.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Reply {
    /// Why nothing came of it.
    #[n(1)]
    pub refused: Option<String>,
    /// What is to be signed.
    #[n(2)]
    pub offer: Option<Offered>,
    /// The owner's devices, newest first.
    #[n(3)]
    pub devices: Vec<Entry>,
    /// A signed verdict.
    #[n(4)]
    pub verdict: Option<Blob>,
    /// Signed key events of one person, from the first on.
    #[n(5)]
    pub events: Option<Vec<Blob>>,
    /// The person: the key of their first enrolment.
    #[n(6)]
    pub person: Option<Blob>,
    /// Approvals of the owner's works, newest first.
    #[n(7)]
    pub uses: Option<Vec<Used>>,
    /// The enrolment of the owner.
    #[n(8)]
    pub template: Option<Template>,
    /// A signed erasure receipt.
    #[n(9)]
    pub receipt: Option<Blob>,
}

/// One thing to be signed.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Offered {
    /// Id of the payload.
    #[n(1)]
    pub id: Blob,
    /// Payload of a [`wetsign_attest::offer::Offer`].
    #[n(2)]
    pub offer: Blob,
}

/// A device that was paired.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Entry {
    /// Id of the pairing.
    #[n(1)]
    pub pairing: Blob,
    /// What its owner calls it.
    #[n(2)]
    pub label: String,
    /// UTC seconds.
    #[n(3)]
    pub time: u64,
    /// UTC seconds from which on it is over.
    #[n(4)]
    pub until: u64,
    /// UTC seconds at which it was ended; 0: it was not.
    #[n(5)]
    pub ended: u64,
}

/// An approval of a work.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Used {
    /// Id of the approval's body.
    #[n(1)]
    pub approval: Blob,
    /// The asset.
    #[n(2)]
    pub asset: Blob,
    /// What the asset is called.
    #[n(3)]
    pub title: String,
    /// The signed request.
    #[n(4)]
    pub request: Blob,
    /// Who asked, by the kiosk's word.
    #[n(5)]
    pub known: Option<String>,
    /// UTC seconds at which it was approved.
    #[n(6)]
    pub time: u64,
    /// UTC seconds after which it allows nothing.
    #[n(7)]
    pub until: u64,
    /// UTC seconds from which on it is taken back; 0: it is not.
    #[n(8)]
    pub withdrawn: u64,
    /// Complaints so far.
    #[n(9)]
    pub complaints: u32,
}

/// What a kiosk keeps of a person.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Template {
    /// The leaf of the enrolment.
    #[n(1)]
    pub leaf: Blob,
    /// UTC seconds at which it was made.
    #[n(2)]
    pub time: u64,
}

/// What a device sends, as whoever is in between sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Packet<'a> {
    /// A message of this pairing.
    Pairing {
        /// The pairing's name.
        name: [u8; 32],
        /// Sealed.
        sealed: &'a [u8],
    },
    /// A question of this device.
    Device {
        /// Its key.
        device: SealPublic,
        /// Sealed.
        sealed: &'a [u8],
    },
}

impl<'a> Packet<'a> {
    /// Reads one: a byte that says which, 32 bytes that say whose, and what is sealed.
    ///
    /// # Errors
    /// [`Refused::Message`].
    pub fn read(bytes: &'a [u8]) -> Result<Self, Refused> {
        let no = |why: &str| Refused::Message { why: why.to_owned() };
        let (kind, rest) = bytes.split_first().ok_or_else(|| no("it is empty"))?;
        let (whose, sealed) = rest.split_first_chunk::<32>().ok_or_else(|| no("it is cut off"))?;
        match kind {
            1 if sealed.len() <= MESSAGE => Ok(Self::Pairing { name: *whose, sealed }),
            2 if bytes.len() <= ASKED => Ok(Self::Device { device: SealPublic(*whose), sealed }),
            1 | 2 => Err(no("it is too long")),
            _ => Err(no("it is of no kind that is known here")),
        }
    }

    /// Writes it.
    pub fn write(&self) -> Vec<u8> {
        let (kind, whose, sealed) = match self {
            Self::Pairing { name, sealed } => (1, name, sealed),
            Self::Device { device, sealed } => (2, &device.0, sealed),
        };
        [&[kind], &whose[..], sealed].concat()
    }
}

/// What comes back. Only what is sealed is to be believed; the rest may be the word of whoever is in between.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Back {
    /// Heard, and there is nothing to say yet.
    Heard,
    /// Sealed for the device.
    Sealed(Vec<u8>),
    /// Not taken, in words.
    Refused(String),
}

impl Back {
    /// Reads one.
    ///
    /// # Errors
    /// [`Refused::Message`].
    pub fn read(bytes: &[u8]) -> Result<Self, Refused> {
        let no = |why: &str| Refused::Message { why: why.to_owned() };
        match bytes.split_first() {
            Some((0, [])) => Ok(Self::Heard),
            Some((1, sealed)) if sealed.len() <= TOLD => Ok(Self::Sealed(sealed.to_vec())),
            Some((2, words)) if words.len() <= WORDS => {
                Ok(Self::Refused(String::from_utf8_lossy(words).into_owned()))
            }
            _ => Err(no("the answer is of no kind that is known here")),
        }
    }

    /// Writes it.
    pub fn write(&self) -> Vec<u8> {
        match self {
            Self::Heard => vec![0],
            Self::Sealed(sealed) => [&[1], &sealed[..]].concat(),
            Self::Refused(words) => {
                let end = (0..=words.len().min(WORDS)).rev().find(|at| words.is_char_boundary(*at));
                [&[2], &words.as_bytes()[..end.unwrap_or(0)]].concat()
            }
        }
    }
}

/// The device's question as a packet, sealed to its kiosk.
///
/// # Errors
/// [`Refused::Unopened`] for a key that nothing can be sealed to.
pub fn ask(key: &SealKey, kiosk: &SealPublic, ask: &Ask) -> Result<Vec<u8>, Refused> {
    let sealed = key.seal_to(kiosk, ASK, &message::write(ask))?;
    Ok(Packet::Device { device: key.public(), sealed: &sealed }.write())
}

/// Opens a device's question.
///
/// # Errors
/// [`Refused`].
pub fn open_ask(key: &SealKey, device: &SealPublic, sealed: &[u8]) -> Result<Ask, Refused> {
    let ask: Ask = message::read(&key.open_from(device, ASK, sealed)?)?;
    ask.check()?;
    Ok(ask)
}

/// Seals an answer to the question with that number.
///
/// # Errors
/// [`Refused::Unopened`] for a key that nothing can be sealed to.
pub fn reply(
    key: &SealKey,
    device: &SealPublic,
    number: &[u8; 16],
    reply: &Reply,
) -> Result<Vec<u8>, Refused> {
    Ok(key.seal_to(device, &about_reply(number), &message::write(reply))?)
}

/// Opens the answer to the device's question with that number.
///
/// # Errors
/// [`Refused`].
pub fn open_reply(
    key: &SealKey,
    kiosk: &SealPublic,
    number: &[u8; 16],
    sealed: &[u8],
) -> Result<Reply, Refused> {
    message::read(&key.open_from(kiosk, &about_reply(number), sealed)?)
}

const ASK: &[u8] = b"wetsign/line/1/ask";

fn about_reply(number: &[u8; 16]) -> Vec<u8> {
    [b"wetsign/line/1/reply/", &number[..]].concat()
}
