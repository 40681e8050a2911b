//! A picture that was printed, or is shown on a screen, and is held before a camera.
//!
//! Three steps, each with parameters in physical words: the [`Medium`] (what paper or a display makes of the picture),
//! the [`Pose`] of the sheet in space (turned, moved, bent along a parabola), and the [`Camera`] that takes it (blur,
//! noise, compression). Each constructor of [`Recapture`] draws its own from a seed; the ranges for fitting and for
//! testing are disjoint, so that nothing fitted on one half knows the other's dots, pitches and compression.
//!
//! It is a model: the species that it makes are reported as *simulated* and never pooled with recorded ones.

mod medium;
mod sheet;
mod table;

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use wetsign_infer::{Frame, InferError};

pub use medium::Medium;
pub use sheet::Pose;

/// Which half of the parameters a recapture is drawn from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum Half {
    /// For fitting anything.
    Fit,
    /// For testing it.
    Test,
}

impl Half {
    /// The lower or the upper part of a range; a tenth of it between them belongs to neither.
    pub(crate) fn part(self, rng: &mut ChaCha8Rng, low: f64, high: f64) -> f64 {
        let share = rng.gen_range(0.0..0.45);
        low + (high - low) * (if self == Self::Fit { share } else { 0.55 + share })
    }
}

/// The camera that looks at the medium.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Camera {
    /// Standard deviation of the noise, grey levels of 255.
    pub noise: f64,
    /// JPEG quality of the stream, 0..100.
    pub quality: u8,
    /// Standard deviation of the lens's blur, pixels.
    pub blur: f64,
    /// How far the picture moves while the shutter is open, pixels along x and y.
    pub motion: [f64; 2],
}

impl Camera {
    /// One that changes nothing.
    pub const PERFECT: Self = Self { noise: 0.0, quality: 100, blur: 0.0, motion: [0.0; 2] };

    /// A camera of that half: noise and compression from its part of their ranges. Blur and motion are no property of
    /// an instrument, and of one range in both halves.
    pub fn draw(rng: &mut ChaCha8Rng, half: Half) -> Self {
        let (noise, quality) = (half.part(rng, 0.5, 4.0), half.part(rng, 60.0, 98.0) as u8);
        let (length, angle) = (rng.gen_range(0.0..1.5_f64), rng.gen_range(0.0..std::f64::consts::PI));
        let motion = [length * angle.cos(), length * angle.sin()];
        Self { noise, quality, blur: rng.gen_range(0.0..0.9), motion }
    }

    /// Takes a picture: BGR bytes of what lies before it, `[width, height]`.
    pub(crate) fn take(
        &self,
        mut seen: Vec<u8>,
        [width, height]: [u32; 2],
        rng: &mut ChaCha8Rng,
    ) -> Result<Frame, InferError> {
        let [x, y] = self.motion;
        if self.blur > 0.0 || x != 0.0 || y != 0.0 {
            let sharp = Frame::from_bgr(width, height, &seen)?;
            seen = sharp.blurred(self.blur)?.smeared(x.hypot(y), y.atan2(x))?.bytes()?.to_vec();
        }
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
        Self { medium, camera: Camera::draw(&mut rng, half), seed }
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
        Self { medium, camera: Camera::draw(&mut rng, half), seed }
    }

    /// Nothing but a camera of that half: what living people's frames go through wherever an attack's do, so that the
    /// camera gives neither away.
    pub fn camera(seed: u64, half: Half) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        Self { medium: Medium::None, camera: Camera::draw(&mut rng, half), seed }
    }

    /// The picture itself, as a file fed below the camera would give it.
    pub fn none(seed: u64) -> Self {
        Self { medium: Medium::None, camera: Camera::PERFECT, seed }
    }

    /// The same before a camera that is in focus and held still: the medium's own pattern is seen at its full strength.
    pub fn in_focus(mut self) -> Self {
        (self.camera.blur, self.camera.motion) = (0.0, [0.0; 2]);
        self
    }

    /// The same before a camera that changes nothing.
    pub fn by_perfect_camera(mut self) -> Self {
        self.camera = Camera::PERFECT;
        self
    }

    /// What the camera sees. `tick` is the number of the frame: its noise differs from that of the others.
    pub fn frame(&self, picture: &Frame, pose: &Pose, tick: u64) -> Result<Frame, InferError> {
        let seen = sheet::render(picture, &self.medium, pose)?;
        let mut rng = ChaCha8Rng::seed_from_u64(self.seed ^ (tick << 32));
        self.camera.take(seen, [picture.width(), picture.height()], &mut rng)
    }
}

/// A digest of what this renderer makes of a fixed picture: part of the key of every answer that is kept about its
/// pictures, so that none outlives a change of the renderer.
///
/// # Errors
/// A picture that cannot be encoded.
pub fn fingerprint() -> Result<[u8; 32], InferError> {
    let pixel = |i: u32| (i * 37 % 251) as u8 / 4 + (i / 3 % 96) as u8 * 2;
    let picture = Frame::from_bgr(96, 54, &(0..96 * 54 * 3).map(pixel).collect::<Vec<_>>())?;
    let posed = Pose { yaw: 0.3, pitch: -0.1, roll: 0.05, bend: 0.2, distance: 1.1, shift: [0.02, 0.01] };
    let mut hash = Sha256::new();
    for half in [Half::Fit, Half::Test] {
        for shown in [Recapture::print(1, half), Recapture::screen(2, half), Recapture::camera(3, half)] {
            for pose in [&Pose::FRONTAL, &posed] {
                hash.update(shown.frame(&picture, pose, 4)?.bytes()?);
            }
        }
    }
    Ok(hash.finalize().into())
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
    fn a_camera_alone_has_no_medium_and_a_fingerprint_is_this_renderers() {
        for seed in 0..50 {
            let (fit, test) = (Recapture::camera(seed, Half::Fit), Recapture::camera(seed, Half::Test));
            assert_eq!((&fit.medium, &test.medium), (&Medium::None, &Medium::None));
            assert!(fit.camera.noise < 2.1 && test.camera.noise > 2.4);
            assert!(fit.camera.quality < test.camera.quality && fit.camera.blur < 0.9);
        }
        assert_eq!(fingerprint().unwrap(), fingerprint().unwrap());
        let line = Frame::from_bgr(
            64,
            48,
            &(0..64 * 48 * 3).map(|i| if i / 3 % 64 == 32 { 255 } else { 0 }).collect::<Vec<_>>(),
        );
        let camera = Camera { blur: 0.8, motion: [2.0, 0.0], ..Camera::PERFECT };
        let bytes = line.unwrap().bytes().unwrap().to_vec();
        let seen = camera.take(bytes, [64, 48], &mut ChaCha8Rng::seed_from_u64(1)).unwrap();
        let row = &seen.bytes().unwrap()[64 * 3 * 20..64 * 3 * 21];
        assert!(row[32 * 3] < 150 && row[34 * 3] > 5 && row[33 * 3] > row[35 * 3]);
    }

    #[test]
    fn a_file_is_not_changed_by_a_medium_that_is_none() {
        let picture = picture();
        let frame = Recapture::none(0).frame(&picture, &Pose::FRONTAL, 0).unwrap();
        let (seen, shown) = (frame.bytes().unwrap(), picture.bytes().unwrap());
        assert!(seen.iter().zip(shown).all(|(a, b)| a.abs_diff(*b) <= 2));
    }
}
