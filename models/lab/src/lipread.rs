//! What the sound says of the lips: fitted on films of people who speak, and tested on people left out.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use wetsign_infer::{Networks, audio, lips};
use wetsign_lab::stats::clopper_pearson;
use wetsign_liveness::{Measure, Thresholds};
use wetsign_models::lip_reading::{LipReading, Spoken, fit};
use wetsign_models::manifest::{Digest, Manifest};
use wetsign_models::store::ModelStore;

use crate::lipsync::{Named, filmed, named};

/// Lags of the sound that have to be refused, seconds.
const SHIFTS: [f64; 8] = [-0.5, -0.4, -0.3, -0.2, 0.2, 0.3, 0.4, 0.5];
/// Weights in a line of the manifest.
const A_LINE: usize = 14;

#[derive(clap::Args)]
pub struct Arguments {
    /// Films to fit on, of one person each: two or more. Each is tested with the weights of the others.
    #[arg(required = true, num_args = 2..)]
    films: Vec<PathBuf>,
    /// Films to test all of them on, of one person each who is in none of them; may be given more than once.
    #[arg(long)]
    test: Vec<PathBuf>,
    /// Folder with their sounds, `NAME.wav`; without one a film's own track is read.
    #[arg(long)]
    sounds: Option<PathBuf>,
    /// Most seconds of each to look at.
    #[arg(long, default_value_t = 10.0)]
    seconds: f64,
    /// How much the weights are held back, thousandths of the states' mean power.
    #[arg(long, default_value_t = Manifest::embedded().lip_reading.ridge)]
    ridge: u32,
    /// Write the manifest's section `[lip_reading]` here.
    #[arg(long)]
    out: Option<PathBuf>,
}

/// One person.
struct Speaker {
    name: String,
    gaps: Vec<(f64, f32)>,
    states: Vec<f32>,
    spoken: Spoken,
    digests: Vec<u8>,
}

/// How one sound fits one person's lips.
struct Trial {
    near: f64,
    in_step: bool,
    moved: f64,
}

