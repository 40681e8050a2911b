//! A physical model of a sound's way: what every recording here passes, and what a loudspeaker in another room does
//! before.
//!
//! Everything gets one [`long_term_spectrum`] and passes one [`microphone`]: a room, one band, noise, a loudness, and
//! an 8-bit codec (the companding of ITU-T G.711). It hides where a recording comes from: its microphone and its room's
//! resonances, its own band, its own noise, the codec that it was published in. A replay passes a [`Loudspeaker`]
//! between the two. It is a model; no loudspeaker stood before a microphone.

use std::f64::consts::PI;

use crate::voice_pad::analysis::BAND;
use rand::Rng;
use rand_chacha::ChaCha8Rng;
use realfft::RealFftPlanner;
use wetsign_infer::audio::{RATE, convolve, normal, room};

use crate::recapture::Half;

/// Taps of a filter; odd, so that its delay is a whole number of samples.
const TAPS: usize = 401;
/// Points of the transform by which spectra are compared and filters designed.
const POINTS: usize = 512;
/// Level at which speech is played and taken, root mean square.
const LEVEL: f64 = 0.1;
/// Noise of the converter, root mean square, with no part in any band: whatever lies outside of the common band is lost
/// in it.
const CONVERTER: f64 = 1e-4;
/// The hertz up to which spectra here are even; above they fall.
const EVEN: f64 = 500.0;

/// Noise and rooms that a kiosk may have, for a sound with this many samples of speech: reverberation 0.15 to 0.4 s, 6
/// to 15 dB under the direct sound; noise 10 to 20 dB under the speech, so that the noise of the recordings themselves
/// lies under it, falling by 0 to 6 dB an octave; up to 12 dB less loud than `LEVEL`.
pub fn microphone(sound: &[f64], spoken: usize, rng: &mut ChaCha8Rng) -> Vec<f32> {
    let room = room(rng.gen_range(0.15..0.4), rng.gen_range(6.0..15.0), rng);
    let heard = levelled(&in_band(&convolve(sound, &room, 0)), spoken);
    let fall = rng.gen_range(0.0..2.0);
    let noise: Vec<f64> = (0..heard.len()).map(|_| normal(rng)).collect();
    let colour = filter(|hertz| falling(hertz, fall).sqrt());
    let noise = levelled(&convolve(&noise, &colour, TAPS / 2), heard.len());
    let [under, gain] =
        [rng.gen_range(10.0..20.0), rng.gen_range(0.0..12.0)].map(|db: f64| 10.0_f64.powf(-db / 20.0));
    let coded: Vec<f64> =
        heard.iter().zip(noise).map(|(sample, hiss)| companded(gain * (sample + under * hiss))).collect();
    in_band(&coded).iter().map(|sample| (sample + CONVERTER * normal(rng)) as f32).collect()
}

/// With a spectrum that over the whole sound is even up to `EVEN` and falls by 4.5 to 9 dB an octave above, in `BAND`,
/// at `LEVEL` over its samples of speech. What a microphone or an equaliser did to the recording is undone with it.
pub fn long_term_spectrum(sound: &[f64], spoken: usize, rng: &mut ChaCha8Rng) -> Vec<f64> {
    let found = smooth(&powers(sound));
    let fall = rng.gen_range(1.5..3.0);
    let bin = |hertz: f64| (hertz * POINTS as f64 / f64::from(RATE)).round() as usize;
    let gain = |hertz: f64| {
        let power = found[bin(hertz)];
        if power > 0.0 { (falling(hertz, fall) / power).sqrt() } else { 0.0 }
    };
    levelled(&convolve(sound, &filter(gain), TAPS / 2), spoken)
}

/// Without what lies outside of `BAND`.
pub fn in_band(sound: &[f64]) -> Vec<f64> {
    convolve(sound, &band_pass(BAND[0], BAND[1]), TAPS / 2)
}

/// A loudspeaker and the room that it stands in.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Loudspeaker {
    /// It gives little below, hertz.
    pub from: f64,
    /// And little above.
    pub to: f64,
    /// How far its membrane is driven into its limits: 0 not at all.
    pub drive: f64,
    /// Seconds for 60 dB in its room.
    pub decay: f64,
    /// Decibels of the direct sound over the room's.
    pub direct: f64,
}

