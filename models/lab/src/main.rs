//! `wetsign-lab`: how good are the networks, and what do they see?
//!
//! Each figure that a threshold or a model card states has a command here that measures it again on the cached test
//! data: `embeddings` compares the face embeddings, `timeline` reads a film frame by frame, `phrases` says how well
//! spoken letters are understood and how alike two voices are. `still` and `phrase` make material for attacks.
//! `contact-sheet` composes captured frames into one picture.

#[macro_use]
mod out;

mod cards;
mod collect;
mod embeddings;
mod evaluate;
mod latency;
mod light;
mod lipread;
mod lipsync;
mod material;
mod phrases;
mod recaptured;
mod relief;
mod sensor;
mod sheet;
mod synthesise;
mod timeline;
mod train;
mod vocode;
mod voice_rooms;

use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Parser, Subcommand};

/// Measures Wetsign's networks on the cached test data, and draws what they saw.
///
/// Models and data come from the cache that `cargo xtask models` fills; nothing is fetched. Exit code 0: done and,
/// where a command checks something, it held; 1: it could not be done; 2: measured, and a check failed.
#[derive(Parser)]
#[command(name = "wetsign-lab", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Error rates of faces, voices and both, attacks by species, protected templates: as JSON, table and pictures.
    ///
    /// Without a folder this project's own cached data is evaluated; with `--faces`, `--voices`, `--attacks` yours. An
    /// interrupted run goes on where it stopped.
    Eval(evaluate::Arguments),
    /// Fit a model and write it as a signed file; the same data, seed and key give the same bytes.
    Train(train::Arguments),
    /// Time each network alone and the paths through several, as one JSON list.
    Bench(latency::Arguments),
    /// Compare the 192-value face embedding with the 512-value alternative, projected to 192 and not, on the same
    /// faces.
    Embeddings(embeddings::Arguments),
    /// Pose, mouth, quality and attack scores of a film over time: for choosing a replayed subject's stretches.
    Timeline(timeline::Arguments),
    /// How well phrases joined from recorded letters or words are read, and how steady the speaker's embedding is.
    Phrases(phrases::Arguments),
    /// A picture as a print or a screen before a camera shows it, simulated: halftone, ink, gloss, bend; pixels, moiré,
    /// gamma, bezel; blur, motion, noise, compression.
    Recapture(recaptured::Arguments),
    /// How much depth a film shows, and how much its still pictures show when they are turned and bent.
    Relief(relief::Arguments),
    /// Lips against sound on a film of one speaker: own sound, shifted, another's.
    Lipsync(lipsync::Arguments),
    /// Fit what the sound says of the lips on films of people who speak, and test it on people left out.
    Lipread(lipread::Arguments),
    /// Spelled letters with a face, from people who agree: recorded, sealed to the operator's key, measured, erased.
    Collect(collect::Arguments),
    /// Fit what rooms do to every voice, and test it on speakers and rooms left out.
    Voicerooms(voice_rooms::Arguments),
    /// The product's own capture on a film: each gate with its value, its bound, and whether it decides.
    ///
    /// Exit code 2: a gate that decides refuses.
    Sensor(sensor::Arguments),
    /// A face in the changing light of a screen, and what pretends to be one: a model's light on recorded frames.
    Light(light::Arguments),
    /// Cut one still picture out of a film, as an attacker's photo would be.
    Still(material::StillArguments),
    /// Join recorded letters or words into one WAV file, as an attacker's recording would be.
    Phrase(material::PhraseArguments),
    /// Have synthesisers speak the letters and words of the recorded speakers: attacks to train on and to test with.
    Synthesise(synthesise::Arguments),
    /// Write one card a network from the manifest.
    Cards(cards::Arguments),
    /// Compose captured frames, captions and gates into one PNG.
    ContactSheet(sheet::Arguments),
}

fn main() -> ExitCode {
    match wetsign_program::arguments(1) {
        Ok(arguments) => {
            let held = run(arguments).map(|held| if held { ExitCode::SUCCESS } else { ExitCode::from(2) });
            wetsign_program::ended("wetsign-lab", held)
        }
        Err(code) => code,
    }
}

fn run(arguments: Arguments) -> anyhow::Result<bool> {
    // Before the work of minutes, and before this starts itself again.
    wetsign_program::output()?;
    wetsign_infer::start_quiet().context("cannot start again with ONNX Runtime kept quiet")?;
    match arguments.command {
        Command::Eval(arguments) => evaluate::run(&arguments),
        Command::Train(arguments) => train::run(&arguments),
        Command::Bench(arguments) => latency::run(&arguments),
        Command::Embeddings(arguments) => embeddings::run(&arguments),
        Command::Timeline(arguments) => timeline::run(&arguments),
        Command::Phrases(arguments) => phrases::run(&arguments),
        Command::Recapture(arguments) => recaptured::run(&arguments),
        Command::Relief(arguments) => relief::run(&arguments),
        Command::Lipsync(arguments) => lipsync::run(&arguments),
        Command::Lipread(arguments) => lipread::run(&arguments),
        Command::Collect(arguments) => collect::run(&arguments),
        Command::Voicerooms(arguments) => voice_rooms::run(&arguments),
        Command::Sensor(arguments) => sensor::run(&arguments),
        Command::Light(arguments) => light::run(&arguments),
        Command::Still(arguments) => material::still(&arguments),
        Command::Phrase(arguments) => material::phrase(&arguments),
        Command::Synthesise(arguments) => synthesise::run(&arguments),
        Command::Cards(arguments) => cards::run(&arguments),
        Command::ContactSheet(arguments) => sheet::run(&arguments),
    }
}
