//! Is what turned before the camera a flat picture? Asked of the pixels themselves.
//!
//! [`crate::depth`] reads the mesh, and the mesh network has learned heads: it draws relief into a flat picture that is
//! turned. The texture of a picture cannot lie so: wherever a sheet is turned, moved or bent along a parabola, one map
//! of the second order takes all of it from one frame to the other. Of a head the nose goes one way and the temples
//! another, and what was hidden appears.
//!
//! So corners of the face at rest (Shi and Tomasi 1994, above the base of the nose, whatever the mouth says) are looked
//! for in a later frame, near where the mesh says, by normalised correlation; the best map of the second order is
//! fitted to where they were found, without the worst fifth; the later frame is drawn by that map, and so on, three
//! times. The *flatness* is the share of all corners that the last map explains.

use opencv::core::{
    self, BORDER_CONSTANT, CV_8UC1, CV_32FC2, DECOMP_SVD, Mat, Point, Point2f, Rect, Scalar, Vec2f, Vector,
    no_array,
};
use opencv::imgproc;
use opencv::prelude::*;

use crate::error::Result;
use crate::face::Mesh;
use crate::face::align::Affine;
use crate::face::points::{NOSE_BASE, OUTER_EYES};
use crate::frame::Frame;

/// Side of the picture of a face in which corners are looked for, pixels.
const SIDE: i32 = 224;
/// Distance of the outer corners of the eyes in it, pixels.
const EYES: f64 = 94.0;
/// Corners at most, how good beside the best one, how far apart in pixels.
const CORNERS: i32 = 160;
const QUALITY: f64 = 0.01;
const APART: f64 = 5.0;
/// Fewer corners, or fewer of them found again, are no measurement.
const LEAST_CORNERS: usize = 30;
const LEAST_FOUND: usize = 15;
/// A square of this many pixels to each side is compared, and looked for this many pixels around.
const HALF: i32 = 7;
const REACH: i32 = 8;
/// The least correlation that is the same corner.
const ALIKE: f64 = 0.8;
/// How far a corner may lie from where the map takes it, in distances of the eyes.
const TOLERANCE: f64 = 0.006;
const ROUNDS: usize = 3;
/// What the fit of the map leaves out.
const KEPT: f64 = 0.8;
/// 1, x, y, x², xy, y².
const TERMS: usize = 6;

/// A face at rest, which later frames are held against.
pub struct Texture {
    grey: Mat,
    corners: Vec<Point>,
    /// The mesh's points above the base of the nose: which, and where.
    guides: Vec<(usize, [f64; 2])>,
}

impl Texture {
    /// Finds the corners of a face; `None` where it has too few.
    pub fn of(frame: &Frame, mesh: &Mesh) -> Result<Option<Self>> {
        let Some(view) = view(mesh) else { return Ok(None) };
        let grey = picture(frame, &view)?;
        let placed: Vec<[f64; 2]> = (0..Mesh::POINTS).map(|index| placed(&view, mesh, index)).collect();
        let lowest = placed[NOSE_BASE][1];
        let mask = mask(&placed, lowest)?;
        let mut found = Vector::<Point2f>::new();
        imgproc::good_features_to_track(&grey, &mut found, CORNERS, QUALITY, APART, &mask, 3, false, 0.04)?;
        let corners: Vec<Point> =
            found.iter().map(|p| Point::new(p.x.round() as i32, p.y.round() as i32)).collect();
        let guides = placed.into_iter().enumerate().filter(|(_, point)| point[1] <= lowest).collect();
        Ok((corners.len() >= LEAST_CORNERS).then_some(Self { grey, corners, guides }))
    }