/// Fits, tests, prints.
pub fn run(arguments: &Arguments) -> Result<bool> {
    let mut networks = Networks::load(&ModelStore::open_default()?, 1)?;
    let mut read = |films: &[PathBuf]| {
        films.iter().map(|film| speaker(&mut networks, film, arguments)).collect::<Result<Vec<_>>>()
    };
    let (films, test) = (read(&arguments.films)?, read(&arguments.test)?);
    let without = |left_out: Option<usize>| {
        let kept = films.iter().enumerate().filter(|(i, _)| Some(*i) != left_out);
        let spoken: Vec<Spoken> = kept.map(|(_, film)| film.spoken.clone()).collect();
        reading(&spoken, arguments.ridge, &films)
    };
    let each = (0..films.len()).map(|i| without(Some(i))).collect::<Result<Vec<_>>>()?;
    assess("left out, one after the other", &films, |person| &each[person])?;
    let all = without(None)?;
    if !test.is_empty() {
        assess("in none of the films of the fit", &test, |_| &all)?;
    }
    if let Some(path) = &arguments.out {
        std::fs::write(path, section(&all)).with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(true)
}

fn speaker(networks: &mut Networks, film: &Path, arguments: &Arguments) -> Result<Speaker> {
    let name = film.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let sound = match &arguments.sounds {
        Some(folder) => folder.join(&name).with_extension("wav"),
        None => film.to_owned(),
    };
    let heard = audio::read_file(&sound).with_context(|| format!("{}", sound.display()))?;
    let mut samples = audio::resample_16k(&heard)?;
    samples.truncate((arguments.seconds * f64::from(audio::RATE)) as usize);
    let (states, width) = networks.words.states(&samples)?;
    let faces = named(filmed(&mut networks.sight, film, (1, None))?, Some(Named::Largest))?;
    let mut gaps = faces.into_iter().next().map_or_else(Vec::new, |(_, gaps)| gaps);
    gaps.retain(|(time, _)| *time < arguments.seconds);
    let spoken = lips::spoken(&gaps, &states, width)
        .with_context(|| format!("{}: two seconds of face and sound are needed", film.display()))?;
    let bytes = |path: &Path| std::fs::read(path).with_context(|| format!("cannot read {}", path.display()));
    let digests = [Digest::of(&bytes(film)?).0, Digest::of(&bytes(&sound)?).0].concat();
    Ok(Speaker { name, gaps, states, spoken, digests })
}

fn reading(spoken: &[Spoken], ridge: u32, films: &[Speaker]) -> Result<LipReading> {
    let weights = fit(spoken, f64::from(ridge) / 1000.0).context("nothing can be fitted on these films")?;
    let digests: Vec<u8> = films.iter().flat_map(|film| film.digests.iter().copied()).collect();
    Ok(LipReading {
        speakers: spoken.len() as u32,
        moments: spoken.iter().map(|film| film.gaps.len()).sum::<usize>() as u32,
        ridge,
        data: Digest::of(&digests),
        network: Manifest::embedded().entry("moonshine-encoder")?.stored.sha256,
        weights,
    })
}

/// Prints how own, others' and shifted sounds come out at the manifest's bounds.
fn assess<'a>(who: &str, people: &[Speaker], reading_for: impl Fn(usize) -> &'a LipReading) -> Result<()> {
    let bounds = Thresholds::from_manifest();
    let bound = |measure| f64::from(bounds.of(measure).unwrap_or(0)) / 1000.0;
    let (least, lag) = (bound(Measure::Lips), bound(Measure::LipsLag));
    let trial =
        |gaps: &[(f64, f32)], said: &[f32]| {
            lips::sync(gaps, said, lag).map_or(Trial { near: -1.0, in_step: false, moved: 0.0 }, |found| {
                Trial { near: found.near, in_step: found.lag.abs() <= lag + 1e-9, moved: found.moved }
            })
        };
    let (mut own, mut others, mut shifted) = (Vec::new(), Vec::new(), Vec::new());
    for (i, person) in people.iter().enumerate() {
        for (j, other) in people.iter().enumerate() {
            let said = reading_for(i).read(&other.states).context("states of another width")?;
            if i != j {
                others.push(trial(&person.gaps, &said));
                continue;
            }
            own.push(trial(&person.gaps, &said));
            for late in SHIFTS {
                let gaps: Vec<_> = person.gaps.iter().map(|(time, gap)| (time - late, *gap)).collect();
                shifted.push(trial(&gaps, &said));
            }
        }
    }
    ensure!(!own.is_empty() && !others.is_empty(), "two people are needed at least");
    say!("{} people {who}; bound {least}, lag {lag} s", people.len());
    for (person, trial) in people.iter().zip(&own) {
        let step = if trial.in_step { "in step" } else { "not in step" };
        say!("  {:<14} {:+.3} {step}, moved {:.3}", person.name, trial.near, trial.moved);
    }
    for (name, trials) in [("own", &own), ("others'", &others), ("shifted", &shifted)] {
        let counts = |passes: &dyn Fn(&Trial) -> bool| {
            let passed = trials.iter().filter(|trial| passes(trial)).count();
            let (low, high) = clopper_pearson(passed as u64, trials.len() as u64);
            format!("{passed} of {} [{:.0} to {:.0} %]", trials.len(), 100.0 * low, 100.0 * high)
        };
        say!(
            "  {name:<8} lips {}, lips_lag {}, both {}",
            counts(&|trial| trial.near >= least),
            counts(&|trial| trial.in_step),
            counts(&|trial| trial.in_step && trial.near >= least)
        );
    }
    say!("  area under the curve: {:.3} others', {:.3} shifted", area(&own, &others), area(&own, &shifted));
    Ok(())
}

/// Share of pairs in which the own sound fits better.
fn area(own: &[Trial], others: &[Trial]) -> f64 {
    let better = |a: &Trial, b: &Trial| f64::from(u8::from(a.near > b.near));
    let won: f64 = own.iter().flat_map(|a| others.iter().map(move |b| better(a, b))).sum();
    won / (own.len() * others.len()) as f64
}

/// As it stands in the manifest.
fn section(reading: &LipReading) -> String {
    let line = |weights: &[i32]| {
        let numbers: Vec<String> = weights.iter().map(ToString::to_string).collect();
        format!("    {},\n", numbers.join(", "))
    };
    format!(
        "[lip_reading]\nspeakers = {}\nmoments = {}\nridge = {}\ndata = \"{}\"\nnetwork = \"{}\"\nweights = [\n{}]\n",
        reading.speakers,
        reading.moments,
        reading.ridge,
        reading.data,
        reading.network,
        reading.weights.chunks(A_LINE).map(line).collect::<String>()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_section_reads_back_as_it_was() {
        let own = &Manifest::embedded().lip_reading;
        let text = section(own);
        let table: toml::Table = toml::from_str(&text).unwrap();
        let read: LipReading = table["lip_reading"].clone().try_into().unwrap();
        assert_eq!(&read, own);
        assert!(text.lines().all(|line| line.len() <= 120), "{text}");
    }

    #[test]
    fn the_area_counts_pairs() {
        let trials = |scores: &[f64]| -> Vec<Trial> {
            scores.iter().map(|near| Trial { near: *near, in_step: true, moved: 0.1 }).collect()
        };
        assert!((area(&trials(&[0.5, 0.9]), &trials(&[0.1, 0.7])) - 0.75).abs() < 1e-9);
    }
}
