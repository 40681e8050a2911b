//! What each command of the state machine does.

mod about;
mod capture;
mod sign;
mod stage;

use std::sync::Arc;

use super::{
    Held, Spec,
    driver::Steps,
    parts::{Trouble, out_of_order},
};
use crate::{
    kiosk::Kiosk,
    requests::session::{Command, Event},
    serve::feed::{Feed, Happening},
};
use about::About;
use stage::Stage;

/// A session's work: what it is about, and how far it has come. Dropped, and with it every secret, when the session
/// ends.
pub(super) struct Work {
    about: About,
    stage: Stage,
}

impl Work {
    pub(super) fn new(kiosk: Arc<Kiosk>, spec: Spec, feed: Arc<Feed>, held: Arc<Held>) -> Self {
        Self { about: About { kiosk, spec, feed, held }, stage: Stage::Start }
    }

    /// From the stage that a command needs to the next one.
    async fn advance(&mut self, command: Command, decline: &str) -> Result<Event, Trouble> {
        let about = &self.about;
        let (stage, event) = match (command, std::mem::take(&mut self.stage)) {
            (Command::OpenSource, Stage::Start) => {
                (Stage::Opened(about.open_source().await?), Event::SourceOpened)
            }
            (Command::BeginElement, Stage::Opened(opened)) => {
                (Stage::Begun(about.begin_element(opened).await?), Event::ElementBegun)
            }
            (Command::DerivePrompts, Stage::Begun(begun)) => {
                let (planned, mandatory) = capture::derive_prompts(begun);
                (Stage::Planned(planned), Event::Prompted { mandatory })
            }
            (Command::Capture, Stage::Planned(planned)) => {
                (Stage::Recorded(about.capture(planned).await?), Event::CaptureDone)
            }
            (Command::Judge, Stage::Recorded(recorded)) => {
                let (judged, gates) = about.judge(recorded);
                (Stage::Judged(judged), Event::Judged { gates })
            }
            (Command::Compare, Stage::Judged(judged)) => {
                let (compared, gates) = about.compare(judged).await?;
                (Stage::Compared(compared), Event::Compared { gates })
            }
            (Command::Attest, Stage::Compared(compared)) => {
                (Stage::Attested(Box::new(about.attest(compared).await?)), Event::AttestationMade)
            }
            (Command::Prove, Stage::Attested(attested)) => {
                (Stage::Proved(Box::new(about.prove(*attested).await?)), Event::ProofMade)
            }
            (Command::Ask, Stage::Proved(proved)) => {
                (Stage::Answered(about.ask(*proved).await?), Event::Answered)
            }
            (Command::CoSign, Stage::Answered(answered)) => {
                (Stage::CoSigned(about.keep_answer(answered).await?), Event::CoSignatureDurable)
            }
            (Command::CoSign, Stage::Proved(proved)) => {
                (Stage::CoSigned(about.cosign(*proved).await?), Event::CoSignatureDurable)
            }
            (Command::Log, Stage::CoSigned(signed)) => {
                about.log(signed.id()).await?;
                (Stage::CoSigned(signed), Event::LogSynced)
            }
            (Command::SignDecline, Stage::Start) => {
                (Stage::Declined(about.sign_decline(decline).await?), Event::DeclineDurable)
            }
            (Command::LogDecline, Stage::Declined(signed)) => {
                about.log_decline(signed.id()).await?;
                (Stage::Declined(signed), Event::DeclineLogged)
            }
            _ => return Err(out_of_order()),
        };
        self.stage = stage;
        Ok(event)
    }
}

impl Steps for Work {
    async fn perform(mut self, command: Command, decline: String) -> (Self, Event) {
        let event = self.advance(command, &decline).await.unwrap_or_else(|trouble| {
            tracing::warn!(fault = %trouble.fault.code(), reason = %trouble.text, "a session's step failed");
            self.about.held.note(trouble.text);
            Event::Failed(trouble.fault)
        });
        (self, event)
    }

    fn release(&self) {
        let feed = &self.about.feed;
        match &self.stage {
            Stage::CoSigned(signed) => {
                feed.push(Happening::CoSigned { id: signed.id(), bytes: signed.bytes().to_vec() });
            }
            Stage::Declined(signed) => {
                feed.push(Happening::Declined { id: signed.id(), bytes: signed.bytes().to_vec() });
            }
            _ => {}
        }
    }
}
