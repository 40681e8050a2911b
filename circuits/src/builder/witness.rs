//! Values only: of the wires, and of both sides of every constraint.

use super::Builder;
use ark_bn254::Fr;
use ark_ff::One;
use zeroize::Zeroizing;

/// Room for every wire of the frozen circuit, so that the vector never moves and leaves no copy of secrets behind.
const CAPACITY: usize = 1 << 15;

/// Room for every constraint of the frozen circuit.
const CONSTRAINTS: usize = 1 << 14;

/// Computes the wires, and what each constraint makes of them.
pub(crate) struct WitnessBuilder {
    assignment: Assignment,
}

/// Values of all wires, and the three values that constraint i compares: `lefts[i] · rights[i] = products[i]`. These
/// are A·w, B·w and C·w, without the matrices.
pub(crate) struct Assignment {
    /// 1, the public inputs, the private wires.
    pub wires: Zeroizing<Vec<Fr>>,
    pub lefts: Zeroizing<Vec<Fr>>,
    pub rights: Zeroizing<Vec<Fr>>,
    pub products: Zeroizing<Vec<Fr>>,
}

impl Assignment {
    /// The first constraint that does not hold.
    pub fn first_unsatisfied(&self) -> Option<usize> {
        let sides = self.lefts.iter().zip(self.rights.iter());
        sides.zip(self.products.iter()).position(|((left, right), product)| *left * right != *product)
    }
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
        let side = || Zeroizing::new(Vec::with_capacity(CONSTRAINTS));
        Self { assignment: Assignment { wires, lefts: side(), rights: side(), products: side() } }
    }

    pub fn finish(self) -> Assignment {
        self.assignment
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
        self.assignment.wires.push(value);
        Value { value, constant: false }
    }

    fn require_product(&mut self, left: &Value, right: &Value, product: &Value) {
        self.assignment.lefts.push(left.value);
        self.assignment.rights.push(right.value);
        self.assignment.products.push(product.value);
    }

    fn part(&mut self, _: &'static str) {}
}
