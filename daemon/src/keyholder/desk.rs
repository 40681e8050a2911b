//! What a keyholder keeps, and in which order a share leaves: memory and the intent to log in one durable batch, then
//! the log, then the answer.

use std::sync::{Mutex, MutexGuard, PoisonError};

use ed25519_dalek::SigningKey;
use wetsign_attest::{
    Endorsed, Object, Signed, TrustPolicy,
    id::{Id, PublicKey},
    object::ShareRelease,
    verify::GivenWithdrawal,
};
use wetsign_container::{
    Committee, Head, SealKey, ShareKey,
    keyholder::{Asked, Memory, Own, decide},
};

use super::{Refusal, Settings};
use crate::{
    keys,
    kiosk::private_folder,
    store::journal::Journal,
    store::{Batch, Store, Table},
};

/// Where the store keeps the memory, and the newest committee.
const MEMORY: &[u8] = b"keyholder-memory";
const COMMITTEE: &[u8] = b"keyholder-committee";
/// Before each withdrawal's id.
const TOLD: &[u8] = b"keyholder-told-";
/// Most withdrawals that are kept.
const MOST_TOLD: usize = 4096;

/// A keyholder with all that it has.
pub struct Keyholder {
    pub(super) settings: Settings,
    pub(super) policy: TrustPolicy,
    pub(super) store: Store,
    pub(super) journal: Journal,
    pub(super) key: SigningKey,
    held: Mutex<Held>,
}

/// What changes.
pub(super) struct Held {
    pub share: Option<ShareKey>,
    memory: Memory,
    told: Vec<GivenWithdrawal>,
}

/// What is sent.
pub struct Released {
    /// Sealed shares, in the order of the request's assets.
    pub shares: Vec<Vec<u8>>,
    /// Signed releases, logged.
    pub releases: Vec<Signed<ShareRelease>>,
}

impl Keyholder {
    /// Opens its state folder; makes it at the first start.
    ///
    /// # Errors
    /// [`Refusal`].
    pub fn open(settings: Settings) -> Result<Self, Refusal> {
        private_folder(&settings.state)?;
        let policy = settings.policy()?;
        let store = Store::open(&settings.state)?;
        let log = SigningKey::from_bytes(&*keys::of_keyholder(&settings.state, "keyholder-log")?);
        let journal = Journal::open(&settings.state, store.clone(), &settings.origin, log)?;
        let key = SigningKey::from_bytes(&*keys::of_keyholder(&settings.state, "keyholder")?);
        let memory = match store.get(Table::Meta, MEMORY)? {
            None => Memory::default(),
            Some(bytes) => serde_json::from_slice(&bytes).map_err(|_| Refusal::Kept { what: "memory" })?,
        };
        let told =
            store.scan(Table::Meta, TOLD)?.into_iter().map(|(_, bytes)| GivenWithdrawal::decode(&bytes));
        let told = told.collect::<Result<_, _>>().map_err(|_| Refusal::Kept { what: "withdrawals" })?;
        let share = share(&settings, &store, &PublicKey::from(&key))?;
        let held = Mutex::new(Held { share, memory, told });
        Ok(Self { settings, policy, store, journal, key, held })
    }

    /// Its signing key's public half.
    pub fn public(&self) -> PublicKey {
        PublicKey::from(&self.key)
    }

    /// What shares are sealed to in its next key generation. It is erased when that is done.
    ///
    /// # Errors
    /// [`Refusal::Keys`].
    pub fn seal(&self) -> Result<SealKey, Refusal> {
        Ok(SealKey::of(keys::of_keyholder(&self.settings.state, "keyholder-seal")?))
    }

    /// Id and number of the newest committee that it is in.
    pub fn committee(&self) -> Option<(Id, u64)> {
        self.held().share.as_ref().map(|share| (share.committee_id(), share.committee().number))
    }

    /// Entries of its log.
    pub fn log_size(&self) -> u64 {
        self.journal.size()
    }

    /// Whether it takes recordings and development keys.
    pub fn demonstration(&self) -> bool {
        self.settings.demonstration
    }

    /// Waits until the store failed, and says why.
    pub async fn failed(&self) -> String {
        self.store.fault().wait().await
    }

