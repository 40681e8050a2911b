//! What does the secure element do?
//!
//! It holds the key that says "this capture happened here, now, for this request", draws the challenge that the
//! human must answer, counts its signatures, watches its case, and keeps the kiosk's secrets sealed. The same code
//! runs on every board and in the software stand-in; what differs is behind the small traits in [`hardware`].
//!
//! To be read in this order: [`hardware`] (what it stands on), [`session`] (when it may sign), [`element`] (every
//! request, one function each), [`token`] (what it signs), [`seal`] (what it encrypts), [`record`] (what survives
//! a restart), [`serve`] (frames in, frames out).
//!
//! The rules, each held by a test:
//! - the challenge comes from the element's own random source, and starts a clock of 60 s;
//! - a session is attested once; unsealing needs an open session, sealing does not;
//! - the counter grows, durably, before a signature leaves, and never goes back;
//! - an opened case latches: session and keys are destroyed, a fresh uncertified key takes their place, and every
//!   later token and answer says so;
//! - sessions and sealing are rate limited, so challenges cannot be drawn until one suits a recording.
//!
//! `no_std`, no allocation, no unsafe.

#![no_std]

pub mod element;
pub mod hardware;
pub mod keys;
pub mod profile;
pub mod rate;
pub mod record;
pub mod seal;
pub mod serve;
pub mod session;
pub mod token;

mod selftest;

pub use element::{BootError, Element, Work};
pub use hardware::{Clock, Entropy, Hardware, MonotonicCounter, Parts, Signer, Storage, TamperInputs};
pub use keys::SoftSigner;
pub use profile::Profile;
pub use record::Record;
pub use serve::exchange;
