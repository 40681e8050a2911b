//! Faces: where they are, their mesh, whose they are, and whether they look alive.

pub(crate) mod align;
mod around;
pub mod cues;
pub(crate) mod detect;
pub(crate) mod embed;
pub(crate) mod mesh;
pub(crate) mod pad;
pub mod points;

pub use embed::Chip;
pub use pad::Crop;

/// A detected face.
#[derive(Clone, Debug, PartialEq)]
pub struct Face {
    /// Box in pixels: left, top, right, bottom. May reach beyond the picture.
    pub bbox: [f32; 4],
    /// Detector's confidence, 0..1.
    pub score: f32,
    /// Subject's right eye, left eye, nose tip, mouth, right ear, left ear; pixels.
    pub keypoints: [[f32; 2]; 6],
}

impl Face {
    /// Width of the box in pixels: the measure of the minimum-size gate.
    pub fn size(&self) -> f32 {
        self.bbox[2] - self.bbox[0]
    }

    /// Area of the box in square pixels.
    pub fn area(&self) -> f32 {
        self.size() * (self.bbox[3] - self.bbox[1])
    }

    /// Centre of the box, pixels.
    pub fn centre(&self) -> [f32; 2] {
        [f32::midpoint(self.bbox[0], self.bbox[2]), f32::midpoint(self.bbox[1], self.bbox[3])]
    }

    /// The larger side of the box, pixels.
    pub(crate) fn longest_side(&self) -> f32 {
        (self.bbox[2] - self.bbox[0]).max(self.bbox[3] - self.bbox[1])
    }

    /// Overlap of two boxes, intersection over union, 0..1.
    pub fn overlap(&self, other: &Self) -> f32 {
        let (a, b) = (&self.bbox, &other.bbox);
        let width = (a[2].min(b[2]) - a[0].max(b[0])).max(0.0);
        let height = (a[3].min(b[3]) - a[1].max(b[1])).max(0.0);
        let both = width * height;
        both / (self.area() + other.area() - both)
    }
}

/// A face mesh of 468 points (MediaPipe's canonical face topology).
#[derive(Clone, Debug, PartialEq)]
pub struct Mesh {
    /// Points in pixels of the frame: x, y, and depth in the same scale (negative is nearer).
    pub points: Vec<[f32; 3]>,
    /// How sure the network is that a face is there, 0..1.
    pub presence: f32,
}

impl Mesh {
    /// Number of points.
    pub const POINTS: usize = 468;

    pub(crate) fn at(&self, index: usize) -> [f32; 2] {
        let [x, y, _] = self.points[index];
        [x, y]
    }
}
