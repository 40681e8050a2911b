//! The sensor program: what confines it, and which cameras and microphones it can use.

use serde_json::{Map, Value, json};
use wetsignd::{
    config::Config,
    sensor::{self, Sensor},
};

use crate::finding::Finding;

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

/// Starts the sensor program as `wetsignd run` would, without networks. Beside the findings stands what it says of
/// itself: `sensor`, `version`, `in_force`, `missing`, `confinement`.
pub(super) async fn look(config: &Config, sensor: Option<Sensor>) -> (Vec<Finding>, Map<String, Value>) {
    let program = config.sensor_program();
    let remedy = "name the program with sensor.program; `wetsignd devices` says more";
    let Some(sensor) = sensor else {
        let found = format!("no program lies at {}", program.display());
        return (vec![Finding::amiss("sensor program", found, remedy)], Map::new());
    };
    let ready = match sensor.ready().await {
        Ok(ready) => ready,
        Err(error) => {
            return (vec![Finding::amiss("sensor program", error.to_string(), remedy)], Map::new());
        }
    };
    let missing = sensor::missing(&ready.in_force);
    let mut beside = Map::new();
    for (name, value) in [
        ("sensor", json!(program)),
        ("version", json!(ready.version)),
        ("in_force", json!(ready.in_force)),
        ("missing", json!(missing)),
        ("confinement", json!(ready.confinement)),
    ] {
        beside.insert(name.into(), value);
    }
    let mut findings =
        vec![Finding::well("sensor program", format!("{}, version {}", program.display(), ready.version))];
    for (name, takes) in LAYERS.iter().filter(|(name, _)| ready.in_force.iter().any(|held| held == name)) {
        findings.push(Finding::well(format!("confined by {name}"), *takes));
    }
    for name in missing {
        let remedy =
            "every kernel that is supported has it: it may be switched off, or a container forbids it";
        findings.push(Finding::amiss(
            format!("confined by {name}"),
            format!("it is not: {}", ready.confinement),
            remedy,
        ));
    }
    findings.extend(devices(config, &sensor).await);
    (findings, beside)
}

async fn devices(config: &Config, sensor: &Sensor) -> Vec<Finding> {
    let found = match sensor.devices().await {
        Ok(found) => found,
        Err(error) => {
            return vec![Finding::amiss("devices", error.to_string(), "`wetsignd devices` says more")];
        }
    };
    let cameras = found.cameras.iter().map(|c| ("camera", &c.name, &c.label, &c.formats, &c.unusable));
    let microphones =
        found.microphones.iter().map(|m| ("microphone", &m.name, &m.label, &m.formats, &m.unusable));
    let (mut findings, mut usable) = (Vec::new(), Vec::new());
    for (kind, id, label, formats, unusable) in cameras.chain(microphones) {
        let name = format!("{kind} {id}");
        findings.push(if unusable.is_empty() {
            usable.push(kind);
            Finding::well(name, format!("{label}: {}", formats.join(", ")))
        } else {
            Finding::doubt(
                name,
                format!("{label}: {unusable}"),
                "another one will do; `wetsignd devices` lists all",
            )
        });
    }
    for (kind, group) in [("camera", "video"), ("microphone", "audio")] {
        if usable.contains(&kind) {
            continue;
        }
        let remedy = format!(
            "plug one in, and put the daemon's user into the group {group} (`usermod -aG {group} USER`)"
        );
        let found = "none here can be used";
        findings.push(if config.sensor.allow_simulated {
            Finding::doubt(kind, format!("{found}; recordings may stand for one"), remedy)
        } else {
            Finding::amiss(kind, found, remedy)
        });
    }
    findings
}
