//! What the sound says of the lips: a line through the recogniser's states, fitted on films of people who speak.
//!
//! A state of the recogniser's encoder stands for 24 ms of sound. The line gives one number a state, which goes up and
//! down with the gap between the speaker's lips; its scale means nothing, as it is only correlated. The weights are
//! part of the manifest (`[lip_reading]`) and so of what is attested. `wetsign-lab lipread` fits and tests them.

use serde::{Deserialize, Serialize};

use crate::digest::Digest;
use crate::linear::solve;

/// The largest weight of a fit: the scale is free.
const LARGEST: f64 = 10_000.0;

/// A fitted line and what it was fitted on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LipReading {
    /// People in the fit.
    pub speakers: u32,
    /// Moments of the fit, 20 ms each.
    pub moments: u32,
    /// How much the weights are held back, thousandths of the states' mean power.
    pub ridge: u32,
    /// SHA-256 of the films and sounds that it was fitted on, one after the other.
    pub data: Digest,
    /// The digest of `moonshine-encoder`, whose states these are.
    pub network: Digest,
    /// One for each number of a state.
    pub weights: Vec<i32>,
}

impl LipReading {
    /// What each state says of the gap. `None`: the states are not of as many numbers as there are weights.
    pub fn read(&self, states: &[f32]) -> Option<Vec<f32>> {
        let width = self.weights.len();
        if width == 0 || !states.len().is_multiple_of(width) {
            return None;
        }
        let one = |state: &[f32]| {
            let sum: f64 = state.iter().zip(&self.weights).map(|(v, w)| f64::from(*v) * f64::from(*w)).sum();
            (sum / LARGEST) as f32
        };
        Some(states.chunks_exact(width).map(one).collect())
    }
}

/// One film of a speaker: the states of the sound and the gaps between the lips, moment by moment.
#[derive(Clone, Debug, PartialEq)]
pub struct Spoken {
    /// All of one width.
    pub states: Vec<Vec<f64>>,
    /// As many.
    pub gaps: Vec<f64>,
}

/// The weights that tell the gaps of all films from their states, with the least squared error: ridge regression, held
/// back by `ridge` times the mean power of a state's number. Every film's gaps count as if they had one spread, so that
/// nobody who opens the mouth wide outvotes the others. `None`: no film, states of different widths, or gaps that never
/// move.
pub fn fit(films: &[Spoken], ridge: f64) -> Option<Vec<i32>> {
    let width = films.first()?.states.first()?.len();
    let mut power = vec![vec![0.0; width]; width];
    let mut both = vec![0.0; width];
    let mut moments = 0.0;
    for film in films {
        let spread = spread(&film.gaps)?;
        if film.states.len() != film.gaps.len() || film.states.iter().any(|state| state.len() != width) {
            return None;
        }
        for (state, gap) in film.states.iter().zip(&film.gaps) {
            moments += 1.0;
            for (i, row) in power.iter_mut().enumerate() {
                both[i] += state[i] * gap / spread;
                for (sum, value) in row.iter_mut().zip(&state[..=i]) {
                    *sum += state[i] * value;
                }
            }
        }
    }
    power.iter_mut().flatten().chain(&mut both).for_each(|sum| *sum /= moments);
    let mean = (0..width).map(|i| power[i][i]).sum::<f64>() / width as f64;
    for (i, row) in power.iter_mut().enumerate() {
        row[i] += ridge * mean;
    }
    let found = solve(power, both)?;
    let largest = found.iter().fold(0.0_f64, |most, weight| most.max(weight.abs()));
    (largest.is_finite() && largest > 0.0)
        .then(|| found.iter().map(|weight| (weight / largest * LARGEST).round() as i32).collect())
}

fn spread(values: &[f64]) -> Option<f64> {
    let mean = values.iter().sum::<f64>() / values.len().max(1) as f64;
    let variance = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / values.len().max(1) as f64;
    (variance > 1e-12).then(|| variance.sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::Manifest;

    fn film(scale: f64) -> Spoken {
        let state = |i: u32| vec![f64::from(i % 5) - 2.0, f64::from(i % 3) - 1.0];
        let states: Vec<_> = (0..60).map(state).collect();
        let gaps = states.iter().map(|state| scale * (state[0] - 3.0 * state[1])).collect();
        Spoken { states, gaps }
    }

    #[test]
    fn a_fit_finds_the_line_however_wide_a_mouth_opens() {
        let one = fit(&[film(1.0)], 1e-6).unwrap();
        assert!((one[0] - 3333).abs() <= 2 && one[1] == -10_000, "{one:?}");
        assert_eq!(fit(&[film(0.01), film(7.0)], 1e-6).unwrap(), one);
    }

    #[test]
    fn films_that_do_not_fit_together_are_no_fit() {
        assert_eq!(fit(&[], 0.1), None);
        let still = Spoken { gaps: vec![0.3; 60], ..film(1.0) };
        assert_eq!(fit(&[still], 0.1), None);
        let mut cut = film(1.0);
        cut.states[7].pop();
        assert_eq!(fit(&[cut], 0.1), None);
        let mut short = film(1.0);
        short.gaps.pop();
        assert_eq!(fit(&[short], 0.1), None);
    }

    #[test]
    fn states_of_another_width_say_nothing() {
        let reading = &Manifest::embedded().lip_reading;
        let width = reading.weights.len();
        assert_eq!(reading.read(&vec![0.0; 2 * width]).unwrap(), [0.0, 0.0]);
        assert_eq!(reading.read(&vec![0.0; 2 * width + 1]), None);
        assert_eq!(LipReading { weights: Vec::new(), ..reading.clone() }.read(&[]), None);
    }
}