impl Loudspeaker {
    /// Small and large ones; the parameters of both halves are disjoint.
    pub fn draw(half: Half, rng: &mut ChaCha8Rng) -> Self {
        Self {
            from: half.part(rng, 120.0, 500.0),
            to: half.part(rng, 4_500.0, 7_500.0),
            drive: half.part(rng, 0.3, 3.0),
            decay: half.part(rng, 0.2, 0.7),
            direct: half.part(rng, 2.0, 10.0),
        }
    }

    /// What it makes of a sound, as loud as the sound was.
    pub fn play(&self, sound: &[f64], rng: &mut ChaCha8Rng) -> Vec<f64> {
        let driven: Vec<f64> = sound.iter().map(|s| (self.drive * s / LEVEL).tanh() / self.drive).collect();
        let through = convolve(&driven, &band_pass(self.from, self.to), TAPS / 2);
        let played = convolve(&through, &room(self.decay, self.direct, rng), 0);
        let power = |sound: &[f64]| sound.iter().map(|s| s * s).sum::<f64>();
        let scale = (power(sound) / power(&played).max(f64::MIN_POSITIVE)).sqrt();
        played.iter().map(|s| s * scale).collect()
    }
}

/// At `LEVEL` if that many of its samples sound; silence stays silence.
pub fn levelled(sound: &[f64], sounding: usize) -> Vec<f64> {
    let power = sound.iter().map(|s| s * s).sum::<f64>() / sounding.max(1) as f64;
    let scale = if power > 0.0 { LEVEL / power.sqrt() } else { 0.0 };
    sound.iter().map(|s| s * scale).collect()
}

/// Power that is even up to `EVEN` and falls by three decibels an octave for each unit of `fall` above.
fn falling(hertz: f64, fall: f64) -> f64 {
    (EVEN / hertz.max(EVEN)).powf(fall)
}

/// Mean power of each frequency over the sound, Hann windows.
fn powers(sound: &[f64]) -> Vec<f64> {
    let transform = RealFftPlanner::<f64>::new().plan_fft_forward(POINTS);
    let (mut input, mut output) = (transform.make_input_vec(), transform.make_output_vec());
    let mut powers = vec![0.0; output.len()];
    for frame in sound.windows(POINTS).step_by(POINTS / 2) {
        for (n, (target, sample)) in input.iter_mut().zip(frame).enumerate() {
            *target = sample * (PI * n as f64 / POINTS as f64).sin().powi(2);
        }
        let done = transform.process(&mut input, &mut output);
        // Fails only for buffers of another length than the transform itself made.
        debug_assert!(done.is_ok(), "{done:?}");
        powers.iter_mut().zip(&output).for_each(|(power, value)| *power += value.norm_sqr());
    }
    powers
}

/// Over 190 Hz to both sides at the lowest frequency, so that no harmonic is taken for a resonance, and 1.2 kHz at the
/// highest.
fn smooth(powers: &[f64]) -> Vec<f64> {
    let around = |bin: usize| {
        let reach = 6 + bin / 8;
        let near = &powers[bin.saturating_sub(reach)..(bin + reach + 1).min(powers.len())];
        near.iter().sum::<f64>() / near.len() as f64
    };
    (0..powers.len()).map(around).collect()
}

/// A filter of linear phase that has the gain at each frequency in `BAND`, and none outside.
fn filter(gain: impl Fn(f64) -> f64) -> Vec<f64> {
    let middle = (TAPS / 2) as f64;
    let gains: Vec<f64> = (0..POINTS / 2)
        .map(|bin| f64::from(RATE) * bin as f64 / POINTS as f64)
        .map(|hertz| if (BAND[0]..BAND[1]).contains(&hertz) { gain(hertz) } else { 0.0 })
        .collect();
    (0..TAPS)
        .map(|tap| {
            let n = tap as f64 - middle;
            let window = 0.54 + 0.46 * (PI * n / middle).cos();
            let turned =
                |(bin, gain): (usize, &f64)| gain * (2.0 * PI * bin as f64 * n / POINTS as f64).cos();
            window * 2.0 * gains.iter().enumerate().map(turned).sum::<f64>() / POINTS as f64
        })
        .collect()
}

/// Windowed sinc, Hamming.
fn band_pass(from: f64, to: f64) -> Vec<f64> {
    let middle = (TAPS / 2) as f64;
    let low_pass = |hertz: f64, n: f64| {
        let x = 2.0 * hertz / f64::from(RATE);
        if n == 0.0 { x } else { (PI * x * n).sin() / (PI * n) }
    };
    (0..TAPS)
        .map(|i| {
            let n = i as f64 - middle;
            let window = 0.54 + 0.46 * (PI * n / middle).cos();
            window * (low_pass(to, n) - low_pass(from, n))
        })
        .collect()
}

