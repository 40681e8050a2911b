//! A device is paired with a kiosk: it reads the picture, shows six digits, asks, and keeps its certificate.

use std::time::Duration;

use anyhow::{Context, anyhow, bail};
use rcgen::{KeyPair, PublicKeyData};
use serde_json::json;
use wetsign_api::{Client, Pinned, v1};
use wetsign_attest::Signed;
use wetsign_attest::object::Custody;
use wetsign_pair::line::Packet;
use wetsign_pair::{Back, Device as Side, Invitation, Own, SealKey};
use wetsign_program::clock;
use zeroize::Zeroizing;

use super::device::Device;
use super::paired::Paired;
use super::way::{Away, Meeting};
use crate::kiosk::address::refused;
use crate::output::{Answer, Outcome, Terminal, ask, plain};

/// Between two questions whether the person at the kiosk said yes.
const AGAIN: Duration = Duration::from_millis(500);
/// How often a kiosk is asked again that is not at its relay: ten seconds long.
const TRIES: u32 = 20;
/// How long the person at the kiosk has for it.
const PATIENCE: Duration = Duration::from_secs(150);

/// Pairs.
pub(super) async fn pair(
    device: &Device,
    invitation: &str,
    label: &str,
    yes: bool,
    terminal: &Terminal,
) -> anyhow::Result<Answer> {
    let invitation = Invitation::read(invitation)?;
    let authority = invitation.certificate().copied();
    let address = invitation.address().to_owned();
    let name = invitation.name();
    let (seal, tls) = (SealKey::fresh(), KeyPair::generate().context("no key can be made")?);
    let mut drawn = Zeroizing::new([0; 32]);
    getrandom::fill(drawn.as_mut()).context("the operating system gives no random bytes")?;
    let own = Own {
        validator: device.passkey().public(),
        custody: Custody::SoftwarePasskey,
        label: label.to_owned(),
        certified: tls.subject_public_key_info(),
    };
    let (mut side, hello) = Side::answer(invitation, &seal, own, drawn, clock::now()?)?;

    let host = match (Meeting::at(&address)?, authority) {
        (Some(meeting), _) => Host::Relay(meeting),
        (None, Some(authority)) => {
            Host::Door(Client::connect_device(&address, &Pinned { authority, identity: None }).await?)
        }
        (None, None) => bail!("the picture does not say which certificate is the kiosk's"),
    };
    let number = host.say(&name, hello).await?;
    let (ours, digits) = side.number(&number, clock::now()?)?;
    host.say(&name, ours).await?;
    let text =
        format!("{}\nThe kiosk has to show the same six digits.", terminal.bold(&format!("Code: {digits}")));
    terminal.event(&text, &json!({ "digits": digits }))?;
    if !yes && !ask("Does the kiosk show the same six digits? [y/N] ").await? {
        bail!("not paired: you did not say that the digits agree");
    }

    let pairing = side.pairing().context("the kiosk showed no number")?.clone();
    let answer = device
        .passkey()
        .assert(&Signed::challenge(&pairing)?)
        .map_err(|why| anyhow!("no assertion: {why}"))?;
    let signed = Signed::by_passkey(&pairing, &answer)?;
    let word = side.word(signed.bytes())?;
    terminal.event("Waiting for your word at the kiosk.", &json!({ "waiting": "kiosk" }))?;
    let granted = tokio::time::timeout(PATIENCE, granted(&host, &name, word)).await;
    let granted = side.granted(&granted.context("nobody at the kiosk said that the digits agree")??)?;
    if matches!(host, Host::Relay(_)) && granted.lasting.is_none() {
        bail!("the kiosk gave no key for what is said through a relay: it has to be of this version too");
    }
    let key = Zeroizing::new(tls.serialize_der());
    Paired::new(&address, authority, &pairing.kiosk, &granted, key, &seal).keep(device.path())?;
    let id = signed.id().to_string();
    let json = json!({ "ok": true, "pairing": id, "kiosk": address, "until": pairing.until });
    let text = format!(
        "paired with {address}: {id}\nwhat is kept of it lies beside the passkey's file; now: wetsign companion run\n"
    );
    Ok(Answer { outcome: Outcome::Yes, text, json })
}

/// Where the kiosk is spoken with.
enum Host {
    Door(Client),
    Relay(Meeting),
}

impl Host {
    async fn say(&self, name: &[u8; 32], sealed: Vec<u8>) -> anyhow::Result<Vec<u8>> {
        match self {
            Self::Door(client) => {
                let message = v1::PairingMessage { pairing: name.to_vec(), sealed };
                Ok(client.pairings().exchange(message).await.map_err(refused)?.into_inner().sealed)
            }
            Self::Relay(meeting) => {
                let packet = Packet::Pairing { name: *name, sealed: &sealed };
                let mut said = meeting.say(&packet).await;
                // A kiosk that has just lost its relay is back within seconds; the same bytes get the same answer.
                for _ in 0..TRIES {
                    match &said {
                        Err(why) if why.downcast_ref::<Away>().is_some() => tokio::time::sleep(AGAIN).await,
                        _ => break,
                    }
                    said = meeting.say(&packet).await;
                }
                match said? {
                    Back::Sealed(sealed) => Ok(sealed),
                    Back::Heard => Ok(Vec::new()),
                    Back::Refused(words) => bail!("the kiosk says: {}", plain(&words)),
                }
            }
        }
    }
}

/// Says the last word until the kiosk has its own.
async fn granted(host: &Host, name: &[u8; 32], word: Vec<u8>) -> anyhow::Result<Vec<u8>> {
    loop {
        let answer = host.say(name, word.clone()).await?;
        if !answer.is_empty() {
            return Ok(answer);
        }
        tokio::time::sleep(AGAIN).await;
    }
}
