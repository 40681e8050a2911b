//! # wetsign-runner-ipc: what is in a container, and what do the runner and its engine say to each other?
//!
//! A container's contents are a *package* ([`package`]): a card that says what kind of engine it is, and a network in
//! ONNX. The runner, which holds keys, hands the package piece by piece to an engine, which holds none; then the task;
//! and gets what was made ([`ToEngine`], [`FromEngine`]). Each message goes behind its kind and its length ([`frame`]).

mod card;
mod error;
pub mod frame;
pub mod package;

pub use card::{Card, Element, Engine, Outlet};
pub use error::PackageError;
pub use frame::{FrameError, FromEngine, Input, ToEngine};
