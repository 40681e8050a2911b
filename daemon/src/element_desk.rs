//! The one secure element, shared by sessions that come one after the other.
//!
//! A session takes the [`Turn`] before it begins and holds it until it has ended the element's own session, so that no
//! other session can end or replace it. The highest counter seen is kept in the store: an element that comes back with a
//! lower one was rolled back.

use std::{path::PathBuf, sync::Arc};

use tokio::sync::{Mutex, OwnedSemaphorePermit, Semaphore};
use wetsign_attest::id::Blob;

use crate::{
    element::{Capture, ElementClient, ElementError, ElementIdentity, SessionBinding, Token},
    store::{Batch, Store, Table},
};

const COUNTER: &[u8] = b"element_counter";

/// The shared element.
pub struct ElementDesk {
    socket: PathBuf,
    store: Store,
    client: Mutex<Option<ElementClient>>,
    turns: Arc<Semaphore>,
}

/// The element, for one session.
pub struct Turn {
    desk: Arc<ElementDesk>,
    _permit: OwnedSemaphorePermit,
}

/// The element's identity with its certificate.
#[derive(Debug, Clone)]
pub struct Known {
    /// Who it is.
    pub identity: ElementIdentity,
    /// Signed device certificate, from the configuration or the element itself; empty until provisioned.
    pub certificate: Blob,
}

impl ElementDesk {
    /// Connects when first used.
    pub fn new(socket: PathBuf, store: Store) -> Arc<Self> {
        Arc::new(Self { socket, store, client: Mutex::new(None), turns: Arc::new(Semaphore::new(1)) })
    }

    /// Waits for the turn.
    ///
    /// # Errors
    /// [`ElementError`] only if the daemon is ending.
    pub async fn turn(self: &Arc<Self>) -> Result<Turn, ElementError> {
        let permit = Arc::clone(&self.turns)
            .acquire_owned()
            .await
            .map_err(|_| ElementError::Unexpected { request: "turn", answer: "the daemon is ending" })?;
        Ok(Turn { desk: Arc::clone(self), _permit: permit })
    }

    /// Who it is.
    ///
    /// # Errors
    /// [`ElementError`].
    pub async fn identity(&self) -> Result<ElementIdentity, ElementError> {
        self.with(async |client| client.identity().await).await
    }

    async fn with<T>(
        &self,
        work: impl AsyncFnOnce(&mut ElementClient) -> Result<T, ElementError>,
    ) -> Result<T, ElementError> {
        let mut slot = self.client.lock().await;
        if slot.is_none() {
            let floor = self.floor();
            *slot = Some(ElementClient::connect(&self.socket).await?.with_counter_floor(floor));
        }
        match slot.as_mut() {
            Some(client) => work(client).await,
            None => Err(ElementError::Connect {
                path: self.socket.clone(),
                source: std::io::ErrorKind::NotConnected.into(),
            }),
        }
    }

    fn floor(&self) -> u64 {
        let stored = self.store.get(Table::Meta, COUNTER).ok().flatten();
        stored.and_then(|bytes| bytes.try_into().ok()).map_or(0, u64::from_be_bytes)
    }

    fn keep_floor(&self, counter: u64) {
        let mut batch = Batch::new();
        batch.put(Table::Meta, COUNTER, &counter.to_be_bytes());
        if let Err(error) = self.store.commit(&batch) {
            // The token is sound all the same; only a roll-back to just before it would go unseen.
            tracing::warn!(%error, "the element's counter could not be kept");
        }
    }
}

impl Turn {
    /// Opens the element's session; gives the challenge.
    ///
    /// # Errors
    /// [`ElementError`].
    pub async fn begin(&self, binding: SessionBinding) -> Result<[u8; 32], ElementError> {
        self.desk.with(async |client| client.begin(&binding).await).await
    }

    /// Has the capture signed; once a session.
    ///
    /// # Errors
    /// [`ElementError`].
    pub async fn attest(&self, capture: Capture) -> Result<Token, ElementError> {
        let token = self.desk.with(async |client| client.attest(&capture).await).await?;
        self.desk.keep_floor(token.counter);
        Ok(token)
    }

    /// Seals.
    ///
    /// # Errors
    /// [`ElementError`].
    pub async fn seal(&self, label: &[u8; 32], plain: &[u8]) -> Result<Vec<u8>, ElementError> {
        self.desk.with(async |client| client.seal(label, plain).await).await
    }

    /// Unseals; only while the element's session is open.
    ///
    /// # Errors
    /// [`ElementError`].
    pub async fn unseal(
        &self,
        label: &[u8; 32],
        sealed: &[u8],
    ) -> Result<zeroize::Zeroizing<Vec<u8>>, ElementError> {
        self.desk.with(async |client| client.unseal(label, sealed).await).await
    }

    /// Ends the element's session. A failure closes the connection, which ends it too.
    pub async fn end(&self) {
        if let Err(error) = self.desk.with(async |client| client.end().await).await {
            tracing::warn!(%error, "the element's session could not be ended in order");
        }
    }
}

/// Stable code of an element's failure, for signed refusals.
pub fn code(error: &ElementError) -> &'static str {
    match error {
        ElementError::Connect { .. } => "absent",
        ElementError::Deadline { .. } => "deadline",
        ElementError::Connection { .. } => "connection",
        ElementError::Tampered { .. } => "tampered",
        ElementError::Refused { .. } => "refused",
        ElementError::CounterWentBack { .. } => "rolled_back",
        ElementError::AnotherElement { .. } => "another",
        _ => "protocol",
    }
}
