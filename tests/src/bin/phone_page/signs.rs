//! She signs, says no, waits too long, and the relay goes.

use anyhow::{Context, ensure};
use serde_json::json;
use wetsign_api::{
    Client,
    v1::{self, RequestState},
};
use wetsign_attest::{
    Object, Signed,
    object::{CoSignature, Custody},
    offer::Offer,
    verify::{Options as VerifyOptions, verify},
};
use wetsign_tests::{
    browser::Browser,
    cast::now,
    relay::Relay,
    story::{CONSENT, LESSON},
    visit::Ending,
};

use crate::Story;

impl Story {
    pub async fn signs(&self, relay: &Relay) -> anyhow::Result<()> {
        let request = self.submit().await?;
        let (client, key) = (self.stage.client.clone(), self.woman.person.key.clone());
        let visit = self
            .comes(&request, move |phone, digits| {
                let (client, key) = (client.clone(), key.clone());
                async move {
                    let mut phone = phone.lock().await;
                    let shown = phone.screen("asked").await?;
                    ensure!(shown.code == digits, "the phone shows {}, the kiosk {digits}", shown.code);
                    ensure!(shown.text.contains(LESSON.text), "the text is not shown: {}", shown.text);
                    phone.look("asked").await?;
                    doubts(&mut phone, &client, key).await?;
                    phone.press("yes").await?;
                    phone.screen("signed").await?;
                    phone.look("signed").await
                }
            })
            .await?;
        let Ending::CoSigned(given) = &visit.ending else { anyhow::bail!("{:?}", visit.refused()) };
        let signed = Signed::<CoSignature>::decode(&given.cosignature)?;
        let origin = signed.presence().map(|seen| seen.origin.clone());
        let holds = signed.payload().custody == Custody::Passkey && origin == Some(relay.origin());
        self.row("she signs by passkey, with the code that the kiosk shows", holds, &origin).await?;

        let ask = v1::RequestId { id: request };
        let approval = self.stage.client.approvals().get(ask).await?.into_inner();
        let mut policy = self.stage.trust_policy(&self.cast).await?;
        policy.accept_kiosk_custody = false;
        let lenient =
            VerifyOptions { allow_simulated: true, allow_development_keys: true, ..VerifyOptions::default() };
        let strict = !policy.accept_phone_custody && policy.relying_parties == [relay.relying_party()];
        let verified = verify(&approval.bundle, &policy, lenient).map(drop);
        let name = "the approval verifies where a passkey's custody alone counts";
        self.row(name, strict && verified.is_ok(), &verified).await?;
        policy.relying_parties.clear();
        let refused = verify(&approval.bundle, &policy, lenient).map(drop);
        self.row("and nowhere that another page's passkeys count", refused.is_err(), &refused).await?;
        let words = [LESSON.text, LESSON.purpose, CONSENT, "wetsign/cosignature/1", "her phone"];
        self.phone.lock().await.order(json!({ "do": "secrets", "words": words })).await.map(drop)
    }

    pub async fn is_not_known_to_her_phone(&self) -> anyhow::Result<()> {
        let request = self.submit().await?;
        let (client, id) = (self.stage.client.clone(), request.clone());
        let visit = self
            .comes(&request, move |phone, _| {
                let (client, id) = (client.clone(), id.clone());
                async move {
                    let mut phone = phone.lock().await;
                    phone.screen("asked").await?;
                    phone.verified(false).await?;
                    phone.press("yes").await?;
                    phone.screen("unverified").await?;
                    phone.look("unverified").await?;
                    let status = client.requests().get(v1::RequestId { id }).await?.into_inner();
                    ensure!(status.cosignatures == 0, "something was signed");
                    phone.verified(true).await?;
                    phone.press("retry").await?;
                    phone.screen("asked").await?;
                    phone.press("yes").await?;
                    phone.screen("signed").await.map(drop)
                }
            })
            .await?;
        let code = visit.refused().map(|why| why.code.clone());
        let name = "a device that does not know its person signs nothing, and signs once it does";
        self.row(name, visit.is_cosigned(), &code).await
    }

    pub async fn says_no(&self) -> anyhow::Result<()> {
        let request = self.submit().await?;
        let visit = self
            .comes(&request, async |phone, _| {
                let mut phone = phone.lock().await;
                phone.screen("asked").await?;
                phone.press("no").await?;
                phone.screen("declined").await?;
                phone.look("declined").await
            })
            .await?;
        let status = self.stage.client.requests().get(v1::RequestId { id: request }).await?.into_inner();
        let code = visit.refused().map(|why| why.code.clone());
        let holds = code.as_deref() == Some("device.declined")
            && (status.state(), status.declines, status.cosignatures) == (RequestState::Declined, 1, 0);
        self.row("her no is signed, and ends what waits", holds, (&code, status.declines)).await
    }

    pub async fn waits_too_long(&self) -> anyhow::Result<()> {
        let request = self.submit().await?;
        let visit = self
            .comes(&request, async |phone, _| {
                let mut phone = phone.lock().await;
                phone.screen("asked").await?;
                phone.screen("lapsed").await?;
                phone.look("lapsed").await
            })
            .await?;
        let code = visit.refused().map(|why| why.code.clone());
        let holds = code.as_deref() == Some("timeout.awaiting_signature");
        self.row("what she leaves lapses on both, and nothing is signed", holds, &code).await
    }

    pub async fn loses_the_relay(&self, relay: &mut Relay) -> anyhow::Result<()> {
        {
            let mut phone = self.phone.lock().await;
            phone.press("home").await?;
            phone.screen("waiting").await?;
            phone.look("waiting").await?;
        }
        relay.stop();
        relay.start(&self.stage).await?;
        let request = self.submit().await?;
        let visit = self
            .comes(&request, async |phone, _| {
                let mut phone = phone.lock().await;
                phone.screen("asked").await?;
                phone.press("yes").await?;
                phone.screen("signed").await.map(drop)
            })
            .await?;
        let why = visit.refused().map(|why| why.code.clone());
        self.row("a relay that was started anew has lost nothing that counts", visit.is_cosigned(), &why)
            .await
    }
}

/// The offer that waits now, with each of its parts changed: the page's own check has to refuse all but the first.
async fn doubts(phone: &mut Browser, client: &Client, key: Vec<u8>) -> anyhow::Result<()> {
    let mut offers = client.companion().watch(v1::CompanionKey { key: key.clone() }).await?.into_inner();
    let one = offers.message().await?.context("nothing waits for her")?;
    let offer = Offer::from_payload(&one.offer)?;
    let payload = CoSignature::from_payload(&offer.payload.0)?;
    let status = client.kiosk().status(v1::StatusRequest {}).await?.into_inner();
    let kiosk = status.identity.get("kiosk").context("the kiosk does not name its key")?;
    ensure!(payload.time.abs_diff(now()) < 60, "the offer is old");
    let checker = status.identity.get("checker").context("the kiosk does not name its checker")?;
    let order = json!({ "do": "doubts", "offer": hex::encode(&one.offer), "id": hex::encode(&one.id),
        "kiosk": hex::encode(kiosk), "checker": hex::encode(checker), "key": hex::encode(&key), "now": now() });
    phone.order(order).await.map(drop)
}
