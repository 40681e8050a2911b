//! A kiosk that works for long: capture after capture, and what it takes of the machine meanwhile.
//!
//! - [`stand_in`]: who stands in for camera, microphone and networks.

pub mod stand_in;

use std::path::Path;
use std::time::Instant;

use anyhow::Context as _;
use serde::Serialize;

use crate::attacks;
use crate::cast::Cast;
use crate::power_cut::Rehearsal;
use crate::siege::beside::Usage;
use crate::stage::{Options, Stage};
use crate::visit::{self, Ending};

/// Looks at the machine between beginning and end.
const LOOKS: u32 = 20;
/// A share of the captures that does not count: caches fill, threads are made.
const SETTLING: f64 = 0.25;
/// What the books may grow by in memory for each capture, KiB: keys of what is on the disk.
const EACH_KIB: f64 = 4.0;
/// What may come on top, MiB, and file handles.
const GROWS_MIB: f64 = 16.0;
const FILES: usize = 8;

/// What was there after so many captures.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Look {
    /// Captures so far.
    pub captures: u32,
    /// The daemon's resident memory, MiB.
    pub memory_mib: f64,
    /// Its open files.
    pub files: usize,
    /// Its state on the disk, MB.
    pub state_mb: f64,
}

/// What came of it.
#[derive(Debug, Clone, Serialize)]
pub struct Soak {
    /// Whether every bound held.
    pub ok: bool,
    /// Captures that ended with a co-signature.
    pub captures: u32,
    /// Seconds for one, in the mean.
    pub each_s: f64,
    /// KiB of memory more for each capture, by a line through the looks after the settling.
    pub each_kib: f64,
    /// In order.
    pub looks: Vec<Look>,
    /// What did not hold.
    pub why: Vec<String>,
}

/// Leads two people through so many captures at a kiosk of its own. `program` is this program, which stands in for the
/// sensor with `sensor`. `said` is told each look.
///
/// # Errors
/// When the kiosk cannot be set up, or a capture does not end with a co-signature.
pub async fn run(
    captures: u32,
    program: &Path,
    mut said: impl FnMut(&Look) -> anyhow::Result<()>,
) -> anyhow::Result<Soak> {
    let folder = tempfile::tempdir()?;
    let mut sections = toml::toml! {
        [api.limits]
        writes_a_minute = 1000000
        writes_a_minute_each = 1000000
        requests_an_hour_each = 1000000
    };
    sections.insert("sensor".into(), stand_in::section(program));
    let cast = Cast::new()?;
    let options = Options { sections, ..Options::default() };
    let mut stage = Box::pin(Stage::set_up(folder.path(), &cast, &options)).await?;
    let process = stage.daemon().id();
    let state = stage.folder().join("state");
    let rehearsal = Box::pin(Rehearsal::new(stage, cast, attacks::people().to_vec())).await?;
    let client = &rehearsal.stage().client;

    let every = (captures / LOOKS).max(1);
    let (mut done, mut looks, begun) = (0, Vec::new(), Instant::now());
    while done < captures {
        let request = rehearsal.submit().await?;
        for person in rehearsal.people() {
            let source = Some(visit::replayed_subject(&person.subject));
            let seen = visit::approve(client, &request, &person.key, source, visit::unseen).await?;
            anyhow::ensure!(
                matches!(seen.ending, Ending::CoSigned(_)),
                "capture {} ended otherwise: {:?}, {:?}",
                done + 1,
                seen.refused().map(|refused| &refused.text),
                seen.failed_gates()
            );
            done += 1;
            if done % every == 0 || done >= captures {
                let Usage { memory_mib, files, state_mb } = Usage::of(process, &state)?;
                let look = Look { captures: done, memory_mib, files, state_mb };
                said(&look)?;
                looks.push(look);
            }
        }
    }
    let each_s = begun.elapsed().as_secs_f64() / f64::from(done);
    judge(done, each_s, looks)
}

fn judge(captures: u32, each_s: f64, looks: Vec<Look>) -> anyhow::Result<Soak> {
    let settled: Vec<_> =
        looks.iter().filter(|look| f64::from(look.captures) > f64::from(captures) * SETTLING).collect();
    let first = *settled.first().context("nothing was captured")?;
    let each_kib = slope(&settled) * 1024.0;
    let mut why = Vec::new();
    for look in &settled {
        let more = f64::from(look.captures - first.captures);
        let allowed = first.memory_mib + GROWS_MIB + more * EACH_KIB / 1024.0;
        if look.memory_mib > allowed {
            let Look { captures, memory_mib, .. } = look;
            why.push(format!("{memory_mib:.0} MiB after {captures} captures, {allowed:.0} MiB is the bound"));
        }
        if look.files > first.files + FILES {
            why.push(format!(
                "{} open files after {} captures, {} after {}",
                look.files, look.captures, first.files, first.captures
            ));
        }
    }
    Ok(Soak { ok: why.is_empty(), captures, each_s, each_kib, looks, why })
}

/// MiB a capture: least squares.
fn slope(looks: &[&Look]) -> f64 {
    let count = looks.len().max(1) as f64;
    let mean = |of: fn(&Look) -> f64| looks.iter().map(|look| of(look)).sum::<f64>() / count;
    let (x, y) = (mean(|look| f64::from(look.captures)), mean(|look| look.memory_mib));
    let (mut together, mut alone) = (0.0, 0.0);
    for look in looks {
        let from = f64::from(look.captures) - x;
        together += from * (look.memory_mib - y);
        alone += from * from;
    }
    if alone > 0.0 { together / alone } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn looks(memory: impl Fn(u32) -> f64, files: impl Fn(u32) -> usize) -> Vec<Look> {
        let look =
            |captures| Look { captures, memory_mib: memory(captures), files: files(captures), state_mb: 1.0 };
        (1..=20).map(|place| look(place * 500)).collect()
    }

    #[test]
    fn what_grows_with_every_capture_is_found_and_what_settles_is_not() {
        let flat =
            judge(10_000, 1.0, looks(|done| 80.0 + f64::from(done.min(1500)) / 100.0, |_| 40)).unwrap();
        assert!(flat.ok && flat.each_kib.abs() < 0.1, "{flat:?}");
        let leaks = judge(10_000, 1.0, looks(|done| 80.0 + f64::from(done) * 0.01, |_| 40)).unwrap();
        assert!(!leaks.ok && (leaks.each_kib - 10.24).abs() < 0.1, "{leaks:?}");
        let handles = judge(10_000, 1.0, looks(|_| 80.0, |done| 40 + done as usize / 500)).unwrap();
        assert!(!handles.ok, "{handles:?}");
    }
}
