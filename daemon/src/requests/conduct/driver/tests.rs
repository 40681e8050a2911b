//! Sessions driven with scripted steps: no kiosk, no camera, no element.

use std::{
    collections::VecDeque,
    sync::{
        Mutex,
        atomic::{AtomicBool, Ordering},
    },
};

use wetsign_attest::id::Id;
use wetsign_liveness::{MATCHES, Measure, Outcome};

use super::*;
use crate::requests::session::Phase;

/// What a scripted step does.
enum Act {
    /// It ends with this.
    Ends(Event),
    /// It never ends by itself.
    Works,
    /// It panics.
    Breaks,
}

/// Everything that was done to the parts, in order.
type Done = Arc<Mutex<Vec<String>>>;

struct Scripted {
    acts: VecDeque<Act>,
    feed: Arc<Feed>,
    done: Done,
}

/// Says when the task that holds it is gone.
struct Marks(Done);

impl Drop for Marks {
    fn drop(&mut self) {
        self.0.lock().unwrap().push("step dropped".into());
    }
}

impl Steps for Scripted {
    async fn perform(mut self, command: Command, decline: String) -> (Self, Event) {
        let name = name(&command);
        self.done.lock().unwrap().push(if decline.is_empty() {
            name.into()
        } else {
            format!("{name}: {decline}")
        });
        match self.acts.pop_front() {
            Some(Act::Ends(event)) => (self, event),
            Some(Act::Works) | None => {
                let _marks = Marks(Arc::clone(&self.done));
                std::future::pending().await
            }
            Some(Act::Breaks) => panic!("a part broke"),
        }
    }

    fn release(&self) {
        self.feed.push(Happening::CoSigned { id: Id([7; 32]), bytes: vec![7] });
    }
}

struct Parts {
    done: Done,
    /// Whether a refusal can be logged.
    logs: AtomicBool,
}

impl Surroundings for Arc<Parts> {
    async fn close_source(&self) {
        self.done.lock().unwrap().push("source closed".into());
    }

    async fn end_element(&self) {
        self.done.lock().unwrap().push("element ended".into());
    }

    fn trouble(&self) -> Option<String> {
        None
    }

    async fn sign_refusal(&self, reason: &Reason) -> Option<Vec<u8>> {
        let code = reason.code();
        self.done.lock().unwrap().push(format!("signed {code}"));
        self.logs.load(Ordering::Relaxed).then(|| code.as_bytes().to_vec())
    }
}

struct Story {
    limits: Limits,
    key: KeyAt,
    acts: Vec<Act>,
    words: Vec<Word>,
    /// The client goes away after its words.
    leaves: bool,
    logs: bool,
}

impl Default for Story {
    fn default() -> Self {
        Self {
            limits: Limits::default(),
            key: KeyAt::Kiosk,
            acts: Vec::new(),
            words: Vec::new(),
            leaves: false,
            logs: true,
        }
    }
}

impl Story {
    /// What was done to the parts, and what watchers saw.
    async fn told(self) -> (Vec<String>, Vec<String>) {
        let done = Done::default();
        let feed = Feed::new();
        let steps = Scripted { acts: self.acts.into(), feed: Arc::clone(&feed), done: Arc::clone(&done) };
        let parts = Arc::new(Parts { done: Arc::clone(&done), logs: AtomicBool::new(self.logs) });
        let (say, heard) = mpsc::channel(8);
        for word in self.words {
            say.try_send(word).unwrap();
        }
        let kept = (!self.leaves).then_some(say);
        let mut follow = feed.follow();

        drive((self.limits, self.key), steps, parts, feed, heard).await;

        drop(kept);
        let mut seen = Vec::new();
        while let Some(entry) = follow.recv().await {
            match &entry.what {
                Happening::State(phase) => seen.push(phase.name().into()),
                Happening::CoSigned { .. } => seen.push("released".into()),
                Happening::Refused { code, refusal, .. } => {
                    seen.push(format!("refusal {code}{}", if refusal.is_empty() { "" } else { ", signed" }));
                }
                _ => {}
            }
        }
        let done = done.lock().unwrap().clone();
        (done, seen)
    }
}

fn passed(gates: &[Measure]) -> Vec<(Measure, Outcome)> {
    gates.iter().map(|gate| (*gate, Outcome::Passed)).collect()
}

/// The events of a session in which everything goes well, in order.
fn well() -> Vec<Event> {
    let mandatory = vec![Measure::Phrase];
    vec![
        Event::SourceOpened,
        Event::ElementBegun,
        Event::Prompted { mandatory: mandatory.clone() },
        Event::CaptureDone,
        Event::Judged { gates: passed(&mandatory) },
        Event::Compared { gates: passed(&MATCHES) },
        Event::AttestationMade,
        Event::ProofMade,
        Event::CoSignatureDurable,
        Event::LogSynced,
    ]
}

fn acts(events: impl IntoIterator<Item = Event>) -> Vec<Act> {
    events.into_iter().map(Act::Ends).collect()
}

const YES: Word = Word::Approve { consent: true };

#[tokio::test]
async fn a_yes_is_led_step_by_step_to_a_released_signature() {
    let (done, seen) = Story { acts: acts(well()), words: vec![YES], ..Story::default() }.told().await;

    assert_eq!(
        done,
        [
            "open",
            "begin",
            "prompts",
            "capture",
            "source closed",
            "judge",
            "match",
            "attest",
            "prove",
            "co_sign",
            "element ended",
            "log"
        ]
    );
    assert_eq!(
        seen,
        [
            "waiting",
            "decided",
            "begun",
            "challenging",
            "captured",
            "live",
            "matched",
            "attested",
            "proved",
            "co_signed",
            "logged",
            "released"
        ]
    );
}

