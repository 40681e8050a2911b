//! Strangers take all that they can get from a kiosk: on loopback, bounded in count and time, with our own daemon only.
//!
//! Beside each attack an honest client goes on asking, over the Unix socket and over TLS from another address. What it
//! notices, what the attack costs in memory and disk, and whether all of it comes back afterwards, is one row.
//!
//! - [`door`]: the kiosk's door with certificates, and strangers from as many addresses as they like.
//! - [`attacks`]: what they do there. [`disk`]: the same with a disk that fills up.
//! - [`beside`]: the honest client, and what the kiosk's process takes meanwhile.

pub mod attacks;
pub mod beside;
pub mod disk;
pub mod door;
mod kiosk;
mod scale;

pub use kiosk::{MEMORY, Siege};
pub use scale::Scale;

use std::time::Duration;

use beside::{Noticed, Usage};
use serde::Serialize;

/// What an honest client may notice: the 99th percentile of its calls.
pub const SLOWEST: Duration = Duration::from_millis(100);
/// How long everything may take to be given back.
pub const BACK: Duration = Duration::from_secs(10);

/// One attack and what came of it.
#[derive(Debug, Clone, Serialize)]
pub struct Row {
    /// Its name.
    pub name: String,
    /// Whether everything held.
    pub ok: bool,
    /// Could not be tried here.
    pub skipped: bool,
    /// What did not hold, or why it was skipped.
    pub why: String,
    /// What was tried, in numbers.
    pub tried: String,
    /// The honest client's calls.
    pub calls: usize,
    /// Its middle and 99th percentile, milliseconds.
    pub p50_ms: f64,
    /// The same, its slowest but one in a hundred.
    pub p99_ms: f64,
    /// The daemon's memory at rest and at its peak, MiB.
    pub rest_mib: f64,
    /// At its peak.
    pub peak_mib: f64,
    /// What the state folder grew by, MB.
    pub disk_mb: f64,
    /// Seconds until memory and connections were back at rest.
    pub back_s: f64,
}

impl Siege {
    /// Lets `attack` run, asks beside it, waits for rest, and judges.
    pub async fn row(
        &mut self,
        name: &str,
        disk_mb: f64,
        attack: impl AsyncFnOnce(&Self) -> anyhow::Result<String>,
    ) -> anyhow::Result<Row> {
        let process = self.stage.daemon().id();
        let state = self.stage.folder().join("state");
        // At rest is after honest work, not after the start.
        beside::ask(self, 40).await?;
        let rest = Usage::of(process, &state)?;
        let beside = beside::Beside::begin(self, process)?;
        let tried = attack(&*self).await;
        let Noticed { mut took, failed, peak_mib } = beside.end().await;
        let back = beside::back_to_rest(self, process, &rest, BACK).await?;
        let after = Usage::of(process, &state)?;
        let grown_mb = after.state_mb - rest.state_mb;

        took.sort_unstable();
        let percentile = |share: f64| {
            let at = ((took.len() as f64 * share).ceil() as usize).saturating_sub(1);
            took.get(at).map_or(f64::INFINITY, |took| took.as_secs_f64() * 1000.0)
        };
        let (p50_ms, p99_ms) = (percentile(0.5), percentile(0.99));
        let mut why = Vec::new();
        if let Some(error) = tried.as_ref().err() {
            why.push(format!("{error:#}"));
        }
        if let Some(error) = failed.first() {
            why.push(format!("{} honest calls failed: {error}", failed.len()));
        }
        if took.len() < 20 || p99_ms > SLOWEST.as_secs_f64() * 1000.0 {
            why.push(format!("p99 of {} honest calls is {p99_ms:.0} ms", took.len()));
        }
        if peak_mib > rest.memory_mib * MEMORY {
            why.push(format!("memory rose from {:.0} to {peak_mib:.0} MiB", rest.memory_mib));
        }
        if grown_mb > disk_mb {
            why.push(format!("the disk grew by {grown_mb:.1} MB, {disk_mb} are the bound"));
        }
        if back > BACK {
            why.push(format!("not back at rest after {} s", BACK.as_secs()));
        }
        Ok(Row {
            name: name.to_owned(),
            ok: why.is_empty(),
            skipped: false,
            why: why.join("; "),
            tried: tried.unwrap_or_default(),
            calls: took.len(),
            p50_ms,
            p99_ms,
            rest_mib: rest.memory_mib,
            peak_mib,
            disk_mb: grown_mb,
            back_s: back.as_secs_f64(),
        })
    }
}

