//! What people's own devices are asked to sign, while a session or an enrolment waits for the answer.
//!
//! Nothing here is durable: who asked goes on waiting, and asks anew after a crash. An answer is checked before it is
//! taken, and whoever gave it is told only once it has had its effect.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{oneshot, watch};
use wetsign_attest::{
    Error, Object, Signed,
    id::{Id, PublicKey},
    offer::Offer,
};

/// What is asked of one key.
#[derive(Debug, Clone)]
pub struct Waiting {
    /// Id of the payload.
    pub id: Id,
    /// Payload of the [`Offer`].
    pub offer: Arc<Vec<u8>>,
}

struct Entry {
    number: u64,
    key: PublicKey,
    waiting: Waiting,
    /// Reads an answer and says what it signs.
    read: fn(&[u8]) -> Result<Id, Error>,
    give: oneshot::Sender<Word>,
}

/// What comes back.
enum Word {
    Signed(Vec<u8>, oneshot::Sender<()>),
    Declined,
}

#[derive(Default)]
struct Inner {
    entries: Vec<Entry>,
    next: u64,
}

/// Everything that waits for a device.
pub struct Offers {
    inner: Mutex<Inner>,
    bump: watch::Sender<u64>,
}

impl Default for Offers {
    fn default() -> Self {
        Self { inner: Mutex::default(), bump: watch::channel(0).0 }
    }
}

/// Why an answer was not taken.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OffersError {
    /// Nobody waits for it, or no longer.
    #[error("nothing with id {0} waits for a signature here: it lapsed, was stopped, or was answered before")]
    Unknown(Id),
    /// It is no signature over this payload by this key.
    #[error("the answer is refused: {0}")]
    Answer(#[from] Error),
    /// It signs something else.
    #[error("the answer is refused: it signs {found}, and {asked} was asked for")]
    Other {
        /// Id of what was asked.
        asked: Id,
        /// Id of what was signed.
        found: Id,
    },
    /// The device's owner said no.
    #[error("the validator declined on their own device")]
    Declined,
    /// The session ended before the answer had its effect.
    #[error("the session ended before the signature was kept")]
    Ended,
}

/// A device's answer.
pub struct Answered<T> {
    /// What it signed.
    pub signed: Signed<T>,
    receipt: oneshot::Sender<()>,
}

impl<T> Answered<T> {
    /// The signature has had its effect: whoever gave it is told so.
    pub fn kept(self) -> Signed<T> {
        // One that has gone away asks again.
        let _ = self.receipt.send(());
        self.signed
    }
}

impl Offers {
    /// Asks the device with the key that `payload` names, and waits. Dropped, it is asked no more.
    ///
    /// # Errors
    /// [`OffersError`].
    pub async fn ask<T: Object>(&self, payload: &T, offer: Offer) -> Result<Answered<T>, OffersError> {
        let id = payload.id()?;
        let what = T::TYPE;
        let key = payload.signer().ok_or(Error::Envelope { what, reason: "is not signed by one key" })?;
        let waiting = Waiting { id, offer: Arc::new(offer.to_payload()?) };
        let (give, take) = oneshot::channel();
        let read = |bytes: &[u8]| Signed::<T>::decode(bytes).map(|signed| signed.id());
        let number = self.change(|inner| {
            inner.next += 1;
            inner.entries.push(Entry { number: inner.next, key, waiting, read, give });
            inner.next
        });
        let _open = Open { offers: self, number };
        match take.await {
            Ok(Word::Signed(bytes, receipt)) => Ok(Answered { signed: Signed::decode(&bytes)?, receipt }),
            Ok(Word::Declined) => Err(OffersError::Declined),
            Err(_) => Err(OffersError::Ended),
        }
    }

    /// What is asked of a key, oldest first, and a way to learn of changes.
    pub fn of(&self, key: &PublicKey) -> Vec<Waiting> {
        let inner = self.lock();
        inner.entries.iter().filter(|entry| entry.key == *key).map(|entry| entry.waiting.clone()).collect()
    }

    /// Whose signature is asked for under this id; none if nothing waits for it.
    pub fn asked(&self, id: &Id) -> Option<PublicKey> {
        self.lock().entries.iter().find(|entry| entry.waiting.id == *id).map(|entry| entry.key)
    }

