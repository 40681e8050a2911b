//! `Keys`: what happens to people's keys.

use tonic::{Request, Response, Status};
use wetsign_api::v1::{self, keys_server::Keys};

use super::{Services, convert};
use crate::{kiosk::now, requests::ledger::KeyEvents};

#[tonic::async_trait]
impl Keys for Services {
    async fn tell(&self, request: Request<v1::KeyEventMessage>) -> Result<Response<v1::PersonKeys>, Status> {
        let event = request.into_inner().event;
        let events = self.write(move |ledger| ledger.take_key_event(&event, now())).await?;
        Ok(Response::new(answer(&events)))
    }

    async fn get(&self, request: Request<v1::KeyOfPerson>) -> Result<Response<v1::PersonKeys>, Status> {
        let key = convert::public_key(&request.into_inner().key)?;
        Ok(Response::new(answer(&self.read(move |ledger| ledger.key_events(&key)).await?)))
    }
}

fn answer(events: &KeyEvents) -> v1::PersonKeys {
    v1::PersonKeys {
        person: events.person.as_bytes().to_vec(),
        events: events.signed().map(|signed| signed.bytes().to_vec()).collect(),
    }
}
