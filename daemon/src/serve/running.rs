//! Sessions that run, and those that ran lately: who wants to watch or to say something finds them here by their id.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::sync::mpsc;
use wetsign_attest::id::{Id, PublicKey};

use crate::{
    keys,
    kiosk::Kiosk,
    requests::conduct::{self, Spec, Word},
    requests::session::Phase,
    serve::feed::{Feed, Happening},
};

/// Sessions kept after their end, for those who watch late.
const KEPT: usize = 64;
/// Sessions that may be open at once.
const OPEN: usize = 16;
/// How often the end of the sessions is looked for while the daemon stops.
const LOOK: std::time::Duration = std::time::Duration::from_millis(20);

struct Running {
    number: u64,
    request: Id,
    validator: PublicKey,
    feed: Arc<Feed>,
    words: mpsc::Sender<Word>,
    /// The co-signature was given before; approving once more changes nothing.
    again: bool,
}

/// All sessions by their id.
#[derive(Default)]
pub struct Sessions {
    inner: Mutex<BTreeMap<String, Running>>,
}

/// What became of a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heard {
    /// The session hears it now; what follows is in its feed.
    Now,
    /// It has had its effect before.
    Already,
}

/// Why a session was not started or found.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SessionsError {
    /// Too many at once.
    #[error("{OPEN} sessions are open already: end one of them first")]
    TooMany,
    /// One validator cannot be in two sessions for one request.
    #[error("this validator has a session for this request already: {0}")]
    Twice(String),
    /// No such session.
    #[error("there is no session {0} here")]
    Unknown(String),
    /// It takes no more words.
    #[error("session {0} has ended")]
    Ended(String),
    /// It has more words to hear than it can keep.
    #[error("session {0} has not heard the words before this one: try again")]
    Busy(String),
    /// No id could be drawn.
    #[error("the operating system gave no random bytes")]
    Random,
}

impl Sessions {
    /// Starts a session; it runs by itself. Answers its id.
    ///
    /// # Errors
    /// [`SessionsError`].
    pub fn start(&self, kiosk: &Arc<Kiosk>, spec: Spec) -> Result<String, SessionsError> {
        let (feed, id, heard) = {
            let (words, heard) = mpsc::channel(8);
            let feed = Feed::with_readers(kiosk.element.light(), Arc::clone(&kiosk.metrics));
            feed.push(subject(&spec));
            let id = self.insert(&spec, &feed, words, false)?;
            (feed, id, heard)
        };
        tokio::spawn(conduct::conduct(Arc::clone(kiosk), spec, feed, heard));
        Ok(id)
    }

    /// A session that ended before it began: the co-signature was given already, stands in the log
    /// ([`crate::requests::ledger::Ledger::released`]) and is released again, byte for byte.
    ///
    /// # Errors
    /// [`SessionsError`].
    pub fn again(&self, spec: &Spec, id: Id, bytes: Vec<u8>) -> Result<String, SessionsError> {
        let feed = Feed::new();
        feed.push(subject(spec));
        feed.push(Happening::State(Phase::Logged));
        feed.push(Happening::CoSigned { id, bytes });
        feed.close();
        self.insert(spec, &feed, mpsc::channel(1).0, true)
    }

    fn insert(
        &self,
        spec: &Spec,
        feed: &Arc<Feed>,
        words: mpsc::Sender<Word>,
        again: bool,
    ) -> Result<String, SessionsError> {
        let id = hex::encode(&keys::random().map_err(|_| SessionsError::Random)?[..16]);
        let mut sessions = self.lock();
        let open = || sessions.iter().filter(|(_, session)| !session.feed.is_closed());
        if let Some((other, _)) =
            open().find(|(_, s)| s.request == spec.request && s.validator == spec.validator)
        {
            return Err(SessionsError::Twice(other.clone()));
        }
        if open().count() >= OPEN {
            return Err(SessionsError::TooMany);
        }
        let number = sessions.values().map(|session| session.number + 1).max().unwrap_or(0);
        let (request, validator) = (spec.request, spec.validator);
        let running = Running { number, request, validator, feed: Arc::clone(feed), words, again };
        sessions.insert(id.clone(), running);
        while sessions.len() > KEPT + OPEN {
            let oldest = sessions.iter().filter(|(_, s)| s.feed.is_closed()).min_by_key(|(_, s)| s.number);
            let Some(oldest) = oldest.map(|(id, _)| id.clone()) else { break };
            sessions.remove(&oldest);
        }
        Ok(id)
    }

    /// What happens in a session.
    ///
    /// # Errors
    /// [`SessionsError::Unknown`].
    pub fn feed(&self, id: &str) -> Result<Arc<Feed>, SessionsError> {
        let sessions = self.lock();
        let session = sessions.get(id).ok_or_else(|| SessionsError::Unknown(id.to_owned()))?;
        Ok(Arc::clone(&session.feed))
    }

