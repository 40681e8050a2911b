//! Is a validator or a kiosk revoked, and is enough at stake?

use super::Ruling;
use crate::id::{Atto, PublicKey};
use crate::object::{RegistryEpoch, StakeSnapshot};

/// The validator is not among those that any of these epochs revokes. A revocation has no grace.
pub fn revoked<'a>(epochs: impl IntoIterator<Item = &'a RegistryEpoch>, validator: &PublicKey) -> bool {
    epochs.into_iter().flat_map(|epoch| &epoch.revoked_leaves).any(|revoked| revoked.validator == *validator)
}

/// The validator has at least `minimum` at stake, and more than nothing, in the snapshot of this very epoch.
pub fn staked(snapshot: Option<&StakeSnapshot>, epoch: u64, validator: &PublicKey, minimum: Atto) -> Ruling {
    let stake = snapshot.map(|snapshot| snapshot.stake_of(validator)).unwrap_or_default();
    let of = snapshot.map(|snapshot| snapshot.epoch);
    let compared = format!(
        "validator {} has stake {stake} in the snapshot of epoch {} (epoch {epoch}), minimum {minimum} (atto)",
        validator.short(),
        of.map_or("none".to_owned(), |number| number.to_string())
    );
    Ruling::new(of == Some(epoch) && stake >= minimum && stake.0 > 0, compared)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::object::Stake;

    #[test]
    fn a_stake_counts_in_its_own_epoch_from_the_minimum_on_and_never_at_nothing() {
        let validator = PublicKey::Ed25519([1; 32]);
        let snapshot = |amount| StakeSnapshot {
            epoch: 3,
            stakes: vec![Stake { validator, amount: Atto(amount) }],
            parameters: None,
        };
        assert!(staked(Some(&snapshot(5)), 3, &validator, Atto(5)).holds);
        assert!(!staked(Some(&snapshot(4)), 3, &validator, Atto(5)).holds);
        assert!(!staked(Some(&snapshot(5)), 4, &validator, Atto(5)).holds);
        assert!(!staked(Some(&snapshot(0)), 3, &validator, Atto(0)).holds);
        assert!(!staked(None, 3, &validator, Atto(0)).holds);
        assert!(!staked(Some(&snapshot(5)), 3, &PublicKey::Ed25519([2; 32]), Atto(1)).holds);
    }
}
