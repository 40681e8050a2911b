//! How well are people recognised and attacks told apart? Rates as the standards define them, on data that anybody can
//! get or bring.
//!
//! The terms are those of ISO/IEC 19795-1 (FMR, FNMR, failure to acquire, DET) and ISO/IEC 30107-3 (APCER by species,
//! BPCER, non-response). Intervals are over people and instruments, because comparisons of one person are not
//! independent; a rate is never claimed below three over the number of people.
//!
//! - [`folders`], [`gather`]: from files to captures; [`acquire`] runs the networks, [`cache`] keeps what they said.
//! - [`trials`], [`rate`], [`rates`]: comparisons and their errors. [`fuse`]: face and voice together. [`templates`]:
//!   what protection costs.
//! - [`setting`], [`presented`], [`face_pad`]: what the rule of `pad_fused` is fitted on, and the fit.
//! - [`pad`]: attacks by species. [`report`]: everything, as JSON and as a table. [`pictures`]: curves, histograms,
//!   bars.

pub mod acquire;
pub mod cache;
pub mod face_pad;
pub mod folders;
pub mod fuse;
pub mod gather;
pub mod pad;
pub mod pictures;
pub mod presented;
pub mod rate;
pub mod rates;
pub mod report;
pub mod setting;
pub mod templates;
pub mod trials;

use sha2::{Digest, Sha256};

/// Independent randomness for each purpose from one number.
pub fn seed_of(seed: u64, purpose: &str) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(seed.to_be_bytes());
    hash.update(purpose.as_bytes());
    hash.finalize().into()
}

/// People who do not exist, for tests of the statistics.
#[cfg(test)]
pub(crate) mod synthetic {
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::trials::{Capture, tests::capture};

    /// `count` people with `captures` each in `dim` dimensions: a direction of their own, and `noise` times as much of
    /// another.
    pub(crate) fn people(count: usize, captures: usize, dim: usize, noise: f32, seed: u64) -> Vec<Capture> {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut direction = || -> Vec<f32> {
            let draw = || -> f32 { (0..12).map(|_| rng.gen_range(-0.5..0.5_f32)).sum() };
            std::iter::repeat_with(draw).take(dim).collect()
        };
        let mut all = Vec::new();
        for person in 0..count {
            let own = direction();
            for number in 0..captures {
                let vector: Vec<f32> = own.iter().zip(direction()).map(|(o, n)| o + noise * n).collect();
                let name = format!("person {person:02}");
                all.push(capture(&name, &format!("{name} {number}"), &vector));
            }
        }
        all
    }
}
