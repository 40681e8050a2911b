//! The way from a witness to a quotient by arkworks' transforms.

use crate::prover::transform;
use ark_bn254::Fr;
use ark_ff::{FftField, Field, One};
use ark_poly::{EvaluationDomain, Radix2EvaluationDomain};
use rayon::prelude::*;
use zeroize::Zeroizing;

/// A domain and its coset by the field's generator.
pub(in crate::prover) struct Transform {
    pub domain: Radix2EvaluationDomain<Fr>,
    pub coset: Radix2EvaluationDomain<Fr>,
}

impl transform::Transform for Transform {
    fn quotient(
        &self,
        a: Zeroizing<Vec<Fr>>,
        b: Zeroizing<Vec<Fr>>,
        c: Zeroizing<Vec<Fr>>,
    ) -> Zeroizing<Vec<Fr>> {
        let on_coset = |mut values: Zeroizing<Vec<Fr>>| {
            self.domain.ifft_in_place(&mut *values);
            self.coset.fft_in_place(&mut *values);
            values
        };
        let (mut a, (b, c)) = rayon::join(|| on_coset(a), || rayon::join(|| on_coset(b), || on_coset(c)));
        // xⁿ - 1 is the same at every point of the coset, and not zero there.
        let vanishing = Fr::GENERATOR.pow([self.domain.size() as u64]) - Fr::one();
        let inverse = vanishing.inverse().unwrap_or_default();
        a.par_iter_mut().zip(b.par_iter()).zip(c.par_iter()).with_min_len(1024).for_each(|((a, b), c)| {
            *a = (*a * b - c) * inverse;
        });
        self.coset.ifft_in_place(&mut *a);
        a
    }
}
