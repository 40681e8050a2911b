//! Which keys a person has in a registry epoch, and does the epoch say so?

use super::{Keys, Ruling};
use crate::id::{Id, PublicKey, Scalar};
use crate::limits::CLOCK_SKEW_S;
use crate::object::{KeyEvent, RegistryEpoch, StakeSnapshot};

/// A key event where it stands in the log.
#[derive(Clone, Copy, Debug)]
pub struct PlacedKeyEvent<'a> {
    /// Its index in the log.
    pub place: u64,
    /// Its id.
    pub id: Id,
    /// The event.
    pub event: &'a KeyEvent,
}

/// A person's keys in an epoch: an event holds from the first epoch on that begins after it in the log, a recovery from
/// the first one made after its seven days. `events` are all of the person's in their order, as far as they are known.
///
/// # Errors
/// Which of them cannot be, and why.
pub fn keys_in(
    person: PublicKey,
    events: &[PlacedKeyEvent<'_>],
    epoch: &RegistryEpoch,
) -> Result<Keys, String> {
    if events.windows(2).any(|pair| pair[0].place >= pair[1].place) {
        return Err(format!("the key events of person {} stand in another order in the log", person.short()));
    }
    for one in events {
        dated(one, epoch).require().map_err(|why| useless(one, &why))?;
    }
    let before: Vec<_> = events.iter().filter(|one| one.place < epoch.from_index).copied().collect();
    Ok(keys_after(person, &before)?.at(epoch.time))
}

/// A person's keys after these events, in force or not.
///
/// # Errors
/// Which of them cannot be, and why.
pub fn keys_after(person: PublicKey, events: &[PlacedKeyEvent<'_>]) -> Result<Keys, String> {
    events.iter().try_fold(Keys::enrolled(person), |keys, one| {
        keys.after(one.id, one.event).map_err(|why| useless(one, &why))
    })
}

fn useless(one: &PlacedKeyEvent<'_>, why: &str) -> String {
    let KeyEvent { number, person, .. } = one.event;
    format!("key event {number} of person {} counts for nothing: {why}", person.short())
}

/// The registrars' clock bounds an event's own: one that stands before an epoch in the log is not dated after it, and
/// one that stands behind it is not dated before it. So nobody, not even with the log's help, shortens the seven days.
pub fn dated(one: &PlacedKeyEvent<'_>, epoch: &RegistryEpoch) -> Ruling {
    let (time, made) = (one.event.time, epoch.time);
    let behind = one.place >= epoch.from_index;
    let holds = if behind {
        time.saturating_add(CLOCK_SKEW_S) >= made
    } else {
        time <= made.saturating_add(CLOCK_SKEW_S)
    };
    let side = if behind { "behind" } else { "before" };
    let compared = format!(
        "dated {time}, it stands {side} registry epoch {}, which was made at {made} (skew allowed: {CLOCK_SKEW_S} s)",
        epoch.number
    );
    Ruling::new(holds, compared)
}

/// Nobody approves in this epoch with a key that was taken away: each of `former` is among the revoked, or was never in
/// the registry, as far as is known, and has no stake. With each key comes its leaf, where that is known.
pub fn heeds(
    epoch: &RegistryEpoch,
    stakes: &StakeSnapshot,
    former: impl IntoIterator<Item = (PublicKey, Option<Scalar>)>,
) -> Ruling {
    let mut count = 0;
    for (key, leaf) in former {
        count += 1;
        let mut revoked = epoch.revoked_leaves.iter().filter(|revoked| revoked.validator == key);
        let gone = match leaf {
            Some(leaf) => revoked.any(|revoked| revoked.leaf == leaf),
            None => revoked.next().is_some() || stakes.stake_of(&key).0 == 0,
        };
        if !gone {
            let compared = format!(
                "key {key} was taken away from its person before registry epoch {} begins, and the epoch does not \
                 revoke it: read the key events of this log, and make the epoch anew",
                epoch.number
            );
            return Ruling::new(false, compared);
        }
    }
    Ruling::new(
        true,
        format!("registry epoch {} revokes all of the {count} keys that were taken away", epoch.number),
    )
}
