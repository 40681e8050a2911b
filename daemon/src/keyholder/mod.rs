//! A keyholder: has a share of a committee's key, and gives shares of containers' keys for approvals that hold.
//!
//! A role of its own, run by operators of its own (`wetsignd keyholder`): no camera, no element, no people. What may be
//! given is decided by `wetsign_container::keyholder`, without I/O; here its memory, its log and its secrets are kept.
//!
//! | file | question |
//! |---|---|
//! | `settings.rs` | What does its operator say? |
//! | `refused.rs` | Why does it not? |
//! | `desk.rs` | What does it keep, and in which order does a share leave? |
//! | `generation.rs` | What does it say in a key generation? |
//!
//! Over gRPC: `serve/keyholder.rs`.

mod desk;
mod generation;
mod refused;
mod settings;

pub use desk::{Keyholder, Released};
pub use generation::Said;
pub use refused::Refusal;
pub use settings::Settings;
