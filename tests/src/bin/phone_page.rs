//! A person enrols and approves with her phone's browser, which meets the kiosk at a relay: `cargo xtask e2e --phone`.

use std::{process::ExitCode, sync::Arc};

use anyhow::{Context, ensure};
use clap::Parser;
use serde_json::json;
use tokio::{sync::Mutex, task::JoinHandle};
use wetsign_api::{
    Client,
    v1::{self, RequestState, session_event::Event},
};
use wetsign_attest::{
    Object, Signed,
    object::{CoSignature, Custody},
    offer::Offer,
    verify::{Options as VerifyOptions, verify},
};
use wetsign_tests::{
    attacks::{self, Person},
    browser::{Browser, Places, Row},
    cast::{Cast, GovernedAsset, now},
    relay::Relay,
    stage::{Options, Stage},
    story::{CONSENT, LESSON},
    visit::{self, Ending, Visit},
};

/// Tells the story of a phone's page, looks at every screen of it, and takes pictures.
///
/// Exit status: 0 when every row held, 2 when one did not, 1 when it could not be told.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    #[command(flatten)]
    places: Places,
}

#[tokio::main]
async fn main() -> ExitCode {
    match wetsign_program::arguments::<Arguments>(1) {
        Ok(arguments) => wetsign_program::ended("phone_page", run(&arguments.places).await),
        Err(code) => code,
    }
}

async fn run(places: &Places) -> anyhow::Result<ExitCode> {
    let rows = Box::pin(told(places)).await?;
    let ok = rows.iter().all(|row| row.ok);
    wetsign_program::say!("{:#}", json!({ "ok": ok, "rows": rows }))?;
    Ok(ExitCode::from(if ok { 0 } else { 2 }))
}

type Phone = Arc<Mutex<Browser>>;

async fn told(places: &Places) -> anyhow::Result<Vec<Row>> {
    let folder = tempfile::tempdir()?;
    let mut relay = Relay::placed()?;
    let (stage, cast) = Box::pin(at_a_kiosk(folder.path(), &relay)).await?;
    relay.start(&stage).await?;
    let phone = Arc::new(Mutex::new(Browser::start(places)?));
    before(&phone, &relay).await?;

    let woman = Box::pin(enrol(&phone, &stage, &relay)).await?;
    cast.admit(&stage, std::slice::from_ref(&woman.record)).await?;
    let asset = cast.asset(1)?;
    let (descriptor, rules) = (asset.descriptor.bytes().to_vec(), asset.rules.bytes().to_vec());
    stage.client.assets().register(v1::RegisterAsset { descriptor, rules }).await?;
    let story = Story { phone, stage, cast, asset, woman };
    Box::pin(story.signs(&relay)).await?;
    Box::pin(story.is_not_known_to_her_phone()).await?;
    Box::pin(story.says_no()).await?;
    Box::pin(story.waits_too_long()).await?;
    Box::pin(story.loses_the_relay(&mut relay)).await?;
    Box::pin(story.looks_back_and_ends_it()).await?;
    let Story { phone, .. } = story;
    let browser = Arc::into_inner(phone).context("the browser is still in use")?.into_inner();
    browser.end().await
}

async fn at_a_kiosk(folder: &std::path::Path, relay: &Relay) -> anyhow::Result<(Stage, Cast)> {
    let cast = Cast::new()?;
    let sections = relay.named(toml::from_str("[session]\nsign_s = 45\n")?)?;
    let options = Options { sections, relying_party: Some(relay.relying_party()), ..Options::default() };
    Ok((Stage::set_up(folder, &cast, &options).await?, cast))
}

