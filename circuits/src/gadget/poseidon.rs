//! circomlib's Poseidon in constraints.
//!
//! **Soundness.** Every S-box is three products of existing expressions (x², x⁴, x⁴·x), each with its own wire;
//! everything else in a round is linear. So the output is the hash of the inputs, whatever they are: there is no
//! freedom left. S-boxes whose input is a constant (capacity and domain tag in the first round) are computed while the
//! circuit is built.

use crate::builder::Builder;
use crate::poseidon::{fifth_power, parameters};
use ark_bn254::Fr;
use ark_ff::{One, Zero};

/// The hash of 1 to 12 expressions.
pub(crate) fn hash<B: Builder>(builder: &mut B, inputs: &[B::Expression]) -> B::Expression {
    let parameters = parameters(inputs.len());
    let mut state = Vec::with_capacity(parameters.width);
    state.push(B::constant(Fr::zero()));
    state.extend_from_slice(inputs);
    for round in 0..parameters.rounds() {
        for (element, constant) in state.iter_mut().zip(parameters.constants(round)) {
            *element = B::sum(&[(Fr::one(), element)], *constant);
        }
        for element in &mut state[..parameters.boxes(round)] {
            *element = substitute(builder, element);
        }
        // Of the last round only the output is needed.
        let kept = if round + 1 == parameters.rounds() { 1 } else { parameters.width };
        state = parameters.matrix[..kept]
            .iter()
            .map(|row| B::sum(&row.iter().copied().zip(&state).collect::<Vec<_>>(), Fr::zero()))
            .collect();
    }
    state.swap_remove(0)
}

/// The S-box x^5. Three constraints, none for a constant.
fn substitute<B: Builder>(builder: &mut B, x: &B::Expression) -> B::Expression {
    if B::is_constant(x) {
        return B::constant(fifth_power(B::value(x)));
    }
    let square = builder.multiply(x, x);
    let fourth = builder.multiply(&square, &square);
    builder.multiply(&fourth, x)
}
