//! Presentations by the hundred: attacks of many species and genuine people, through the sensor's own capture and the
//! product's own decision.
//!
//! One presentation is one challenge, answered by a source that stands for an attacker or for a replayed person. What the
//! sensor measures is decided upon as the daemon decides, match included; there is no shortcut through which an attack could
//! be refused that the kiosk would not refuse. A *species* is a way of attacking (ISO/IEC 30107-3, 3.1.7), an *instrument* one
//! thing made for it: a certain photo on a certain print, a certain voice.

mod altered;
mod judge;
mod species;
mod tally;

pub use judge::Kiosk;
pub use species::{GENUINE, SPECIES, Species, presentation};
pub use tally::{GenuineRow, SpeciesRow, SuiteReport};

use std::path::Path;

/// Presents `count` presentations of each of the named species and of genuine people, and counts.
///
/// # Errors
/// Networks or recordings that cannot be loaded, or a source that fails: neither counts as a refusal.
pub fn run(
    cache: &Path,
    names: &[String],
    count: u32,
    seed: u64,
    mut progress: impl FnMut(&str, u32),
) -> anyhow::Result<SuiteReport> {
    let mut kiosk = Kiosk::open(cache)?;
    let mut report = SuiteReport::new(seed);
    for species in
        SPECIES.iter().filter(|species| names.is_empty() || names.iter().any(|n| n == species.name))
    {
        let mut row = SpeciesRow::new(species);
        for index in 0..count {
            let mut shown = presentation(&mut kiosk, species, seed, index)?;
            let verdict = kiosk.judge(&mut shown)?;
            row.count(&shown.subject, &shown.instrument, verdict);
            progress(species.name, index + 1);
        }
        report.species.push(row.finished());
    }
    for index in 0..count {
        let mut shown = presentation(&mut kiosk, &GENUINE, seed, index)?;
        let verdict = kiosk.judge(&mut shown)?;
        report.genuine.count(&shown.subject, verdict);
        progress(GENUINE.name, index + 1);
    }
    report.genuine.finish();
    report.ok = report.species.iter().all(|row| row.accepted == 0);
    Ok(report)
}
