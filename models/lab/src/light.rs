//! A face in the changing light of a screen, and what pretends to be one.

use std::path::PathBuf;

use anyhow::{Result, ensure};
use serde::Serialize;
use sha2::{Digest, Sha256};
use wetsign_infer::light::{Lit, reflection};
use wetsign_infer::{Face, Frame, Mesh, Networks, VideoReader};
use wetsign_lab::illumination::{Scene, Surface};
use wetsign_lab::recapture::Camera;
use wetsign_liveness::light::{Colour, Doubt, Reflection, STEP_S, STEPS, derive};
use wetsign_models::manifest::Manifest;
use wetsign_models::store::ModelStore;

/// What display and camera take, seconds.
const LATENCY: f64 = 0.1;
/// What relaying a film of somebody else's kiosk takes, seconds.
const RELAYED: f64 = 0.5;
const CAMERA: Camera = Camera { noise: 2.0, quality: 85, ..Camera::PERFECT };

#[derive(clap::Args)]
pub struct Arguments {
    /// Film.
    film: PathBuf,
    /// Five seconds of it from here, in which the head is nearly at rest.
    #[arg(long, default_value_t = 0.0)]
    from: f64,
    /// Enlarge the frames by this before the faces are sought.
    #[arg(long, default_value_t = 1.0)]
    enlarged: f64,
    /// Read one frame in N.
    #[arg(long, default_value_t = 3)]
    every: usize,
    /// So many challenges.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..))]
    challenges: u8,
    /// The screen's light over the room's: the evening, an office, a bright office, a window.
    #[arg(long, value_delimiter = ',', default_values_t = [0.5, 0.2, 0.1, 0.05])]
    share: Vec<f64>,
    /// Print one JSON object instead of a table.
    #[arg(long)]
    json: bool,
}

/// What stands before the kiosk.
struct Shown {
    name: &'static str,
    surface: Surface,
    late: f64,
    /// Made for another challenge.
    foreign: bool,
}

const fn shown(name: &'static str, surface: Surface) -> Shown {
    Shown { name, surface, late: LATENCY, foreign: false }
}

const SHOWN: [Shown; 8] = [
    shown("head", Surface::Head),
    shown("feed", Surface::Feed),
    Shown { foreign: true, ..shown("feed lit by other colours", Surface::Head) },
    Shown { late: RELAYED, ..shown("relayed", Surface::Head) },
    shown("display", Surface::Display { glass: 0.05 }),
    shown("sheet", Surface::Sheet { gloss: 0.02 }),
    shown("glossy cut-out", Surface::CutOut { gloss: 0.6 }),
    shown("matt cut-out", Surface::CutOut { gloss: 0.02 }),
];

#[derive(Serialize)]
struct Row {
    shown: &'static str,
    share: f64,
    challenge: u8,
    #[serde(flatten)]
    reflection: Option<Reflection>,
    doubted: bool,
    doubt: Option<Doubt>,
}

/// Measures and prints.
pub fn run(arguments: &Arguments) -> Result<bool> {
    for share in &arguments.share {
        ensure!(
            (0.001..=10.0).contains(share),
            "--share {share}: a share of the room's light is between 0.001 and 10"
        );
    }
    let mut networks = Networks::load(&ModelStore::open_default()?, 1)?;
    let frames = frames(&mut networks, arguments)?;
    let mut rows = Vec::new();
    for challenge in 0..arguments.challenges {
        for shown in &SHOWN {
            for share in &arguments.share {
                rows.push(row(&mut networks, &frames, shown, *share, challenge)?);
            }
        }
    }
    if arguments.json {
        say!("{}", serde_json::to_string_pretty(&serde_json::json!({ "ok": true, "rows": rows }))?);
    } else {
        rows.iter().try_for_each(print)?;
    }
    Ok(true)
}

struct Recorded {
    seconds: f64,
    frame: Frame,
    face: Face,
    mesh: Mesh,
}

fn frames(networks: &mut Networks, arguments: &Arguments) -> Result<Vec<Recorded>> {
    let mut frames = Vec::new();
    let wanted = arguments.from..arguments.from + STEP_S * STEPS as f64;
    for (index, shown) in VideoReader::open(&arguments.film)?.enumerate() {
        let (time, frame) = shown?;
        if !wanted.contains(&time) || !index.is_multiple_of(arguments.every.max(1)) {
            continue;
        }
        let frame = if arguments.enlarged > 1.0 { frame.scaled(arguments.enlarged)? } else { frame };
        let faces = networks.sight.faces(&frame)?;
        let Some(face) = faces.into_iter().max_by(|a, b| a.area().total_cmp(&b.area())) else { continue };
        let mesh = networks.sight.mesh(&frame, &face)?;
        frames.push(Recorded { seconds: time - wanted.start, frame, face, mesh });
    }
    ensure!(
        frames.len() > 20,
        "{} shows a face in {} of the frames from {} s to {} s: choose --from, --every",
        arguments.film.display(),
        frames.len(),
        wanted.start,
        wanted.end
    );
    Ok(frames)
}

fn row(
    networks: &mut Networks,
    frames: &[Recorded],
    shown: &Shown,
    share: f64,
    challenge: u8,
) -> Result<Row> {
    let colours = |name: &str| -> Vec<[f64; 3]> {
        let seed = Sha256::digest([name.as_bytes(), &[challenge]].concat());
        derive(&seed.into()).into_iter().map(Colour::light).collect()
    };
    let asked = colours("asked");
    let shone = if shown.foreign { colours("foreign") } else { asked.clone() };
    let scene = Scene { surface: shown.surface, share, background: 3.0, camera: CAMERA };
    let mut lit = Vec::with_capacity(frames.len());
    for (tick, recorded) in frames.iter().enumerate() {
        let step = ((recorded.seconds - shown.late) / STEP_S).max(0.0) as usize;
        let colour = shone[step.min(shone.len() - 1)];
        let seen = scene.lit(&recorded.frame, &recorded.mesh, colour, tick as u64)?;
        // The face is found again in what the camera sees, as it would be at a kiosk.
        let faces = networks.sight.faces(&seen)?;
        let nearest = |face: &Face| {
            let [a, b] = [face.centre(), recorded.face.centre()];
            (a[0] - b[0]).hypot(a[1] - b[1])
        };
        let Some(face) = faces.into_iter().min_by(|a, b| nearest(a).total_cmp(&nearest(b))) else { continue };
        let mesh = networks.sight.mesh(&seen, &face)?;
        lit.push(Lit::of(recorded.seconds, &seen, &face, &mesh)?);
    }
    let reflection = reflection(&lit, &asked, STEP_S);
    let doubt = reflection.and_then(|found| found.doubt(&Manifest::embedded().light));
    let doubted = reflection.is_none() || doubt.is_some();
    Ok(Row { shown: shown.name, share, challenge, reflection, doubted, doubt })
}

fn print(row: &Row) -> Result<()> {
    let measured = row.reflection.map_or("nothing measured".to_owned(), |r| {
        let nearer = r.nearer.map_or("  none".to_owned(), |value| format!("{value:+.2}"));
        format!(
            "follows {:+.2}  lag {:+.2} s  nearer {nearer}  proportional {:+.2}",
            r.follows, r.lag, r.proportional
        )
    });
    let verdict = match (row.doubted, row.doubt) {
        (false, _) => "as skin does".to_owned(),
        (true, Some(doubt)) => format!("{doubt:?}"),
        (true, None) => "nothing follows".to_owned(),
    };
    say!("{:<26} share {:.2}  {measured}  {verdict}", row.shown, row.share);
    Ok(())
}
