//! Vectors: coordinates, their packing, and the hash over the packed elements.
//!
//! **Soundness.** Each coordinate is eight bit wires; the byte, the signed coordinate (byte - 128) and the packed
//! element Σ byteᵢ·2^(8i) are linear in those bits. A packed element is below 2^248 < r, so the commitment to the
//! elements fixes the bits: the coordinates that are compared are the coordinates that are committed to. Checking the
//! packed element alone would not do, because a commitment fixes an element and not how it falls apart into
//! coordinates.

use super::{bits, poseidon};
use crate::builder::Builder;
use crate::encoding::{COORDINATE_OFFSET, COORDINATES_PER_ELEMENT, ELEMENTS_PER_HASH, coordinate_byte};
use ark_bn254::Fr;
use ark_ff::One;

/// A vector inside the circuit.
pub(crate) struct Vector<E> {
    /// Signed coordinates in [-128, 127].
    pub coordinates: Vec<E>,
    /// 31 coordinates an element, as [`crate::encoding::pack`] makes them.
    pub elements: Vec<E>,
}

/// Takes private coordinates into the circuit. Eight constraints a coordinate.
pub(crate) fn unpack<B: Builder>(builder: &mut B, coordinates: &[i8]) -> Vector<B::Expression> {
    let offset = Fr::from(COORDINATE_OFFSET);
    let mut vector = Vector {
        coordinates: Vec::with_capacity(coordinates.len()),
        elements: Vec::with_capacity(coordinates.len().div_ceil(COORDINATES_PER_ELEMENT)),
    };
    for chunk in coordinates.chunks(COORDINATES_PER_ELEMENT) {
        let bytes: Vec<_> =
            chunk.iter().map(|coordinate| byte(builder, coordinate_byte(*coordinate))).collect();
        vector.coordinates.extend(bytes.iter().map(|byte| B::sum(&[(Fr::one(), byte)], -offset)));
        vector.elements.push(bits::weighted::<B>(&bytes, Fr::from(256u64)));
    }
    vector
}

/// `h = tag; for each chunk of up to 11 elements: h = H(h, chunk…)`.
pub(crate) fn hash<B: Builder>(builder: &mut B, tag: u64, list: &[B::Expression]) -> B::Expression {
    let mut running = B::constant(Fr::from(tag));
    for chunk in list.chunks(ELEMENTS_PER_HASH) {
        let mut input = Vec::with_capacity(chunk.len() + 1);
        input.push(running);
        input.extend_from_slice(chunk);
        running = poseidon::hash(builder, &input);
    }
    running
}

fn byte<B: Builder>(builder: &mut B, value: u8) -> B::Expression {
    let wires: Vec<_> = (0..8).map(|position| bits::bit(builder, (value >> position) & 1 == 1)).collect();
    bits::weighted::<B>(&wires, Fr::from(2u64))
}
