//! Conducts a session: feeds the state machine with what happens, does what it commands.
//!
//! One command works at a time, as a task of its own, so that the human's word and the clock are heard meanwhile. When
//! the machine refuses, that task is aborted; camera and element are then closed, whatever it was doing.

pub(crate) mod parts;
mod steps;

use std::{sync::Arc, time::Duration};

use tokio::sync::{Mutex, mpsc};
use wetsign_attest::{
    Object, Signed,
    id::{Id, PublicKey},
    object::{Decline, Refusal, RefusalStage},
};
use wetsign_liveness::{Needs, Stage};
use wetsign_sensor_ipc::Source;

use crate::{
    element_desk::Turn,
    feed::{Feed, Happening},
    kiosk::{Kiosk, now},
    notice::Notice,
    sensor::Claim,
    session::{Command, Event, Fault, Limits, Reason, Session, State},
};
use steps::Work;

/// What a session is about.
#[derive(Debug, Clone)]
pub struct Spec {
    /// The request.
    pub request: Id,
    /// The verdict that the validator reads.
    pub verdict: Id,
    /// The validator.
    pub validator: PublicKey,
    /// Where frames and sound come from.
    pub source: Source,
    /// What the validator cannot do.
    pub needs: Needs,
    /// Whether the page may shine on the validator.
    pub light: bool,
}

/// What the human says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Word {
    /// Approves.
    Approve {
        /// Agrees to be recorded.
        consent: bool,
    },
    /// Declines, with a reason.
    Decline(String),
    /// Stops.
    Cancel,
}

/// Things held open, beyond the task that works with them.
#[derive(Default)]
pub(crate) struct Held {
    pub(crate) claim: Mutex<Option<Arc<Claim>>>,
    pub(crate) turn: Mutex<Option<Arc<Turn>>>,
    pub(crate) trouble: std::sync::Mutex<Option<String>>,
}

impl Held {
    pub(crate) fn note(&self, text: String) {
        *self.trouble.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = Some(text);
    }

    fn trouble(&self) -> Option<String> {
        self.trouble.lock().unwrap_or_else(std::sync::PoisonError::into_inner).take()
    }

    pub(crate) async fn close_source(&self) {
        if let Some(claim) = self.claim.lock().await.take() {
            claim.close().await;
        }
    }

    pub(crate) async fn end_element(&self) {
        if let Some(turn) = self.turn.lock().await.take() {
            turn.end().await;
        }
    }
}

/// The time-outs that the configuration asks for.
pub fn limits(config: &crate::config::Session) -> Limits {
    Limits {
        decide_ms: config.decide_s * 1000,
        open_ms: config.open_s * 1000,
        session_ms: config.challenge_s * 1000,
        prove_ms: config.prove_s * 1000,
    }
}

/// Conducts one session to its end. The feed is closed when it returns.
pub async fn conduct(kiosk: Arc<Kiosk>, spec: Spec, feed: Arc<Feed>, mut words: mpsc::Receiver<Word>) {
    let (session, first) = Session::new(limits(&kiosk.config.session));
    let held = Arc::new(Held::default());
    let work = Work::new(Arc::clone(&kiosk), spec.clone(), Arc::clone(&feed), Arc::clone(&held));
    let mut run = Run {
        kiosk,
        spec,
        feed,
        held,
        session,
        work: Some(work),
        task: None,
        times: Vec::new(),
        decline: String::new(),
    };
    run.feed.push(Happening::State(run.session.state().name()));
    if run.spec.light {
        run.feed.push(Happening::Tell(Notice::WillShine, None));
    }
    run.obey(first, &State::Waiting).await;
    // Kept without a step that works means that the log failed: the next start of the daemon logs it.
    let over =
        |run: &Run| run.session.state().is_final() || run.session.state().is_kept() && run.task.is_none();
    while !over(&run) {
        let event = run.next(&mut words).await;
        let before = run.session.state().clone();
        let commands = run.session.step_at(run.feed.now_ms(), event);
        if before != *run.session.state() {
            run.feed.push(Happening::State(run.session.state().name()));
        }
        run.obey(commands, &before).await;
    }
    run.feed.push(Happening::Times(run.times.clone()));
    run.feed.close();
}

