//! The quotient polynomial h = (a·b - c) / (xⁿ - 1), in coefficients.

use super::form::Form;
use super::transform::Transform;
use crate::builder::Assignment;
use crate::inputs::PUBLIC_COUNT;
use ark_bn254::Fr;
use ark_ff::{FftField, Zero};
use ark_poly::{EvaluationDomain, Radix2EvaluationDomain};
use zeroize::Zeroizing;

/// What quotients of one circuit need.
pub(super) struct Quotients {
    size: usize,
    transform: Box<dyn Transform>,
}

impl Quotients {
    /// `None` when the domain would be larger than the field's roots of unity allow, which no [`Shape`](crate::Shape)
    /// asks for.
    pub fn new(constraints: usize, form: Form) -> Option<Self> {
        let domain = Radix2EvaluationDomain::<Fr>::new(constraints + PUBLIC_COUNT + 1)?;
        let coset = domain.get_coset(Fr::GENERATOR)?;
        Some(Self { size: domain.size(), transform: form.transform(domain, coset) })
    }

    /// Coefficients of h, lowest first, as many as the domain has points; the highest is zero. libsnark's reduction:
    /// public inputs get rows of their own behind the constraints.
    pub fn of(&self, assignment: &Assignment) -> Zeroizing<Vec<Fr>> {
        let public = &assignment.wires[..=PUBLIC_COUNT];
        let a = self.padded(&assignment.lefts, public);
        let (b, c) = (self.padded(&assignment.rights, &[]), self.padded(&assignment.products, &[]));
        self.transform.quotient(a, b, c)
    }

    fn padded(&self, values: &[Fr], behind: &[Fr]) -> Zeroizing<Vec<Fr>> {
        // Room for all at once: a vector that grows leaves its content behind.
        let mut padded = Zeroizing::new(Vec::with_capacity(self.size));
        padded.extend_from_slice(values);
        padded.extend_from_slice(behind);
        padded.resize(self.size, Fr::zero());
        padded
    }
}
