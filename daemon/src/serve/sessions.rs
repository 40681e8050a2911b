//! `Sessions`.

use std::sync::Arc;

use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status};
use wetsign_api::v1::{self, sessions_server::Sessions};

use super::{Services, convert};
use crate::{
    kiosk::now,
    requests::conduct::{self, Spec, Word},
    requests::session::Phase,
    serve::feed::{Feed, Happening},
    serve::running::Heard,
    store::Table,
    store::records::{self, Enrolled},
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
            let enrolled = ledger.store().get(Table::Enrolment, validator.as_bytes())?;
            let verdict = match &given {
                Some(given) => given.payload().verdict,
                None => ledger.open_for(&id, &validator, now())?,
            };
            Ok((given, enrolled, verdict))
        });
        let (given, enrolled, verdict) = found.await.map_err(convert::status)?;
        let enrolled: Option<Enrolled> = enrolled.and_then(|bytes| records::decode(&bytes));
        let device = enrolled.as_ref().and_then(|enrolled| enrolled.device);
        let spec = Spec { request: id, verdict, validator, source, needs, light, device };
        let session = if let Some(given) = given {
            self.sessions.again(&spec, given.id(), given.bytes().to_vec())
        } else {
            let enrolled = enrolled.ok_or_else(|| {
                Status::failed_precondition(format!("validator {validator} is not enrolled at this kiosk"))
            })?;
            self.kiosk.ledger.fit_to_sign(&validator, &enrolled.leaf, now()).map_err(convert::status)?;
            self.kiosk
                .books(move |ledger| ledger.may_try(&validator, now()))
                .await
                .map_err(convert::status)?;
            if let Some(why) = self.kiosk.unready(now()).await.first() {
                return Err(Status::failed_precondition(why.clone()));
            }
            self.sessions.start(&self.kiosk, spec)
        };
        Ok(Response::new(v1::SessionId { id: session.map_err(convert::session_status)? }))
    }

    type WatchStream = EventStream;

    async fn watch(&self, request: Request<v1::SessionId>) -> Result<Response<EventStream>, Status> {
        let feed = self.sessions.feed(&request.into_inner().id).map_err(convert::session_status)?;
        Ok(Response::new(stream(&feed)))
    }

    async fn decide(&self, request: Request<v1::Decision>) -> Result<Response<v1::Ack>, Status> {
        let v1::Decision { session, choice, reason, consent } = request.into_inner();
        let word = match v1::Choice::try_from(choice) {
            Ok(v1::Choice::Approve) => Word::Approve { consent },
            Ok(v1::Choice::Decline) => {
                conduct::fit_reason(&reason).map_err(|error| Status::invalid_argument(error.to_string()))?;
                if self.sessions.signs_on_device(&session).map_err(convert::session_status)? {
                    return Err(Status::failed_precondition(
                        "your key is on your own device: decline there, and this session ends; nothing is signed without it",
                    ));
                }
                Word::Decline(reason)
            }
            _ => return Err(Status::invalid_argument("choice must be approve or decline")),
        };
        self.say(&session, word).await
    }

    async fn cancel(&self, request: Request<v1::SessionId>) -> Result<Response<v1::Ack>, Status> {
        self.say(&request.into_inner().id, Word::Cancel).await
    }
}

impl Services {
    /// Says it, and answers once it has had its effect.
    async fn say(&self, session: &str, word: Word) -> Result<Response<v1::Ack>, Status> {
        let feed = self.sessions.feed(session).map_err(convert::session_status)?;
        let wish = Wish::of(&word);
        if self.sessions.say(session, word).map_err(convert::session_status)? == Heard::Already {
            return Ok(Response::new(v1::Ack {}));
        }
        let mut entries = feed.follow();
        while let Some(entry) = entries.recv().await {
            if let Some(outcome) = wish.outcome(&entry.what) {
                return outcome.map(|()| Response::new(v1::Ack {})).map_err(Status::failed_precondition);
            }
        }
        Err(Status::aborted(
            "the session ended before this was recorded: see to the kiosk's log, then start another one",
        ))
    }
}

/// What whoever speaks in a session wants to come of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wish {
    Approve,
    Decline,
    Cancel,
}

impl Wish {
    const fn of(word: &Word) -> Self {
        match word {
            Word::Approve { .. } => Self::Approve,
            Word::Decline(_) => Self::Decline,
            Word::Cancel => Self::Cancel,
        }
    }

    /// Whether it came, or something else; none: not known yet.
    fn outcome(self, what: &Happening) -> Option<Result<(), String>> {
        match (self, what) {
            // An approval without consent is refused, and the stream says so.
            (Self::Approve, Happening::State(Phase::Decided) | Happening::Refused { .. })
            | (Self::Decline, Happening::Declined { .. })
            | (Self::Cancel, Happening::Refused { .. }) => Some(Ok(())),
            (Self::Decline, Happening::State(Phase::Decided)) => {
                Some(Err("it was approved in this session already: cancel the session to stop it".into()))
            }
            (Self::Approve, Happening::State(Phase::Declining)) => {
                Some(Err("it was declined in this session already".into()))
            }
            (Self::Decline, Happening::Refused { code, text, .. }) => {
                Some(Err(format!("the no was not recorded: {text} ({code})")))
            }
            (_, Happening::CoSigned { .. }) => Some(Err("it is too late: the co-signature is given".into())),
            (_, Happening::Declined { .. }) => Some(Err("it is too late: it was declined".into())),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused() -> Happening {
        Happening::Refused {
            stage: wetsign_attest::object::RefusalStage::Failure,
            code: "sign".into(),
            text: "no key".into(),
            refusal: Vec::new(),
        }
    }

    #[test]
    fn a_no_is_noted_only_once_it_is_in_the_log() {
        let wish = Wish::of(&Word::Decline("not in my name".into()));
        for state in [Phase::Waiting, Phase::Declining, Phase::DeclineKept, Phase::Declined] {
            assert_eq!(wish.outcome(&Happening::State(state)), None, "{state:?}");
        }
        let declined = Happening::Declined { id: wetsign_attest::id::Id([1; 32]), bytes: Vec::new() };
        assert_eq!(wish.outcome(&declined), Some(Ok(())));
        assert!(wish.outcome(&refused()).unwrap().unwrap_err().contains("not recorded"));
        assert!(wish.outcome(&Happening::State(Phase::Decided)).unwrap().is_err());
    }

    #[test]
    fn a_session_is_cancelled_once_it_is_refused_and_not_once_it_is_signed() {
        assert_eq!(Wish::Cancel.outcome(&refused()), Some(Ok(())));
        let signed = Happening::CoSigned { id: wetsign_attest::id::Id([1; 32]), bytes: Vec::new() };
        assert!(Wish::Cancel.outcome(&signed).unwrap().is_err());
    }
}
