//! The file formats of iden3's tools (Circom, snarkjs), so that others can check with programs of their own.
//!
//! | format | what it holds | here |
//! |---|---|---|
//! | JSON | proof, public inputs, verifying key | [`json`], both directions |
//! | `.r1cs` | the constraints | [`r1cs`], written |
//! | `.wtns` | a whole witness, **secrets included** | [`wtns`], written |
//! | `.zkey` | proving key with its ceremony's transcript | [`Zkey`], both directions |

mod contribution;
mod format;
pub mod json;
mod points;
mod quotient;
mod sections;
mod zkey;

pub use contribution::{Author, Contribution, ContributionKind};
pub use format::{Format, FormatError};
pub(crate) use points::{Reader, Uncompressed, Writer};
pub(crate) use quotient::values_from_coefficients;
pub use zkey::{Zkey, ZkeyError};

use ark_bn254::Fr;
use ark_ff::{BigInteger, PrimeField};
pub(crate) use sections::Sections;
use wetsign_circuits::Rows;
use wetsign_circuits::StatementError;
use wetsign_circuits::inputs::PUBLIC_COUNT;
use wetsign_circuits::{PrivateInputs, PublicInputs, Shape, ShapeError, checked_witness, rows};
use zeroize::Zeroizing;

/// The constraints of a shape as a `.r1cs` file (version 1): no outputs, nine public inputs, wires labelled by their
/// number.
///
/// # Errors
/// [`ShapeError`].
pub fn r1cs(shape: &Shape) -> Result<Vec<u8>, ShapeError> {
    shape.check()?;
    let rows = rows(shape);
    let wires = rows.wires() as u32;
    let mut header = Vec::new();
    field_order(&mut header);
    for number in [wires, 0, PUBLIC_COUNT as u32, wires - PUBLIC_COUNT as u32 - 1] {
        header.extend(number.to_le_bytes());
    }
    header.extend(u64::from(wires).to_le_bytes());
    header.extend((rows.constraints() as u32).to_le_bytes());

    let mut constraints = Vec::new();
    for number in 0..rows.constraints() {
        for matrix in rows.matrices() {
            constraints.extend((matrix[number].len() as u32).to_le_bytes());
            for (factor, wire) in &matrix[number] {
                constraints.extend((*wire as u32).to_le_bytes());
                constraints.extend(factor.into_bigint().to_bytes_le());
            }
        }
    }
    let labels = (0..u64::from(wires)).flat_map(u64::to_le_bytes).collect();
    Ok(Sections::write(Format::R1cs, 1, &[(1, header), (2, constraints), (3, labels)]))
}

/// A witness as a `.wtns` file (version 2). It holds every secret of the statement: for tests and for looking into a
/// circuit, never for anything that leaves the machine.
///
/// # Errors
/// [`StatementError`] when the statement does not hold.
pub fn wtns(
    shape: &Shape,
    public: &PublicInputs,
    private: &PrivateInputs,
) -> Result<Zeroizing<Vec<u8>>, StatementError> {
    let wires = checked_witness(shape, public, private)?;
    let mut header = Vec::new();
    field_order(&mut header);
    header.extend((wires.len() as u32).to_le_bytes());
    let values = wires.iter().flat_map(|wire| wire.into_bigint().to_bytes_le()).collect();
    Ok(Zeroizing::new(Sections::write(Format::Wtns, 2, &[(1, header), (2, values)])))
}

fn field_order(bytes: &mut Vec<u8>) {
    bytes.extend(32u32.to_le_bytes());
    bytes.extend(Fr::MODULUS.to_bytes_le());
}

/// Section 4 of a `.zkey`: the entries of A and B, constraint by constraint, and a row of A for 1 and each public
/// input. Factors are written times 2^512, twice Montgomery.
pub(crate) fn coefficients(rows: &Rows) -> Vec<u8> {
    let mut entries = Vec::new();
    let mut count = 0u32;
    let mut entry = |matrix: u32, constraint: usize, wire: usize, factor: Fr| {
        count += 1;
        for number in [matrix, constraint as u32, wire as u32] {
            entries.extend(number.to_le_bytes());
        }
        // The limbs of an element are its Montgomery form; those of its product with 2^256 are it twice.
        let twice = factor * Fr::from(Fr::R);
        entries.extend(twice.0.to_bytes_le());
    };
    let [a, b, ..] = rows.matrices() else { return Vec::new() };
    for (number, (left, right)) in a.iter().zip(b).enumerate() {
        for (matrix, row) in [(0, left), (1, right)] {
            for (factor, wire) in row {
                entry(matrix, number, *wire, *factor);
            }
        }
    }
    for wire in 0..=PUBLIC_COUNT {
        entry(0, rows.constraints() + wire, wire, Fr::from(1u64));
    }
    [&count.to_le_bytes()[..], &entries].concat()
}
