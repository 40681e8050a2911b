//! What happens in a session or an enrolment, for those who watch it: also for those who come late.
//!
//! Everything is kept from the first event on but previews and the page's colours: of each only the latest is held, and
//! of previews at most ten a second.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use tokio::sync::{mpsc, watch};
use wetsign_attest::id::{Id, PublicKey, Scalar};
use wetsign_attest::object::RefusalStage;
use wetsign_liveness::light::Colour;
use wetsign_liveness::{Gate, Prompt, remedy};
use wetsign_wire::Pattern;

use crate::{metrics::Metrics, requests::notice::Notice, requests::session::Phase};

const PREVIEW_PAUSE: Duration = Duration::from_millis(100);

/// One colour on the page: which of how many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shone {
    /// From 0.
    pub index: u32,
    /// How many there are.
    pub total: u32,
    /// What the page shines.
    pub colour: Colour,
}

/// One thing that happened.
#[derive(Debug, Clone)]
pub enum Happening {
    /// What a session is about; its first happening.
    Subject {
        /// The request.
        request: Id,
        /// The verdict that the validator reads.
        verdict: Id,
        /// The validator.
        validator: PublicKey,
    },
    /// The session is in another state.
    State(Phase),
    /// The person is told something; progress in thousandths where there is any.
    Tell(Notice, Option<u32>),
    /// A prompt is shown: which of how many.
    Prompt(u32, u32, Prompt),
    /// Six digits that the validator's own device has to show too.
    Code(String),
    /// An invitation for a device, as text, and until when it holds (UTC seconds).
    Invitation(String, u64),
    /// A device was paired.
    Paired {
        /// Id of the record.
        id: Id,
        /// The signed record.
        record: Vec<u8>,
    },
    /// A picture for the person.
    Preview(Vec<u8>),
    /// The page shines a colour; none: it is itself again.
    Light(Option<Shone>),
    /// Gates were judged.
    Gates(Vec<Gate>),
    /// It ended without a signature.
    Refused {
        /// Where.
        stage: RefusalStage,
        /// Stable code.
        code: String,
        /// In words, for the operator.
        text: String,
        /// The signed refusal; empty where nothing was signed.
        refusal: Vec<u8>,
    },
    /// A co-signature was released.
    CoSigned {
        /// Its id.
        id: Id,
        /// Its bytes.
        bytes: Vec<u8>,
    },
    /// A decline was logged.
    Declined {
        /// Its id.
        id: Id,
        /// Its bytes.
        bytes: Vec<u8>,
    },
    /// A person was enrolled.
    Enrolled {
        /// Signed record.
        record: Vec<u8>,
        /// The person's key.
        validator: PublicKey,
        /// The leaf for the registrar.
        leaf: Scalar,
    },
    /// How long each step took, in milliseconds.
    Times(Vec<(&'static str, u64)>),
}

/// A happening with its time.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Milliseconds since the feed was made.
    pub at_ms: u64,
    /// What happened.
    pub what: Happening,
}

struct Inner {
    entries: Vec<Arc<Entry>>,
    preview: Latest,
    page: Latest,
    previewed: Option<Instant>,
    closed: bool,
}

/// Of some happenings only the latest, numbered.
type Latest = Option<(u64, Arc<Entry>)>;

/// Where happenings go.
pub struct Feed {
    started: Instant,
    inner: Mutex<Inner>,
    bump: watch::Sender<u64>,
    light: watch::Sender<Pattern>,
    metrics: Arc<Metrics>,
}

impl Feed {
    /// An empty feed, whose clock starts now.
    pub fn new() -> Arc<Self> {
        Self::with_readers(watch::channel(Pattern::Off).0, Arc::default())
    }

    /// An empty feed whose notices are shown by a light too, and whose endings are counted.
    pub fn with_readers(light: watch::Sender<Pattern>, metrics: Arc<Metrics>) -> Arc<Self> {
        let inner = Mutex::new(Inner {
            entries: Vec::new(),
            preview: None,
            page: None,
            previewed: None,
            closed: false,
        });
        Arc::new(Self { started: Instant::now(), inner, bump: watch::channel(0).0, light, metrics })
    }

