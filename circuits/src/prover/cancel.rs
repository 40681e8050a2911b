//! Stopping a proof that nobody waits for any more.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Stops a proof from another thread. Clones stop the same proof. A proof looks every few milliseconds.
#[derive(Clone, Debug, Default)]
pub struct Cancel(Arc<AtomicBool>);

/// The proof was stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the proof was cancelled before it was done")]
pub struct Cancelled;

impl Cancel {
    /// Stops the proof; one that is done already stays done.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Stops the proof when the guard is dropped: hold it as long as somebody waits.
    pub fn guard(&self) -> CancelOnDrop {
        CancelOnDrop(self.clone())
    }

    pub(super) fn check(&self) -> Result<(), Cancelled> {
        if self.0.load(Ordering::Relaxed) { Err(Cancelled) } else { Ok(()) }
    }
}

/// Stops a proof when it is dropped.
#[derive(Debug)]
pub struct CancelOnDrop(Cancel);

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        self.0.cancel();
    }
}