    /// Shares for an approved request.
    ///
    /// # Errors
    /// [`Refusal::Denied`] says which check failed.
    pub fn release(
        &self,
        approval: &[u8],
        heads: &[Vec<u8>],
        runner_key: &[u8],
        now: u64,
    ) -> Result<Released, Refusal> {
        let bound = wetsign_attest::limits::ASSETS;
        if heads.len() > bound {
            return Err(Refusal::TooMany { what: "heads", found: heads.len(), bound });
        }
        let heads = heads.iter().map(|bytes| whole_head(bytes)).collect::<Result<Vec<_>, _>>()?;
        let mut held = self.held();
        let Held { share, memory, told } = &mut *held;
        let own = Own {
            keyholder: self.public(),
            share: share.as_ref().ok_or(Refusal::NoCommittee)?,
            policy: &self.policy,
            withdrawals: told,
            runners: &self.settings.runners,
            demonstration: self.settings.demonstration,
            now,
        };
        let mut learnt = memory.clone();
        let asked = Asked { approval, heads: &heads, runner_key };
        let decided = decide(asked, own, &mut learnt, &mut draw);
        let mut batch = Batch::new();
        batch.put(Table::Meta, MEMORY, &serde_json::to_vec(&learnt).expect("a memory is JSON"));
        let granted = match decided {
            Ok(granted) => granted,
            Err(denied) => {
                // What ended an approval is remembered, whoever brought it.
                if learnt != *memory {
                    self.store.commit(&batch)?;
                    *memory = learnt;
                }
                return Err(denied.into());
            }
        };
        let sign = |release| Signed::sign(release, &self.key);
        let releases = granted.releases.into_iter().map(sign).collect::<Result<Vec<_>, _>>()?;
        for release in &releases {
            // Once would do: what is durable with the first intent is whole.
            self.journal.intend(ShareRelease::TYPE, release.id(), &[], release.bytes(), batch.clone())?;
        }
        *memory = learnt;
        for release in &releases {
            self.journal.append(&release.id())?;
        }
        Ok(Released { shares: granted.sealed, releases })
    }

    /// Keeps an owner's withdrawal, to be heeded from now on. Whether its signer may withdraw, each check of an
    /// approval says.
    ///
    /// # Errors
    /// [`Refusal::Object`] if it cannot be read, [`Refusal::TooMany`].
    pub fn tell(&self, withdrawal: &[u8]) -> Result<(), Refusal> {
        let given = GivenWithdrawal::decode(withdrawal)?;
        let mut held = self.held();
        let key = [TOLD, given.signed().id().as_bytes()].concat();
        if self.store.get(Table::Meta, &key)?.is_none() && held.told.len() >= MOST_TOLD {
            return Err(Refusal::TooMany {
                what: "withdrawals",
                found: held.told.len() + 1,
                bound: MOST_TOLD,
            });
        }
        let mut batch = Batch::new();
        batch.put(Table::Meta, &key, withdrawal);
        self.store.commit(&batch)?;
        held.told.retain(|known| known.signed().id() != given.signed().id());
        held.told.push(given);
        Ok(())
    }

    pub(super) fn held(&self) -> MutexGuard<'_, Held> {
        // What is held is changed after it is durable: after a panic it is still whole.
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps the committee that a key generation made, and the share in it; what it came from is erased.
    pub(super) fn keep(&self, committee: &Endorsed<Committee>, share: ShareKey) -> Result<(), Refusal> {
        let state = &self.settings.state;
        let name = share_name(committee.id());
        keys::keep(state, &name, &share.to_bytes())?;
        let mut batch = Batch::new();
        batch.put(Table::Meta, COMMITTEE, committee.bytes());
        self.journal.intend(Committee::TYPE, committee.id(), &[], committee.bytes(), batch)?;
        self.journal.append(&committee.id())?;
        let before = self.held().share.replace(share);
        for secret in ["keyholder-seal", "keyholder-seed"] {
            keys::erase(state, secret)?;
        }
        if let Some(before) = before.filter(|before| before.committee_id() != committee.id()) {
            keys::erase(state, &share_name(before.committee_id()))?;
        }
        Ok(())
    }

    /// It handed its share on and is in the committee no more: what it had is erased.
    pub(super) fn retire(&self, committee: Id) -> Result<(), Refusal> {
        let mut batch = Batch::new();
        batch.remove(Table::Meta, COMMITTEE);
        self.store.commit(&batch)?;
        let names = [share_name(committee), "keyholder-seal".into(), "keyholder-seed".into()];
        names.iter().try_for_each(|name| keys::erase(&self.settings.state, name))?;
        self.held().share = None;
        Ok(())
    }
}

/// Random bytes of the operating system.
pub(super) fn draw(bytes: &mut [u8]) {
    getrandom::fill(bytes).expect("the operating system gives random bytes");
}

fn share_name(committee: Id) -> String {
    format!("keyholder-share-{}", committee.short())
}

/// The share in the newest committee.
fn share(settings: &Settings, store: &Store, own: &PublicKey) -> Result<Option<ShareKey>, Refusal> {
    let Some(bytes) = store.get(Table::Meta, COMMITTEE)? else { return Ok(None) };
    let kept = || Refusal::Kept { what: "committee" };
    let committee = Endorsed::<Committee>::decode(&bytes).map_err(|_| kept())?;
    let index = committee.payload().index_of(own).ok_or_else(kept)?;
    let secret = keys::kept(&settings.state, &share_name(committee.id()))?.ok_or_else(kept)?;
    Ok(Some(ShareKey::take(committee.payload().clone(), index, &secret)?))
}

/// A head, and nothing behind it.
fn whole_head(mut bytes: &[u8]) -> Result<Head, Refusal> {
    let head = Head::read(&mut bytes)?;
    if bytes.is_empty() {
        return Ok(head);
    }
    Err(Refusal::Invalid(format!("{} bytes follow a container's head: send the head alone", bytes.len())))
}
