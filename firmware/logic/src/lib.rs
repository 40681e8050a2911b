//! What does the secure element do?
//!
//! It holds the key that says "this capture happened here, now, for this request", draws the challenge that the
//! human must answer, counts its sessions, watches its case, and keeps the kiosk's secrets sealed. The same code
//! runs on every board and in the software stand-in; what differs is behind the small traits in [`hardware`].
//!
//! To be read in this order: [`hardware`] (what it stands on), [`session`] (when it may sign), [`element`] (its state,
//! and which function answers which request), `capture` (begin, attest, end), `vault` (seal, unseal, random), `case`
//! (tampering), `pairing` (who may open the channel), `provision` (identity, measurement on request, certificate),
//! [`firmware`] (the measurement), [`boot`], [`token`] (what it signs), [`seal`] (what it encrypts), [`record`] (what
//! survives a restart), [`serve`] (frames in, frames out).
//!
//! The rules, each held by a test:
//! - the challenge comes from the element's own random source, and starts a clock of 60 s;
//! - everything but `Identity` is granted only inside a channel with the one paired host; the session ends with it;
//! - a session is attested once; unsealing needs an open session, sealing does not;
//! - the counter grows, durably, before a challenge leaves, and never goes back: a session that signs nothing counts
//!   too;
//! - an opened case latches: session, channel, pairing and keys are destroyed, a fresh uncertified key takes their
//!   place, and every later token and answer says so;
//! - only the provisioner who was pinned before can clear the latch; the old keys never come back;
//! - sessions and sealing are rate limited, sessions also across restarts, so challenges cannot be drawn until one
//!   suits a recording.
//!
//! `no_std`, no allocation, no unsafe.

#![no_std]

pub mod boot;
pub mod element;
pub mod firmware;
pub mod hardware;
pub mod keys;
pub mod profile;
pub mod rate;
pub mod record;
pub mod refusal;
pub mod seal;
pub mod serve;
pub mod session;
pub mod signer;
pub mod token;

mod capture;
mod case;
mod failures;
mod pairing;
mod provision;
mod selftest;
mod vault;

pub use boot::BootError;
pub use element::{Element, Work};
pub use firmware::Measurement;
pub use hardware::{
    Clock, Entropy, FirmwareImage, Hardware, Indicator, MonotonicCounter, Parts, Signer, Storage,
    TamperInputs,
};
pub use profile::Profile;
pub use record::Record;
pub use refusal::Refusal;
pub use serve::exchange;
pub use signer::SoftSigner;
