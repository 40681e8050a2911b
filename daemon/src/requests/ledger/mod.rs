//! The kiosk's books: assets and their rules, requests and verdicts, co-signatures and approvals.
//!
//! Everything here is synchronous and takes time as an argument; the edges call it on a blocking pool. One lock orders
//! all changes, so that the rules a verdict names are those in force at its place in the log. Each change is durable
//! and logged before it is answered; whatever a crash leaves half done, `Ledger::resume` finishes.
//!
//! - `assets.rs`: descriptors and rules, chained.
//! - `inbox.rs`: requests come in, the rules speak.
//! - `hub.rs`: co-signatures and declines are gathered, approvals made.
//! - `enrolments.rs`: people enrolled here, and who endorsed that.
//! - `attempts.rs`: who failed to be recognised, and has to wait.
//! - `pairings.rs`: people's own devices that were paired here.
//! - `requesters.rs`: who requesters are, as whoever runs the kiosk says it.
//! - `uses.rs`: what was approved of an owner's assets, and what owners complain of.
//! - `erasures.rs`: people are forgotten.
//! - `keys.rs`: what happens to people's keys.
//! - `layout.rs`: the version of what lies on disk, and migrations.
//! - `round.rs`: which verdict counts now, and what stands against asking a validator.
//! - `fitness.rs`: may what is signed here now be believed?
//! - `bundle.rs`: an approval with everything that it names, in one file.
//! - `withdrawals.rs`: owners take approvals back.
//! - `view.rs`: where a request stands, for clients; `watchers.rs`: who waits for a change of it.

mod assets;
mod attempts;
mod bundle;
mod enrolments;
mod erasures;
mod fitness;
mod hub;
mod inbox;
mod keys;
mod layout;
mod pairings;
mod requesters;
mod round;
mod uses;
mod view;
mod watchers;
mod withdrawals;

pub use attempts::counts;
pub use keys::KeyEvents;
pub use layout::LAYOUT;
pub use pairings::PairedDevice;
pub use uses::Use;
pub use view::{Place, RequestView, Standing};
pub use watchers::Watcher;

use std::{
    path::Path,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU32, AtomicU64, Ordering},
    },
};

use wetsign_attest::{
    Object, Signed, TrustPolicy,
    id::{Atto, Blob, Id, Scalar},
};
use wetsign_models::text::ContentScorer;

use crate::{
    error::LedgerError,
    keys::Keys,
    people::epochs::Registry,
    people::tree::TreeFile,
    store::journal::Journal,
    store::records,
    store::{Batch, Store, Table},
};
use watchers::Watchers;

/// Where the store keeps the log's origin.
const ORIGIN: &[u8] = b"log-origin";

/// The books. One for each state folder.
pub struct Ledger {
    store: Store,
    journal: Journal,
    keys: Keys,
    registry: Registry,
    scorer: ContentScorer,
    verifying_key: Blob,
    trust: Trust,
    latest: AtomicU64,
    order: Mutex<()>,
    watchers: Watchers,
    enrolments: AtomicU32,
}

/// What the books need from outside.
pub struct LedgerParts {
    /// Signing keys.
    pub keys: Keys,
    /// Scores of texts.
    pub scorer: ContentScorer,
    /// Registrars whose epochs count, and how many of them.
    pub registrars: (Vec<wetsign_attest::id::PublicKey>, usize),
    /// Verifying key of the proofs made here.
    pub verifying_key: Vec<u8>,
    /// Origin of the log.
    pub origin: String,
    /// What verifiers will ask of what is signed here.
    pub trust: Trust,
}

/// What verifiers will ask of what is signed here.
#[derive(Debug, Clone)]
pub struct Trust {
    /// Least stake of a validator, atto.
    pub minimum_stake: Atto,
    /// `model_id` of the networks in use.
    pub model: Scalar,
    /// Whose pages may ask validators' passkeys to sign.
    pub relying_parties: Vec<wetsign_attest::policy::RelyingParty>,
    /// Whether a requester has to be registered.
    pub registered_requesters: bool,
    /// Who is believed about fees that wait on a chain.
    pub escrow_watchers: Vec<wetsign_attest::id::PublicKey>,
    /// The verifiers' own policy, where the operator knows it: no approval is made that it would refuse.
    pub policy: Option<TrustPolicy>,
}

