//! The envelope: COSE_Sign1 (RFC 9052 § 4.2), tag 18, an algorithm as the only protected header, empty unprotected
//! header.
//!
//! The type string of the payload is the external_aad, so that a signature over one kind of object is never one over
//! another. The key comes from the payload; there is no `kid` to believe. The key's kind decides the algorithm: Ed25519
//! signs the Sig_structure (−8), a passkey answers a challenge that is its digest ([`crate::passkey`]).

mod checked;
mod endorsed;
mod envelope;
mod signed;

pub use checked::Checked;
pub use endorsed::Endorsed;
pub use envelope::{ALG, Envelope, open, seal};
pub use signed::Signed;
