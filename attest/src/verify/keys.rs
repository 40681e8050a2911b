//! Step 4: may each validator's key still approve for its person, by the key events that the file shows?
//!
//! A file alone cannot show that there are no others. Registrars, who see the log, revoke what was taken away, and that
//! is asked of every approval; these events show why, and catch a registrar who did not look.

use std::collections::{BTreeMap, BTreeSet};

use super::code;
use super::inclusion::Places;
use super::objects::Decoded;
use super::registry::Epochs;
use super::report::Checks;
use crate::cose::{Endorsed, Signed};
use crate::id::PublicKey;
use crate::object::{CoSignature, KeyAct, KeyEvent, RegistryEpoch};
use crate::terms::{PlacedKeyEvent, Ruling, keys_after, keys_in};

/// Key events by person, in the file's order.
type Shown<'a> = BTreeMap<PublicKey, Vec<PlacedKeyEvent<'a>>>;

/// Checks the key of each co-signature.
pub(crate) fn check(d: &Decoded, places: &Places, epochs: &Epochs<'_>, checks: &mut Checks) {
    let mut shown = Shown::new();
    for signed in &d.key_events {
        let Some(place) = places.of(&signed.id()) else { continue };
        let one = PlacedKeyEvent { place, id: signed.id(), event: signed.payload() };
        shown.entry(signed.payload().person).or_default().push(one);
    }
    let mut asked = BTreeSet::new();
    for (number, cosignature) in (1..).zip(&d.cosignatures) {
        let (subject, cosignature) = (format!("co-signature {number}"), cosignature.payload());
        let mut met = false;
        for (person, events) in &shown {
            let whole = keys_after(*person, events);
            if whole.as_ref().is_ok_and(|keys| !keys.knows(&cosignature.validator)) {
                continue;
            }
            met = true;
            if !asked.insert(*person) {
                let compared = format!("person {} co-signed already, with another key", person.short());
                checks.note(code::KEYS, &subject, false, compared);
                continue;
            }
            let ruling = whole.and_then(|_| judged(*person, events, cosignature, d, epochs));
            let ruling = ruling.unwrap_or_else(|why| Ruling::new(false, why));
            checks.rule(code::KEYS, &subject, ruling);
        }
        if !met {
            let validator = cosignature.validator.short();
            checks.skip(code::KEYS, &subject, format!("no key event of validator {validator} is shown"));
        }
    }
    for person in shown.keys().filter(|person| !asked.contains(person)) {
        let compared =
            format!("the key events of {person} are there, and nobody co-signed with a key of theirs");
        checks.note(code::KEYS, "", false, compared);
    }
}

/// It approves in the epoch of the co-signature, and no later epoch of the file takes it away: that has no grace.
fn judged(
    person: PublicKey,
    events: &[PlacedKeyEvent<'_>],
    cosignature: &CoSignature,
    d: &Decoded,
    epochs: &Epochs<'_>,
) -> Result<Ruling, String> {
    let own = epochs.get(&cosignature.epoch).ok_or("its epoch is not valid")?;
    let in_own = keys_in(person, events, own)?.may_approve(&cosignature.validator);
    if !in_own.holds {
        return Ok(said(own, in_own));
    }
    for later in d.epochs.iter().map(Endorsed::payload).filter(|epoch| epoch.number > own.number) {
        let ruling = keys_in(person, events, later)?.may_approve(&cosignature.validator);
        if !ruling.holds {
            return Ok(said(later, ruling));
        }
    }
    Ok(said(own, in_own))
}

fn said(epoch: &RegistryEpoch, ruling: Ruling) -> Ruling {
    Ruling::new(ruling.holds, format!("in epoch {}, {}", epoch.number, ruling.compared))
}

/// What people signed: an end to a recovery is believed whoever asked for it, as a withdrawal is.
pub(super) fn asked_for(event: &Signed<KeyEvent>) -> bool {
    !matches!(event.payload().act, KeyAct::Revert { .. })
}