    /// The share of the corners that one map of the second order explains, 0..1: near 1 for anything flat, low for a
    /// head that was turned by ten degrees or more. `None`: too few were found again to say.
    pub fn flatness(&self, frame: &Frame, mesh: &Mesh) -> Result<Option<f64>> {
        let Some(view) = view(mesh) else { return Ok(None) };
        let grey = picture(frame, &view)?;
        let mut pairs: Vec<Pair> = self
            .guides
            .iter()
            .map(|(index, at)| Pair { from: *at, to: placed(&view, mesh, *index) })
            .collect();
        let mut map = Map::fit(&pairs)?;
        for _ in 0..ROUNDS {
            let drawn = map.draw(&grey)?;
            pairs.clear();
            for corner in &self.corners {
                if let Some(found) = find(&self.grey, &drawn, *corner)? {
                    pairs.push(Pair {
                        from: [f64::from(corner.x), f64::from(corner.y)],
                        to: map.apply(found),
                    });
                }
            }
            if pairs.len() < LEAST_FOUND {
                return Ok(None);
            }
            map = Map::fit_most(&pairs)?;
        }
        let explained = pairs.iter().filter(|pair| map.misses(pair) < TOLERANCE * EYES).count();
        Ok(Some(explained as f64 / self.corners.len() as f64))
    }
}

/// The same point at rest and later, pixels.
#[derive(Clone, Copy)]
struct Pair {
    from: [f64; 2],
    to: [f64; 2],
}

/// A map of the second order, two coefficients a term.
struct Map(Vec<f64>);

impl Map {
    fn fit(pairs: &[Pair]) -> Result<Self> {
        let rows: Vec<f64> = pairs.iter().flat_map(|pair| terms(pair.from)).collect();
        let targets: Vec<f64> = pairs.iter().flat_map(|pair| pair.to).collect();
        let count = pairs.len() as i32;
        let left = Mat::new_rows_cols_with_data(count, TERMS as i32, &rows)?;
        let right = Mat::new_rows_cols_with_data(count, 2, &targets)?;
        let mut found = Mat::default();
        core::solve(&left, &right, &mut found, DECOMP_SVD)?;
        Ok(Self(found.data_typed::<f64>()?.to_vec()))
    }

    /// Fits, leaves out what fits worst, and fits again.
    fn fit_most(pairs: &[Pair]) -> Result<Self> {
        let mut sorted = pairs.to_vec();
        let mut map = Self::fit(pairs)?;
        for _ in 0..2 {
            sorted.sort_by(|a, b| map.misses(a).total_cmp(&map.misses(b)));
            map = Self::fit(&sorted[..(KEPT * pairs.len() as f64) as usize])?;
        }
        Ok(map)
    }

    fn apply(&self, from: [f64; 2]) -> [f64; 2] {
        let terms = terms(from);
        [0, 1].map(|axis| terms.iter().zip(self.0.chunks_exact(2)).map(|(term, c)| term * c[axis]).sum())
    }

    fn misses(&self, pair: &Pair) -> f64 {
        let [x, y] = self.apply(pair.from);
        (x - pair.to[0]).hypot(y - pair.to[1])
    }

    /// What the map takes to where it was at rest.
    fn draw(&self, grey: &Mat) -> Result<Mat> {
        let mut places = Mat::new_rows_cols_with_default(SIDE, SIDE, CV_32FC2, Scalar::default())?;
        for y in 0..SIDE {
            for (x, place) in places.at_row_mut::<Vec2f>(y)?.iter_mut().enumerate() {
                let [u, v] = self.apply([x as f64, f64::from(y)]);
                *place = Vec2f::from([u as f32, v as f32]);
            }
        }
        let mut drawn = Mat::default();
        let (linear, black) = (imgproc::INTER_LINEAR, Scalar::default());
        imgproc::remap(grey, &mut drawn, &places, &no_array(), linear, BORDER_CONSTANT, black)?;
        Ok(drawn)
    }
}

fn terms([x, y]: [f64; 2]) -> [f64; TERMS] {
    let middle = f64::from(SIDE) / 2.0;
    let (x, y) = ((x - middle) / EYES, (y - middle) / EYES);
    [1.0, x, y, x * x, x * y, y * y]
}

/// Eyes level, in the middle and [`EYES`] apart; `None` where the mesh has no width.
fn view(mesh: &Mesh) -> Option<Affine> {
    let [right, left] = OUTER_EYES.map(|index| mesh.at(index).map(f64::from));
    let across = [left[0] - right[0], left[1] - right[1]];
    let length = across[0].hypot(across[1]);
    let middle = [0, 1].map(|axis| f64::midpoint(right[axis], left[axis]));
    let degrees = across[1].atan2(across[0]).to_degrees();
    (length.is_finite() && length > 1.0)
        .then(|| Affine::centred(middle, degrees, EYES / length, f64::from(SIDE)))
}

