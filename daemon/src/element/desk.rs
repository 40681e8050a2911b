//! The one secure element, shared by sessions that come one after the other.
//!
//! A session takes the [`Turn`] before it begins and holds it until it has ended the element's own session, so that no
//! other session can end or replace it. The highest counter seen is kept in the store: an element that comes back with
//! a lower one was rolled back.

use std::{
    sync::{Arc, PoisonError, Weak},
    time::Duration,
};

use tokio::sync::{Mutex, OwnedSemaphorePermit, Semaphore, watch};
use wetsign_attest::{id::Blob, object::CertificateChain};
use zeroize::Zeroizing;

use crate::{
    element::{
        Capture, ElementAddress, ElementClient, ElementError, ElementIdentity, Pattern, SessionBinding, Token,
    },
    secret::Secret,
    store::{Batch, Store, Table},
};

const COUNTER: &[u8] = b"element_counter";
const ENDING: ElementError = ElementError::Unexpected { request: "turn", answer: "the daemon is ending" };

/// The shared element.
pub struct ElementDesk {
    address: ElementAddress,
    host_key: Zeroizing<[u8; 32]>,
    store: Store,
    client: Mutex<Option<ElementClient>>,
    turns: Arc<Semaphore>,
    last: std::sync::Mutex<Option<ElementIdentity>>,
    light: watch::Sender<Pattern>,
}

/// The element, for one session.
pub struct Turn {
    desk: Arc<ElementDesk>,
    _permit: OwnedSemaphorePermit,
}

/// The element's identity with its certificates.
#[derive(Debug, Clone)]
pub struct Known {
    /// Who it is.
    pub identity: ElementIdentity,
    /// Certificate chain, from the configuration or the element itself; empty until provisioned.
    pub certificate: Blob,
}

impl Known {
    /// Why no verifier would take what this element signs for that of the certified one; `None` if the chain is its
    /// own. Whether anybody trusts the chain's root is for verifiers to say.
    pub fn uncertified(&self) -> Option<String> {
        let is = &self.identity;
        if self.certificate.0.is_empty() {
            let what = "has no certificates: have it provisioned, or name the file in element.certificate";
            return Some(format!("the secure element {what}"));
        }
        let chain = match CertificateChain::decode(&self.certificate.0) {
            Ok(chain) => chain,
            Err(error) => return Some(format!("the secure element's certificates cannot be read: {error}")),
        };
        let device = chain.device();
        let differs = [
            ("public key", device.device_key.as_bytes() != is.public_key),
            ("channel key", device.channel_key.0 != is.channel_key),
            ("identifier", device.ueid.0 != is.ueid),
            ("hardware model", device.hwmodel != is.hwmodel),
            ("home", device.home.as_str() != is.home.as_str()),
        ];
        let differs: Vec<&str> =
            differs.iter().filter(|(_, differs)| *differs).map(|(name, _)| *name).collect();
        (!differs.is_empty()).then(|| {
            format!(
                "the certificates are another secure element's ({} differ): have this one provisioned again",
                differs.join(", ")
            )
        })
    }
}

impl ElementDesk {
    /// Connects when first used. `host_key` is this kiosk's end of the channel.
    pub fn new(address: ElementAddress, host_key: Zeroizing<[u8; 32]>, store: Store) -> Arc<Self> {
        let (light, patterns) = watch::channel(Pattern::Off);
        let desk = Arc::new(Self {
            address,
            host_key,
            store,
            client: Mutex::default(),
            turns: Arc::new(Semaphore::new(1)),
            last: std::sync::Mutex::default(),
            light,
        });
        tokio::spawn(indicate(Arc::downgrade(&desk), patterns));
        desk
    }

    /// Where to say what the element's light is to show. Best effort: nobody waits for it, and what comes too fast is
    /// left out.
    pub fn light(&self) -> watch::Sender<Pattern> {
        self.light.clone()
    }

    /// Waits for the turn.
    ///
    /// # Errors
    /// [`ElementError`] only if the daemon is ending.
    pub async fn turn(self: &Arc<Self>) -> Result<Turn, ElementError> {
        let permit = Arc::clone(&self.turns).acquire_owned().await.map_err(|_| ENDING)?;
        Ok(Turn { desk: Arc::clone(self), _permit: permit })
    }

    /// Who it is. Goes on to its end when the caller goes away: an exchange that is dropped half-way closes the
    /// connection, and with it the session that another one may hold.
    ///
    /// # Errors
    /// [`ElementError`].
    pub async fn identity(self: &Arc<Self>) -> Result<ElementIdentity, ElementError> {
        let desk = Arc::clone(self);
        let asking = tokio::spawn(async move {
            let identity = desk.with(async |client| client.identity().await).await?;
            *desk.last.lock().unwrap_or_else(PoisonError::into_inner) = Some(identity.clone());
            Ok(identity)
        });
        asking.await.unwrap_or(Err(ENDING))
    }

