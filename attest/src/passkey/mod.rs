//! Passkeys: what a person's own device signs (WebAuthn Level 3), as the signature of one of our objects.
//!
//! A passkey never signs our bytes. It signs `authenticatorData ‖ SHA-256(clientDataJSON)`, and the second names a
//! challenge. The challenge is SHA-256 of the object's Sig_structure (RFC 9052 § 4.4), so that one assertion is over
//! one object. Both parts travel inside the envelope's signature field:
//!
//! ```text
//! signature = bstr .cbor [ authenticatorData: bstr, clientDataJSON: bstr, r ‖ s: bstr .size 64 ]
//! ```
//!
//! in deterministic CBOR, under the protected header `{1: -65537}`: [`ALG`], from COSE's range for private use, as an
//! assertion is no ES256 signature over the Sig_structure.
//!
//! What holds whoever reads it is checked here, with the signature. Which relying parties count is a reader's choice:
//! [`Presence`] carries what was signed, and [`crate::policy::RelyingParty`] is compared with it.
//!
//! | file | question |
//! |---|---|
//! | `authenticator.rs` | What did the device say? |
//! | `client.rs` | What did the browser say? |
//! | `assertion.rs` | Are they over this challenge, and signed by this key? |
//! | `registration.rs` | Which key did the device make? |
//! | `software.rs` | A program that answers as a device does, for tests and demonstrations. |

mod assertion;
mod authenticator;
mod client;
mod registration;
pub mod software;

pub use assertion::{ALG, Assertion};
pub use registration::Registration;

use crate::id::Digest;

/// What an assertion says of the moment in which it was made. The person was present and verified by their device (UP
/// and UV), in no frame of another site: without that there is no `Presence`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Presence {
    /// SHA-256 of the relying party's id, by the device.
    pub rp_id_hash: Digest,
    /// Where the page came from that asked, by the browser: `https://hub.example`.
    pub origin: String,
    /// The device's own count of signatures. Passkeys that are copied between devices say 0 for ever, so nothing here
    /// asks it to grow.
    pub counter: u32,
    /// Whether the passkey is copied to other devices of the person's (BS).
    pub backed_up: bool,
}