    /// Milliseconds since the feed was made.
    pub fn now_ms(&self) -> u64 {
        self.started.elapsed().as_millis() as u64
    }

    /// Adds a happening. Gates of which one failed for want of quality bring a word of advice with them.
    pub fn push(&self, what: Happening) {
        let advice = match &what {
            Happening::Gates(gates) => remedy(gates).map(Notice::Try),
            _ => None,
        };
        self.show(&what);
        self.count(&what);
        self.add(what);
        if let Some(advice) = advice {
            self.push(Happening::Tell(advice, None));
        }
    }

    /// Hands the light its pattern; the light is never waited for.
    fn show(&self, what: &Happening) {
        let pattern = match what {
            Happening::Tell(notice, _) => notice.pattern(),
            Happening::Prompt(_, _, prompt) => Notice::Do(prompt.clone()).pattern(),
            Happening::Refused { .. } => Pattern::Refused,
            _ => return,
        };
        self.light.send_replace(pattern);
    }

    fn count(&self, what: &Happening) {
        let metrics = &self.metrics;
        match what {
            Happening::Gates(gates) => {
                gates.iter().filter(|gate| !gate.passed).for_each(|gate| metrics.not_passed(gate.name()));
            }
            Happening::Times(times) => times.iter().for_each(|(step, ms)| metrics.took(step, *ms)),
            Happening::CoSigned { .. } => metrics.ended("cosigned", ""),
            Happening::Declined { .. } => metrics.ended("declined", ""),
            Happening::Enrolled { .. } => metrics.ended("enrolled", ""),
            Happening::Paired { .. } => metrics.ended("paired", ""),
            Happening::Refused { stage, .. } => metrics.ended("refused", stage.as_str()),
            _ => {}
        }
    }

    fn add(&self, what: Happening) {
        let entry = Arc::new(Entry { at_ms: self.now_ms(), what });
        {
            let mut inner = self.lock();
            match entry.what {
                Happening::Preview(_) => {
                    if inner.previewed.is_some_and(|last| last.elapsed() < PREVIEW_PAUSE) {
                        return;
                    }
                    inner.previewed = Some(Instant::now());
                    replace(&mut inner.preview, entry);
                }
                Happening::Light(_) => replace(&mut inner.page, entry),
                _ => inner.entries.push(entry),
            }
        }
        self.bump.send_modify(|count| *count += 1);
    }

    /// Nothing more will happen; the last preview and the last colour are forgotten.
    pub fn close(&self) {
        {
            let mut inner = self.lock();
            inner.closed = true;
            (inner.preview, inner.page) = (None, None);
        }
        self.bump.send_modify(|count| *count += 1);
    }

    /// Whether it is closed.
    pub fn is_closed(&self) -> bool {
        self.lock().closed
    }

    /// Everything from the first event on, then each as it happens, until the feed is closed. One slow reader never
    /// holds up the session: he only sees fewer previews.
    pub fn follow(self: &Arc<Self>) -> mpsc::Receiver<Arc<Entry>> {
        let (give, take) = mpsc::channel(16);
        let feed = Arc::clone(self);
        let mut bump = self.bump.subscribe();
        tokio::spawn(async move {
            let (mut position, mut seen) = (0, [None; 2]);
            loop {
                bump.borrow_and_update();
                let (news, closed) = feed.since(&mut position, &mut seen);
                for entry in news {
                    if give.send(entry).await.is_err() {
                        return;
                    }
                }
                if closed {
                    return;
                }
                tokio::select! {
                    changed = bump.changed() => if changed.is_err() { return },
                    () = give.closed() => return,
                }
            }
        });
        take
    }

    /// Waits until nobody follows any more. Resolves at once when nobody does.
    pub async fn abandoned(&self) {
        self.bump.closed().await;
    }

