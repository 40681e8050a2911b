//! What a build says of itself in each token.

use wetsign_wire::eat::Home;

use crate::rate::Rate;

/// Fixed facts and limits of one build for one board.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Profile {
    /// Hardware model, at most 32 bytes.
    pub hwmodel: &'static str,
    /// Firmware name, at most 32 bytes.
    pub swname: &'static str,
    /// Firmware version, semantic versioning, at most 32 bytes.
    pub swversion: &'static str,
    /// `dbgstat`, a value of [`wetsign_wire::eat::debug`]. To be set honestly.
    pub debug: u8,
    /// `oemboot`: the boot stage checked the image's signature.
    pub oemboot: bool,
    /// What the build runs on. To be set honestly.
    pub home: Home,
    /// How often a session may begin. Each beginning draws a challenge: the limit is what stands against drawing
    /// until the prompts suit a recording.
    pub sessions: Rate,
    /// How often something may be sealed; bounds the number of nonces under one key.
    pub seals: Rate,
}

impl Profile {
    /// Sessions: 32 at once, then one every 2 s.
    pub const SESSIONS: Rate = Rate { burst: 32, refill_ms: 2_000 };
    /// Seals: 128 at once, then ten a second.
    pub const SEALS: Rate = Rate { burst: 128, refill_ms: 100 };
}
