//! `Enrolments`.

use std::sync::Arc;

use tonic::{Request, Response, Status};
use wetsign_api::v1::{self, enrolments_server::Enrolments};
use wetsign_attest::{
    codes,
    id::{PublicKey, Scalar},
    object::Custody,
};

use super::{
    Services, convert,
    page::Page,
    sessions::{EventStream, stream},
};
use crate::{
    error::LedgerError,
    kiosk::now,
    people::enrolment::{self, Candidate},
    serve::feed::Feed,
    store::Table,
    store::records::{self, Enrolled, LeafRecord},
};

const LABEL: usize = 256;
const CONSENT: usize = 8 * 1024;
/// The language of a consent whose client does not say.
const UNSAID: &str = "en";

#[tonic::async_trait]
impl Enrolments for Services {
    type StartStream = EventStream;

    async fn start(&self, request: Request<v1::StartEnrolment>) -> Result<Response<EventStream>, Status> {
        let v1::StartEnrolment { label, consent, source, device, pair, language } = request.into_inner();
        if label.is_empty() || label.len() > LABEL || consent.len() > CONSENT {
            return Err(Status::invalid_argument(format!(
                "label must have 1 to {LABEL} bytes and consent at most {CONSENT}"
            )));
        }
        let language = if language.is_empty() { UNSAID.to_owned() } else { language };
        codes::language(&language).map_err(|why| Status::invalid_argument(format!("language: {why}")))?;
        let device = device.map(|device| self.device(device)).transpose()?;
        if pair && device.is_some() {
            return Err(Status::invalid_argument("a device is either named or paired on the way, not both"));
        }
        if pair {
            self.kiosk.devices().map_err(|error| Status::failed_precondition(error.to_string()))?;
        }
        let needs = convert::needs(source.as_ref())?;
        let light = convert::light(source.as_ref(), self.kiosk.config.session.screen_light);
        let source = convert::source(source, self.kiosk.config.sensor.allow_simulated)?;
        let alone = Arc::clone(&self.kiosk.enrolling).try_lock_owned().map_err(|_| {
            Status::resource_exhausted("another person is being enrolled here: try again when that has ended")
        })?;
        if let Some(why) = self.kiosk.unready(now()).await.first() {
            return Err(Status::failed_precondition(why.clone()));
        }
        let feed = Feed::with_readers(self.kiosk.element.light(), Arc::clone(&self.kiosk.metrics));
        let events = stream(&feed);
        let candidate = Candidate { label, consent, language, source, needs, light, device, pair };
        tokio::spawn(enrolment::enrol(Arc::clone(&self.kiosk), candidate, feed, alone));
        Ok(Response::new(events))
    }

    async fn list(
        &self,
        request: Request<v1::ListEnrolments>,
    ) -> Result<Response<v1::EnrolmentList>, Status> {
        let v1::ListEnrolments { limit, page } = request.into_inner();
        if !page.is_empty() && PublicKey::try_from(page.as_slice()).is_err() {
            return Err(Status::invalid_argument("page must be the next_page of an earlier list, or empty"));
        }
        let epoch = self.kiosk.ledger.registry().current();
        let most = if limit == 0 { usize::MAX } else { limit as usize };
        let list = self.kiosk.books(move |ledger| {
            let mut list = Page::new(most);
            ledger.store().each(Table::Enrolment, b"", |key, bytes| {
                if list.is_full() || key <= page.as_slice() {
                    return Ok(());
                }
                let enrolled: Enrolled =
                    records::decode(bytes).ok_or_else(|| LedgerError::stored("enrolment", key))?;
                list.takes(v1::Enrolment {
                    registered: epoch.as_ref().is_some_and(|epoch| epoch.path(&enrolled.leaf).is_some()),
                    label: enrolled.label,
                    validator_key: key.to_vec(),
                    leaf: enrolled.leaf.0.to_vec(),
                    record: enrolled.record.0,
                });
                Ok::<_, LedgerError>(())
            })?;
            let (more, enrolments) = (list.is_full(), list.into_rows());
            let last = enrolments.last().filter(|_| more).map(|row| row.validator_key.clone());
            Ok(v1::EnrolmentList { enrolments, next_page: last.unwrap_or_default() })
        });
        Ok(Response::new(list.await.map_err(convert::status)?))
    }

    async fn get(&self, request: Request<v1::EnrolmentId>) -> Result<Response<v1::EnrolmentFile>, Status> {
        let id = convert::id(&request.into_inner().id)?;
        let bundle = self.read(move |ledger| Ok(ledger.enrolment_bundle(&id)?.to_bytes()?));
        Ok(Response::new(v1::EnrolmentFile { bundle: bundle.await? }))
    }

    async fn endorse(
        &self,
        request: Request<v1::EndorseEnrolment>,
    ) -> Result<Response<v1::EnrolmentFile>, Status> {
        let endorsement = request.into_inner().endorsement;
        let bundle = self.write(move |ledger| {
            let record = ledger.keep_endorsement(&endorsement)?;
            Ok(ledger.enrolment_bundle(&record)?.to_bytes()?)
        });
        Ok(Response::new(v1::EnrolmentFile { bundle: bundle.await? }))
    }

    async fn erase(&self, request: Request<v1::ErasureMessage>) -> Result<Response<v1::Erased>, Status> {
        let request = request.into_inner().request;
        let receipt = self.kiosk.books(move |ledger| ledger.erase(&request, now())).await;
        let receipt = receipt.map_err(convert::status)?.bytes().to_vec();
        Ok(Response::new(v1::Erased { receipt }))
    }

    async fn install_epoch(
        &self,
        request: Request<v1::EpochInstall>,
    ) -> Result<Response<v1::EpochStatus>, Status> {
        let v1::EpochInstall { epoch, leaves, stakes } = request.into_inner();
        let leaves = leaves
            .iter()
            .map(|leaf| Ok(LeafRecord { index: leaf.index, leaf: Scalar::try_from(leaf.leaf.as_slice())? }))
            .collect::<Result<Vec<_>, wetsign_attest::Error>>()
            .map_err(|error| Status::invalid_argument(error.to_string()))?;
        let installed = self.kiosk.books(move |ledger| ledger.install_epoch(&epoch, &stakes, leaves));
        let number = installed.await.map_err(convert::status)?;
        let root = self.kiosk.ledger.registry().current().map(|epoch| epoch.epoch.root.0.to_vec());
        Ok(Response::new(v1::EpochStatus { number, root: root.unwrap_or_default() }))
    }
}

impl Services {
    /// A person's own device, if this kiosk can believe what it will sign.
    fn device(&self, device: v1::DeviceKey) -> Result<(PublicKey, Custody), Status> {
        let v1::DeviceKey { key, software } = device;
        let key = convert::public_key(&key)?;
        if !key.is_passkey() || !key.is_usable() {
            return Err(Status::invalid_argument(
                "device.key is no passkey: 33 bytes, a compressed point of P-256",
            ));
        }
        if self.kiosk.config.hub.relying_parties.is_empty() {
            return Err(Status::failed_precondition(
                "this kiosk enrols nobody with a passkey: hub.relying_parties names no page that may ask one",
            ));
        }
        if software && !self.kiosk.config.sensor.allow_simulated {
            return Err(Status::failed_precondition(
                "a passkey in a program is a simulated part, and sensor.allow_simulated is off",
            ));
        }
        Ok((key, if software { Custody::SoftwarePasskey } else { Custody::Passkey }))
    }
}
