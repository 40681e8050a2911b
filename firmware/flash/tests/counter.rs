//! The counter never goes back, wherever the power fails.

mod support;

use support::{Nor, TEARS};
use wetsign_element::{MonotonicCounter, Storage};
use wetsign_element_flash::{AREA, SLOT, StateFlash, counter::steps_per_slot};

fn read(nor: Nor) -> (Result<u64, ()>, Nor) {
    let flash = StateFlash::new(nor);
    let value = flash.counter().read().map_err(|_| ());
    (value, flash.into_inner())
}

/// Advances `times`, and gives the highest value that was returned.
fn advance(nor: Nor, times: u64) -> (u64, Nor) {
    let flash = StateFlash::new(nor);
    let mut counter = flash.counter();
    let mut highest = counter.read().unwrap_or(0);
    for _ in 0..times {
        if let Ok(value) = counter.advance() {
            assert!(value > highest, "{value} after {highest}");
            highest = value;
        }
    }
    (highest, flash.into_inner())
}

/// Flash whose counter stands at `value`.
fn at(value: u64) -> Nor {
    let (reached, nor) = advance(Nor::blank(), value);
    assert_eq!(reached, value);
    nor
}

/// The states from which different things happen next: nothing yet, one mark, before, at and after each change of slot.
fn states() -> Vec<(u64, Nor)> {
    let slot = steps_per_slot::<Nor>();
    [0, 1, 2, slot - 1, slot, slot + 1, 2 * slot - 1, 2 * slot, 2 * slot + 1, 3 * slot]
        .map(|value| (value, at(value)))
        .into()
}

#[test]
fn grows_by_one_and_survives_a_restart() {
    for (value, nor) in states() {
        assert_eq!(read(nor.clone()).0, Ok(value));
        assert_eq!(advance(nor, 3).0, value + 3);
    }
}

#[test]
fn one_cut_at_every_change_never_takes_it_back() {
    for (value, nor) in states() {
        let whole = advance(nor.clone().restarted(None), 2).1.changes;
        for (change, tear) in (0..whole).flat_map(|change| TEARS.map(|tear| (change, tear))) {
            let (returned, torn) = advance(nor.clone().restarted(Some((change, tear))), 2);
            assert!(torn.failed());
            let (after, torn) = read(torn.restarted(None));
            let after =
                after.unwrap_or_else(|()| panic!("unreadable: from {value}, change {change}, {tear:?}"));
            assert!(after >= returned, "{after} after {returned}: from {value}, change {change}, {tear:?}");
            assert!(after <= value + 2);
            assert_eq!(advance(torn, 2).0, after + 2);
        }
    }
}

/// A second cut while the first is being recovered from. Where the counter cannot be read then, it says so, and does
/// not guess.
#[test]
fn a_cut_during_the_recovery_never_takes_it_back() {
    let mut refused = 0;
    for (value, nor) in states() {
        let whole = advance(nor.clone().restarted(None), 1).1.changes;
        for (change, tear) in (0..whole).flat_map(|change| TEARS.map(|tear| (change, tear))) {
            let (first, torn) = advance(nor.clone().restarted(Some((change, tear))), 1);
            let again = advance(torn.clone().restarted(None), 1).1.changes;
            for (change, tear) in (0..again).flat_map(|change| TEARS.map(|tear| (change, tear))) {
                let (second, torn) = advance(torn.clone().restarted(Some((change, tear))), 1);
                match read(torn.restarted(None)).0 {
                    Ok(after) => assert!(
                        after >= first.max(second),
                        "from {value}: {after}, change {change}, {tear:?}"
                    ),
                    Err(()) => refused += 1,
                }
            }
        }
    }
    assert_eq!(refused, 0, "two cuts left a counter that nobody can read");
}

#[test]
fn a_damaged_header_is_refused_and_never_means_a_lower_value() {
    let slot = steps_per_slot::<Nor>();
    for value in [1, slot - 1, slot + 1, 2 * slot + 7] {
        let nor = at(value);
        for byte in (0..24).flat_map(|byte| [byte, byte + SLOT as usize]) {
            for bit in 0..8 {
                let mut damaged = nor.clone();
                damaged.bytes[byte] ^= 1 << bit;
                let found = read(damaged).0;
                assert!(found.is_err() || found == Ok(value), "{value} became {found:?} by byte {byte}");
            }
        }
    }
}

#[test]
fn a_mark_that_is_damaged_still_counts() {
    let nor = at(100);
    for mark in 0..100 {
        let mut damaged = nor.clone();
        damaged.bytes[24 + mark * 4] |= 0x55;
        assert_eq!(read(damaged).0, Ok(100));
    }
}

#[test]
fn an_erased_counter_beside_a_record_is_refused() {
    let flash = StateFlash::new(Nor::blank());
    assert!(flash.storage().store_certificate(b"chain").is_ok());
    let mut nor = flash.into_inner();
    assert_eq!(read(nor.clone()).0, Ok(0));
    nor.bytes[..2 * SLOT as usize].fill(0xff);
    assert_eq!(read(nor).0, Err(()));
}

#[test]
fn wear_is_one_erase_for_a_slot_full_of_steps() {
    let slot = steps_per_slot::<Nor>();
    let (value, nor) = advance(Nor::blank(), 10 * slot);
    assert_eq!((value, nor.erases as u64), (10 * slot, 8));
    // The README's figure: two slots, 100,000 erases each.
    assert_eq!((AREA, 2 * slot * 100_000), (16384, 203_400_000));
}
