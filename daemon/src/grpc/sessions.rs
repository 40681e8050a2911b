//! `Sessions`.

use std::sync::Arc;

use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status};
use wetsign_api::v1::{self, sessions_server::Sessions};

use super::{Services, convert};
use crate::{
    conduct::{Spec, Word},
    feed::Feed,
    kiosk::now,
    records::{self, Enrolled},
    store::Table,
};

/// The feed as the interface streams it.
pub(super) type EventStream = ReceiverStream<Result<v1::SessionEvent, Status>>;

pub(super) fn stream(feed: &Arc<Feed>) -> EventStream {
    let mut entries = feed.follow();
    let (give, take) = mpsc::channel(4);
    tokio::spawn(async move {
        loop {
            let entry = tokio::select! {
                entry = entries.recv() => entry,
                () = give.closed() => return,
            };
            let Some(entry) = entry else { return };
            if give.send(Ok(convert::event(&entry))).await.is_err() {
                return;
            }
        }
    });
    ReceiverStream::new(take)
}

#[tonic::async_trait]
impl Sessions for Services {
    async fn start(&self, request: Request<v1::StartSession>) -> Result<Response<v1::SessionId>, Status> {
        let v1::StartSession { request_id, validator_key, source } = request.into_inner();
        let id = convert::id(&request_id)?;
        let validator = convert::public_key(&validator_key)?;
        let needs = convert::needs(source.as_ref())?;
        let light = convert::light(source.as_ref(), self.kiosk.config.session.screen_light);
        let source = convert::source(source, self.kiosk.config.sensor.allow_simulated)?;
        let found = self.kiosk.books(move |ledger| {
            let given = ledger.released(&id, &validator, now())?;
            let enrolled = ledger.store().get(Table::Enrolment, &validator.0)?;
            let verdict = match &given {
                Some(given) => given.payload().verdict,
                None => ledger.open_for(&id, &validator, now())?,
            };
            Ok((given, enrolled, verdict))
        });
        let (given, enrolled, verdict) = found.await.map_err(convert::status)?;
        let spec = Spec { request: id, verdict, validator, source, needs, light };
        let session = if let Some(given) = given {
            self.kiosk.sessions.again(&spec, given.id(), given.bytes().to_vec())
        } else {
            let enrolled: Enrolled = enrolled.and_then(|bytes| records::decode(&bytes)).ok_or_else(|| {
                Status::failed_precondition(format!("validator {validator} is not enrolled at this kiosk"))
            })?;
            self.kiosk.ledger.fit_to_sign(&validator, &enrolled.leaf, now()).map_err(convert::status)?;
            if let Some(why) = self.kiosk.unready(now()).await.first() {
                return Err(Status::failed_precondition(why.clone()));
            }
            self.kiosk.sessions.start(&self.kiosk, spec)
        };
        Ok(Response::new(v1::SessionId { id: session.map_err(convert::session_status)? }))
    }

    type WatchStream = EventStream;

    async fn watch(&self, request: Request<v1::SessionId>) -> Result<Response<EventStream>, Status> {
        let feed = self.kiosk.sessions.feed(&request.into_inner().id).map_err(convert::session_status)?;
        Ok(Response::new(stream(&feed)))
    }

    async fn decide(&self, request: Request<v1::Decision>) -> Result<Response<v1::Ack>, Status> {
        let v1::Decision { session, choice, reason, consent } = request.into_inner();
        let word = match v1::Choice::try_from(choice) {
            Ok(v1::Choice::Approve) => Word::Approve { consent },
            Ok(v1::Choice::Decline) => Word::Decline(reason),
            _ => return Err(Status::invalid_argument("choice must be approve or decline")),
        };
        self.kiosk.sessions.say(&session, word).map_err(convert::session_status)?;
        Ok(Response::new(v1::Ack {}))
    }

    async fn cancel(&self, request: Request<v1::SessionId>) -> Result<Response<v1::Ack>, Status> {
        self.kiosk.sessions.say(&request.into_inner().id, Word::Cancel).map_err(convert::session_status)?;
        Ok(Response::new(v1::Ack {}))
    }
}
