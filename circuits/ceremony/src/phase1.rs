//! Powers of tau: iden3's `.ptau` files.

use super::lagrange::{Lagrange, Prepared};
use super::powers::Powers;
use super::ratio::{same_ratio, small_scalars};
use super::step::Step;
use super::transcript::{self, Contributed, Entry, TranscriptError};
use crate::iden3::{Format, FormatError, Sections, Writer};
use ark_bn254::{Fq, G1Affine, G1Projective, G2Affine, G2Projective};
use ark_ec::{AffineRepr, CurveGroup, VariableBaseMSM};
use ark_ff::{BigInteger, PrimeField};
use wetsign_circuits::field::EntropyError;

/// Largest power that is read: 2^20 points take 400 MB.
pub(super) const MOST_POWER: u32 = 20;

/// Powers of tau that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Phase1Error {
    /// The bytes are no point.
    #[error(transparent)]
    Format(#[from] FormatError),
    /// The transcript does not show that tau, alpha and beta are unknown.
    #[error(transparent)]
    Transcript(#[from] TranscriptError),
    /// The points are not powers.
    #[error("the points are not powers of the tau that the contributions lead to: {what}")]
    Powers {
        /// Which.
        what: &'static str,
    },
    /// An impossible size.
    #[error("powers of tau for 2^{found} points; 1 to {MOST_POWER} are allowed")]
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
    pub(super) powers: Powers,
    pub(super) steps: Vec<Step>,
    pub(super) prepared: Option<Prepared>,
}

impl PowersOfTau {
    /// Reads a file and checks it: at least one secret contribution, by the rule of both phases; each shows that its
    /// author knew the factors of tau, alpha and beta and that nothing else changed; a beacon is recomputed; every
    /// point is a power of the outcome; the last contribution hands on the hash over these very points. A file that was
    /// cut from a larger ceremony does not hold all that was hashed, so there the last of these is left out, and the
    /// hashes between earlier contributions take the files in between. They bind a proof to one ceremony and are no
    /// part of the argument why tau is unknown. Lagrange points, where the file was prepared for phase 2, follow from
    /// the powers.
    ///
    /// # Errors
    /// [`Phase1Error`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Phase1Error> {
        let sections = Sections::read(Format::Ptau, bytes)?;
        let mut header = sections.section(1, "header")?;
        if header.u32()? != 32 || header.take(32)? != Fq::MODULUS.to_bytes_le() {
            return Err(header.malformed("it is over another curve").into());
        }
        let (power, ceremony) = (header.u32()?, header.u32()?);
        if power == 0 || power > MOST_POWER {
            return Err(Phase1Error::Size { found: power });
        }
        let mut transcript = sections.section(7, "contributions")?;
        let steps =
            (0..transcript.u32()?).map(|_| Step::read(&mut transcript)).collect::<Result<Vec<_>, _>>()?;
        transcript.end()?;
        transcript::check(&steps)?;
        let powers = Powers::read(&sections, power)?;
        let powers = Self { powers, steps, prepared: Prepared::read(&sections, power)? };
        powers.check(ceremony)?;
        Ok(powers)
    }

    /// As a file, without the hasher states that `snarkjs powersoftau verify` wants; its other commands read it.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut header = 32u32.to_le_bytes().to_vec();
        header.extend(Fq::MODULUS.to_bytes_le());
        header.extend(self.power().to_le_bytes());
        header.extend(self.power().to_le_bytes());
        let mut transcript = Writer((self.steps.len() as u32).to_le_bytes().to_vec());
        for step in &self.steps {
            step.write(&mut transcript);
        }
        let mut sections = vec![(1, header)];
        sections.extend(self.powers.sections());
        sections.push((7, transcript.0));
        sections.extend(self.prepared.iter().flat_map(Prepared::sections));
        Sections::write(Format::Ptau, 1, &sections)
    }

    /// In the Lagrange basis of `size` points. `quotient` are the coefficients τⁿ⁺ⁱ - τⁱ.
    pub(super) fn lagrange(&self, size: usize, quotient: &[G1Affine]) -> Lagrange {
        match &self.prepared {
            Some(prepared) => prepared.domain(size),
            None => Lagrange::transformed(&self.powers, size, quotient),
        }
    }

    /// Without the Lagrange points: [`begin`](super::begin) has to compute them.
    #[cfg(test)]
    pub(crate) fn unprepared(self) -> Self {
        Self { prepared: None, ..self }
    }

    /// Logarithm of the number of points.
    pub fn power(&self) -> u32 {
        self.powers.power
    }

    /// Who contributed, first to last.
    pub fn contributions(&self) -> Vec<Entry> {
        transcript::entries(&self.steps)
    }

    fn check(&self, ceremony: u32) -> Result<(), Phase1Error> {
        let start = Step::start(ceremony);
        // What the last one took up, and what it left.
        let (mut before, mut last) = (&start, &start);
        for (at, step) in self.steps.iter().enumerate() {
            step.follows(last).map_err(|what| step.refuse(at, what))?;
            (before, last) = (last, step);
        }
        let powers = &self.powers;
        let refuse = |what| Err(Phase1Error::Powers { what });
        if powers.tau_g1[..2] != [G1Affine::generator(), last.tau_g1]
            || powers.tau_g2[..2] != [G2Affine::generator(), last.tau_g2]
            || powers.alpha_tau_g1[0] != last.alpha_g1
            || powers.beta_tau_g1[0] != last.beta_g1
            || powers.beta_g2 != last.beta_g2
        {
            return refuse("the first of them");
        }
        let in_g2 = (G2Affine::generator(), last.tau_g2);
        for (what, points) in [
            ("tau in G1", &powers.tau_g1),
            ("alpha in G1", &powers.alpha_tau_g1),
            ("beta in G1", &powers.beta_tau_g1),
        ] {
            let count = points.len() - 1;
            let coefficients = small_scalars(count)?;
            let low = G1Projective::msm_bigint(&points[..count], &coefficients).into_affine();
            let high = G1Projective::msm_bigint(&points[1..], &coefficients).into_affine();
            if !same_ratio((low, high), in_g2) {
                return refuse(what);
            }
        }
        let count = powers.tau_g2.len() - 1;
        let coefficients = small_scalars(count)?;
        let low = G2Projective::msm_bigint(&powers.tau_g2[..count], &coefficients).into_affine();
        let high = G2Projective::msm_bigint(&powers.tau_g2[1..], &coefficients).into_affine();
        if !same_ratio((G1Affine::generator(), last.tau_g1), (low, high)) {
            return refuse("tau in G2");
        }
        if ceremony == self.power() && last.next != last.next_challenge(before, powers) {
            let what = "what it hands on is not the hash of these points";
            return Err(last.refuse(self.steps.len() - 1, what).into());
        }
        let wrong = self.prepared.as_ref().map_or(Ok(None), |prepared| prepared.wrong(powers))?;
        wrong.map_or(Ok(()), refuse)
    }
}
