//! Colours: ink and displays have another black, another white and fewer hues than the skin that they show.
//!
//! Colour moments and the variety of hues tell recaptured faces from living ones (Wen, Han, Jain, *Face Spoof Detection
//! with Image Distortion Analysis*, 2015, §III; Boulkenafet, Komulainen, Hadid, *Face Spoofing Detection Using Colour
//! Texture Analysis*, 2016).

use super::window::{Window, luma, moments, quantile};

/// How far a window's tones reach, 0..1.
pub(super) struct Tones {
    /// The darkest channel of the darkest places (one in two hundred): raised by ink, glass and stray light.
    pub(super) black: f64,
    /// The brightest places.
    pub(super) white: f64,
    /// Standard deviation of luma.
    pub(super) contrast: f64,
}

impl Tones {
    /// Of a smoothed window, so that noise is no tone.
    pub(super) fn of(window: &Window) -> Self {
        let darkest = window.plane(|[b, g, r]| b.min(g).min(r));
        let bright = window.plane(luma);
        let contrast = moments(&bright).1 / 255.0;
        let share = |values, share| f64::from(quantile(values, share)) / 255.0;
        Self { black: share(darkest, 0.005), white: share(bright, 0.995), contrast }
    }
}

/// Colours of the middle of the face box.
pub(super) struct Skin {
    /// Mean of HSV's saturation, 0..1.
    pub(super) saturation: f64,
    /// Its standard deviation.
    pub(super) saturation_spread: f64,
    /// Mean of Cr over luma (BT.601), shares.
    pub(super) red: f64,
    /// Mean of Cb over luma.
    pub(super) blue: f64,
    /// Standard deviation of Cr - Cb over luma.
    pub(super) hue_spread: f64,
    /// Correlation of red and blue, -1..1: what veils or tints all colours alike raises it.
    pub(super) channels_alike: f64,
    /// Correlation of saturation and luma, -1..1: shades of skin are the more coloured the darker they are, unless ink
    /// or a veil lifts them.
    pub(super) shade_colour: f64,
}

impl Skin {
    /// Of a smoothed window of the face.
    pub(super) fn of(window: &Window) -> Self {
        let (mut saturation, mut red, mut blue, mut hue) = (vec![], vec![], vec![], vec![]);
        let (mut reds, mut blues, mut bright) = (vec![], vec![], vec![]);
        let middle = |i: usize, length: usize| i >= length / 5 && i < length - length / 5;
        for (i, pixel) in window.bgr.iter().enumerate() {
            if !(middle(i % window.width, window.width) && middle(i / window.width, window.height)) {
                continue;
            }
            let [b, g, r] = *pixel;
            let (y, highest, lowest) = (luma(*pixel) + 8.0, b.max(g).max(r), b.min(g).min(r));
            saturation.push((highest - lowest) / (highest + 8.0));
            red.push(0.713 * (r - y) / y);
            blue.push(0.564 * (b - y) / y);
            hue.push((0.713 * (r - y) - 0.564 * (b - y)) / y);
            reds.push(r);
            blues.push(b);
            bright.push(y);
        }
        let shade_colour = correlation(&saturation, &bright);
        let (saturation, saturation_spread) = moments(&saturation);
        Self {
            shade_colour,
            saturation,
            saturation_spread,
            red: moments(&red).0,
            blue: moments(&blue).0,
            hue_spread: moments(&hue).1,
            channels_alike: correlation(&reds, &blues),
        }
    }
}

/// How alike in two channels the detail is that `fine` still shows and `coarse` does not: Fisher's z of its
/// correlation. What one lens sees of skin lies at the same places in all channels; a display's stripes stand side by
/// side, and inks are screened at different angles.
pub(super) fn detail_alike(fine: &Window, coarse: &Window, [a, b]: [usize; 2]) -> f64 {
    let detail = |channel: usize| -> Vec<f32> {
        fine.bgr.iter().zip(&coarse.bgr).map(|(fine, coarse)| fine[channel] - coarse[channel]).collect()
    };
    correlation(&detail(a), &detail(b)).clamp(-0.999, 0.999).atanh()
}

/// Of values in pairs; 0 where one of them does not vary.
fn correlation(a: &[f32], b: &[f32]) -> f64 {
    let ((mean_a, spread_a), (mean_b, spread_b)) = (moments(a), moments(b));
    let product: f64 =
        a.iter().zip(b).map(|(x, y)| (f64::from(*x) - mean_a) * (f64::from(*y) - mean_b)).sum();
    let scale = spread_a * spread_b * a.len() as f64;
    if scale > 1e-9 { product / scale } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window(of: impl Fn(usize, usize) -> [f32; 3]) -> Window {
        Window { width: 100, height: 100, bgr: (0..10_000).map(|i| of(i % 100, i / 100)).collect() }
    }

    fn face(x: usize, y: usize) -> [f32; 3] {
        let shade = (x + y) as f32 / 200.0;
        [90.0 * shade, 120.0 * shade, 200.0 * shade]
    }

    #[test]
    fn ink_lifts_black_and_lowers_contrast() {
        let inked = |x, y| face(x, y).map(|v| 255.0 * 0.1 + 0.85 * v);
        let (skin, ink) = (Tones::of(&window(face)), Tones::of(&window(inked)));
        assert!(skin.black < 0.03 && ink.black > skin.black + 0.08 && ink.contrast < skin.contrast);
    }

    #[test]
    fn a_veil_takes_saturation_and_a_blue_white_takes_red() {
        let skin = Skin::of(&window(face));
        let veiled = Skin::of(&window(|x, y| face(x, y).map(|v| 0.7 * v + 70.0)));
        assert!(veiled.saturation < skin.saturation - 0.1 && veiled.shade_colour > skin.shade_colour);
        let bluish = Skin::of(&window(|x, y| {
            let [b, g, r] = face(x, y);
            [1.15 * b, g, r]
        }));
        assert!(bluish.blue > skin.blue && bluish.red < skin.red);
        assert!(skin.channels_alike > 0.99);
    }

    #[test]
    fn detail_that_lies_elsewhere_in_each_channel_is_not_alike() {
        let striped = |apart: f32| {
            window(|x, _| [0.0, 1.0, 2.0].map(|c| 120.0 + 20.0 * (x as f32 * 0.9 + c * apart).sin()))
        };
        let coarse = window(|_, _| [120.0; 3]);
        assert!(detail_alike(&striped(0.0), &coarse, [0, 2]) > 3.0);
        assert!(detail_alike(&striped(2.09), &coarse, [0, 2]) < 0.0);
        assert!(detail_alike(&coarse, &coarse, [0, 1]).abs() < 1e-9);
    }
}
