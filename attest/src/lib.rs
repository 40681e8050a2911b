//! # wetsign-attest: what is signed, in which bytes, and how does anyone check it?
//!
//! Everything that Wetsign signs is one deterministic CBOR map (RFC 8949 § 4.2.1) in a COSE_Sign1 envelope (RFC 9052)
//! with Ed25519 or, where a person signs, by a passkey. This crate holds those objects, the rules that owners write,
//! the append-only log, and the pure check of an approval that trusts none of the programs that made it. No I/O but the
//! log's file, no clock, no randomness: they come in as arguments.
//!
//! | to find | look in |
//! |---|---|
//! | the objects, one file each | [`object`] |
//! | envelope and signatures | [`cose`] ([`Signed`], [`Endorsed`]) |
//! | every bound on sizes, counts and times | [`limits`] |
//! | what ties proof, attestation and request together | [`binding`] |
//! | the secure element's token | [`eat`] |
//! | Cedar policies and their evaluation | [`rules`] |
//! | what has to hold of an approval, each rule once | [`terms`] |
//! | Merkle tree, log file, checkpoint | [`log`] |
//! | the whole of an approval in one file, and what its reader trusts | [`bundle`], [`policy`] |
//! | the check, step by step | [`verify`] |
//! | passkeys, and what a person's device is asked to sign | [`passkey`], [`offer`] |
//! | a view for people | [`json`] |
//!
//! ```
//! use ed25519_dalek::SigningKey;
//! use wetsign_attest::{Signed, id::{Id, PublicKey}, object::Decline};
//!
//! let key = SigningKey::from_bytes(&[7; 32]);
//! let decline = Decline {
//!     request: Id::of(b"a request"),
//!     verdict: Id::of(b"a verdict"),
//!     validator: PublicKey::from(&key),
//!     reason: "not in my name".into(),
//!     time: 1_790_000_000,
//! };
//! let signed = Signed::sign(decline, &key)?;
//! assert_eq!(Signed::<Decline>::decode(signed.bytes())?.id(), signed.id());
//! # Ok::<(), wetsign_attest::Error>(())
//! ```

pub mod binding;
pub mod bundle;
pub mod codes;
pub mod cose;
pub mod eat;
pub mod error;
pub mod evm;
pub mod id;
pub mod json;
pub mod limits;
pub mod log;
pub mod object;
pub mod offer;
pub mod passkey;
pub mod policy;
pub mod rules;
mod shelf;
pub mod shown;
pub mod terms;
pub mod verify;

pub use bundle::{ApprovalBundle, EnrolmentBundle, WithdrawalBundle};
pub use cose::{Endorsed, Signed};
pub use error::Error;
pub use object::Object;
pub use policy::TrustPolicy;
pub use shown::shown;
