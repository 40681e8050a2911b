//! The transitions.

use wetsign_liveness::{MATCHES, Measure, refusal};

use super::{Command, Event, Fault, KeyAt, Reason, State};
use crate::requests::notice::Notice;

/// Longest stay, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// For the human to read and decide.
    pub decide_ms: u64,
    /// For source and element to open.
    pub open_ms: u64,
    /// From the challenge to the attestation; the protocol's bound is 60 s.
    pub session_ms: u64,
    /// For proof and co-signature.
    pub prove_ms: u64,
    /// For the validator's own device to sign.
    pub sign_ms: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { decide_ms: 600_000, open_ms: 20_000, session_ms: 60_000, prove_ms: 60_000, sign_ms: 60_000 }
    }
}

/// One session. See the [module](super) for the picture.
#[derive(Debug, Clone)]
pub struct Session {
    state: State,
    key: KeyAt,
    limits: Limits,
    now_ms: u64,
    deadline_ms: u64,
    source_open: bool,
    mandatory: Vec<Measure>,
}

impl Session {
    /// A session in [`State::Waiting`] at time zero, and what to do first.
    pub fn new(limits: Limits, key: KeyAt) -> (Self, Vec<Command>) {
        let session = Self {
            state: State::Waiting,
            key,
            limits,
            now_ms: 0,
            deadline_ms: limits.decide_ms,
            source_open: false,
            mandatory: Vec::new(),
        };
        (session, vec![Command::Tell(Notice::Decide), Command::Tell(Notice::AskConsent)])
    }

    /// Where it stands.
    pub const fn state(&self) -> &State {
        &self.state
    }

    /// When the present state runs out, in milliseconds since the session was made; none once nothing can time out: a
    /// signature that is being written down cannot be called back.
    pub const fn deadline_ms(&self) -> Option<u64> {
        match self.state {
            State::Proved | State::CoSigned | State::Declining | State::DeclineKept => None,
            _ if self.state.is_final() => None,
            _ => Some(self.deadline_ms),
        }
    }

    /// Takes the time and then one event that came at that time, so that a stay counts from the moment it began and an
    /// event that comes too late is not heard.
    pub fn step_at(&mut self, now_ms: u64, event: Event) -> Vec<Command> {
        let mut commands = self.step(Event::Clock { now_ms });
        commands.extend(self.step(event));
        commands
    }

