//! Looks at what a kiosk asks, shows it, answers.

use std::time::Duration;

use anyhow::{Context, anyhow};
use serde_json::json;
use wetsign_api::v1;
use wetsign_attest::id::Id;
use wetsign_attest::object::{Custody, Decline};
use wetsign_attest::offer::{Asked, Offer, OfferError, Own, code};
use wetsign_attest::{Object, Signed};
use wetsign_program::clock;

use super::device::Device;
use super::offers::{Offers, Waiting};
use super::paired::Paired;
use super::way::Way;
use crate::kiosk::address::Address;
use crate::output::{Answer, Outcome, Terminal, ask, plain};

/// Between two looks for a kiosk that is not there.
const AGAIN: Duration = Duration::from_millis(500);

/// Waits for offers, one after the other.
pub(super) async fn run(
    mut device: Device,
    yes: bool,
    once: bool,
    kiosk: &Address,
    terminal: &Terminal,
) -> anyhow::Result<Answer> {
    // A kiosk that is not there, or no longer, is waited for: it asks again when it is back.
    let mut told = false;
    loop {
        let opened = match connect(&device, kiosk).await {
            Ok(way) => Offers::follow(&way, &device).await.map(|offers| (way, offers)),
            Err(error) => Err(Waiting::Away(format!("{error:#}")).into()),
        };
        let (way, mut offers) = match opened {
            Ok(open) => open,
            Err(error) => {
                wait(error, &mut told, terminal).await?;
                continue;
            }
        };
        loop {
            match offers.next(&way).await {
                Ok(Some(v1::CompanionOffer { id, offer })) => {
                    told = false;
                    let answer = answer(&mut device, &offer, id, yes, &way, terminal).await?;
                    if once {
                        return Ok(answer);
                    }
                    terminal.event(answer.text.trim_end(), &answer.json)?;
                }
                Ok(None) => break,
                Err(error) => {
                    wait(error, &mut told, terminal).await?;
                    break;
                }
            }
        }
        tokio::time::sleep(AGAIN).await;
    }
}

/// Says once what is waited for, and waits a little. Anything else ends it.
async fn wait(error: anyhow::Error, told: &mut bool, terminal: &Terminal) -> anyhow::Result<()> {
    let words = match error.downcast_ref() {
        Some(Waiting::Away(_)) => "No kiosk answers; waiting for it.",
        // A device that is not paired any more waits to be paired again; what is kept of it then is found.
        Some(Waiting::Unpaired(_)) => {
            "The kiosk does not let this device in; waiting to be paired (wetsign companion pair)."
        }
        None => return Err(error),
    };
    if !std::mem::replace(told, true) {
        terminal.event(words, &json!({ "waiting": error.to_string() }))?;
    }
    tokio::time::sleep(AGAIN).await;
    Ok(())
}

/// The kiosk that is named, else the one that the device is paired with, else this machine's.
pub(in crate::kiosk) async fn connect(device: &Device, kiosk: &Address) -> anyhow::Result<Way> {
    match Paired::read(device.path())? {
        Some(paired) if !kiosk.is_named() => paired.connect().await,
        _ => Ok(Way::Door(Box::new(kiosk.connect().await?))),
    }
}

/// Looks at one offer, asks the person, signs.
async fn answer(
    device: &mut Device,
    offer: &[u8],
    id: Vec<u8>,
    yes: bool,
    way: &Way,
    terminal: &Terminal,
) -> anyhow::Result<Answer> {
    let asked = match asked(offer, device, clock::now()?) {
        Ok(asked) => asked,
        Err(error) => return Ok(no(error.to_string())),
    };
    show(&asked, terminal)?;
    if yes || ask("Does the kiosk show the same code, and do you sign? [y/N] ").await? {
        return sign(device, &asked, id, way).await;
    }
    Ok(no(format!("not signed; it lapses, or: wetsign companion decline {}", request_of(&asked))))
}

fn asked(offer: &[u8], device: &Device, now: u64) -> Result<Asked, OfferError> {
    let offer = Offer::from_payload(offer).map_err(|error| OfferError::Part { part: "whole", error })?;
    offer.asks(&Own {
        key: device.passkey().public(),
        custody: Custody::SoftwarePasskey,
        counters: device.counters(),
        now,
        kiosk: Paired::read(device.path()).ok().flatten().and_then(|paired| paired.kiosk()),
    })
}

fn show(asked: &Asked, terminal: &Terminal) -> anyhow::Result<()> {
    let (words, digits) = (asked.words(), code(&asked.id()?));
    let lines: Vec<String> = words.iter().map(|line| plain(line)).collect();
    let text = format!("{}\n{}", lines.join("\n"), terminal.bold(&format!("Code: {digits}")));
    terminal.event(&text, &json!({ "asked": words, "code": digits }))
}

async fn sign(device: &mut Device, asked: &Asked, id: Vec<u8>, way: &Way) -> anyhow::Result<Answer> {
    let own = asked.id()?;
    // Before it is signed: a crash between the two costs one capture, never a second signature for it.
    if let Asked::CoSignature(question) = asked {
        device.remember(question.claims.ueid.clone(), question.claims.counter)?;
    }
    let answer =
        device.passkey().assert(&asked.challenge()?).map_err(|why| anyhow!("no assertion: {why}"))?;
    let signed = asked.signed(&answer)?;
    if let Err(why) = way.give(id, signed).await {
        return Ok(no(format!("the signature was not taken: {why:#}")));
    }
    let id = own.to_string();
    let json = json!({ "ok": true, "signed": id });
    Ok(Answer { outcome: Outcome::Yes, text: format!("signed: {id}\n"), json })
}

/// Lets the person try again.
pub(super) async fn unlock(device: &Device, kiosk: &Address) -> anyhow::Result<Answer> {
    connect(device, kiosk).await?.unlock(device.passkey().public().as_bytes().to_vec()).await?;
    Ok(Answer { outcome: Outcome::Yes, text: "you may try again\n".into(), json: json!({ "ok": true }) })
}

/// Says no to a request.
pub(super) async fn decline(
    device: &Device,
    request: &[u8],
    reason: &str,
    kiosk: &Address,
) -> anyhow::Result<Answer> {
    let way = connect(device, kiosk).await?;
    let verdict = Signed::<wetsign_attest::object::Verdict>::decode(&way.verdict(request).await?)
        .context("the request has no verdict that could be declined")?;
    let decline = Decline {
        request: Id::try_from(request)?,
        verdict: verdict.id(),
        validator: device.passkey().public(),
        reason: reason.to_owned(),
        time: clock::now()?,
    };
    let signed = signed(device, decline)?;
    way.decline(signed.bytes()).await?;
    let id = signed.id().to_string();
    let json = json!({ "ok": true, "decline": id });
    Ok(Answer { outcome: Outcome::Yes, text: format!("declined: {id}\n"), json })
}

/// The device's signature.
pub(in crate::kiosk) fn signed<T: Object>(device: &Device, object: T) -> anyhow::Result<Signed<T>> {
    let answer = device.passkey().assert(&Signed::challenge(&object)?);
    Ok(Signed::by_passkey(&object, &answer.map_err(|why| anyhow!("no assertion: {why}"))?)?)
}

fn no(text: String) -> Answer {
    let json = json!({ "ok": false, "not_signed": text });
    Answer { outcome: Outcome::No, text: format!("{}\n", plain(&text)), json }
}

fn request_of(asked: &Asked) -> String {
    match asked {
        Asked::CoSignature(question) => format!("--request {}", question.cosignature.request),
        Asked::Consent(_) => "(a consent needs no decline)".into(),
    }
}
