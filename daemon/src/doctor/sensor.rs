//! The sensor program: what confines it, and which cameras and microphones it can use.

use serde_json::{Map, Value, json};
use wetsign_models::manifest::Manifest;
use wetsign_sensor_ipc::Microphone;
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

/// A microphone that hears less than this, decibels of full scale, is switched off, or a jack without one.
const NOTHING: f32 = -85.0;

/// Starts the sensor program as `wetsignd run` would, without networks. Beside the findings stands what it says of
/// itself: `sensor`, `version`, `in_force`, `missing`, `confinement`.
pub(super) async fn look(config: &Config, sensor: Option<Sensor>) -> (Vec<Finding>, Map<String, Value>) {
    let program = config.sensor.at().map_or_else(|| config.sensor_program(), Into::into);
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
    let found = match sensor.devices_and_levels().await {
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
    findings.extend(found.microphones.iter().filter_map(level));
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

/// How loud it is before a microphone that was listened to, and whether speech will stand out from it.
fn level(microphone: &Microphone) -> Option<Finding> {
    let level = microphone.level_db?;
    let name = format!("level of microphone {}", microphone.name);
    let found = format!("{level:.0} dB of full scale while nobody was asked to speak");
    let speech = Manifest::embedded().capture.speech;
    Some(if level < NOTHING {
        let remedy = "it is muted, turned down, or nothing is plugged in: `alsamixer`, capture (F4)";
        Finding::doubt(name, format!("it hears nothing: {found}"), remedy)
    } else if -speech.expected.get() - level < speech.noisy.get() {
        let remedy = "turn it down, or bring it nearer to the person's mouth and away from what is loud";
        Finding::doubt(name, format!("speech would hardly stand out: {found}"), remedy)
    } else {
        Finding::well(name, found)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::State;

    #[test]
    fn a_microphone_that_hears_nothing_and_one_in_noise_are_doubted() {
        let heard = |level_db| level(&Microphone { name: "hw:0".into(), level_db, ..Microphone::default() });
        assert_eq!(heard(None), None);
        for (level, state) in [(-120.0, State::Doubt), (-60.0, State::Well), (-20.0, State::Doubt)] {
            let finding = heard(Some(level)).unwrap();
            assert_eq!(finding.state, state, "{finding:?}");
        }
    }
}
