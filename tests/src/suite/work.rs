//! Who presents what, when, and what is kept of it.
//!
//! A worker has a kiosk of its own and takes one challenge after another, with all species that answer it. What it
//! found is appended to a record at once: a run that was stopped, by Ctrl-C or otherwise, presents only what is
//! missing. A record holds for the program, the manifest and the seed that made it.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Sender};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, anyhow};
use serde::{Deserialize, Serialize};
use wetsign_lab::eval::cache::{Cache, key};
use wetsign_models::manifest::Manifest;
use wetsign_models::store::digest_file;

use super::judge::Kiosk;
use super::order::Order;
use super::species::{Species, presentation};
use crate::attacks::subject;

/// What became of one presentation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// Whose template was attacked.
    pub subject: String,
    /// What was held before camera and microphone.
    pub instrument: String,
    /// The gates that refused; none: accepted.
    pub refused_by: Vec<String>,
}

/// How far a run is.
#[derive(Clone, Debug)]
pub struct Progress {
    /// Presentations whose outcome is known.
    pub done: usize,
    /// Presentations of the whole order.
    pub of: usize,
    /// How long the rest takes at the pace of this run so far.
    pub left: Duration,
}

/// One challenge and the species that still have to answer it.
struct Task {
    index: u32,
    missing: Vec<(usize, &'static Species)>,
}

/// Where an outcome belongs: its species' place in the order, its index.
type Found = (usize, u32, Outcome);

/// The outcomes of each species in the order of their index.
pub fn outcomes(order: &Order, mut progress: impl FnMut(&Progress)) -> anyhow::Result<Vec<Vec<Outcome>>> {
    let species = order.species();
    let mut record = Cache::open(&order.record)?;
    let made_by = maker(order)?;
    let place =
        |species: &Species, index: u32| key([&made_by[..], species.name.as_bytes(), &index.to_be_bytes()]);
    let mut found: Vec<Vec<Option<Outcome>>> = species
        .iter()
        .map(|species| (0..order.count).map(|index| record.known(&place(species, index))).collect())
        .collect();
    let tasks: Vec<Task> = (0..order.count)
        .map(|index| {
            let open = |place: &usize| found[*place][index as usize].is_none();
            let missing = (0..species.len()).filter(open).map(|place| (place, species[place])).collect();
            Task { index, missing }
        })
        .filter(|task| !task.missing.is_empty())
        .collect();

    let of = species.len() * order.count as usize;
    let missing: usize = tasks.iter().map(|task| task.missing.len()).sum();
    let (begun, tasks, stop) = (Instant::now(), Mutex::new(tasks.into_iter()), AtomicBool::new(false));
    let next = || tasks.lock().ok().and_then(|mut tasks| tasks.next());
    thread::scope(|scope| {
        let (tell, told) = mpsc::channel();
        for _ in 0..order.workers.clamp(1, missing.max(1)) {
            let tell = tell.clone();
            scope.spawn(|| {
                let tell = tell;
                if let Err(error) = worker(order, next, &stop, &tell) {
                    // Nobody listens any more only where another worker has failed before.
                    let _ = tell.send(Err(error));
                }
            });
        }
        drop(tell);
        let mut done = 0;
        for outcome in told {
            let kept = outcome.and_then(|(which, index, outcome): Found| {
                found[which][index as usize] = Some(record.keep(&place(species[which], index), &outcome)?);
                Ok(())
            });
            if let Err(error) = kept {
                stop.store(true, Ordering::Relaxed);
                return Err(error);
            }
            done += 1;
            let pace = begun.elapsed().div_f64(f64::from(done));
            let left = missing.saturating_sub(done as usize) as u32;
            progress(&Progress { done: of - left as usize, of, left: pace * left });
        }
        Ok(())
    })?;
    let whole = |row: Vec<Option<Outcome>>| row.into_iter().collect::<Option<Vec<_>>>();
    found
        .into_iter()
        .map(whole)
        .collect::<Option<_>>()
        .ok_or_else(|| anyhow!("a worker ended without a word"))
}

fn worker(
    order: &Order,
    next: impl Fn() -> Option<Task>,
    stop: &AtomicBool,
    tell: &Sender<anyhow::Result<Found>>,
) -> anyhow::Result<()> {
    let Some(mut task) = next() else { return Ok(()) };
    let mut kiosk = Kiosk::open(&order.cache)?;
    loop {
        for (place, species) in task.missing {
            if stop.load(Ordering::Relaxed) {
                return Ok(());
            }
            let outcome = present(&mut kiosk, species, order, task.index)
                .with_context(|| format!("{}, presentation {}", species.name, task.index))?;
            if tell.send(Ok((place, task.index, outcome))).is_err() {
                return Ok(());
            }
        }
        match next() {
            Some(another) => task = another,
            None => return Ok(()),
        }
    }
}

fn present(kiosk: &mut Kiosk, species: &Species, order: &Order, index: u32) -> anyhow::Result<Outcome> {
    let mut shown = presentation(kiosk, species, order, index)?;
    let refused_by = kiosk.judge(&mut shown)?;
    Ok(Outcome { subject: shown.subject, instrument: shown.instrument, refused_by })
}

/// A digest of all that outcomes depend on beside species and index: this program, its manifest, the people, the seed,
/// the simulated camera.
fn maker(order: &Order) -> anyhow::Result<[u8; 32]> {
    let program = std::env::current_exe().context("which program is this?")?;
    let program = digest_file(&program).with_context(|| format!("reading {}", program.display()))?;
    let mut parts =
        vec![program.0.to_vec(), Manifest::embedded().digest().to_vec(), order.seed.to_be_bytes().to_vec()];
    for name in ["woman", "man", "borrowed-voice"] {
        let path = subject(name).join("subject.toml");
        parts.push(std::fs::read(&path).with_context(|| format!("reading {}", path.display()))?);
    }
    if order.in_focus {
        parts.push(b"in focus".to_vec());
    }
    let hex = key(parts.iter().map(Vec::as_slice));
    let mut digest = [0; 32];
    hex::decode_to_slice(hex, &mut digest).context("a digest in hexadecimal digits")?;
    Ok(digest)
}
