//! Who waits for which request: a change wakes those who watch it, and nobody else.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::watch;
use wetsign_attest::id::Id;

/// Everybody who watches.
#[derive(Default, Clone)]
pub(super) struct Watchers {
    by_request: Arc<Mutex<HashMap<Id, watch::Sender<()>>>>,
}

/// One who watches one request.
pub struct Watcher {
    request: Id,
    // Gone before the others are counted.
    changes: Option<watch::Receiver<()>>,
    watchers: Watchers,
}

impl Watchers {
    pub(super) fn watch(&self, request: &Id) -> Watcher {
        let mut map = self.lock();
        let changes = map.entry(*request).or_insert_with(|| watch::channel(()).0).subscribe();
        Watcher { request: *request, changes: Some(changes), watchers: self.clone() }
    }

    pub(super) fn changed(&self, request: &Id) {
        if let Some(changes) = self.lock().get(request) {
            changes.send_replace(());
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Id, watch::Sender<()>>> {
        self.by_request.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Watcher {
    /// Waits for the next change since the last one that was seen, or since this watcher began.
    pub async fn changed(&mut self) {
        // The sender stays as long as this watcher does.
        if let Some(changes) = &mut self.changes
            && changes.changed().await.is_ok()
        {
            return;
        }
        std::future::pending::<()>().await;
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        self.changes = None;
        let mut map = self.watchers.lock();
        if map.get(&self.request).is_some_and(|changes| changes.receiver_count() == 0) {
            map.remove(&self.request);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    async fn woken(watcher: &mut Watcher) -> bool {
        tokio::time::timeout(Duration::from_secs(1), watcher.changed()).await.is_ok()
    }

    #[tokio::test(start_paused = true)]
    async fn a_change_wakes_those_who_watch_it_and_nobody_else() {
        let watchers = Watchers::default();
        let (mut one, mut same, mut other) =
            (watchers.watch(&Id([1; 32])), watchers.watch(&Id([1; 32])), watchers.watch(&Id([2; 32])));

        watchers.changed(&Id([1; 32]));

        assert!(woken(&mut one).await && woken(&mut same).await && !woken(&mut other).await);
        assert!(!woken(&mut one).await, "once a change");
    }

    #[test]
    fn nothing_is_kept_for_those_who_went() {
        let watchers = Watchers::default();
        let (one, same) = (watchers.watch(&Id([1; 32])), watchers.watch(&Id([1; 32])));
        drop(one);
        assert_eq!(watchers.lock().len(), 1);
        drop(same);
        assert!(watchers.lock().is_empty());
    }
}
