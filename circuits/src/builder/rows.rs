//! The constraint rows that belong to a key.

use crate::inputs::PUBLIC_COUNT;
use ark_bn254::Fr;
use ark_ff::{One, Zero};
use ark_relations::gr1cs::{
    ConstraintSynthesizer, ConstraintSystemRef, LinearCombination, Matrix, SynthesisError, Variable,
};
use serde::Serialize;

/// Factor and column of each non-zero entry of one row.
type Row = Vec<(Fr, usize)>;

/// Matrices A, B, C of the constraints A·w ∘ B·w = C·w over the wires w = (1, public…, private…).
pub struct Rows {
    matrices: [Matrix<Fr>; 3],
    wires: usize,
    /// Name and first constraint of each part.
    parts: Vec<(&'static str, usize)>,
}

impl Rows {
    pub(super) fn new() -> Self {
        Self { matrices: [Vec::new(), Vec::new(), Vec::new()], wires: 0, parts: Vec::new() }
    }

    pub(super) fn push(&mut self, left: Row, right: Row, product: Row) {
        let [a, b, c] = &mut self.matrices;
        a.push(left);
        b.push(right);
        c.push(product);
    }

    pub(super) fn part(&mut self, name: &'static str) {
        let start = self.constraints();
        self.parts.push((name, start));
    }

    pub(super) fn close(&mut self, wires: usize) {
        self.wires = wires;
    }

    /// How many constraints.
    pub fn constraints(&self) -> usize {
        self.matrices[0].len()
    }

    /// All wires: the constant, the public inputs and the private wires.
    pub fn wires(&self) -> usize {
        self.wires
    }

    /// A, B and C, row after row.
    pub fn matrices(&self) -> &[Matrix<Fr>] {
        &self.matrices
    }

    pub(crate) fn parts(&self) -> Vec<Part> {
        let ends = self.parts.iter().skip(1).map(|(_, start)| *start).chain([self.constraints()]);
        self.parts
            .iter()
            .zip(ends)
            .map(|((name, start), end)| Part { name, constraints: end - start })
            .collect()
    }

    /// The part in which a constraint lies.
    pub(crate) fn part_of(&self, constraint: usize) -> &'static str {
        self.parts.iter().rev().find(|(_, start)| *start <= constraint).map_or("unnamed", |(name, _)| name)
    }

    /// Number and part of the first constraint that `wires` does not satisfy.
    pub(crate) fn first_unsatisfied(&self, wires: &[Fr]) -> Option<(usize, &'static str)> {
        let found = (0..self.constraints()).find(|number| !self.holds(*number, wires))?;
        Some((found, self.part_of(found)))
    }

    /// For each wire, whether a constraint `wire · (wire - 1) = 0` forces it to 0 or 1. The constant 1 counts as such a
    /// wire.
    pub(crate) fn booleans(&self) -> Vec<bool> {
        let mut found = vec![false; self.wires];
        found[0] = true;
        let [a, b, c] = &self.matrices;
        for ((left, right), product) in a.iter().zip(b).zip(c) {
            if let [(factor, wire)] = left[..]
                && factor.is_one()
                && right[..] == [(-Fr::one(), 0), (Fr::one(), wire)]
                && product.is_empty()
            {
                found[wire] = true;
            }
        }
        found
    }

    /// Whether constraint `number` holds.
    pub(crate) fn holds(&self, number: usize, wires: &[Fr]) -> bool {
        let [left, right, product] = self.matrices.each_ref().map(|matrix| evaluate(&matrix[number], wires));
        left * right == product
    }
}

fn evaluate(row: &Row, wires: &[Fr]) -> Fr {
    row.iter().fold(Fr::zero(), |sum, (factor, column)| {
        sum + if factor.is_one() { wires[*column] } else { wires[*column] * factor }
    })
}

/// Hands the rows to arkworks for the set-up, in which values play no part.
impl ConstraintSynthesizer<Fr> for &Rows {
    fn generate_constraints(self, system: ConstraintSystemRef<Fr>) -> Result<(), SynthesisError> {
        let instance = PUBLIC_COUNT + 1;
        for _ in 1..instance {
            let _ = system.new_input_variable(|| Ok(Fr::zero()))?;
        }
        for _ in instance..self.wires {
            let _ = system.new_witness_variable(|| Ok(Fr::zero()))?;
        }
        let variable = |column: usize| match column {
            0 => Variable::One,
            _ if column < instance => Variable::instance(column),
            _ => Variable::witness(column - instance),
        };
        let combination =
            |row: &Row| LinearCombination(row.iter().map(|(f, column)| (*f, variable(*column))).collect());
        let [a, b, c] = &self.matrices;
        for ((left, right), product) in a.iter().zip(b).zip(c) {
            system.enforce_r1cs_constraint(
                || combination(left),
                || combination(right),
                || combination(product),
            )?;
        }
        Ok(())
    }
}

/// One part of the circuit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Part {
    /// Its name.
    pub name: &'static str,
    /// Its constraints.
    pub constraints: usize,
}
