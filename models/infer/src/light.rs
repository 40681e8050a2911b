//! Does a face answer the light that a screen shines on it, as skin at arm's length would?
//!
//! Reflected light is the product of the light that falls on a thing and of what the thing reflects. So a face before a
//! screen follows the screen's colours, late by no more than display and camera take; more than what stands further
//! away, since light falls off with the square of the distance; and each part of it in proportion to its own
//! brightness, brows less than cheeks. Glass and gloss add the same light everywhere instead, and a display or a film
//! fed to the camera does not answer at all. (Tang et al. 2018, *Face Flashing*, measure the same on a phone.)
//!
//! Everything is measured in light, not in display values, and the colours' hue alone is followed: brightness is what
//! a camera's exposure changes by itself.

use std::sync::LazyLock;

use wetsign_liveness::light::Reflection;

use crate::error::Result;
use crate::face::align::{CHIP, align};
use crate::face::{Face, Mesh};
use crate::frame::Frame;
use crate::geometry;

/// Lags that are looked at, seconds.
const LAGS: std::ops::RangeInclusive<i32> = -15..=40;
const LAG_STEP: f64 = 0.02;
/// Half of the window whose mean is taken off as drift, seconds.
const DRIFT: f64 = 1.5;
/// Fewest seconds that make a measurement.
const SHORTEST: f64 = 3.0;
/// Side of a cell of the aligned face, pixels.
const CELL: i32 = 8;
/// The part of the aligned face that is skin, brows, eyes and mouth: an ellipse, centre and half axes, pixels.
const OVAL: [f64; 4] = [56.0, 66.0, 36.0, 44.0];
/// Where the background begins, in widths of the face's box from its middle.
const BESIDE: f32 = 1.1;

/// Red, green and blue, linear, 0..1.
pub type Light = [f64; 3];

/// What one frame shows of the light.
#[derive(Clone, Debug, PartialEq)]
pub struct Lit {
    /// When, seconds from the first colour.
    pub seconds: f64,
    /// The face, cell by cell.
    pub face: Vec<Light>,
    /// What stands beside it; `None` where the face leaves no room.
    pub around: Option<Light>,
}

impl Lit {
    /// Reads a frame with one face.
    pub fn of(seconds: f64, frame: &Frame, face: &Face, mesh: &Mesh) -> Result<Self> {
        let chip = Frame::from_mat(align(frame, &geometry::five_points(mesh))?);
        let face_cells = chip.map(|chip| cells(&chip)).transpose()?.unwrap_or_default();
        Ok(Self { seconds, face: face_cells, around: beside(frame, face)? })
    }

    fn mean(&self) -> Light {
        mean(self.face.iter().copied())
    }
}

/// How a face answered `shone`, colours that stood `step` seconds each, one after the other from second 0. `None`: less
/// than three seconds, no face in them, or nothing in the light changes.
pub fn reflection(lit: &[Lit], shone: &[Light], step: f64) -> Option<Reflection> {
    let first = lit.first()?;
    let cells = first.face.len();
    let long_enough = lit.last()?.seconds - first.seconds >= SHORTEST;
    if !long_enough || cells == 0 || shone.is_empty() || lit.iter().any(|frame| frame.face.len() != cells) {
        return None;
    }
    let drift = Drift::new(lit);
    let face = drift.removed(&lit.iter().map(|frame| hue_of_log(frame.mean())).collect::<Vec<_>>());
    let at = |lag: f64| -> Vec<Light> {
        lit.iter().map(|frame| standing(shone, step, frame.seconds - lag)).collect()
    };
    let hue = |light: &[Light]| drift.removed(&light.iter().copied().map(without_mean).collect::<Vec<_>>());
    let curve: Vec<(f64, f64)> = LAGS
        .map(|index| f64::from(index) * LAG_STEP)
        .filter_map(|lag| Some((lag, correlation(&hue(&at(lag)), &face)?)))
        .collect();
    let follows = curve.iter().map(|(_, height)| *height).max_by(f64::total_cmp)?;
    // Between two frames the curve is flat: its middle is the lag.
    let mut best = curve.iter().filter(|(_, height)| *height >= follows - 1e-9).map(|(lag, _)| *lag);
    let first_best = best.next()?;
    let lag = f64::midpoint(first_best, best.next_back().unwrap_or(first_best));
    let screen = at(lag);
    let screen_hue = hue(&screen);
    let gain = slope(&screen_hue, &face)?;
    let around: Option<Vec<Light>> = lit.iter().map(|frame| frame.around.map(hue_of_log)).collect();
    let nearer = around.and_then(|around| {
        let behind = slope(&screen_hue, &drift.removed(&around))?;
        (gain > 0.0).then(|| (1.0 - behind / gain).clamp(-1.0, 1.0))
    });
    Some(Reflection {
        follows,
        lag,
        nearer,
        proportional: proportional(lit, &drift, &drift.removed(&screen))?,
    })
}

