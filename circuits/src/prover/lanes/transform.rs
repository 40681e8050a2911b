//! The way from a witness to a quotient, in lanes.

use super::Form;
use super::field::Stored;
use super::fourier::Fourier;
use ark_bn254::Fr;
use ark_poly::Radix2EvaluationDomain;
use zeroize::Zeroizing;

/// Transforms between a domain and a coset of it, where the processor has lanes.
pub(in crate::prover) struct Transform(Fourier);

impl Transform {
    /// `None` in another form, or for a domain that is too small.
    pub fn new(form: Form, domain: &Radix2EvaluationDomain<Fr>, coset: Fr) -> Option<Self> {
        (form == Form::Lanes && Form::best() == Form::Lanes).then(|| Fourier::new(domain, coset))?.map(Self)
    }

    /// The coefficients of (a·b - c)/(xⁿ - 1), lowest first, for values on the domain.
    #[allow(unsafe_code)]
    pub fn quotient(&self, a: &[Fr], b: &[Fr], c: &[Fr]) -> Zeroizing<Vec<Fr>> {
        // SAFETY: there is no value of this type where the processor has no lanes.
        let on_coset = |values: &[Fr]| -> Zeroizing<Vec<Stored>> { unsafe { self.0.to_coset(values) } };
        let (mut a, (b, c)) = rayon::join(|| on_coset(a), || rayon::join(|| on_coset(b), || on_coset(c)));
        // SAFETY: as above.
        unsafe { self.0.quotient(&mut a, &b, &c) }
    }
}
