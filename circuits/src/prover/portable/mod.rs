//! Plain arithmetic, as arkworks does it: right on every processor, and what the lanes are compared with.

mod additions;
mod transform;

#[cfg(target_arch = "x86_64")]
pub(super) use additions::sum;
pub(super) use additions::{Room, add_pairs};
pub(super) use transform::Transform;
