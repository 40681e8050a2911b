//! Why no proof was made.

use super::cancel::Cancelled;
use crate::ProofError;
use crate::field::EntropyError;
use crate::proof::VerifyError;
use crate::statement::StatementError;

/// No proof was made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProveError {
    /// The statement does not hold, and which part of it.
    #[error(transparent)]
    Statement(#[from] StatementError),
    /// The statement holds but the circuit says otherwise: a defect in this crate or a key for another circuit.
    #[error(
        "constraint {constraint} ({part}) is not satisfied although the statement holds; report this as a defect"
    )]
    Circuit {
        /// Number of the first unsatisfied constraint.
        constraint: usize,
        /// Part of the circuit in which it lies.
        part: &'static str,
    },
    /// No randomness for the proof's blinding.
    #[error(transparent)]
    Entropy(#[from] EntropyError),
    /// Nobody waits for it any more.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    /// The proof system failed.
    #[error("the proof system failed: {reason}")]
    System {
        /// What it answered.
        reason: String,
    },
    /// The proof could not be written.
    #[error("the new proof cannot be encoded")]
    Encoding(#[from] ProofError),
    /// The new proof does not verify.
    #[error(
        "the new proof does not verify, so it is not returned; the proving key does not belong to this circuit"
    )]
    SelfCheck(#[source] VerifyError),
}
