//! Networks that speak, to attack with: what a stranger can have said in a voice that is nobody's.

mod kokoro;
mod synthesis;

pub use kokoro::{KOKORO_VOICES, Kokoro};
pub use synthesis::NeuralVoice;
