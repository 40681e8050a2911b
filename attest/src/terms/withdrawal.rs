//! Does a withdrawal end an approval?

use crate::id::Id;
use crate::limits::CLOCK_SKEW_S;
use crate::object::Withdrawal;

/// An approval, as far as a withdrawal asks for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Approved {
    /// Id of its body.
    pub id: Id,
    /// The body's index in the log, where it is known.
    pub place: Option<u64>,
    /// The body's time, UTC seconds.
    pub time: u64,
}

/// Whether a withdrawal of one of its assets, at this index in the log, ends an approval. One that names an approval
/// ends that one. One that names none ends what stands before it in the log; where a place is not known, what was
/// approved up to its time, skew included.
pub fn withdraws(withdrawal: &Withdrawal, place: Option<u64>, approval: &Approved) -> bool {
    match (withdrawal.approval, place, approval.place) {
        (Some(id), _, _) => id == approval.id,
        (None, Some(place), Some(approved)) => approved < place,
        (None, _, _) => approval.time <= withdrawal.time.saturating_add(CLOCK_SKEW_S),
    }
}

/// Whether a withdrawal holds at `now`, UTC seconds. Without a clock it does.
pub fn withdrawn_at(withdrawal: &Withdrawal, now: Option<u64>) -> bool {
    now.is_none_or(|now| withdrawal.time <= now.saturating_add(CLOCK_SKEW_S))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::PublicKey;

    fn withdrawal(approval: Option<Id>) -> Withdrawal {
        let signed_by = PublicKey::Ed25519([1; 32]);
        Withdrawal { asset: Id([2; 32]), approval, reason: None, signed_by, time: 1000 }
    }

    #[test]
    fn one_that_names_an_approval_ends_that_one_wherever_it_stands() {
        let (mine, other) = (Id([3; 32]), Id([4; 32]));
        for (place, time) in [(None, 0), (Some(9), 5000)] {
            assert!(withdraws(&withdrawal(Some(mine)), Some(5), &Approved { id: mine, place, time }));
            assert!(!withdraws(&withdrawal(Some(mine)), Some(50), &Approved { id: other, place, time }));
        }
    }

    #[test]
    fn one_that_names_none_ends_what_came_before_it_and_nothing_after() {
        let approved = |place, time| Approved { id: Id([3; 32]), place, time };
        let all = withdrawal(None);
        assert!(withdraws(&all, Some(5), &approved(Some(4), 5000)), "places count before clocks");
        assert!(!withdraws(&all, Some(5), &approved(Some(6), 10)));
        assert!(withdraws(&all, None, &approved(Some(6), 1000 + CLOCK_SKEW_S)));
        assert!(!withdraws(&all, None, &approved(Some(6), 1001 + CLOCK_SKEW_S)));
        assert!(withdraws(&all, Some(5), &approved(None, 10)));
    }

    #[test]
    fn it_holds_from_its_time_on() {
        assert!(withdrawn_at(&withdrawal(None), Some(1000)));
        assert!(!withdrawn_at(&withdrawal(None), Some(999 - CLOCK_SKEW_S)));
        assert!(withdrawn_at(&withdrawal(None), None));
    }
}