#[tokio::test]
async fn who_stops_before_the_camera_ends_its_step_first_and_leaves_a_signed_trace() {
    let mut acts = acts(well().into_iter().take(3));
    acts.push(Act::Works);
    // The cancel is heard only once the steps before it have ended: each of them is ready at once, and words are taken
    // in their order, so it comes as soon as the client has gone.
    let (done, seen) = Story { acts, words: vec![YES], leaves: true, ..Story::default() }.told().await;

    let end = done.iter().position(|what| what == "source closed").expect("the source is closed");
    assert!(done[..end].iter().all(|what| !what.starts_with("signed")), "{done:?}");
    assert_eq!(&done[end..], ["source closed", "element ended", "signed cancelled"], "{done:?}");
    assert_eq!(seen.last().unwrap(), "refusal cancelled, signed");
}

#[tokio::test]
async fn a_step_that_is_aborted_is_gone_before_camera_and_element_are_closed() {
    let limits = Limits { open_ms: 0, ..Limits::default() };
    let (done, seen) = Story { limits, words: vec![YES], ..Story::default() }.told().await;

    let dropped = done.iter().position(|what| what == "step dropped");
    let closed = done.iter().position(|what| what == "source closed").expect("the source is closed");
    assert!(dropped.is_none_or(|dropped| dropped < closed), "{done:?}");
    assert_eq!(seen, ["waiting", "decided", "refused", "refusal timeout.decided, signed"]);
}

#[tokio::test]
async fn who_goes_away_before_anything_was_recorded_leaves_no_trace() {
    for words in [vec![], vec![Word::Cancel], vec![Word::Approve { consent: false }]] {
        let (done, seen) = Story { words, leaves: true, ..Story::default() }.told().await;

        assert_eq!(done, ["source closed", "element ended"]);
        assert!(seen.last().unwrap().starts_with("refusal ") && !seen.last().unwrap().ends_with("signed"));
    }
}

#[tokio::test]
async fn a_no_carries_its_reason_and_needs_no_camera() {
    let acts = acts([Event::DeclineDurable, Event::DeclineLogged]);
    let words = vec![Word::Decline("not in my name".into())];
    let (done, seen) = Story { acts, words, ..Story::default() }.told().await;

    assert_eq!(done, ["decline: not in my name", "element ended", "log_decline: not in my name"]);
    assert_eq!(seen, ["waiting", "declining", "decline_kept", "declined", "released"]);
}

#[tokio::test]
async fn a_step_that_panics_refuses_the_session_and_nothing_else() {
    let mut acts = acts([Event::SourceOpened]);
    acts.push(Act::Breaks);
    let (done, seen) = Story { acts, words: vec![YES], ..Story::default() }.told().await;

    assert_eq!(done, ["open", "begin", "source closed", "element ended", "signed internal.step"]);
    assert_eq!(seen.last().unwrap(), "refusal internal.step, signed");
}

#[tokio::test]
async fn a_refusal_that_cannot_be_logged_is_told_all_the_same() {
    let acts = acts([Event::Failed(Fault::Sensor("busy".into()))]);
    let (_, seen) = Story { acts, words: vec![YES], logs: false, ..Story::default() }.told().await;

    assert_eq!(seen, ["waiting", "decided", "refused", "refusal sensor.busy"]);
}

#[tokio::test]
async fn what_is_durable_is_not_refused_when_the_log_fails() {
    let mut events = well();
    *events.last_mut().unwrap() = Event::Failed(Fault::Log);
    let (done, seen) = Story { acts: acts(events), words: vec![YES], ..Story::default() }.told().await;

    assert!(done.iter().all(|what| !what.starts_with("signed")), "{done:?}");
    assert_eq!(seen.last().unwrap(), "co_signed");
}

#[test]
fn who_cancels_a_session_that_has_begun_leaves_a_trace() {
    assert!(!leaves_a_trace(&Reason::Cancelled, &State::Waiting));
    assert!(!leaves_a_trace(&Reason::NoConsent, &State::Waiting));
    assert!(leaves_a_trace(&Reason::TimedOut(Phase::Waiting), &State::Waiting));
    for before in [State::Decided, State::Begun, State::Challenging, State::Live, State::Attested] {
        assert!(leaves_a_trace(&Reason::Cancelled, &before), "{before:?}");
    }
}

/// What a log writes into.
#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Written {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn each_step_is_a_span_that_says_its_name_and_its_time_alone() {
    let written = Written::default();
    let log = {
        let written = written.clone();
        tracing_subscriber::fmt()
            .json()
            .with_span_events(tracing_subscriber::fmt::format::FmtSpan::CLOSE)
            .with_writer(move || written.clone())
            .finish()
    };
    let told = {
        let _here = tracing::subscriber::set_default(log);
        Story { acts: acts(well()), words: vec![YES], ..Story::default() }.told().await
    };

    let text = String::from_utf8(written.0.lock().unwrap().clone()).unwrap();
    let closed: Vec<serde_json::Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .filter(|line: &serde_json::Value| line["fields"]["message"] == "close")
        .collect();
    let names: Vec<_> = closed.iter().map(|line| line["span"]["step"].as_str().unwrap().to_owned()).collect();
    let step = |done: &String| !done.ends_with("closed") && !done.ends_with("ended");
    let steps: Vec<_> = told.0.into_iter().filter(step).collect();
    assert_eq!(names, steps);
    for line in closed {
        let fields: Vec<_> = line["fields"].as_object().unwrap().keys().cloned().collect();
        assert_eq!(fields, ["message", "time.busy", "time.idle"]);
        assert_eq!(line["span"].as_object().unwrap().len(), 2, "{line}");
    }
}