/// The slope of what each cell answers over how bright it is, both relative to the face's mean.
fn proportional(lit: &[Lit], drift: &Drift, screen: &[Light]) -> Option<f64> {
    let cells = lit[0].face.len();
    let (mut answers, mut levels) = (Vec::with_capacity(cells), Vec::with_capacity(cells));
    for cell in 0..cells {
        let series: Vec<Light> = lit.iter().map(|frame| frame.face[cell]).collect();
        levels.push(mean(series.iter().copied()));
        let series = drift.removed(&series);
        let mut answer = [0.0; 3];
        for channel in 0..3 {
            let pair = || screen.iter().zip(&series).map(|(s, v)| (s[channel], v[channel]));
            answer[channel] =
                pair().map(|(s, v)| s * v).sum::<f64>() / pair().map(|(s, _)| s * s).sum::<f64>();
        }
        answers.push(answer);
    }
    let (answer, level) = (mean(answers.iter().copied()), mean(levels.iter().copied()));
    if (0..3).any(|c| !answer[c].is_finite() || answer[c] <= 0.0 || level[c] <= 0.0) {
        return Some(0.0);
    }
    let relative = |values: &[Light], mean: Light| {
        values.iter().map(|v| std::array::from_fn(|c| v[c] / mean[c] - 1.0)).collect::<Vec<Light>>()
    };
    slope(&relative(&levels, level), &relative(&answers, answer))
}

/// The colour on the screen at a time; the first before it began, the last after it ended.
fn standing(shone: &[Light], step: f64, seconds: f64) -> Light {
    let index = (seconds / step).floor().max(0.0) as usize;
    shone[index.min(shone.len() - 1)]
}

/// The slow part of series that were taken at given times.
struct Drift(Vec<std::ops::Range<usize>>);

impl Drift {
    fn new(lit: &[Lit]) -> Self {
        let index = |seconds: f64| lit.partition_point(|frame| frame.seconds < seconds);
        Self(lit.iter().map(|frame| index(frame.seconds - DRIFT)..index(frame.seconds + DRIFT)).collect())
    }

    fn removed(&self, series: &[Light]) -> Vec<Light> {
        series
            .iter()
            .zip(&self.0)
            .map(|(value, window)| {
                let slow = mean(series[window.clone()].iter().copied());
                std::array::from_fn(|c| value[c] - slow[c])
            })
            .collect()
    }
}

fn hue_of_log(light: Light) -> Light {
    without_mean(light.map(|value| value.max(1e-4).ln()))
}

fn without_mean(light: Light) -> Light {
    let mean = light.iter().sum::<f64>() / 3.0;
    light.map(|value| value - mean)
}

fn mean(lights: impl ExactSizeIterator<Item = Light>) -> Light {
    let count = lights.len().max(1) as f64;
    let sum = lights.fold([0.0; 3], |sum, light| std::array::from_fn(|c| sum[c] + light[c]));
    sum.map(|value| value / count)
}

fn dot(a: &[Light], b: &[Light]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (0..3).map(|c| a[c] * b[c]).sum::<f64>()).sum()
}

fn slope(of: &[Light], on: &[Light]) -> Option<f64> {
    let spread = dot(of, of);
    (spread > 1e-12).then(|| dot(of, on) / spread)
}

fn correlation(a: &[Light], b: &[Light]) -> Option<f64> {
    let scale = (dot(a, a) * dot(b, b)).sqrt();
    (scale > 1e-12).then(|| dot(a, b) / scale)
}

/// What display values are in light (IEC 61966-2-1).
static LINEAR: LazyLock<[f64; 256]> = LazyLock::new(|| {
    std::array::from_fn(|value| {
        let shown = value as f64 / 255.0;
        if shown <= 0.040_45 { shown / 12.92 } else { ((shown + 0.055) / 1.055).powf(2.4) }
    })
});

fn light(bgr: &[u8]) -> Light {
    [LINEAR[usize::from(bgr[2])], LINEAR[usize::from(bgr[1])], LINEAR[usize::from(bgr[0])]]
}