/// Before she stands at a kiosk: the page asks for a picture, and takes no other text for one.
async fn before(phone: &Phone, relay: &Relay) -> anyhow::Result<()> {
    let mut phone = phone.lock().await;
    phone.open(&format!("{}/", relay.origin())).await?;
    phone.screen("pair").await?;
    phone.look("pair").await?;
    for (text, screen) in
        [("hello", "trouble"), ("https://elsewhere.example/k/1#wetsign-pair-1.AA", "trouble")]
    {
        phone.order(json!({ "do": "fill", "name": "invitation", "value": text })).await?;
        phone.order(json!({ "do": "submit" })).await?;
        phone.screen(screen).await?;
        if text == "hello" {
            phone.look("no-picture").await?;
        }
        phone.press("home").await?;
        phone.screen("pair").await?;
    }
    Ok(())
}

struct Woman {
    person: Person,
    record: Vec<u8>,
}

/// She enrols: reads the picture, compares the digits, makes her passkey, and agrees on her phone.
async fn enrol(phone: &Phone, stage: &Stage, relay: &Relay) -> anyhow::Result<Woman> {
    let [mut person, _] = attacks::people();
    let client = stage.client.clone();
    let mut tasks: Vec<JoinHandle<anyhow::Result<()>>> = Vec::new();
    let mut pairs = true;
    let first = std::cell::Cell::new(true);
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
    let mut browser = phone.lock().await;
    let listed = stage.client.pairings().list(v1::ListPairings::default()).await?.into_inner().pairings;
    let why = (listed.len() != 1).then(|| format!("{} devices are listed", listed.len()));
    let name =
        format!("a phone is paired at {}: the same digits on both, yes on both", relay.relying_party().id);
    browser.row(&name, why).await?;
    person.key = enrolled.validator_key;
    Ok(Woman { person, record: enrolled.record })
}

/// Her phone's camera leads to the page, with the picture's text behind the address.
async fn scans(phone: Phone, text: String, looks: bool) -> anyhow::Result<()> {
    let mut phone = phone.lock().await;
    phone.open(&text).await?;
    phone.screen("pair").await?;
    if looks {
        phone.look("pair-read").await?;
    }
    phone.order(json!({ "do": "fill", "name": "label", "value": "her phone" })).await?;
    phone.order(json!({ "do": "submit" })).await.map(drop)
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

struct Story {
    phone: Phone,
    stage: Stage,
    cast: Cast,
    asset: GovernedAsset,
    woman: Woman,
}

impl Story {
    async fn submit(&self) -> anyhow::Result<Vec<u8>> {
        let request = self.cast.request(self.asset.id, &LESSON)?;
        let submitted = v1::SubmitRequest { request: request.bytes().to_vec(), ..Default::default() };
        Ok(self.stage.client.requests().submit(submitted).await?.into_inner().id)
    }

    /// She stands before the kiosk; once it shows a code, her phone does what `does` says.
    async fn comes<D>(&self, request: &[u8], does: impl Fn(Phone, String) -> D) -> anyhow::Result<Visit>
    where
        D: Future<Output = anyhow::Result<()>> + Send + 'static,
    {
        let Person { key, subject, .. } = &self.woman.person;
        let source = Some(visit::replayed_subject(subject));
        let mut tasks = Vec::new();
        let visit = visit::patiently(async || {
            let seen = |event: &Event| {
                if let Event::Code(code) = event {
                    tasks.push(tokio::spawn(does(Arc::clone(&self.phone), code.digits.clone())));
                }
            };
            visit::approve(&self.stage.client, request, key, source.clone(), seen).await
        })
        .await?;
        for task in tasks {
            task.await??;
        }
        Ok(visit)
    }

    async fn row(&self, name: &str, holds: bool, found: impl std::fmt::Debug) -> anyhow::Result<()> {
        let why = (!holds).then(|| format!("{found:?}"));
        self.phone.lock().await.row(name, why).await
    }

    async fn signs(&self, relay: &Relay) -> anyhow::Result<()> {
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

    async fn is_not_known_to_her_phone(&self) -> anyhow::Result<()> {
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

    async fn says_no(&self) -> anyhow::Result<()> {
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

    async fn waits_too_long(&self) -> anyhow::Result<()> {
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

    async fn loses_the_relay(&self, relay: &mut Relay) -> anyhow::Result<()> {
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

    async fn looks_back_and_ends_it(&self) -> anyhow::Result<()> {
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
