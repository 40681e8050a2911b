//! Strangers' work on the books: a few at a time on threads, so that they hold up neither sessions nor one another.
//!
//! What people before the kiosk need goes by [`crate::kiosk::Kiosk::books`], which never waits here.

use std::sync::Arc;

use tokio::sync::Semaphore;
use tonic::Status;

use super::{access::Door, convert};
use crate::{error::LedgerError, kiosk::Kiosk, requests::ledger::Ledger, serve::running::Sessions};

const READS: usize = 2;
/// One: whoever writes for a person waits for one stranger at most.
const WRITES: usize = 1;

/// The places at one door.
#[derive(Clone)]
pub(super) struct Desk {
    reads: Arc<Semaphore>,
    writes: Arc<Semaphore>,
}

impl Default for Desk {
    fn default() -> Self {
        Self { reads: Arc::new(Semaphore::new(READS)), writes: Arc::new(Semaphore::new(WRITES)) }
    }
}

/// Serves every service of the interface.
#[derive(Clone)]
pub(crate) struct Services {
    pub(super) kiosk: Arc<Kiosk>,
    pub(super) sessions: Arc<Sessions>,
    pub(super) desk: Desk,
    pub(super) door: Door,
}

impl Services {
    /// Reads the books.
    pub(super) async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Ledger) -> Result<T, LedgerError> + Send + 'static,
    ) -> Result<T, Status> {
        self.at(&self.desk.reads, work).await
    }

    /// Writes what a stranger brought, where the disk has room for it.
    pub(super) async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Ledger) -> Result<T, LedgerError> + Send + 'static,
    ) -> Result<T, Status> {
        let kiosk = Arc::clone(&self.kiosk);
        self.at(&self.desk.writes, move |ledger| {
            kiosk.room.check()?;
            work(ledger)
        })
        .await
    }

    async fn at<T: Send + 'static>(
        &self,
        places: &Arc<Semaphore>,
        work: impl FnOnce(&Ledger) -> Result<T, LedgerError> + Send + 'static,
    ) -> Result<T, Status> {
        let place = Arc::clone(places).acquire_owned().await;
        let place = place.map_err(|_| convert::status(LedgerError::Stopped))?;
        // The place is held by the work, also after the caller went away.
        let done = self.kiosk.books(move |ledger| {
            let _place = place;
            work(ledger)
        });
        done.await.map_err(convert::status)
    }
}
