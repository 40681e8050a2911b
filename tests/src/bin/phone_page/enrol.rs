//! She enrols with her phone.

use std::sync::Arc;

use anyhow::ensure;
use tokio::task::JoinHandle;
use wetsign_api::{
    Client,
    v1::{self, session_event::Event},
};
use wetsign_tests::{
    attacks::{self, Person},
    relay::Relay,
    stage::Stage,
    story::CONSENT,
    visit::{self, Ending},
};

use crate::phone::Phone;

pub struct Woman {
    pub person: Person,
    pub record: Vec<u8>,
    pub leaf: Vec<u8>,
}

/// She enrols for the first time, and is looked at while she does.
pub async fn first(phone: &Phone, stage: &Stage, relay: &Relay) -> anyhow::Result<Woman> {
    let woman = enrol(phone, stage, true).await?;
    let listed = stage.client.pairings().list(v1::ListPairings::default()).await?.into_inner().pairings;
    let why = (listed.len() != 1).then(|| format!("{} devices are listed", listed.len()));
    let name =
        format!("a phone is paired at {}: the same digits on both, yes on both", relay.relying_party().id);
    phone.lock().await.row(&name, why).await?;
    Ok(woman)
}

/// She reads the picture, compares the digits, makes her passkey if she has none, and agrees on her phone.
pub async fn enrol(phone: &Phone, stage: &Stage, looks: bool) -> anyhow::Result<Woman> {
    let [mut person, _] = attacks::people();
    let client = stage.client.clone();
    let mut tasks: Vec<JoinHandle<anyhow::Result<()>>> = Vec::new();
    let mut pairs = true;
    let first = std::cell::Cell::new(looks);
    let visit = visit::patiently(async || {
        let enrolment = v1::StartEnrolment {
            language: "en-GB".into(),
            device: None,
            pair: true,
            label: person.name.into(),
            consent: CONSENT.into(),
            source: Some(visit::replayed_subject(&person.subject)),
        };
        let looks = first.replace(false);
        let sees = |event: &Event| match event {
            Event::Invitation(picture) => {
                pairs = true;
                tasks.push(tokio::spawn(scans(Arc::clone(phone), picture.text.clone(), looks)));
            }
            Event::Code(code) if std::mem::take(&mut pairs) => {
                let (phone, client, digits) = (Arc::clone(phone), client.clone(), code.digits.clone());
                tasks.push(tokio::spawn(compares(phone, client, digits, looks)));
            }
            _ => {}
        };
        visit::enrol(&stage.client, enrolment, sees).await
    })
    .await?;
    for task in tasks {
        task.await??;
    }
    let Ending::Enrolled(enrolled) = visit.ending else {
        anyhow::bail!("she could not enrol: {:?}, {:?}", visit.refused(), visit.failed_gates());
    };
    ensure!(enrolled.validator_key.len() == 33, "her key is no passkey's");
    person.key = enrolled.validator_key;
    Ok(Woman { person, record: enrolled.record, leaf: enrolled.leaf })
}

/// Her phone's camera leads to the page, with the picture's text behind the address.
async fn scans(phone: Phone, text: String, looks: bool) -> anyhow::Result<()> {
    let mut phone = phone.lock().await;
    phone.open(&text).await?;
    phone.screen("pair").await?;
    if looks {
        phone.look("pair-read").await?;
    }
    phone.fill("label", "her phone").await?;
    phone.submit().await
}

async fn compares(phone: Phone, client: Client, digits: String, looks: bool) -> anyhow::Result<()> {
    let mut phone = phone.lock().await;
    let shown = phone.screen("digits").await?;
    ensure!(shown.code == digits, "the phone shows {}, the kiosk {digits}", shown.code);
    if looks {
        phone.look("digits").await?;
    }
    phone.press("same").await?;
    phone.screen("kiosk").await?;
    if looks {
        phone.look("kiosk").await?;
    }
    client.pairings().compare(v1::PairingComparison { same: true }).await?;
    // What she agrees to comes at once, and may have come already.
    phone.screen("consent").await?;
    if looks {
        phone.look("consent").await?;
    }
    phone.press("yes").await?;
    phone.screen("signed").await.map(drop)
}
