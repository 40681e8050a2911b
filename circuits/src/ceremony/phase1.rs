//! Powers of tau: iden3's `.ptau` files.

use super::lagrange::{Lagrange, Prepared};
use super::phase2::{same_ratio, small_scalars};
use super::step::{Step, challenge_point, first_challenge};
use crate::field::{self, EntropyError};
use crate::iden3::{Reader, Sections, Writer, ZkeyError};
use ark_bn254::{Fq, Fr, G1Affine, G1Projective, G2Affine, G2Projective};
use ark_ec::scalar_mul::ScalarMul;
use ark_ec::{AffineRepr, CurveGroup, VariableBaseMSM};
use ark_ff::{BigInteger, One, PrimeField};
use zeroize::Zeroizing;

/// Largest power that is read: 2^20 points take 400 MB.
const MOST_POWER: u32 = 20;

/// Powers of tau that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Phase1Error {
    /// The bytes are none.
    #[error(transparent)]
    Format(#[from] ZkeyError),
    /// Nobody contributed.
    #[error("nobody contributed to these powers of tau: tau is known to everyone")]
    Nobody,
    /// A contribution does not hold.
    #[error("contribution {number} of phase 1 does not hold: {what}")]
    Contribution {
        /// Which, from 1.
        number: usize,
        /// What is wrong.
        what: &'static str,
    },
    /// The points are not powers.
    #[error("the points are not powers of the tau that the contributions lead to: {what}")]
    Powers {
        /// Which.
        what: &'static str,
    },
    /// An impossible size.
    #[error("powers of tau for 2^{found} points; 1 to 20 are allowed")]
    Size {
        /// The power asked for.
        found: u32,
    },
    /// No randomness.
    #[error(transparent)]
    Entropy(#[from] EntropyError),
}

/// Checked powers of tau.
pub struct PowersOfTau {
    power: u32,
    pub(super) tau_g1: Vec<G1Affine>,
    pub(super) tau_g2: Vec<G2Affine>,
    pub(super) alpha_tau_g1: Vec<G1Affine>,
    pub(super) beta_tau_g1: Vec<G1Affine>,
    pub(super) beta_g2: G2Affine,
    contributions: Vec<Step>,
    pub(super) prepared: Option<Prepared>,
}

impl PowersOfTau {
    /// Reads a file and checks it: at least one contribution; each shows that its author knew the factors of tau, alpha and beta
    /// and that nothing else changed; every point is a power of the outcome; the last contribution hands on the hash over
    /// these very points. A file that was cut from a larger ceremony does not hold all that was hashed, so there the last of these is
    /// left out, and the hashes between earlier contributions take the files in between. They bind a proof to one ceremony and are no
    /// part of the argument why tau is unknown. Lagrange points, where the file was prepared for phase 2, follow from the powers.
    ///
    /// # Errors
    /// [`Phase1Error`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Phase1Error> {
        let sections = Sections::read(*b"ptau", bytes)?;
        let section = |number, what| Ok::<_, ZkeyError>(Reader { rest: sections.get(number, what)?, what });
        let mut header = section(1, "header")?;
        if header.u32()? != 32 || header.take(32)? != Fq::MODULUS.to_bytes_le() {
            return Err(header.malformed("it is over another curve").into());
        }
        let (power, ceremony) = (header.u32()?, header.u32()?);
        if power == 0 || power > MOST_POWER {
            return Err(Phase1Error::Size { found: power });
        }
        let size = 1usize << power;
        let mut transcript = section(7, "contributions")?;
        let contributions =
            (0..transcript.u32()?).map(|_| Step::read(&mut transcript)).collect::<Result<Vec<_>, _>>()?;
        let powers = Self {
            power,
            tau_g1: section(2, "powers of tau in G1")?.g1s(2 * size - 1)?,
            tau_g2: section(3, "powers of tau in G2")?.g2s(size)?,
            alpha_tau_g1: section(4, "alpha times powers of tau")?.g1s(size)?,
            beta_tau_g1: section(5, "beta times powers of tau")?.g1s(size)?,
            beta_g2: section(6, "beta")?.g2()?,
            contributions,
            prepared: Prepared::read(&sections, power)?,
        };
        powers.check(ceremony)?;
        powers.prepared.as_ref().map_or(Ok(()), |prepared| prepared.check(&powers))?;
        Ok(powers)
    }

    /// Powers made here, by one contributor: this machine. For development and tests; whoever runs it could have kept tau.
    ///
    /// # Errors
    /// A power outside 1 to 20; no randomness.
    pub fn local(power: u32) -> Result<Self, Phase1Error> {
        if power == 0 || power > MOST_POWER {
            return Err(Phase1Error::Size { found: power });
        }
        let size = 1usize << power;
        let [tau, alpha, beta] = [field::random()?, field::random()?, field::random()?].map(Zeroizing::new);
        let mut scalars = Zeroizing::new(vec![Fr::one(); 2 * size - 1]);
        for at in 1..scalars.len() {
            scalars[at] = scalars[at - 1] * *tau;
        }
        let times = |factor: Fr| {
            let scaled =
                Zeroizing::new(scalars[..size].iter().map(|scalar| *scalar * factor).collect::<Vec<_>>());
            G1Affine::generator().into_group().batch_mul(&scaled)
        };
        let tau_g1 = G1Affine::generator().into_group().batch_mul(&scalars);
        let tau_g2 = G2Affine::generator().into_group().batch_mul(&scalars[..size]);
        let (alpha_tau_g1, beta_tau_g1) = (times(*alpha), times(*beta));
        let beta_g2 = (G2Affine::generator() * *beta).into_affine();

        let challenge = first_challenge(power);
        let mut proofs_g1 = [[G1Affine::generator(); 2]; 3];
        let mut proofs_g2 = [G2Affine::generator(); 3];
        for (number, factor) in [&tau, &alpha, &beta].into_iter().enumerate() {
            let base = (G1Affine::generator() * field::random()?).into_affine();
            proofs_g1[number] = [base, (base * **factor).into_affine()];
            let point = challenge_point(number as u8, &challenge, &proofs_g1[number]);
            proofs_g2[number] = (point * **factor).into_affine();
        }
        let step = Step {
            tau_g1: tau_g1[1],
            tau_g2: tau_g2[1],
            alpha_g1: alpha_tau_g1[0],
            beta_g1: beta_tau_g1[0],
            beta_g2,
            proofs_g1,
            proofs_g2,
            next: challenge,
        };
        let prepared = Some(Prepared::of(&scalars, &alpha, &beta));
        let contributions = Vec::new();
        let mut powers =
            Self { power, tau_g1, tau_g2, alpha_tau_g1, beta_tau_g1, beta_g2, contributions, prepared };
        let next = step.next_challenge(&Step::start(power), &powers);
        powers.contributions.push(Step { next, ..step });
        Ok(powers)
    }

    /// As a file, without the hasher states that `snarkjs powersoftau verify` wants; its other commands read it.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut header = 32u32.to_le_bytes().to_vec();
        header.extend(Fq::MODULUS.to_bytes_le());
        header.extend(self.power.to_le_bytes());
        header.extend(self.power.to_le_bytes());
        let mut transcript = Writer((self.contributions.len() as u32).to_le_bytes().to_vec());
        for step in &self.contributions {
            step.write(&mut transcript);
        }
        let mut sections = vec![
            (1, header),
            (2, Writer::g1s(&self.tau_g1)),
            (3, Writer::g2s(&self.tau_g2)),
            (4, Writer::g1s(&self.alpha_tau_g1)),
            (5, Writer::g1s(&self.beta_tau_g1)),
            (6, Writer::g2s(&[self.beta_g2])),
            (7, transcript.0),
        ];
        sections.extend(self.prepared.iter().flat_map(Prepared::sections));
        Sections::write(*b"ptau", 1, &sections)
    }

    /// In the Lagrange basis of `size` points. `quotient` are the coefficients τⁿ⁺ⁱ - τⁱ.
    pub(super) fn lagrange(&self, size: usize, quotient: &[G1Affine]) -> Lagrange {
        match &self.prepared {
            Some(prepared) => prepared.domain(size),
            None => Lagrange::transformed(self, size, quotient),
        }
    }

    /// Without the Lagrange points: [`begin`](super::begin) has to compute them.
    #[cfg(test)]
    pub(crate) fn unprepared(self) -> Self {
        Self { prepared: None, ..self }
    }

    /// Logarithm of the number of points.
    pub fn power(&self) -> u32 {
        self.power
    }

    /// How many contributed.
    pub fn contributors(&self) -> usize {
        self.contributions.len()
    }

    fn check(&self, ceremony: u32) -> Result<(), Phase1Error> {
        let start = Step::start(ceremony);
        let mut before = &start;
        for (number, step) in self.contributions.iter().enumerate() {
            step.follows(before).map_err(|what| Phase1Error::Contribution { number: number + 1, what })?;
            before = step;
        }
        let (last, earlier) = self.contributions.split_last().ok_or(Phase1Error::Nobody)?;
        let refuse = |what| Err(Phase1Error::Powers { what });
        if self.tau_g1[..2] != [G1Affine::generator(), last.tau_g1]
            || self.tau_g2[..2] != [G2Affine::generator(), last.tau_g2]
            || self.alpha_tau_g1[0] != last.alpha_g1
            || self.beta_tau_g1[0] != last.beta_g1
            || self.beta_g2 != last.beta_g2
        {
            return refuse("the first of them");
        }
        let in_g2 = (G2Affine::generator(), last.tau_g2);
        for (what, points) in [
            ("tau in G1", &self.tau_g1),
            ("alpha in G1", &self.alpha_tau_g1),
            ("beta in G1", &self.beta_tau_g1),
        ] {
            let count = points.len() - 1;
            let coefficients = small_scalars(count)?;
            let low = G1Projective::msm_bigint(&points[..count], &coefficients).into_affine();
            let high = G1Projective::msm_bigint(&points[1..], &coefficients).into_affine();
            if !same_ratio((low, high), in_g2) {
                return refuse(what);
            }
        }
        let count = self.tau_g2.len() - 1;
        let coefficients = small_scalars(count)?;
        let low = G2Projective::msm_bigint(&self.tau_g2[..count], &coefficients).into_affine();
        let high = G2Projective::msm_bigint(&self.tau_g2[1..], &coefficients).into_affine();
        if !same_ratio((G1Affine::generator(), last.tau_g1), (low, high)) {
            return refuse("tau in G2");
        }
        let before = earlier.last().unwrap_or(&start);
        if ceremony == self.power && last.next != last.next_challenge(before, self) {
            let what = "what it hands on is not the hash of these points";
            return Err(Phase1Error::Contribution { number: self.contributions.len(), what });
        }
        Ok(())
    }
}
