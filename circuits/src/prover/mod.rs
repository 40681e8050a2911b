//! Making proofs.
//!
//! [`Prover`] is what a kiosk uses: tables made once for its key, threads of its own, cancellable. [`prove`] is
//! arkworks' own prover on the same key: slower, needs nothing, and what ours is compared with.

mod buckets;
mod cancel;
#[cfg(target_arch = "x86_64")]
mod doubles;
mod error;
mod form;
#[cfg(target_arch = "x86_64")]
mod lanes;
mod mapping;
mod msm;
mod plan;
mod point;
mod portable;
mod prefetch;
mod quotient;
mod runs;
mod sums;
mod tables;
#[cfg(test)]
mod tests;
mod transform;

pub use cancel::{Cancel, CancelOnDrop, Cancelled};
pub use error::ProveError;
pub use form::Arithmetic;
pub use tables::TableHome;

use crate::builder::{Assignment, Rows, WitnessBuilder};
use crate::inputs::PUBLIC_COUNT;
use crate::statement::{self, StatementError};
use crate::{PrivateInputs, Proof, ProvingKey, PublicInputs, Shape, circuit, field, residue, verify};
use ark_bn254::{Bn254, Fr};
use ark_groth16::Groth16;
use form::Form;
use std::path::Path;
use tables::Tables;
use zeroize::Zeroizing;

/// Niceness of a background prover's threads.
const BACKGROUND: i32 = 10;

/// How a [`Prover`] works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProverOptions {
    /// Most bytes of tables, 0 for none. The frozen circuit's full tables take about 50 MB; with less there are more
    /// passes.
    pub memory: usize,
    /// Threads, 0 for one a core.
    pub threads: usize,
    /// Whether everything else goes first: the threads get niceness 10.
    pub background: bool,
    /// Most of the processor's vector instructions that are used, for comparison. What it has not is left out anyway.
    pub arithmetic: Arithmetic,
}

impl Default for ProverOptions {
    fn default() -> Self {
        Self { memory: 100_000_000, threads: 0, background: true, arithmetic: Arithmetic::Avx512 }
    }
}

/// The prover's threads could not be started.
#[derive(Debug, thiserror::Error)]
#[error("the prover's {threads} threads cannot be started")]
pub struct ProverError {
    threads: usize,
    source: rayon::ThreadPoolBuildError,
}

/// Proves under one key, again and again.
pub struct Prover {
    key: ProvingKey,
    tables: Tables,
    threads: rayon::ThreadPool,
}

impl Prover {
    /// Reads the key's tables from `folder`, or makes them (a few seconds) and keeps them there. A file that is damaged
    /// or belongs to another key is replaced; without a folder, or if the file cannot be written, the tables stay in
    /// memory ([`Prover::home`]).
    ///
    /// # Errors
    /// The operating system gives no threads.
    pub fn new(key: ProvingKey, options: ProverOptions, folder: Option<&Path>) -> Result<Self, ProverError> {
        let ProverOptions { memory, threads, background, arithmetic } = options;
        let form = Form::of(arithmetic);
        let threads = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .thread_name(|number| format!("prover-{number}"))
            .start_handler(move |_| {
                if background {
                    // A refusal leaves the usual priority: slower capture, no harm.
                    let _ = rustix::process::setpriority_process(None, BACKGROUND);
                }
            })
            .build()
            .map_err(|source| ProverError { threads, source })?;
        let tables = threads.install(|| Tables::of(&key, form, memory, folder));
        Ok(Self { key, tables, threads })
    }

    /// The key.
    pub fn key(&self) -> &ProvingKey {
        &self.key
    }

    /// Where the tables are.
    pub fn home(&self) -> &TableHome {
        self.tables.home()
    }

    /// Bytes of the tables.
    pub fn table_bytes(&self) -> usize {
        self.tables.size()
    }

    /// Curve additions that the multi-scalar multiplications of one proof take with these tables, in G1 and in G2.
    pub fn additions(&self) -> (usize, usize) {
        self.tables.additions()
    }

