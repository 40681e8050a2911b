//! What paper and displays leave in a picture of a face: numbers by name, from one frame, without a network.
//!
//! Each part is a pure function of pixels: `frequency` (halftone dots, pixel grids, moiré), `colour` (ink and displays
//! do not reach black, white and skin's hues alike) and `specular` (gloss). Two windows at the camera's own resolution
//! are read, because scaling would remove what is looked for: the face box, and `WIDE` times that with what surrounds
//! it. None of it proves anything alone; `wetsign_models::face_pad` weighs all of it together.

mod colour;
mod frequency;
mod specular;
mod window;

use sha2::{Digest as _, Sha256};

use super::Face;
use crate::error::Result;
use crate::frame::Frame;
use window::{Window, luma};

/// Names of the cues, in the order of [`cues`].
pub const NAMES: [&str; 22] = [
    "slope",
    "fine",
    "peak",
    "peak_wide",
    "fine_colour",
    "peak_colour",
    "beat_blue",
    "black",
    "white",
    "contrast",
    "saturation",
    "saturation_spread",
    "red",
    "blue",
    "hue_spread",
    "channels_alike",
    "shade_colour",
    "detail_alike_red",
    "detail_alike_green",
    "highlight",
    "highlight_pale",
    "sheen",
];

/// The wide window's side in those of the face box.
const WIDE: f32 = 2.2;
/// All cues of a face, in the order of [`NAMES`].
///
/// # Errors
/// A box of which less than 80 by 80 pixels lie in the picture: there is no spectrum of so few.
pub fn cues(frame: &Frame, face: &Face) -> Result<[f64; NAMES.len()]> {
    let near = Window::of(frame, face, 1.0, 1)?;
    let wide = Window::of(frame, face, WIDE, 1)?;
    let smooth = Window::of(frame, face, 1.0, 5)?;
    let smooth_wide = Window::of(frame, face, WIDE, 5)?;
    let bright = frequency::Spectrum::of(&near.plane(luma), near.width, near.height)?;
    let bright_wide = frequency::Spectrum::of(&wide.plane(luma), wide.width, wide.height)?;
    let opponent = |[blue, green, red]: [f32; 3]| red - 0.5 * (green + blue);
    let coloured = frequency::Spectrum::of(&near.plane(opponent), near.width, near.height)?;
    let bluish = |[blue, green, _]: [f32; 3]| blue - green;
    let blue = frequency::Spectrum::of(&near.plane(bluish), near.width, near.height)?;
    let (fine, coarse) = (Window::of(frame, face, 1.0, 3)?, Window::of(frame, face, 1.0, 11)?);
    let tones = colour::Tones::of(&smooth_wide);
    let skin = colour::Skin::of(&smooth);
    let gloss = specular::Gloss::of(&smooth);
    Ok([
        bright.slope(),
        bright.fine(),
        bright.peak(),
        bright_wide.peak(),
        coloured.fine(),
        coloured.peak(),
        blue.beat(),
        tones.black,
        tones.white,
        tones.contrast,
        skin.saturation,
        skin.saturation_spread,
        skin.red,
        skin.blue,
        skin.hue_spread,
        skin.channels_alike,
        skin.shade_colour,
        colour::detail_alike(&fine, &coarse, [0, 2]),
        colour::detail_alike(&fine, &coarse, [0, 1]),
        gloss.share,
        gloss.pale,
        gloss.sheen,
    ])
}

/// A digest of what the cues say of a fixed picture: part of the key of every answer about them that is kept.
///
/// # Errors
/// None that a test of this crate would not meet.
pub fn fingerprint() -> Result<[u8; 32]> {
    let pixel = |i: u32| ((i * 37 % 251) / 4 + (i / 3 % 160) + (i / 480 % 5) * 9) as u8;
    let frame = Frame::from_bgr(160, 160, &(0..160 * 160 * 3).map(pixel).collect::<Vec<_>>())?;
    let face = Face { bbox: [30.0, 30.0, 130.0, 130.0], score: 1.0, keypoints: [[80.0; 2]; 6] };
    let mut hash = Sha256::new();
    for (name, value) in NAMES.iter().zip(cues(&frame, &face)?) {
        hash.update(name);
        hash.update(value.to_be_bytes());
    }
    Ok(hash.finalize().into())
}