fn picture(frame: &Frame, view: &Affine) -> Result<Mat> {
    let mut grey = Mat::default();
    imgproc::cvt_color_def(&view.warp(frame, SIDE)?, &mut grey, imgproc::COLOR_BGR2GRAY)?;
    Ok(grey)
}

fn placed(view: &Affine, mesh: &Mesh, index: usize) -> [f64; 2] {
    let [x, y] = mesh.at(index).map(f64::from);
    view.apply(x, y)
}

/// The face down to `lowest`, without its rim.
fn mask(placed: &[[f64; 2]], lowest: f64) -> Result<Mat> {
    let points: Vector<Point> = placed.iter().map(|[x, y]| Point::new(*x as i32, *y as i32)).collect();
    let mut hull = Vector::<Point>::new();
    imgproc::convex_hull_def(&points, &mut hull)?;
    let mut mask = Mat::new_rows_cols_with_default(SIDE, SIDE, CV_8UC1, Scalar::default())?;
    imgproc::fill_convex_poly_def(&mut mask, &hull, Scalar::all(255.0))?;
    let below = (lowest as i32 + HALF).clamp(0, SIDE);
    let under = Rect::new(0, below, SIDE, SIDE - below);
    imgproc::rectangle(&mut mask, under, Scalar::default(), imgproc::FILLED, imgproc::LINE_8, 0)?;
    let brush = Mat::ones(2 * HALF - 1, 2 * HALF - 1, CV_8UC1)?;
    let mut inner = Mat::default();
    imgproc::erode_def(&mask, &mut inner, &brush)?;
    Ok(inner)
}

/// Where a corner of `from` lies in `into`, to a fraction of a pixel; `None`: not there, or out of reach.
fn find(from: &Mat, into: &Mat, corner: Point) -> Result<Option<[f64; 2]>> {
    let around = HALF + REACH;
    let inside = |v: i32| v >= around && v + around < SIDE;
    if !inside(corner.x) || !inside(corner.y) {
        return Ok(None);
    }
    let square = |half: i32| Rect::new(corner.x - half, corner.y - half, 2 * half + 1, 2 * half + 1);
    let (wanted, searched) = (from.roi(square(HALF))?, into.roi(square(around))?);
    let mut alike = Mat::default();
    imgproc::match_template_def(&searched, &wanted, &mut alike, imgproc::TM_CCOEFF_NORMED)?;
    let (mut best, mut at) = (0.0, Point::default());
    core::min_max_loc(&alike, None, Some(&mut best), None, Some(&mut at), &no_array())?;
    let at_rim = |v: i32| v == 0 || v == 2 * REACH;
    if best.is_nan() || best < ALIKE || at_rim(at.x) || at_rim(at.y) {
        return Ok(None);
    }
    let value = |x: i32, y: i32| alike.at_2d::<f32>(y, x).map(|v| f64::from(*v));
    let across = [value(at.x - 1, at.y)?, best, value(at.x + 1, at.y)?];
    let down = [value(at.x, at.y - 1)?, best, value(at.x, at.y + 1)?];
    let moved = |middle: i32, at: i32, values| f64::from(middle + at - REACH) + vertex(values);
    Ok(Some([moved(corner.x, at.x, across), moved(corner.y, at.y, down)]))
}