impl Ledger {
    /// Opens store and log under `state`, replays what a crash left open.
    ///
    /// # Errors
    /// [`LedgerError`].
    pub fn open(state: &Path, parts: LedgerParts, now: u64) -> Result<Self, LedgerError> {
        let store = Store::open(state)?;
        layout::migrate(&store)?;
        same_origin(&store, &parts.origin)?;
        let journal = Journal::open(state, store.clone(), &parts.origin, parts.keys.log.clone())?;
        let registry = Registry::open(&store, TreeFile::of(state), parts.registrars.0, parts.registrars.1)?;
        let enrolments = AtomicU32::new(store.scan(Table::Enrolment, b"")?.len() as u32);
        let ledger = Self {
            store,
            journal,
            keys: parts.keys,
            registry,
            scorer: parts.scorer,
            verifying_key: parts.verifying_key.into(),
            trust: parts.trust,
            latest: AtomicU64::new(0),
            order: Mutex::new(()),
            watchers: Watchers::default(),
            enrolments,
        };
        ledger.resume(now)?;
        Ok(ledger)
    }

    /// The kiosk's keys.
    pub const fn keys(&self) -> &Keys {
        &self.keys
    }

    /// The store.
    pub const fn store(&self) -> &Store {
        &self.store
    }

    /// The log.
    pub const fn journal(&self) -> &Journal {
        &self.journal
    }

    /// The registry.
    pub const fn registry(&self) -> &Registry {
        &self.registry
    }

    pub(crate) const fn trust(&self) -> &Trust {
        &self.trust
    }

    /// Whether the verifiers for whom approvals are made ask for witnesses.
    fn asks_witnesses(&self) -> bool {
        let policy = self.trust.policy.as_ref();
        policy.and_then(|policy| policy.witnesses.as_ref()).is_some_and(|witnesses| !witnesses.asks_nothing())
    }

    /// Wakes when the standing of this request changes.
    pub fn watch(&self, request: &Id) -> Watcher {
        self.watchers.watch(request)
    }

    /// People enrolled here.
    pub fn enrolments(&self) -> u32 {
        self.enrolments.load(Ordering::Relaxed)
    }

    /// Takes a registrar-signed epoch into force, logged.
    ///
    /// # Errors
    /// [`LedgerError`].
    pub fn install_epoch(
        &self,
        endorsed: &[u8],
        stakes: &[u8],
        leaves: Vec<records::LeafRecord>,
    ) -> Result<u64, LedgerError> {
        let _order = self.in_order();
        self.heeds_key_events(endorsed, stakes)?;
        self.registry.install(&self.journal, endorsed, stakes, leaves)
    }

    fn in_order(&self) -> MutexGuard<'_, ()> {
        // The lock guards an order, not data: after a panic the store is still whole.
        self.order.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn changed(&self, request: &Id) {
        self.watchers.changed(request);
    }

    /// Signs nothing, checks nothing: writes an object, its log intent and whatever belongs to it, then logs it.
    fn record<T: Object>(
        &self,
        object: &Signed<T>,
        previous: &[Id],
        batch: Batch,
    ) -> Result<u64, LedgerError> {
        self.journal.intend(T::TYPE, object.id(), previous, object.bytes(), batch)?;
        Ok(self.journal.append(&object.id())?)
    }

    /// Logs what was stored but could not be logged when it came: an answer says that it is in the log.
    fn logged(&self, objects: impl IntoIterator<Item = Id>) -> Result<(), LedgerError> {
        for object in objects {
            self.journal.append(&object)?;
        }
        Ok(())
    }

    /// The bytes of a signed object.
    ///
    /// # Errors
    /// [`LedgerError::NotFound`], [`LedgerError::Store`].
    pub fn object_bytes(&self, what: &'static str, id: &Id) -> Result<Vec<u8>, LedgerError> {
        self.store.get(Table::Object, &id.0)?.ok_or_else(|| LedgerError::no(what, id))
    }

    fn object<T: Object>(&self, what: &'static str, id: &Id) -> Result<Signed<T>, LedgerError> {
        let bytes = self.object_bytes(what, id)?;
        Signed::decode(&bytes).map_err(|_| LedgerError::stored(what, id))
    }
}

/// A log keeps the name under which it was begun: verifiers pin it.
fn same_origin(store: &Store, origin: &str) -> Result<(), LedgerError> {
    match store.get(Table::Meta, ORIGIN)? {
        Some(known) if known == origin.as_bytes() => Ok(()),
        Some(known) => Err(LedgerError::Origin {
            known: String::from_utf8_lossy(&known).into_owned(),
            configured: origin.to_owned(),
        }),
        None => {
            let mut batch = Batch::new();
            batch.put(Table::Meta, ORIGIN, origin.as_bytes());
            Ok(store.commit(&batch)?)
        }
    }
}

#[cfg(test)]
mod tests;