struct Task {
    name: &'static str,
    started: tokio::time::Instant,
    handle: tokio::task::JoinHandle<(Work, Event)>,
}

struct Run {
    kiosk: Arc<Kiosk>,
    spec: Spec,
    feed: Arc<Feed>,
    held: Arc<Held>,
    session: Session,
    work: Option<Work>,
    task: Option<Task>,
    times: Vec<(&'static str, u64)>,
    decline: String,
}

impl Run {
    /// Waits for the next thing that happens: a word, the end of the step that works, or the clock.
    async fn next(&mut self, words: &mut mpsc::Receiver<Word>) -> Event {
        let now_ms = self.feed.now_ms();
        let deadline = self.session.deadline_ms().map(|at| Duration::from_millis(at.saturating_sub(now_ms)));
        let working = async {
            match &mut self.task {
                Some(task) => (&mut task.handle).await,
                None => std::future::pending().await,
            }
        };
        let clock = async {
            match deadline {
                Some(left) => tokio::time::sleep(left).await,
                None => std::future::pending().await,
            }
        };
        let done = tokio::select! {
            done = working => done,
            word = words.recv() => return self.heard(word),
            () = clock => return Event::Clock { now_ms: self.feed.now_ms().max(self.session.deadline_ms().unwrap_or(0)) },
        };
        if let Some(task) = self.task.take() {
            self.times.push((task.name, task.started.elapsed().as_millis() as u64));
        }
        match done {
            Ok((work, event)) => {
                self.work = Some(work);
                event
            }
            Err(error) => {
                tracing::error!(%error, "a step of a session ended early");
                Event::Failed(Fault::Internal("step"))
            }
        }
    }

    fn heard(&mut self, word: Option<Word>) -> Event {
        match word {
            Some(Word::Approve { consent }) => Event::Approve { consent },
            Some(Word::Decline(reason)) => {
                self.decline = reason;
                Event::Decline
            }
            Some(Word::Cancel) | None => Event::Cancel,
        }
    }

    async fn obey(&mut self, commands: Vec<Command>, before: &State) {
        if let State::Refused(_) = self.session.state()
            && let Some(task) = self.task.take()
        {
            task.handle.abort();
            // Whatever it held is dropped before camera and element are closed.
            drop(task.handle.await);
        }
        for command in commands {
            match command {
                Command::Tell(notice) => self.feed.push(Happening::Tell(notice, None)),
                Command::CloseSource => self.held.close_source().await,
                Command::EndElement => self.held.end_element().await,
                Command::SignRefusal(reason) => self.refuse(&reason, before).await,
                Command::Release | Command::ReleaseDecline => {
                    if let Some(work) = &self.work {
                        work.release();
                    }
                }
                other => self.start(other),
            }
        }
    }

    fn start(&mut self, command: Command) {
        let Some(work) = self.work.take() else { return };
        let name = steps::name(&command);
        let decline = self.decline.clone();
        let handle = tokio::spawn(work.perform(command, decline));
        self.task = Some(Task { name, started: tokio::time::Instant::now(), handle });
    }

    async fn refuse(&self, reason: &Reason, before: &State) {
        let stage = stage(reason);
        let code = reason.code();
        let text = self.held.trouble().unwrap_or_else(|| Notice::Refused(reason.ending()).words());
        tracing::info!(request = %self.spec.request.short(), %code, "session refused");
        let refusal = if leaves_a_trace(reason, before) {
            self.signed_refusal(stage, &code).await.unwrap_or_default()
        } else {
            Vec::new()
        };
        self.feed.push(Happening::Refused { stage, code, text, refusal });
    }

