//! Presentations by the hundred: attacks of many species and genuine people, through the sensor's own capture and the
//! product's own decision.
//!
//! One presentation is one challenge, answered by a source that stands for an attacker or for a replayed person. What
//! the sensor measures is decided upon as the daemon decides, match included; there is no shortcut through which an
//! attack could be refused that the kiosk would not refuse. A *species* is a way of attacking (ISO/IEC 30107-3, 3.1.7),
//! an *instrument* one thing made for it: a certain photo on a certain print, a certain voice.
//!
//! Species are presented side by side, challenge after challenge (`work`): what the networks say of a recording or of a
//! phrase is then known when the next species shows it again. Answers known or not, workers one or many: the counts are
//! the same.

mod altered;
mod judge;
mod order;
mod species;
mod tally;
mod work;

pub use judge::Kiosk;
pub use order::Order;
pub use species::{GENUINE, SPECIES, Species, presentation};
pub use tally::{GenuineRow, SpeciesRow, SuiteReport};
pub use work::{Outcome, Progress};

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
