//! The command `recapture`: pictures as a print or a screen before a camera shows them, with the parameters of each.

use std::path::PathBuf;

use anyhow::{Context as _, Result, ensure};
use serde::Serialize;
use wetsign_infer::{Frame, VideoReader};
use wetsign_lab::recapture::{Camera, Half, Medium, Pose, Recapture};

/// Instruments are drawn from seeds: the same seed and half give the same medium, camera and noise. The halves' ranges
/// of dots, ink, gloss, pixels, gamma, noise and compression are disjoint; what was fitted on one is to be tested on
/// the other. Blur and motion of the camera have one range. Every picture that this writes is simulated.
#[derive(clap::Args)]
pub struct Arguments {
    /// A photo, or a film.
    picture: PathBuf,
    /// What shows it.
    #[arg(long)]
    medium: Shown,
    /// Which half of the parameters the instruments are drawn from.
    #[arg(long, default_value = "test")]
    half: Half,
    /// The first instrument's seed.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Instruments, of seeds that follow each other.
    #[arg(long, default_value_t = 1)]
    count: u64,
    /// Where in a film to begin, seconds.
    #[arg(long, default_value_t = 0.0)]
    at: f64,
    /// Frames of a film that each instrument shows, one after the other.
    #[arg(long, default_value_t = 1)]
    frames: usize,
    /// Turn about the vertical axis, degrees.
    #[arg(long, default_value_t = 0.0, allow_hyphen_values = true)]
    yaw: f64,
    /// Turn about the horizontal axis, degrees.
    #[arg(long, default_value_t = 0.0, allow_hyphen_values = true)]
    pitch: f64,
    /// Turn in the picture, degrees.
    #[arg(long, default_value_t = 0.0, allow_hyphen_values = true)]
    roll: f64,
    /// How far the sheet's left and right edges stand back, in half widths.
    #[arg(long, default_value_t = 0.0, allow_hyphen_values = true)]
    bend: f64,
    /// Distance over that at which the sheet fills the view: beyond 1 its surroundings or the screen's bezel are seen.
    #[arg(long, default_value_t = 1.0)]
    distance: f64,
    /// Folder for the PNG files and `recapture.jsonl`, one line with the parameters of each.
    #[arg(long)]
    out: PathBuf,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Shown {
    /// Halftone dots, the contrast of ink, gloss.
    Print,
    /// A grid of pixels, three stripes each, which beats with the camera's own (moiré); gamma, blue white, bezel.
    Screen,
    /// Nothing: the camera of that seed alone, for the other class.
    Camera,
}

#[derive(Serialize)]
struct Line<'a> {
    file: String,
    simulated: bool,
    seed: u64,
    half: Half,
    medium: &'a Medium,
    camera: &'a Camera,
    pose: &'a Pose,
}

/// Writes what each instrument shows.
pub fn run(arguments: &Arguments) -> Result<bool> {
    ensure!(arguments.count > 0 && arguments.frames > 0, "--count 0 or --frames 0 shows nothing");
    ensure!(
        arguments.distance > 0.1,
        "--distance {} is at or behind the lens: at least 0.1",
        arguments.distance
    );
    let pictures = pictures(arguments)?;
    let pose = Pose {
        yaw: arguments.yaw.to_radians(),
        pitch: arguments.pitch.to_radians(),
        roll: arguments.roll.to_radians(),
        bend: arguments.bend,
        distance: arguments.distance,
        shift: [0.0, 0.0],
    };
    let (out, half) = (&arguments.out, arguments.half);
    std::fs::create_dir_all(out).with_context(|| format!("cannot make {}", out.display()))?;
    let mut lines = String::new();
    for seed in arguments.seed..arguments.seed.saturating_add(arguments.count) {
        let shown = match arguments.medium {
            Shown::Print => Recapture::print(seed, half),
            Shown::Screen => Recapture::screen(seed, half),
            Shown::Camera => Recapture::camera(seed, half),
        };
        for (tick, picture) in pictures.iter().enumerate() {
            let file = format!("{:?}-{seed}-{tick}.png", arguments.medium).to_lowercase();
            let path = out.join(&file);
            let png = shown.frame(picture, &pose, tick as u64)?.to_png()?;
            std::fs::write(&path, png).with_context(|| format!("cannot write {}", path.display()))?;
            let (medium, camera) = (&shown.medium, &shown.camera);
            let line = Line { file, simulated: true, seed, half, medium, camera, pose: &pose };
            lines += &serde_json::to_string(&line)?;
            lines.push('\n');
        }
    }
    let path = out.join("recapture.jsonl");
    std::fs::write(&path, &lines).with_context(|| format!("cannot write {}", path.display()))?;
    say!("{}", lines.trim_end());
    Ok(true)
}

fn pictures(arguments: &Arguments) -> Result<Vec<Frame>> {
    let path = &arguments.picture;
    let bytes = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    if let Ok(photo) = Frame::decode_image(&bytes) {
        return Ok(vec![photo]);
    }
    let mut frames = Vec::new();
    for shown in VideoReader::open(path)? {
        let (time, frame) = shown?;
        if time >= arguments.at {
            frames.push(frame);
        }
        if frames.len() == arguments.frames {
            return Ok(frames);
        }
    }
    ensure!(!frames.is_empty(), "{} ends before {} s: choose an earlier time", path.display(), arguments.at);
    Ok(frames)
}
