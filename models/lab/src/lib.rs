//! What an attacker makes of a picture, and what follows from scores: shared by `wetsign-lab` and the attack suite.
//!
//! - [`recapture`]: a picture printed or shown on a screen, held before a camera: a physical model with stated
//!   parameters.
//! - [`illumination`]: a kiosk's screen shining on what stands before it.
//! - [`eval`]: error rates of recognition and of attack detection, as the standards define them.
//! - [`voice_pad`]: a classifier against synthesised and replayed voices, trained and measured.
//! - [`speak`]: networks that speak, to attack with.
//! - [`stats`]: summaries, equal error, exact intervals.

pub mod eval;
pub mod illumination;
pub mod recapture;
pub mod speak;
pub mod stats;
pub mod voice_pad;
