//! Vectors as field elements, and the hash over a list of elements.
//!
//! A coordinate c in [-128, 127] becomes the byte u = c + 128. Thirty-one bytes make one element
//! E = Σ uᵢ·2^(8i) < 2^248 < r, the last element zero-padded. For a fixed number of coordinates the map is one-to-one.

use crate::poseidon;
use ark_bn254::Fr;
use ark_ff::PrimeField;
use zeroize::Zeroizing;

/// Coordinates in one field element.
pub const COORDINATES_PER_ELEMENT: usize = 31;
/// What is added to a coordinate to make it a byte.
pub const COORDINATE_OFFSET: u64 = 128;
/// List elements that one Poseidon call absorbs beside the running hash.
pub const ELEMENTS_PER_HASH: usize = 11;

/// The byte that stands for a coordinate.
pub fn coordinate_byte(coordinate: i8) -> u8 {
    (coordinate as u8) ^ 0x80
}

/// Packs coordinates, 31 to an element.
pub fn pack(coordinates: &[i8]) -> Vec<Fr> {
    coordinates
        .chunks(COORDINATES_PER_ELEMENT)
        .map(|chunk| {
            let bytes = Zeroizing::new(chunk.iter().map(|c| coordinate_byte(*c)).collect::<Vec<u8>>());
            Fr::from_le_bytes_mod_order(&bytes)
        })
        .collect()
}

/// `h = tag; for each chunk of up to 11 elements: h = H(h, chunk…)`. Binding for lists of one fixed length: every list
/// that is hashed under one tag in this crate has the length that the key's shape gives.
pub fn vector_hash(tag: u64, list: &[Fr]) -> Fr {
    let mut running = Fr::from(tag);
    for chunk in list.chunks(ELEMENTS_PER_HASH) {
        let mut input = Zeroizing::new(Vec::with_capacity(ELEMENTS_PER_HASH + 1));
        input.push(running);
        input.extend_from_slice(chunk);
        running = poseidon::hash(&input);
    }
    running
}