    /// Takes one event, moves, and says what to do. After a final state every event is without effect.
    pub fn step(&mut self, event: Event) -> Vec<Command> {
        if self.state.is_final() {
            return Vec::new();
        }
        match (&self.state, event) {
            (_, Event::Clock { now_ms }) => self.clock(now_ms),
            // Durable bytes cannot be taken back, and those that are being written may be durable already: a cancel
            // comes too late. If the log fails, the next start replays the intents.
            (State::Proved | State::CoSigned | State::Declining | State::DeclineKept, Event::Cancel) => {
                Vec::new()
            }
            (State::CoSigned | State::DeclineKept, Event::Failed(_)) => {
                vec![Command::Tell(Notice::LogPending)]
            }
            (_, Event::Cancel) => self.refuse(Reason::Cancelled),
            (_, Event::Failed(fault)) => self.refuse(Reason::Fault(fault)),

            (State::Waiting, Event::Approve { consent: false }) => self.refuse(Reason::NoConsent),
            (State::Waiting, Event::Approve { consent: true }) => {
                self.enter(State::Decided, self.limits.open_ms);
                vec![Command::Tell(Notice::Opening), Command::OpenSource]
            }
            (State::Waiting, Event::Decline) => {
                self.state = State::Declining;
                vec![Command::SignDecline]
            }
            (State::Declining, Event::DeclineDurable) => {
                self.state = State::DeclineKept;
                vec![Command::EndElement, Command::Tell(Notice::Logging), Command::LogDecline]
            }
            (State::DeclineKept, Event::DeclineLogged) => {
                self.state = State::Declined;
                vec![Command::ReleaseDecline, Command::Tell(Notice::Declined)]
            }
            (State::Decided, Event::SourceOpened) if !self.source_open => {
                self.source_open = true;
                vec![Command::Tell(Notice::DrawingChallenge), Command::BeginElement]
            }
            (State::Decided, Event::ElementBegun) if self.source_open => {
                self.enter(State::Begun, self.limits.session_ms);
                vec![Command::DerivePrompts]
            }
            (State::Begun, Event::Prompted { mandatory }) => {
                self.mandatory = mandatory;
                if self.mandatory.is_empty() {
                    return self.refuse(Reason::Fault(Fault::Internal("no_mandatory_gates")));
                }
                self.state = State::Challenging;
                vec![Command::Tell(Notice::Capturing), Command::Capture]
            }
            (State::Challenging, Event::CaptureDone) => {
                self.state = State::Captured;
                vec![
                    Command::CloseSource,
                    Command::Tell(Notice::CameraClosed),
                    Command::Tell(Notice::Judging),
                    Command::Judge,
                ]
            }
            (State::Captured, Event::Judged { gates }) => {
                if let Some(refusal) = refusal(&gates, &self.mandatory) {
                    self.refuse(Reason::Gate(refusal))
                } else {
                    self.state = State::Live;
                    vec![Command::Tell(Notice::Matching), Command::Compare]
                }
            }
            (State::Live, Event::Compared { gates }) => {
                if let Some(refusal) = refusal(&gates, &MATCHES) {
                    self.refuse(Reason::Gate(refusal))
                } else {
                    self.state = State::Matched;
                    vec![Command::Tell(Notice::Attesting), Command::Attest]
                }
            }
            (State::Matched, Event::AttestationMade) => {
                self.enter(State::Attested, self.limits.prove_ms);
                vec![Command::Tell(Notice::Proving), Command::Prove]
            }
            (State::Attested, Event::ProofMade) if self.key == KeyAt::Device => {
                self.enter(State::Awaiting, self.limits.sign_ms);
                // The element has done its part: it is not kept from others while a phone is looked for.
                vec![Command::EndElement, Command::Tell(Notice::SignOnDevice), Command::Ask]
            }
            (State::Attested, Event::ProofMade) | (State::Awaiting, Event::Answered) => {
                self.state = State::Proved;
                vec![Command::Tell(Notice::Signing), Command::CoSign]
            }
            (State::Proved, Event::CoSignatureDurable) => {
                self.state = State::CoSigned;
                vec![Command::EndElement, Command::Tell(Notice::Logging), Command::Log]
            }
            (State::CoSigned, Event::LogSynced) => {
                self.state = State::Logged;
                vec![Command::Release, Command::Tell(Notice::Done)]
            }
            // A second press of the button changes nothing, and from here the way leads only forward.
            (_, Event::Approve { .. } | Event::Decline)
            | (State::Proved | State::CoSigned | State::Declining | State::DeclineKept, _) => Vec::new(),
            (_, event) => self.refuse(Reason::OutOfTurn(event_name(&event))),
        }
    }

    fn enter(&mut self, state: State, stay_ms: u64) {
        self.state = state;
        self.deadline_ms = self.now_ms.saturating_add(stay_ms);
    }

    fn clock(&mut self, now_ms: u64) -> Vec<Command> {
        self.now_ms = self.now_ms.max(now_ms);
        match self.deadline_ms() {
            Some(deadline) if self.now_ms >= deadline => self.refuse(Reason::TimedOut(self.state.phase())),
            _ => Vec::new(),
        }
    }

    fn refuse(&mut self, reason: Reason) -> Vec<Command> {
        let notice = Notice::Refused(reason.ending());
        self.state = State::Refused(reason.clone());
        vec![Command::CloseSource, Command::EndElement, Command::SignRefusal(reason), Command::Tell(notice)]
    }
}

const fn event_name(event: &Event) -> &'static str {
    match event {
        Event::Approve { .. } => "approve",
        Event::Decline => "decline",
        Event::Cancel => "cancel",
        Event::Clock { .. } => "clock",
        Event::SourceOpened => "source_opened",
        Event::ElementBegun => "element_begun",
        Event::Prompted { .. } => "prompted",
        Event::CaptureDone => "capture_done",
        Event::Judged { .. } => "judged",
        Event::Compared { .. } => "compared",
        Event::AttestationMade => "attestation_made",
        Event::ProofMade => "proof_made",
        Event::Answered => "answered",
        Event::CoSignatureDurable => "co_signature_durable",
        Event::LogSynced => "log_synced",
        Event::DeclineDurable => "decline_durable",
        Event::DeclineLogged => "decline_logged",
        Event::Failed(_) => "failed",
    }
}
