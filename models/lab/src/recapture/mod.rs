//! A picture that was printed, or is shown on a screen, and is held before a camera.
//!
//! Three steps, each with parameters in physical words: the [`Medium`] (what paper or a display makes of the picture), the
//! [`Pose`] of the sheet in space (turned, moved, bent along a parabola), and the [`Camera`] that takes it (blur, noise,
//! compression). [`Recapture::draw`] draws all of them from a seed; the ranges for fitting and for testing are disjoint, so
//! that nothing fitted on one half knows the other's dots, pitches and compression.
//!
//! It is a model: the species that it makes are reported as *simulated* and never pooled with recorded ones.

mod medium;
mod sheet;
mod table;

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use wetsign_infer::{Frame, InferError};

pub use medium::Medium;
pub use sheet::Pose;

/// Which half of the parameters a recapture is drawn from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Half {
    /// For fitting anything.
    Fit,
    /// For testing it.
    Test,
}

impl Half {
    /// The lower or the upper part of a range; a tenth of it between them belongs to neither.
    fn part(self, rng: &mut ChaCha8Rng, low: f64, high: f64) -> f64 {
        let share = rng.gen_range(0.0..0.45);
        low + (high - low) * (if self == Self::Fit { share } else { 0.55 + share })
    }
}

/// The camera that looks at the medium.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Camera {
    /// Standard deviation of the noise, grey levels of 255.
    pub noise: f64,
    /// JPEG quality of the stream, 0..100.
    pub quality: u8,
}

impl Camera {
    /// Takes a picture: BGR bytes of what lies before it, `[width, height]`.
    pub(crate) fn take(
        &self,
        mut seen: Vec<u8>,
        [width, height]: [u32; 2],
        rng: &mut ChaCha8Rng,
    ) -> Result<Frame, InferError> {
        if self.noise > 0.0 {
            // The sum of two uniform draws has a variance of a sixth: a triangle is noise enough.
            let scale = self.noise * 6.0_f64.sqrt() / 256.0;
            for byte in &mut seen {
                let word = rng.r#gen::<u16>();
                let triangle = f64::from(word >> 8) + f64::from(word & 255) - 255.0;
                *byte = (f64::from(*byte) + triangle * scale * 0.5) as u8;
            }
        }
        let frame = Frame::from_bgr(width, height, &seen)?;
        if self.quality >= 100 {
            return Ok(frame);
        }
        Frame::decode_image(&frame.to_jpeg(width.max(height), self.quality)?)
    }
}

/// One way of presenting a picture.
#[derive(Clone, Debug, PartialEq)]
pub struct Recapture {
    /// What shows the picture.
    pub medium: Medium,
    /// The camera.
    pub camera: Camera,
    seed: u64,
}

impl Recapture {
    /// A print: halftone dots, ink's contrast, gloss.
    pub fn print(seed: u64, half: Half) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let medium = Medium::Print {
            lines: half.part(&mut rng, 120.0, 320.0),
            dots: half.part(&mut rng, 0.02, 0.22),
            black: half.part(&mut rng, 0.02, 0.12),
            gloss: half.part(&mut rng, 0.0, 0.35),
        };
        Self { medium, camera: Self::camera(&mut rng, half), seed }
    }

    /// A screen: a grid of pixels with three stripes each, its gamma, a dark bezel.
    pub fn screen(seed: u64, half: Half) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let medium = Medium::Screen {
            pixels: half.part(&mut rng, 360.0, 1400.0),
            grid: half.part(&mut rng, 0.05, 0.35),
            gamma: half.part(&mut rng, 0.8, 1.3),
            blue: half.part(&mut rng, 0.0, 0.12),
        };
        Self { medium, camera: Self::camera(&mut rng, half), seed }
    }

    /// The picture itself, as a file fed below the camera would give it.
    pub fn none(seed: u64) -> Self {
        Self { medium: Medium::None, camera: Camera { noise: 0.0, quality: 100 }, seed }
    }

    fn camera(rng: &mut ChaCha8Rng, half: Half) -> Camera {
        Camera { noise: half.part(rng, 0.5, 4.0), quality: half.part(rng, 60.0, 98.0) as u8 }
    }

    /// What the camera sees. `tick` is the number of the frame: its noise differs from that of the others.
    pub fn frame(&self, picture: &Frame, pose: &Pose, tick: u64) -> Result<Frame, InferError> {
        let seen = sheet::render(picture, &self.medium, pose)?;
        let mut rng = ChaCha8Rng::seed_from_u64(self.seed ^ (tick << 32));
        self.camera.take(seen, [picture.width(), picture.height()], &mut rng)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture() -> Frame {
        let bytes: Vec<u8> = (0..64 * 48 * 3).map(|i| (i / 3 % 64 * 4) as u8).collect();
        Frame::from_bgr(64, 48, &bytes).unwrap()
    }

    #[test]
    fn the_same_seed_gives_the_same_frame_and_the_halves_never_meet() {
        let bytes = |seed, half, tick| {
            let frame = Recapture::print(seed, half).frame(&picture(), &Pose::FRONTAL, tick).unwrap();
            frame.bytes().unwrap().to_vec()
        };
        assert_eq!(bytes(1, Half::Test, 0), bytes(1, Half::Test, 0));
        assert_ne!(bytes(1, Half::Test, 0), bytes(1, Half::Test, 1));
        for seed in 0..50 {
            let lines = |half| match Recapture::print(seed, half).medium {
                Medium::Print { lines, .. } => lines,
                _ => unreachable!(),
            };
            assert!(lines(Half::Fit) < 215.0 && lines(Half::Test) > 225.0);
        }
    }

    #[test]
    fn a_file_is_not_changed_by_a_medium_that_is_none() {
        let picture = picture();
        let frame = Recapture::none(0).frame(&picture, &Pose::FRONTAL, 0).unwrap();
        let (seen, shown) = (frame.bytes().unwrap(), picture.bytes().unwrap());
        assert!(seen.iter().zip(shown).all(|(a, b)| a.abs_diff(*b) <= 2));
    }
}
