//! Face embeddings: whose face it is, as a direction.

use super::Mesh;
use super::align::{CHIP, align};
use crate::error::Result;
use crate::frame::Frame;
use crate::geometry::five_points;
use crate::pixels::{rgb_into, rgb_planes_into};
use crate::quality::normalise;
use crate::runtime::Net;

const PIXELS: usize = (CHIP * CHIP) as usize * 3;

/// MobileFaceNet (Chen et al. 2018), 192 values.
pub(crate) struct MobileFaceNet {
    net: Net,
    batch: usize,
    input: Vec<f32>,
}

impl MobileFaceNet {
    /// Length of the embedding.
    pub(crate) const DIMENSIONS: usize = 192;

    pub(crate) fn new(net: Net) -> Self {
        // The exported graph has a fixed batch of two; both places get the same chip.
        let batch = usize::try_from(net.input_shape(0).first().copied().unwrap_or(1)).unwrap_or(1).max(1);
        Self { net, batch, input: vec![0.0; PIXELS * batch] }
    }

    /// Unit embedding of an aligned face.
    pub(crate) fn embed(&mut self, frame: &Frame, mesh: &Mesh) -> Result<Vec<f32>> {
        let chip = align(frame, &five_points(mesh))?;
        let (first, rest) = self.input.split_at_mut(PIXELS);
        rgb_into(&chip, first, |v| (v - 127.5) / 128.0)?;
        rest.chunks_exact_mut(PIXELS).for_each(|copy| copy.copy_from_slice(first));
        let side = CHIP as usize;
        let outputs = self.net.run_one(&[self.batch, side, side, 3], &self.input)?;
        let all = Net::values("mobilefacenet", &outputs[0], "embedding", Self::DIMENSIONS * self.batch)?;
        Ok(normalise(&all[..Self::DIMENSIONS]))
    }
}

/// The 512-value alternative, for comparison only: its training data is unknown.
pub(crate) struct FrFeature {
    net: Net,
    input: Vec<f32>,
}

impl FrFeature {
    /// Length of the embedding.
    pub(crate) const DIMENSIONS: usize = 512;

    pub(crate) fn new(net: Net) -> Self {
        Self { net, input: vec![0.0; PIXELS] }
    }

    /// Unit embedding of an aligned face.
    pub(crate) fn embed(&mut self, frame: &Frame, mesh: &Mesh) -> Result<Vec<f32>> {
        let chip = align(frame, &five_points(mesh))?;
        rgb_planes_into(&chip, &mut self.input, |v| (v - 127.0) / 128.0)?;
        let side = CHIP as usize;
        let outputs = self.net.run_one(&[1, 3, side, side], &self.input)?;
        Ok(normalise(Net::values("fr-feature", &outputs[0], "embedding", Self::DIMENSIONS)?))
    }
}