    /// How many points one thread adds in a second, in G1 and in G2, as a proof adds them but with everything in the
    /// cache: the bound for [`Prover::additions`].
    pub fn additions_per_second(&self) -> (f64, f64) {
        let form = self.tables.form();
        (
            buckets::additions_per_second::<ark_bn254::g1::Config>(form),
            buckets::additions_per_second::<ark_bn254::g2::Config>(form),
        )
    }

    /// What points are added with on this processor.
    pub fn arithmetic(&self) -> Arithmetic {
        self.tables.form().arithmetic()
    }

    /// Proves that the statement holds.
    ///
    /// Checks the statement on plain numbers, makes the witness and checks every constraint on it, proves with two
    /// fresh blinding scalars from the operating system, and verifies the proof before it returns it. The stacks that
    /// it used are overwritten then. Call it off an async executor's threads.
    ///
    /// # Errors
    /// [`ProveError::Statement`] says which part does not hold; the message never contains a coordinate or a
    /// similarity. [`ProveError::Cancelled`] when `cancel` was used before the proof was done.
    pub fn prove(
        &self,
        public: &PublicInputs,
        private: &PrivateInputs,
        cancel: &Cancel,
    ) -> Result<Proof, ProveError> {
        let made = self.threads.install(|| residue::wiped(|| self.checked(public, private, cancel)));
        // The others took parts of the work, and with them parts of the secrets.
        self.threads.broadcast(|_| residue::wipe_stack());
        made
    }

    fn checked(
        &self,
        public: &PublicInputs,
        private: &PrivateInputs,
        cancel: &Cancel,
    ) -> Result<Proof, ProveError> {
        let shape = self.key.shape();
        cancel.check()?;
        statement::check_sizes(&shape, private)?;
        let (checked, assignment) = rayon::join(
            || statement::check(&shape, public, private),
            || assignment(&shape, &public.to_fields(), private),
        );
        checked?;
        if let Some(constraint) = assignment.first_unsatisfied() {
            return Err(ProveError::Circuit { constraint, part: self.key.rows().part_of(constraint) });
        }
        cancel.check()?;
        let proof = self.prove_assignment(&assignment, cancel)?;
        verify(self.key.verifying_key(), public, &proof).map_err(ProveError::SelfCheck)?;
        Ok(proof)
    }

    /// The proof system's part alone: whatever the wires hold, satisfied or not.
    pub(crate) fn prove_assignment(
        &self,
        assignment: &Assignment,
        cancel: &Cancel,
    ) -> Result<Proof, ProveError> {
        Ok(Proof::from_groth16(self.tables.multiply(assignment, cancel)?.blinded(&self.key.groth16().vk)?)?)
    }
}

impl std::fmt::Debug for Prover {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Prover({:?}, tables: {} bytes)", self.key, self.table_bytes())
    }
}

/// Proves that the statement holds, with arkworks' prover and no preparation. The same checks as [`Prover::prove`].
///
/// # Errors
/// As [`Prover::prove`], never cancelled.
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

/// Every wire's value and every constraint's sides.
pub(crate) fn assignment(shape: &Shape, public: &[Fr; PUBLIC_COUNT], private: &PrivateInputs) -> Assignment {
    let mut builder = WitnessBuilder::new();
    circuit::synthesise(&mut builder, shape, public, private);
    builder.finish()
}

/// All wires of a true statement, for other provers: 1, the public inputs, the private wires. They hold every secret.
///
/// # Errors
/// [`StatementError`].
pub fn checked_witness(
    shape: &Shape,
    public: &PublicInputs,
    private: &PrivateInputs,
) -> Result<Zeroizing<Vec<Fr>>, StatementError> {
    statement::check(shape, public, private)?;
    Ok(witness(shape, &public.to_fields(), private))
}

/// Every wire's value: 1, the public inputs, the private wires.
pub(crate) fn witness(
    shape: &Shape,
    public: &[Fr; PUBLIC_COUNT],
    private: &PrivateInputs,
) -> Zeroizing<Vec<Fr>> {
    assignment(shape, public, private).wires
}

/// arkworks' part alone: whatever the wires hold, satisfied or not.
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
    Ok(Proof::from_groth16(inner)?)
}
