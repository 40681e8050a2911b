//! Lips against sound on a film of one speaker.

use std::path::PathBuf;

use anyhow::{Context, Result};
use serde::Serialize;
use wetsign_infer::{Networks, VideoReader, audio, geometry, lips};
use wetsign_models::store::ModelStore;

/// Lags of the sound that are tried, seconds.
const SHIFTS: [f64; 11] = [-0.5, -0.4, -0.3, -0.25, -0.2, 0.0, 0.2, 0.25, 0.3, 0.4, 0.5];

#[derive(clap::Args)]
pub struct Arguments {
    /// Film.
    video: PathBuf,
    /// Its sound.
    sound: PathBuf,
    /// Other sounds, which must not fit.
    #[arg(long)]
    other: Vec<PathBuf>,
    /// Enlarge the frames by this before the faces are sought.
    #[arg(long, default_value_t = 3.0)]
    enlarged: f64,
    /// Look at windows of this many seconds instead of the whole film.
    #[arg(long)]
    window: Option<f64>,
    /// Read one frame in N.
    #[arg(long, default_value_t = 1)]
    every: usize,
    /// Print one JSON object instead of a table.
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Row {
    face: String,
    sound: String,
    near: Option<f64>,
    best: Option<f64>,
    lag: Option<f64>,
    moved: Option<f64>,
}

/// Measures and prints.
pub fn run(arguments: &Arguments) -> Result<bool> {
    let mut networks = Networks::load(&ModelStore::open_default()?, 1)?;
    let mut faces: [Vec<(f64, f32)>; 2] = [Vec::new(), Vec::new()];
    for shown in VideoReader::open(&arguments.video)?.step_by(arguments.every.max(1)) {
        let (time, frame) = shown?;
        let frame = frame.scaled(arguments.enlarged)?;
        for face in networks.faces(&frame)? {
            let side = usize::from(face.centre()[0] / frame.width() as f32 > 0.4);
            let mesh = networks.mesh(&frame, &face)?;
            faces[side].push((time, geometry::lip_gap(&mesh)));
        }
    }
    let read = |path: &PathBuf| {
        let sound = audio::read_file(path).with_context(|| format!("{}", path.display()))?;
        Ok::<_, anyhow::Error>(audio::resample_16k(&sound)?)
    };
    let own = read(&arguments.sound)?;
    let mut sounds: Vec<(String, Vec<f32>)> =
        SHIFTS.iter().map(|late| (format!("own, {late:+.2} s late"), shifted(&own, *late))).collect();
    for path in &arguments.other {
        sounds.push((path.display().to_string(), read(path)?));
    }
    let mut rows = Vec::new();
    for (name, gaps) in ["left", "right"].iter().zip(&faces) {
        let end = gaps.last().map_or(0.0, |(time, _)| *time);
        let length = arguments.window.unwrap_or(end + 1.0);
        let mut from = 0.0;
        while from + length.min(end) <= end + 1e-6 {
            let window: Vec<_> =
                gaps.iter().filter(|(t, _)| (from..from + length).contains(t)).copied().collect();
            for (label, samples) in &sounds {
                let found = lips::sync(&window, samples, 0.1);
                rows.push(Row {
                    face: format!("{name} {from:.1}"),
                    sound: label.clone(),
                    near: found.map(|f| f.near),
                    best: found.map(|f| f.best),
                    lag: found.map(|f| f.lag),
                    moved: found.map(|f| f.moved),
                });
            }
            from += length / 2.0;
        }
    }
    if arguments.json {
        println!("{}", serde_json::to_string_pretty(&serde_json::json!({ "ok": true, "rows": rows }))?);
    } else {
        for row in &rows {
            let number = |value: Option<f64>| value.map_or("   none".into(), |v| format!("{v:+7.3}"));
            println!(
                "{:<12} {:<28} near {} best {} lag {} moved {}",
                row.face,
                row.sound,
                number(row.near),
                number(row.best),
                number(row.lag),
                number(row.moved)
            );
        }
    }
    Ok(true)
}

fn shifted(samples: &[f32], late: f64) -> Vec<f32> {
    let count = (late.abs() * f64::from(audio::RATE)) as usize;
    if late >= 0.0 {
        [vec![0.0; count], samples.to_vec()].concat()
    } else {
        samples[count.min(samples.len())..].to_vec()
    }
}
