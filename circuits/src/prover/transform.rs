//! What both arithmetics do for the quotient.

use ark_bn254::Fr;
use zeroize::Zeroizing;

/// From values on a domain to the quotient.
pub(super) trait Transform: Send + Sync {
    /// The coefficients of (a·b - c)/(xⁿ - 1), lowest first, for values on the domain.
    fn quotient(
        &self,
        a: Zeroizing<Vec<Fr>>,
        b: Zeroizing<Vec<Fr>>,
        c: Zeroizing<Vec<Fr>>,
    ) -> Zeroizing<Vec<Fr>>;
}