/// 8 bits with logarithmic steps (μ = 255), and back.
fn companded(sample: f64) -> f64 {
    const MU: f64 = 255.0;
    let sample = sample.clamp(-1.0, 1.0);
    let compressed = sample.signum() * (MU * sample.abs()).ln_1p() / MU.ln_1p();
    let step = (compressed * 127.0).round() / 127.0;
    step.signum() * ((step.abs() * MU.ln_1p()).exp() - 1.0) / MU
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::*;

    fn tone(hertz: f64) -> Vec<f64> {
        (0..8_000).map(|i| 0.3 * (2.0 * PI * hertz * f64::from(i) / f64::from(RATE)).sin()).collect()
    }

    fn power(sound: &[f64]) -> f64 {
        sound[1_000..7_000].iter().map(|s| s * s).sum::<f64>() / 6_000.0
    }

    #[test]
    fn a_band_passes_what_lies_in_it_and_nothing_else() {
        let through = |hertz: f64| power(&convolve(&tone(hertz), &band_pass(500.0, 4_000.0), TAPS / 2));
        assert!((through(2_000.0) / power(&tone(2_000.0)) - 1.0).abs() < 0.02);
        for outside in [200.0, 5_000.0] {
            assert!(through(outside) < 1e-4 * power(&tone(outside)), "{outside}");
        }
    }

    #[test]
    fn the_same_seed_gives_the_same_noise_whose_level_does_not_depend_on_the_sound() {
        let through = |sound: &[f64], seed| microphone(sound, 8_000, &mut ChaCha8Rng::seed_from_u64(seed));
        assert_eq!(through(&tone(900.0), 3), through(&tone(900.0), 3));
        assert_ne!(through(&tone(900.0), 3), through(&tone(900.0), 4));
        let behind = |hertz: f64| -> f64 {
            let heard = through(&[tone(hertz), vec![0.0; 16_000]].concat(), 3);
            heard[16_000..].iter().map(|s| f64::from(*s).powi(2)).sum()
        };
        let ratio = behind(900.0) / behind(3_000.0);
        assert!((ratio - 1.0).abs() < 0.05, "{ratio}");
    }

    #[test]
    fn what_a_microphone_did_to_a_sound_is_undone_and_its_loudness_too() {
        let mut rng = ChaCha8Rng::seed_from_u64(2);
        let sound: Vec<f64> = (0..32_000).map(|_| normal(&mut rng)).collect();
        let dull: Vec<f64> = convolve(&sound, &band_pass(100.0, 3_000.0), TAPS / 2)
            .iter()
            .zip(&sound)
            .map(|(low, all)| 0.3 * low + 0.02 * all)
            .collect();
        let even = |sound: &[f64]| long_term_spectrum(sound, 32_000, &mut ChaCha8Rng::seed_from_u64(4));
        let share = |sound: &[f64]| {
            let high = convolve(sound, &band_pass(4_000.0, 6_000.0), TAPS / 2);
            power(&high) / power(sound)
        };
        assert!(share(&dull) < 0.05 * share(&sound), "{} {}", share(&dull), share(&sound));
        let (one, other) = (share(&even(&dull)), share(&even(&sound)));
        assert!((one / other - 1.0).abs() < 0.1, "{one} {other}");
        assert!((power(&even(&dull)).sqrt() / LEVEL - 1.0).abs() < 0.1);
        assert!(even(&vec![0.0; 4_000]).iter().all(|s| *s == 0.0));
    }

    #[test]
    fn no_parameter_of_a_loudspeaker_to_test_on_is_one_of_the_fit() {
        let drawn = |half| -> Vec<Loudspeaker> {
            (0..200).map(|seed| Loudspeaker::draw(half, &mut ChaCha8Rng::seed_from_u64(seed))).collect()
        };
        let (fit, test) = (drawn(Half::Fit), drawn(Half::Test));
        type Figure = fn(&Loudspeaker) -> f64;
        let figures: [Figure; 5] = [|l| l.from, |l| l.to, |l| l.drive, |l| l.decay, |l| l.direct];
        for figure in figures {
            let highest = fit.iter().map(figure).fold(f64::MIN, f64::max);
            assert!(test.iter().all(|l| figure(l) > highest));
        }
    }
}
