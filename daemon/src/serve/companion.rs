//! `Companion`: what validators' own devices are asked to sign.

use std::collections::BTreeSet;

use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status};
use wetsign_api::v1::{self, companion_server::Companion};
use wetsign_attest::{
    Signed,
    id::PublicKey,
    object::{CoSignature, Decline},
    offer::Offer,
};

use super::{Services, convert, devices};
use crate::{error::LedgerError, kiosk::now, people::offers::OffersError, people::pairing::Known};

#[tonic::async_trait]
impl Companion for Services {
    type WatchStream = ReceiverStream<Result<v1::CompanionOffer, Status>>;

    async fn watch(&self, request: Request<v1::CompanionKey>) -> Result<Response<Self::WatchStream>, Status> {
        let known = devices::caller(&request);
        let key = convert::public_key(&request.into_inner().key)?;
        own(known, &key)?;
        let (kiosk, (give, take)) = (std::sync::Arc::clone(&self.kiosk), mpsc::channel(1));
        tokio::spawn(async move {
            let mut changes = kiosk.offers.changes();
            let mut told = BTreeSet::new();
            loop {
                let waiting = kiosk.offers.of(&key);
                told.retain(|id| waiting.iter().any(|one| one.id == *id));
                for one in waiting {
                    if told.insert(one.id) {
                        let offer = v1::CompanionOffer { id: one.id.0.to_vec(), offer: one.offer.to_vec() };
                        if give.send(Ok(offer)).await.is_err() {
                            return;
                        }
                    }
                }
                tokio::select! {
                    changed = changes.changed() => if changed.is_err() { return },
                    () = give.closed() => return,
                    () = kiosk.known.over(known) => {
                        // Whoever is not there any more does not hear it.
                        let _ = give.send(Err(devices::unpaired())).await;
                        return;
                    }
                }
            }
        });
        Ok(Response::new(ReceiverStream::new(take)))
    }

    async fn answer(&self, request: Request<v1::CompanionAnswer>) -> Result<Response<v1::Ack>, Status> {
        let known = devices::caller(&request);
        let v1::CompanionAnswer { id, signed } = request.into_inner();
        let id = convert::id(&id)?;
        if let (Some(known), Some(asked)) = (known, self.kiosk.offers.asked(&id)) {
            own(Some(known), &asked)?;
        }
        // One that was kept before, and whose receipt was lost on the way, is confirmed again.
        let kept = Signed::<CoSignature>::decode(&signed).ok().filter(|signed| signed.id() == id);
        match self.kiosk.offers.answer(&id, signed).await {
            Ok(()) => return Ok(Response::new(v1::Ack {})),
            Err(error @ OffersError::Unknown(_)) => {
                let Some(signed) = kept else { return Err(status(&error)) };
                let (about, validator) = (signed.payload().request, signed.payload().validator);
                let known = self.kiosk.books(move |ledger| ledger.released(&about, &validator, now())).await;
                if known.map_err(convert::status)?.is_some_and(|known| known.id() == id) {
                    return Ok(Response::new(v1::Ack {}));
                }
                Err(status(&error))
            }
            Err(error) => Err(status(&error)),
        }
    }

    async fn unlock(&self, request: Request<v1::CompanionKey>) -> Result<Response<v1::Ack>, Status> {
        let known = devices::caller(&request);
        let key = convert::public_key(&request.into_inner().key)?;
        own(Some(known.ok_or_else(devices::unpaired)?), &key)?;
        self.kiosk.books(move |ledger| ledger.may_try_again(&key)).await.map_err(convert::status)?;
        Ok(Response::new(v1::Ack {}))
    }

    async fn template(
        &self,
        request: Request<v1::CompanionKey>,
    ) -> Result<Response<v1::KeptTemplate>, Status> {
        let known = devices::caller(&request);
        let key = convert::public_key(&request.into_inner().key)?;
        own(known, &key)?;
        let kept = self.read(move |ledger| {
            let none = || LedgerError::NotFound { what: "enrolment of", id: key.to_string() };
            let enrolled = ledger.enrolled(&key)?.ok_or_else(none)?;
            Ok((enrolled, PublicKey::from(&ledger.keys().kiosk)))
        });
        let (kept, kiosk) = kept.await?;
        let (leaf, kiosk) = (kept.leaf.0.to_vec(), kiosk.as_bytes().to_vec());
        Ok(Response::new(v1::KeptTemplate { leaf, time: kept.time, kiosk }))
    }

    async fn decline(&self, request: Request<v1::CompanionDecline>) -> Result<Response<v1::Ack>, Status> {
        let known = devices::caller(&request);
        let bytes = request.into_inner().decline;
        let decline = Signed::<Decline>::decode(&bytes)
            .map_err(|error| Status::invalid_argument(format!("the decline is refused: {error}")))?;
        own(known, &decline.payload().validator)?;
        let (about, validator) = (decline.payload().request, decline.payload().validator);
        let written = self.kiosk.books(move |ledger| {
            let kept = ledger.keep_decline(decline, now())?;
            ledger.log_decline(&kept.id(), &about)
        });
        written.await.map_err(convert::status)?;
        for waiting in self.kiosk.offers.of(&validator) {
            let asked = wetsign_attest::Object::from_payload(&waiting.offer).and_then(|offer: Offer| {
                Signed::<wetsign_attest::object::UsageRequest>::decode(&offer.request.0)
            });
            if asked.is_ok_and(|request| request.id() == about) {
                self.kiosk.offers.decline(&waiting.id);
            }
        }
        Ok(Response::new(v1::Ack {}))
    }
}

/// A device acts for its owner alone.
pub(super) fn own(known: Option<Known>, key: &PublicKey) -> Result<(), Status> {
    match known {
        Some(known) if known.validator != *key => Err(Status::permission_denied(format!(
            "this device is paired for {}, and acts for nobody else",
            known.validator
        ))),
        _ => Ok(()),
    }
}

fn status(error: &OffersError) -> Status {
    let words = error.to_string();
    match error {
        OffersError::Answer(_) | OffersError::Other { .. } => Status::invalid_argument(words),
        OffersError::Unknown(_) => Status::not_found(words),
        _ => Status::aborted(words),
    }
}
