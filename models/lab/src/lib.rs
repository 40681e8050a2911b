//! What an attacker makes of a picture, and what follows from scores: shared by `wetsign-lab` and the attack suite.
//!
//! - [`recapture`]: a picture printed or shown on a screen, held before a camera: a physical model with stated parameters.
//! - [`stats`]: summaries, equal error, exact intervals.

pub mod recapture;
pub mod stats;
