//! `Requesters`: who asks, as whoever runs this kiosk says it.

use tonic::{Request, Response, Status};
use wetsign_api::v1::{self, requesters_server::Requesters};
use wetsign_attest::{id::PublicKey, object::Registration};

use super::{Services, convert};
use crate::{kiosk::now, requests::ledger::Ledger};

const DAY: u64 = 86_400;
/// Longest registration, days.
const DAYS: u32 = 3660;

#[tonic::async_trait]
impl Requesters for Services {
    async fn register(
        &self,
        request: Request<v1::RegisterRequester>,
    ) -> Result<Response<v1::Registered>, Status> {
        let v1::RegisterRequester { requester_key, name, contact, mut purposes, days } = request.into_inner();
        if !(1..=DAYS).contains(&days) {
            return Err(Status::invalid_argument(format!("days must be 1 to {DAYS}")));
        }
        purposes.sort();
        let (requester, time) = (convert::public_key(&requester_key)?, now());
        let kept = self.kiosk.books(move |ledger| {
            let kiosk = PublicKey::from(&ledger.keys().kiosk);
            let until = time + u64::from(days) * DAY;
            ledger.register(Registration { requester, name, contact, purposes, kiosk, time, until })
        });
        let kept = kept.await.map_err(convert::status)?;
        Ok(Response::new(v1::Registered { registration: kept.bytes().to_vec() }))
    }

    async fn remove(&self, request: Request<v1::RequesterKey>) -> Result<Response<v1::Ack>, Status> {
        let key = convert::public_key(&request.into_inner().key)?;
        self.kiosk.books(move |ledger| ledger.unregister(&key)).await.map_err(convert::status)?;
        Ok(Response::new(v1::Ack {}))
    }

    async fn list(&self, _: Request<v1::ListRequesters>) -> Result<Response<v1::RequesterList>, Status> {
        let known = self.kiosk.books(Ledger::registrations).await.map_err(convert::status)?;
        let mut registrations = Vec::new();
        let mut room = wetsign_api::MAX_MESSAGE / 2;
        for signed in &known {
            let Some(left) = room.checked_sub(signed.bytes().len() + 8) else { break };
            room = left;
            registrations.push(signed.bytes().to_vec());
        }
        let left_out = (known.len() - registrations.len()) as u64;
        Ok(Response::new(v1::RequesterList { registrations, left_out }))
    }
}
