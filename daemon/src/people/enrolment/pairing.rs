//! A person's own device is paired: after the person was looked at, or on the way to being enrolled.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::{sync::OwnedMutexGuard, time::timeout};
use wetsign_attest::{
    Signed,
    id::{Digest, PublicKey, sha256},
    object::{Custody, Pairing},
};
use wetsign_liveness::{MATCHES, Needs, outcomes, refusal};
use wetsign_pair::{Host, INVITATION_S};
use wetsign_sensor_ipc::{Part, Source};
use zeroize::Zeroizing;

use super::{Candidate, Enrolment, Refused};
use crate::{
    element::SessionBinding,
    keys,
    kiosk::{Kiosk, now},
    people::pairing::{Agreed, Begun, Line},
    requests::conduct::{
        Held,
        parts::{self, Trouble, fit_element},
    },
    requests::evidence,
    requests::ledger::PairedDevice,
    requests::notice::Notice,
    requests::session::{Fault, Phase},
    serve::feed::{Feed, Happening},
};

/// What the element's session is about in which a person is looked at who wants to pair a device: no request.
const LOOKED_AT: &[u8] = b"wetsign/pairing-look/1";
/// How long a person has to compare the digits and to sign on the device.
const COMPARE: Duration = Duration::from_mins(2);

/// Who wants to pair a device.
#[derive(Debug, Clone)]
pub struct PairWith {
    /// The person's key, which the device has to have.
    pub validator: PublicKey,
    /// Where frames and sound come from.
    pub source: Source,
    /// What the person cannot do.
    pub needs: Needs,
    /// Whether the page may shine on the person.
    pub light: bool,
}

/// Pairs a device of an enrolled person, who holds `alone` meanwhile: [`Kiosk::enrolling`]. The feed is closed when it
/// returns. When nobody follows the feed any more, it ends and nothing is kept.
pub async fn pair(kiosk: Arc<Kiosk>, who: PairWith, feed: Arc<Feed>, alone: OwnedMutexGuard<()>) {
    let (held, mut times) = (Held::default(), Vec::new());
    let mut visit = Enrolment::new(&kiosk, &feed, &held, &mut times);
    let paired = tokio::select! {
        paired = visit.look_and_pair(who) => paired,
        () = feed.abandoned() => Err(Refused::left()),
    };
    held.close_source().await;
    held.end_element().await;
    drop(alone);
    if let Err(Refused { stage, code, text, ending }) = paired {
        tracing::info!(%code, %text, "pairing refused");
        feed.push(Happening::State(Phase::Refused));
        feed.push(Happening::Refused { stage, code, text, refusal: Vec::new() });
        feed.push(Happening::Tell(Notice::Refused(ending), None));
    }
    feed.push(Happening::Times(times));
    feed.close();
}

/// A device that is let in while its owner is being enrolled; out again when this is dropped before it is kept.
pub(super) struct LetIn<'a> {
    kiosk: &'a Kiosk,
    device: PairedDevice,
    record: Box<Signed<Pairing>>,
    kept: bool,
}

impl LetIn<'_> {
    /// Makes the pairing durable and logs it.
    pub(super) async fn keep(mut self, feed: &Feed) -> Result<(), Refused> {
        let (record, digest) = (self.record.clone(), self.device.certificate);
        let kept = self.kiosk.books(move |ledger| ledger.keep_pairing(&record, digest)).await;
        kept.map_err(Trouble::store)?;
        self.kept = true;
        self.kiosk.known.add(&self.device);
        feed.push(Happening::Paired { id: self.device.id, record: self.record.bytes().to_vec() });
        Ok(())
    }

    /// The person's key, and where it lives.
    pub(super) fn key(&self) -> (PublicKey, Custody) {
        (self.device.pairing.validator, self.device.pairing.custody)
    }
}

impl Drop for LetIn<'_> {
    fn drop(&mut self) {
        if !self.kept {
            self.kiosk.known.end(&self.device.id);
        }
    }
}

impl<'a> Enrolment<'a> {
    async fn look_and_pair(&mut self, who: PairWith) -> Result<(), Refused> {
        self.recognise(&who).await?;
        let (begun, agreed) = self.invite(Some(who.validator)).await?;
        let (device, certificate) = self.certify(&agreed)?;
        let let_in = LetIn { kiosk: self.kiosk, device, record: agreed.record, kept: false };
        let_in.keep(self.feed).await?;
        self.grant(&begun, &certificate)?;
        self.feed.push(Happening::State(Phase::Paired));
        self.feed.push(Happening::Tell(Notice::Paired, None));
        Ok(())
    }

