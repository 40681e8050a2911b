//! Spectra: dots, grids and their beats are narrow peaks; lenses, printers and displays bend the fall of power over
//! frequency.
//!
//! Recaptured pictures show periodic patterns where their own raster meets the camera's (Patel, Han, Jain, *Secure Face
//! Unlock*, 2016, §3), and twice through an optical system they lose fine detail (Li, Wang, Tan, Jain, *Live face
//! detection based on the analysis of Fourier spectra*, 2004). Natural pictures' power falls with a power of the
//! frequency (Field 1987).

use std::f32::consts::TAU;
use std::sync::LazyLock;

use opencv::core::{self, Mat};
use opencv::prelude::*;

use crate::error::Result;

/// Side of a tile, pixels.
const TILE: usize = 64;
/// Frequencies along x that are kept: the spectrum of real values is symmetric.
const HALF: usize = TILE / 2 + 1;
/// Tiles across and down at most.
const MOST: usize = 7;
/// Peaks are sought in these frequencies, cycles a pixel: lower ones are features of the face.
const PEAKS: std::ops::Range<f32> = 0.15..0.60;
/// Beats of a raster with the camera's own are sought in these: slower than any halftone, faster than shading.
const BEATS: std::ops::Range<f32> = 0.045..0.15;
/// Bins whose mean is a peak's height: two directions, each of two neighbours.
const BINS: usize = 4;
/// JPEG and video codecs work on blocks of 8: their edges are at multiples of this frequency, upright or level.
const BLOCKS: f32 = 0.125;

/// Where power is averaged, cycles a pixel.
const BANDS: [(f32, f32); 6] =
    [(0.04, 0.08), (0.08, 0.14), (0.14, 0.22), (0.22, 0.32), (0.32, 0.42), (0.42, 0.55)];

static WINDOW: LazyLock<Vec<f32>> = LazyLock::new(|| {
    let hann: Vec<f32> = (0..TILE).map(|i| 0.5 - 0.5 * (TAU * i as f32 / TILE as f32).cos()).collect();
    (0..TILE * TILE).map(|i| hann[i / TILE] * hann[i % TILE]).collect()
});

/// Mean over tiles of the logarithm of power, nats, by frequency: `TILE` rows (y, negative ones last) of `HALF`.
pub(super) struct Spectrum(Vec<f32>);

impl Spectrum {
    /// Of a plane of at least one tile; shares of it are read by tiles that overlap by half or lie apart, at most seven
    /// each way.
    pub(super) fn of(plane: &[f32], width: usize, height: usize) -> Result<Self> {
        let mut sum = vec![0.0_f32; TILE * HALF];
        let (columns, rows) = (places(width), places(height));
        let mut tile = vec![0.0_f32; TILE * TILE];
        for top in &rows {
            for left in &columns {
                let row = |y: usize| &plane[(top + y) * width + left..][..TILE];
                let mean = (0..TILE).flat_map(row).sum::<f32>() / (TILE * TILE) as f32;
                for (y, (out, window)) in
                    tile.chunks_exact_mut(TILE).zip(WINDOW.chunks_exact(TILE)).enumerate()
                {
                    for ((out, value), weight) in out.iter_mut().zip(row(y)).zip(window) {
                        *out = (value - mean) * weight;
                    }
                }
                let source = Mat::new_rows_cols_with_data(TILE as i32, TILE as i32, &tile)?;
                let mut turned = Mat::default();
                core::dft(&source, &mut turned, core::DFT_COMPLEX_OUTPUT, 0)?;
                for (y, sums) in sum.chunks_exact_mut(HALF).enumerate() {
                    let values = turned.at_row::<core::Vec2f>(y as i32)?;
                    for (sum, value) in sums.iter_mut().zip(values) {
                        *sum += (value[0] * value[0] + value[1] * value[1] + 1.0).ln();
                    }
                }
            }
        }
        let count = (columns.len() * rows.len()) as f32;
        for value in &mut sum {
            *value /= count;
        }
        Ok(Self(sum))
    }