    async fn signed_refusal(&self, stage: RefusalStage, code: &str) -> Option<Vec<u8>> {
        let (request, code) = (self.spec.request, code.to_owned());
        let kept = self.kiosk.books(move |ledger| {
            let key = &ledger.keys().kiosk;
            let signed_by = PublicKey::from(key);
            let refusal = Refusal { request, stage, code, verdict: None, signed_by, time: now() };
            let refusal = Signed::sign(refusal, key)?;
            ledger.keep_refusal(&refusal)?;
            Ok(refusal.bytes().to_vec())
        });
        kept.await.inspect_err(|error| tracing::error!(%error, "a refusal could not be logged")).ok()
    }
}

/// Whether a refusal is signed and logged. Who went away before anything was recorded leaves none; who stops a session
/// that has begun does, or an attacker could try again and again unseen.
fn leaves_a_trace(reason: &Reason, before: &State) -> bool {
    !matches!((reason, before), (Reason::NoConsent | Reason::Cancelled, State::Waiting))
}

/// Where in the protocol a reason belongs.
pub(crate) fn stage(reason: &Reason) -> RefusalStage {
    match reason {
        Reason::Gate(refusal) => match refusal.gate.row().stage {
            Stage::Quality | Stage::Challenge | Stage::Liveness => RefusalStage::Liveness,
            Stage::Match => RefusalStage::Match,
        },
        Reason::TimedOut(_) => RefusalStage::Timeout,
        Reason::Fault(Fault::Element(_)) => RefusalStage::Element,
        Reason::Fault(Fault::Match) => RefusalStage::Match,
        Reason::NoConsent | Reason::Cancelled | Reason::OutOfTurn(_) | Reason::Fault(_) => {
            RefusalStage::Failure
        }
    }
}

/// Whether a reason can stand in a decline; none at all can.
///
/// # Errors
/// Names the bound.
pub fn fit_reason(reason: &str) -> Result<(), wetsign_attest::Error> {
    let (request, verdict) = (Id([0; 32]), Id([0; 32]));
    Decline { request, verdict, validator: PublicKey([0; 32]), reason: given(reason), time: 0 }.check()
}

fn given(reason: &str) -> String {
    if reason.trim().is_empty() { "no reason given".to_owned() } else { reason.to_owned() }
}

/// A decline, signed.
pub(crate) fn decline(
    spec: &Spec,
    reason: &str,
    key: &ed25519_dalek::SigningKey,
) -> Result<Signed<Decline>, wetsign_attest::Error> {
    let reason = given(reason);
    let decline = Decline {
        request: spec.request,
        verdict: spec.verdict,
        validator: spec.validator,
        reason,
        time: now(),
    };
    Signed::sign(decline, key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_that_no_decline_can_hold_is_refused_before_it_is_said() {
        assert!(fit_reason("").is_ok() && fit_reason("  ").is_ok() && fit_reason(&"x".repeat(256)).is_ok());
        for unfit in ["x".repeat(257), "two\nlines".into(), "a\u{1b}[2J".into()] {
            let refused = fit_reason(&unfit).unwrap_err().to_string();
            assert!(refused.contains("256 are allowed") || refused.contains("invisible"), "{refused}");
        }
    }

    #[test]
    fn who_cancels_a_session_that_has_begun_leaves_a_trace() {
        assert!(!leaves_a_trace(&Reason::Cancelled, &State::Waiting));
        assert!(!leaves_a_trace(&Reason::NoConsent, &State::Waiting));
        assert!(leaves_a_trace(&Reason::TimedOut("waiting"), &State::Waiting));
        for before in [State::Decided, State::Begun, State::Challenging, State::Live, State::Attested] {
            assert!(leaves_a_trace(&Reason::Cancelled, &before), "{before:?}");
        }
    }
}
