//! What is locked opens whole, or is refused by name.

mod common;

use common::{committee, contents, dice, head_length, locked, open};
use proptest::prelude::*;
use wetsign_attest::id::Digest;
use wetsign_container::{CHUNK, ContentKey, Contents, Head, Refused, seal, sealed_length};

const SEALED: usize = CHUNK + 16;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn what_was_sealed_comes_back(length in prop_oneof![0..3_usize, 65_534..65_539_usize, 131_070..131_075_usize]) {
        let plain = contents(length);
        let voice = locked("voice", &plain, &committee(1), 2);
        prop_assert_eq!(voice.bytes.len() as u64, sealed_length(&voice.head).unwrap());
        prop_assert_eq!(open(&voice.bytes, &voice.key).unwrap(), plain);
    }

    #[test]
    fn any_changed_byte_is_found(place in any::<prop::sample::Index>(), bit in 0..8_u8) {
        let voice = locked("voice", &contents(70_000), &committee(1), 2);
        let mut changed = voice.bytes.clone();
        let at = place.index(changed.len());
        changed[at] ^= 1 << bit;
        // Who has the key does not look at the key part; who shall give a share does.
        let key_part = Head::read(&mut changed.as_slice())
            .ok()
            .filter(|head| head.facts == voice.head.facts && head.commitment == voice.head.commitment)
            .filter(|head| head.key != voice.head.key);
        match key_part {
            Some(head) => prop_assert!(head.check_label().is_err(), "byte {} of the key part", at),
            None => prop_assert!(open(&changed, &voice.key).is_err(), "byte {} of {}", at, changed.len()),
        }
    }

    #[test]
    fn any_cut_is_found(place in any::<prop::sample::Index>()) {
        let voice = locked("voice", &contents(140_000), &committee(1), 2);
        let at = place.index(voice.bytes.len());
        prop_assert!(open(&voice.bytes[..at], &voice.key).is_err());
    }

    #[test]
    fn no_bytes_make_the_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..2000)) {
        let mut file = b"\x89WSC\r\n\x1a\n\x00\x00\x01\x00".to_vec();
        file.extend(&bytes);
        prop_assert!(Head::read(&mut bytes.as_slice()).is_err() && Head::read(&mut file.as_slice()).is_err());
    }
}

#[test]
fn a_container_cut_behind_a_whole_chunk_says_what_is_missing() {
    let voice = locked("voice", &contents(3 * CHUNK), &committee(1), 2);
    let cut = head_length(&voice.bytes) + 2 * SEALED;
    let refused = open(&voice.bytes[..cut], &voice.key).unwrap_err();
    assert!(matches!(refused, Refused::Truncated { index: 2, chunks: 3, found: 0, .. }), "{refused}");
}

#[test]
fn bytes_behind_the_end_are_refused_before_the_last_chunk_is_given_out() {
    let mut voice = locked("voice", &contents(10), &committee(1), 2);
    voice.bytes.push(0);
    assert!(matches!(open(&voice.bytes, &voice.key), Err(Refused::Trailing { chunks: 1 })));
}

#[test]
fn chunks_in_another_order_are_refused_at_the_first() {
    let voice = locked("voice", &contents(4 * CHUNK), &committee(1), 2);
    let head = head_length(&voice.bytes);
    let mut reordered = voice.bytes.clone();
    let (one, two) = reordered[head..head + 3 * SEALED].split_at_mut(2 * SEALED);
    one[..SEALED].swap_with_slice(two);
    assert!(matches!(open(&reordered, &voice.key), Err(Refused::Chunk { index: 0, chunks: 4 })));
}

#[test]
fn a_chunk_of_another_container_of_the_same_asset_is_refused() {
    let (voice, other) = (contents(2 * CHUNK), contents(2 * CHUNK + 1));
    let mut one = locked("voice", &voice, &committee(1), 2);
    let two = locked("voice", &other, &committee(1), 3);
    let (at, from) = (head_length(&one.bytes), head_length(&two.bytes));
    one.bytes[at..at + SEALED].copy_from_slice(&two.bytes[from..from + SEALED]);
    assert!(matches!(open(&one.bytes, &one.key), Err(Refused::Chunk { index: 0, chunks: 2 })));
}

