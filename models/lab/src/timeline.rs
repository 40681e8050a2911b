//! A film over time.

use std::path::PathBuf;

use anyhow::Result;
use serde::Serialize;
use wetsign_infer::{Face, Frame, InferError, Networks, VideoReader, eyes, geometry, quality};
use wetsign_models::manifest::Manifest;
use wetsign_models::store::ModelStore;

#[derive(clap::Args)]
pub struct Arguments {
    /// Film to read.
    video: PathBuf,
    /// Read one frame in N.
    #[arg(long, default_value_t = 6)]
    every: usize,
    /// Print one JSON object instead of a table.
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Row {
    seconds: f64,
    faces: usize,
    /// Absent without a face; otherwise of the largest one.
    #[serde(flatten)]
    face: Option<Seen>,
}

#[derive(Serialize)]
struct Seen {
    face_px: f32,
    yaw: f32,
    pitch: f32,
    roll: f32,
    mouth: f32,
    smile: f32,
    /// Detail between the eyelids, relative to luma.
    eyes: f32,
    pad_fas: f32,
    pad_fr: f32,
    /// Evidence of this frame alone, nats; absent where the face is too small.
    pad_fused: Option<f64>,
    brightness: f32,
    sharpness: f32,
    /// Cosine with the first frame's face.
    same_face: f32,
}

/// Measures and prints.
pub fn run(arguments: &Arguments) -> Result<bool> {
    let mut networks = Networks::load(&ModelStore::open_default()?, 1)?;
    let (mut rows, mut first) = (Vec::new(), None);
    for frame in VideoReader::open(&arguments.video)?.step_by(arguments.every.max(1)) {
        let (seconds, frame) = frame?;
        let faces = networks.sight.faces(&frame)?;
        let mut seen = None;
        if let Some(face) = faces.iter().max_by(|a, b| a.area().total_cmp(&b.area())) {
            let mesh = networks.sight.mesh(&frame, face)?;
            let pose = geometry::pose(&mesh);
            let embedding = networks.sight.embed_face(&frame, &mesh)?;
            seen = Some(Seen {
                face_px: face.size(),
                yaw: pose.yaw,
                pitch: pose.pitch,
                roll: pose.roll,
                mouth: geometry::mouth_opening(&mesh),
                smile: geometry::smile(&mesh),
                eyes: eyes::eye_detail(&frame, &mesh)?,
                pad_fas: networks.passive.pad_fas(&frame, face)?,
                pad_fr: networks.passive.pad_fr(&frame, face)?,
                pad_fused: fused(&mut networks, &frame, face)?,
                brightness: quality::brightness(&frame, face)?,
                sharpness: quality::sharpness(&frame, face)?,
                same_face: quality::cosine(first.get_or_insert_with(|| embedding.clone()), &embedding),
            });
        }
        let row = Row { seconds, faces: faces.len(), face: seen };
        if !arguments.json {
            print(&row)?;
        }
        rows.push(row);
    }
    if arguments.json {
        say!("{}", serde_json::to_string_pretty(&serde_json::json!({ "ok": true, "rows": rows }))?);
    }
    Ok(true)
}

fn fused(networks: &mut Networks, frame: &Frame, face: &Face) -> Result<Option<f64>> {
    match networks.passive.pad_features(frame, face) {
        Ok(features) => Ok(Manifest::embedded().face_pad.rule.ratio(&features)),
        Err(InferError::FaceBox { .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn print(row: &Row) -> Result<()> {
    let Some(s) = &row.face else {
        say!("{:6.2} s  no face", row.seconds);
        return Ok(());
    };
    say!(
        "{:6.2} s  faces {}  {:3.0} px  yaw {:+.2}  pitch {:+.2}  roll {:+.2}  mouth {:.2}  smile {:.2}  eyes {:.3}  fas {:.3}  fr {:.3}  fused {:+.2}  \
         brightness {:.2}  sharpness {:4.0}  same {:.2}",
        row.seconds,
        row.faces,
        s.face_px,
        s.yaw,
        s.pitch,
        s.roll,
        s.mouth,
        s.smile,
        s.eyes,
        s.pad_fas,
        s.pad_fr,
        s.pad_fused.unwrap_or(f64::NAN),
        s.brightness,
        s.sharpness,
        s.same_face
    );
    Ok(())
}
