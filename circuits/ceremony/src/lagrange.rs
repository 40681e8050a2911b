//! Powers of tau in the Lagrange basis: Lᵢ(τ) = Σⱼ ω⁻ⁱʲ·τʲ / n, the inverse Fourier transform of the powers.
//!
//! A transform over a curve takes minutes at the frozen size. `snarkjs powersoftau prepare phase2` does it once and
//! appends the outcome to the `.ptau`, for every domain of 1, 2, 4, … points. Whether it was done right is told by one
//! random sum: the transform is linear, so Σ cᵢ·Lᵢ(τ) has to be Σ c̃ⱼ·τʲ, where c̃ is the transform of the random
//! numbers c.

use super::powers::Powers;
use super::ratio::small_scalars;
use crate::iden3::{self, FormatError, Sections, Writer};
use ark_bn254::{Fr, G1Affine, G1Projective, G2Affine, G2Projective};
use ark_ec::scalar_mul::ScalarMul;
use ark_ec::{AffineRepr, CurveGroup, VariableBaseMSM};
use ark_ff::{PrimeField, Zero};
use ark_poly::{EvaluationDomain, Radix2EvaluationDomain};
use wetsign_circuits::field::EntropyError;
use zeroize::Zeroizing;

/// The points of one domain of n points.
pub(super) struct Lagrange {
    pub tau_g1: Vec<G1Affine>,
    pub tau_g2: Vec<G2Affine>,
    pub alpha_tau_g1: Vec<G1Affine>,
    pub beta_tau_g1: Vec<G1Affine>,
    /// Of the domain of 2n points, those with an odd number: the bases of the quotient.
    pub odd: Vec<G1Affine>,
}

/// The points of every domain, the smallest first.
pub(super) struct Prepared {
    /// Up to twice as many points as there are powers in G2; the highest power, which is missing, counts as the
    /// identity.
    tau_g1: Vec<G1Affine>,
    tau_g2: Vec<G2Affine>,
    alpha_tau_g1: Vec<G1Affine>,
    beta_tau_g1: Vec<G1Affine>,
}

impl Lagrange {
    /// From the powers themselves. `quotient` are the coefficients τⁿ⁺ⁱ - τⁱ.
    pub fn transformed(powers: &Powers, size: usize, quotient: &[G1Affine]) -> Self {
        Self {
            tau_g1: transformed::<G1Projective>(&powers.tau_g1[..size]),
            tau_g2: transformed::<G2Projective>(&powers.tau_g2[..size]),
            alpha_tau_g1: transformed::<G1Projective>(&powers.alpha_tau_g1[..size]),
            beta_tau_g1: transformed::<G1Projective>(&powers.beta_tau_g1[..size]),
            odd: iden3::values_from_coefficients(quotient, size),
        }
    }
}

impl Prepared {
    /// For powers whose secrets are known, without any transform over a curve.
    pub fn of(powers: &[Fr], alpha: &Fr, beta: &Fr) -> Self {
        let size = powers.len().div_ceil(2);
        let double = values(powers, 2 * size);
        let single = &double[..2 * size - 1];
        let times =
            |factor: &Fr| Zeroizing::new(single.iter().map(|value| *value * factor).collect::<Vec<_>>());
        let in_g1 = |scalars: &[Fr]| G1Affine::generator().into_group().batch_mul(scalars);
        Self {
            tau_g1: in_g1(&double),
            tau_g2: G2Affine::generator().into_group().batch_mul(single),
            alpha_tau_g1: in_g1(&times(alpha)),
            beta_tau_g1: in_g1(&times(beta)),
        }
    }

    /// Sections 12 to 15 of a `.ptau` of 2^`power` points; none of a file that is not prepared.
    pub fn read(sections: &Sections<'_>, power: u32) -> Result<Option<Self>, FormatError> {
        if !sections.has(12) {
            return Ok(None);
        }
        let mut tau_g1 = sections.section(12, "Lagrange points of tau in G1")?;
        let mut tau_g2 = sections.section(13, "Lagrange points of tau in G2")?;
        let mut alpha_tau_g1 = sections.section(14, "Lagrange points of alpha")?;
        let mut beta_tau_g1 = sections.section(15, "Lagrange points of beta")?;
        let size = 1usize << power;
        let prepared = Self {
            tau_g1: tau_g1.g1s(4 * size - 1)?,
            tau_g2: tau_g2.g2s(2 * size - 1)?,
            alpha_tau_g1: alpha_tau_g1.g1s(2 * size - 1)?,
            beta_tau_g1: beta_tau_g1.g1s(2 * size - 1)?,
        };
        for reader in [tau_g1, tau_g2, alpha_tau_g1, beta_tau_g1] {
            reader.end()?;
        }
        Ok(Some(prepared))
    }

    pub fn sections(&self) -> [(u32, Vec<u8>); 4] {
        [
            (12, Writer::g1s(&self.tau_g1)),
            (13, Writer::g2s(&self.tau_g2)),
            (14, Writer::g1s(&self.alpha_tau_g1)),
            (15, Writer::g1s(&self.beta_tau_g1)),
        ]
    }

