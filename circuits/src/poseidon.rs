//! Poseidon over BN254 as circomlib computes it (Grassi et al., eprint 2019/458, x^5 S-box, circomlib constants).
//!
//! State of t = n + 1 elements, `state[0]` = 0 as capacity, inputs behind it, output `state[0]`. This is *not* what a
//! sponge such as ark-crypto-primitives squeezes (another state element), so stock Circom tools recompute every hash
//! here and that one could not. Round constants and matrix come from `light-poseidon`, and the tests compare with its
//! own hash and with published circomlib vectors.

use ark_bn254::Fr;
use ark_ff::{Field, Zero};
use light_poseidon::parameters::bn254_x5::get_poseidon_parameters;
use std::sync::OnceLock;

/// Most inputs of one hash.
pub const MAX_INPUTS: usize = 12;

/// Round constants and matrix for one width.
pub(crate) struct Parameters {
    /// State width t.
    pub width: usize,
    pub full_rounds: usize,
    pub partial_rounds: usize,
    /// t constants for each round, one round after the other.
    pub round_constants: Vec<Fr>,
    pub matrix: Vec<Vec<Fr>>,
}

impl Parameters {
    pub fn rounds(&self) -> usize {
        self.full_rounds + self.partial_rounds
    }

    /// How many state elements go through the S-box in `round`: all in a full round, the first in a partial one.
    pub fn boxes(&self, round: usize) -> usize {
        let half = self.full_rounds / 2;
        let full = round < half || round >= half + self.partial_rounds;
        if full { self.width } else { 1 }
    }

    pub fn constants(&self, round: usize) -> &[Fr] {
        &self.round_constants[round * self.width..(round + 1) * self.width]
    }
}

/// Parameters for `inputs` inputs.
///
/// # Panics
/// When `inputs` is 0 or above [`MAX_INPUTS`].
pub(crate) fn parameters(inputs: usize) -> &'static Parameters {
    static TABLE: [OnceLock<Parameters>; MAX_INPUTS] = [const { OnceLock::new() }; MAX_INPUTS];
    assert!((1..=MAX_INPUTS).contains(&inputs), "Poseidon takes 1 to {MAX_INPUTS} inputs, got {inputs}");
    TABLE[inputs - 1].get_or_init(|| {
        let width = inputs + 1;
        let found = get_poseidon_parameters::<Fr>(width as u8)
            .unwrap_or_else(|_| unreachable!("circomlib defines Poseidon for width {width}"));
        Parameters {
            width,
            full_rounds: found.full_rounds,
            partial_rounds: found.partial_rounds,
            round_constants: found.ark,
            matrix: found.mds,
        }
    })
}

/// circomlib's `Poseidon(n)` of 1 to [`MAX_INPUTS`] elements.
///
/// # Panics
/// When `inputs` is empty or longer than [`MAX_INPUTS`]: the number of inputs is a property of the calling code, never
/// of data.
pub fn hash(inputs: &[Fr]) -> Fr {
    let parameters = parameters(inputs.len());
    let mut state = [Fr::zero(); MAX_INPUTS + 1];
    let width = parameters.width;
    state[1..width].copy_from_slice(inputs);
    for round in 0..parameters.rounds() {
        for (element, constant) in state[..width].iter_mut().zip(parameters.constants(round)) {
            *element += constant;
        }
        for element in &mut state[..parameters.boxes(round)] {
            *element = fifth_power(*element);
        }
        let before = state;
        for (element, row) in state[..width].iter_mut().zip(&parameters.matrix) {
            *element = row.iter().zip(&before[..width]).map(|(m, s)| *m * s).sum();
        }
    }
    state[0]
}

/// The S-box x^5.
pub(crate) fn fifth_power(x: Fr) -> Fr {
    x.square().square() * x
}