    /// Who it is, for onlookers: while a session holds the element, it is not touched and the last answer is given.
    ///
    /// # Errors
    /// [`ElementError`]; [`ElementError::Unexpected`] if it is held and has never answered here.
    pub async fn seen(self: &Arc<Self>) -> Result<ElementIdentity, ElementError> {
        if let Ok(_permit) = Arc::clone(&self.turns).try_acquire_owned() {
            return self.identity().await;
        }
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner).clone();
        last.ok_or(ElementError::Unexpected { request: "identity", answer: "that a session holds it" })
    }

    async fn with<T>(
        &self,
        work: impl AsyncFnOnce(&mut ElementClient) -> Result<T, ElementError>,
    ) -> Result<T, ElementError> {
        let mut slot = self.client.lock().await;
        let client = match &mut *slot {
            Some(client) => client,
            empty => {
                let floor = self.floor().await?;
                let client = ElementClient::new(self.address.clone(), self.host_key.clone());
                empty.insert(client.with_counter_floor(floor))
            }
        };
        work(client).await
    }

    /// The highest counter seen; 0 only where none was ever kept. What cannot be read is no 0.
    async fn floor(&self) -> Result<u64, ElementError> {
        let failed = |why: String| ElementError::Remembered { what: "read", why };
        let store = self.store.clone();
        let stored = tokio::task::spawn_blocking(move || store.get(Table::Meta, COUNTER)).await;
        let stored = stored.map_err(|_| ENDING)?.map_err(|error| failed(error.to_string()))?;
        let Some(bytes) = stored else { return Ok(0) };
        let length = bytes.len();
        let counter = bytes.try_into().map_err(|_| failed(format!("it has {length} bytes instead of 8")))?;
        Ok(u64::from_be_bytes(counter))
    }

    async fn keep_floor(&self, counter: u64) -> Result<(), ElementError> {
        let mut batch = Batch::new();
        batch.put(Table::Meta, COUNTER, &counter.to_be_bytes());
        let store = self.store.clone();
        let kept = tokio::task::spawn_blocking(move || store.commit(&batch)).await;
        kept.map_err(|_| ENDING)?
            .map_err(|error| ElementError::Remembered { what: "written", why: error.to_string() })
    }
}

/// How long an ending is shown.
const ENDING_SHOWN: Duration = Duration::from_secs(5);

/// Shows the latest pattern, as long as there is a desk. An ending goes out by itself.
async fn indicate(desk: Weak<ElementDesk>, mut patterns: watch::Receiver<Pattern>) {
    let mut shown = Pattern::Off;
    loop {
        let ended = matches!(shown, Pattern::Approved | Pattern::Refused);
        let patience = if ended { ENDING_SHOWN } else { Duration::MAX };
        shown = match tokio::time::timeout(patience, patterns.changed()).await {
            Ok(Ok(())) => *patterns.borrow_and_update(),
            Ok(Err(_)) => return,
            Err(_) => Pattern::Off,
        };
        let Some(desk) = desk.upgrade() else { return };
        if let Err(error) = desk.with(async |client| client.indicate(shown).await).await {
            tracing::debug!(%error, ?shown, "the element's light");
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

    /// Has the capture signed; once a session. The token is given out only when its counter is durable here.
    ///
    /// # Errors
    /// [`ElementError`].
    pub async fn attest(&self, capture: Capture) -> Result<Token, ElementError> {
        let token = self.desk.with(async |client| client.attest(&capture).await).await?;
        self.desk.keep_floor(token.counter).await?;
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
    pub async fn unseal(&self, label: &[u8; 32], sealed: &[u8]) -> Result<Secret, ElementError> {
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
        ElementError::Remembered { .. } => "counter_store",
        ElementError::AnotherElement { .. } => "another",
        ElementError::UnknownHost => "unknown_host",
        ElementError::Channel { .. } => "channel",
        ElementError::Secret(_) => "memory",
        _ => "protocol",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn desk() -> (tempfile::TempDir, Arc<ElementDesk>) {
        let state = tempfile::tempdir().unwrap();
        let store = Store::open(state.path()).unwrap();
        let nobody = ElementAddress::Unix(state.path().join("nobody.sock"));
        let desk = ElementDesk::new(nobody, Zeroizing::new([7; 32]), store);
        (state, desk)
    }

    #[tokio::test]
    async fn a_counter_that_cannot_be_read_is_no_zero() {
        let (_state, desk) = desk();
        assert_eq!(desk.floor().await.unwrap(), 0);
        desk.keep_floor(41).await.unwrap();
        assert_eq!(desk.floor().await.unwrap(), 41);

        let mut batch = Batch::new();
        batch.put(Table::Meta, COUNTER, b"short");
        desk.store.commit(&batch).unwrap();

        assert!(matches!(desk.floor().await, Err(ElementError::Remembered { what: "read", .. })));
        let refused = desk.identity().await.unwrap_err();
        assert_eq!(code(&refused), "counter_store");
    }

    #[tokio::test]
    async fn an_onlooker_leaves_a_held_element_alone() {
        let (_state, desk) = desk();
        let turn = desk.turn().await.unwrap();

        let unknown = desk.seen().await.unwrap_err();
        assert!(matches!(unknown, ElementError::Unexpected { request: "identity", .. }), "{unknown}");

        drop(turn);
        assert_eq!(code(&desk.seen().await.unwrap_err()), "absent");
    }
}
