//! A made room: the direct sound and an exponentially falling noise behind it (Polack 1988). It is a model; no sound
//! was ever played in it.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use realfft::RealFftPlanner;
use wetsign_models::voice_rooms::MadeRoom;

use super::RATE;

/// The response of a room whose sound falls by 60 dB in `decay` seconds, the direct sound `direct_db` decibels over all
/// the rest.
pub fn room(decay: f64, direct_db: f64, rng: &mut impl Rng) -> Vec<f64> {
    let rate = f64::from(RATE);
    let fall = |n: usize| (-3.0 * 10.0_f64.ln() * n as f64 / (decay * rate)).exp();
    let length = ((decay * rate) as usize).max(1);
    let mut response: Vec<f64> = (0..length).map(|n| normal(rng) * fall(n)).collect();
    let power = response.iter().map(|s| s * s).sum::<f64>();
    let scale = (10.0_f64.powf(-direct_db / 10.0) / power.max(f64::MIN_POSITIVE)).sqrt();
    for sample in &mut response {
        *sample *= scale;
    }
    response[0] += 1.0;
    response
}

/// The response of a room of the manifest: the same each time.
pub fn made(of: &MadeRoom) -> Vec<f64> {
    let mut rng = ChaCha8Rng::seed_from_u64(of.seed);
    room(f64::from(of.decay) / 1000.0, f64::from(of.direct) / 1000.0, &mut rng)
}

/// As many samples as the sound has, from `delay` on.
pub fn convolve(sound: &[f64], response: &[f64], delay: usize) -> Vec<f64> {
    let size = (sound.len() + response.len()).next_power_of_two();
    let mut planner = RealFftPlanner::<f64>::new();
    let (forward, inverse) = (planner.plan_fft_forward(size), planner.plan_fft_inverse(size));
    let spectrum = |samples: &[f64]| {
        let (mut input, mut output) = (forward.make_input_vec(), forward.make_output_vec());
        input[..samples.len()].copy_from_slice(samples);
        forward.process(&mut input, &mut output).map(|()| output)
    };
    let mut out = inverse.make_output_vec();
    let product = spectrum(sound).and_then(|mut a| {
        let b = spectrum(response)?;
        a.iter_mut().zip(b).for_each(|(a, b)| *a *= b);
        inverse.process(&mut a, &mut out)
    });
    // Fails only for buffers of another length than the transforms themselves made.
    debug_assert!(product.is_ok(), "{product:?}");
    out[delay..delay + sound.len()].iter().map(|s| s / size as f64).collect()
}

/// Sound as it is heard in a room, as loud as it was, with half a second more for the room to fall silent.
pub fn heard_in(samples: &[f32], response: &[f64]) -> Vec<f32> {
    let mut sound: Vec<f64> = samples.iter().map(|s| f64::from(*s)).collect();
    let power = |sound: &[f64]| sound.iter().map(|s| s * s).sum::<f64>();
    let before = power(&sound);
    sound.resize(samples.len() + RATE as usize / 2, 0.0);
    let heard = convolve(&sound, response, 0);
    let scale = (before / power(&heard).max(f64::MIN_POSITIVE)).sqrt();
    heard.iter().map(|s| (s * scale) as f32).collect()
}

/// Standard normal but for its tails: the sum of twelve uniform draws.
pub fn normal(rng: &mut impl Rng) -> f64 {
    (0..12).map(|_| rng.r#gen::<f32>()).sum::<f32>() as f64 - 6.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_convolution_is_the_sum_that_defines_it() {
        let (sound, response) = (vec![1.0, -2.0, 3.0, 0.5], vec![0.5, 0.25, -1.0]);
        let at = |n: usize| -> f64 {
            (0..response.len()).filter(|k| *k <= n && n - k < 4).map(|k| response[k] * sound[n - k]).sum()
        };
        for (n, found) in convolve(&sound, &response, 1).iter().take(3).enumerate() {
            assert!((found - at(n + 1)).abs() < 1e-12, "{n}: {found} {}", at(n + 1));
        }
    }

    #[test]
    fn a_room_is_as_loud_as_it_was_asked_to_be_and_the_same_each_time() {
        let made = |seed| room(0.3, 3.0, &mut ChaCha8Rng::seed_from_u64(seed));
        assert_eq!(made(1), made(1));
        assert_ne!(made(1), made(2));
        let behind: f64 = made(1)[1..].iter().map(|s| s * s).sum();
        assert!((10.0 * behind.log10() + 3.0).abs() < 0.2, "{behind}");
        let room = made(1);
        let (early, late) = room.split_at(2_400);
        let power = |part: &[f64]| part.iter().map(|s| s * s).sum::<f64>();
        assert!(power(&early[1..]) > 20.0 * power(late));
    }

    #[test]
    fn a_room_changes_no_loudness_and_silence_stays_silent() {
        let sound: Vec<f32> = (0..8_000).map(|i| (i as f32 * 0.1).sin() * 0.3).collect();
        let heard = heard_in(&sound, &room(0.2, 0.0, &mut ChaCha8Rng::seed_from_u64(1)));
        let power = |sound: &[f32]| sound.iter().map(|s| f64::from(*s).powi(2)).sum::<f64>();
        assert!((power(&heard) / power(&sound) - 1.0).abs() < 1e-3);
        assert!(heard_in(&[0.0; 100], &[1.0]).iter().all(|s| *s == 0.0));
    }
}