    /// Wakes whenever something is asked, or no longer.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.bump.subscribe()
    }

    /// Takes an answer; answers once it has had its effect.
    ///
    /// # Errors
    /// [`OffersError`]. What was refused can be answered again.
    pub async fn answer(&self, id: &Id, signed: Vec<u8>) -> Result<(), OffersError> {
        let entry = self.take_if(id, |entry| {
            let found = (entry.read)(&signed)?;
            if found == *id { Ok(()) } else { Err(OffersError::Other { asked: *id, found }) }
        })?;
        let (receipt, kept) = oneshot::channel();
        entry.give.send(Word::Signed(signed, receipt)).map_err(|_| OffersError::Ended)?;
        kept.await.map_err(|_| OffersError::Ended)
    }

    /// The device's owner said no to what this key is asked.
    pub fn decline(&self, id: &Id) {
        if let Ok(entry) = self.take_if(id, |_| Ok(())) {
            // Whoever asked may have stopped asking.
            let _ = entry.give.send(Word::Declined);
        }
    }

    fn take_if(
        &self,
        id: &Id,
        fits: impl FnOnce(&Entry) -> Result<(), OffersError>,
    ) -> Result<Entry, OffersError> {
        self.change(|inner| {
            let place = inner.entries.iter().position(|entry| entry.waiting.id == *id);
            let place = place.ok_or(OffersError::Unknown(*id))?;
            fits(&inner.entries[place])?;
            Ok(inner.entries.remove(place))
        })
    }

    fn change<R>(&self, change: impl FnOnce(&mut Inner) -> R) -> R {
        let changed = change(&mut self.lock());
        self.bump.send_modify(|count| *count += 1);
        changed
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Takes an offer back when nobody waits for it any more.
struct Open<'a> {
    offers: &'a Offers,
    number: u64,
}

impl Drop for Open<'_> {
    fn drop(&mut self) {
        self.offers.change(|inner| inner.entries.retain(|entry| entry.number != self.number));
    }
}

#[cfg(test)]
mod tests {
    use wetsign_attest::{object::Decline, passkey::software::SoftwarePasskey};

    use super::*;

    fn device() -> SoftwarePasskey {
        SoftwarePasskey::new(&[7; 32], "hub.example", "https://hub.example").unwrap()
    }

    fn payload(reason: &str) -> Decline {
        Decline {
            request: Id([1; 32]),
            verdict: Id([2; 32]),
            validator: device().public(),
            reason: reason.into(),
            time: 1_790_000_000,
        }
    }

    fn signed(payload: &Decline) -> Vec<u8> {
        let answer = device().assert(&Signed::challenge(payload).unwrap()).unwrap();
        Signed::by_passkey(payload, &answer).unwrap().bytes().to_vec()
    }

    /// Asks, and hands what comes of it to `meanwhile`'s end.
    async fn asking<R>(
        offers: &Arc<Offers>,
        meanwhile: impl AsyncFnOnce(&Offers, Id) -> R,
    ) -> (Result<Id, OffersError>, R) {
        let (asked, id) = (payload("as asked"), payload("as asked").id().unwrap());
        let own = Arc::clone(offers);
        let asks = tokio::spawn(async move {
            let offer = Offer::alone(asked.to_payload().unwrap(), 0);
            own.ask(&asked, offer).await.map(|answered| answered.kept().id())
        });
        let mut changes = offers.changes();
        while offers.of(&device().public()).is_empty() {
            changes.changed().await.unwrap();
        }
        let done = meanwhile(offers, id).await;
        (asks.await.unwrap(), done)
    }

    #[tokio::test]
    async fn an_answer_is_confirmed_once_it_had_its_effect_and_given_once() {
        let offers = Arc::new(Offers::default());
        let (asked, told) =
            asking(&offers, async |offers, id| offers.answer(&id, signed(&payload("as asked"))).await).await;
        assert_eq!(asked.unwrap(), payload("as asked").id().unwrap());
        told.unwrap();
        assert!(offers.of(&device().public()).is_empty());
        let again = offers.answer(&payload("as asked").id().unwrap(), signed(&payload("as asked"))).await;
        assert!(matches!(again, Err(OffersError::Unknown(_))));
    }

    #[tokio::test]
    async fn a_wrong_answer_is_refused_and_the_right_one_still_taken() {
        let offers = Arc::new(Offers::default());
        let (asked, ()) = asking(&offers, async |offers, id| {
            let other = offers.answer(&id, signed(&payload("something else"))).await;
            assert!(matches!(other, Err(OffersError::Other { .. })));
            assert!(matches!(offers.answer(&id, vec![0xd2, 0x84]).await, Err(OffersError::Answer(_))));
            assert_eq!(offers.of(&device().public()).len(), 1);
            offers.answer(&id, signed(&payload("as asked"))).await.unwrap();
        })
        .await;
        assert!(asked.is_ok());
    }

    #[tokio::test]
    async fn a_no_on_the_device_ends_the_waiting() {
        let offers = Arc::new(Offers::default());
        let (asked, ()) = asking(&offers, async |offers, id| offers.decline(&id)).await;
        assert!(matches!(asked, Err(OffersError::Declined)));
    }

    #[tokio::test]
    async fn who_stops_asking_leaves_nothing_behind() {
        let offers = Offers::default();
        let payload = payload("as asked");
        {
            let asking = offers.ask(&payload, Offer::alone(payload.to_payload().unwrap(), 0));
            tokio::pin!(asking);
            tokio::select! {
                biased;
                _ = &mut asking => panic!("nobody answered"),
                () = std::future::ready(()) => {}
            }
            assert_eq!(offers.of(&device().public()).len(), 1);
        }
        assert!(offers.of(&device().public()).is_empty());
        let late = offers.answer(&payload.id().unwrap(), signed(&payload)).await;
        assert!(matches!(late, Err(OffersError::Unknown(_))));
    }
}
