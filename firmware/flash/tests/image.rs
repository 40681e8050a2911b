//! Record and certificate are the old ones or the new ones, wherever the power fails.

mod support;

use proptest::prelude::*;
use support::{Nor, TEARS};
use wetsign_element::{Record, Storage, keys::Root};
use wetsign_element_flash::{SLOT, StateFlash};
use wetsign_wire::limits;

const OLD: [u8; 32] = [0xa1; 32];
const NEW: [u8; 32] = [0xb2; 32];

fn record(root: [u8; 32], tamper: u8) -> Record {
    Record { root: Some(Root(root)), ueid: [1; 17], tamper, bootcount: 7, ..Record::default() }
}

/// The record's root, and the certificate.
type State = ([u8; 32], Vec<u8>);

/// What a start finds; `None` if there is no image.
fn start(nor: Nor) -> (Option<State>, Nor) {
    let flash = StateFlash::new(nor);
    let mut storage = flash.storage();
    let found = storage.load().expect("a readable image").map(|record| {
        let mut certificate = [0; limits::CERTIFICATE];
        let length = storage.certificate(&mut certificate).ok().unwrap();
        (record.root.as_ref().unwrap().0, certificate[..length].to_vec())
    });
    (found, flash.into_inner())
}

fn change(nor: Nor, work: impl FnOnce(&mut dyn Storage) -> bool) -> (bool, Nor) {
    let flash = StateFlash::new(nor);
    let done = work(&mut flash.storage());
    (done, flash.into_inner())
}

fn with_old(certificate: &[u8]) -> Nor {
    let (done, nor) = change(Nor::blank(), |storage| {
        storage.store(&record(OLD, 0)).is_ok() && storage.store_certificate(certificate).is_ok()
    });
    assert!(done);
    nor
}

fn holds(nor: &Nor, secret: &[u8]) -> bool {
    nor.bytes.windows(secret.len()).any(|window| window == secret)
}

#[test]
fn comes_back_as_it_went() {
    assert_eq!(start(Nor::blank()).0, None);
    for length in [0, 1, 63, 64, 65, limits::CERTIFICATE] {
        let certificate = vec![0x5c; length];
        assert_eq!(start(with_old(&certificate)).0, Some((OLD, certificate)));
    }
    let (done, _) =
        change(Nor::blank(), |storage| storage.store_certificate(&[0; limits::CERTIFICATE + 1]).is_ok());
    assert!(!done);
}

#[test]
fn a_cut_at_every_change_of_the_first_record_leaves_none_or_it() {
    let store = |storage: &mut dyn Storage| storage.store(&record(OLD, 0)).is_ok();
    let whole = change(Nor::blank(), store).1.changes;
    for (at, tear) in (0..whole).flat_map(|at| TEARS.map(|tear| (at, tear))) {
        let (_, torn) = change(Nor::blank().restarted(Some((at, tear))), store);
        let (found, torn) = start(torn.restarted(None));
        assert!(found.is_none() || found == Some((OLD, Vec::new())), "change {at}, {tear:?}");
        let (done, nor) = change(torn, store);
        assert!(done && start(nor).0 == Some((OLD, Vec::new())), "change {at}, {tear:?}");
    }
}

#[test]
fn a_cut_at_every_change_of_a_replacement_leaves_old_or_new_and_then_only_one_root() {
    let nor = with_old(b"chain of the old key");
    let store = |storage: &mut dyn Storage| storage.store(&record(NEW, 4)).is_ok();
    let whole = change(nor.clone().restarted(None), store).1.changes;
    let certificate = b"chain of the old key".to_vec();
    for (at, tear) in (0..whole).flat_map(|at| TEARS.map(|tear| (at, tear))) {
        let (done, torn) = change(nor.clone().restarted(Some((at, tear))), store);
        assert!(!done && torn.failed());
        let again = start(torn.clone().restarted(None)).1.changes;
        // The start that cleans up is cut too.
        for second in
            std::iter::once(None).chain((0..again).flat_map(|at| TEARS.map(|tear| Some((at, tear)))))
        {
            let flash = StateFlash::new(torn.clone().restarted(second));
            let _ = flash.storage().load();
            let (found, left) = start(flash.into_inner().restarted(None));
            let (root, kept) =
                found.unwrap_or_else(|| panic!("nothing: change {at}, {tear:?}, then {second:?}"));
            assert!(root == OLD || root == NEW);
            assert_eq!(kept, certificate);
            let other = if root == OLD { NEW } else { OLD };
            assert!(
                root == OLD || !holds(&left, &other),
                "an ended root is still there: change {at}, {tear:?}"
            );
        }
    }
}

#[test]
fn a_cut_at_every_change_of_the_certificate_leaves_the_record() {
    let nor = with_old(b"old");
    let long = vec![0x33; limits::CERTIFICATE];
    let store = |storage: &mut dyn Storage| storage.store_certificate(&long).is_ok();
    let whole = change(nor.clone().restarted(None), store).1.changes;
    for (at, tear) in (0..whole).flat_map(|at| TEARS.map(|tear| (at, tear))) {
        let (_, torn) = change(nor.clone().restarted(Some((at, tear))), store);
        let (root, certificate) = start(torn.restarted(None)).0.unwrap();
        assert_eq!(root, OLD);
        assert!(certificate == b"old" || certificate == long, "change {at}, {tear:?}");
    }
}

#[test]
fn the_old_root_is_gone_from_the_flash_when_a_store_returns() {
    let nor = with_old(b"chain");
    assert!(holds(&nor, &OLD));
    let (done, nor) = change(nor, |storage| storage.store(&record(NEW, 1)).is_ok());
    assert!(done && !holds(&nor, &OLD) && holds(&nor, &NEW));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Damage costs the image; it never gives a half of one.
    #[test]
    fn any_damage_gives_the_image_or_none(byte in 0..2 * SLOT, mask in 1..=255_u8) {
        let mut nor = with_old(b"chain");
        nor.bytes[(2 * SLOT + byte) as usize] ^= mask;
        let flash = StateFlash::new(nor);
        if let Ok(Some(found)) = flash.storage().load() {
            prop_assert_eq!(found.root.as_ref().map(|root| root.0), Some(OLD));
        }
    }
}