    fn since(&self, position: &mut usize, seen: &mut [Option<u64>; 2]) -> (Vec<Arc<Entry>>, bool) {
        let inner = self.lock();
        let mut news = inner.entries[*position..].to_vec();
        *position = inner.entries.len();
        for (latest, seen) in [&inner.preview, &inner.page].into_iter().zip(seen) {
            if let Some((number, entry)) = latest
                && seen.is_none_or(|last| last < *number)
            {
                *seen = Some(*number);
                news.push(Arc::clone(entry));
            }
        }
        (news, inner.closed)
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn replace(latest: &mut Latest, entry: Arc<Entry>) {
    let number = latest.as_ref().map_or(0, |(number, _)| number + 1);
    *latest = Some((number, entry));
}

#[cfg(test)]
mod tests {
    use wetsign_liveness::{Measure, Remedy, light::Colour};

    use super::*;

    async fn drain(mut take: mpsc::Receiver<Arc<Entry>>) -> Vec<Happening> {
        let mut all = Vec::new();
        while let Some(entry) = take.recv().await {
            all.push(entry.what.clone());
        }
        all
    }

    #[tokio::test]
    async fn who_comes_late_sees_everything_but_old_previews() {
        let feed = Feed::new();
        feed.push(Happening::State(Phase::Waiting));
        feed.push(Happening::Preview(vec![1]));
        feed.push(Happening::State(Phase::Decided));
        feed.close();

        let seen = drain(feed.follow()).await;

        assert!(
            matches!(seen[..], [Happening::State(Phase::Waiting), Happening::State(Phase::Decided)]),
            "{seen:?}"
        );
    }

    #[tokio::test]
    async fn two_watchers_see_the_same() {
        let feed = Feed::new();
        let (one, two) = (feed.follow(), feed.follow());
        feed.push(Happening::Tell(Notice::Decide, None));
        feed.push(Happening::Times(vec![("prove", 300)]));
        feed.close();
        assert_eq!(drain(one).await.len(), 2);
        assert_eq!(drain(two).await.len(), 2);
    }

    #[tokio::test]
    async fn a_feed_is_abandoned_when_the_last_watcher_has_gone() {
        let feed = Feed::new();
        let (one, two) = (feed.follow(), feed.follow());
        drop(one);
        let abandoned = tokio::time::timeout(Duration::from_millis(20), feed.abandoned());
        assert!(abandoned.await.is_err(), "one still watches");
        drop(two);
        feed.abandoned().await;
    }

    #[tokio::test]
    async fn a_failed_quality_gate_comes_with_advice_and_a_failed_match_does_not() {
        let gate = |measure, passed| Gate::new(measure, Some(i32::from(passed)), Some(1));
        let feed = Feed::new();
        feed.push(Happening::Gates(vec![gate(Measure::Brightness, true), gate(Measure::FaceSize, false)]));
        feed.push(Happening::Gates(vec![gate(Measure::FaceMatch, false)]));
        feed.close();

        let seen = drain(feed.follow()).await;

        let told = |what: &Happening| matches!(what, Happening::Tell(Notice::Try(Remedy::ComeCloser), None));
        assert_eq!(seen.len(), 3);
        assert!(told(&seen[1]), "{seen:?}");
    }

    #[tokio::test]
    async fn who_comes_late_sees_no_colour_that_is_over() {
        let shone = |index, colour| Happening::Light(Some(Shone { index, total: 2, colour }));
        let feed = Feed::new();
        feed.push(shone(0, Colour::Rose));
        feed.push(shone(1, Colour::Azure));
        let (news, _) = feed.since(&mut 0, &mut [None; 2]);
        assert!(
            matches!(&news[..], [one] if matches!(one.what, Happening::Light(Some(Shone { index: 1, .. }))))
        );
        feed.push(Happening::Light(None));
        feed.close();
        assert!(drain(feed.follow()).await.is_empty());
    }

    #[test]
    fn previews_are_held_back_to_ten_a_second() {
        let feed = Feed::new();
        feed.push(Happening::Preview(vec![1]));
        feed.push(Happening::Preview(vec![2]));
        let (news, _) = feed.since(&mut 0, &mut [None; 2]);
        assert!(matches!(&news[..], [entry] if matches!(&entry.what, Happening::Preview(p) if *p == [1])));
    }
}
