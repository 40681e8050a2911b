//! Step 4: was the registry epoch valid where each co-signature stands in the log, and is its validator staked?

use std::collections::BTreeMap;

use super::code;
use super::inclusion::Places;
use super::objects::Decoded;
use super::options::Allowed;
use super::report::Checks;
use super::state::{KnownEpoch, VerifierState};
use crate::cose::Endorsed;
use crate::id::{Blob, Id, PublicKey};
use crate::limits::EPOCH_GRACE;
use crate::object::{CoSignature, RegistryEpoch};
use crate::policy::TrustPolicy;
use crate::terms::{epoch_in_force, epoch_of_log, revoked, staked};

/// Epochs that enough registrars signed.
pub(crate) struct Epochs<'a> {
    valid: BTreeMap<Id, &'a RegistryEpoch>,
    /// Every epoch of the bundle, for revocations.
    all: Vec<&'a RegistryEpoch>,
    /// The newest one that the verifier remembers, if it was in force when the approval was logged.
    known: Option<&'a KnownEpoch>,
}

impl<'a> Epochs<'a> {
    /// A valid epoch.
    pub fn get(&self, id: &Id) -> Option<&'a RegistryEpoch> {
        self.valid.get(id).copied()
    }

    /// The newest valid one, to be remembered.
    pub fn newest(&self, places: &Places) -> Option<KnownEpoch> {
        let (id, epoch) = self.valid.iter().max_by_key(|(_, epoch)| epoch.number)?;
        Some(KnownEpoch {
            number: epoch.number,
            id: *id,
            from_index: epoch.from_index.max(places.of(id)?.saturating_add(1)),
            revoked_validators: epoch.revoked_leaves.iter().map(|revoked| revoked.validator).collect(),
            revoked_kiosks: epoch.revoked_kiosks.iter().cloned().collect(),
        })
    }

    /// Whether any epoch, of the bundle or remembered, says that this kiosk is revoked.
    pub fn kiosk_revoked(&self, ueid: &Blob) -> bool {
        self.all.iter().any(|epoch| epoch.revoked_kiosks.contains(ueid))
            || self.known.is_some_and(|known| known.revoked_kiosks.contains(ueid))
    }

    /// The same for a validator.
    fn validator_revoked(&self, validator: &PublicKey) -> bool {
        revoked(self.all.iter().copied(), validator)
            || self.known.is_some_and(|known| known.revoked_validators.contains(validator))
    }
}

/// Checks epochs and stakes.
pub(crate) fn check<'a>(
    d: &'a Decoded,
    places: &Places,
    policy: &TrustPolicy,
    allowed: Allowed,
    state: Option<&'a VerifierState>,
    checks: &mut Checks,
) -> Epochs<'a> {
    let approved = places.of(&d.body.id).unwrap_or(u64::MAX);
    let mut epochs = Epochs {
        valid: BTreeMap::new(),
        all: d.epochs.iter().map(Endorsed::payload).collect(),
        known: state.and_then(|state| state.epoch.as_ref()).filter(|known| known.from_index <= approved),
    };
    let mut before: Option<&Endorsed<RegistryEpoch>> = None;
    for epoch in &d.epochs {
        let payload = epoch.payload();
        let subject = format!("epoch {}", payload.number);
        let signed = epoch.signers().iter().filter(|key| policy.registrars.contains(key)).count();
        let compared = format!("{signed} of the registrars signed, {} are needed", policy.registrars_needed);
        let enough = policy.registrars_needed > 0 && signed >= policy.registrars_needed as usize;
        let enough = checks.note(code::REGISTRARS, &subject, enough, compared);
        let chained = before.is_none_or(|before| {
            payload.previous == Some(before.id())
                && before.payload().number.checked_add(1) == Some(payload.number)
        });
        let compared = before.map_or("the first one in the bundle".to_owned(), |before| {
            format!("follows epoch {}, {} there", before.payload().number, before.id().short())
        });
        let chained = checks.note(code::EPOCH_CHAIN, &subject, chained, compared);
        let compared = format!(
            "made by development keys: {}; such keys allowed: {}",
            payload.development, allowed.development_keys
        );
        let fits = !payload.development || allowed.development_keys;
        let fits = checks.note(code::EPOCH_DEVELOPMENT, &subject, fits, compared);
        let ours = checks.rule(code::EPOCH_LOG, &subject, epoch_of_log(payload, &policy.log.origin));
        if enough && chained && fits && ours {
            epochs.valid.insert(epoch.id(), payload);
        }
        before = Some(epoch);
    }
    for (index, cosignature) in d.cosignatures.iter().enumerate() {
        let subject = format!("co-signature {}", index + 1);
        let place = places.of(&cosignature.id());
        head(&epochs, cosignature.payload(), place, state, &subject, checks);
        validator(d, &epochs, cosignature.payload(), place, &subject, policy, checks);
    }
    epochs
}

/// Whether a newer epoch than the grace allows, or another one of the same number, was in force and left out. A bundle
/// alone cannot show that none was.
fn head(
    epochs: &Epochs<'_>,
    cosignature: &CoSignature,
    place: Option<u64>,
    state: Option<&VerifierState>,
    subject: &str,
    checks: &mut Checks,
) {
    if state.is_none() {
        let why = "only the log's owner can say that no newer epoch exists; no memory of one was given";
        return checks.skip(code::EPOCH_HEAD, subject, why);
    }
    let known = epochs.known.filter(|known| place.is_none_or(|place| known.from_index <= place));
    let shown = epochs.get(&cosignature.epoch).map(|epoch| epoch.number);
    let left_out = known.is_some_and(|known| {
        shown.is_none_or(|number| {
            known.number > number.saturating_add(EPOCH_GRACE)
                || (known.number == number && known.id != cosignature.epoch)
        })
    });
    let compared = known.map_or("no epoch known that was in force".to_owned(), |known| {
        format!("newest known: epoch {} ({}) from {}", known.number, known.id.short(), known.from_index)
    });
    checks.note(code::EPOCH_HEAD, subject, !left_out, compared);
}

fn validator(
    d: &Decoded,
    epochs: &Epochs<'_>,
    cosignature: &CoSignature,
    place: Option<u64>,
    subject: &str,
    policy: &TrustPolicy,
    checks: &mut Checks,
) {
    let (Some(epoch), Some(place)) = (epochs.get(&cosignature.epoch), place) else {
        let compared = "its epoch is not valid, or the co-signature is not in the log";
        checks.note(code::EPOCH_IN_FORCE, subject, false, compared);
        return;
    };
    let newest = epochs.valid.values().filter(|e| e.from_index <= place).map(|e| e.number).max().unwrap_or(0);
    checks.rule(code::EPOCH_IN_FORCE, subject, epoch_in_force(epoch, newest, place, cosignature.time));
    let revoked = epochs.validator_revoked(&cosignature.validator);
    let compared = format!("validator {} among the revoked: {revoked}", cosignature.validator.short());
    checks.note(code::REVOKED, subject, !revoked, compared);
    let snapshot = d.stakes.get(&epoch.stakes);
    let ruling = staked(snapshot, epoch.number, &cosignature.validator, policy.minimum_stake);
    checks.rule(code::STAKE, subject, ruling);
}
