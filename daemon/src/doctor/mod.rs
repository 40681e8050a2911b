//! `wetsignd doctor`: is this machine fit to be a kiosk, and what helps where it is not?
//!
//! It changes nothing: no folder, no key, no pairing. While a daemon runs, the daemon is asked; else what can be looked
//! at without one is looked at.

mod files;
mod line;
mod machine;
mod sensor;

use anyhow::Result;
use wetsignd::{config::Config, sensor::Sensor};

use crate::finding;

/// Looks at everything, and prints it. Whether nothing is amiss.
pub async fn run(config: &Config, sensor: Option<Sensor>, json: bool) -> Result<bool> {
    let mut findings = machine::look(config);
    findings.extend(files::look(config));
    let (seen, beside) = sensor::look(config, sensor).await;
    findings.extend(seen);
    findings.extend(line::look(config).await);
    finding::tell(&findings, beside, json)
}
