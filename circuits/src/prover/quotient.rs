//! The quotient polynomial h = (a·b - c) / (xⁿ - 1), in coefficients.

use super::lanes::Form;
#[cfg(target_arch = "x86_64")]
use super::lanes::Transform;
use crate::builder::Assignment;
use crate::inputs::PUBLIC_COUNT;
use ark_bn254::Fr;
use ark_ff::{FftField, Field, One, Zero};
use ark_poly::{EvaluationDomain, Radix2EvaluationDomain};
use rayon::prelude::*;
use zeroize::Zeroizing;

/// What quotients of one circuit need.
pub(super) struct Quotients {
    domain: Radix2EvaluationDomain<Fr>,
    coset: Radix2EvaluationDomain<Fr>,
    #[cfg(target_arch = "x86_64")]
    lanes: Option<Transform>,
}

impl Quotients {
    /// `None` when the domain would be larger than the field's roots of unity allow, which no [`Shape`](crate::Shape) asks for.
    pub fn new(constraints: usize, form: Form) -> Option<Self> {
        let domain = Radix2EvaluationDomain::<Fr>::new(constraints + PUBLIC_COUNT + 1)?;
        let coset = domain.get_coset(Fr::GENERATOR)?;
        #[cfg(not(target_arch = "x86_64"))]
        let _ = form;
        Some(Self {
            domain,
            coset,
            #[cfg(target_arch = "x86_64")]
            lanes: Transform::new(form, &domain, Fr::GENERATOR),
        })
    }

    /// Coefficients of h, lowest first, as many as the domain has points; the highest is zero. libsnark's reduction: public inputs
    /// get rows of their own behind the constraints.
    pub fn of(&self, assignment: &Assignment) -> Zeroizing<Vec<Fr>> {
        let public = &assignment.wires[..=PUBLIC_COUNT];
        let a = self.padded(&assignment.lefts, public);
        let (b, c) = (self.padded(&assignment.rights, &[]), self.padded(&assignment.products, &[]));
        #[cfg(target_arch = "x86_64")]
        if let Some(lanes) = &self.lanes {
            return lanes.quotient(&a, &b, &c);
        }
        self.portable(a, b, c)
    }

    fn padded(&self, values: &[Fr], behind: &[Fr]) -> Zeroizing<Vec<Fr>> {
        // Room for all at once: a vector that grows leaves its content behind.
        let mut padded = Zeroizing::new(Vec::with_capacity(self.domain.size()));
        padded.extend_from_slice(values);
        padded.extend_from_slice(behind);
        padded.resize(self.domain.size(), Fr::zero());
        padded
    }

    fn portable(
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