/// Where the parabola through three neighbours is highest, from the middle one.
fn vertex([left, middle, right]: [f64; 3]) -> f64 {
    let bend = left - 2.0 * middle + right;
    if bend.abs() < 1e-9 { 0.0 } else { 0.5 * (left - right) / bend }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WIDTH: i32 = 400;

    /// What a camera sees of a surface with a speckled texture: where each point of a sheet of 300 units goes.
    fn seen(surface: impl Fn(f64, f64) -> [f64; 3], yaw: f64) -> (Frame, Mesh) {
        let (sin, cos) = yaw.sin_cos();
        let project = |x: f64, y: f64| {
            let [x, y, z] = surface(x, y);
            let (x, z) = (x * cos - z * sin, z * cos + x * sin);
            let shrink = 700.0 / (700.0 + z);
            [200.0 + x * shrink, 200.0 + y * shrink]
        };
        let mut picture =
            Mat::new_rows_cols_with_default(WIDTH, WIDTH, core::CV_8UC3, Scalar::all(128.0)).unwrap();
        let mut state = 7_u32;
        let mut random = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            f64::from(state >> 8) / f64::from(1 << 24)
        };
        for _ in 0..700 {
            let (x, y) = (random() * 260.0 - 130.0, random() * 260.0 - 130.0);
            let (grey, size) = (random() * 255.0, 3.0 + 5.0 * random());
            let spot: Vector<Point> = [(-size, -size), (size, -size), (size, size), (-size, size)]
                .map(|(dx, dy)| project(x + dx, y + dy).map(|v| v.round() as i32))
                .map(|[x, y]| Point::new(x, y))
                .into_iter()
                .collect();
            imgproc::fill_convex_poly_def(&mut picture, &spot, Scalar::all(grey)).unwrap();
        }
        let at = |i: usize| match i {
            i if i == OUTER_EYES[0] => (-50.0, -20.0),
            i if i == OUTER_EYES[1] => (50.0, -20.0),
            NOSE_BASE => (0.0, 60.0),
            i => ((i % 22) as f64 * 9.0 - 94.0, (i / 22) as f64 * 8.0 - 100.0),
        };
        let points = (0..Mesh::POINTS).map(|i| {
            let [x, y] = project(at(i).0, at(i).1);
            [x as f32, y as f32, 0.0]
        });
        (Frame::from_mat(picture).unwrap(), Mesh { points: points.collect(), presence: 1.0 })
    }

    fn flatness(surface: impl Fn(f64, f64) -> [f64; 3] + Copy, yaw: f64) -> f64 {
        let (rest, mesh) = seen(surface, 0.0);
        let texture = Texture::of(&rest, &mesh).unwrap().unwrap();
        let (turned, mesh) = seen(surface, yaw);
        texture.flatness(&turned, &mesh).unwrap().unwrap()
    }

    #[test]
    fn a_sheet_is_flat_however_it_is_turned_and_bent() {
        for (bend, yaw) in [(0.0, 0.3), (0.0, 0.6), (0.2, 0.4), (-0.2, -0.5)] {
            let found = flatness(|x, y| [x, y, bend * x * x / 100.0], yaw);
            assert!(found > 0.8, "bend {bend} yaw {yaw}: {found}");
        }
    }

    #[test]
    fn a_nose_that_stands_out_is_not() {
        let head = |x: f64, y: f64| {
            let nose = 60.0 * (-(x * x) / 500.0 - (y - 10.0).powi(2) / 2500.0).exp();
            let brow = 15.0 * (-(y + 45.0).powi(2) / 120.0).exp();
            [x, y, x * x / 160.0 - nose - brow]
        };
        for yaw in [0.25, -0.35] {
            let found = flatness(head, yaw);
            assert!(found < 0.6, "yaw {yaw}: {found}");
        }
    }

    #[test]
    fn without_texture_there_is_no_measurement() {
        let (_, mesh) = seen(|x, y| [x, y, 0.0], 0.0);
        let blank = vec![128; (WIDTH * WIDTH * 3) as usize];
        let blank = Frame::from_bgr(WIDTH as u32, WIDTH as u32, &blank).unwrap();
        assert!(Texture::of(&blank, &mesh).unwrap().is_none());
        let nothing = Mesh { points: vec![[0.0; 3]; Mesh::POINTS], presence: 0.0 };
        assert!(Texture::of(&blank, &nothing).unwrap().is_none());
        let (rest, mesh) = seen(|x, y| [x, y, 0.0], 0.0);
        let texture = Texture::of(&rest, &mesh).unwrap().unwrap();
        assert_eq!(texture.flatness(&blank, &mesh).unwrap(), None);
    }
}
