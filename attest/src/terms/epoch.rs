//! Was this registry epoch in force, and does a bundle hold as many epochs as are used?

use super::Ruling;
use crate::limits::{CLOCK_SKEW_S, EPOCH_GRACE, EPOCH_S, EPOCHS};
use crate::object::RegistryEpoch;

/// UTC seconds until which a co-signature may be made under an epoch, grace and skew included.
pub fn epoch_until(epoch: &RegistryEpoch) -> u64 {
    epoch.time.saturating_add(EPOCH_S * (1 + EPOCH_GRACE)).saturating_add(CLOCK_SKEW_S)
}

/// The epoch holds for a co-signature made at `time` (UTC seconds) that stands, or will stand, at `place` in the log.
/// `newest` is the number of the newest epoch in force there.
pub fn epoch_in_force(epoch: &RegistryEpoch, newest: u64, place: u64, time: u64) -> Ruling {
    let until = epoch_until(epoch);
    let holds = epoch.from_index <= place
        && newest <= epoch.number.saturating_add(EPOCH_GRACE)
        && epoch.time <= time.saturating_add(CLOCK_SKEW_S)
        && time <= until;
    let compared = format!(
        "registry epoch {} holds from log index {} and from {} to {until}, grace included; co-signed at index {place}, \
         time {time}; newest epoch {newest}",
        epoch.number, epoch.from_index, epoch.time
    );
    Ruling::new(holds, compared)
}

/// The epoch was made for the log with this origin: in another log it is nobody's.
pub fn epoch_of_log(epoch: &RegistryEpoch, origin: &str) -> Ruling {
    let named = epoch.log.as_deref();
    let compared = format!(
        "registry epoch {} is for the log {}, this one is {origin:?}",
        epoch.number,
        named.map_or_else(|| "of nobody".to_owned(), |name| format!("{name:?}"))
    );
    Ruling::new(named == Some(origin), compared)
}

/// The epochs that an approval's co-signatures were made under, by number, fit into one bundle.
pub fn span(numbers: impl IntoIterator<Item = u64>) -> Ruling {
    let numbers: Vec<u64> = numbers.into_iter().collect();
    let (first, last) =
        (numbers.iter().min().copied().unwrap_or(0), numbers.iter().max().copied().unwrap_or(0));
    let spanned = last - first;
    let compared =
        format!("co-signed under registry epochs {first} to {last}, at most {EPOCHS} in one approval");
    Ruling::new(spanned < EPOCHS as u64, compared)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::{Id, Scalar};

    fn epoch(number: u64, time: u64) -> RegistryEpoch {
        RegistryEpoch {
            number,
            root: Scalar([0; 32]),
            size: 0,
            previous: Some(Id([1; 32])),
            revoked_leaves: vec![],
            revoked_kiosks: vec![],
            stakes: Id([2; 32]),
            from_index: 10,
            time,
            development: false,
            log: Some("log.example/hub".into()),
        }
    }

    #[test]
    fn an_epoch_holds_from_its_place_and_time_to_the_end_of_its_grace() {
        let (epoch, begun) = (epoch(5, 100_000), 100_000);
        let last = epoch_until(&epoch);
        assert!(epoch_in_force(&epoch, 5, 10, begun).holds);
        assert!(epoch_in_force(&epoch, 6, 10, last).holds, "grace");
        assert!(!epoch_in_force(&epoch, 7, 10, begun).holds, "two epochs later");
        assert!(!epoch_in_force(&epoch, 5, 9, begun).holds, "before its place");
        assert!(!epoch_in_force(&epoch, 5, 10, last + 1).holds, "after its time");
        assert!(!epoch_in_force(&epoch, 5, 10, begun - CLOCK_SKEW_S - 1).holds, "before its time");
        assert_eq!(last, begun + 2 * EPOCH_S + CLOCK_SKEW_S);
    }

    #[test]
    fn an_epoch_is_for_one_log() {
        assert!(epoch_of_log(&epoch(1, 0), "log.example/hub").holds);
        assert!(!epoch_of_log(&epoch(1, 0), "log.example/own").holds);
        assert!(!epoch_of_log(&RegistryEpoch { log: None, ..epoch(1, 0) }, "log.example/hub").holds);
    }

    #[test]
    fn a_bundle_holds_so_many_epochs_and_no_more() {
        let widest = 7 + EPOCHS as u64 - 1;
        assert!(span([7, widest]).holds);
        assert!(!span([7, widest + 1]).holds);
    }
}
