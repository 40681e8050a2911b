//! Contributions in transcripts: who they are by, in both phases, and those of a `.zkey`, its section 10.

use super::FormatError;
use super::points::{Reader, Writer};
use ark_bn254::{G1Affine, G2Affine};

/// Parameters of a contribution, each after its number.
const NAME: u8 = 1;
const EXPONENT: u8 = 2;
const VALUE: u8 = 3;

/// One contribution to a key's delta, with the proof that its author knew the factor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contribution {
    /// Delta after it.
    pub delta_g1: G1Affine,
    /// A point s in G1 and s·factor.
    pub proof_g1: [G1Affine; 2],
    /// The factor times the point of G2 that the transcript hashes to.
    pub proof_g2: G2Affine,
    /// BLAKE2b-512 over everything before it.
    pub transcript: [u8; 64],
    /// Who made it, and from what.
    pub author: Author,
}

/// Who made a contribution, and from what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Author {
    /// As it stands in the file: foreign text of at most 255 bytes, empty for none. Nobody has checked whose it is.
    pub name: String,
    /// Where the randomness is from.
    pub kind: ContributionKind,
}

/// Where the randomness of a contribution is from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ContributionKind {
    /// The contributor's secret.
    Secret,
    /// A public value that nobody knew before: SHA-256 applied 2^`exponent` times to `value`.
    Beacon {
        /// The value, at most 255 bytes.
        value: Vec<u8>,
        /// Logarithm of the number of iterations.
        exponent: u8,
    },
}

impl Contribution {
    pub(super) fn write(&self, writer: &mut Writer) {
        writer.g1(&self.delta_g1);
        for point in &self.proof_g1 {
            writer.g1(point);
        }
        writer.g2(&self.proof_g2);
        writer.0.extend(self.transcript);
        self.author.write(writer);
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, FormatError> {
        let delta_g1 = reader.g1()?;
        let proof_g1 = [reader.g1()?, reader.g1()?];
        let proof_g2 = reader.g2()?;
        let transcript = reader.array()?;
        Ok(Self { delta_g1, proof_g1, proof_g2, transcript, author: Author::read(reader)? })
    }
}

impl Author {
    pub(crate) fn write(&self, writer: &mut Writer) {
        let mut parameters = Vec::new();
        if !self.name.is_empty() {
            parameters.extend([NAME, self.name.len() as u8]);
            parameters.extend(self.name.as_bytes());
        }
        let kind = match &self.kind {
            ContributionKind::Secret => 0u32,
            ContributionKind::Beacon { value, exponent } => {
                parameters.extend([EXPONENT, *exponent, VALUE, value.len() as u8]);
                parameters.extend(value);
                1
            }
        };
        writer.0.extend(kind.to_le_bytes());
        writer.0.extend((parameters.len() as u32).to_le_bytes());
        writer.0.extend(parameters);
    }

    pub(crate) fn read(reader: &mut Reader<'_>) -> Result<Self, FormatError> {
        let kind = reader.u32()?;
        let length = reader.u32()? as usize;
        let mut parameters = Reader { rest: reader.take(length)?, ..*reader };
        let (mut name, mut exponent, mut value, mut last) = (String::new(), None, None, 0);
        while !parameters.rest.is_empty() {
            let tag = parameters.byte()?;
            if tag <= last {
                return Err(parameters.malformed("parameters are not in order"));
            }
            last = tag;
            if tag == EXPONENT {
                exponent = Some(parameters.byte()?);
                continue;
            }
            let length = parameters.byte()?;
            let bytes = parameters.take(usize::from(length))?;
            match tag {
                NAME => {
                    name = String::from_utf8(bytes.to_vec())
                        .map_err(|_| parameters.malformed("a name is no UTF-8"))?;
                }
                VALUE => value = Some(bytes.to_vec()),
                _ => return Err(parameters.malformed("a parameter is unknown")),
            }
        }
        let kind = match (kind, value, exponent) {
            (0, None, None) => ContributionKind::Secret,
            (1, Some(value), Some(exponent)) => ContributionKind::Beacon { value, exponent },
            _ => return Err(reader.malformed("a contribution is neither secret nor beacon")),
        };
        Ok(Self { name, kind })
    }
}