/// Every attack, or those that are named; each row is handed to `say` as it comes.
pub async fn run(
    scale: Scale,
    only: &[String],
    say: impl Fn(&Row) -> anyhow::Result<()>,
) -> anyhow::Result<Vec<Row>> {
    let wanted = |name: &str| only.is_empty() || only.iter().any(|wanted| wanted == name);
    let mut rows = Vec::new();
    let mut keep = |row: Row| {
        say(&row)?;
        rows.push(row);
        anyhow::Ok(())
    };
    let first = ["silent", "unread-gets", "unread-lists", "watchers", "submits-in-flight"];
    if first.iter().any(|name| wanted(name)) {
        let folder = tempfile::tempdir()?;
        let mut siege = Siege::begin(folder.path(), toml::Table::new(), 60).await?;
        for name in first.into_iter().filter(|name| wanted(name)) {
            // Submits write; nothing else does.
            let disk_mb = if name == "submits-in-flight" { 40.0 } else { 4.0 };
            keep(match name {
                "silent" => {
                    siege.row(name, disk_mb, async |siege| attacks::silent(siege, scale).await).await?
                }
                "unread-gets" => {
                    siege.row(name, disk_mb, async |siege| attacks::unread_gets(siege, scale).await).await?
                }
                "unread-lists" => {
                    siege.row(name, disk_mb, async |siege| attacks::unread_lists(siege, scale).await).await?
                }
                "watchers" => {
                    siege.row(name, disk_mb, async |siege| attacks::watchers(siege, scale).await).await?
                }
                _ => {
                    siege
                        .row(name, disk_mb, async |siege| attacks::submits_in_flight(siege, scale).await)
                        .await?
                }
            })?;
        }
    }
    if wanted("flood") {
        let most_mb = 16;
        let sections = toml::toml! {
            [disk]
            most_mb = 16
            [api.limits]
            writes_a_minute = 100000
            writes_a_minute_each = 100000
            requests_an_hour_each = 1000000
        };
        let folder = tempfile::tempdir()?;
        let mut siege = Siege::begin(folder.path(), sections, 4).await?;
        keep(
            siege
                .row("flood", f64::from(most_mb) + 2.0, async |siege| attacks::flood(siege, scale).await)
                .await?,
        )?;
    }
    if wanted("disk-full") {
        keep(disk_full().await?)?;
    }
    Ok(rows)
}

async fn disk_full() -> anyhow::Result<Row> {
    let row = |ok, skipped, why: String, tried| Row {
        name: "disk-full".into(),
        ok,
        skipped,
        why,
        tried,
        calls: 0,
        p50_ms: 0.0,
        p99_ms: 0.0,
        rest_mib: 0.0,
        peak_mib: 0.0,
        disk_mb: 0.0,
        back_s: 0.0,
    };
    let folder = tempfile::tempdir()?;
    // The element paired with a state folder: the disk has to be there first, and to go last.
    let Some(_disk) = disk::SmallDisk::mount(&folder.path().join("state"))? else {
        return Ok(row(
            true,
            true,
            "skipped: a small disk cannot be mounted here (only root may)".into(),
            String::new(),
        ));
    };
    let mut siege = Siege::begin(folder.path(), toml::Table::new(), 0).await?;
    Ok(match disk::full(&mut siege).await {
        Ok(tried) => row(true, false, String::new(), tried),
        Err(error) => row(false, false, format!("{error:#}"), String::new()),
    })
}
