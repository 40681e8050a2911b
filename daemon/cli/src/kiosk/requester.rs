//! `wetsign requester`: who asks, as whoever runs the kiosk says it.

use clap::{Args, Subcommand};
use serde_json::{Value, json};
use wetsign_api::v1;
use wetsign_attest::Signed;
use wetsign_attest::object::Registration;

use super::address::{Address, refused};
use super::words::key_bytes;
use crate::output::{Answer, Outcome, plain};

/// `wetsign requester`.
#[derive(Debug, Args)]
pub struct RequesterArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: RequesterCommand,
}

/// Commands of `wetsign requester`.
#[derive(Debug, Subcommand)]
pub enum RequesterCommand {
    /// Say who a requester is, and what they may ask for. People see this name, and not the one in the request.
    Register {
        /// Their public key, hexadecimal.
        #[arg(long, value_name = "KEY")]
        key: String,
        /// Who they are.
        #[arg(long)]
        name: String,
        /// Where a person can reach them.
        #[arg(long)]
        contact: String,
        /// A purpose that they may ask for (repeatable).
        #[arg(long = "purpose", value_name = "PURPOSE", required = true)]
        purposes: Vec<String>,
        /// For how many days.
        #[arg(long, default_value_t = 365)]
        days: u32,
    },
    /// Everybody who is registered.
    List,
    /// Take a registration away.
    Remove {
        /// Their public key, hexadecimal.
        #[arg(long, value_name = "KEY")]
        key: String,
    },
}

/// Runs a command of `wetsign requester`.
pub async fn run(command: &RequesterCommand, kiosk: &Address) -> anyhow::Result<Answer> {
    match command {
        RequesterCommand::Register { key, name, contact, purposes, days } => {
            let ask = v1::RegisterRequester {
                requester_key: key_bytes(key)?,
                name: name.clone(),
                contact: contact.clone(),
                purposes: purposes.clone(),
                days: *days,
            };
            let kept = kiosk.connect().await?.requesters().register(ask).await.map_err(refused)?.into_inner();
            let kept = Signed::<Registration>::decode(&kept.registration)?;
            let json = json!({ "ok": true, "registration": kept.payload() });
            Ok(yes(format!("registered: {}\n", line(kept.payload())), json))
        }
        RequesterCommand::List => {
            let client = kiosk.connect().await?;
            let (mut registrations, mut page) = (Vec::new(), Vec::new());
            // One message does not hold them all.
            loop {
                let list = client.requesters().list(v1::ListRequesters { page }).await;
                let list = list.map_err(refused)?.into_inner();
                registrations.extend(list.registrations);
                page = list.next_page;
                if page.is_empty() {
                    break;
                }
            }
            let known = registrations
                .iter()
                .map(|bytes| Ok(Signed::<Registration>::decode(bytes)?.into_payload()))
                .collect::<anyhow::Result<Vec<_>>>()?;
            let mut text: String = known.iter().map(|one| line(one) + "\n").collect();
            if known.is_empty() {
                text.push_str("nobody is registered here\n");
            }
            Ok(yes(text, json!({ "ok": true, "requesters": known })))
        }
        RequesterCommand::Remove { key } => {
            let ask = v1::RequesterKey { key: key_bytes(key)? };
            kiosk.connect().await?.requesters().remove(ask).await.map_err(refused)?;
            Ok(yes("removed\n".into(), json!({ "ok": true })))
        }
    }
}

fn line(one: &Registration) -> String {
    format!(
        "{}  {} ({}): {}",
        one.requester,
        plain(&one.name),
        plain(&one.contact),
        plain(&one.purposes.join(", "))
    )
}

fn yes(text: String, json: Value) -> Answer {
    Answer { outcome: Outcome::Yes, text, json }
}
