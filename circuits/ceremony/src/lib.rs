//! # wetsign-ceremony: a key that nobody could have forged, unless all who made it worked together
//!
//! Groth16 needs secrets (alpha, beta, tau, delta) that must be forgotten. In *phase 1* many people multiply their own
//! secrets into powers of tau (a `.ptau` file, made once for many circuits); in *phase 2* many people multiply theirs
//! into the delta of this circuit's key (a `.zkey` file). One honest contributor of each phase is enough; a public
//! beacon is none. The formats and hashes are iden3's, so that a contributor may use snarkjs or this crate, and each
//! verifies what the other did.
//!
//! | step | here |
//! |---|---|
//! | check phase 1 | [`PowersOfTau::from_bytes`] |
//! | begin phase 2 | [`begin`] |
//! | contribute | [`contribute`], and last [`beacon`] |
//! | check all of it | [`verify_from`], or [`verify`] against a start |
//! | use it | [`Ceremony::to_key`] |
//! | files of Circom's and snarkjs' formats | [`iden3`] |
//!
//! **No public `.ptau` was used for anything in this repository.** What [`PowersOfTau::local`] makes has one
//! contributor: this machine. It is for development and tests.
//!
//! ```
//! use wetsign_ceremony::{PowersOfTau, beacon, begin, contribute, verify};
//! use wetsign_circuits::Shape;
//!
//! let start = begin(&PowersOfTau::local(11)?, &Shape { face: 1, voice: 1, levels: 1 })?;
//! let first = contribute(start.zkey(), "ada", b"")?;
//! let last = beacon(&first, "a block's hash", &[7; 32], 10)?;
//! let ceremony = verify(&start, &last)?;
//! assert_eq!(ceremony.phase_2()[0].author.name, "ada");
//! assert!(!ceremony.to_key()?.is_development());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod begin;
mod combine;
mod contribute;
mod hash;
pub mod iden3;
mod lagrange;
mod local;
mod phase1;
mod powers;
mod ratio;
mod step;
#[cfg(test)]
mod tests;
mod transcript;
mod verify;

pub use begin::{BeginError, Start, begin};
pub use contribute::{ContributeError, beacon, contribute, contribution_hash};
pub use phase1::{Phase1Error, PowersOfTau};
pub use transcript::{Entry, Phase, Problem, TranscriptError};
pub use verify::{Ceremony, CeremonyError, VerifyFromError, verify, verify_from};
