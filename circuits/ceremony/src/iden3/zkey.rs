//! `.zkey` files (Groth16, version 1): a proving key, and the transcript of the ceremony that made it.
//!
//! | section | content |
//! |---|---|
//! | 1, 2 | protocol; fields, sizes, alpha, beta, gamma, delta |
//! | 3 | points of the public inputs |
//! | 4 | entries of A and B |
//! | 5, 6, 7, 8 | A, B in G1, B in G2, L |
//! | 9 | H by values at odd points: [L₂ᵢ₊₁(τ)/δ] over the domain of twice the size |
//! | 10 | circuit hash and contributions |
//!
//! arkworks keeps H in another basis: see [`quotient`](super::quotient).

use super::contribution::Contribution;
use super::points::Writer;
use super::quotient::{coefficients_from_values, values_from_coefficients};
use super::sections::Sections;
use super::{Format, FormatError, coefficients, field_order};
use ark_bn254::{Bn254, Fq, Fr, G1Affine, G2Affine};
use ark_ff::{BigInteger, PrimeField};
use wetsign_circuits::inputs::PUBLIC_COUNT;
use wetsign_circuits::{KeyError, ProvingKey, Shape, ShapeError, rows};

/// A `.zkey` that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ZkeyError {
    /// It is no `.zkey`.
    #[error(transparent)]
    Format(#[from] FormatError),
    /// It is made for another circuit.
    #[error("the zkey is made for another circuit: {what}")]
    Circuit {
        /// What differs.
        what: &'static str,
    },
    /// The shape is impossible.
    #[error(transparent)]
    Shape(#[from] ShapeError),
    /// Its contents are no key.
    #[error(transparent)]
    Key(#[from] KeyError),
}

/// A `.zkey` file's content.
#[derive(Clone, PartialEq, Eq)]
pub struct Zkey {
    pub(crate) domain: usize,
    pub(crate) alpha_g1: G1Affine,
    pub(crate) beta_g1: G1Affine,
    pub(crate) beta_g2: G2Affine,
    pub(crate) gamma_g2: G2Affine,
    pub(crate) delta_g1: G1Affine,
    pub(crate) delta_g2: G2Affine,
    pub(crate) inputs: Vec<G1Affine>,
    /// Section 4 as it stands in the file.
    pub(crate) coefficients: Vec<u8>,
    pub(crate) a: Vec<G1Affine>,
    pub(crate) b_g1: Vec<G1Affine>,
    pub(crate) b_g2: Vec<G2Affine>,
    pub(crate) l: Vec<G1Affine>,
    pub(crate) h: Vec<G1Affine>,
    pub(crate) circuit_hash: [u8; 64],
    pub(crate) contributions: Vec<Contribution>,
}

impl Zkey {
    /// A key in this format. Without a transcript: where it comes from is not told by it.
    pub fn from_key(key: &ProvingKey) -> Self {
        let points = key.groth16();
        let verifying = &points.vk;
        let domain = points.h_query.len() + 1;
        Self {
            domain,
            alpha_g1: verifying.alpha_g1,
            beta_g1: points.beta_g1,
            beta_g2: verifying.beta_g2,
            gamma_g2: verifying.gamma_g2,
            delta_g1: points.delta_g1,
            delta_g2: verifying.delta_g2,
            inputs: verifying.gamma_abc_g1.clone(),
            coefficients: coefficients(key.rows()),
            a: points.a_query.clone(),
            b_g1: points.b_g1_query.clone(),
            b_g2: points.b_g2_query.clone(),
            l: points.l_query.clone(),
            h: values_from_coefficients(&points.h_query, domain),
            circuit_hash: [0; 64],
            contributions: Vec::new(),
        }
    }

    /// The proving key, for the circuit of `shape`, **marked as one for development**: the entries of A and B are
    /// compared with the circuit's own, but nobody has looked at the ceremony. A key that counts comes from
    /// [`Ceremony::to_key`](crate::Ceremony::to_key).
    ///
    /// # Errors
    /// Another circuit; delta = gamma, which is a key that nobody contributed to.
    pub fn to_key(&self, shape: &Shape) -> Result<ProvingKey, ZkeyError> {
        self.assemble(shape, true)
    }

    pub(crate) fn assemble(&self, shape: &Shape, development: bool) -> Result<ProvingKey, ZkeyError> {
        shape.check()?;
        if self.coefficients != coefficients(&rows(shape)) {
            return Err(ZkeyError::Circuit { what: "the entries of A and B differ" });
        }
        let groth16 = ark_groth16::ProvingKey::<Bn254> {
            vk: ark_groth16::VerifyingKey {
                alpha_g1: self.alpha_g1,
                beta_g2: self.beta_g2,
                gamma_g2: self.gamma_g2,
                delta_g2: self.delta_g2,
                gamma_abc_g1: self.inputs.clone(),
            },
            beta_g1: self.beta_g1,
            delta_g1: self.delta_g1,
            a_query: self.a.clone(),
            b_g1_query: self.b_g1.clone(),
            b_g2_query: self.b_g2.clone(),
            h_query: coefficients_from_values(&self.h),
            l_query: self.l.clone(),
        };
        Ok(ProvingKey::from_groth16(*shape, development, groth16)?)
    }

    /// The file's bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut header = Writer(32u32.to_le_bytes().to_vec());
        header.0.extend(Fq::MODULUS.to_bytes_le());
        field_order(&mut header.0);
        for number in [self.a.len(), PUBLIC_COUNT, self.domain] {
            header.0.extend((number as u32).to_le_bytes());
        }
        header.g1(&self.alpha_g1);
        header.g1(&self.beta_g1);
        header.g2(&self.beta_g2);
        header.g2(&self.gamma_g2);
        header.g1(&self.delta_g1);
        header.g2(&self.delta_g2);
        let sections = [
            (1, 1u32.to_le_bytes().to_vec()),
            (2, header.0),
            (3, Writer::g1s(&self.inputs)),
            (4, self.coefficients.clone()),
            (5, Writer::g1s(&self.a)),
            (6, Writer::g1s(&self.b_g1)),
            (7, Writer::g2s(&self.b_g2)),
            (8, Writer::g1s(&self.l)),
            (9, Writer::g1s(&self.h)),
            (10, self.transcript()),
        ];
        Sections::write(Format::Zkey, 1, &sections)
    }

    /// Reads a file. Every point is checked for curve and subgroup.
    ///
    /// # Errors
    /// [`FormatError`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, FormatError> {
        let sections = Sections::read(Format::Zkey, bytes)?;
        let section = |number, what| sections.section(number, what);
        let mut protocol = section(1, "protocol")?;
        if protocol.u32()? != 1 {
            return Err(protocol.malformed("it is not Groth16"));
        }
        let mut header = section(2, "header")?;
        for modulus in [Fq::MODULUS.to_bytes_le(), Fr::MODULUS.to_bytes_le()] {
            if header.u32()? != 32 || header.take(32)? != modulus {
                return Err(header.malformed("it is over another curve"));
            }
        }
        let (wires, public, domain) =
            (header.u32()? as usize, header.u32()? as usize, header.u32()? as usize);
        if public != PUBLIC_COUNT || wires <= public || !domain.is_power_of_two() {
            return Err(header.malformed("its sizes are not those of a match circuit"));
        }
        let (alpha_g1, beta_g1) = (header.g1()?, header.g1()?);
        let (beta_g2, gamma_g2) = (header.g2()?, header.g2()?);
        let (delta_g1, delta_g2) = (header.g1()?, header.g2()?);
        let g1s = |number, what, count| {
            let mut reader = section(number, what)?;
            let points = reader.g1s(count)?;
            reader.end().map(|()| points)
        };
        let mut b_g2 = section(7, "B in G2")?;
        let mut transcript = section(10, "contributions")?;
        let circuit_hash = transcript.array()?;
        let contributions = (0..transcript.u32()?)
            .map(|_| Contribution::read(&mut transcript))
            .collect::<Result<Vec<_>, _>>()?;
        transcript.end()?;
        let zkey = Self {
            domain,
            alpha_g1,
            beta_g1,
            beta_g2,
            gamma_g2,
            delta_g1,
            delta_g2,
            inputs: g1s(3, "inputs", public + 1)?,
            coefficients: section(4, "entries")?.rest.to_vec(),
            a: g1s(5, "A", wires)?,
            b_g1: g1s(6, "B in G1", wires)?,
            b_g2: b_g2.g2s(wires)?,
            l: g1s(8, "L", wires - public - 1)?,
            h: g1s(9, "H", domain)?,
            circuit_hash,
            contributions,
        };
        header.end()?;
        b_g2.end()?;
        Ok(zkey)
    }

    /// The contributions, first to last.
    pub fn contributions(&self) -> &[Contribution] {
        &self.contributions
    }

    /// BLAKE2b-512 over the ceremony's start: which circuit, which powers of tau.
    pub fn circuit_hash(&self) -> [u8; 64] {
        self.circuit_hash
    }

    fn transcript(&self) -> Vec<u8> {
        let mut writer = Writer(self.circuit_hash.to_vec());
        writer.0.extend((self.contributions.len() as u32).to_le_bytes());
        for contribution in &self.contributions {
            contribution.write(&mut writer);
        }
        writer.0
    }
}

impl std::fmt::Debug for Zkey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (wires, contributions) = (self.a.len(), self.contributions.len());
        write!(formatter, "Zkey({wires} wires, {contributions} contributions)")
    }
}
