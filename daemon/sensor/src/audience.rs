//! Who hears of a capture while it runs.

use wetsign_sensor_ipc::from_sensor::Kind;

use crate::link::Link;

/// Who hears of a capture while it runs, and may stop it.
pub trait Audience {
    /// Progress or a preview.
    fn tell(&self, kind: Kind);

    /// Whether the capture should stop. It never does for those who cannot ask.
    fn stop_asked(&self) -> bool {
        false
    }

    /// Whether anybody looks at previews.
    fn watches(&self) -> bool {
        true
    }
}

/// Nobody looks, and nobody stops it: captures of films, for measuring.
pub struct Nobody;

impl Audience for Nobody {
    fn tell(&self, _: Kind) {}

    fn watches(&self) -> bool {
        false
    }
}

impl Audience for Link {
    fn tell(&self, kind: Kind) {
        self.send(kind);
    }

    fn stop_asked(&self) -> bool {
        Self::stop_asked(self)
    }
}
