//! The networks that look at every frame: where a face is, its mesh, whose it is.

use wetsign_models::store::ModelStore;

use super::shared::{Warm, open, recall};
use crate::error::Result;
use crate::face::detect::Detector;
use crate::face::embed::MobileFaceNet;
use crate::face::mesh::Mesher;
use crate::face::{Chip, Face, Mesh};
use crate::frame::Frame;
use crate::memory::{Asked, Memory};

/// Where, which shape, whose.
pub struct Sight {
    detector: Detector,
    mesher: Mesher,
    embedder: MobileFaceNet,
    pub(super) memory: Option<Memory>,
}

impl Sight {
    pub(super) fn load(store: &ModelStore, threads: usize) -> Result<Self> {
        let open = |name| open(store, name, threads, true);
        Ok(Self {
            detector: Detector::new(open("blazeface")?),
            mesher: Mesher::new(open("facemesh")?),
            embedder: MobileFaceNet::new(open("mobilefacenet")?),
            memory: None,
        })
    }

    pub(super) fn warm(&mut self, Warm { frame, face, .. }: &Warm) -> Result<()> {
        self.faces(frame)?;
        let mesh = self.mesh(frame, face)?;
        self.embed_face(frame, &mesh).map(drop)
    }

    /// Every face in the picture, best score first.
    pub fn faces(&mut self, frame: &Frame) -> Result<Vec<Face>> {
        let asked = self.memory.as_ref().map(|_| Asked::picture("faces", frame, &[])).transpose()?;
        recall(&mut self.memory, asked, |memory| &mut memory.faces, || self.detector.detect(frame))
    }

    /// The mesh of a detected face.
    pub fn mesh(&mut self, frame: &Frame, face: &Face) -> Result<Mesh> {
        let asked = self.memory.as_ref().map(|_| Asked::picture("mesh", frame, &face.bbox)).transpose()?;
        recall(&mut self.memory, asked, |memory| &mut memory.meshes, || self.mesher.mesh(frame, face))
    }

    /// Whose face: 192 values of unit length.
    pub fn embed_face(&mut self, frame: &Frame, mesh: &Mesh) -> Result<Vec<f32>> {
        Ok(self.embed_chips(&[self.chip(frame, mesh)?])?.remove(0))
    }

    /// The aligned face of a mesh, to be embedded together with others.
    pub fn chip(&self, frame: &Frame, mesh: &Mesh) -> Result<Chip> {
        Chip::of(frame, mesh)
    }

    /// Whose faces: 192 values of unit length for each. Two cost as much as one.
    pub fn embed_chips(&mut self, chips: &[Chip]) -> Result<Vec<Vec<f32>>> {
        let asked = self.memory.as_ref().map(|_| Asked::chips(chips)).transpose()?;
        recall(&mut self.memory, asked, |memory| &mut memory.embeddings, || self.embedder.embed(chips))
    }
}
