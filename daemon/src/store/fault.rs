//! The first thing that went wrong with the store: it is the last, for nothing is read or written after it.

use std::{
    sync::{Arc, Mutex, PoisonError, Weak},
    time::{Duration, Instant},
};

use tokio::sync::watch;

/// A write that takes longer never ends: the database waits for one that failed elsewhere.
const STUCK: Duration = Duration::from_secs(15);
const LOOK: Duration = Duration::from_millis(500);

/// Shared by all handles of one store, and by its log.
#[derive(Debug, Clone)]
pub struct Fault(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    cause: watch::Sender<Option<String>>,
    /// When the writes under way began.
    busy: Mutex<Vec<Instant>>,
}

/// A write under way.
pub(super) struct Busy(Arc<Inner>, Instant);

impl Fault {
    /// None yet; a thread looks whether a write is stuck, as long as there is a handle.
    pub(super) fn watched() -> Self {
        let inner = Arc::new(Inner { cause: watch::channel(None).0, busy: Mutex::default() });
        let watched = Arc::downgrade(&inner);
        std::thread::spawn(move || look_after(&watched));
        Self(inner)
    }

    /// Something went wrong; only the first cause counts.
    pub fn happened(&self, cause: String) {
        self.0.happened(cause);
    }

    /// What went wrong, if anything.
    pub fn cause(&self) -> Option<String> {
        self.0.cause.borrow().clone()
    }

    /// Waits until something goes wrong; answers what.
    pub async fn wait(&self) -> String {
        let mut causes = self.0.cause.subscribe();
        let cause = causes.wait_for(Option::is_some).await.ok().and_then(|cause| cause.clone());
        match cause {
            Some(cause) => cause,
            // The sender is ours, and stays.
            None => std::future::pending().await,
        }
    }

    pub(super) fn busy(&self) -> Busy {
        let now = Instant::now();
        self.0.busy.lock().unwrap_or_else(PoisonError::into_inner).push(now);
        Busy(Arc::clone(&self.0), now)
    }
}

impl Inner {
    fn happened(&self, cause: String) {
        self.cause.send_if_modified(|known| {
            let first = known.is_none();
            if first {
                *known = Some(cause);
            }
            first
        });
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        let mut busy = self.0.busy.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(place) = busy.iter().position(|begun| *begun == self.1) {
            busy.swap_remove(place);
        }
    }
}

fn look_after(watched: &Weak<Inner>) {
    while let Some(inner) = watched.upgrade() {
        let oldest = inner.busy.lock().unwrap_or_else(PoisonError::into_inner).iter().min().copied();
        if oldest.is_some_and(|begun| begun.elapsed() > STUCK) {
            inner.happened(format!("a write did not end within {} s: see to the disk", STUCK.as_secs()));
            return;
        }
        drop(inner);
        std::thread::sleep(LOOK);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_first_cause_stays() {
        let fault = Fault::watched();
        assert_eq!(fault.cause(), None);
        fault.happened("the disk is gone".into());
        fault.happened("nothing can be written".into());
        assert_eq!(fault.wait().await, "the disk is gone");
    }
}
