//! Enrols a person: consent, two captures, a search for duplicates, a record for the registrar.
//!
//! Each capture is a session of the secure element of its own, over (consent receipt id, consent receipt id, validator
//! key). Nothing is stored before the second capture matched the first; the template is the mean of both. A person
//! whose face an enrolment of this kiosk already knows is refused. Keys, secret, blindings and rotation seed are drawn
//! from the operating system's random source and leave this process only sealed to the element.
//!
//! - `candidate.rs`: who is enrolled, and with which parts.
//! - `capture.rs`: one capture, from the element's challenge to its token.
//! - `duplicates.rs`: the search for the same person.
//! - `elsewhere.rs`: the same, at all other kiosks.
//! - `matching.rs`: the leaf, and the proof over both captures.
//! - `pairing.rs`: a device of the person's own.
//! - `refused.rs`: why a person was not enrolled.

mod candidate;
mod capture;
mod duplicates;
mod elsewhere;
mod matching;
mod pairing;
mod refused;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::sync::OwnedMutexGuard;
use wetsign_attest::{
    Object, Signed, binding,
    id::{Blob, PublicKey},
    limits::ENROLMENT_S,
    object::{ConsentReceipt, Custody, EnrolmentRecord, RefusalStage},
    offer::{self, Offer},
};
use wetsign_liveness::{MATCHES, outcomes, refusal};
use wetsign_sensor_ipc::Part;

use crate::{
    element::SessionBinding,
    kiosk::{Kiosk, now},
    people::offers::OffersError,
    people::vault::{Credential, Template},
    requests::conduct::{
        Held,
        parts::{self, Trouble, fit_element, present},
    },
    requests::evidence,
    requests::notice::{Ending, Notice},
    requests::session::{Fault, Phase, Reason},
    serve::feed::{Feed, Happening},
    store::records::{self, Enrolled},
    store::{Batch, Table},
};
pub use candidate::Candidate;
pub use pairing::{PairWith, pair};

use candidate::{Enrolment, Secrets};
use matching::Statement;
use pairing::LetIn;
use refused::Refused;

/// Enrols a person, who holds `alone` meanwhile: [`Kiosk::enrolling`]. The feed is closed when it returns. When nobody
/// follows the feed any more, camera and element are closed and nothing is stored.
pub async fn enrol(kiosk: Arc<Kiosk>, candidate: Candidate, feed: Arc<Feed>, alone: OwnedMutexGuard<()>) {
    let held = Held::default();
    let mut times = Vec::new();
    let (outcome, kept, found) = {
        let mut enrolment = Enrolment::new(&kiosk, &feed, &held, &mut times);
        let gathered = tokio::select! {
            gathered = enrolment.gather(candidate) => gathered,
            () = feed.abandoned() => Err(Refused::left()),
        };
        held.close_source().await;
        held.end_element().await;
        // From here on it is not stopped any more: it is stored whole.
        let outcome = match gathered {
            Ok(gathered) => enrolment.keep(gathered).await,
            Err(refused) => Err(refused),
        };
        (outcome, enrolment.kept, enrolment.found)
    };
    if let (Err(_), Some(handle)) = (&outcome, kept) {
        elsewhere::take_back(&kiosk, handle).await;
    }
    drop(alone);
    match outcome {
        Ok(()) => {
            feed.push(Happening::State(Phase::Enrolled));
            feed.push(Happening::Tell(Notice::Enrolled, None));
        }
        Err(Refused { stage, code, text, ending }) => {
            tracing::info!(%code, %text, "enrolment refused");
            feed.push(Happening::State(Phase::Refused));
            feed.push(Happening::Refused { stage, code, text, refusal: found });
            feed.push(Happening::Tell(Notice::Refused(ending), None));
        }
    }
    feed.push(Happening::Times(times));
    feed.close();
}

/// An enrolment that only has to be stored.
struct Gathered<'a> {
    label: String,
    let_in: Option<LetIn<'a>>,
    device: Option<Custody>,
    secrets: Secrets,
    consent: Signed<ConsentReceipt>,
    record: EnrolmentRecord,
}

impl<'a> Enrolment<'a> {
    /// Everything up to the record, which is signed and stored by [`Enrolment::keep`].
    async fn gather(&mut self, candidate: Candidate) -> Result<Gathered<'a>, Refused> {
        if candidate.consent.trim().is_empty() {
            return Err(Refused {
                stage: RefusalStage::Failure,
                code: Reason::NoConsent.code(),
                text: "an enrolment needs the consent text that the person agreed to".into(),
                ending: Ending::NoConsent,
            });
        }
        let known = fit_element(self.kiosk).await?;
        let let_in = if candidate.pair { Some(self.let_in().await?) } else { None };
        let device = let_in.as_ref().map(LetIn::key).or(candidate.device);
        let credential = match &device {
            Some((key, _)) => Credential::for_device(key),
            None => Credential::fresh(),
        };
        let credential = Arc::new(credential.map_err(Trouble::from)?);
        let mut template = Template::fresh().map_err(Trouble::from)?;
        let validator = credential.public();
        let consent = self.consent(&candidate, &credential).await?;
        let session = SessionBinding {
            request_id: consent.id().0,
            verdict_id: consent.id().0,
            validator_key: validator.handle(),
        };

        self.part_older().await?;
        if candidate.light {
            self.feed.push(Happening::Tell(Notice::WillShine, None));
        }
        let first = self.capture(&candidate, Part::Enrol, session, Phase::Enrol).await?;
        if !template.enrol(&first.evidence.embedding) {
            return Err(Trouble::internal("embedding", "the sensor gave no whole embedding").into());
        }
        let enrolled = Arc::new(template.features());
        let first_signed = self.attest(&known, &first, &enrolled, &[]).await?;
        self.held.end_element().await;
        let searched = self.search(&first.evidence.embedding, &consent).await?;
        let looked_for = self.looked_for(&first.evidence.embedding).await?;

