//! The statement, checked on plain numbers before any proof is tried.
//!
//! Public are `root, nullifier, probe, request_id, signal, model_id, validator_key, tau_face, tau_voice`. The prover
//! knows a secret, two blindings, a template, a probe and a path such that
//!
//! 1. every coordinate of template and probe is a whole number in [-128, 127];
//! 2. T = VecHash(TMPL, [model_id, template face…, template voice…, template_blinding]);
//! 3. VecHash(PROBE, [model_id, probe face…, probe voice…, probe_blinding]) = probe;
//! 4. H(LEAF, H(ID, secret), T, validator_key) is a leaf under root;
//! 5. H(NULL, secret, request_id) = nullifier;
//! 6. signal is bound (no other input uses it);
//! 7. for face and for voice: dot ≥ 1024 and cosine ≥ tau / 2^16, where tau < 2^17.
//!
//! A failed check says which part fails, and against which threshold. It never contains a coordinate or a similarity:
//! messages end in log files, and a similarity teaches an impostor how close he came.

use crate::inputs::{PrivateInputs, PublicInputs};
use crate::similarity::{LEAST_DOT, Similarity};
use crate::{Shape, ShapeError, commitment, features::Whose};
use ark_bn254::Fr;

/// Thresholds lie below this: 17 bits, as the circuit checks.
pub const TAU_LIMIT: u32 = 1 << 17;

/// Which part of the statement does not hold.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StatementError {
    /// A vector or the path is of another size than the key's shape.
    #[error("inputs do not fit the key's shape")]
    Shape(#[from] ShapeError),
    /// The leaf index is beyond the tree.
    #[error("leaf index {index} is outside a registry of {levels} levels")]
    Index {
        /// The index in the path.
        index: u64,
        /// Levels in the key's shape.
        levels: usize,
    },
    /// A threshold above 17 bits.
    #[error("{what} threshold {tau} is not below {TAU_LIMIT} (thresholds are cosine times 65536)")]
    Threshold {
        /// "face" or "voice".
        what: &'static str,
        /// The threshold.
        tau: u32,
    },
    /// The probe does not open the public commitment.
    #[error(
        "the probe with its blinding and model does not open the public probe commitment; commit to this very capture"
    )]
    Probe,
    /// The leaf does not lead to the public root.
    #[error(
        "no leaf under the public root: secret, template, its blinding, model, validator key or path differ from the \
         enrolment, or the path is of another epoch"
    )]
    Membership,
    /// The nullifier is not that of the secret and the request.
    #[error("the nullifier is not that of this secret and request")]
    Nullifier,
    /// Vectors too short for their direction to mean anything.
    #[error("{what} dot product is below {LEAST_DOT}: a zero or faint vector")]
    Faint {
        /// "face" or "voice".
        what: &'static str,
    },
    /// Not alike enough.
    #[error("{what} similarity is below tau {tau} (thresholds are cosine times 65536)")]
    Similarity {
        /// "face" or "voice".
        what: &'static str,
        /// The threshold.
        tau: u32,
    },
}

/// Checks the whole statement natively.
///
/// # Errors
/// The first part that does not hold.
pub fn check(shape: &Shape, public: &PublicInputs, private: &PrivateInputs) -> Result<(), StatementError> {
    check_sizes(shape, private)?;
    for (what, tau) in [("face", public.tau_face), ("voice", public.tau_voice)] {
        if tau >= TAU_LIMIT {
            return Err(StatementError::Threshold { what, tau });
        }
    }
    if commitment::probe(&public.model_id, &private.probe, &private.probe_blinding) != public.probe {
        return Err(StatementError::Probe);
    }
    if private.path.root(&leaf(public, private)) != public.root {
        return Err(StatementError::Membership);
    }
    if commitment::nullifier(&private.secret, &public.request_id) != public.nullifier {
        return Err(StatementError::Nullifier);
    }
    check_similarity("face", &private.template.face, &private.probe.face, public.tau_face)?;
    check_similarity("voice", &private.template.voice, &private.probe.voice, public.tau_voice)
}

/// Refuses inputs that do not have the sizes of `shape`. Everything that synthesises the circuit calls this first.
pub(crate) fn check_sizes(shape: &Shape, private: &PrivateInputs) -> Result<(), StatementError> {
    private.template.check(shape, Whose::Template)?;
    private.probe.check(shape, Whose::Probe)?;
    let found = private.path.siblings.len();
    if found != shape.levels {
        return Err(ShapeError::Mismatch { what: "registry path", found, expected: shape.levels }.into());
    }
    let index = private.path.index;
    if index >> (2 * shape.levels) != 0 {
        return Err(StatementError::Index { index, levels: shape.levels });
    }
    Ok(())
}

fn leaf(public: &PublicInputs, private: &PrivateInputs) -> Fr {
    let template = commitment::template(&public.model_id, &private.template, &private.template_blinding);
    commitment::leaf(&private.secret, &template, &public.validator_key)
}

fn check_similarity(
    what: &'static str,
    template: &[i8],
    probe: &[i8],
    tau: u32,
) -> Result<(), StatementError> {
    let measured = Similarity::of(template, probe);
    if measured.reaches(tau) {
        Ok(())
    } else if measured.is_faint() || measured.cosine() >= f64::from(tau) / 65536.0 {
        Err(StatementError::Faint { what })
    } else {
        Err(StatementError::Similarity { what, tau })
    }
}