    /// Change of the logarithm of power with that of frequency: about -3 in sharp pictures, lower in blurred ones.
    pub(super) fn slope(&self) -> f64 {
        let points: Vec<(f64, f64)> = BANDS
            .iter()
            .map(|band| (f64::from(f32::midpoint(band.0, band.1)).ln(), self.mean(*band)))
            .collect();
        let count = points.len() as f64;
        let (x, y) = (
            points.iter().map(|p| p.0).sum::<f64>() / count,
            points.iter().map(|p| p.1).sum::<f64>() / count,
        );
        let across: f64 = points.iter().map(|p| (p.0 - x) * (p.1 - y)).sum();
        across / points.iter().map(|p| (p.0 - x).powi(2)).sum::<f64>()
    }

    /// What the finest detail has over what the straight fall from the coarser bands leads one to expect, nats.
    pub(super) fn fine(&self) -> f64 {
        self.mean(BANDS[4]) - 2.0 * self.mean(BANDS[2]) + self.mean(BANDS[1])
    }

    /// How far the highest bins stand above their surroundings, nats: below 1 in natural pictures.
    pub(super) fn peak(&self) -> f64 {
        self.highest(PEAKS)
    }

    /// The same of slow waves, nats. Faces have slow waves too, in brightness and in red: read it of a plane in which
    /// they have few.
    pub(super) fn beat(&self) -> f64 {
        self.highest(BEATS)
    }

    fn highest(&self, among: std::ops::Range<f32>) -> f64 {
        let mut highest = [f32::NEG_INFINITY; BINS];
        for y in 0..TILE {
            for x in 0..HALF {
                let (across, down) = frequency(x, y);
                if !among.contains(&across.hypot(down)) || on_block_edges(across, down) {
                    continue;
                }
                let excess = self.at(x as i32, y as i32) - self.around(x as i32, y as i32);
                if let Some(least) = highest.iter_mut().min_by(|a, b| a.total_cmp(b)) {
                    *least = least.max(excess);
                }
            }
        }
        highest.iter().map(|v| f64::from(*v)).sum::<f64>() / BINS as f64
    }

    fn mean(&self, (low, high): (f32, f32)) -> f64 {
        let (mut sum, mut count) = (0.0, 0.0);
        for y in 0..TILE {
            for x in 0..HALF {
                let (across, down) = frequency(x, y);
                if (low..high).contains(&across.hypot(down)) && !on_block_edges(across, down) {
                    sum += f64::from(self.0[y * HALF + x]);
                    count += 1.0;
                }
            }
        }
        sum / count
    }

    /// At any place of the periodic, symmetric spectrum.
    fn at(&self, x: i32, y: i32) -> f32 {
        let side = TILE as i32;
        let x = x.rem_euclid(side);
        let (x, y) = if x as usize >= HALF { (side - x, -y) } else { (x, y) };
        self.0[y.rem_euclid(side) as usize * HALF + x as usize]
    }

    /// Median of the ring of 24 bins, three bins away.
    fn around(&self, x: i32, y: i32) -> f32 {
        let mut ring = [0.0_f32; 24];
        for (i, value) in ring.iter_mut().enumerate() {
            let along = (i % 6) as i32 - 3;
            let (dx, dy) = [(along, -3), (3, along), (-along, 3), (-3, -along)][i / 6];
            *value = self.at(x + dx, y + dy);
        }
        ring.sort_unstable_by(f32::total_cmp);
        f32::midpoint(ring[11], ring[12])
    }
}

/// Where tiles begin along a side.
fn places(length: usize) -> Vec<usize> {
    let room = length.saturating_sub(TILE);
    let count = (room * 2 / TILE + 1).min(MOST);
    (0..count).map(|i| if count == 1 { room / 2 } else { room * i / (count - 1) }).collect()
}

/// Cycles a pixel across, and down without sign.
fn frequency(x: usize, y: usize) -> (f32, f32) {
    let down = if y > TILE / 2 { TILE - y } else { y };
    (x as f32 / TILE as f32, down as f32 / TILE as f32)
}

