//! Do the co-signatures of a quorum come from enough places, and from enough hands?

use std::collections::BTreeSet;

use super::Ruling;
use crate::object::Quorum;

/// Where a co-signature was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place<'a> {
    /// The secure element's universal identifier (RFC 9711): one kiosk.
    pub ueid: &'a [u8],
    /// Who runs it, as far as whoever asks knows; nobody: it counts for no operator.
    pub operator: Option<&'a str>,
}

/// Of the co-signatures that count, at least `min_kiosks` are from different kiosks, and at least `min_operators` from
/// kiosks of different operators.
pub fn spread(quorum: &Quorum, places: &[Place<'_>]) -> Ruling {
    let kiosks = places.iter().map(|place| place.ueid).collect::<BTreeSet<_>>().len();
    let operators = places.iter().filter_map(|place| place.operator).collect::<BTreeSet<_>>().len();
    let enough = |found: usize, least: Option<u32>| least.is_none_or(|least| found >= least as usize);
    let asked = |least: Option<u32>| least.map_or("any".to_owned(), |least| least.to_string());
    let compared = format!(
        "{kiosks} kiosks, {} are asked for; of {operators} operators that are known, {} are asked for",
        asked(quorum.min_kiosks),
        asked(quorum.min_operators)
    );
    Ruling::new(enough(kiosks, quorum.min_kiosks) && enough(operators, quorum.min_operators), compared)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::object::Modality;

    fn quorum(min_kiosks: Option<u32>, min_operators: Option<u32>) -> Quorum {
        let modalities = vec![Modality::Face];
        Quorum { k: 3, modalities, max_age_s: 60, min_kiosks, min_operators, spoken_consent: false }
    }

    fn places<'a>(of: &[(&'a [u8], &'a str)]) -> Vec<Place<'a>> {
        let known = |name: &'a str| (!name.is_empty()).then_some(name);
        of.iter().map(|(ueid, operator)| Place { ueid, operator: known(operator) }).collect()
    }

    #[test]
    fn one_kiosk_is_one_however_many_stood_before_it() {
        let alone = places(&[(b"a", "north"), (b"a", "north"), (b"b", "north")]);
        assert!(spread(&quorum(Some(2), None), &alone).holds);
        assert!(!spread(&quorum(Some(3), None), &alone).holds);
        assert!(!spread(&quorum(None, Some(2)), &alone).holds);
        assert!(spread(&quorum(None, None), &[]).holds, "who asks for nothing gets it");
    }

    #[test]
    fn kiosks_of_nobody_count_for_no_operator() {
        let strange = places(&[(b"a", "north"), (b"b", ""), (b"c", "")]);
        assert!(spread(&quorum(Some(3), Some(1)), &strange).holds);
        assert!(!spread(&quorum(Some(3), Some(2)), &strange).holds);
        assert!(!spread(&quorum(None, Some(2)), &places(&[(b"b", ""), (b"c", "")])).holds);
    }

    proptest! {
        #[test]
        fn one_co_signature_more_never_breaks_a_spread(
            of in prop::collection::vec((0u8..4, 0usize..3), 0..8), kiosks in 2u32..4, operators in 2u32..4,
        ) {
            let name = ["", "north", "south"];
            let bytes: Vec<[u8; 1]> = of.iter().map(|(ueid, _)| [*ueid]).collect();
            let all: Vec<(&[u8], &str)> = bytes.iter().zip(&of).map(|(b, (_, at))| (&b[..], name[*at])).collect();
            let asked = quorum(Some(kiosks), Some(operators));
            for some in 0..all.len() {
                let (less, more) = (places(&all[..some]), places(&all[..=some]));
                prop_assert!(!spread(&asked, &less).holds || spread(&asked, &more).holds);
            }
        }
    }
}
