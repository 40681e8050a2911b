//! `wetsign status` and `wetsign devices`.

use std::fmt::Write as _;

use serde_json::{Map, Value, json};
use wetsign_api::{Client, v1};
use wetsign_attest::evm::EvmAddress;

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
    let agreed = status.agreed.as_ref().map(agreed);
    for (name, value) in agreed.iter().flatten() {
        let value = value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned);
        let _ = writeln!(text, "agreed {:<15} {value}", name.replace('_', " "));
    }
    let identity: Map<String, Value> =
        names.iter().map(|(name, bytes)| ((*name).clone(), json!(shown(name, bytes)))).collect();
    let memory: Vec<_> =
        status.memory.iter().map(|m| json!({ "process": m.process, "peak_kib": m.peak_kib })).collect();
    let json = json!({
        "ok": ready, "state": status.state, "caveats": status.caveats, "version": status.version,
        "epoch": status.epoch, "enrolments": status.enrolments, "log_size": status.log_size, "memory": memory,
        "identity": identity, "agreed": agreed,
    });
    Ok(Answer { outcome: Outcome::of(ready), text, json })
}

/// What the protocol's governance agreed on, as registrars read it from a chain.
fn agreed(agreed: &v1::AgreedParameters) -> Map<String, Value> {
    let all = |list: &[Vec<u8>]| list.iter().map(hex::encode).collect::<Vec<_>>().join(" ");
    let rows = json!({
        "chain": agreed.chain_id,
        "block": agreed.block,
        "block_hash": format!("0x{}", hex::encode(&agreed.hash)),
        "from_epoch": agreed.from_epoch,
        "kiosks": agreed.kiosks,
        "operators": agreed.operators,
        "least_face": agreed.least_face,
        "least_voice": agreed.least_voice,
        "operator_stake": plain(&agreed.least_operator),
        "kiosk_stake": plain(&agreed.least_kiosk),
        "validator_stake": plain(&agreed.least_validator),
        "keys": all(&agreed.keys),
        "models": all(&agreed.models),
    });
    rows.as_object().cloned().unwrap_or_default()
}

/// The log's origin is a line of text, a kiosk's account on a chain an address; everything else is key or digest.
fn shown(name: &str, bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) if name == "log-origin" => plain(text),
        _ => match (name, <[u8; 20]>::try_from(bytes)) {
            ("settlement", Ok(account)) => EvmAddress(account).to_string(),
            _ => hex::encode(bytes),
        },
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
