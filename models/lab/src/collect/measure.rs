//! What the collected phrases say of the gates: opened in memory, measured, forgotten.

use std::path::PathBuf;

use anyhow::{Context as _, Result, ensure};
use wetsign_infer::audio::{self, Sound};
use wetsign_infer::{Frame, Networks, geometry, lips};
use wetsign_lab::stats::clopper_pearson;
use wetsign_liveness::{Measure, Repertoire, Thresholds, phrase};
use wetsign_models::manifest::Manifest;
use wetsign_models::store::ModelStore;

use super::folder::{collected, name_of};
use super::sealed::{Key, Spelled, read};

#[derive(clap::Args)]
pub struct Arguments {
    /// Folder with the sealed phrases.
    folder: PathBuf,
    /// The operator's secret key.
    #[arg(long)]
    key: PathBuf,
}

/// What is left of a phrase: no picture, no sound.
struct Measured {
    person: String,
    read: bool,
    gaps: Vec<(f64, f32)>,
    said: Vec<f32>,
}

/// Opens, measures, prints.
pub fn run(arguments: &Arguments) -> Result<bool> {
    let key = Key::read(&arguments.key)?;
    let mut networks = Networks::load(&ModelStore::open_default()?, 1)?;
    let mut measured = Vec::new();
    for (person, files) in collected(&arguments.folder)? {
        for file in files {
            let mut spelled = Spelled::open(&key, &name_of(&file)?, &read(&file)?)?;
            let found = measure(&mut networks, &person, &spelled);
            spelled.wipe();
            measured.push(found.with_context(|| file.display().to_string())?);
        }
    }
    ensure!(!measured.is_empty(), "{} holds no sealed phrases", arguments.folder.display());
    let bounds = Thresholds::from_manifest();
    let bound = |measure| f64::from(bounds.of(measure).unwrap_or(0)) / 1000.0;
    let (least, lag) = (bound(Measure::Lips), bound(Measure::LipsLag));
    let fits = |lips_of: &Measured, sound_of: &Measured| {
        lips::sync(&lips_of.gaps, &sound_of.said, lag)
            .is_some_and(|found| found.near >= least && found.lag.abs() <= lag + 1e-9)
    };
    let people: std::collections::BTreeSet<&str> = measured.iter().map(|one| one.person.as_str()).collect();
    say!("{} people, {} phrases; counts of phrases, not of people", people.len(), measured.len());
    print("letters read", measured.iter().map(|one| one.read))?;
    print("lips fit their own sound", measured.iter().map(|one| fits(one, one)))?;
    let others = measured.iter().flat_map(|one| measured.iter().map(move |other| (one, other)));
    let others = others.filter(|(one, other)| one.person != other.person);
    print("lips fit another's sound", others.map(|(one, other)| fits(one, other)))?;
    Ok(true)
}

fn print(what: &str, outcomes: impl Iterator<Item = bool>) -> Result<()> {
    let (mut passed, mut all) = (0, 0);
    for outcome in outcomes {
        passed += u64::from(outcome);
        all += 1;
    }
    let (low, high) = clopper_pearson(passed, all);
    say!("{what:<26} {passed} of {all} [{:.0} to {:.0} %]", 100.0 * low, 100.0 * high);
    Ok(())
}

fn measure(networks: &mut Networks, person: &str, spelled: &Spelled) -> Result<Measured> {
    let mut gaps = Vec::new();
    for shown in &spelled.frames {
        let frame = Frame::decode_image(&shown.jpeg)?;
        let faces = networks.sight.faces(&frame)?;
        if let Some(face) = faces.iter().max_by(|a, b| a.area().total_cmp(&b.area())) {
            gaps.push((shown.seconds, geometry::lip_gap(&networks.sight.mesh(&frame, face)?)));
        }
    }
    let sound = Sound { samples: spelled.samples.clone(), rate: spelled.rate };
    let samples = zeroize::Zeroizing::new(audio::resample_16k(&sound)?);
    let doubt = Manifest::embedded().capture.speech.doubt.get();
    let vocabulary = Repertoire::live().vocabulary;
    let transcript = networks.words.understand(&samples, (&spelled.letters, &vocabulary), doubt)?;
    let required = phrase::required_score(spelled.letters.len());
    Ok(Measured {
        person: person.to_owned(),
        read: phrase::score(&spelled.letters, &transcript) >= required,
        gaps,
        said: networks.words.lips(&samples)?,
    })
}
