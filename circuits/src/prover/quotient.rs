//! The quotient polynomial h = (a·b - c) / (xⁿ - 1), in coefficients.

use crate::builder::Assignment;
use crate::inputs::PUBLIC_COUNT;
use ark_bn254::Fr;
use ark_ff::{FftField, Field, One, Zero};
use ark_poly::{EvaluationDomain, Radix2EvaluationDomain};
use rayon::prelude::*;
use zeroize::Zeroizing;

/// Coefficients of h, lowest first, as many as the domain has points; the highest is zero. libsnark's reduction: public inputs
/// get rows of their own behind the constraints.
///
/// `None` when the domain would be larger than the field's roots of unity allow, which no [`Shape`](crate::Shape) asks for.
pub(super) fn quotient(assignment: &Assignment) -> Option<Zeroizing<Vec<Fr>>> {
    let constraints = assignment.products.len();
    let domain = Radix2EvaluationDomain::<Fr>::new(constraints + PUBLIC_COUNT + 1)?;
    let coset = domain.get_coset(Fr::GENERATOR)?;
    let on_coset = |values: &[Fr], behind: &[Fr]| {
        // Room for all at once: a vector that grows leaves its content behind.
        let mut padded = Zeroizing::new(Vec::with_capacity(domain.size()));
        padded.extend_from_slice(values);
        padded.extend_from_slice(behind);
        padded.resize(domain.size(), Fr::zero());
        domain.ifft_in_place(&mut *padded);
        coset.fft_in_place(&mut *padded);
        padded
    };
    let public = &assignment.wires[..=PUBLIC_COUNT];
    let (mut a, (b, c)) = rayon::join(
        || on_coset(&assignment.lefts, public),
        || rayon::join(|| on_coset(&assignment.rights, &[]), || on_coset(&assignment.products, &[])),
    );
    // xⁿ - 1 is the same at every point of the coset, and not zero there.
    let vanishing = Fr::GENERATOR.pow([domain.size() as u64]) - Fr::one();
    let inverse = vanishing.inverse()?;
    a.par_iter_mut().zip(b.par_iter()).zip(c.par_iter()).with_min_len(1024).for_each(|((a, b), c)| {
        *a = (*a * b - c) * inverse;
    });
    coset.ifft_in_place(&mut *a);
    Some(a)
}