#[test]
fn an_early_end_cannot_be_made_of_a_chunk_in_the_middle() {
    // Whoever shortens the length in the head changes the facts, and with them what the key commits to.
    let voice = locked("voice", &contents(2 * CHUNK), &committee(1), 2);
    let mut head = voice.head.clone();
    head.facts.contents.length = CHUNK as u64;
    let mut shorter = head.to_bytes().unwrap();
    shorter.extend(&voice.bytes[head_length(&voice.bytes)..][..SEALED]);
    assert!(matches!(open(&shorter, &voice.key), Err(Refused::OtherKey)));
}

#[test]
fn another_key_is_refused_before_anything_is_opened() {
    let voice = locked("voice", &contents(10), &committee(1), 2);
    let refused = open(&voice.bytes, &ContentKey::take(&mut [7; 32])).unwrap_err();
    assert!(matches!(refused, Refused::OtherKey), "{refused}");
}

#[test]
fn who_has_the_key_cannot_exchange_the_contents() {
    // A runner that kept the key seals other bytes of the same length under the same head.
    let (plain, mut other) = (contents(100), contents(100));
    other[0] ^= 1;
    let voice = locked("voice", &plain, &committee(1), 2);
    let mut forged = Vec::new();
    let refused = seal(&voice.head, &voice.key, other.as_slice(), &mut forged).unwrap_err();
    assert!(matches!(refused, Refused::OtherContents { .. }), "our own sealing refuses: {refused}");
    let refused = open(&forged, &voice.key).unwrap_err();
    assert!(matches!(refused, Refused::OtherContents { .. }), "and so does every reader: {refused}");
}

#[test]
fn a_file_that_changes_while_it_is_sealed_is_refused() {
    let voice = locked("voice", &contents(100), &committee(1), 2);
    for other in [99, 101] {
        let refused = seal(&voice.head, &voice.key, contents(other).as_slice(), &mut Vec::new()).unwrap_err();
        assert!(matches!(refused, Refused::OtherLength { expected: 100, .. }), "{refused}");
    }
}

#[test]
fn one_key_opens_under_no_other_facts() {
    let voice = locked("voice", &contents(10), &committee(1), 2);
    let mut head = voice.head.clone();
    head.facts.rules.0[0] ^= 1;
    let refused =
        head.lock_again(&committee(4).committee.payload().key, &voice.key, &mut dice(1)).unwrap_err();
    assert!(matches!(refused, Refused::OtherKey), "{refused}");
}

#[test]
fn a_container_moves_to_another_committee_and_keeps_its_name() {
    let voice = locked("voice", &contents(10), &committee(1), 2);
    let moved =
        voice.head.lock_again(&committee(4).committee.payload().key, &voice.key, &mut dice(1)).unwrap();
    assert_eq!(moved.digest().unwrap(), voice.head.digest().unwrap());
    assert_ne!(moved.key, voice.head.key);
    moved.check_label().unwrap();
}

#[test]
fn contents_are_named_by_what_they_are_and_nothing_may_be_too_large() {
    let card = Contents::of("audio/wav", contents(70_000).as_slice()).unwrap();
    assert_eq!((card.length, card.chunks()), (70_000, 2));
    assert_eq!(Contents::of("audio/wav", &b""[..]).unwrap().chunks(), 1);
    assert!(Contents::of("no media type", &b""[..]).is_err());
    let voice = locked("voice", &contents(10), &committee(1), 2);
    let mut facts = voice.head.facts.clone();
    facts.contents.length = 1 << 41;
    assert!(Head::lock(facts, &committee(1).committee.payload().key, &mut dice(1)).is_err());
    assert_ne!(card.blake3, Digest::ZERO);
}

#[test]
fn what_is_no_container_is_told_from_one_that_is_cut_off() {
    assert!(matches!(Head::read(&mut &b"RIFF\0\0\0\0WAVE"[..]), Err(Refused::NoContainer { .. })));
    assert!(matches!(Head::read(&mut &b"\x89WSC"[..]), Err(Refused::Io { .. })));
    let huge = [b"\x89WSC\r\n\x1a\n".as_slice(), &[0xff; 4]].concat();
    assert!(matches!(Head::read(&mut huge.as_slice()), Err(Refused::Limit { .. })));
}
