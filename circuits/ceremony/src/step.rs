//! One contribution to the powers of tau, as the transcript of a `.ptau` keeps it.

use super::hash::{Draw, blake2, blake2_stream, hash_to_g2};
use super::powers::Powers;
use super::ratio::same_ratio;
use super::transcript::{Contributed, Phase};
use crate::iden3::{Author, ContributionKind, FormatError, Reader, Uncompressed, Writer};
use ark_bn254::{G1Affine, G2Affine};
use ark_ec::{AffineRepr, CurveGroup};

/// Bytes of a hasher's state that a contribution carries for other tools.
const HASHER_STATE: usize = 216;
/// Largest ceremony that there is.
const MOST_CEREMONY: u32 = 28;

/// Where a contribution of phase 1 leaves the accumulated points, and the proofs that its author knew the factors.
#[derive(Clone)]
pub(super) struct Step {
    pub tau_g1: G1Affine,
    pub tau_g2: G2Affine,
    pub alpha_g1: G1Affine,
    pub beta_g1: G1Affine,
    pub beta_g2: G2Affine,
    /// For tau, alpha and beta: a point s of G1 and s·factor.
    pub proofs_g1: [[G1Affine; 2]; 3],
    /// For tau, alpha and beta: the factor times the point that the challenge hashes to.
    pub proofs_g2: [G2Affine; 3],
    /// Hash that the next contribution has to take up.
    pub next: [u8; 64],
    pub author: Author,
}

impl Contributed<3> for Step {
    const PHASE: Phase = Phase::Powers;

    fn author(&self) -> &Author {
        &self.author
    }

    fn proofs(&self) -> [[G1Affine; 2]; 3] {
        self.proofs_g1
    }

    fn reached(&self) -> [G1Affine; 3] {
        [self.tau_g1, self.alpha_g1, self.beta_g1]
    }

    /// Over what is checked of it. What it hands on is not, but for the last: the files between contributions are not
    /// there.
    fn hash(&self) -> [u8; 64] {
        let g1s = self.reached().map(|point| point.uncompressed());
        let g2s = [self.tau_g2, self.beta_g2].map(|point| point.uncompressed());
        blake2(&[&g1s.concat(), &g2s.concat(), &self.public_key()])
    }
}

impl Step {
    /// Before anybody contributed.
    pub fn start(power: u32) -> Self {
        let (one, two) = (G1Affine::generator(), G2Affine::generator());
        Self {
            tau_g1: one,
            tau_g2: two,
            alpha_g1: one,
            beta_g1: one,
            beta_g2: two,
            proofs_g1: [[one; 2]; 3],
            proofs_g2: [two; 3],
            next: first_challenge(power),
            author: Author { name: String::new(), kind: ContributionKind::Secret },
        }
    }

    /// To `powers`, by what was drawn. What it hands on is still to be set.
    pub fn to(powers: &Powers, before: &Self, drawn: &Draw<3>, author: Author) -> Self {
        let proofs_g2 = std::array::from_fn(|at| {
            let point = challenge_point(at as u8, &before.next, &drawn.proofs[at]);
            (point * drawn.factors[at]).into_affine()
        });
        Self {
            tau_g1: powers.tau_g1[1],
            tau_g2: powers.tau_g2[1],
            alpha_g1: powers.alpha_tau_g1[0],
            beta_g1: powers.beta_tau_g1[0],
            beta_g2: powers.beta_g2,
            proofs_g1: drawn.proofs,
            proofs_g2,
            next: before.next,
            author,
        }
    }

