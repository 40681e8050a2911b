//! What both sides heard, and the six digits that it gives.

use wetsign_attest::{
    id::{Digest, PublicKey, sha256},
    limits::PAIRING_S,
    object::Pairing,
};

use crate::message::Hello;

const COMMIT: &[u8] = b"wetsign/pair/commit/1";
const HEARD: &[u8] = b"wetsign/pair/transcript/1";
const DIGITS: &[u8] = b"wetsign/pair/digits/1";

/// What a sealed message is about: which step of which pairing.
pub(crate) fn about(step: &str, name: &[u8; 32]) -> Vec<u8> {
    [b"wetsign/pair/1/", step.as_bytes(), b"/", name].concat()
}

/// Hash of a number together with the key of whoever drew it: nobody shows another's number as their own.
pub(crate) fn commitment(key: &[u8; 32], number: &[u8; 32]) -> [u8; 32] {
    sha256(&[COMMIT, key, number])
}

/// Everything that was said until the digits.
pub(crate) struct Transcript<'a> {
    /// The kiosk's key of this pairing.
    pub(crate) host: &'a [u8; 32],
    pub(crate) hello: &'a Hello,
    pub(crate) host_number: &'a [u8; 32],
    pub(crate) device_number: &'a [u8; 32],
    pub(crate) kiosk: PublicKey,
    pub(crate) time: u64,
}

impl Transcript<'_> {
    pub(crate) fn digest(&self) -> Digest {
        let Self { host, hello, host_number, device_number, kiosk, time } = self;
        // The secret is left out: who sees the digest later learns nothing of it.
        let public = Hello { secret: [0; 16], ..(*hello).clone() };
        let hello = sha256(&[&crate::message::write(&public)]);
        let kiosk = sha256(&[kiosk.as_bytes()]);
        Digest(sha256(&[HEARD, *host, &hello, *host_number, *device_number, &kiosk, &time.to_be_bytes()]))
    }

    /// What the device signs and the kiosk logs.
    pub(crate) fn pairing(&self) -> Pairing {
        Pairing {
            kiosk: self.kiosk,
            validator: self.hello.validator,
            custody: self.hello.custody,
            label: self.hello.label.clone(),
            device: Digest(self.hello.device),
            certified: Digest(sha256(&[&self.hello.certified.0])),
            transcript: self.digest(),
            time: self.time,
            until: self.time + PAIRING_S,
        }
    }
}

/// Six digits of a transcript.
pub(crate) fn digits(transcript: &Digest) -> String {
    let [a, b, c, d, e, f, g, h, ..] = sha256(&[DIGITS, &transcript.0]);
    format!("{:06}", u64::from_be_bytes([a, b, c, d, e, f, g, h]) % 1_000_000)
}
