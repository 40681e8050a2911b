//! `wetsign pairing`: people's own devices, at the kiosk.

use anyhow::{Context, bail};
use clap::{Args, Subcommand};
use qrcode::{EcLevel, QrCode, render::unicode::Dense1x2};
use serde_json::{Value, json};
use wetsign_api::v1::{self, session_event::Event};

use super::address::{Address, refused};
use super::session::shown;
use super::source::SourceArgs;
use super::words::{DAY, id_bytes, key_bytes, moment};
use crate::output::{Answer, Outcome, Terminal, ask, plain};

/// `wetsign pairing`.
#[derive(Debug, Args)]
pub struct PairingArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: PairingCommand,
}

/// Commands of `wetsign pairing`.
#[derive(Debug, Subcommand)]
pub enum PairingCommand {
    /// Pair a device of an enrolled person, who looks into the camera first. Shows a picture for the device to read,
    /// then six digits to compare. Exit: 0 paired, 2 refused, 1 error.
    Start {
        /// Public key of the enrolled validator, hexadecimal: the device has to have it.
        #[arg(long, value_name = "KEY")]
        validator: String,
        #[command(flatten)]
        source: SourceArgs,
    },
    /// Say whether the digits agree, for a pairing that another program follows.
    Compare {
        /// They agree.
        #[arg(long, conflicts_with = "different", required_unless_present = "different")]
        same: bool,
        /// They do not: nobody is paired.
        #[arg(long)]
        different: bool,
    },
    /// Devices that were ever paired here, newest first.
    List {
        /// Of this validator alone.
        #[arg(long, value_name = "KEY")]
        validator: Option<String>,
    },
    /// End a pairing, at once: the device is let in no more.
    End {
        /// Pairing id, hexadecimal, as `list` shows it.
        id: String,
        /// Kept in the log.
        #[arg(long, default_value = "no reason given")]
        reason: String,
    },
}

/// Runs a command of `wetsign pairing`.
pub async fn run(command: &PairingCommand, kiosk: &Address, terminal: &Terminal) -> anyhow::Result<Answer> {
    match command {
        PairingCommand::Start { validator, source } => {
            if terminal.json {
                bail!(
                    "--json asks nobody: follow the pairing with a program of your own, and `wetsign pairing compare`"
                );
            }
            start(validator, source, kiosk, terminal).await
        }
        PairingCommand::Compare { same, .. } => {
            let word = v1::PairingComparison { same: *same };
            kiosk.connect().await?.pairings().compare(word).await.map_err(refused)?;
            Ok(yes("noted\n".into(), json!({ "ok": true })))
        }
        PairingCommand::List { validator } => list(validator.as_deref(), kiosk).await,
        PairingCommand::End { id, reason } => {
            let ask = v1::RevokePairing { pairing: id_bytes(id)?, reason: reason.clone() };
            kiosk.connect().await?.pairings().revoke(ask).await.map_err(refused)?;
            Ok(yes("ended\n".into(), json!({ "ok": true })))
        }
    }
}

fn yes(text: String, json: Value) -> Answer {
    Answer { outcome: Outcome::Yes, text, json }
}

async fn start(
    validator: &str,
    source: &SourceArgs,
    kiosk: &Address,
    terminal: &Terminal,
) -> anyhow::Result<Answer> {
    let ask_for = v1::StartPairing { validator_key: key_bytes(validator)?, source: source.message()? };
    let client = kiosk.connect().await?;
    let mut events = client.pairings().start(ask_for).await.map_err(refused)?.into_inner();
    let mut end = None;
    while let Some(event) = events.message().await.map_err(refused)? {
        if let Some(Event::Invitation(invitation)) = &event.event {
            let text = format!("{}\n{}", picture(&invitation.text)?, plain(&invitation.text));
            terminal.event(&text, &json!({ "invitation": invitation.text, "until": invitation.until }))?;
            continue;
        }
        let Some((text, json)) = shown(&event, terminal) else { continue };
        terminal.event(&text, &json)?;
        match &event.event {
            Some(Event::Code(_)) => {
                let same = ask("Does the device show the same six digits? [y/N] ").await?;
                let word = v1::PairingComparison { same };
                client.pairings().compare(word).await.map_err(refused)?;
            }
            Some(Event::Paired(paired)) => {
                let id = hex::encode(&paired.pairing);
                end = Some(yes(format!("paired: {id}\n"), json!({ "ok": true, "pairing": id })));
            }
            Some(Event::Refused(why)) if end.is_none() => {
                let json = json!({ "ok": false, "refused": why.code, "text": why.text });
                end = Some(Answer { outcome: Outcome::No, text: "not paired\n".into(), json });
            }
            _ => {}
        }
    }
    end.context("the pairing ended without a word")
}

/// A QR code of half blocks, dark on light whatever the terminal's colours are.
fn picture(text: &str) -> anyhow::Result<String> {
    let code = QrCode::with_error_correction_level(text, EcLevel::L).context("no picture can be made")?;
    Ok(code.render::<Dense1x2>().dark_color(Dense1x2::Light).light_color(Dense1x2::Dark).build())
}

fn line(device: &v1::PairingEntry) -> String {
    let state = if device.ended > 0 {
        format!("ended {}", moment(device.ended, DAY))
    } else {
        format!("until {}", moment(device.until, DAY))
    };
    let (id, key) = (hex::encode(&device.pairing), hex::encode(&device.validator_key));
    format!("{id}  {}  {state}  of {key}\n", plain(&device.label))
}

async fn list(validator: Option<&str>, kiosk: &Address) -> anyhow::Result<Answer> {
    let validator_key = validator.map(key_bytes).transpose()?.unwrap_or_default();
    let ask = v1::ListPairings { validator_key };
    let list = kiosk.connect().await?.pairings().list(ask).await.map_err(refused)?.into_inner().pairings;
    let mut text: String = list.iter().map(line).collect();
    if list.is_empty() {
        text.push_str("no device was paired here\n");
    }
    let rows: Vec<Value> = list
        .iter()
        .map(|device| {
            json!({ "pairing": hex::encode(&device.pairing), "validator": hex::encode(&device.validator_key),
                "label": device.label, "time": device.time, "until": device.until, "ended": device.ended })
        })
        .collect();
    Ok(yes(text, json!({ "ok": true, "pairings": rows })))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_invitation_fits_on_a_terminal() {
        let text =
            format!("https://a-kiosk.with-a-long-name.example:7444#wetsign-pair-1.{}", "A".repeat(190));
        let drawn = picture(&text).unwrap();
        let (rows, columns) = (drawn.lines().count(), drawn.lines().map(|line| line.chars().count()).max());
        assert!(rows <= 40 && columns.unwrap() <= 80, "{rows} × {columns:?}");
    }
}
