//! How do a kiosk and a person's own device come to know each other, and how do they speak through somebody who must
//! not listen?
//!
//! No I/O, no clock: bytes, times and answers come in, bytes and answers go out.
//!
//! # Pairing
//!
//! A picture (QR) at the kiosk alone lets nobody in: whoever photographs it would be let in too. So both sides commit
//! to a random number before either shows its own, derive six digits from all that was said, and a person compares
//! them. Somebody in between would have to guess the digits: once in a million, and once.
//!
//! | step | from | says | sealed |
//! |---|---|---|---|
//! | [`Invitation`] | kiosk | its key, where to meet, a secret, the hash of its number, until when | it is a picture |
//! | [`Hello`] | device | the secret, its keys, what it is called, the hash of its number | to the kiosk |
//! | [`Number`] | kiosk | its number, its name in the log, the time | from kiosk to device |
//! | [`Number`] | device | its number | from device to kiosk |
//! | *digits* | both | the person sees the same six digits on both | |
//! | [`Word`] | device | the pairing, signed with the person's key | from device to kiosk |
//! | [`Word`] | kiosk | a client certificate, its lasting key | from kiosk to device |
//!
//! # Afterwards
//!
//! A device that cannot go to its kiosk itself speaks to it through a relay ([`mod@line`]): questions and answers,
//! sealed for the other side alone, each heard once ([`once`]).
//!
//! | file | question |
//! |---|---|
//! | `seal.rs` | How is a message closed to everybody but the other side? |
//! | `invitation.rs` | What does the picture say? |
//! | `message.rs` | What do the two say to each other? |
//! | `transcript.rs` | What did both hear, and which six digits does that give? |
//! | `refused.rs` | Why is there no pairing? |
//! | `host.rs` | What does the kiosk do with each message? |
//! | `device.rs` | What does the device do? |
//! | `line.rs` | What do the two say through a relay, once they know each other? |
//! | `once.rs` | Was this said before? |

mod device;
mod host;
mod invitation;
pub mod line;
mod message;
pub mod once;
mod refused;
mod seal;
mod transcript;

pub use device::{Device, Own};
pub use host::{Heard, Host};
pub use invitation::{INVITATION_S, Invitation};
pub use line::Back;
pub use message::{Hello, MESSAGE, Number, Word};
pub use refused::Refused;
pub use seal::{SealKey, SealPublic, Unopened};