    pub fn follows(&self, before: &Self) -> Result<(), &'static str> {
        let [tau, alpha, beta] = [0u8, 1, 2].map(|number| {
            let at = usize::from(number);
            (challenge_point(number, &before.next, &self.proofs_g1[at]), self.proofs_g2[at])
        });
        let in_g1 = |number: usize| (self.proofs_g1[number][0], self.proofs_g1[number][1]);
        for (what, g1, g2) in [
            ("its author did not show that he knew the factor of tau", in_g1(0), tau),
            ("its author did not show that he knew the factor of alpha", in_g1(1), alpha),
            ("its author did not show that he knew the factor of beta", in_g1(2), beta),
            ("tau in G1 did not change by the factor shown", (before.tau_g1, self.tau_g1), tau),
            ("tau in G2 did not change by the factor shown", in_g1(0), (before.tau_g2, self.tau_g2)),
            ("alpha did not change by the factor shown", (before.alpha_g1, self.alpha_g1), alpha),
            ("beta in G1 did not change by the factor shown", (before.beta_g1, self.beta_g1), beta),
            ("beta in G2 did not change by the factor shown", in_g1(2), (before.beta_g2, self.beta_g2)),
        ] {
            if !same_ratio(g1, g2) {
                return Err(what);
            }
        }
        Ok(())
    }

    /// The hash that the next contribution has to take up: over the response, which is what this one took up, all
    /// points and its proofs, and over all points once more.
    pub fn next_challenge(&self, before: &Self, powers: &Powers) -> [u8; 64] {
        let response = blake2(&[&before.next, &powers.compressed(), &self.public_key()]);
        blake2(&[&response, &powers.uncompressed()])
    }

    fn public_key(&self) -> Vec<u8> {
        let in_g1 = self.proofs_g1.iter().flatten().flat_map(Uncompressed::uncompressed);
        in_g1.chain(self.proofs_g2.iter().flat_map(Uncompressed::uncompressed)).collect()
    }

    pub fn read(reader: &mut Reader<'_>) -> Result<Self, FormatError> {
        let (tau_g1, tau_g2) = (reader.g1()?, reader.g2()?);
        let (alpha_g1, beta_g1, beta_g2) = (reader.g1()?, reader.g1()?, reader.g2()?);
        let mut proofs_g1 = [[G1Affine::identity(); 2]; 3];
        for point in proofs_g1.iter_mut().flatten() {
            *point = reader.g1()?;
        }
        let proofs_g2 = [reader.g2()?, reader.g2()?, reader.g2()?];
        reader.take(HASHER_STATE)?;
        let next = reader.array()?;
        let author = Author::read(reader)?;
        Ok(Self { tau_g1, tau_g2, alpha_g1, beta_g1, beta_g2, proofs_g1, proofs_g2, next, author })
    }

    pub fn write(&self, writer: &mut Writer) {
        writer.g1(&self.tau_g1);
        writer.g2(&self.tau_g2);
        writer.g1(&self.alpha_g1);
        writer.g1(&self.beta_g1);
        writer.g2(&self.beta_g2);
        for point in self.proofs_g1.iter().flatten() {
            writer.g1(point);
        }
        for point in &self.proofs_g2 {
            writer.g2(point);
        }
        writer.0.extend([0; HASHER_STATE]);
        writer.0.extend(self.next);
        self.author.write(writer);
    }
}

/// The point of G2 that a proof of knowledge is about: 0 for tau, 1 for alpha, 2 for beta.
fn challenge_point(which: u8, challenge: &[u8; 64], proof: &[G1Affine; 2]) -> G2Affine {
    let [base, multiple] = proof;
    hash_to_g2(&blake2(&[&[which], challenge, &base.uncompressed(), &multiple.uncompressed()]))
}

/// The hash that the first contribution takes up: over powers of 1.
fn first_challenge(power: u32) -> [u8; 64] {
    let size = 1usize << power.min(MOST_CEREMONY);
    let (one, two) = (G1Affine::generator().uncompressed(), G2Affine::generator().uncompressed());
    // One behind the other and never in memory: of the largest ceremony they are a hundred gigabytes.
    let times = |point, count| std::iter::repeat_n(point, count);
    let ones = times(&one[..], 2 * size - 1).chain(times(&two[..], size)).chain(times(&one[..], 2 * size));
    blake2_stream([&blake2(&[])[..]].into_iter().chain(ones).chain([&two[..]]))
}
