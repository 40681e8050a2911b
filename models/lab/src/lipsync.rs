//! Lips against sound on a film of one speaker.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde::Serialize;
use wetsign_infer::{Face, Networks, Sight, VideoReader, audio, geometry, lips};
use wetsign_liveness::{Measure, Thresholds};
use wetsign_models::store::ModelStore;

/// Lags of the sound that are tried, seconds.
const SHIFTS: [f64; 11] = [-0.5, -0.4, -0.3, -0.25, -0.2, 0.0, 0.2, 0.25, 0.3, 0.4, 0.5];

/// Films are enlarged to this width before small faces are sought, pixels.
const WIDTH: f64 = 720.0;

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
    /// Follow this face alone: `left`, `right`, `largest`, or where it first is, as shares of width and height
    /// (`0.7,0.4`).
    #[arg(long, value_parser = Named::parse)]
    face: Option<Named>,
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
    let (every, enlarged) = (arguments.every.max(1), Some(arguments.enlarged));
    let faces = named(filmed(&mut networks.sight, &arguments.video, (every, enlarged))?, arguments.face)?;
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
    let said = sounds
        .into_iter()
        .map(|(name, sound)| Ok((name, networks.words.lips(&sound)?)))
        .collect::<Result<Vec<_>>>()?;
    let tolerance = f64::from(Thresholds::from_manifest().of(Measure::LipsLag).unwrap_or(0)) / 1000.0;
    let mut rows = Vec::new();
    for (name, gaps) in &faces {
        let end = gaps.last().map_or(0.0, |(time, _)| *time);
        let length = arguments.window.unwrap_or(end + 1.0);
        let mut from = 0.0;
        while from + length.min(end) <= end + 1e-6 {
            let window: Vec<_> =
                gaps.iter().filter(|(t, _)| (from..from + length).contains(t)).copied().collect();
            for (label, said) in &said {
                let found = lips::sync(&window, said, tolerance);
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
        say!("{}", serde_json::to_string_pretty(&serde_json::json!({ "ok": true, "rows": rows }))?);
    } else {
        for row in &rows {
            let number = |value: Option<f64>| value.map_or("   none".into(), |v| format!("{v:+7.3}"));
            say!(
                "{:<18} {:<28} near {} best {} lag {} moved {}",
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

/// Every face of a film, of which one frame in `every` is looked at, `enlarged` or, without it, to 720 pixels.
pub fn filmed(sight: &mut Sight, film: &Path, (every, enlarged): (usize, Option<f64>)) -> Result<Vec<Track>> {
    let mut tracks: Vec<Track> = Vec::new();
    for shown in VideoReader::open(film)?.step_by(every) {
        let (time, frame) = shown?;
        let frame = frame.scaled(enlarged.unwrap_or((WIDTH / f64::from(frame.width())).max(1.0)))?;
        let sides = [frame.width(), frame.height()].map(|side| side as f32);
        for face in sight.faces(&frame)? {
            let gap = geometry::lip_gap(&sight.mesh(&frame, &face)?);
            follow(&mut tracks, time, &face, sides, gap);
        }
    }
    Ok(tracks)
}

/// One face over time.
pub struct Track {
    /// Where it was first, as shares of width and height.
    first: [f32; 2],
    /// Where it was last, pixels.
    last: [f32; 2],
    /// Sum of its widths.
    width: f32,
    gaps: Vec<(f64, f32)>,
}

/// Which face is meant.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Named {
    Left,
    Right,
    Largest,
    At([f32; 2]),
}

impl Named {
    fn parse(text: &str) -> Result<Self, String> {
        let share = |text: &str| text.trim().parse().ok().filter(|share| (0.0..=1.0).contains(share));
        match text {
            "left" => Ok(Self::Left),
            "right" => Ok(Self::Right),
            "largest" => Ok(Self::Largest),
            _ => text
                .split_once(',')
                .and_then(|(x, y)| Some(Self::At([share(x)?, share(y)?])))
                .ok_or_else(|| "left, right, largest, or two shares such as 0.7,0.4".to_owned()),
        }
    }

    /// The smallest is meant.
    fn away(self, track: &Track) -> f32 {
        match self {
            Self::Left => track.first[0],
            Self::Right => -track.first[0],
            Self::Largest => -track.width / track.gaps.len().max(1) as f32,
            Self::At([x, y]) => (track.first[0] - x).hypot(track.first[1] - y),
        }
    }
}

/// A face belongs to the track that was last within half of its width, and begins a new one where there is none.
fn follow(tracks: &mut Vec<Track>, time: f64, face: &Face, sides: [f32; 2], gap: f32) {
    let centre = face.centre();
    let away = |track: &Track| (track.last[0] - centre[0]).hypot(track.last[1] - centre[1]);
    let free = |track: &&mut Track| track.gaps.last().is_none_or(|(last, _)| *last < time);
    let nearest = tracks.iter_mut().filter(free).min_by(|a, b| away(a).total_cmp(&away(b)));
    match nearest.filter(|track| away(track) < face.size() / 2.0) {
        Some(track) => {
            track.last = centre;
            track.width += face.size();
            track.gaps.push((time, gap));
        }
        None => tracks.push(Track {
            first: [centre[0] / sides[0], centre[1] / sides[1]],
            last: centre,
            width: face.size(),
            gaps: vec![(time, gap)],
        }),
    }
}

/// A face's name, and the gaps between its lips by time in seconds.
pub type Moving = (String, Vec<(f64, f32)>);

/// The faces that are there for at least half as long as the longest one, from left to right, or the one that is meant.
pub fn named(mut tracks: Vec<Track>, meant: Option<Named>) -> Result<Vec<Moving>> {
    let longest = tracks.iter().map(|track| track.gaps.len()).max().context("no frame shows a face")?;
    tracks.retain(|track| 2 * track.gaps.len() >= longest);
    tracks.sort_by(|a, b| a.first[0].total_cmp(&b.first[0]));
    if let Some(meant) = meant {
        tracks.sort_by(|a, b| meant.away(a).total_cmp(&meant.away(b)));
        tracks.truncate(1);
    }
    let name = |track: &Track| format!("at {:.2},{:.2}", track.first[0], track.first[1]);
    Ok(tracks.into_iter().map(|track| (name(&track), track.gaps)).collect())
}

fn shifted(samples: &[f32], late: f64) -> Vec<f32> {
    let count = (late.abs() * f64::from(audio::RATE)) as usize;
    if late >= 0.0 {
        [vec![0.0; count], samples.to_vec()].concat()
    } else {
        samples[count.min(samples.len())..].to_vec()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn face(x: f32, width: f32) -> Face {
        Face { bbox: [x, 100.0, x + width, 100.0 + width], score: 1.0, keypoints: [[0.0; 2]; 6] }
    }

    /// A small face at the left that walks to the right, a large one at the right, and a flash of nobody.
    fn tracks() -> Vec<Track> {
        let mut tracks = Vec::new();
        for frame in 0..20_u8 {
            let (time, walked) = (f64::from(frame) / 10.0, 10.0 * f32::from(frame));
            for (shown, gap) in [(face(600.0, 200.0), 2.0), (face(100.0 + walked, 80.0), 1.0)] {
                follow(&mut tracks, time, &shown, [1000.0, 500.0], gap);
            }
        }
        follow(&mut tracks, 2.0, &face(0.0, 40.0), [1000.0, 500.0], 3.0);
        tracks
    }

    #[test]
    fn each_face_is_followed_wherever_it_goes_and_whoever_is_there_for_a_moment_is_left_out() {
        let found = named(tracks(), None).unwrap();
        let gaps: Vec<_> = found.iter().map(|(_, gaps)| (gaps.len(), gaps[19].1)).collect();
        assert_eq!(gaps, [(20, 1.0), (20, 2.0)]);
        assert_eq!(found[0].0, "at 0.14,0.28");
    }

    #[test]
    fn the_named_face_is_the_one_that_is_followed() {
        let gap = |name: &str| {
            let found = named(tracks(), Some(Named::parse(name).unwrap())).unwrap();
            assert_eq!(found.len(), 1);
            found[0].1[0].1
        };
        assert_eq!(["left", "right", "largest", "0.2,0.3"].map(gap), [1.0, 2.0, 2.0, 1.0]);
        assert!(Named::parse("2,0.3").is_err() && Named::parse("middle").is_err());
        assert!(named(Vec::new(), None).is_err());
    }
}
