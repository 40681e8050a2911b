//! MediaPipe FaceMesh (Kartynnik et al. 2019): 468 points of one face.

use super::detect::sigmoid;
use super::{Face, Mesh};
use crate::error::{InferError, Result};
use crate::face::align::Affine;
use crate::frame::Frame;
use crate::pixels::rgb_into;
use crate::runtime::Net;

const SIDE: usize = 192;
/// The network sees the detector's box enlarged by this.
const MARGIN: f64 = 1.5;
const NAME: &str = "facemesh";

/// The mesh network with its input buffer.
pub(crate) struct Mesher {
    net: Net,
    input: Vec<f32>,
}

impl Mesher {
    pub(crate) fn new(net: Net) -> Self {
        Self { net, input: vec![0.0; SIDE * SIDE * 3] }
    }

    /// The mesh inside a detected face's box, turned so that the eyes lie level.
    pub(crate) fn mesh(&mut self, frame: &Frame, face: &Face) -> Result<Mesh> {
        let side = f64::from(face.longest_side()) * MARGIN;
        if !side.is_finite() || side < 1.0 {
            let (width, height) = (frame.width(), frame.height());
            return Err(InferError::FaceBox { bbox: face.bbox, width, height });
        }
        let [right, left] = [face.keypoints[0], face.keypoints[1]].map(|p| p.map(f64::from));
        let degrees = (left[1] - right[1]).atan2(left[0] - right[0]).to_degrees();
        let map = Affine::centred(face.centre().map(f64::from), degrees, SIDE as f64 / side, SIDE as f64);
        rgb_into(&map.warp(frame, SIDE as i32)?, &mut self.input, |v| v / 255.0)?;

        let outputs = self.net.run_one(&[1, SIDE, SIDE, 3], &self.input)?;
        let points = Net::values(NAME, &outputs[0], "points", Mesh::POINTS * 3)?;
        let presence = sigmoid(Net::values(NAME, &outputs[1], "presence", 1)?[0]);
        let back = map.inverse();
        let depth = (side / SIDE as f64) as f32;
        let points = points.chunks_exact(3).map(|p| {
            let [x, y] = back.apply(f64::from(p[0]), f64::from(p[1]));
            [x as f32, y as f32, p[2] * depth]
        });
        Ok(Mesh { points: points.collect(), presence })
    }
}