/// The cells of an aligned face that lie within the [`OVAL`].
fn cells(chip: &Frame) -> Result<Vec<Light>> {
    let bytes = chip.bytes()?;
    let [x, y, a, b] = OVAL;
    let middle = |cell: i32| f64::from(cell * CELL + CELL / 2);
    let inside = |row, column| ((middle(column) - x) / a).powi(2) + ((middle(row) - y) / b).powi(2) <= 1.0;
    let mut cells = Vec::new();
    for row in 0..CHIP / CELL {
        for column in (0..CHIP / CELL).filter(|column| inside(row, *column)) {
            let pixels: Vec<Light> = (0..CELL * CELL)
                .map(|i| {
                    let at = ((row * CELL + i / CELL) * CHIP + column * CELL + i % CELL) as usize * 3;
                    light(&bytes[at..at + 3])
                })
                .collect();
            cells.push(mean(pixels.into_iter()));
        }
    }
    Ok(cells)
}

/// The mean of what stands beside a face, above its chin: every fourth pixel; `None` if that is less than a fiftieth of
/// the picture.
fn beside(frame: &Frame, face: &Face) -> Result<Option<Light>> {
    let (width, height) = (frame.width() as usize, frame.height() as usize);
    let bytes = frame.bytes()?;
    let [left, _, right, bottom] = face.bbox;
    let (centre, clear) = (f32::midpoint(left, right), (right - left) * BESIDE);
    let bottom = (bottom.max(0.0) as usize).min(height);
    let mut taken = Vec::new();
    for row in (0..bottom).step_by(4) {
        for column in (0..width).step_by(4).filter(|column| (*column as f32 - centre).abs() > clear) {
            let at = (row * width + column) * 3;
            taken.push(light(&bytes[at..at + 3]));
        }
    }
    Ok((taken.len() * 16 * 50 >= width * height).then(|| mean(taken.into_iter())))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHONE: [Light; 6] = [
        [1.0, 0.1, 0.2],
        [0.0, 0.3, 1.0],
        [0.7, 0.2, 0.0],
        [0.1, 0.4, 0.1],
        [1.0, 0.1, 0.2],
        [0.1, 0.4, 0.1],
    ];
    const STEP: f64 = 0.5;

    /// Cells of many shades in steady room light; `share` of the screen's light reaches them, `late`.
    fn face(late: f64, answer: impl Fn(f64, f64) -> f64, behind: f64) -> Vec<Lit> {
        (0..48)
            .map(|i| {
                let seconds = f64::from(i) / 15.0;
                let screen = standing(&SHONE, STEP, seconds - late);
                let cell = |albedo: f64| screen.map(|s| answer(albedo, s));
                Lit {
                    seconds,
                    face: (1..20).map(|shade| cell(f64::from(shade) / 25.0)).collect(),
                    around: Some(screen.map(|s| 0.3 * (1.0 + behind * s))),
                }
            })
            .collect()
    }

    #[test]
    fn skin_follows_late_by_what_display_and_camera_take_and_more_than_the_wall() {
        let found = reflection(&face(0.1, |albedo, s| albedo * (1.0 + 0.1 * s), 0.01), &SHONE, STEP).unwrap();
        assert!(found.follows > 0.95, "{found:?}");
        assert!((found.lag - 0.1).abs() <= 0.04, "{found:?}");
        assert!((found.nearer.unwrap() - 0.9).abs() < 0.05, "{found:?}");
        assert!((found.proportional - 1.0).abs() < 0.05, "{found:?}");
    }

    #[test]
    fn what_comes_late_is_found_late() {
        let found = reflection(&face(0.5, |albedo, s| albedo * (1.0 + 0.1 * s), 0.0), &SHONE, STEP).unwrap();
        assert!((found.lag - 0.5).abs() <= 0.04, "{found:?}");
    }

    #[test]
    fn glass_adds_the_same_everywhere() {
        let found = reflection(&face(0.1, |albedo, s| albedo + 0.03 * s, 0.0), &SHONE, STEP).unwrap();
        assert!(found.follows > 0.9 && found.proportional < 0.2, "{found:?}");
    }

    #[test]
    fn a_sheet_that_fills_the_view_is_no_nearer_than_its_own_background() {
        let found = reflection(&face(0.1, |albedo, s| albedo * (1.0 + 0.1 * s), 0.1), &SHONE, STEP).unwrap();
        assert!(found.nearer.unwrap().abs() < 0.05, "{found:?}");
    }

    #[test]
    fn what_does_not_answer_is_no_measurement_nor_is_too_little() {
        assert_eq!(reflection(&face(0.1, |albedo, _| albedo, 0.0), &SHONE, STEP), None);
        let short = &face(0.1, |albedo, s| albedo * (1.0 + s), 0.0)[..30];
        assert_eq!(reflection(short, &SHONE, STEP), None);
        assert_eq!(reflection(&[], &SHONE, STEP), None);
    }
}
