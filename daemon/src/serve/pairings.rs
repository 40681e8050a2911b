//! `Pairings`: people's own devices.

use std::sync::Arc;

use tonic::{Request, Response, Status};
use wetsign_api::v1::{self, pairings_server::Pairings};
use wetsign_attest::{Signed, id::PublicKey, object::Unpairing};

use super::{
    Services,
    access::Door,
    convert, devices,
    sessions::{EventStream, stream},
};
use crate::{
    kiosk::now,
    people::enrolment::{self, PairWith},
    people::pairing::{OpenError, Reply},
    serve::feed::Feed,
    store::Table,
};

/// Longest reason for ending a pairing, bytes.
const REASON: usize = 256;

#[tonic::async_trait]
impl Pairings for Services {
    type StartStream = EventStream;

    async fn start(&self, request: Request<v1::StartPairing>) -> Result<Response<EventStream>, Status> {
        let v1::StartPairing { validator_key, source } = request.into_inner();
        let validator = convert::public_key(&validator_key)?;
        self.kiosk.devices().map_err(|error| Status::failed_precondition(error.to_string()))?;
        let enrolled = self
            .kiosk
            .books(move |ledger| {
                ledger.may_try(&validator, now())?;
                Ok(ledger.store().get(Table::Enrolment, validator.as_bytes())?)
            })
            .await;
        if enrolled.map_err(convert::status)?.is_none() {
            return Err(Status::failed_precondition(format!(
                "validator {validator} is not enrolled at this kiosk: enrol them, and pair their device on the way"
            )));
        }
        let needs = convert::needs(source.as_ref())?;
        let light = convert::light(source.as_ref(), self.kiosk.config.session.screen_light);
        let source = convert::source(source, self.kiosk.config.sensor.allow_simulated)?;
        let alone = Arc::clone(&self.kiosk.enrolling).try_lock_owned().map_err(|_| {
            Status::resource_exhausted("another person is before this kiosk: try again when that has ended")
        })?;
        if let Some(why) = self.kiosk.unready(now()).await.first() {
            return Err(Status::failed_precondition(why.clone()));
        }
        let feed = Feed::with_readers(self.kiosk.element.light(), Arc::clone(&self.kiosk.metrics));
        let events = stream(&feed);
        let who = PairWith { validator, source, needs, light };
        tokio::spawn(enrolment::pair(Arc::clone(&self.kiosk), who, feed, alone));
        Ok(Response::new(events))
    }

    async fn compare(&self, request: Request<v1::PairingComparison>) -> Result<Response<v1::Ack>, Status> {
        self.kiosk.pairing.compare(request.into_inner().same).map_err(|error| status(&error))?;
        Ok(Response::new(v1::Ack {}))
    }

    async fn exchange(
        &self,
        request: Request<v1::PairingMessage>,
    ) -> Result<Response<v1::PairingMessage>, Status> {
        let v1::PairingMessage { pairing, sealed } = request.into_inner();
        let reply = self.kiosk.pairing.hear(&pairing, &sealed, now()).map_err(|error| status(&error))?;
        let sealed = match reply {
            Reply::Message(bytes) => bytes,
            Reply::Heard => Vec::new(),
        };
        Ok(Response::new(v1::PairingMessage { pairing: Vec::new(), sealed }))
    }

    async fn list(&self, request: Request<v1::ListPairings>) -> Result<Response<v1::PairingList>, Status> {
        let own = devices::caller(&request);
        let asked = request.into_inner().validator_key;
        let of = match (own, self.door) {
            // A device sees its owner's devices, whatever it asks for.
            (Some(known), _) => Some(known.validator),
            (None, Door::Local) if asked.is_empty() => None,
            (None, Door::Local) => Some(convert::public_key(&asked)?),
            (None, _) => return Err(devices::unpaired()),
        };
        let listed = self.read(move |ledger| ledger.paired_devices(of.as_ref())).await?;
        let pairings = listed.into_iter().map(|device| v1::PairingEntry {
            pairing: device.id.0.to_vec(),
            validator_key: device.pairing.validator.as_bytes().to_vec(),
            label: device.pairing.label,
            time: device.pairing.time,
            until: device.pairing.until,
            ended: device.ended.unwrap_or(0),
        });
        Ok(Response::new(v1::PairingList { pairings: pairings.collect() }))
    }

    async fn revoke(&self, request: Request<v1::RevokePairing>) -> Result<Response<v1::Ack>, Status> {
        let own = devices::caller(&request);
        let v1::RevokePairing { pairing, reason } = request.into_inner();
        let pairing = convert::id(&pairing)?;
        if reason.len() > REASON {
            return Err(Status::invalid_argument(format!("the reason may have {REASON} bytes at most")));
        }
        let of: Option<PublicKey> = match (own, self.door) {
            (Some(known), _) => Some(known.validator),
            (None, Door::Local) => None,
            (None, _) => return Err(devices::unpaired()),
        };
        let reason = if reason.is_empty() { "no reason given".to_owned() } else { reason };
        let done = self.kiosk.books(move |ledger| {
            let theirs = ledger.paired_devices(of.as_ref())?;
            if !theirs.iter().any(|device| device.id == pairing) {
                return Err(crate::error::LedgerError::no("pairing", &pairing));
            }
            let key = &ledger.keys().kiosk;
            let end = Unpairing { pairing, signed_by: PublicKey::from(key), reason, time: now() };
            ledger.end_pairing(&Signed::sign(end, key)?)
        });
        done.await.map_err(convert::status)?;
        self.kiosk.known.end(&pairing);
        Ok(Response::new(v1::Ack {}))
    }
}

fn status(error: &OpenError) -> Status {
    let words = error.to_string();
    match error {
        OpenError::None => Status::not_found(words),
        OpenError::TooMany => Status::resource_exhausted(words),
        OpenError::Early => Status::failed_precondition(words),
        OpenError::Refused(_) => Status::invalid_argument(words),
    }
}
