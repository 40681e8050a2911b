//! Curves as tables: a film has a quarter of a million places in each frame, and a library's cosine costs more than all
//! else there.
//!
//! Between two entries a table is a straight line, off the curve by less than a thirtieth of a grey level.

use std::f64::consts::TAU;
use std::sync::LazyLock;

const STEPS: usize = 4096;

/// A curve over 0..1.
pub(super) struct Curve(Vec<f64>);

impl Curve {
    pub(super) fn new(of: impl Fn(f64) -> f64) -> Self {
        // One entry more than steps, and one for a place that is 1 but for rounding.
        Self((0..=STEPS + 1).map(|step| of(step as f64 / STEPS as f64)).collect())
    }

    /// Its value; outside of 0..1 that at the nearer end.
    pub(super) fn at(&self, place: f64) -> f64 {
        let place = place.clamp(0.0, 1.0) * STEPS as f64;
        let step = place as usize;
        let (here, next) = (self.0[step], self.0[step + 1]);
        here + (next - here) * (place - step as f64)
    }
}

static COSINE: LazyLock<Curve> = LazyLock::new(|| Curve::new(|turns| (TAU * turns).cos()));

/// The cosine of this many whole turns.
pub(super) fn wave(turns: f64) -> f64 {
    // The cosine is even, and a cast cuts towards zero without a call.
    let turns = turns.abs();
    COSINE.at(turns - (turns as u32) as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_as_good_as_the_curves() {
        let gamma = Curve::new(|tone| tone.powf(0.8));
        for step in 0..=100_000 {
            let place = f64::from(step) / 100_000.0;
            assert!((gamma.at(place) - place.powf(0.8)).abs() < 0.03 / 255.0, "{place}");
            let turns = (place - 0.3) * 900.0;
            assert!((wave(turns) - (TAU * turns).cos()).abs() < 0.03 / 255.0, "{turns}");
        }
        assert_eq!((gamma.at(-1.0), gamma.at(2.0)), (0.0, 1.0));
    }
}
