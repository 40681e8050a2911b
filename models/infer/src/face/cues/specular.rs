//! Gloss: paper and glass reflect lamps as one pale sheen over everything; skin has small highlights where it is
//! curved.
//!
//! After Tan and Ikeuchi's dichromatic model (2005) a highlight has the lamp's colour, not the surface's: it is paler
//! than what surrounds it. Share and paleness of highlights as in Wen, Han, Jain 2015 (§III-A).

use super::window::{Window, luma, quantile};

/// Highlights of a face.
pub(super) struct Gloss {
    /// Share of the places brighter than 1.4 times the median, 0..1.
    pub(super) share: f64,
    /// Saturation of the brightest twentieth over that of the middle half: 1 is as coloured, 0 white.
    pub(super) pale: f64,
    /// Least light that stands over the brightest quarter of the face's cells beyond that over the darkest, 0..1: a
    /// sheen lifts even the darkest places under it.
    pub(super) sheen: f64,
}

/// Cells along a side.
const CELLS: usize = 8;

impl Gloss {
    /// Of a smoothed window of the face.
    pub(super) fn of(window: &Window) -> Self {
        let bright = window.plane(luma);
        let median = quantile(bright.clone(), 0.5);
        let share = bright.iter().filter(|v| **v > 1.4 * median).count() as f64 / bright.len().max(1) as f64;
        let (low, high, top) =
            (quantile(bright.clone(), 0.25), quantile(bright.clone(), 0.75), quantile(bright.clone(), 0.95));
        let coloured = |among: &dyn Fn(f32) -> bool| {
            let values: Vec<f32> = window
                .bgr
                .iter()
                .zip(&bright)
                .filter(|(_, v)| among(**v))
                .map(|(p, _)| saturation(*p))
                .collect();
            f64::from(quantile(values, 0.5))
        };
        let pale = coloured(&|v| v >= top) / (coloured(&|v| (low..=high).contains(&v)) + 0.02);
        let darkest = darkest_of_cells(window);
        let sheen = f64::from(quantile(darkest.clone(), 0.875) - quantile(darkest, 0.125)) / 255.0;
        Self { share, pale: pale.min(3.0), sheen }
    }
}

fn saturation([b, g, r]: [f32; 3]) -> f32 {
    let (highest, lowest) = (b.max(g).max(r), b.min(g).min(r));
    (highest - lowest) / (highest + 8.0)
}

/// The least value of any channel in each cell.
fn darkest_of_cells(window: &Window) -> Vec<f32> {
    let mut darkest = vec![255.0_f32; CELLS * CELLS];
    for (i, pixel) in window.bgr.iter().enumerate() {
        let cell = i / window.width * CELLS / window.height * CELLS + i % window.width * CELLS / window.width;
        darkest[cell] = pixel.iter().fold(darkest[cell], |least, value| least.min(*value));
    }
    darkest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window(sheen: f32) -> Window {
        let pixel = |i: usize| {
            let (x, y) = ((i % 120) as f32, (i / 120) as f32);
            let shade = 0.6 + 0.3 * (x / 11.0).sin() * (y / 13.0).cos();
            let lobe = sheen * (-((x - 60.0).powi(2) + (y - 20.0).powi(2)) / 900.0).exp();
            [90.0, 120.0, 190.0].map(|v| v * shade * (1.0 - lobe) + 255.0 * lobe)
        };
        Window { width: 120, height: 120, bgr: (0..14_400).map(pixel).collect() }
    }

    #[test]
    fn a_sheen_is_pale_and_lifts_the_darkest_places_under_it() {
        let (matt, glossy) = (Gloss::of(&window(0.0)), Gloss::of(&window(0.4)));
        assert!(glossy.pale < matt.pale - 0.1, "{} {}", glossy.pale, matt.pale);
        assert!(glossy.sheen > matt.sheen + 0.02, "{} {}", glossy.sheen, matt.sheen);
        assert!(glossy.share > matt.share);
    }
}
