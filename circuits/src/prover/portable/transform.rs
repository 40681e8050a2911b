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
    /// With a·b = low + xⁿ·high, what has a·b's values on the domain is low + high, which is c where a·b = c; what has
    /// them on the coset, where xⁿ is κ, is low + κ·high. So high, which is the quotient, is their difference over
    /// κ - 1, and c is needed in coefficients alone.
    fn quotient(
        &self,
        a: Zeroizing<Vec<Fr>>,
        b: Zeroizing<Vec<Fr>>,
        mut c: Zeroizing<Vec<Fr>>,
    ) -> Zeroizing<Vec<Fr>> {
        let on_coset = |mut values: Zeroizing<Vec<Fr>>| {
            self.domain.ifft_in_place(&mut *values);
            self.coset.fft_in_place(&mut *values);
            values
        };
        let product = || {
            let (mut a, b) = rayon::join(|| on_coset(a), || on_coset(b));
            a.par_iter_mut().zip(b.par_iter()).with_min_len(1024).for_each(|(a, b)| *a *= b);
            self.coset.ifft_in_place(&mut *a);
            a
        };
        let (mut quotient, ()) = rayon::join(product, || self.domain.ifft_in_place(&mut *c));
        // κ is not 1: the coset is none of the domain.
        let vanishing = Fr::GENERATOR.pow([self.domain.size() as u64]) - Fr::one();
        let inverse = vanishing.inverse().unwrap_or_default();
        quotient.par_iter_mut().zip(c.par_iter()).with_min_len(1024).for_each(|(quotient, c)| {
            *quotient = (*quotient - c) * inverse;
        });
        quotient
    }
}
