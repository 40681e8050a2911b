//! Who opens a container, who does not, and who is named.

mod common;

use common::{committee, contents, dice, gathered, locked, open, shares};
use proptest::prelude::*;
use wetsign_attest::Object as _;
use wetsign_attest::id::Id;
use wetsign_container::keygen::rehearse;
use wetsign_container::{Gathering, Point, Recipient, Refused, SealKey, Share, ShareKey};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn any_three_of_five_open_and_no_two_do(order in Just([0_usize, 1, 2, 3, 4]).prop_shuffle()) {
        let (keyholders, plain) = (committee(1), contents(100));
        let voice = locked("voice", &plain, &keyholders, 2);
        let three = shares(&keyholders, &order[..3], &voice.head).unwrap();
        let key = gathered(&keyholders, &voice.head, three).unwrap();
        prop_assert_eq!(open(&voice.bytes, &key).unwrap(), plain);
        let two = shares(&keyholders, &order[..2], &voice.head).unwrap();
        let refused = gathered(&keyholders, &voice.head, two).unwrap_err();
        prop_assert_eq!(refused.to_string(), "2 shares are there, 3 are needed");
    }

    #[test]
    fn a_share_reads_back_and_no_other_bytes_are_one(place in any::<prop::sample::Index>(), bit in 0..8_u8) {
        let keyholders = committee(1);
        let voice = locked("voice", b"x", &keyholders, 2);
        let share = shares(&keyholders, &[0], &voice.head).unwrap().remove(0);
        let mut payload = share.to_payload().unwrap();
        prop_assert_eq!(&Share::from_payload(&payload).unwrap(), &share);
        let at = place.index(payload.len());
        payload[at] ^= 1 << bit;
        let refused = Share::from_payload(&payload).map_or(true, |share| {
            gathered(&keyholders, &voice.head, vec![share]).is_err_and(|why| !matches!(why, Refused::TooFew { .. }))
        });
        prop_assert!(refused, "byte {}", at);
    }
}

#[test]
fn one_share_given_three_times_is_one_share() {
    let keyholders = committee(1);
    let voice = locked("voice", b"x", &keyholders, 2);
    let thrice = shares(&keyholders, &[0, 0, 0], &voice.head).unwrap();
    assert!(matches!(gathered(&keyholders, &voice.head, thrice), Err(Refused::TooFew { found: 1, .. })));
}

#[test]
fn a_key_part_gets_no_share_under_another_asset_or_container() {
    let keyholders = committee(1);
    let voice = locked("voice", b"x", &keyholders, 2);
    let mut head = voice.head.clone();
    head.facts.asset = common::asset("mine");
    let refused = keyholders.keyholders[0].1.share(&head, &mut dice(1)).unwrap_err();
    assert!(matches!(refused, Refused::Label { .. }), "{refused}");

    // Into another container of the same asset.
    let mut other = locked("voice", b"y", &keyholders, 3).head;
    other.key = voice.head.key;
    assert!(matches!(keyholders.keyholders[0].1.share(&other, &mut dice(1)), Err(Refused::Label { .. })));
}

#[test]
fn a_blinded_copy_of_anothers_key_part_gets_no_share() {
    // The thief owns an asset, and multiplies the other's u by a number that only he knows, so that it looks new.
    let keyholders = committee(1);
    let voice = locked("voice", b"x", &keyholders, 2);
    let mut own = locked("mine", b"y", &keyholders, 3).head;
    own.key.masked = voice.head.key.masked;
    own.key.u = twice(&voice.head.key.u);
    own.key.other_u = twice(&voice.head.key.other_u);
    for proof in [voice.head.key.proof.clone(), own.key.proof.clone()] {
        own.key.proof = proof;
        let refused = keyholders.keyholders[0].1.share(&own, &mut dice(1)).unwrap_err();
        assert!(matches!(refused, Refused::Label { .. }), "{refused}");
    }
}

fn twice(point: &Point) -> Point {
    let point = curve25519_dalek::ristretto::CompressedRistretto(*point.bytes()).decompress().unwrap();
    Point::from(point + point)
}

#[test]
fn a_wrong_share_names_its_keyholder() {
    let keyholders = committee(1);
    let voice = locked("voice", b"x", &keyholders, 2);
    let mut three = shares(&keyholders, &[0, 1, 2], &voice.head).unwrap();
    three[1].point = twice(&three[1].point);
    let liar = keyholders.committee.payload().members[1].keyholder;
    let refused = gathered(&keyholders, &voice.head, three).unwrap_err();
    assert!(matches!(refused, Refused::Share { index: 2, keyholder, .. } if keyholder == liar), "{refused}");
}

