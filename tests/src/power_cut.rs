//! The power fails at a named point of the main path; what was acknowledged must still be there, and the path must go
//! on.

use std::{collections::BTreeMap, time::Duration};

use anyhow::{Context, ensure};
use wetsign_api::v1::{self, session_event::Event};
use wetsign_attest::object::UsageRequest;
use wetsign_attest::verify::{Options as VerifyOptions, verify};
use wetsign_attest::{Signed, TrustPolicy};

use crate::{
    attacks::Person,
    cast::{Cast, GovernedAsset},
    phone::Phone,
    registrar::Admitted,
    stage::{Options, Stage},
    story::{CONSENT, LESSON},
    visit::{self, Ending, Visit},
};

/// Points at which the daemon can be made to die, in the order in which a request passes them.
pub use wetsignd::crash::POINTS;

const DYING: Duration = Duration::from_secs(30);

/// Two enrolled people and an asset that needs both, ready for power cuts.
pub struct Rehearsal {
    stage: Stage,
    cast: Cast,
    people: Vec<Person>,
    asset: GovernedAsset,
    admitted: Admitted,
}

/// What was acknowledged before the lights went out.
#[derive(Debug, Default)]
struct Acknowledged {
    request: bool,
    cosignatures: BTreeMap<Vec<u8>, Vec<u8>>,
}

impl Rehearsal {
    /// Enrols these people and registers an asset.
    pub async fn new(stage: Stage, cast: Cast, people: Vec<Person>) -> anyhow::Result<Self> {
        Box::pin(Self::with_device(stage, cast, people, None)).await
    }

    /// The same, with keys on a device of their own.
    pub async fn with_device(
        stage: Stage,
        cast: Cast,
        mut people: Vec<Person>,
        mut phone: Option<&mut Phone>,
    ) -> anyhow::Result<Self> {
        let mut records = Vec::new();
        for person in &mut people {
            let enrolled = visit::patiently(async || {
                let enrolment = v1::StartEnrolment {
                    language: "en-GB".into(),
                    device: None,
                    pair: phone.is_some(),
                    label: person.name.into(),
                    consent: CONSENT.into(),
                    source: Some(visit::replayed_subject(&person.subject)),
                };
                let sees = |event: &Event| {
                    if let Some(phone) = &mut phone {
                        phone.sees(&stage.client, event);
                    }
                };
                visit::enrol(&stage.client, enrolment, sees).await
            })
            .await?;
            let Ending::Enrolled(enrolled) = enrolled.ending else {
                let why = enrolled.refused().map(|refused| &refused.text);
                anyhow::bail!("{} could not enrol: {why:?}, {:?}", person.name, enrolled.failed_gates());
            };
            person.key = enrolled.validator_key;
            records.push(enrolled.record);
        }
        let admitted = cast.admit(&stage, &records).await?;
        let asset = cast.asset(people.len() as u32)?;
        let (descriptor, rules) = (asset.descriptor.bytes().to_vec(), asset.rules.bytes().to_vec());
        stage.client.assets().register(v1::RegisterAsset { descriptor, rules }).await?;
        Ok(Self { stage, cast, people, asset, admitted })
    }

    /// The registrar's next epoch, with these enrolments beside the earlier ones.
    ///
    /// # Errors
    /// A record that does not hold.
    pub async fn admit(&mut self, records: &[Vec<u8>]) -> anyhow::Result<()> {
        self.admitted = self.cast.admit_after(&self.stage, Some(&self.admitted), records).await?;
        Ok(())
    }

    /// The kiosk.
    pub fn stage(&self) -> &Stage {
        &self.stage
    }

    /// The kiosk, to be stopped and started.
    pub fn stage_mut(&mut self) -> &mut Stage {
        &mut self.stage
    }

    /// The enrolled people.
    pub fn people(&self) -> &[Person] {
        &self.people
    }

    /// The key of who asks.
    pub fn requester(&self) -> wetsign_attest::id::PublicKey {
        wetsign_attest::id::PublicKey::from(&self.cast.requester)
    }

