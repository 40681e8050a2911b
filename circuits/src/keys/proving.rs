//! The proving key, with the circuit's rows beside it.

use super::{KeyError, VerifyingKey};
use crate::builder::Rows;
use crate::inputs::PUBLIC_COUNT;
use crate::{Shape, circuit};
use ark_bn254::Bn254;
use ark_serialize::CanonicalSerialize;
use sha2::{Digest, Sha256};

/// What a prover needs: the set-up's points, and the constraint rows that belong to them. Make it once and share it.
pub struct ProvingKey {
    shape: Shape,
    development: bool,
    rows: Rows,
    groth16: ark_groth16::ProvingKey<Bn254>,
    verifying: VerifyingKey,
    points: [u8; 32],
}

impl ProvingKey {
    /// A key of points that a set-up made elsewhere. `development` says that anyone may be able to forge under it:
    /// false only after the whole ceremony was checked, as `wetsign-ceremony` does.
    ///
    /// # Errors
    /// An impossible shape, points for another circuit, or what [`VerifyingKey::from_groth16`] refuses.
    pub fn from_groth16(
        shape: Shape,
        development: bool,
        groth16: ark_groth16::ProvingKey<Bn254>,
    ) -> Result<Self, KeyError> {
        shape.check()?;
        Self::assemble(shape, development, circuit::rows(&shape), groth16)
    }

    pub(crate) fn assemble(
        shape: Shape,
        development: bool,
        rows: Rows,
        groth16: ark_groth16::ProvingKey<Bn254>,
    ) -> Result<Self, KeyError> {
        let domain = (rows.constraints() + PUBLIC_COUNT + 1).next_power_of_two();
        for (what, found, expected) in [
            ("A query", groth16.a_query.len(), rows.wires()),
            ("B query in G1", groth16.b_g1_query.len(), rows.wires()),
            ("B query in G2", groth16.b_g2_query.len(), rows.wires()),
            ("H query", groth16.h_query.len(), domain - 1),
            ("L query", groth16.l_query.len(), rows.wires() - PUBLIC_COUNT - 1),
        ] {
            if found != expected {
                return Err(KeyError::Circuit { what, found, expected });
            }
        }
        let verifying = VerifyingKey::from_groth16(groth16.vk.clone())?;
        let mut bytes = Vec::with_capacity(groth16.uncompressed_size());
        groth16
            .serialize_uncompressed(&mut bytes)
            .map_err(|error| KeyError::Setup { reason: error.to_string() })?;
        let points = Sha256::digest(&bytes).into();
        Ok(Self { shape, development, rows, groth16, verifying, points })
    }

    /// The verifying key.
    pub fn verifying_key(&self) -> &VerifyingKey {
        &self.verifying
    }

    /// The sizes that the key is made for.
    pub fn shape(&self) -> Shape {
        self.shape
    }

    /// Whether anyone may be able to forge under this key: its set-up came from a published seed, or from a file whose
    /// ceremony was not checked when the key was made from it.
    pub fn is_development(&self) -> bool {
        self.development || self.verifying.is_development()
    }

    /// SHA-256 over every point of the key: what tables made from it are bound to.
    pub(crate) fn points_digest(&self) -> [u8; 32] {
        self.points
    }

    /// The circuit's constraints.
    pub fn rows(&self) -> &Rows {
        &self.rows
    }

    /// The points, as arkworks holds them: for other provers.
    pub fn groth16(&self) -> &ark_groth16::ProvingKey<Bn254> {
        &self.groth16
    }
}

impl std::fmt::Debug for ProvingKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            formatter,
            "ProvingKey({:?}, {:?}, development: {})",
            self.verifying,
            self.shape,
            self.is_development()
        )
    }
}