        self.feed.push(Happening::Tell(Notice::Again, None));
        let second = self.capture(&candidate, Part::Confirm, session, Phase::Confirm).await?;
        let probe = template.probe(&second.evidence.embedding);
        let gates = evidence::compare(&enrolled, probe.as_ref(), &self.kiosk.thresholds);
        self.feed.push(Happening::Gates(gates.clone()));
        if let Some(refusal) = refusal(&outcomes(&gates), &MATCHES) {
            return Err(Refused::gate(refusal, &gates));
        }
        let probe = Arc::new(present(probe)?);
        let second_signed = self.attest(&known, &second, &probe, &gates).await?;
        self.held.end_element().await;
        if !template.enrol(&first.evidence.embedding.mean(&second.evidence.embedding)) {
            return Err(Trouble::internal("embedding", "two captures gave no whole template").into());
        }
        let challenges = [first.challenge, second.challenge];
        drop((first, second));
        let secrets = Secrets { credential, template: Arc::new(template) };

        let uniqueness = match looked_for {
            Some(template) => self.search_elsewhere(template, &consent).await?,
            None => None,
        };
        let leaf = self.leaf(&secrets);
        let started = Instant::now();
        let about =
            |challenge| Statement { consent: consent.id(), challenge, ueid: &known.identity.ueid, leaf };
        let first_proof = self.prove(&secrets, enrolled, &first_signed, about(challenges[0])).await?;
        let proof = self.prove(&secrets, probe, &second_signed, about(challenges[1])).await?;
        self.times.push(("enrol.prove", started.elapsed().as_millis() as u64));
        let record = EnrolmentRecord {
            leaf: binding::scalar(&leaf),
            validator,
            first: first_signed.capture,
            second: second_signed.capture,
            proof,
            duplicates: searched,
            consent: consent.bytes().into(),
            kiosk: PublicKey::from(&self.kiosk.ledger.keys().kiosk),
            time: now(),
            first_proof: Some(first_proof),
            uniqueness,
        };
        // No registrar would endorse it: a consent is for the visit in which it was given.
        if record.time.abs_diff(consent.payload().time) > ENROLMENT_S {
            return Err(Refused::too_late(Phase::Enrol, Duration::from_secs(ENROLMENT_S)));
        }
        let device = device.map(|(_, custody)| custody);
        Ok(Gathered { label: candidate.label, let_in, device, secrets, consent, record })
    }

    /// The consent, signed: by the person's own device, if they have one, else by the key that the kiosk keeps for
    /// them.
    async fn consent(
        &self,
        candidate: &Candidate,
        credential: &Credential,
    ) -> Result<Signed<ConsentReceipt>, Trouble> {
        let receipt = ConsentReceipt {
            validator: credential.public(),
            kiosk: PublicKey::from(&self.kiosk.ledger.keys().kiosk),
            text: candidate.consent.clone(),
            language: candidate.language.clone(),
            time: now(),
        };
        if !credential.is_on_device() {
            return credential.sign(receipt).map_err(|error| Trouble::internal("consent", error));
        }
        let refused =
            |error: OffersError| Trouble { fault: Fault::Device("consent"), text: error.to_string() };
        let payload = receipt.to_payload().map_err(|error| refused(error.into()))?;
        let id = receipt.id().map_err(|error| refused(error.into()))?;
        let stay = self.kiosk.config.session.sign_s;
        self.feed.push(Happening::Tell(Notice::SignOnDevice, None));
        self.feed.push(Happening::Code(offer::code(&id)));
        let asked = self.kiosk.offers.ask(&receipt, Offer::alone(payload, now() + stay));
        let answered = tokio::time::timeout(Duration::from_secs(stay), asked).await;
        let answered = answered.unwrap_or(Err(OffersError::Ended)).map_err(refused)?;
        parts::asked_by_ours(self.kiosk, answered.signed.presence())?;
        Ok(answered.kept())
    }

    /// Seals the secrets, stores everything in one durable batch, logs the record.
    async fn keep(&self, gathered: Gathered<'a>) -> Result<(), Refused> {
        let Gathered { label, let_in, device, secrets, consent, record } = gathered;
        let validator = record.validator;
        let turn = self.kiosk.element.turn().await.map_err(Trouble::from)?;
        let sealed = parts::seal(&turn, &validator, &secrets.credential, &secrets.template).await;
        let (credential, template) = sealed.map_err(Trouble::from)?;
        drop((turn, secrets));
        let kept = self.kiosk.books(move |ledger| {
            let record = Signed::sign(record, &ledger.keys().kiosk)?;
            let enrolled = Enrolled {
                label,
                leaf: record.payload().leaf,
                record: record.bytes().into(),
                consent: consent.bytes().into(),
                together: Blob::default(),
                time: record.payload().time,
                template,
                credential,
                device,
            };
            let mut batch = Batch::new();
            batch.put(Table::Enrolment, validator.as_bytes(), &records::encode(&enrolled));
            ledger.keep_enrolment(&record, batch)?;
            Ok(record)
        });
        let record = kept.await.map_err(Trouble::store)?;
        self.feed.push(Happening::Enrolled {
            record: record.bytes().to_vec(),
            validator,
            leaf: record.payload().leaf,
        });
        // Whatever comes of this: the person is enrolled, and may pair the device again.
        if let Some(let_in) = let_in
            && let Err(Refused { text, .. }) = let_in.keep(self.feed).await
        {
            tracing::warn!(%text, "the person is enrolled, but the device is not paired: pair it again");
        }
        Ok(())
    }
}
