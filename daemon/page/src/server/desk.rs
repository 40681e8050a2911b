//! What is on the one screen, who watches it, and what was pressed.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use tokio::sync::{mpsc, watch};

use super::Press;
use crate::{Event, Language, Limits, Screen, Story, View, Words, html};

/// Presses that wait to be taken; more are let go, since a person cannot press so fast.
const PRESSES: usize = 16;
/// Largest picture that is handed on, bytes.
const MOST_PICTURE: usize = 512 * 1024;
/// How a JPEG begins (ITU-T T.81, B.2.1: start of image).
const JPEG: [u8; 2] = [0xff, 0xd8];

/// One screen.
pub struct Desk {
    inner: Mutex<Inner>,
    changed: watch::Sender<Seen>,
    presses: mpsc::Sender<Press>,
}

/// What has changed, by counting.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// Views so far.
    pub view: u64,
    /// Pictures so far; 0: there is none.
    pub picture: u64,
}

/// What is shown in the oval.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Picture {
    /// What the camera sees: a JPEG that nobody here looks into.
    Jpeg(Vec<u8>),
    /// A drawing in place of a face, where a recording is shown.
    Drawing,
}

struct Inner {
    story: Story,
    language: Language,
    first: Language,
    picture: Option<Picture>,
    /// The story's clock: it stood at this many milliseconds then; without an instant it stands still.
    clock: (u64, Option<Instant>),
    line: usize,
}

impl Desk {
    /// A screen on which nobody is asked anything, and what is pressed on it.
    pub fn new(limits: Limits, language: Language) -> (Self, mpsc::Receiver<Press>) {
        let (presses, pressed) = mpsc::channel(PRESSES);
        let inner = Inner {
            story: Story::new(limits),
            language,
            first: language,
            picture: None,
            clock: (0, Some(Instant::now())),
            line: 0,
        };
        (Self { inner: Mutex::new(inner), changed: watch::channel(Seen::default()).0, presses }, pressed)
    }

    /// Something happened now.
    pub fn note(&self, event: &Event) {
        let now = self.now_ms();
        self.change(|inner| inner.story.note(now, event));
    }

    /// Something happened at a moment of the story's own clock, which runs on from there, or stands still.
    pub fn note_at(&self, at_ms: u64, runs: bool, event: &Event) {
        self.change(|inner| {
            inner.clock = (at_ms, runs.then(Instant::now));
            inner.story.note(at_ms, event);
        });
    }

    /// A picture for the person; the latest replaces the one before. Anything but a JPEG of a usual size is dropped.
    pub fn picture(&self, picture: Picture) {
        if let Picture::Jpeg(bytes) = &picture
            && (bytes.len() > MOST_PICTURE || !bytes.starts_with(&JPEG))
        {
            return;
        }
        self.lock().picture = Some(picture);
        self.changed.send_modify(|seen| seen.picture += 1);
    }

    /// The latest picture, while there is one.
    pub fn latest_picture(&self) -> Option<Picture> {
        self.lock().picture.clone()
    }

    /// Milliseconds of the story's clock.
    pub fn now_ms(&self) -> u64 {
        let (at_ms, since) = self.lock().clock;
        at_ms + since.map_or(0, |since| since.elapsed().as_millis() as u64)
    }

    /// Whether that clock runs.
    pub fn runs(&self) -> bool {
        self.lock().clock.1.is_some()
    }

    /// The line of a recording that is shown, standing still; 0: none.
    pub fn line(&self) -> usize {
        self.lock().line
    }

    /// A recording stands still at this line.
    pub fn stands_at(&self, line: usize) {
        self.lock().line = line;
        self.changed.send_modify(|seen| seen.view += 1);
    }

    /// What is to be seen.
    pub fn view(&self) -> View {
        self.lock().story.view()
    }

    /// The page now, in the person's language.
    pub fn page(&self) -> String {
        let inner = self.lock();
        html::page(&inner.story.view(), Words::of(inner.language))
    }

    /// The person's language.
    pub fn language(&self) -> Language {
        self.lock().language
    }

    /// Tells of each change.
    pub fn watch(&self) -> watch::Receiver<Seen> {
        self.changed.subscribe()
    }

    /// Something was pressed. A language is changed here; the rest is for who drives the screen.
    pub fn press(&self, press: Press) {
        if let Press::Language(language) = press {
            self.change(|inner| inner.language = language);
        } else {
            // Full: nobody takes presses just now, and the person will press again.
            let _ = self.presses.try_send(press);
        }
    }

    fn change(&self, what: impl FnOnce(&mut Inner)) {
        let changed = {
            let mut inner = self.lock();
            let before = (inner.story.view(), inner.language);
            what(&mut inner);
            let after = inner.story.view();
            if !after.recording {
                inner.picture = None;
            }
            // Who comes next finds the kiosk's own language.
            if matches!(after.screen, Screen::Idle(_)) && !matches!(before.0.screen, Screen::Idle(_)) {
                inner.language = inner.first;
            }
            before != (after, inner.language)
        };
        if changed {
            self.changed.send_modify(|seen| seen.view += 1);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
