//! Which message goes to whom, and how many may wait. Nothing is kept: what nobody fetches is gone.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, oneshot};
use tokio::time::{Instant, timeout};

use crate::Name;

/// Longest message of a phone, bytes.
pub const ASKED: usize = 64 * 1024;
/// Longest answer of a kiosk, bytes: an offer (1 MiB) with its seal.
pub const TOLD: usize = 1024 * 1024 + 8 * 1024;
/// Messages of one line that wait to be fetched, and as many whose answers are waited for.
pub const QUEUE: usize = 32;
/// How long a kiosk waits for a message before it asks again, and a phone for its answer.
pub const HELD: Duration = Duration::from_secs(25);
const ANSWERED: Duration = Duration::from_secs(40);
/// A kiosk that has not asked for so long is not there.
const THERE: Duration = Duration::from_secs(30);

/// Why a message was not handed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Why {
    /// No such line.
    #[error("no kiosk has this line here")]
    Unknown,
    /// The kiosk is not there.
    #[error("the kiosk is not there now: try again later")]
    Away,
    /// Too many wait.
    #[error("too many messages wait for this kiosk: try again in some seconds")]
    Full,
    /// The kiosk did not answer.
    #[error("the kiosk took the message and did not answer in time")]
    Silent,
    /// Whoever asked has gone, or was answered before.
    #[error("nobody waits for this answer any more")]
    Gone,
}

#[derive(Default)]
struct Line {
    waiting: VecDeque<(u64, Vec<u8>)>,
    open: BTreeMap<u64, oneshot::Sender<Vec<u8>>>,
    next: u64,
    fetchers: usize,
    seen: Option<Instant>,
    come: Arc<Notify>,
}

/// The lines of the kiosks that are known here.
#[derive(Default)]
pub struct Lines {
    lines: Mutex<BTreeMap<Name, Line>>,
}

impl Lines {
    /// These lines, and no others.
    pub fn new(names: impl IntoIterator<Item = Name>) -> Self {
        let lines = names.into_iter().map(|name| (name, Line::default())).collect();
        Self { lines: Mutex::new(lines) }
    }

    /// A phone's message: handed to the kiosk, whose answer comes back.
    ///
    /// # Errors
    /// [`Why`].
    pub async fn ask(&self, name: &Name, message: Vec<u8>) -> Result<Vec<u8>, Why> {
        let (number, answer) = self.with(name, |line| {
            let there = line.fetchers > 0 || line.seen.is_some_and(|seen| seen.elapsed() < THERE);
            if !there {
                return Err(Why::Away);
            }
            if line.open.len() >= QUEUE {
                return Err(Why::Full);
            }
            let (give, take) = oneshot::channel();
            line.next += 1;
            line.waiting.push_back((line.next, message));
            line.open.insert(line.next, give);
            line.come.notify_one();
            Ok((line.next, take))
        })?;
        // Also when the phone goes away.
        let _taken_back = Asked { lines: self, name, number };
        match timeout(ANSWERED, answer).await {
            Ok(Ok(answer)) => Ok(answer),
            _ => Err(Why::Silent),
        }
    }

    /// The next message for a kiosk, with its number; none within [`HELD`].
    ///
    /// # Errors
    /// [`Why::Unknown`].
    pub async fn next(&self, name: &Name) -> Result<Option<(u64, Vec<u8>)>, Why> {
        let come = self.with(name, |line| {
            line.fetchers += 1;
            Ok(Arc::clone(&line.come))
        })?;
        let _fetches = Fetches { lines: self, name };
        let fetching = async {
            loop {
                if let Some(first) = self.with(name, |line| Ok(line.waiting.pop_front()))? {
                    return Ok(first);
                }
                come.notified().await;
            }
        };
        timeout(HELD, fetching).await.ok().transpose()
    }

    /// A kiosk's answer to the message with that number.
    ///
    /// # Errors
    /// [`Why::Unknown`], [`Why::Gone`].
    pub fn answer(&self, name: &Name, number: u64, answer: Vec<u8>) -> Result<(), Why> {
        let give = self.with(name, |line| line.open.remove(&number).ok_or(Why::Gone))?;
        give.send(answer).map_err(|_| Why::Gone)
    }

