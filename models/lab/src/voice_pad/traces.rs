//! What a loudspeaker, a room and a line leave in a recording, as four named figures.

use super::lfcc::{BINS, HOP, frequency};
use wetsign_infer::audio::RATE;

/// The figures of one recording. They describe the way of the sound, not the voice, as far as the two can be told
/// apart.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Traces {
    /// Power of the quietest tenth of the frames under that of the loudest tenth, decibels; 0 or less.
    pub noise_floor_db: f64,
    /// The highest frequency at which loud frames stand 6 dB above quiet ones, hertz.
    pub band_limit_hz: f64,
    /// Power from 100 to 300 Hz against that from 300 to 1500 Hz in the loud frames, decibels: small loudspeakers give
    /// little of the former.
    pub low_end_db: f64,
    /// How long the sound takes to fall by 60 dB, judged by how it falls wherever it does, seconds: rooms make it
    /// longer, and two rooms longer still (after Wen, Habets and Naylor, "Blind estimation of reverberation time based
    /// on the distribution of signal decay rates", 2008).
    pub decay_s: f64,
}

/// Decibels over the quiet frames at which a frequency counts as carried.
const STANDS_OUT_DB: f64 = 6.0;
/// Frames that a fall lasts at least.
const FALL: usize = 5;
/// Longest decay told, seconds: where nothing falls, and where everything falls very slowly.
const LONGEST_S: f64 = 3.0;

impl Traces {
    /// As the values of a classifier.
    pub fn values(&self) -> [f64; 4] {
        [self.noise_floor_db, self.band_limit_hz, self.low_end_db, self.decay_s]
    }

    /// Of the power spectra of a recording's frames and the indices of its loud and quiet ones, none of them empty.
    pub(crate) fn of(spectra: &[[f64; BINS]], loud: &[usize], quiet: &[usize]) -> Self {
        let mean = |indices: &[usize]| -> [f64; BINS] {
            let mut sum = [0.0; BINS];
            for index in indices {
                for (target, value) in sum.iter_mut().zip(&spectra[*index]) {
                    *target += value / indices.len() as f64;
                }
            }
            sum
        };
        let (high, low) = (mean(loud), mean(quiet));
        let within = |from: f64, to: f64| -> f64 {
            (0..BINS).filter(|bin| (from..to).contains(&frequency(*bin))).map(|bin| high[bin]).sum()
        };
        let stands_out = |bin: &usize| decibels(high[*bin]) - decibels(low[*bin]) > STANDS_OUT_DB;
        Self {
            noise_floor_db: decibels(low.iter().sum()) - decibels(high.iter().sum()),
            band_limit_hz: (0..BINS).rev().find(stands_out).map_or(0.0, frequency),
            low_end_db: decibels(within(100.0, 300.0)) - decibels(within(300.0, 1_500.0)),
            decay_s: decay(&spectra.iter().map(|power| decibels(power.iter().sum())).collect::<Vec<_>>()),
        }
    }
}

pub(crate) fn decibels(power: f64) -> f64 {
    10.0 * (power + 1e-9).log10()
}

/// The median over all falls of the time for 60 dB.
fn decay(levels: &[f64]) -> f64 {
    let mut times: Vec<f64> = levels
        .chunk_by(|before, after| after < before)
        .filter(|fall| fall.len() >= FALL)
        .map(|fall| {
            let seconds = (fall.len() - 1) as f64 * HOP as f64 / f64::from(RATE);
            60.0 * seconds / (fall[0] - fall[fall.len() - 1])
        })
        .collect();
    times.sort_by(f64::total_cmp);
    times.get(times.len() / 2).map_or(LONGEST_S, |time| time.min(LONGEST_S))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fall_of_sixty_decibels_a_second_is_a_decay_of_one_second() {
        let falling: Vec<f64> = (0..50).map(|frame| -0.6 * f64::from(frame)).collect();
        let twice = [&falling[..], &falling].concat();
        assert!((decay(&twice) - 1.0).abs() < 1e-9);
        assert_eq!(decay(&[1.0, 2.0, 3.0]), LONGEST_S);
    }

    #[test]
    fn what_carries_two_kilohertz_and_no_bass_is_told_by_its_figures() {
        let spectrum = |level: f64| {
            std::array::from_fn(|bin| if (500.0..2_000.0).contains(&frequency(bin)) { level } else { 1e-4 })
        };
        let found = Traces::of(&[spectrum(1.0), spectrum(0.001)], &[0], &[1]);
        assert!((found.band_limit_hz - 1_968.75).abs() < 1e-9, "{found:?}");
        assert!(found.low_end_db < -30.0 && (-31.0..-20.0).contains(&found.noise_floor_db), "{found:?}");
    }
}
