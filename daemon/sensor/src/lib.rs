//! The only program that touches camera, microphone and networks, as a library: the program `wetsign-sensor` serves it
//! to the daemon, `wetsign-capture` shows what a camera and a microphone really give.
//!
//! - [`sandbox`]: what the program gives up before it begins.
//! - [`link`]: the socket; a thread reads, so that *cancel* is heard while a capture runs.
//! - [`worker`]: one command after the other; a panic in one is contained and reported.
//! - [`source`]: camera and microphone, replayed subjects, plain files, behind one small trait.
//! - [`capture`]: one capture, whose steps are in `session`; `moves`, `vision`, `passive`, `identity`, `solid`,
//!   `reaction`, `speech`: what is read from it.

mod audience;
pub mod capture;
mod convert;
mod failure;
mod guide;
mod identity;
pub mod link;
mod moves;
mod panics;
mod passive;
mod people;
mod preview;
mod reaction;
pub mod sandbox;
mod session;
mod solid;
pub mod source;
mod speech;
mod spread;
mod vision;
pub mod worker;
