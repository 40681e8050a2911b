//! What is hers: uses of her work, her keys, what the kiosk keeps of her, her phones.

use anyhow::{Context, ensure};
use ed25519_dalek::SigningKey;
use wetsign_api::v1::{self, RequestState};
use wetsign_attest::{
    Signed,
    id::PublicKey,
    object::{Complaint, ErasureReceipt, KeyAct, KeyEvent, KeySet},
};
use wetsign_tests::{
    attacks,
    cast::{Cast, GovernedAsset, now},
    relay::Relay,
    story::CONSENT,
    visit::{self, Ending},
};

use crate::{Story, enrol};

const COMPLAINT: &str = "This is no lesson.\nIt was played in a shop.";

impl Story {
    /// Her own voice, registered with her passkey; somebody else approves a use of it.
    async fn use_of_her_voice(&self) -> anyhow::Result<Vec<u8>> {
        let her = PublicKey::try_from(&self.woman.person.key[..])?;
        let descriptor = self.phone.lock().await.signs(&Cast::voice_of(her, Vec::new())).await?;
        let rules = self.phone.lock().await.signs(&Cast::rules_of(her, descriptor.id(), 1)?).await?;
        let asset = GovernedAsset { id: descriptor.id(), descriptor, rules };
        let (descriptor, rules) = (asset.descriptor.bytes().to_vec(), asset.rules.bytes().to_vec());
        let client = &self.stage.client;
        client.assets().register(v1::RegisterAsset { descriptor, rules }).await?;

        let [_, man] = attacks::people();
        let source = || Some(visit::replayed_subject(&man.subject));
        let visit = visit::patiently(async || {
            let enrolment = v1::StartEnrolment {
                language: "en-GB".into(),
                device: None,
                pair: false,
                label: man.name.into(),
                consent: CONSENT.into(),
                source: source(),
            };
            visit::enrol(client, enrolment, visit::unseen).await
        })
        .await?;
        let Ending::Enrolled(enrolled) = &visit.ending else {
            anyhow::bail!("he could not enrol: {:?}, {:?}", visit.refused(), visit.failed_gates());
        };
        let records = [enrolled.record.clone()];
        self.cast.admit_after(&self.stage, Some(&self.admitted), &records).await?;
        let request = self.submit_for(&asset).await?;
        let visit = visit::patiently(async || {
            visit::approve(client, &request, &enrolled.validator_key, source(), visit::unseen).await
        })
        .await?;
        ensure!(visit.is_cosigned(), "he could not approve: {:?}", visit.refused());
        Ok(request)
    }

    pub async fn complains_and_takes_it_back(&self) -> anyhow::Result<()> {
        {
            let mut phone = self.phone.lock().await;
            phone.press("home").await?;
            phone.screen("waiting").await?;
            phone.press("works").await?;
            phone.screen("works").await?;
            phone.look("works-none").await?;
        }
        let request = self.use_of_her_voice().await?;
        let status = async || -> anyhow::Result<v1::RequestStatus> {
            let id = request.clone();
            Ok(self.stage.client.requests().get(v1::RequestId { id }).await?.into_inner())
        };
        ensure!(status().await?.state() == RequestState::Approved, "nothing was approved");

        let mut phone = self.phone.lock().await;
        phone.press("home").await?;
        phone.screen("waiting").await?;
        phone.press("works").await?;
        phone.screen("works").await?;
        phone.look("works").await?;
        phone.press("complaining").await?;
        phone.screen("complaining").await?;
        phone.fill("words", COMPLAINT).await?;
        phone.look("complaining").await?;
        phone.submit().await?;
        phone.screen("done").await?;
        phone.look("complained").await?;
        let complaints = status().await?.complaints;
        let said: Vec<_> = complaints.iter().map(|bytes| Signed::<Complaint>::decode(bytes)).collect();
        let holds = matches!(&said[..], [Ok(one)] if one.payload().signed_by.as_bytes() == self.woman.person.key
            && one.payload().words == COMPLAINT.replace('\n', " "));
        let name = "she complains of a use of her work, and whoever asks for the request reads it";
        phone.row(name, (!holds).then(|| format!("{said:?}"))).await?;

        phone.press("home").await?;
        phone.press("works").await?;
        phone.screen("works").await?;
        phone.press("taking").await?;
        phone.screen("taking").await?;
        phone.look("taking").await?;
        phone.verified(false).await?;
        phone.press("taken").await?;
        phone.screen("unverified").await?;
        phone.look("unverified-own").await?;
        ensure!(status().await?.state() == RequestState::Approved, "it was taken back by nobody");
        phone.verified(true).await?;
        phone.press("retry").await?;
        phone.screen("taking").await?;
        phone.press("taken").await?;
        phone.screen("done").await?;
        phone.look("taken").await?;
        let state = status().await?.state();
        let why = (state != RequestState::Withdrawn).then(|| format!("{state:?}"));
        let name = "she takes an approval back, not before her phone knows her";
        phone.row(name, why).await?;
        phone.press("home").await?;
        phone.press("works").await?;
        phone.screen("works").await?;
        phone.look("works-taken").await?;
        phone.press("home").await?;
        phone.screen("waiting").await.map(drop)
    }

