//! How much depth a film shows, and how much its still pictures show when they are turned and bent.

use std::path::PathBuf;

use anyhow::{Context, Result};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::Serialize;
use wetsign_infer::depth::{Fit, Head};
use wetsign_infer::flatness::Texture;
use wetsign_infer::{Frame, Mesh, Networks, VideoReader, geometry};
use wetsign_lab::recapture::{Half, Pose, Recapture};
use wetsign_models::store::ModelStore;

/// Turns of a picture that are looked at, radians, and bends.
const TURNS: [f64; 7] = [-0.6, -0.4, -0.2, 0.0, 0.2, 0.4, 0.6];
const BENDS: [f64; 4] = [0.0, 0.15, 0.3, -0.2];

#[derive(clap::Args)]
pub struct Arguments {
    /// Film or photo.
    picture: PathBuf,
    /// When the person in a film is at rest: from this second …
    #[arg(long, default_value_t = 0.0)]
    from: f64,
    /// … to this one.
    #[arg(long, default_value_t = 0.5)]
    to: f64,
    /// Read one frame of a film in N.
    #[arg(long, default_value_t = 3)]
    every: usize,
    /// Turn and bend the picture at rest instead, with this many draws of print and screen.
    #[arg(long)]
    turned: Option<u64>,
    /// Print one JSON object instead of a table.
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Row {
    at: String,
    yaw: f32,
    pitch: f32,
    plane: f64,
    head: f64,
    scale: f64,
    parallax: f64,
    flatness: Option<f64>,
}

/// Measures and prints.
pub fn run(arguments: &Arguments) -> Result<bool> {
    let mut networks = Networks::load(&ModelStore::open_default()?, 1)?;
    let frames = frames(arguments)?;
    let (mut rest, mut last) = (Vec::new(), None);
    for (time, frame) in &frames {
        if (arguments.from..=arguments.to).contains(time)
            && let Some(found) = mesh(&mut networks, frame)?
        {
            rest.push(found);
            last = Some(frame);
        }
    }
    let head =
        Head::of(&rest.iter().collect::<Vec<_>>()).context("no face at rest: choose --from and --to")?;
    let texture = last.zip(rest.last()).map(|(frame, mesh)| Texture::of(frame, mesh)).transpose()?.flatten();
    let mut rows = Vec::new();
    if let Some(draws) = arguments.turned {
        let (_, still) =
            frames.iter().find(|(time, _)| *time >= arguments.from).context("no frame at rest")?;
        for draw in 0..draws {
            rows.extend(turned(&mut networks, still, draw)?);
        }
    } else {
        for (time, frame) in &frames {
            if let Some(mesh) = mesh(&mut networks, frame)? {
                let flatness = flatness(texture.as_ref(), frame, &mesh)?;
                rows.push(row(format!("{time:.2} s"), &mesh, head.fit(&mesh)?, flatness));
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

fn frames(arguments: &Arguments) -> Result<Vec<(f64, Frame)>> {
    let path = &arguments.picture;
    let photo = path.extension().is_some_and(|kind| ["jpg", "png"].iter().any(|known| kind == *known));
    if photo {
        return Ok(vec![(0.0, Frame::decode_image(&std::fs::read(path)?)?)]);
    }
    Ok(VideoReader::open(path)?.step_by(arguments.every.max(1)).collect::<Result<_, _>>()?)
}

/// One presentation of a picture: at rest first, then in every turn and bend.
fn turned(networks: &mut Networks, still: &Frame, draw: u64) -> Result<Vec<Row>> {
    let shown = if draw.is_multiple_of(2) {
        Recapture::print(draw, Half::Fit)
    } else {
        Recapture::screen(draw, Half::Fit)
    };
    let mut rng = ChaCha8Rng::seed_from_u64(draw);
    let mut rows = Vec::new();
    for bend in BENDS {
        let at_rest = shown.frame(still, &Pose { bend, ..Pose::FRONTAL }, 0)?;
        let Some(rest) = mesh(networks, &at_rest)? else { continue };
        let Some(head) = Head::of(&[&rest]) else { continue };
        let texture = Texture::of(&at_rest, &rest)?;
        for yaw in TURNS {
            let pitch = rng.gen_range(-0.4..0.4);
            let frame = shown.frame(still, &Pose { yaw, pitch, bend, ..Pose::FRONTAL }, 1)?;
            if let Some(mesh) = mesh(networks, &frame)? {
                let at = format!("draw {draw} bend {bend:+.2} yaw {yaw:+.1} pitch {pitch:+.2}");
                let flatness = flatness(texture.as_ref(), &frame, &mesh)?;
                rows.push(row(at, &mesh, head.fit(&mesh)?, flatness));
            }
        }
    }
    Ok(rows)
}

fn flatness(texture: Option<&Texture>, frame: &Frame, mesh: &Mesh) -> Result<Option<f64>> {
    Ok(texture.map(|texture| texture.flatness(frame, mesh)).transpose()?.flatten())
}

fn mesh(networks: &mut Networks, frame: &Frame) -> Result<Option<Mesh>> {
    let face = networks.sight.faces(frame)?.into_iter().max_by(|a, b| a.area().total_cmp(&b.area()));
    Ok(face.map(|face| networks.sight.mesh(frame, &face)).transpose()?)
}

fn row(at: String, mesh: &Mesh, fit: Fit, flatness: Option<f64>) -> Row {
    let pose = geometry::pose(mesh);
    Row {
        at,
        yaw: pose.yaw,
        pitch: pose.pitch,
        plane: fit.plane,
        head: fit.head,
        scale: fit.scale,
        parallax: fit.parallax(),
        flatness,
    }
}

fn print(row: &Row) -> Result<()> {
    say!(
        "{:<44} yaw {:+.2}  pitch {:+.2}  plane {:.4}  head {:.4}  scale {:.2}  parallax {:.4}  flatness {}",
        row.at,
        row.yaw,
        row.pitch,
        row.plane,
        row.head,
        row.scale,
        row.parallax,
        row.flatness.map_or("none".to_owned(), |share| format!("{share:.2}"))
    );
    Ok(())
}
