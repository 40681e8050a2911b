//! The way from a witness to a quotient, in lanes.

use super::available;
use super::field::Stored;
use super::fourier::Fourier;
use crate::prover::transform;
use ark_bn254::Fr;
use ark_ff::FftField;
use ark_poly::Radix2EvaluationDomain;
use zeroize::Zeroizing;

/// Transforms between a domain and its coset by the field's generator. There is no value of this type where the
/// processor has no lanes.
pub(in crate::prover) struct Transform(Fourier);

impl Transform {
    /// `None` where there are no lanes, or for a domain that is too small.
    pub fn new(domain: &Radix2EvaluationDomain<Fr>) -> Option<Self> {
        available().then(|| Fourier::new(domain, Fr::GENERATOR))?.map(Self)
    }
}

impl transform::Transform for Transform {
    #[allow(unsafe_code)]
    fn quotient(
        &self,
        a: Zeroizing<Vec<Fr>>,
        b: Zeroizing<Vec<Fr>>,
        c: Zeroizing<Vec<Fr>>,
    ) -> Zeroizing<Vec<Fr>> {
        // SAFETY: `new` gives a value only where the processor has what this is compiled for.
        let on_coset = |values: &[Fr]| -> Zeroizing<Vec<Stored>> { unsafe { self.0.to_coset(values) } };
        let (mut a, (b, c)) = rayon::join(|| on_coset(&a), || rayon::join(|| on_coset(&b), || on_coset(&c)));
        // SAFETY: as above.
        unsafe { self.0.quotient(&mut a, &b, &c) }
    }
}
