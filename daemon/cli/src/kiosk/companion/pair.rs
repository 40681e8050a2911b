//! A device is paired with a kiosk: it reads the picture, shows six digits, asks, and keeps its certificate.

use std::time::Duration;

use anyhow::{Context, anyhow, bail};
use rcgen::{KeyPair, PublicKeyData};
use serde_json::json;
use wetsign_api::{Client, Pinned, v1};
use wetsign_attest::Signed;
use wetsign_attest::object::Custody;
use wetsign_pair::{Device as Side, Invitation, Own, SealKey};
use zeroize::Zeroizing;

use super::device::Device;
use super::paired::Paired;
use crate::clock;
use crate::kiosk::address::refused;
use crate::output::{Answer, Outcome, Terminal, ask};

/// Between two questions whether the person at the kiosk said yes.
const AGAIN: Duration = Duration::from_millis(500);
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
    let authority =
        *invitation.certificate().context("the picture does not say which certificate is the kiosk's")?;
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

    let client = Client::connect_device(&address, &Pinned { authority, identity: None }).await?;
    let number = say(&client, &name, hello).await?;
    let (ours, digits) = side.number(&number, clock::now()?)?;
    say(&client, &name, ours).await?;
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
    let granted = tokio::time::timeout(PATIENCE, granted(&client, &name, word)).await;
    let granted = side.granted(&granted.context("nobody at the kiosk said that the digits agree")??)?;
    Paired::new(
        &address,
        authority,
        &pairing.kiosk,
        granted.bytes.0,
        Zeroizing::new(tls.serialize_der()),
        &seal,
    )
    .keep(device.path())?;
    let id = signed.id().to_string();
    let json = json!({ "ok": true, "pairing": id, "kiosk": address, "until": pairing.until });
    let text = format!(
        "paired with {address}: {id}\nits certificate lies beside the passkey's file; now: wetsign companion run\n"
    );
    Ok(Answer { outcome: Outcome::Yes, text, json })
}

async fn say(client: &Client, name: &[u8; 32], sealed: Vec<u8>) -> anyhow::Result<Vec<u8>> {
    let message = v1::PairingMessage { pairing: name.to_vec(), sealed };
    Ok(client.pairings().exchange(message).await.map_err(refused)?.into_inner().sealed)
}

/// Says the last word until the kiosk has its own.
async fn granted(client: &Client, name: &[u8; 32], word: Vec<u8>) -> anyhow::Result<Vec<u8>> {
    loop {
        let answer = say(client, name, word.clone()).await?;
        if !answer.is_empty() {
            return Ok(answer);
        }
        tokio::time::sleep(AGAIN).await;
    }
}