    /// So many fresh requests that the rules allow.
    pub fn requests(&self, count: usize) -> anyhow::Result<Vec<Signed<UsageRequest>>> {
        (0..count).map(|_| self.cast.request(self.asset.id, &LESSON)).collect()
    }

    /// Whom a verifier of this story has to trust.
    pub async fn trust_policy(&self) -> anyhow::Result<TrustPolicy> {
        self.stage.trust_policy(&self.cast).await
    }

    /// Submits a fresh request that the rules allow; answers its id.
    pub async fn submit(&self) -> anyhow::Result<Vec<u8>> {
        let request = self.cast.request(self.asset.id, &LESSON)?;
        let submitted = v1::SubmitRequest { request: request.bytes().to_vec(), ..Default::default() };
        Ok(self.stage.client.requests().submit(submitted).await?.into_inner().id)
    }

    /// Lets the daemon die at `point`, starts it again, and goes on until the approval verifies.
    ///
    /// # Errors
    /// When the daemon did not die there, lost something acknowledged, gave other bytes for a co-signature it had
    /// released, or could not finish.
    pub async fn cut(&mut self, point: &str) -> anyhow::Result<()> {
        let environment = BTreeMap::from([("WETSIGN_CRASH_AT".to_owned(), point.to_owned())]);
        self.stage.restart(&Options { environment, ..Options::default() }).await?;
        let request = self.cast.request(self.asset.id, &LESSON)?;
        let before = self.until_dark(request.bytes()).await;
        let status = self.stage.daemon().wait(DYING).await.context("the daemon did not die there")?;
        ensure!(!status.success(), "the daemon ended of its own accord, not at {point}");

        self.stage.restart(&Options::default()).await?;
        let id = request.id().as_bytes().to_vec();
        let client = &self.stage.client;
        if before.request {
            let found = client.requests().get(v1::RequestId { id: id.clone() }).await;
            let found = found.context("the acknowledged request is lost")?.into_inner();
            ensure!(found.request == request.bytes(), "the acknowledged request has other bytes now");
            ensure!(
                found.cosignatures as usize >= before.cosignatures.len(),
                "{} co-signatures were acknowledged, {} are left",
                before.cosignatures.len(),
                found.cosignatures
            );
        }
        client
            .requests()
            .submit(v1::SubmitRequest { request: request.bytes().to_vec(), ..Default::default() })
            .await?;
        for person in &self.people {
            let visit = visit::patiently(async || approve(&self.stage, &id, person).await).await?;
            let Ending::CoSigned(now) = &visit.ending else {
                anyhow::bail!("{} could not co-sign after the restart: {:?}", person.name, visit.refused());
            };
            if let Some(released) = before.cosignatures.get(&person.key) {
                ensure!(released == &now.cosignature, "another co-signature than before the power cut");
            }
        }
        let approval =
            client.approvals().get(v1::RequestId { id }).await.context("no approval")?.into_inner();
        let policy = self.stage.trust_policy(&self.cast).await?;
        let lenient =
            VerifyOptions { allow_simulated: true, allow_development_keys: true, ..VerifyOptions::default() };
        verify(&approval.bundle, &policy, lenient)
            .map(drop)
            .context("the approval after the power cut does not verify")
    }

    /// Goes through the main path as far as the daemon lives.
    async fn until_dark(&self, request: &[u8]) -> Acknowledged {
        let mut known = Acknowledged::default();
        let submitted = v1::SubmitRequest { request: request.to_vec(), ..Default::default() };
        let Ok(status) = self.stage.client.requests().submit(submitted).await else { return known };
        known.request = true;
        let id = status.into_inner().id;
        for person in &self.people {
            match visit::patiently(async || approve(&self.stage, &id, person).await).await {
                Ok(Visit { ending: Ending::CoSigned(signed), .. }) => {
                    known.cosignatures.insert(person.key.clone(), signed.cosignature);
                }
                Ok(_) | Err(_) => return known,
            }
        }
        known
    }
}

async fn approve(stage: &Stage, request: &[u8], person: &Person) -> anyhow::Result<Visit> {
    let source = Some(visit::replayed_subject(&person.subject));
    visit::approve(&stage.client, request, &person.key, source, visit::unseen).await
}