    /// Two of three friends want new keys for her, which she did not ask for.
    pub async fn ends_a_recovery(&self) -> anyhow::Result<()> {
        let mut phone = self.phone.lock().await;
        phone.press("keys").await?;
        phone.screen("keys").await?;
        phone.look("keys-none").await?;
        let client = &self.stage.client;
        let her = PublicKey::try_from(&self.woman.person.key[..])?;
        let friends = [1, 2, 3].map(|number| SigningKey::from_bytes(&[number; 32]));
        let mut agents = friends.each_ref().map(PublicKey::from).to_vec();
        agents.sort_unstable();
        let set = KeySet { agents: agents.clone(), needed: 2, ..KeySet::of(her) };
        let event = KeyEvent {
            person: her,
            number: 1,
            previous: None,
            act: KeyAct::Set(set),
            signed_by: her,
            time: now(),
        };
        let first = phone.signs(&event).await?;
        client.keys().tell(v1::KeyEventMessage { event: first.bytes().to_vec() }).await?;
        let thief = PublicKey::from(&SigningKey::from_bytes(&[9; 32]));
        let mut last = first.id();
        let mut recovery = None;
        for (number, friend) in (2..).zip(&friends[..2]) {
            let act = recovery.map_or_else(
                || KeyAct::Recover(KeySet { agents: agents.clone(), needed: 2, ..KeySet::of(thief) }),
                |recovery| KeyAct::Support { recovery },
            );
            let signed_by = PublicKey::from(friend);
            let event = KeyEvent { person: her, number, previous: Some(last), act, signed_by, time: now() };
            let signed = Signed::sign(event, friend)?;
            last = signed.id();
            recovery.get_or_insert(last);
            client.keys().tell(v1::KeyEventMessage { event: signed.bytes().to_vec() }).await?;
        }

        phone.press("home").await?;
        phone.press("keys").await?;
        let seen = phone.screen("keys").await?;
        let told = seen.text.contains(&thief.to_string()) && seen.text.contains("It holds from");
        phone.look("keys").await?;
        phone.press("revert").await?;
        phone.screen("done").await?;
        phone.look("reverted").await?;
        let key = self.woman.person.key.clone();
        let events = client.keys().get(v1::KeyOfPerson { key }).await?.into_inner().events;
        let last = Signed::<KeyEvent>::decode(events.last().context("nothing was said")?)?;
        let ended =
            Some(&last.payload().act) == recovery.map(|recovery| KeyAct::Revert { recovery }).as_ref();
        let why = (!told || !ended).then(|| format!("{:?}; {}", last.payload().act, seen.text));
        phone.row("she sees who would sign for her after a recovery, from when, and ends it", why).await?;
        phone.press("home").await?;
        phone.press("keys").await?;
        let seen = phone.screen("keys").await?;
        phone.look("keys-after").await?;
        let why = seen.text.contains("End this recovery").then(|| seen.text.clone());
        phone.row("a recovery that is over is not ended again", why).await?;
        phone.press("home").await?;
        phone.screen("waiting").await.map(drop)
    }

