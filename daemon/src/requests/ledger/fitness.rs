//! May what is signed here now be believed?
//!
//! The rules are those of the verifier ([`wetsign_attest::terms`]); here they are asked before anybody stands before a
//! camera.

use std::sync::{Arc, atomic::Ordering};

use wetsign_attest::{
    id::{PublicKey, Scalar},
    limits::CLOCK_SKEW_S,
    terms,
};

use super::Ledger;
use crate::{error::LedgerError, people::epochs::Epoch};

impl Ledger {
    /// Remembers a time that was written into the books.
    pub(super) fn at(&self, time: u64) {
        self.latest.fetch_max(time, Ordering::Relaxed);
    }

    /// Why the clock is not to be trusted, if it lies behind what the books hold.
    pub fn clock_behind(&self, now: u64) -> Option<String> {
        let latest = self.latest.load(Ordering::Relaxed);
        let latest = self.registry().current().map_or(latest, |epoch| latest.max(epoch.epoch.time));
        (now.saturating_add(CLOCK_SKEW_S) < latest).then(|| {
            format!(
                "the clock says {now}, but the books hold entries of {latest}: set the clock (skew allowed: {CLOCK_SKEW_S} s)"
            )
        })
    }

    /// The registry epoch, if what is co-signed under it now will be believed.
    ///
    /// # Errors
    /// [`LedgerError::State`] says what is wrong with it, and what to do.
    pub fn epoch_in_force(&self, now: u64) -> Result<Arc<Epoch>, LedgerError> {
        let refuse = |why: String| LedgerError::State(format!("{why}: have a new registry epoch installed"));
        let epoch =
            self.registry().current().ok_or_else(|| refuse("no registry epoch is in force here".into()))?;
        terms::epoch_of_log(&epoch.epoch, self.journal().origin()).require().map_err(refuse)?;
        terms::epoch_in_force(&epoch.epoch, epoch.epoch.number, self.journal().size(), now)
            .require()
            .map_err(refuse)?;
        Ok(epoch)
    }

    /// Whether a validator with this leaf may co-sign now: in the registry epoch in force, not revoked, staked.
    ///
    /// # Errors
    /// [`LedgerError::State`] says why not.
    pub fn fit_to_sign(&self, validator: &PublicKey, leaf: &Scalar, now: u64) -> Result<(), LedgerError> {
        let epoch = self.epoch_in_force(now)?;
        let number = epoch.epoch.number;
        self.approves(validator, &epoch.epoch)?;
        if terms::revoked([&epoch.epoch], validator) {
            return Err(LedgerError::State(format!("validator {validator} is revoked in epoch {number}")));
        }
        if epoch.path(leaf).is_none() {
            return Err(LedgerError::State(format!(
                "validator {validator} is not in registry epoch {number}"
            )));
        }
        terms::staked(Some(&epoch.stakes), number, validator, self.trust().minimum_stake)
            .require()
            .map_err(LedgerError::State)
    }
}
