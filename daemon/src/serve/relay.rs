//! What people's own devices ask through a relay. The kiosk goes there itself, so that it opens no port.
//!
//! A device is who its key says, which was paired: nothing that it asks here could it not ask at the door for devices.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use tokio::{
    sync::{Semaphore, watch},
    time::{sleep, timeout},
};
use tonic::{Code, Request, Status};
use wetsign_api::v1::{
    self, assets_server::Assets, companion_server::Companion, enrolments_server::Enrolments,
    keys_server::Keys, pairings_server::Pairings, requests_server::Requests,
};
use wetsign_attest::id::Blob;
use wetsign_pair::{
    Back, Refused, SealPublic,
    line::{Ask, Entry, Errand, Offered, Packet, Reply, Template, Used},
};

use super::{desk::Services, devices};
use crate::{
    kiosk::now,
    people::pairing::{Known, Line, Reply as Said},
};

/// Questions that are answered at once; a relay keeps 32 for a kiosk.
const AT_ONCE: usize = 24;
/// After a relay that does not answer.
const AGAIN: Duration = Duration::from_secs(5);
/// How long a device waits for an offer before it asks again.
const HELD: Duration = Duration::from_secs(20);

/// Answers what comes over the kiosk's line, if it has one, until `stop` turns true.
pub(super) async fn follow(services: Services, mut stop: watch::Receiver<bool>) {
    let Some(line) = services.kiosk.line.as_ref() else { return };
    tracing::info!(
        relay = line.relay(),
        line = line.name(),
        "phones come in through a relay: start it with this --line"
    );
    let places = Arc::new(Semaphore::new(AT_ONCE));
    let mut told = false;
    loop {
        let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
        let next = tokio::select! {
            next = line.next() => next,
            _ = stop.wait_for(|stop| *stop) => return,
        };
        match next {
            Ok(Some((number, packet))) => {
                told = false;
                let services = services.clone();
                tokio::spawn(async move {
                    let _place = place;
                    let Some(line) = services.kiosk.line.as_ref() else { return };
                    let back = answer(&services, line, &packet).await;
                    // A device that has gone asks again.
                    if let Err(error) = line.answer(number, back.write()).await {
                        tracing::debug!(%error, "an answer was not taken by the relay");
                    }
                });
            }
            Ok(None) => told = false,
            Err(error) => {
                if !std::mem::replace(&mut told, true) {
                    let error = &error as &dyn std::error::Error;
                    tracing::warn!(error, "nothing comes from phones now; trying again");
                }
                tokio::select! {
                    () = sleep(AGAIN) => {}
                    _ = stop.wait_for(|stop| *stop) => return,
                }
            }
        }
    }
}

async fn answer(services: &Services, line: &Line, packet: &[u8]) -> Back {
    match Packet::read(packet) {
        Ok(Packet::Pairing { name, sealed }) => match services.kiosk.pairing.hear(&name, sealed, now()) {
            Ok(Said::Message(sealed)) => Back::Sealed(sealed),
            Ok(Said::Heard) => Back::Heard,
            Err(why) => Back::Refused(why.to_string()),
        },
        Ok(Packet::Device { device, sealed }) => asked(services, line, &device, sealed).await,
        Err(why) => Back::Refused(why.to_string()),
    }
}

async fn asked(services: &Services, line: &Line, device: &SealPublic, sealed: &[u8]) -> Back {
    // Its key is looked for first: what nobody paired costs nothing.
    let Some(known) = services.kiosk.known.with_key(&device.0, now()) else {
        return Back::Refused(devices::unpaired().message().to_owned());
    };
    let Some(_place) = line.place(device) else {
        return Back::Refused(
            "this device has too many questions open: try again in some seconds".to_owned(),
        );
    };
    let no = |why: String| Reply { refused: Some(why), ..Reply::default() };
    let (number, told) = match line.hear(device, sealed, now()) {
        Ok(ask) => {
            let number = ask.number;
            let done = Box::pin(errand(services, known, ask)).await;
            (number, done.unwrap_or_else(|status| no(status.message().to_owned())))
        }
        // What was heard before has its one sealed answer; nobody gets a second one to choose from.
        Err((why, Some(number))) if why != Refused::Again => (number, no(why.to_string())),
        Err((why, _)) => return Back::Refused(why.to_string()),
    };
    match line.tell(device, &number, &told) {
        Ok(sealed) => Back::Sealed(sealed),
        Err(why) => Back::Refused(why.to_string()),
    }
}

