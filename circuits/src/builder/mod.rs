//! One circuit source, two modes.
//!
//! The circuit is written once against [`Builder`]. [`ConstraintBuilder`] keeps, for every expression, its value and
//! its linear combination over the wires, and collects the constraint rows: that happens once for each key.
//! [`WitnessBuilder`] keeps values only, of the wires and of both sides of each constraint: that happens for each proof
//! and takes milliseconds. Both walk the same code, so their wires agree by construction, and a test compares them.

mod constraint;
mod rows;
mod witness;

pub(crate) use constraint::ConstraintBuilder;
pub use rows::{Part, Rows};
pub(crate) use witness::{Assignment, WitnessBuilder};

use ark_bn254::Fr;
use ark_ff::{One, Zero};

/// Records wires and constraints of the form `left · right = product` over linear expressions.
pub(crate) trait Builder {
    /// A linear expression over the wires, with its value under the present assignment.
    type Expression: Clone;

    fn constant(value: Fr) -> Self::Expression;
    fn value(expression: &Self::Expression) -> Fr;

    /// Whether the expression was formed from constants alone. It depends on how the expression was formed, never on
    /// values, so both modes answer alike.
    fn is_constant(expression: &Self::Expression) -> bool;

    /// `constant + Σ factor · term`. Costs no constraint.
    fn sum(terms: &[(Fr, &Self::Expression)], constant: Fr) -> Self::Expression;

    /// The next public input. All public inputs come before the first private wire.
    fn public(&mut self, value: Fr) -> Self::Expression;

    /// A new private wire. Nothing is known of it until constraints say so.
    fn private(&mut self, value: Fr) -> Self::Expression;

    /// The constraint `left · right = product`.
    fn require_product(
        &mut self,
        left: &Self::Expression,
        right: &Self::Expression,
        product: &Self::Expression,
    );

    /// Names the constraints that follow, for counting and for errors.
    fn part(&mut self, name: &'static str);

    fn add(left: &Self::Expression, right: &Self::Expression) -> Self::Expression {
        Self::sum(&[(Fr::one(), left), (Fr::one(), right)], Fr::zero())
    }

    fn subtract(left: &Self::Expression, right: &Self::Expression) -> Self::Expression {
        Self::sum(&[(Fr::one(), left), (-Fr::one(), right)], Fr::zero())
    }

    /// A wire that holds the product.
    fn multiply(&mut self, left: &Self::Expression, right: &Self::Expression) -> Self::Expression {
        let product = self.private(Self::value(left) * Self::value(right));
        self.require_product(left, right, &product);
        product
    }

    /// The constraint `(left - right) · 1 = 0`.
    fn require_equal(&mut self, left: &Self::Expression, right: &Self::Expression) {
        let difference = Self::subtract(left, right);
        self.require_product(&difference, &Self::constant(Fr::one()), &Self::constant(Fr::zero()));
    }
}
