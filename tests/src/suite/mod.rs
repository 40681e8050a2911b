//! Presentations by the hundred: attacks of many species and genuine people, through the sensor's own capture and the
//! product's own decision.
//!
//! One presentation is one challenge, answered by a source that stands for an attacker or for a replayed person. What the
//! sensor measures is decided upon as the daemon decides, match included; there is no shortcut through which an attack could
//! be refused that the kiosk would not refuse. A *species* is a way of attacking (ISO/IEC 30107-3, 3.1.7), an *instrument* one
//! thing made for it: a certain photo on a certain print, a certain voice.
//!
//! Species are presented side by side, challenge after challenge ([`work`]): what the networks say of a recording or of a phrase
//! is then known when the next species shows it again. Answers known or not, workers one or many: the counts are the same.

mod altered;
mod judge;
mod species;
mod tally;
mod work;

pub use judge::Kiosk;
pub use species::{GENUINE, SPECIES, Species, presentation};
pub use tally::{GenuineRow, SpeciesRow, SuiteReport};
pub use work::{Outcome, Progress};

use std::path::PathBuf;

/// What is to be presented.
#[derive(Clone, Debug)]
pub struct Order {
    /// The cache of networks and recordings.
    pub cache: PathBuf,
    /// Only these species; none: all.
    pub names: Vec<String>,
    /// Presentations of each, and of genuine people.
    pub count: u32,
    /// What challenges and draws come from.
    pub seed: u64,
    /// Simulated media stand before a camera in focus and held still, which shows their patterns at full strength.
    pub in_focus: bool,
    /// Kiosks at work at the same time.
    pub workers: usize,
    /// Folder in which outcomes are kept, so that a stopped run goes on.
    pub record: PathBuf,
}

impl Order {
    /// The species of it, genuine people last.
    fn species(&self) -> Vec<&'static Species> {
        let wanted =
            |species: &&Species| self.names.is_empty() || self.names.iter().any(|n| n == species.name);
        SPECIES.iter().filter(wanted).chain([&GENUINE]).collect()
    }
}

/// Presents all of it and counts.
///
/// # Errors
/// Networks or recordings that cannot be loaded, or a source that fails: neither counts as a refusal.
pub fn run(order: &Order, progress: impl FnMut(&Progress)) -> anyhow::Result<SuiteReport> {
    let outcomes = work::outcomes(order, progress)?;
    let mut report = SuiteReport::new(order.seed);
    for (species, outcomes) in order.species().into_iter().zip(outcomes) {
        if *species == GENUINE {
            for outcome in &outcomes {
                report.genuine.count(outcome);
            }
            report.genuine.finish();
        } else {
            let mut row = SpeciesRow::new(species);
            for outcome in &outcomes {
                row.count(outcome);
            }
            report.species.push(row.finished());
        }
    }
    report.ok = report.species.iter().all(|row| row.accepted == 0);
    Ok(report)
}