    fn with<T>(&self, name: &Name, work: impl FnOnce(&mut Line) -> Result<T, Why>) -> Result<T, Why> {
        work(self.lock().get_mut(name).ok_or(Why::Unknown)?)
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<Name, Line>> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A message that is waited for; taken back when dropped.
struct Asked<'a> {
    lines: &'a Lines,
    name: &'a Name,
    number: u64,
}

impl Drop for Asked<'_> {
    fn drop(&mut self) {
        let Self { lines, name, number } = self;
        // An unknown line holds nothing that could be taken back.
        let _ = lines.with(name, |line| {
            line.open.remove(number);
            line.waiting.retain(|(waiting, _)| waiting != number);
            Ok(())
        });
    }
}

/// A kiosk that waits at its line.
struct Fetches<'a> {
    lines: &'a Lines,
    name: &'a Name,
}

impl Drop for Fetches<'_> {
    fn drop(&mut self) {
        // An unknown line has nobody who waits.
        let _ = self.lines.with(self.name, |line| {
            line.fetchers -= 1;
            line.seen = Some(Instant::now());
            // Woken for nothing, it passes the call on to another of the same kiosk.
            if !line.waiting.is_empty() {
                line.come.notify_one();
            }
            Ok(())
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(number: u8) -> Name {
        Name::of_secret(&[number; 32])
    }

    fn lines() -> Arc<Lines> {
        Arc::new(Lines::new([name(1), name(2)]))
    }

    fn asks(lines: &Arc<Lines>, message: &[u8]) -> tokio::task::JoinHandle<Result<Vec<u8>, Why>> {
        let (lines, message) = (Arc::clone(lines), message.to_vec());
        tokio::spawn(async move { lines.ask(&name(1), message).await })
    }

    /// A kiosk that asked once, and so is there.
    async fn there() -> Arc<Lines> {
        let lines = lines();
        assert_eq!(lines.next(&name(1)).await, Ok(None));
        lines
    }

    #[tokio::test(start_paused = true)]
    async fn a_message_goes_to_its_kiosk_and_the_answer_to_whoever_asked() {
        let lines = there().await;
        let [first, second] = [asks(&lines, b"one"), asks(&lines, b"two")];
        let (one, text) = lines.next(&name(1)).await.unwrap().unwrap();
        assert_eq!(text, b"one");
        let (two, _) = lines.next(&name(1)).await.unwrap().unwrap();
        lines.answer(&name(1), two, b"2".to_vec()).unwrap();
        lines.answer(&name(1), one, b"1".to_vec()).unwrap();
        assert_eq!(first.await.unwrap(), Ok(b"1".to_vec()));
        assert_eq!(second.await.unwrap(), Ok(b"2".to_vec()));
        assert_eq!(lines.answer(&name(1), one, b"again".to_vec()), Err(Why::Gone));
    }

    #[tokio::test(start_paused = true)]
    async fn another_kiosk_neither_sees_nor_answers_it() {
        let lines = there().await;
        let asked = asks(&lines, b"for the first");
        assert_eq!(lines.next(&name(2)).await, Ok(None));
        assert_eq!(lines.answer(&name(2), 1, b"mine".to_vec()), Err(Why::Gone));
        assert_eq!(lines.next(&name(3)).await, Err(Why::Unknown));
        assert_eq!(asked.await.unwrap(), Err(Why::Silent));
    }

    #[tokio::test(start_paused = true)]
    async fn nothing_waits_for_a_kiosk_that_is_not_there() {
        let lines = lines();
        assert_eq!(lines.ask(&name(1), vec![1]).await, Err(Why::Away));
        assert_eq!(lines.ask(&name(9), vec![1]).await, Err(Why::Unknown));
        lines.next(&name(1)).await.unwrap();
        tokio::time::advance(THERE).await;
        assert_eq!(lines.ask(&name(1), vec![1]).await, Err(Why::Away));
    }

    #[tokio::test(start_paused = true)]
    async fn so_many_wait_and_no_more_and_who_goes_away_makes_room() {
        let lines = there().await;
        let mut waiting: Vec<_> = (0..QUEUE).map(|_| asks(&lines, b"x")).collect();
        tokio::task::yield_now().await;
        assert_eq!(lines.ask(&name(1), vec![1]).await, Err(Why::Full));
        let gone = waiting.pop().unwrap();
        gone.abort();
        assert!(gone.await.unwrap_err().is_cancelled());
        let again = asks(&lines, b"last");
        tokio::task::yield_now().await;
        assert!(!again.is_finished());
        for one in waiting {
            assert_eq!(one.await.unwrap(), Err(Why::Silent));
        }
    }
}