fn on_block_edges(across: f32, down: f32) -> bool {
    // A window of 64 spreads a line over a bin to either side.
    let width = 1.5 / TILE as f32;
    let edge = |along: f32| (along - (along / BLOCKS).round() * BLOCKS).abs() < width;
    (down < width && edge(across)) || (across < width && edge(down))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIDE: usize = 160;

    /// A scene whose power falls with frequency, and some noise.
    fn scene(add: impl Fn(f32, f32) -> f32) -> Vec<f32> {
        let mut state = 7_u32;
        let mut noise = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) as f32 / (1 << 24) as f32 - 0.5
        };
        (0..SIDE * SIDE)
            .map(|i| {
                let (x, y) = ((i % SIDE) as f32, (i / SIDE) as f32);
                let face = 60.0 * (x / 23.0).sin() * (y / 31.0).cos() + 9.0 * (x * 0.4 + y * 0.3).sin();
                128.0 + face + 6.0 * noise() + add(x, y)
            })
            .collect()
    }

    fn spectrum(plane: &[f32]) -> Spectrum {
        Spectrum::of(plane, SIDE, SIDE).unwrap()
    }

    fn blurred(plane: &[f32]) -> Vec<f32> {
        let near = |place: usize, step: usize| (place + step).clamp(1, SIDE) - 1;
        let at = |i: usize, dx: usize, dy: usize| plane[near(i / SIDE, dy) * SIDE + near(i % SIDE, dx)];
        (0..SIDE * SIDE).map(|i| (0..9).map(|k| at(i, k % 3, k / 3)).sum::<f32>() / 9.0).collect()
    }

    #[test]
    fn a_faint_halftone_and_a_grid_are_peaks_and_a_scene_is_none() {
        let plain = spectrum(&scene(|_, _| 0.0)).peak();
        assert!(plain < 1.5, "{plain}");
        let halftone = |x: f32, y: f32| {
            2.0 * (TAU * (0.26 * x + 0.07 * y)).cos() + 2.0 * (TAU * (0.07 * x - 0.26 * y)).cos()
        };
        assert!(spectrum(&scene(halftone)).peak() > plain + 2.0);
        let grid = |x: f32, _: f32| 2.0 * (TAU * 0.41 * x).cos();
        assert!(spectrum(&scene(grid)).peak() > plain + 1.0);
    }

    #[test]
    fn a_slow_beat_is_found_among_beats_alone() {
        // The scene has a slow wave of its own, as faces have in brightness: it is taken out, as a difference of
        // channels does.
        let smooth = |x: f32, y: f32| -9.0 * (x * 0.4 + y * 0.3).sin();
        let beat = |x: f32, y: f32| smooth(x, y) + 4.0 * (TAU * (0.09 * x + 0.02 * y)).cos();
        let (plain, beating) = (spectrum(&scene(smooth)), spectrum(&scene(beat)));
        assert!(beating.beat() > plain.beat() + 1.0, "{} {}", beating.beat(), plain.beat());
        assert!((beating.peak() - plain.peak()).abs() < 0.3, "{} {}", beating.peak(), plain.peak());
    }

    #[test]
    fn the_edges_of_blocks_are_no_peaks() {
        let plain = spectrum(&scene(|_, _| 0.0)).peak();
        let blocks = |x: f32, _: f32| if (x as u32).is_multiple_of(8) { 6.0 } else { 0.0 };
        assert!(spectrum(&scene(blocks)).peak() < plain + 0.3);
    }

    #[test]
    fn blur_takes_fine_detail_and_bends_the_fall() {
        let sharp = scene(|_, _| 0.0);
        let (sharp, soft) = (spectrum(&sharp), spectrum(&blurred(&sharp)));
        assert!(soft.slope() < sharp.slope() - 0.5, "{} {}", soft.slope(), sharp.slope());
        assert!(soft.fine() < sharp.fine(), "{} {}", soft.fine(), sharp.fine());
    }

    #[test]
    fn tiles_cover_a_window_from_edge_to_edge() {
        assert_eq!(places(64), [0]);
        assert_eq!(places(160), [0, 32, 64, 96]);
        assert_eq!(places(1000).last(), Some(&936));
    }
}