#[test]
fn a_share_passed_off_as_anothers_names_whose_it_is_not() {
    let keyholders = committee(1);
    let voice = locked("voice", b"x", &keyholders, 2);
    let mut share = shares(&keyholders, &[0], &voice.head).unwrap();
    share[0].index = 4;
    assert!(matches!(gathered(&keyholders, &voice.head, share), Err(Refused::Share { index: 4, .. })));
    let mut share = shares(&keyholders, &[0], &voice.head).unwrap();
    share[0].index = 6;
    assert!(matches!(gathered(&keyholders, &voice.head, share), Err(Refused::Plan { .. })));
}

#[test]
fn a_share_of_one_container_is_none_of_another() {
    let keyholders = committee(1);
    let (voice, other) = (locked("voice", b"x", &keyholders, 2), locked("voice", b"y", &keyholders, 3));
    let share = shares(&keyholders, &[0], &other.head).unwrap();
    assert!(matches!(gathered(&keyholders, &voice.head, share), Err(Refused::Share { index: 1, .. })));
}

#[test]
fn a_new_committee_opens_old_containers_and_the_old_ones_shares_are_refused() {
    let old = committee(1);
    let voice = locked("voice", b"x", &old, 2);
    let new = rehearse(2, 4, Some(&old), &mut dice(5)).unwrap();
    assert_eq!(new.committee.payload().key, old.committee.payload().key);
    assert_eq!(new.committee.payload().number, 2);
    let key = gathered(&new, &voice.head, shares(&new, &[3, 0], &voice.head).unwrap()).unwrap();
    assert_eq!(open(&voice.bytes, &key).unwrap(), b"x");

    let refused = gathered(&new, &voice.head, shares(&old, &[0], &voice.head).unwrap()).unwrap_err();
    assert!(refused.to_string().contains("one that was replaced"), "{refused}");
    // Nor under the new committee's id.
    let mut share = shares(&old, &[0], &voice.head).unwrap();
    share[0].committee = new.committee.id();
    assert!(matches!(gathered(&new, &voice.head, share), Err(Refused::Share { index: 1, .. })));
    // An old secret is none of the new committee's.
    let bytes = old.keyholders[0].1.to_bytes();
    assert!(ShareKey::take(new.committee.payload().clone(), 1, &bytes).is_err());
}

#[test]
fn a_committee_with_another_key_gives_no_share() {
    let (keyholders, others) = (committee(1), committee(7));
    let voice = locked("voice", b"x", &keyholders, 2);
    assert!(matches!(shares(&others, &[0], &voice.head), Err(Refused::OtherCommittee { .. })));
    assert!(matches!(
        Gathering::new(&voice.head, others.committee.payload().clone()),
        Err(Refused::OtherCommittee { .. })
    ));
}

#[test]
fn who_locked_a_key_that_the_head_does_not_commit_to_is_found_out() {
    let keyholders = committee(1);
    let (one, two) = (locked("voice", b"x", &keyholders, 2), locked("voice", b"x", &keyholders, 3));
    // The owner commits to one key and encrypts another: facts are the same, commitments differ, so labels do too.
    let mut head = one.head.clone();
    head.commitment = two.head.commitment;
    assert!(matches!(head.check_label(), Err(Refused::Label { .. })));
}

#[test]
fn a_sealed_share_opens_for_its_runner_and_its_approval_alone() {
    let keyholders = committee(1);
    let voice = locked("voice", b"x", &keyholders, 2);
    let (runner, thief) = (SealKey::fresh(), SealKey::fresh());
    let (approval, other) = (Id([1; 32]), Id([2; 32]));
    let mut gathering = Gathering::new(&voice.head, keyholders.committee.payload().clone()).unwrap();
    for share in shares(&keyholders, &[0, 2, 4], &voice.head).unwrap() {
        let sealed = Recipient { opens_to: runner.public(), approval }.seal(&share).unwrap();
        assert!(matches!(gathering.add(&thief, approval, &sealed), Err(Refused::Unopened)));
        assert!(matches!(gathering.add(&runner, other, &sealed), Err(Refused::Unopened)));
        gathering.add(&runner, approval, &sealed).unwrap();
    }
    assert_eq!(gathering.missing(), 0);
    assert_eq!(open(&voice.bytes, &gathering.key().unwrap()).unwrap(), b"x");
}

#[test]
fn secrets_are_not_shown() {
    let keyholders = committee(1);
    let voice = locked("voice", b"x", &keyholders, 2);
    assert_eq!(format!("{:?}", voice.key), "ContentKey(…)");
}
