//! Drives the state machine: takes what happens to it, has done what it commands.
//!
//! One command works at a time, as a task of its own, so that the human's word and the clock are heard meanwhile. When
//! the machine refuses, that task is aborted; camera and element are then closed, whatever it was doing.
//!
//! Who does the work stands behind [`Steps`], what is open meanwhile behind [`Surroundings`]: a kiosk, or a test.

use std::{sync::Arc, time::Duration};

use tokio::sync::mpsc;
use tracing::Instrument as _;

use super::{about::Word, ending::stage};
use crate::{
    requests::notice::Notice,
    requests::session::{Command, Event, Fault, KeyAt, Limits, Reason, Session, State},
    serve::feed::{Feed, Happening},
};

/// Does what the machine commands, one command after the other; what it gathers goes with it.
pub(super) trait Steps: Sized + Send + 'static {
    /// Does one command and says what came of it. `decline` is the human's reason, should it be needed. May be dropped
    /// half-way.
    fn perform(self, command: Command, decline: String) -> impl Future<Output = (Self, Event)> + Send;

    /// Hands out what was signed.
    fn release(&self);
}

/// What is open around the steps, and outlives one that is aborted.
pub(super) trait Surroundings {
    /// Closes camera and microphone. Harmless when nothing is open.
    async fn close_source(&self);

    /// Ends the element's session. Harmless when none is open.
    async fn end_element(&self);

    /// What went wrong last, in words for the operator.
    fn trouble(&self) -> Option<String>;

    /// A signed refusal, kept and logged; none where that failed.
    async fn sign_refusal(&self, reason: &Reason) -> Option<Vec<u8>>;
}

/// Drives one session to its end. The feed is closed when it returns.
pub(super) async fn drive<S: Steps, A: Surroundings>(
    (limits, key): (Limits, KeyAt),
    steps: S,
    around: A,
    feed: Arc<Feed>,
    mut words: mpsc::Receiver<Word>,
) {
    let (session, first) = Session::new(limits, key);
    let mut run = Run {
        around,
        feed,
        session,
        steps: Some(steps),
        task: None,
        times: Vec::new(),
        decline: String::new(),
    };
    run.feed.push(Happening::State(run.session.state().phase()));
    run.obey(first, &State::Waiting).await;
    while !run.is_over() {
        let event = run.next(&mut words).await;
        let before = run.session.state().clone();
        let commands = run.session.step_at(run.feed.now_ms(), event);
        if before != *run.session.state() {
            run.feed.push(Happening::State(run.session.state().phase()));
        }
        run.obey(commands, &before).await;
    }
    run.feed.push(Happening::Times(run.times.clone()));
    run.feed.close();
}

/// Name of a step, for the table of times.
const fn name(command: &Command) -> &'static str {
    match command {
        Command::OpenSource => "open",
        Command::BeginElement => "begin",
        Command::DerivePrompts => "prompts",
        Command::Capture => "capture",
        Command::Judge => "judge",
        Command::Compare => "match",
        Command::Attest => "attest",
        Command::Prove => "prove",
        Command::Ask => "ask",
        Command::CoSign => "co_sign",
        Command::Log => "log",
        Command::SignDecline => "decline",
        Command::LogDecline => "log_decline",
        _ => "other",
    }
}

struct Task<S> {
    name: &'static str,
    started: tokio::time::Instant,
    handle: tokio::task::JoinHandle<(S, Event)>,
}

struct Run<S, A> {
    around: A,
    feed: Arc<Feed>,
    session: Session,
    /// At home while no step works.
    steps: Option<S>,
    task: Option<Task<S>>,
    times: Vec<(&'static str, u64)>,
    decline: String,
}

impl<S: Steps, A: Surroundings> Run<S, A> {
    /// Kept without a step that works means that the log failed: the next start of the daemon logs it.
    fn is_over(&self) -> bool {
        self.session.state().is_final() || self.session.state().is_kept() && self.task.is_none()
    }

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
            () = clock => {
                let now_ms = self.feed.now_ms().max(self.session.deadline_ms().unwrap_or(0));
                return Event::Clock { now_ms };
            }
        };
        if let Some(task) = self.task.take() {
            self.times.push((task.name, task.started.elapsed().as_millis() as u64));
        }
        match done {
            Ok((steps, event)) => {
                self.steps = Some(steps);
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
        if let State::Refused(_) = self.session.state() {
            if let Some(task) = self.task.take() {
                task.handle.abort();
                // Whatever it held is dropped before camera and element are closed.
                drop(task.handle.await);
            }
            // And so is what the last step left for the next: nobody is told of an end before its secrets are gone.
            self.steps = None;
        }
        for command in commands {
            match command {
                Command::Tell(notice) => self.feed.push(Happening::Tell(notice, None)),
                Command::CloseSource => self.around.close_source().await,
                Command::EndElement => self.around.end_element().await,
                Command::SignRefusal(reason) => self.refuse(&reason, before).await,
                Command::Release | Command::ReleaseDecline => {
                    if let Some(steps) = &self.steps {
                        steps.release();
                    }
                }
                other => self.start(other),
            }
        }
    }

    fn start(&mut self, command: Command) {
        let Some(steps) = self.steps.take() else { return };
        let name = name(&command);
        // Its name and how long it took: nothing that was measured of anybody is ever a field of a span.
        let span = tracing::info_span!("step", step = name);
        let handle = tokio::spawn(steps.perform(command, self.decline.clone()).instrument(span));
        self.task = Some(Task { name, started: tokio::time::Instant::now(), handle });
    }

    async fn refuse(&self, reason: &Reason, before: &State) {
        let (stage, code) = (stage(reason), reason.code());
        let text = self.around.trouble().unwrap_or_else(|| Notice::Refused(reason.ending()).words());
        let refusal = if leaves_a_trace(reason, before) {
            self.around.sign_refusal(reason).await.unwrap_or_default()
        } else {
            Vec::new()
        };
        self.feed.push(Happening::Refused { stage, code, text, refusal });
    }
}

/// Whether a refusal is signed and logged. Who went away before anything was recorded leaves none; who stops a session
/// that has begun does, or an attacker could try again and again unseen.
fn leaves_a_trace(reason: &Reason, before: &State) -> bool {
    !matches!((reason, before), (Reason::NoConsent | Reason::Cancelled, State::Waiting))
}

#[cfg(test)]
mod tests;