    /// She enrols once more with the same phone.
    pub async fn renews_what_is_kept(&self, relay: &Relay) -> anyhow::Result<()> {
        {
            let mut phone = self.phone.lock().await;
            phone.press("template").await?;
            phone.screen("template").await?;
            phone.look("template").await?;
        }
        let renewed = Box::pin(enrol::enrol(&self.phone, &self.stage, false)).await?;
        let listed = self.stage.client.enrolments().list(v1::ListEnrolments::default()).await?.into_inner();
        let hers: Vec<_> =
            listed.enrolments.iter().filter(|one| one.validator_key == self.woman.person.key).collect();
        let same = renewed.person.key == self.woman.person.key && renewed.leaf != self.woman.leaf;
        let holds = same && matches!(hers[..], [one] if one.leaf == renewed.leaf);
        let name = "an enrolment with the same phone takes the place of the older one";
        self.row(name, holds, hers).await?;

        // Her phone was paired anew; the older pairing is of nobody any more.
        let mut phone = self.phone.lock().await;
        phone.open(&format!("{}/", relay.origin())).await?;
        phone.screen("waiting").await?;
        phone.press("devices").await?;
        phone.screen("devices").await?;
        phone.look("devices-two").await?;
        phone.press_last("end").await?;
        phone.screen("ending").await?;
        phone.look("ending-other").await?;
        phone.press("ended").await?;
        phone.screen("devices").await?;
        phone.press("home").await?;
        phone.screen("waiting").await.map(drop)
    }

    pub async fn is_erased(&self) -> anyhow::Result<()> {
        let mut phone = self.phone.lock().await;
        phone.press("template").await?;
        phone.screen("template").await?;
        phone.press("erasing").await?;
        phone.screen("erasing").await?;
        phone.look("erasing").await?;
        phone.press("erased").await?;
        phone.screen("erased").await?;
        phone.look("erased").await?;
        let receipt = Signed::<ErasureReceipt>::decode(&phone.saves().await?)?;
        let client = &self.stage.client;
        let status = client.kiosk().status(v1::StatusRequest {}).await?.into_inner();
        let said = receipt.payload();
        let holds = status.identity.get("kiosk").is_some_and(|kiosk| kiosk == said.kiosk.as_bytes())
            && said.asked_by.as_bytes() == self.woman.person.key;
        let why = (!holds).then(|| format!("{said:?}"));
        phone.row("the receipt that she saves is the kiosk's, and for her", why).await?;
        let left = client.enrolments().list(v1::ListEnrolments::default()).await?.into_inner().enrolments;
        let still = left.iter().any(|one| one.validator_key == self.woman.person.key);
        phone.row("the kiosk keeps nothing of her any more", still.then(|| "it does".to_owned())).await?;
        phone.press("home").await?;
        phone.press("template").await?;
        phone.screen("template").await?;
        phone.look("template-none").await
    }

    pub async fn looks_back_and_ends_it(&self) -> anyhow::Result<()> {
        let mut phone = self.phone.lock().await;
        phone.press("home").await?;
        phone.screen("waiting").await?;
        phone.press("history").await?;
        let history = phone.screen("history").await?;
        let signed = history.text.matches("You signed").count();
        phone.look("history").await?;
        phone.press("home").await?;
        phone.press("devices").await?;
        let devices = phone.screen("devices").await?;
        phone.look("devices").await?;
        phone.press("end").await?;
        phone.screen("ending").await?;
        phone.look("ending").await?;
        phone.press("ended").await?;
        phone.screen("unpaired").await?;
        phone.look("unpaired").await?;
        let own = devices.text.contains("her phone") && devices.text.contains("in your hand");
        let why = (!own || signed < 3).then(|| format!("{}; {}", history.text, devices.text));
        phone.row("she sees what she signed, and her phones", why).await?;
        let listed = self.stage.client.pairings().list(v1::ListPairings::default()).await?.into_inner();
        let why = listed.pairings.iter().any(|one| one.ended == 0).then(|| "it is not ended".to_owned());
        phone.row("a phone that she ends is out at once", why).await
    }
}
