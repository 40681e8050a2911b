//! One enrolment: a name, consent in words, a phone where there is one, two captures, and how it ended.

use tokio::sync::mpsc::Receiver;
use tonic::Status;
use wetsign_api::v1;

use super::capture::toggle;
use super::reached::Kiosk;
use super::visit::follow;
use super::{UNATTENDED, pressed};
use crate::server::{Desk, Press};
use crate::{Event, Words, html};

/// Enrols whoever stands there, if they agree.
pub async fn enrol(desk: &Desk, kiosk: &Kiosk, presses: &mut Receiver<Press>) -> Result<(), Status> {
    desk.note(&Event::AskName);
    let name = loop {
        match pressed(presses, UNATTENDED).await {
            Some(Press::Name(name)) => break name,
            Some(Press::Leave) | None => return Ok(()),
            Some(_) => {}
        }
    };
    desk.note(&Event::AskEnrolment { name: name.clone() });
    let mut needs = Vec::new();
    loop {
        match pressed(presses, UNATTENDED * 5).await {
            Some(Press::Agree) => break,
            Some(Press::Needs) => desk.note(&Event::Needs(needs.clone())),
            Some(Press::Need(need)) => {
                toggle(&mut needs, &need);
                desk.note(&Event::Needs(needs.clone()));
            }
            Some(Press::NeedsDone) => desk.note(&Event::AskEnrolment { name: name.clone() }),
            Some(Press::No | Press::Leave) | None => return Ok(()),
            Some(_) => {}
        }
    }
    let pair = kiosk.phones().await? && {
        desk.note(&Event::AskPhone);
        loop {
            match pressed(presses, UNATTENDED).await {
                Some(Press::Phone) => break true,
                Some(Press::Alone) => break false,
                Some(Press::Leave) | None => return Ok(()),
                Some(_) => {}
            }
        }
    };
    // Word for word what the person read, in the language in which they read it.
    let language = desk.language();
    let consent = html::enrolment_consent(&name, Words::of(language));
    let ask = v1::StartEnrolment {
        label: name,
        consent,
        language: language.tag().to_owned(),
        source: Some(kiosk.through.message(&needs)),
        pair,
        ..v1::StartEnrolment::default()
    };
    let events = kiosk.client.enrolments().start(ask).await?.into_inner();
    follow(desk, kiosk, events, presses).await
}
