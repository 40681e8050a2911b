//! What paper and displays make of a picture.

use serde::Serialize;

use super::table::{Curve, wave};

/// What shows the picture. Values of colour are 0..1, places 0..1 across and down the picture.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Medium {
    /// Nothing between picture and camera.
    None,
    /// Ink on paper.
    Print {
        /// Halftone lines across the picture.
        lines: f64,
        /// How far a dot darkens its cell, 0..1.
        dots: f64,
        /// The darkest that ink gets, 0..1.
        black: f64,
        /// Height of the specular lobe, 0..1.
        gloss: f64,
    },
    /// A display.
    Screen {
        /// Pixels across the picture.
        pixels: f64,
        /// How dark the gaps between the stripes are, 0..1.
        grid: f64,
        /// Exponent of its tone.
        gamma: f64,
        /// Excess of blue of its white, 0..1.
        blue: f64,
    },
}

/// Screen angles of the halftone of blue, green, red (as yellow, magenta, cyan are set), radians.
const ANGLES: [f64; 3] = [0.0, 1.309, 0.262];
/// A bezel's brightness.
pub const BEZEL: [f64; 3] = [0.04, 0.04, 0.04];

/// A medium made ready to show many places: its tone as a table, its angles as sines and cosines.
pub(super) struct Shown<'a> {
    medium: &'a Medium,
    tone: Curve,
    angles: [(f64, f64); 3],
}

/// Gloss further from the middle of its lobe than this is below a thousandth of its height (squared, shares of the
/// width).
const LOBE_END: f64 = 0.14;

impl Shown<'_> {
    /// The colour (blue, green, red) that the medium gives at a place, lit so that the lobe of its gloss lies at
    /// `lobe`. `aspect` is the picture's width over its height.
    pub(super) fn at(&self, colour: [f64; 3], place: [f64; 2], aspect: f64, lobe: [f64; 2]) -> [f64; 3] {
        match self.medium {
            Medium::None => colour,
            Medium::Print { lines, dots, black, gloss } => {
                let (u, v) = (place[0], place[1] / aspect);
                let distance = (u - lobe[0]).powi(2) + (v - lobe[1] / aspect).powi(2);
                let shine = if distance < LOBE_END { gloss * (-distance / 0.02).exp() } else { 0.0 };
                std::array::from_fn(|channel| {
                    let (sin, cos) = self.angles[channel];
                    let dot =
                        0.5 + 0.25 * (wave((u * cos - v * sin) * lines) + wave((u * sin + v * cos) * lines));
                    // Dots show most in the middle tones: white paper and full ink have none.
                    let tone = colour[channel];
                    let screened = tone - dots * 4.0 * tone * (1.0 - tone) * (dot - 0.5);
                    (black + (0.95 - black) * screened) * (1.0 - shine) + shine
                })
            }
            Medium::Screen { pixels, grid, blue, .. } => {
                let across = place[0] * pixels;
                let down = place[1] / aspect * pixels;
                let row = 1.0 - grid * 0.5 * (1.0 - wave(down));
                std::array::from_fn(|channel| {
                    // Stripes stand in the order red, green, blue.
                    let stripe = across - (2 - channel) as f64 / 3.0;
                    let lit = 1.0 - grid * 0.5 * (1.0 - wave(stripe));
                    let white = if channel == 0 { 1.0 + blue } else { 1.0 };
                    (self.tone.at(colour[channel]) * lit * row * white).min(1.0)
                })
            }
        }
    }
}

impl Medium {
    /// The medium, ready to show many places.
    pub(super) fn shown(&self) -> Shown<'_> {
        let gamma = if let Self::Screen { gamma, .. } = self { *gamma } else { 1.0 };
        Shown { medium: self, tone: Curve::new(|tone| tone.powf(gamma)), angles: ANGLES.map(f64::sin_cos) }
    }

    /// What lies about the picture: paper's white edge does not matter, a display's bezel is dark, a file ends in
    /// black.
    pub fn surround(&self) -> [f64; 3] {
        match self {
            Self::None => [0.0; 3],
            Self::Print { .. } => [0.45, 0.47, 0.5],
            Self::Screen { .. } => BEZEL,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ink_neither_reaches_black_nor_paper_white_without_gloss() {
        let print = Medium::Print { lines: 200.0, dots: 0.1, black: 0.05, gloss: 0.0 };
        for (tone, low, high) in [(0.0, 0.04, 0.06), (1.0, 0.94, 0.96), (0.5, 0.35, 0.65)] {
            let seen = print.shown().at([tone; 3], [0.31, 0.62], 1.6, [0.5, 0.5]);
            assert!(seen.iter().all(|v| (low..=high).contains(v)), "{tone}: {seen:?}");
        }
    }

    #[test]
    fn a_screens_stripes_are_lit_one_after_the_other() {
        let screen = Medium::Screen { pixels: 100.0, grid: 1.0, gamma: 1.0, blue: 0.0 };
        let brightest = |third: f64| {
            let seen = screen.shown().at([1.0; 3], [third / 300.0, 0.0], 1.0, [0.0, 0.0]);
            (0..3).max_by(|a, b| seen[*a].total_cmp(&seen[*b])).unwrap()
        };
        assert_eq!([brightest(0.0), brightest(1.0), brightest(2.0)], [2, 1, 0]);
    }
}