    /// Whether the validator's own device signs in it.
    ///
    /// # Errors
    /// [`SessionsError::Unknown`].
    pub fn signs_on_device(&self, id: &str) -> Result<bool, SessionsError> {
        let sessions = self.lock();
        let session = sessions.get(id).ok_or_else(|| SessionsError::Unknown(id.to_owned()))?;
        Ok(session.validator.is_passkey())
    }

    /// Says something in a session.
    ///
    /// # Errors
    /// [`SessionsError`].
    pub fn say(&self, id: &str, word: Word) -> Result<Heard, SessionsError> {
        let sessions = self.lock();
        let session = sessions.get(id).ok_or_else(|| SessionsError::Unknown(id.to_owned()))?;
        if session.again && matches!(word, Word::Approve { .. }) {
            return Ok(Heard::Already);
        }
        match session.words.try_send(word) {
            Ok(()) => Ok(Heard::Now),
            Err(mpsc::error::TrySendError::Full(_)) => Err(SessionsError::Busy(id.to_owned())),
            Err(mpsc::error::TrySendError::Closed(_)) => Err(SessionsError::Ended(id.to_owned())),
        }
    }

    /// Ends every session in order.
    pub fn cancel_all(&self) {
        for session in self.lock().values() {
            // A session that has ended hears nothing.
            let _ = session.words.try_send(Word::Cancel);
        }
    }

    /// Waits until every session has ended.
    pub async fn all_ended(&self) {
        while self.lock().values().any(|session| !session.feed.is_closed()) {
            tokio::time::sleep(LOOK).await;
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, Running>> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Said before anything can happen, so that who watches knows what a yes would be for.
const fn subject(spec: &Spec) -> Happening {
    let Spec { request, verdict, validator, .. } = *spec;
    Happening::Subject { request, verdict, validator }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec(request: u8) -> Spec {
        Spec {
            request: Id([request; 32]),
            verdict: Id([2; 32]),
            validator: PublicKey::Ed25519([3; 32]),
            source: wetsign_sensor_ipc::Source::default(),
            needs: wetsign_liveness::Needs::default(),
            light: false,
            device: None,
        }
    }

    #[tokio::test]
    async fn the_first_event_names_request_verdict_and_validator() {
        let sessions = Sessions::default();
        let id = sessions.again(&spec(1), Id([4; 32]), vec![5]).unwrap();
        let mut events = sessions.feed(&id).unwrap().follow();
        let first = events.recv().await.unwrap();
        let named = Happening::Subject {
            request: Id([1; 32]),
            verdict: Id([2; 32]),
            validator: PublicKey::Ed25519([3; 32]),
        };
        assert_eq!(format!("{:?}", first.what), format!("{named:?}"));
    }

    #[test]
    fn one_validator_has_one_open_session_for_a_request_and_only_so_many_are_open() {
        let sessions = Sessions::default();
        let open = |request| {
            // Nobody listens at the other end.
            sessions.insert(&spec(request), &Feed::new(), mpsc::channel(1).0, false)
        };
        let first = open(0).unwrap();
        assert_eq!(open(0), Err(SessionsError::Twice(first.clone())));
        for request in 1..OPEN as u8 {
            open(request).unwrap();
        }
        assert_eq!(open(99), Err(SessionsError::TooMany));
        sessions.feed(&first).unwrap().close();
        open(99).unwrap();
        assert_eq!(sessions.say("nobody", Word::Cancel), Err(SessionsError::Unknown("nobody".into())));
        assert_eq!(sessions.say(&first, Word::Cancel), Err(SessionsError::Ended(first.clone())));
    }

    #[test]
    fn who_approves_again_what_was_released_changes_nothing() {
        let sessions = Sessions::default();
        let id = sessions.again(&spec(1), Id([4; 32]), vec![5]).unwrap();
        assert_eq!(sessions.say(&id, Word::Approve { consent: true }), Ok(Heard::Already));
        assert_eq!(sessions.say(&id, Word::Decline("no".into())), Err(SessionsError::Ended(id.clone())));
    }

    #[test]
    fn of_sessions_that_ended_the_oldest_are_forgotten() {
        let sessions = Sessions::default();
        let ids: Vec<String> =
            (0..100).map(|number| sessions.again(&spec(number), Id([4; 32]), vec![]).unwrap()).collect();
        assert!(sessions.feed(&ids[0]).is_err() && sessions.feed(&ids[99]).is_ok());
        assert_eq!(sessions.lock().len(), KEPT + OPEN);
    }
}
