//! The command `train`: one file a task.

mod arguments;
mod face_pad;
mod fusion;
mod voice_pad;

use anyhow::Result;

pub use arguments::Arguments;
use arguments::Task;

/// Trains and writes.
pub fn run(arguments: &Arguments) -> Result<bool> {
    match arguments.task {
        Task::Fusion => fusion::run(arguments),
        Task::FacePad => face_pad::run(arguments),
        Task::VoicePad => voice_pad::run(arguments),
    }
}
