//! The command `eval`.

use std::path::PathBuf;
use std::time::Instant;

use anyhow::{Context as _, Result};
use wetsign_lab::eval::acquire::Acquirer;
use wetsign_lab::eval::gather::{self, Gathered};
use wetsign_lab::eval::rates::Recognition;
use wetsign_lab::eval::report::Report;
use wetsign_lab::eval::trials::Trials;
use wetsign_lab::eval::{folders, fuse, pad, pictures, templates};
use wetsign_liveness::{Measure, Thresholds};
use wetsign_models::manifest::Manifest;
use wetsign_models::store::ModelStore;

#[derive(clap::Args)]
pub struct Arguments {
    /// Photos and films, one folder a person (LFW's layout). Without any folder: this project's own cached data.
    #[arg(long, value_name = "DIR")]
    faces: Option<PathBuf>,
    /// Recordings, one folder a person, however deep (VoxCeleb's and LibriSpeech's layout).
    #[arg(long, value_name = "DIR")]
    voices: Option<PathBuf>,
    /// Recorded attacks, `SPECIES/INSTRUMENT/FILE` or `SPECIES/FILE`.
    #[arg(long, value_name = "DIR")]
    attacks: Option<PathBuf>,
    /// Compare only these faces (LFW's `pairs.txt`); without it every face with every other.
    #[arg(long, value_name = "FILE")]
    face_pairs: Option<PathBuf>,
    /// Compare only these voices (VoxCeleb's list of trials).
    #[arg(long, value_name = "FILE")]
    voice_pairs: Option<PathBuf>,
    /// Prints and screens simulated of each picture.
    #[arg(long, default_value_t = 4)]
    draws: u64,
    /// What every draw comes from: the same seed gives the same bytes.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Folder for report.json, the table and the pictures.
    #[arg(long, default_value = "target/eval")]
    out: PathBuf,
    /// Folder in which the networks' answers are kept: embeddings of the people evaluated. Default: `eval` in the
    /// cache.
    #[arg(long, value_name = "DIR")]
    cache: Option<PathBuf>,
    /// Time each network by this many calls (default: none, as times differ from run to run).
    #[arg(long, default_value_t = 0)]
    latency: usize,
    /// Print one JSON object instead of a table.
    #[arg(long)]
    json: bool,
}

