//! Drawing what the networks saw: box, mesh, label.

use opencv::core::{Mat, Point, Scalar, Size};
use opencv::imgproc;
use opencv::prelude::*;

use crate::error::Result;
use crate::face::{Face, Mesh};
use crate::frame::Frame;

/// Blue, green, red.
pub(crate) type Colour = [u8; 3];

const BOX: Colour = [210, 190, 90];
const LABEL_GROUND: Colour = [36, 30, 26];
const LABEL: Colour = [240, 240, 240];
const POINT: Colour = [200, 200, 170];
const FONT: i32 = imgproc::FONT_HERSHEY_SIMPLEX;

/// Lines of the canonical face mesh that make a face recognisable as one, without showing whose.
const OUTLINES: [(&[usize], bool, Colour); 11] = [
    (
        &[
            10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377, 152,
            148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109,
        ],
        true,
        [180, 170, 110],
    ),
    (&[33, 7, 163, 144, 145, 153, 154, 155, 133, 173, 157, 158, 159, 160, 161, 246], true, [150, 220, 120]),
    (
        &[263, 249, 390, 373, 374, 380, 381, 382, 362, 398, 384, 385, 386, 387, 388, 466],
        true,
        [150, 220, 120],
    ),
    (&[46, 53, 52, 65, 55], false, [150, 200, 140]),
    (&[70, 63, 105, 66, 107], false, [150, 200, 140]),
    (&[276, 283, 282, 295, 285], false, [150, 200, 140]),
    (&[300, 293, 334, 296, 336], false, [150, 200, 140]),
    (&[168, 6, 197, 195, 5, 4, 1, 19, 94, 2], false, [190, 190, 150]),
    (&[98, 97, 2, 326, 327], false, [190, 190, 150]),
    (
        &[61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291, 409, 270, 269, 267, 0, 37, 39, 40, 185],
        true,
        [140, 130, 235],
    ),
    (
        &[78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308, 415, 310, 311, 312, 13, 82, 81, 80, 191],
        true,
        [140, 130, 235],
    ),
];

/// Draws the face's box, its mesh and a label above the box into the picture. Text outside ASCII is replaced.
pub fn overlay(frame: &mut Frame, face: &Face, mesh: &Mesh, label: &str) -> Result<()> {
    let points: Vec<[f32; 2]> = mesh.points.iter().map(|p| [p[0], p[1]]).collect();
    let scale = f64::from(frame.width().max(frame.height())) / 640.0;
    let mat = frame.mat_mut();
    draw_mesh(mat, &points, scale.max(0.5))?;
    draw_corners(mat, face, scale)?;
    draw_label(mat, face, label, scale)
}

/// The mesh: every point faintly, the outlines clearly. Fewer than 468 points draw nothing but points.
pub(crate) fn draw_mesh(mat: &mut Mat, points: &[[f32; 2]], scale: f64) -> Result<()> {
    let thickness = stroke(scale);
    for point in points {
        imgproc::circle(mat, at(*point), thickness - 1, ink(POINT), imgproc::FILLED, imgproc::LINE_AA, 0)?;
    }
    if points.len() < Mesh::POINTS {
        return Ok(());
    }
    for (indices, closed, colour) in OUTLINES {
        let ring = if closed { indices.len() } else { indices.len() - 1 };
        for i in 0..ring {
            let (a, b) = (points[indices[i]], points[indices[(i + 1) % indices.len()]]);
            line(mat, at(a), at(b), colour, thickness)?;
        }
    }
    Ok(())
}

fn draw_corners(mat: &mut Mat, face: &Face, scale: f64) -> Result<()> {
    let [left, top, right, bottom] = face.bbox;
    let length = face.size() / 6.0;
    for (x, y, dx, dy) in [
        (left, top, length, length),
        (right, top, -length, length),
        (left, bottom, length, -length),
        (right, bottom, -length, -length),
    ] {
        line(mat, at([x, y]), at([x + dx, y]), BOX, stroke(scale) + 1)?;
        line(mat, at([x, y]), at([x, y + dy]), BOX, stroke(scale) + 1)?;
    }
    Ok(())
}

