//! Values only.

use super::Builder;
use ark_bn254::Fr;
use ark_ff::One;
use zeroize::Zeroizing;

/// Room for every wire of the frozen circuit, so that the vector never moves and leaves no copy of secrets behind.
const CAPACITY: usize = 1 << 15;

/// Computes the wires.
pub(crate) struct WitnessBuilder {
    wires: Zeroizing<Vec<Fr>>,
}

/// The value of an expression.
#[derive(Clone, Copy)]
pub(crate) struct Value {
    value: Fr,
    constant: bool,
}

impl WitnessBuilder {
    pub fn new() -> Self {
        let mut wires = Zeroizing::new(Vec::with_capacity(CAPACITY));
        wires.push(Fr::one());
        Self { wires }
    }

    /// 1, the public inputs, the private wires.
    pub fn into_wires(self) -> Zeroizing<Vec<Fr>> {
        self.wires
    }
}

impl Builder for WitnessBuilder {
    type Expression = Value;

    fn constant(value: Fr) -> Value {
        Value { value, constant: true }
    }

    fn value(expression: &Value) -> Fr {
        expression.value
    }

    fn is_constant(expression: &Value) -> bool {
        expression.constant
    }

    fn sum(terms: &[(Fr, &Value)], constant: Fr) -> Value {
        let value = terms.iter().fold(constant, |sum, (factor, term)| sum + *factor * term.value);
        Value { value, constant: terms.iter().all(|(_, term)| term.constant) }
    }

    fn public(&mut self, value: Fr) -> Value {
        self.private(value)
    }

    fn private(&mut self, value: Fr) -> Value {
        self.wires.push(value);
        Value { value, constant: false }
    }

    fn require_product(&mut self, _: &Value, _: &Value, _: &Value) {}

    fn part(&mut self, _: &'static str) {}
}