    /// Which of them are not the transforms of `powers`; that none is, is wrong with a chance of 2^-128.
    pub fn wrong(&self, powers: &Powers) -> Result<Option<&'static str>, EntropyError> {
        let outcomes = [
            ("Lagrange points of tau in G1", agree::<G1Projective>(&self.tau_g1, &powers.tau_g1)?),
            ("Lagrange points of tau in G2", agree::<G2Projective>(&self.tau_g2, &powers.tau_g2)?),
            ("Lagrange points of alpha", agree::<G1Projective>(&self.alpha_tau_g1, &powers.alpha_tau_g1)?),
            ("Lagrange points of beta", agree::<G1Projective>(&self.beta_tau_g1, &powers.beta_tau_g1)?),
        ];
        Ok(outcomes.into_iter().find(|(_, right)| !right).map(|(what, _)| what))
    }

    /// Those of the domain of `size` points, a power of two.
    pub fn domain(&self, size: usize) -> Lagrange {
        let own = size - 1..2 * size - 1;
        let double = 2 * size - 1..4 * size - 1;
        Lagrange {
            tau_g1: self.tau_g1[own.clone()].to_vec(),
            tau_g2: self.tau_g2[own.clone()].to_vec(),
            alpha_tau_g1: self.alpha_tau_g1[own.clone()].to_vec(),
            beta_tau_g1: self.beta_tau_g1[own].to_vec(),
            odd: self.tau_g1[double].iter().skip(1).step_by(2).copied().collect(),
        }
    }
}

/// Transforms of all domains up to `largest` points, one behind the other. Powers that are missing count as zero.
fn values(powers: &[Fr], largest: usize) -> Zeroizing<Vec<Fr>> {
    let mut all = Zeroizing::new(Vec::with_capacity(2 * largest - 1));
    for domain in domains(largest) {
        let mut part = Zeroizing::new(powers[..domain.size().min(powers.len())].to_vec());
        part.resize(domain.size(), Fr::zero());
        domain.ifft_in_place(&mut *part);
        all.extend_from_slice(&part);
    }
    all
}

fn domains(largest: usize) -> impl Iterator<Item = Radix2EvaluationDomain<Fr>> {
    (0..=largest.ilog2()).filter_map(|log| Radix2EvaluationDomain::new(1 << log))
}

fn transformed<G: CurveGroup<ScalarField = Fr>>(powers: &[G::Affine]) -> Vec<G::Affine> {
    let mut points: Vec<G> = powers.iter().map(|point| point.into_group()).collect();
    if let Some(domain) = Radix2EvaluationDomain::<Fr>::new(points.len()) {
        domain.ifft_in_place(&mut points);
    }
    G::normalize_batch(&points)
}

/// Whether `points`, of every domain one behind the other, are the transforms of `powers`.
fn agree<G>(points: &[G::Affine], powers: &[G::Affine]) -> Result<bool, EntropyError>
where
    G: CurveGroup<ScalarField = Fr> + VariableBaseMSM<MulBase = <G as CurveGroup>::Affine>,
{
    let random = small_scalars(points.len())?;
    let mut factors = vec![Fr::zero(); powers.len()];
    for domain in domains(points.len().div_ceil(2)) {
        let own = &random[domain.size() - 1..2 * domain.size() - 1];
        let mut part: Vec<_> = own.iter().filter_map(|number| Fr::from_bigint(*number)).collect();
        domain.ifft_in_place(&mut part);
        factors.iter_mut().zip(part).for_each(|(factor, part)| *factor += part);
    }
    let factors: Vec<_> = factors.iter().map(|factor| factor.into_bigint()).collect();
    Ok(G::msm_bigint(points, &random) == G::msm_bigint(powers, &factors))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ark_ff::Field;

    fn made() -> (Powers, Prepared) {
        let [tau, alpha, beta] = [2u64, 3, 5].map(Fr::from);
        let scalars: Vec<_> = (0..15u64).map(|at| tau.pow([at])).collect();
        (Powers::of(3, &scalars, &alpha, &beta), Prepared::of(&scalars, &alpha, &beta))
    }

    #[test]
    fn what_was_prepared_is_what_a_transform_gives() {
        let (powers, prepared) = made();
        for size in [1, 2, 4, 8] {
            let high = |at: usize| powers.tau_g1.get(at).copied().unwrap_or(G1Affine::identity());
            let quotient: Vec<_> = (0..size)
                .map(|at| (high(size + at) - powers.tau_g1[at].into_group()).into_affine())
                .collect();
            let (found, expected) = (prepared.domain(size), Lagrange::transformed(&powers, size, &quotient));
            assert_eq!(found.tau_g1, expected.tau_g1);
            assert_eq!(found.tau_g2, expected.tau_g2);
            assert_eq!(found.alpha_tau_g1, expected.alpha_tau_g1);
            assert_eq!(found.beta_tau_g1, expected.beta_tau_g1);
            assert_eq!(found.odd, expected.odd);
        }
    }

    #[test]
    fn every_altered_point_is_refused() {
        type Alter = fn(&mut Prepared);
        let (powers, mut prepared) = made();
        for at in 0..prepared.tau_g1.len() {
            let kept = std::mem::replace(&mut prepared.tau_g1[at], G1Affine::identity());
            assert!(!agree::<G1Projective>(&prepared.tau_g1, &powers.tau_g1).unwrap(), "{at}");
            prepared.tau_g1[at] = kept;
        }
        assert_eq!(prepared.wrong(&powers).unwrap(), None);
        let alterations: [(&str, Alter); 4] = [
            ("tau in G1", |points| points.tau_g1.swap(3, 4)),
            ("tau in G2", |points| points.tau_g2.swap(3, 4)),
            ("alpha", |points| points.alpha_tau_g1.swap(3, 4)),
            ("beta", |points| points.beta_tau_g1.swap(3, 4)),
        ];
        for (name, alter) in alterations {
            alter(&mut prepared);
            assert!(prepared.wrong(&powers).unwrap().unwrap().contains(name));
            alter(&mut prepared);
        }
    }
}