    /// The person before the kiosk is alive, here, and the one with this key.
    async fn recognise(&mut self, who: &PairWith) -> Result<(), Refused> {
        fit_element(self.kiosk).await?;
        let about = sha256(&[LOOKED_AT, who.validator.as_bytes()]);
        let session =
            SessionBinding { request_id: about, verdict_id: about, validator_key: who.validator.handle() };
        let visitor = Candidate {
            label: String::new(),
            consent: String::new(),
            language: String::new(),
            source: who.source.clone(),
            needs: who.needs.clone(),
            light: who.light,
            device: None,
            pair: false,
        };
        let taken = self.capture(&visitor, Part::Confirm, session, Phase::Confirm).await?;
        let template = parts::template(self.kiosk, self.held, &who.validator).await?;
        let probe = template.probe(&taken.evidence.embedding);
        let gates = evidence::compare(&template.features(), probe.as_ref(), &self.kiosk.thresholds);
        self.feed.push(Happening::Gates(gates.clone()));
        self.held.end_element().await;
        let (validator, failed) = (who.validator, refusal(&outcomes(&gates), &MATCHES));
        let recognised = failed.is_none();
        let noted = self.kiosk.books(move |ledger| {
            if recognised { ledger.may_try_again(&validator) } else { ledger.failed_to(&validator, now()) }
        });
        noted.await.map_err(Trouble::store)?;
        failed.map_or(Ok(()), |why| Err(Refused::gate(why, &gates)))
    }

    /// Shows the picture, then the digits; waits until device and person said yes.
    async fn invite(&mut self, only: Option<PublicKey>) -> Result<(Begun<'a>, Agreed), Refused> {
        let started = Instant::now();
        let kiosk: &'a Kiosk = self.kiosk;
        let host = host(kiosk, only)?;
        let (text, until) = (host.invitation().text(), host.invitation().until());
        let begun = kiosk.pairing.begin(host);
        self.feed.push(Happening::State(Phase::Pair));
        self.feed.push(Happening::Tell(Notice::ScanPicture, None));
        self.feed.push(Happening::Invitation(text, until));
        let minute = Duration::from_secs(INVITATION_S);
        let digits = within(minute, begun.digits()).await?;
        self.feed.push(Happening::Tell(Notice::CompareDigits, None));
        self.feed.push(Happening::Code(digits));
        let agreed = within(COMPARE, begun.agreed()).await?;
        parts::asked_by_ours(self.kiosk, agreed.record.presence())?;
        self.times.push(("pair", started.elapsed().as_millis() as u64));
        Ok((begun, agreed))
    }

    /// Pairs the device of somebody who is about to be enrolled. It has its certificate at once, since it has to sign
    /// the consent, and is kept only with the enrolment.
    pub(super) async fn let_in(&mut self) -> Result<LetIn<'a>, Refused> {
        let (begun, agreed) = self.invite(None).await?;
        let (device, certificate) = self.certify(&agreed)?;
        self.kiosk.known.add(&device);
        let let_in = LetIn { kiosk: self.kiosk, device, record: agreed.record, kept: false };
        self.grant(&begun, &certificate)?;
        Ok(let_in)
    }

    fn certify(&self, agreed: &Agreed) -> Result<(PairedDevice, Vec<u8>), Refused> {
        let (id, pairing) = (agreed.record.id(), agreed.record.payload().clone());
        let authority = self.kiosk.devices().map_err(Trouble::from)?;
        let certificate = authority.certify(&agreed.certified, &id.0, pairing.until, now());
        let certificate = certificate.map_err(|error| trouble(error.to_string()))?;
        let device = PairedDevice { id, pairing, certificate: Digest(sha256(&[&certificate])), ended: None };
        Ok((device, certificate))
    }

    fn grant(&self, begun: &Begun<'_>, certificate: &[u8]) -> Result<(), Refused> {
        let authority = self.kiosk.devices().map_err(Trouble::from)?.certificate();
        let lasting = self.kiosk.line.as_ref().map(Line::lasting);
        let checker = PublicKey::from(&self.kiosk.ledger.keys().checker);
        begun.grant(certificate, authority, lasting.as_ref(), checker).map_err(refused)
    }
}

/// What the device or the person says within this time.
async fn within<T>(
    limit: Duration,
    said: impl Future<Output = Result<T, wetsign_pair::Refused>>,
) -> Result<T, Refused> {
    match timeout(limit, said).await {
        Ok(said) => said.map_err(refused),
        Err(_) => Err(Refused::too_late(Phase::Pair, limit)),
    }
}

fn host(kiosk: &Kiosk, only: Option<PublicKey>) -> Result<Host, Refused> {
    let devices = kiosk.devices().map_err(Trouble::from)?;
    let mut drawn = Zeroizing::new([0; 48]);
    for part in drawn.chunks_mut(32) {
        let random = keys::random().map_err(|error| Trouble::internal("random", error))?;
        part.copy_from_slice(&random[..part.len()]);
    }
    let own = PublicKey::from(&kiosk.ledger.keys().kiosk);
    // A relay has an ordinary certificate, so the picture names none.
    let (address, certificate) = match &kiosk.line {
        Some(line) => (line.meeting(), None),
        None => (kiosk.config.api.devices.told(), Some(devices.fingerprint())),
    };
    Host::invite(own, &address, certificate, only, &drawn, now()).map_err(refused)
}

fn refused(why: wetsign_pair::Refused) -> Refused {
    trouble(why.to_string())
}

fn trouble(text: String) -> Refused {
    Trouble { fault: Fault::Device("pairing"), text }.into()
}