async fn errand(services: &Services, known: Known, ask: Ask) -> Result<Reply, Status> {
    let Ask { errand, about, body, words, .. } = ask;
    let none = |what| Status::invalid_argument(format!("the question has no {what}"));
    let one = || about.first().map(|id| id.0.clone()).ok_or_else(|| none("id"));
    let signed = || body.clone().map(|body| body.0).ok_or_else(|| none("signed object"));
    let done = Ok(Reply::default());
    match errand {
        Errand::Wait => return wait(services, known, &about).await,
        Errand::Sign => {
            let given = v1::CompanionAnswer { id: one()?, signed: signed()? };
            services.answer(by(known, given)).await?;
        }
        Errand::Decline => {
            Companion::decline(services, by(known, v1::CompanionDecline { decline: signed()? })).await?;
        }
        Errand::Unlock => {
            let key = v1::CompanionKey { key: known.validator.as_bytes().to_vec() };
            services.unlock(by(known, key)).await?;
        }
        Errand::End => {
            let reason = words.unwrap_or_default();
            services.revoke(by(known, v1::RevokePairing { pairing: one()?, reason })).await?;
        }
        Errand::Devices => {
            let listed = Pairings::list(services, by(known, v1::ListPairings::default())).await?.into_inner();
            let entry = |one: v1::PairingEntry| Entry {
                pairing: Blob(one.pairing),
                label: one.label,
                time: one.time,
                until: one.until,
                ended: one.ended,
            };
            // The newest ones fit into one answer.
            let devices = listed.pairings.into_iter().take(256).map(entry).collect();
            return Ok(Reply { devices, ..Reply::default() });
        }
        Errand::Keys => {
            let named = words.map(|key| key.parse().map_err(|_| none("public key"))).transpose()?;
            let key = named.unwrap_or(known.validator).as_bytes().to_vec();
            return Ok(keys(Keys::get(services, by(known, v1::KeyOfPerson { key })).await?.into_inner()));
        }
        Errand::KeyEvent => {
            let event = v1::KeyEventMessage { event: signed()? };
            return Ok(keys(Keys::tell(services, by(known, event)).await?.into_inner()));
        }
        Errand::Uses => {
            let after = about.first().map(|id| id.0.clone()).unwrap_or_default();
            let ask = v1::ListUses { key: known.validator.as_bytes().to_vec(), limit: 0, after };
            let uses = services.uses(by(known, ask)).await?.into_inner().uses;
            return Ok(Reply { uses: Some(uses.into_iter().map(used).collect()), ..Reply::default() });
        }
        Errand::Withdraw => {
            Assets::withdraw(services, by(known, v1::WithdrawRequest { withdrawal: signed()? })).await?;
        }
        Errand::Complain => {
            services.complain(by(known, v1::ComplaintMessage { complaint: signed()? })).await?;
        }
        Errand::Template => {
            let key = v1::CompanionKey { key: known.validator.as_bytes().to_vec() };
            return match Companion::template(services, by(known, key)).await {
                Ok(kept) => {
                    let v1::KeptTemplate { leaf, time, .. } = kept.into_inner();
                    Ok(Reply { template: Some(Template { leaf: Blob(leaf), time }), ..Reply::default() })
                }
                Err(status) if status.code() == Code::NotFound => done,
                Err(status) => Err(status),
            };
        }
        Errand::Erase => {
            let erased =
                services.erase(by(known, v1::ErasureMessage { request: signed()? })).await?.into_inner();
            return Ok(Reply { receipt: Some(Blob(erased.receipt)), ..Reply::default() });
        }
        Errand::Verdict => {
            let status = Requests::get(services, by(known, v1::RequestId { id: one()? })).await?.into_inner();
            return Ok(Reply { verdict: Some(Blob(status.verdict)), ..Reply::default() });
        }
    }
    done
}

fn keys(told: v1::PersonKeys) -> Reply {
    let events = told.events.into_iter().map(Blob).collect();
    Reply { events: Some(events), person: Some(Blob(told.person)), ..Reply::default() }
}

fn used(one: v1::Use) -> Used {
    Used {
        approval: Blob(one.approval_id),
        asset: Blob(one.asset_id),
        title: one.title,
        request: Blob(one.request),
        known: Some(one.known).filter(|name| !name.is_empty()),
        time: one.time,
        until: one.until,
        withdrawn: one.withdrawn,
        complaints: one.complaints,
    }
}

/// A call of this device.
fn by<T>(known: Known, message: T) -> Request<T> {
    let mut request = Request::new(message);
    request.extensions_mut().insert(known);
    request
}

/// The oldest offer that the device was not told of, as soon as there is one; none for a while.
async fn wait(services: &Services, known: Known, told: &[Blob]) -> Result<Reply, Status> {
    let told: BTreeSet<&[u8]> = told.iter().map(|id| &id.0[..]).collect();
    let kiosk = &services.kiosk;
    let mut changes = kiosk.offers.changes();
    let waiting = async {
        loop {
            changes.borrow_and_update();
            let mut asked = kiosk.offers.of(&known.validator).into_iter();
            if let Some(one) = asked.find(|one| !told.contains(&one.id.0[..])) {
                let offer = Offered { id: Blob(one.id.0.to_vec()), offer: Blob(one.offer.to_vec()) };
                return Ok(Reply { offer: Some(offer), ..Reply::default() });
            }
            tokio::select! {
                changed = changes.changed() => if changed.is_err() {
                    return Err(Status::new(Code::Unavailable, "the kiosk is ending"));
                },
                () = kiosk.known.over(Some(known)) => return Err(devices::unpaired()),
            }
        }
    };
    timeout(HELD, waiting).await.unwrap_or_else(|_| Ok(Reply::default()))
}
