//! Something of which there is only so much: connections, streams, bytes, writes a minute. One peer gets a part of it.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError, Weak},
    time::{Duration, Instant},
};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::peer::Peer;

/// Peers remembered before those who hold nothing are forgotten.
const PEERS: usize = 1024;

/// What can be taken and is given back.
pub(super) struct Share {
    all: Arc<Semaphore>,
    each: usize,
    peers: Mutex<HashMap<Peer, Weak<Semaphore>>>,
}

/// What was taken; given back when dropped.
#[derive(Debug)]
pub(super) struct Taken {
    _all: OwnedSemaphorePermit,
    _own: OwnedSemaphorePermit,
    // The peer's part lives as long as something of it is taken.
    _part: Arc<Semaphore>,
}

impl Share {
    pub(super) fn new(all: usize, each: usize) -> Self {
        Self { all: Arc::new(Semaphore::new(all)), each, peers: Mutex::default() }
    }

    /// Takes some at once, or nothing.
    pub(super) fn try_take(&self, peer: Peer, count: u32) -> Option<Taken> {
        let part = self.part(peer);
        let own = Arc::clone(&part).try_acquire_many_owned(count).ok()?;
        let all = Arc::clone(&self.all).try_acquire_many_owned(count).ok()?;
        Some(Taken { _all: all, _own: own, _part: part })
    }

    /// Takes some, and waits for it. A peer waits for its own part first, so that it holds up nobody else.
    pub(super) async fn take(&self, peer: Peer, count: u32, patience: Duration) -> Option<Taken> {
        let part = self.part(peer);
        let taking = async {
            let own = Arc::clone(&part).acquire_many_owned(count).await.ok()?;
            let all = Arc::clone(&self.all).acquire_many_owned(count).await.ok()?;
            Some((own, all))
        };
        let (own, all) = tokio::time::timeout(patience, taking).await.ok()??;
        Some(Taken { _all: all, _own: own, _part: part })
    }

    fn part(&self, peer: Peer) -> Arc<Semaphore> {
        let mut peers = self.peers.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(part) = peers.get(&peer).and_then(Weak::upgrade) {
            return part;
        }
        if peers.len() >= PEERS {
            peers.retain(|_, part| part.strong_count() > 0);
        }
        let part = Arc::new(Semaphore::new(self.each));
        peers.insert(peer, Arc::downgrade(&part));
        part
    }
}

/// What comes back with time: a bucket that holds a minute's worth, in all and for each peer.
pub(super) struct Rate {
    all: u32,
    each: u32,
    buckets: Mutex<(Bucket, HashMap<Peer, Bucket>)>,
}

#[derive(Clone, Copy)]
struct Bucket {
    left: f64,
    seen: Instant,
}

impl Bucket {
    fn fill(&mut self, size: u32, now: Instant) {
        let since = now.saturating_duration_since(self.seen).as_secs_f64();
        self.left = (self.left + since * f64::from(size) / 60.0).min(f64::from(size));
        self.seen = now;
    }

    /// Seconds until one is left; 0: one is.
    fn wait(&self, size: u32) -> u64 {
        ((1.0 - self.left).max(0.0) * 60.0 / f64::from(size)).ceil() as u64
    }
}

impl Rate {
    pub(super) fn new(all: u32, each: u32, now: Instant) -> Self {
        let full = Bucket { left: f64::from(all), seen: now };
        Self { all, each, buckets: Mutex::new((full, HashMap::new())) }
    }

    /// Takes one, if there is one left for this peer and in all; else how many seconds have to pass first.
    pub(super) fn take(&self, peer: Peer, now: Instant) -> Result<(), u64> {
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        let (all, peers) = &mut *buckets;
        all.fill(self.all, now);
        if peers.len() >= PEERS {
            // A bucket that is full again is as good as a new one.
            peers.retain(|_, bucket| {
                bucket.fill(self.each, now);
                bucket.left < f64::from(self.each)
            });
        }
        let own = peers.entry(peer).or_insert(Bucket { left: f64::from(self.each), seen: now });
        own.fill(self.each, now);
        let wait = all.wait(self.all).max(own.wait(self.each));
        if wait > 0 {
            return Err(wait);
        }
        all.left -= 1.0;
        own.left -= 1.0;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: Peer = Peer::Process(1);
    const B: Peer = Peer::Process(2);

    #[test]
    fn one_peer_leaves_room_for_another_and_gives_back() {
        let share = Share::new(3, 2);
        let first = share.try_take(A, 2).unwrap();
        assert!(share.try_take(A, 1).is_none());
        let other = share.try_take(B, 1).unwrap();
        assert!(share.try_take(B, 1).is_none(), "there is no more in all");
        drop(first);
        assert!(share.try_take(A, 2).is_some());
        drop(other);
    }

    #[tokio::test(start_paused = true)]
    async fn who_waits_for_its_own_part_holds_up_nobody() {
        let share = Share::new(4, 2);
        let _held = share.try_take(A, 2).unwrap();
        let waits = share.take(A, 1, Duration::from_secs(5));
        let other = share.take(B, 2, Duration::from_secs(5));
        let (waits, other) = tokio::join!(waits, other);
        assert!(waits.is_none() && other.is_some());
    }

    #[test]
    fn peers_that_hold_nothing_are_forgotten() {
        let share = Share::new(PEERS * 4, 1);
        for number in 0..PEERS as i32 * 3 {
            drop(share.try_take(Peer::Process(number), 1));
        }
        assert!(share.peers.lock().unwrap().len() <= PEERS);
    }

    #[test]
    fn writes_come_back_with_time() {
        let start = Instant::now();
        let rate = Rate::new(6, 4, start);
        let at = |seconds| start + Duration::from_secs(seconds);
        let taken = |peer, time| (0..9).filter(|_| rate.take(peer, time).is_ok()).count();
        assert_eq!(taken(A, at(0)), 4);
        assert_eq!(rate.take(A, at(0)), Err(15), "four a minute");
        assert_eq!(taken(B, at(0)), 2, "six in all");
        assert_eq!(rate.take(B, at(0)), Err(10), "six a minute in all");
        assert_eq!(taken(B, at(10)), 1);
        assert_eq!(taken(A, at(600)), 4, "never more than a minute's worth");
    }
}
