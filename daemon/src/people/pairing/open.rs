//! The pairing that goes on now: one at a time, since the kiosk has one screen and one person before it.
//!
//! The device's messages come in over the network, the person's word over the local socket. Both have to say yes.
//! Whoever asked for the pairing waits, keeps it, and then lets the device have its certificate.

use std::sync::{Mutex, MutexGuard, PoisonError};

use subtle::ConstantTimeEq;
use tokio::sync::watch;
use wetsign_attest::{
    Signed,
    id::{Blob, PublicKey},
    object::Pairing,
};
use wetsign_pair::{Heard, Host, Refused, SealPublic};

/// Messages that one pairing takes, so that nobody guesses at it for long.
const MESSAGES: u32 = 1024;

/// Why nothing came of a message.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// There is no such pairing.
    #[error("no such pairing goes on here: it is over, or it was never begun; begin again at the kiosk")]
    None,
    /// It was refused.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// Too many messages.
    #[error("the pairing took {MESSAGES} messages, the most there may be: begin again at the kiosk")]
    TooMany,
    /// The digits are not there yet.
    #[error("there are no digits to compare yet: the device has not answered")]
    Early,
}

/// What a device is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// This.
    Message(Vec<u8>),
    /// Heard; the next word is the device's, or the person's at the kiosk.
    Heard,
}

/// Both sides agreed.
#[derive(Debug, Clone)]
pub struct Agreed {
    /// Signed by the person's key.
    pub record: Box<Signed<Pairing>>,
    /// The key to be certified (SubjectPublicKeyInfo, DER).
    pub certified: Vec<u8>,
}

struct Open {
    host: Host,
    messages: u32,
    same: bool,
    agreed: Option<Box<Signed<Pairing>>>,
    granted: Option<Vec<u8>>,
    refused: Option<Refused>,
}

/// The pairing that goes on now, if one does.
pub struct OpenPairing {
    inner: Mutex<Option<Open>>,
    bump: watch::Sender<u64>,
}

impl Default for OpenPairing {
    fn default() -> Self {
        Self { inner: Mutex::default(), bump: watch::channel(0).0 }
    }
}

impl OpenPairing {
    /// Begins; an older one is over. It goes on until the guard is dropped.
    pub fn begin(&self, host: Host) -> Begun<'_> {
        let fresh = Open { host, messages: 0, same: false, agreed: None, granted: None, refused: None };
        *self.lock() = Some(fresh);
        self.changed();
        Begun { open: self }
    }

    /// Takes a device's message.
    ///
    /// # Errors
    /// [`OpenError`].
    pub fn hear(&self, name: &[u8], sealed: &[u8], now: u64) -> Result<Reply, OpenError> {
        let heard = {
            let mut inner = self.lock();
            let open =
                inner.as_mut().filter(|open| bool::from(open.host.invitation().name()[..].ct_eq(name)));
            let open = open.ok_or(OpenError::None)?;
            open.messages += 1;
            if open.messages > MESSAGES {
                return Err(OpenError::TooMany);
            }
            match open.host.hear(sealed, now) {
                Ok(Heard::Answer(bytes)) => Ok(Reply::Message(bytes)),
                Ok(Heard::Agreed(record)) => {
                    open.agreed = Some(record);
                    Ok(open.granted.clone().map_or(Reply::Heard, Reply::Message))
                }
                Ok(_) => Ok(Reply::Heard),
                Err(why) => {
                    if ends(&why) {
                        open.refused = Some(why.clone());
                    }
                    Err(why.into())
                }
            }
        };
        self.changed();
        heard
    }

    /// The person at the kiosk says whether the digits agree.
    ///
    /// # Errors
    /// [`OpenError::None`], [`OpenError::Early`].
    pub fn compare(&self, same: bool) -> Result<(), OpenError> {
        {
            let mut inner = self.lock();
            let open = inner.as_mut().ok_or(OpenError::None)?;
            if same && open.host.digits().is_none() {
                return Err(OpenError::Early);
            }
            open.same = same;
            if !same {
                open.host.stop();
                open.refused = Some(Refused::Stopped { by: "at the kiosk" });
            }
        }
        self.changed();
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, Option<Open>> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn changed(&self) {
        self.bump.send_modify(|count| *count += 1);
    }
}

/// Whether nothing can come of the pairing after this. What a stranger sent ends nothing.
fn ends(why: &Refused) -> bool {
    !matches!(why, Refused::Unopened(_) | Refused::Secret | Refused::Message { .. })
}

/// A pairing that goes on; over when dropped.
pub struct Begun<'a> {
    open: &'a OpenPairing,
}

impl Begun<'_> {
    /// The six digits, once the device is there.
    ///
    /// # Errors
    /// [`Refused`].
    pub async fn digits(&self) -> Result<String, Refused> {
        self.until(|open| open.host.digits()).await
    }

    /// Waits for both to agree.
    ///
    /// # Errors
    /// [`Refused`].
    pub async fn agreed(&self) -> Result<Agreed, Refused> {
        self.until(|open| {
            let record = open.agreed.clone().filter(|_| open.same)?;
            Some(Agreed { record, certified: open.host.certified()?.to_vec() })
        })
        .await
    }

    /// The device may have its certificate, the authority's, the kiosk's key at a relay and its checker's: the
    /// pairing is kept.
    ///
    /// # Errors
    /// [`Refused`].
    pub fn grant(
        &self,
        certificate: &[u8],
        authority: &[u8],
        lasting: Option<&SealPublic>,
        checker: PublicKey,
    ) -> Result<(), Refused> {
        let mut inner = self.open.lock();
        let open = inner.as_mut().ok_or(Refused::Stopped { by: "at the kiosk" })?;
        let (certificate, authority) = (Blob(certificate.to_vec()), Blob(authority.to_vec()));
        open.granted = Some(open.host.grant(&certificate, &authority, lasting, Some(checker))?);
        drop(inner);
        self.open.changed();
        Ok(())
    }

    async fn until<T>(&self, there: impl Fn(&Open) -> Option<T>) -> Result<T, Refused> {
        let mut changes = self.open.bump.subscribe();
        loop {
            changes.borrow_and_update();
            {
                let inner = self.open.lock();
                let open = inner.as_ref().ok_or(Refused::Stopped { by: "another pairing was begun" })?;
                if let Some(why) = &open.refused {
                    return Err(why.clone());
                }
                if let Some(found) = there(open) {
                    return Ok(found);
                }
            }
            if changes.changed().await.is_err() {
                return Err(Refused::Stopped { by: "the kiosk is ending" });
            }
        }
    }
}

impl Drop for Begun<'_> {
    fn drop(&mut self) {
        // A device whose last answer was lost asks for it again: what was granted stays until the next pairing.
        let mut inner = self.open.lock();
        if inner.as_ref().is_some_and(|open| open.granted.is_none()) {
            *inner = None;
        }
        drop(inner);
        self.open.changed();
    }
}