fn draw_label(mat: &mut Mat, face: &Face, label: &str, scale: f64) -> Result<()> {
    if label.is_empty() {
        return Ok(());
    }
    let text = ascii(label);
    let (font, pad) = (0.5 * scale, (5.0 * scale) as i32);
    let size = text_size(&text, font, stroke(scale))?;
    let x = (face.bbox[0] as i32).clamp(0, (mat.cols() - size.width - 2 * pad).max(0));
    let y = (face.bbox[1] as i32 - size.height - 3 * pad).max(0);
    let ground = opencv::core::Rect::new(x, y, size.width + 2 * pad, size.height + 2 * pad);
    fill(mat, ground, LABEL_GROUND)?;
    write(mat, &text, x + pad, y + pad + size.height, font, LABEL, stroke(scale))
}

pub(crate) fn write(
    mat: &mut Mat,
    text: &str,
    x: i32,
    baseline: i32,
    font_scale: f64,
    colour: Colour,
    thickness: i32,
) -> Result<()> {
    let origin = Point::new(x, baseline);
    Ok(imgproc::put_text(
        mat,
        &ascii(text),
        origin,
        FONT,
        font_scale,
        ink(colour),
        thickness,
        imgproc::LINE_AA,
        false,
    )?)
}

pub(crate) fn text_size(text: &str, font_scale: f64, thickness: i32) -> Result<Size> {
    Ok(imgproc::get_text_size(&ascii(text), FONT, font_scale, thickness, &mut 0)?)
}

pub(crate) fn fill(mat: &mut Mat, area: opencv::core::Rect, colour: Colour) -> Result<()> {
    Ok(imgproc::rectangle(mat, area, ink(colour), imgproc::FILLED, imgproc::LINE_8, 0)?)
}

pub(crate) fn dot(mat: &mut Mat, x: i32, y: i32, radius: i32, colour: Colour) -> Result<()> {
    Ok(imgproc::circle(mat, Point::new(x, y), radius, ink(colour), imgproc::FILLED, imgproc::LINE_AA, 0)?)
}

pub(crate) fn line(mat: &mut Mat, from: Point, to: Point, colour: Colour, thickness: i32) -> Result<()> {
    Ok(imgproc::line(mat, from, to, ink(colour), thickness, imgproc::LINE_AA, 0)?)
}

pub(crate) fn ink([blue, green, red]: Colour) -> Scalar {
    Scalar::new(f64::from(blue), f64::from(green), f64::from(red), 0.0)
}

fn at([x, y]: [f32; 2]) -> Point {
    Point::new(x.round() as i32, y.round() as i32)
}

fn stroke(scale: f64) -> i32 {
    (scale.round() as i32).max(1)
}

/// The font knows ASCII alone: common signs are spelled, the rest becomes a question mark.
fn ascii(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for sign in text.chars() {
        match sign {
            '≥' => out.push_str(">="),
            '≤' => out.push_str("<="),
            '–' | '—' | '−' | '‑' => out.push('-'),
            '…' => out.push_str("..."),
            '·' => out.push('.'),
            '×' => out.push('x'),
            '°' => out.push_str(" deg"),
            '‘' | '’' => out.push('\''),
            '“' | '”' => out.push('"'),
            '→' => out.push_str("->"),
            ' '..='~' => out.push(sign),
            _ => out.push('?'),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_overlay_changes_the_picture_inside_the_box() {
        let mut frame = Frame::from_bgr(320, 240, &vec![0; 320 * 240 * 3]).unwrap();
        let face = Face { bbox: [100.0, 80.0, 200.0, 190.0], score: 0.9, keypoints: [[0.0; 2]; 6] };
        let ring = |i: usize| {
            let angle = i as f32 * 0.1;
            [150.0 + 40.0 * angle.cos(), 135.0 + 50.0 * angle.sin(), 0.0]
        };
        let mesh = Mesh { points: (0..Mesh::POINTS).map(ring).collect(), presence: 1.0 };
        overlay(&mut frame, &face, &mesh, "live 0.99 ≥ 0.50").unwrap();
        let lit = frame.bytes().unwrap().chunks_exact(3).filter(|p| p.iter().any(|v| *v > 60)).count();
        assert!(lit > 1000, "{lit}");
        assert_eq!(&frame.bytes().unwrap()[..3], &[0, 0, 0]);
    }

    #[test]
    fn signs_that_the_font_lacks_are_spelled() {
        assert_eq!(ascii("yaw ≥ 0.20 — ж"), "yaw >= 0.20 - ?");
    }
}
