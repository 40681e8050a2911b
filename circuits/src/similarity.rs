//! Cosine similarity as the circuit decides it: in whole numbers, exactly.
//!
//! cos(a, b) ≥ tau / 2^16 is, for a positive dot product, the same as 2^32·dot² ≥ tau²·|a|²·|b|². No division, no root,
//! so the native check, the circuit and any other implementation agree on every last bit.

use std::cmp::Ordering;

/// Bits behind the point of a threshold: tau = t·2^16.
pub const THRESHOLD_BITS: u32 = 16;
/// Least dot product that counts. Keeps out zero vectors and vectors so short that their direction is rounding noise;
/// it belongs to the quantiser's scale, in which an honest vector's dot product with its like is far above.
pub const LEAST_DOT: i64 = 1024;

/// Similarity of two quantised vectors.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Similarity {
    dot: i64,
    first_norm: i64,
    second_norm: i64,
}

impl Similarity {
    /// Measures two vectors. Coordinates beyond the shorter one's length are ignored; callers check sizes first.
    pub fn of(first: &[i8], second: &[i8]) -> Self {
        let product =
            |a: &[i8], b: &[i8]| a.iter().zip(b).map(|(x, y)| i64::from(*x) * i64::from(*y)).sum::<i64>();
        Self {
            dot: product(first, second),
            first_norm: product(first, first),
            second_norm: product(second, second),
        }
    }

    /// The cosine, for reading: 0 when a vector is zero.
    pub fn cosine(&self) -> f64 {
        if self.first_norm == 0 || self.second_norm == 0 {
            return 0.0;
        }
        self.dot as f64 / (self.first_norm as f64 * self.second_norm as f64).sqrt()
    }

    /// The circuit's decision for threshold `tau` (t·2^16).
    pub fn reaches(&self, tau: u32) -> bool {
        self.dot >= LEAST_DOT && {
            let scaled = (i128::from(self.dot) * i128::from(self.dot)) << (2 * THRESHOLD_BITS);
            let bound = i128::from(tau)
                * i128::from(tau)
                * i128::from(self.first_norm)
                * i128::from(self.second_norm);
            scaled.cmp(&bound) != Ordering::Less
        }
    }

    /// Whether a vector is so short that even its dot product with itself is below [`LEAST_DOT`].
    pub fn is_faint(&self) -> bool {
        self.first_norm.min(self.second_norm) < LEAST_DOT
    }
}
