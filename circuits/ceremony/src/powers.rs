//! The points of phase 1, and their sections in a `.ptau`.

use super::hash::{is_negative, is_negative_g2};
use crate::iden3::{FormatError, Sections, Uncompressed, Writer};
use ark_bn254::{Fr, G1Affine, G2Affine};
use ark_ec::scalar_mul::ScalarMul;
use ark_ec::{AffineRepr, CurveGroup};
use zeroize::Zeroizing;

/// For n = 2^`power` points: τⁱ up to 2n - 2 in G1; below n τⁱ in G2, α·τⁱ and β·τⁱ in G1; β in G2.
pub(super) struct Powers {
    pub power: u32,
    pub tau_g1: Vec<G1Affine>,
    pub tau_g2: Vec<G2Affine>,
    pub alpha_tau_g1: Vec<G1Affine>,
    pub beta_tau_g1: Vec<G1Affine>,
    pub beta_g2: G2Affine,
}

impl Powers {
    /// For secrets that are known: τⁱ below 2n - 1, alpha and beta.
    pub fn of(power: u32, scalars: &[Fr], alpha: &Fr, beta: &Fr) -> Self {
        let half = &scalars[..1 << power];
        let in_g1 = |scalars: &[Fr]| G1Affine::generator().into_group().batch_mul(scalars);
        let times =
            |factor: &Fr| Zeroizing::new(half.iter().map(|scalar| *scalar * factor).collect::<Vec<_>>());
        Self {
            power,
            tau_g1: in_g1(scalars),
            tau_g2: G2Affine::generator().into_group().batch_mul(half),
            alpha_tau_g1: in_g1(&times(alpha)),
            beta_tau_g1: in_g1(&times(beta)),
            beta_g2: (G2Affine::generator() * beta).into_affine(),
        }
    }

    pub fn read(sections: &Sections<'_>, power: u32) -> Result<Self, FormatError> {
        let size = 1usize << power;
        Ok(Self {
            power,
            tau_g1: sections.section(2, "powers of tau in G1")?.g1s(2 * size - 1)?,
            tau_g2: sections.section(3, "powers of tau in G2")?.g2s(size)?,
            alpha_tau_g1: sections.section(4, "alpha times powers of tau")?.g1s(size)?,
            beta_tau_g1: sections.section(5, "beta times powers of tau")?.g1s(size)?,
            beta_g2: sections.section(6, "beta")?.g2()?,
        })
    }

    pub fn sections(&self) -> [(u32, Vec<u8>); 5] {
        [
            (2, Writer::g1s(&self.tau_g1)),
            (3, Writer::g2s(&self.tau_g2)),
            (4, Writer::g1s(&self.alpha_tau_g1)),
            (5, Writer::g1s(&self.beta_tau_g1)),
            (6, Writer::g2s(&[self.beta_g2])),
        ]
    }

    /// As a response hashes them: abscissas, with the ordinate's sign in the highest bit. No power is the identity.
    pub fn compressed(&self) -> Vec<u8> {
        fn with_sign(mut bytes: Vec<u8>, negative: bool) -> Vec<u8> {
            bytes[0] |= u8::from(negative) << 7;
            bytes
        }
        self.bytes(
            |point| with_sign(point.x.uncompressed(), is_negative(&point.y)),
            |point| with_sign(point.x.uncompressed(), is_negative_g2(&point.y)),
        )
    }

    /// As a challenge hashes them.
    pub fn uncompressed(&self) -> Vec<u8> {
        self.bytes(G1Affine::uncompressed, G2Affine::uncompressed)
    }

    fn bytes(&self, in_g1: fn(&G1Affine) -> Vec<u8>, in_g2: fn(&G2Affine) -> Vec<u8>) -> Vec<u8> {
        let g1s = |points: &[G1Affine]| points.iter().flat_map(in_g1).collect::<Vec<_>>();
        [
            g1s(&self.tau_g1),
            self.tau_g2.iter().flat_map(in_g2).collect(),
            g1s(&self.alpha_tau_g1),
            g1s(&self.beta_tau_g1),
            in_g2(&self.beta_g2),
        ]
        .concat()
    }
}
