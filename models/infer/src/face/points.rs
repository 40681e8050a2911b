//! Points of MediaPipe's canonical face mesh that measures need, by name. *Left* and *right* are the subject's own;
//! pairs of the right side go from the outside in, of the left side from the inside out.

/// Tip of the nose.
pub const NOSE_TIP: usize = 4;
/// Where the nose meets the upper lip.
pub const NOSE_BASE: usize = 2;
/// Top of the forehead.
pub const FOREHEAD: usize = 10;
/// Bottom of the chin.
pub const CHIN: usize = 152;
/// Outer rims of the cheeks, right and left.
pub const CHEEKS: [usize; 2] = [234, 454];
/// Corners of the right eye.
pub const RIGHT_EYE: [usize; 2] = [33, 133];
/// Corners of the left eye.
pub const LEFT_EYE: [usize; 2] = [362, 263];
/// Outer corners of the eyes, right and left: the distance that other measures are given in.
pub const OUTER_EYES: [usize; 2] = [RIGHT_EYE[0], LEFT_EYE[1]];
/// Corners of the mouth, right and left.
pub const MOUTH_CORNERS: [usize; 2] = [61, 291];
/// Inner rim of the upper and the lower lip.
pub const INNER_LIPS: [usize; 2] = [13, 14];
