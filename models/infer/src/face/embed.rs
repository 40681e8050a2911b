//! Face embeddings: whose face it is, as a direction.

use opencv::core::Mat;

use super::Mesh;
use super::align::{CHIP, align};
use crate::error::Result;
use crate::frame::Frame;
use crate::geometry::five_points;
use crate::pixels::{rgb_into, rgb_planes_into};
use crate::quality::normalise;
use crate::runtime::Net;

/// An aligned face, ready to be embedded: what has to be kept of a frame to know later whose face it showed.
#[derive(Clone)]
pub struct Chip(pub(crate) Mat);

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
        // The exported graph has a fixed batch of two; places without a chip of their own get the last one.
        let batch = usize::try_from(net.input_shape(0).first().copied().unwrap_or(1)).unwrap_or(1).max(1);
        Self { net, batch, input: vec![0.0; PIXELS * batch] }
    }

    /// Unit embeddings of aligned faces, as many at a time as the graph takes.
    pub(crate) fn embed(&mut self, chips: &[Chip]) -> Result<Vec<Vec<f32>>> {
        let mut found = Vec::with_capacity(chips.len());
        for some in chips.chunks(self.batch) {
            for (place, input) in self.input.chunks_exact_mut(PIXELS).enumerate() {
                rgb_into(&some[place.min(some.len() - 1)].0, input, |v| (v - 127.5) / 128.0)?;
            }
            let side = CHIP as usize;
            let outputs = self.net.run_one(&[self.batch, side, side, 3], &self.input)?;
            let all = Net::values("mobilefacenet", &outputs[0], "embedding", Self::DIMENSIONS * self.batch)?;
            found.extend(all.chunks_exact(Self::DIMENSIONS).take(some.len()).map(normalise));
        }
        Ok(found)
    }
}

impl Chip {
    /// The aligned face of a mesh.
    pub(crate) fn of(frame: &Frame, mesh: &Mesh) -> Result<Self> {
        Ok(Self(align(frame, &five_points(mesh))?))
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
