//! One session: consent, capture, signature, and how it ended.

use std::time::Duration;

use tokio::sync::mpsc::Receiver;
use tonic::{Status, Streaming};
use wetsign_api::v1::{self, Choice, SessionEvent, session_event};
use wetsign_attest::Signed;
use wetsign_attest::object::Verdict;

use super::capture::toggle;
use super::reached::Kiosk;
use super::{UNATTENDED, pressed};
use crate::server::{Desk, Picture, Press};
use crate::{Event, Screen, read};

/// How often a kiosk is asked whether the others have said yes too.
const LOOK: Duration = Duration::from_secs(2);

/// What a person was shown, and said to it.
pub struct Question<'a> {
    /// Whom it is.
    pub validator: &'a [u8],
    /// What they read.
    pub status: &'a v1::RequestStatus,
    /// Whether they said yes.
    pub yes: bool,
}

/// An open session.
struct Open {
    id: String,
    events: Streaming<SessionEvent>,
}

/// Holds the session to its end. True: this person has answered this request.
pub async fn hold(
    desk: &Desk,
    kiosk: &Kiosk,
    question: &Question<'_>,
    presses: &mut Receiver<Press>,
) -> Result<bool, Status> {
    let mut needs = Vec::new();
    let mut open = start(kiosk, question, &needs).await?;
    if question.yes {
        desk.note(&Event::AskConsent { shines: false });
    } else {
        decide(kiosk, &open, Choice::Decline).await?;
    }
    loop {
        tokio::select! {
            event = open.events.message() => match event? {
                Some(event) => tell(desk, &event),
                None => break,
            },
            press = presses.recv() => match press.unwrap_or(Press::Leave) {
                Press::Leave => cancel(kiosk, &open).await,
                Press::No => decide(kiosk, &open, Choice::Decline).await?,
                Press::Agree => decide(kiosk, &open, Choice::Approve).await?,
                Press::Needs => desk.note(&Event::Needs(needs.clone())),
                Press::Need(need) => {
                    toggle(&mut needs, &need);
                    desk.note(&Event::Needs(needs.clone()));
                }
                Press::NeedsDone => {
                    // What is left out has to be known before the challenge is drawn: the session begins anew.
                    cancel(kiosk, &open).await;
                    open = start(kiosk, question, &needs).await?;
                    desk.note(&Event::AskConsent { shines: false });
                }
                _ => {}
            },
        }
    }
    let end = desk.view().screen;
    if !matches!(end, Screen::Done(_) | Screen::Declined | Screen::Refused { .. }) {
        desk.note(&Event::Lost);
    }
    read_to_the_end(desk, kiosk, question, presses).await;
    Ok(matches!(end, Screen::Done(_) | Screen::Declined))
}

/// A session for exactly what the person read; any other is ended before anything is asked.
async fn start(kiosk: &Kiosk, question: &Question<'_>, needs: &[String]) -> Result<Open, Status> {
    let mut sessions = kiosk.client.sessions();
    let ask = v1::StartSession {
        request_id: question.status.id.clone(),
        validator_key: question.validator.to_vec(),
        source: Some(kiosk.through.message(needs)),
    };
    let id = sessions.start(ask).await?.into_inner().id;
    let mut events = sessions.watch(v1::SessionId { id: id.clone() }).await?.into_inner();
    let first = events.message().await?;
    let subject = first.and_then(|event| event.event);
    let read = Signed::<Verdict>::decode(&question.status.verdict).map(|verdict| verdict.id().0);
    let same = |subject: &v1::SessionSubject| {
        subject.request_id == question.status.id
            && subject.validator_key == question.validator
            && read.as_ref().is_ok_and(|read| subject.verdict_id == read)
    };
    let open = Open { id, events };
    match subject {
        Some(session_event::Event::Subject(subject)) if same(&subject) => Ok(open),
        _ => {
            cancel(kiosk, &open).await;
            Err(Status::aborted("the session is about something else than what the person read"))
        }
    }
}

/// Hands an event on to the screen, its picture beside it.
pub fn tell(desk: &Desk, event: &SessionEvent) {
    if let Some(known) = Event::from_api(event) {
        desk.note(&known);
    }
    if let Some(session_event::Event::Preview(preview)) = &event.event {
        desk.picture(Picture::Jpeg(preview.jpeg.clone()));
    }
}

async fn decide(kiosk: &Kiosk, open: &Open, choice: Choice) -> Result<(), Status> {
    let decision = v1::Decision {
        session: open.id.clone(),
        choice: choice.into(),
        reason: String::new(),
        consent: choice == Choice::Approve,
    };
    kiosk.client.sessions().decide(decision).await.map(|_| ())
}

/// A session that has ended by itself is not ended again.
async fn cancel(kiosk: &Kiosk, open: &Open) {
    let _ = kiosk.client.sessions().cancel(v1::SessionId { id: open.id.clone() }).await;
}

/// Shows the end until it was read; after a signature, also that the others have said yes.
async fn read_to_the_end(desk: &Desk, kiosk: &Kiosk, question: &Question<'_>, presses: &mut Receiver<Press>) {
    let signed = matches!(desk.view().screen, Screen::Done(_));
    let approved = async {
        if !signed {
            return;
        }
        let mut look = tokio::time::interval(LOOK);
        loop {
            look.tick().await;
            let id = v1::RequestId { id: question.status.id.clone() };
            let Ok(approval) = kiosk.client.approvals().get(id).await else { continue };
            if let Ok(id) = read::approval_id(&approval.into_inner().bundle) {
                return desk.note(&Event::Approved { id });
            }
        }
    };
    let read = async {
        while let Some(press) = pressed(presses, UNATTENDED).await {
            if matches!(press, Press::End | Press::Again | Press::Leave) {
                return;
            }
        }
    };
    tokio::select! {
        () = read => {}
        () = async { approved.await; std::future::pending::<()>().await } => {}
    }
}
