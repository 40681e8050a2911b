//! The circuit's building blocks. Each file says what its constraints force on a prover who fills wires at will.

pub(crate) mod bits;
pub(crate) mod path;
pub(crate) mod poseidon;
pub(crate) mod similarity;
pub(crate) mod vector;
