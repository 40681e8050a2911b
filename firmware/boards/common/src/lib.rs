//! What do all boards share? The measure of the image, the frames, and how a register is reached.

#![no_std]

pub mod image;
pub mod register;
pub mod server;

pub use image::OwnImage;
pub use register::Register;
pub use server::Server;
