//! Making proofs.

use crate::builder::Rows;
use crate::field::EntropyError;
use crate::inputs::PUBLIC_COUNT;
use crate::proof::VerifyError;
use crate::statement::{self, StatementError};
use crate::{PrivateInputs, Proof, ProofError, ProvingKey, PublicInputs, Shape, circuit, field, verify};
use ark_bn254::{Bn254, Fr};
use ark_groth16::Groth16;
use zeroize::Zeroizing;

/// No proof was made.
#[derive(Debug, thiserror::Error)]
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

/// Proves that the statement holds.
///
/// Checks the statement natively, makes the witness natively, checks it against the constraints, proves with two fresh blinding
/// scalars from the operating system, and verifies the proof before it returns it. Takes a few hundred milliseconds on two
/// cores; call it off an async executor's threads.
///
/// # Errors
/// [`ProveError::Statement`] says which part does not hold; the message never contains a coordinate or a similarity.
pub fn prove(key: &ProvingKey, public: &PublicInputs, private: &PrivateInputs) -> Result<Proof, ProveError> {
    statement::check(&key.shape(), public, private)?;
    let witness = witness(&key.shape(), &public.to_fields(), private);
    if let Some((constraint, part)) = key.rows().first_unsatisfied(&witness) {
        return Err(ProveError::Circuit { constraint, part });
    }
    let proof = prove_witness(key.groth16(), key.rows(), &witness)?;
    verify(key.verifying_key(), public, &proof).map_err(ProveError::SelfCheck)?;
    Ok(proof)
}

/// Every wire's value: 1, the public inputs, the private wires.
pub(crate) fn witness(
    shape: &Shape,
    public: &[Fr; PUBLIC_COUNT],
    private: &PrivateInputs,
) -> Zeroizing<Vec<Fr>> {
    let mut builder = crate::builder::WitnessBuilder::new();
    circuit::synthesise(&mut builder, shape, public, private);
    builder.into_wires()
}

/// The proof system's part alone: whatever the wires hold, satisfied or not.
pub(crate) fn prove_witness(
    groth16: &ark_groth16::ProvingKey<Bn254>,
    rows: &Rows,
    witness: &[Fr],
) -> Result<Proof, ProveError> {
    let (r, s) = (Zeroizing::new(field::random()?), Zeroizing::new(field::random()?));
    let inner = Groth16::<Bn254>::create_proof_with_reduction_and_matrices(
        groth16,
        *r,
        *s,
        rows.matrices(),
        PUBLIC_COUNT + 1,
        rows.constraints(),
        witness,
    )
    .map_err(|error| ProveError::System { reason: error.to_string() })?;
    Ok(Proof::new(inner)?)
}
