//! Small conveniences on the generated messages: constructors, redacted `Debug`, and wiping of embeddings.

use std::fmt;

use zeroize::Zeroize;

use crate::{Captured, FromSensor, Preview, ToSensor, from_sensor, to_sensor};

/// The largest JPEG in a [`Preview`], in bytes.
pub const MAX_PREVIEW: usize = 200 * 1024;

impl From<to_sensor::Kind> for ToSensor {
    fn from(kind: to_sensor::Kind) -> Self {
        Self { kind: Some(kind) }
    }
}

impl From<from_sensor::Kind> for FromSensor {
    fn from(kind: from_sensor::Kind) -> Self {
        Self { kind: Some(kind) }
    }
}

impl Captured {
    /// Overwrites both embeddings and the transcript. Whoever takes a capture calls it when the values are quantised.
    pub fn wipe(&mut self) {
        self.face_embedding.zeroize();
        self.voice_embedding.zeroize();
        self.transcript.zeroize();
    }
}

impl fmt::Debug for Captured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Captured")
            .field("id", &self.id)
            .field("frames", &self.frames)
            .field("frames_with_face", &self.frames_with_face)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Preview {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Preview")
            .field("id", &self.id)
            .field("bytes", &self.jpeg.len())
            .finish_non_exhaustive()
    }
}
