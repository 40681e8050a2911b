//! Values and linear combinations.

use super::{Builder, Rows};
use ark_bn254::Fr;
use ark_ff::{One, Zero};

/// Column of the constant 1.
const ONE: usize = 0;

/// Collects wires and constraint rows.
pub(crate) struct ConstraintBuilder {
    /// 1, the public inputs, the private wires.
    wires: Vec<Fr>,
    public: usize,
    rows: Rows,
}

/// A linear combination and its value.
#[derive(Clone)]
pub(crate) struct Combination {
    /// Factor and column, columns ascending, no zero factors.
    terms: Vec<(Fr, usize)>,
    value: Fr,
    constant: bool,
}

impl ConstraintBuilder {
    pub fn new() -> Self {
        Self { wires: vec![Fr::one()], public: 0, rows: Rows::new() }
    }

    pub fn finish(mut self) -> (Rows, Vec<Fr>) {
        self.rows.close(self.wires.len());
        (self.rows, self.wires)
    }

    fn wire(&mut self, value: Fr) -> Combination {
        let column = self.wires.len();
        self.wires.push(value);
        Combination { terms: vec![(Fr::one(), column)], value, constant: false }
    }
}

impl Builder for ConstraintBuilder {
    type Expression = Combination;

    fn constant(value: Fr) -> Combination {
        let terms = if value.is_zero() { Vec::new() } else { vec![(value, ONE)] };
        Combination { terms, value, constant: true }
    }

    fn value(expression: &Combination) -> Fr {
        expression.value
    }

    fn is_constant(expression: &Combination) -> bool {
        expression.constant
    }

    fn sum(terms: &[(Fr, &Combination)], constant: Fr) -> Combination {
        let mut all = Vec::with_capacity(1 + terms.iter().map(|(_, term)| term.terms.len()).sum::<usize>());
        all.push((constant, ONE));
        for (factor, term) in terms {
            all.extend(term.terms.iter().map(|(inner, column)| (*factor * inner, *column)));
        }
        all.sort_unstable_by_key(|(_, column)| *column);
        let mut merged: Vec<(Fr, usize)> = Vec::with_capacity(all.len());
        for (factor, column) in all {
            match merged.last_mut() {
                Some((sum, last)) if *last == column => *sum += factor,
                _ => merged.push((factor, column)),
            }
        }
        merged.retain(|(factor, _)| !factor.is_zero());
        let value = terms.iter().fold(constant, |sum, (factor, term)| sum + *factor * term.value);
        Combination { terms: merged, value, constant: terms.iter().all(|(_, term)| term.constant) }
    }

    fn public(&mut self, value: Fr) -> Combination {
        assert_eq!(self.wires.len(), self.public + 1, "public inputs come before private wires");
        self.public += 1;
        self.wire(value)
    }

    fn private(&mut self, value: Fr) -> Combination {
        self.wire(value)
    }

    fn require_product(&mut self, left: &Combination, right: &Combination, product: &Combination) {
        self.rows.push(left.terms.clone(), right.terms.clone(), product.terms.clone());
    }

    fn part(&mut self, name: &'static str) {
        self.rows.part(name);
    }
}
