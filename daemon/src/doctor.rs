//! `wetsignd doctor`: what is in force around the sensor program on this machine, and what is missing and why.

use anyhow::Result;
use wetsignd::{
    config::Config,
    sensor::{self, Sensor},
};

/// What each layer takes away.
const LAYERS: [(&str, &str); 6] = [
    ("network", "it has no network: nothing leaves, no name is looked up"),
    ("files", "it reads libraries, networks and devices alone, and writes to video nodes and /dev/snd alone"),
    (
        "recordings-read",
        "it writes to video nodes and /dev/snd alone, but reads everything: recordings are accepted",
    ),
    ("ioctl", "it drives no other device that it was handed"),
    ("signals", "it signals nobody outside"),
    ("system-calls", "it makes and connects no socket, starts no program, looks into no other process"),
];

/// Starts the sensor program as `wetsignd run` would, without networks, and prints what it says. Whether nothing is
/// missing that every supported kernel has.
pub async fn run(config: &Config, sensor: &Sensor, json: bool) -> Result<bool> {
    let ready = sensor.ready().await?;
    let missing = sensor::missing(&ready.in_force);
    let ok = missing.is_empty();
    if json {
        let report = serde_json::json!({
            "ok": ok, "sensor": config.sensor_program(), "version": ready.version,
            "in_force": ready.in_force, "missing": missing, "confinement": ready.confinement,
        });
        super::say_json(&report)?;
        return Ok(ok);
    }
    let program = config.sensor_program();
    super::say(&format!(
        "sensor program {}, version {}\n{}\n",
        program.display(),
        ready.version,
        ready.confinement
    ))?;
    for (name, takes) in LAYERS.iter().filter(|(name, _)| ready.in_force.iter().any(|held| held == name)) {
        super::say(&format!("    {name:<15}  {takes}\n"))?;
    }
    Ok(ok)
}
