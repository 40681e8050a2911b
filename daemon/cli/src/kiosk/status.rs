//! `wetsign status` and `wetsign devices`.

use std::fmt::Write as _;

use serde_json::{Map, Value, json};
use wetsign_api::{Client, v1};

use super::address::refused;
use crate::output::{Answer, Outcome, Terminal, plain};

/// Is the kiosk ready?
pub async fn status(client: &Client, terminal: &Terminal) -> anyhow::Result<Answer> {
    let status = client.kiosk().status(v1::StatusRequest {}).await.map_err(refused)?.into_inner();
    let ready = status.state == "ready";
    let state = plain(&status.state);
    let mut text = format!("{}\n", if ready { terminal.good(&state) } else { terminal.bad(&state) });
    for caveat in &status.caveats {
        let _ = writeln!(text, "  not the real thing: {}", plain(caveat));
    }
    let _ = writeln!(text, "version     {}", plain(&status.version));
    let _ = writeln!(text, "epoch       {}", status.epoch);
    let _ = writeln!(text, "enrolments  {}", status.enrolments);
    let _ = writeln!(text, "log         {} entries", status.log_size);
    for memory in &status.memory {
        let _ = writeln!(
            text,
            "memory      {} {} MiB at its peak",
            plain(&memory.process),
            memory.peak_kib / 1024
        );
    }
    let mut names: Vec<_> = status.identity.iter().collect();
    names.sort();
    for (name, bytes) in &names {
        let _ = writeln!(text, "{:<22} {}", plain(name), shown(name, bytes));
    }
    let identity: Map<String, Value> =
        names.iter().map(|(name, bytes)| ((*name).clone(), json!(shown(name, bytes)))).collect();
    let memory: Vec<_> =
        status.memory.iter().map(|m| json!({ "process": m.process, "peak_kib": m.peak_kib })).collect();
    let json = json!({
        "ok": ready, "state": status.state, "caveats": status.caveats, "version": status.version,
        "epoch": status.epoch, "enrolments": status.enrolments, "log_size": status.log_size, "memory": memory,
        "identity": identity,
    });
    Ok(Answer { outcome: Outcome::of(ready), text, json })
}

/// The log's origin is a line of text; everything else is key or digest.
fn shown(name: &str, bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) if name == "log-origin" => plain(text),
        _ => hex::encode(bytes),
    }
}

/// What can see and hear, and what cannot.
pub async fn devices(client: &Client, terminal: &Terminal) -> anyhow::Result<Answer> {
    let devices = client.kiosk().devices(v1::DevicesRequest {}).await.map_err(refused)?.into_inner().devices;
    let all = !devices.is_empty() && devices.iter().all(|device| device.unusable.is_empty());
    let mut text = String::new();
    if devices.is_empty() {
        text.push_str("no camera and no microphone\n");
    }
    for device in &devices {
        let usable = device.unusable.is_empty();
        let mark = if usable { terminal.good("usable  ") } else { terminal.bad("unusable") };
        let _ = writeln!(
            text,
            "{mark}  {:<10}  {}  {}",
            plain(&device.kind),
            plain(&device.id),
            plain(&device.name)
        );
        if !usable {
            let _ = writeln!(text, "          {}", plain(&device.unusable));
        }
        for format in &device.formats {
            let _ = writeln!(text, "          {}", plain(format));
        }
    }
    let list: Vec<_> = devices
        .iter()
        .map(|d| json!({ "kind": d.kind, "id": d.id, "name": d.name, "formats": d.formats, "unusable": d.unusable }))
        .collect();
    Ok(Answer { outcome: Outcome::of(all), text, json: json!({ "ok": all, "devices": list }) })
}