/// Measures, draws and prints.
pub fn run(arguments: &Arguments) -> Result<bool> {
    let store = ModelStore::open_default()?;
    let thresholds = Thresholds::of_manifest(store.manifest())?;
    let bound = |measure| {
        thresholds.bound(measure).map(|b| f64::from(b.bound) / 1000.0).context("a bound in the manifest")
    };
    let bounds = (bound(Measure::FaceMatch)?, bound(Measure::VoiceMatch)?);
    let kept = arguments.cache.clone().unwrap_or_else(|| store.cache().join("eval"));
    let mut acquirer = Acquirer::new(store, &kept)?;
    let seed = arguments.seed;
    let own = arguments.faces.is_none() && arguments.voices.is_none() && arguments.attacks.is_none();
    let mut told = (Instant::now(), String::new());
    let mut progress = move |what: &str, done: usize, of: usize| {
        if told.1 != what || told.0.elapsed().as_secs() >= 5 {
            eprintln!("{what}: {done} of {of}");
            told = (Instant::now(), what.to_owned());
        }
    };

    let (mut data, mut recognition, mut bona_fide) = (Vec::new(), Vec::new(), Vec::new());
    let mut found: (Option<Trials>, Option<Trials>) = (None, None);
    let faces = match &arguments.faces {
        Some(folder) => Some(gather::faces_of(&mut acquirer, folder, &mut progress)?),
        None if own => Some(gather::own_faces(&mut acquirer, &mut progress)?),
        None => None,
    };
    if let Some(mut faces) = faces {
        bona_fide = std::mem::take(&mut faces.bona_fide);
        let trials = trials(&faces, arguments.face_pairs.as_ref(), seed)?;
        recognition.push(Recognition::of("face", &trials, bounds.0));
        data.push(faces);
        found.0 = Some(trials);
    }
    let voices = match &arguments.voices {
        Some(folder) => Some(gather::voices_of(&mut acquirer, folder, &mut progress)?),
        None if own => Some(gather::own_voices(&mut acquirer, seed, &mut progress)?),
        None => None,
    };
    if let Some(voices) = voices {
        let trials = trials(&voices, arguments.voice_pairs.as_ref(), seed)?;
        recognition.push(Recognition::of("voice", &trials, bounds.1));
        data.push(voices);
        found.1 = Some(trials);
    }
    if own {
        let readers = gather::own_readers(&mut acquirer)?;
        let trials = Trials::all(readers.captures.clone(), seed);
        recognition.push(Recognition::of("voice, reading", &trials, bounds.1));
        data.push(readers);
    }
    let (mut presented, mut changed) = (Vec::new(), Vec::new());
    if own {
        changed = pad::nuisances(&mut acquirer, &mut progress)?;
        let mut webcam = gather::own_webcam(&mut acquirer)?;
        changed.push(("before a webcam".to_owned(), std::mem::take(&mut webcam.bona_fide)));
        let trials = Trials::all(webcam.captures.clone(), seed);
        recognition.push(Recognition::of("face, webcam, two films", &trials, bounds.0));
        data.push(webcam);
        let shown = gather::own_pictures(&acquirer)?;
        presented = pad::simulated(&mut acquirer, &shown, arguments.draws, seed, &mut progress)?;
    } else if let Some(folder) = &arguments.attacks {
        let mut attacks = Gathered::named(&format!("attacks in {}", folder.display()));
        presented = pad::recorded(&mut acquirer, folder, &mut attacks, &mut progress)?;
        if !attacks.unreadable.is_empty() {
            data.push(attacks);
        }
    }
    let has_pad = !presented.is_empty() || !bona_fide.is_empty();
    let report = Report {
        ok: true,
        seed,
        data,
        recognition,
        fusion: found.0.as_ref().zip(found.1.as_ref()).and_then(|(f, v)| fuse::report(f, v, bounds, seed)),
        attacks: has_pad.then(|| pad::report(&bona_fide, &changed, &presented, Manifest::embedded())),
        templates: [("face", &found.0, bounds.0), ("voice", &found.1, bounds.1)]
            .into_iter()
            .filter_map(|(name, trials, bound)| templates::report(name, trials.as_ref()?, bound, seed))
            .collect(),
        latency: crate::latency::paths(1, arguments.latency)?,
    };
    write(arguments, &report, &found, bounds)?;
    if arguments.json {
        say!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        say!("{}", report.table());
    }
    eprintln!("Written to {}.", arguments.out.display());
    Ok(report.ok)
}

fn trials(found: &Gathered, list: Option<&PathBuf>, seed: u64) -> Result<Trials> {
    match list {
        Some(list) => Trials::listed(found.captures.clone(), &folders::pairs(list)?),
        None => Ok(Trials::all(found.captures.clone(), seed)),
    }
}

fn write(
    arguments: &Arguments,
    report: &Report,
    found: &(Option<Trials>, Option<Trials>),
    bounds: (f64, f64),
) -> Result<()> {
    let out = &arguments.out;
    std::fs::create_dir_all(out).with_context(|| format!("cannot make {}", out.display()))?;
    let file = |name: &str, text: String| {
        let path = out.join(name);
        std::fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))
    };
    file("report.json", serde_json::to_string_pretty(report)? + "\n")?;
    file("report.txt", report.table())?;
    let fused = report.fusion.iter().filter_map(|fusion| fusion.test.last());
    let rows: Vec<&Recognition> =
        report.recognition.iter().chain(fused).filter(|row| row.equal_error.is_some()).collect();
    if !rows.is_empty() {
        pictures::trade_off(out, &rows)?;
    }
    for (name, trials, bound) in [("face", &found.0, bounds.0), ("voice", &found.1, bounds.1)] {
        let Some(trials) = trials else { continue };
        let title = format!("Cosines of {name} embeddings, {} people", trials.subjects().len());
        pictures::histogram(out, name, &title, &trials.scores(true), &trials.scores(false), bound)?;
    }
    if let Some(fusion) = &report.fusion {
        let title = "Fused evidence of face and voice, nats, people not fitted on";
        pictures::histogram(out, "fusion", title, &fusion.scores.0, &fusion.scores.1, fusion.bound)?;
    }
    if let Some(attacks) = &report.attacks {
        pictures::attacks(out, attacks)?;
    }
    Ok(())
}
