//! The real program, spoken to over its socket; tokens checked with `coset`, not with the code that makes them.

mod support;

use support::{Started, challenge, refused_with, token};
use wetsign_wire::{RefusalCode, Request, eat};

const REQUEST: [u8; 32] = [1; 32];
const VERDICT: [u8; 32] = [2; 32];
const VALIDATOR: [u8; 32] = [3; 32];
const LABEL: [u8; 32] = [9; 32];

const BEGIN: Request<'static> =
    Request::Begin { request_id: REQUEST, verdict_id: VERDICT, validator_key: VALIDATOR };
const ATTEST: Request<'static> =
    Request::Attest { probe_commitment: [4; 32], report_digest: [5; 32], manifest_digest: [6; 32] };

#[test]
fn a_session_yields_one_token_that_verifies_and_says_what_happened() {
    let place = tempfile::tempdir().unwrap();
    let element = Started::new(place.path());
    let mut client = element.client();

    let drawn = challenge(&mut client, &BEGIN);
    let (bytes, counter) = token(&mut client, &ATTEST);

    let claims = support::verify(&bytes, &element.public_key());
    assert_eq!(counter, 1);
    assert_eq!(claims.bytes(eat::NONCE), support::sha256(&[&REQUEST, &VERDICT, &VALIDATOR, &drawn]));
    assert_eq!(claims.bytes(eat::PROBE_COMMITMENT), [4; 32]);
    assert_eq!(claims.bytes(eat::REPORT_DIGEST), [5; 32]);
    assert_eq!(claims.bytes(eat::MANIFEST_DIGEST), [6; 32]);
    assert_eq!(hex::encode(claims.bytes(eat::UEID)), element.said("ueid"));
    assert_eq!(claims.bytes(eat::HWMODEL), b"wetsign-software-element");
    assert_eq!(claims.text(eat::EAT_PROFILE), eat::PROFILE);
    assert_eq!(claims.uint(eat::COUNTER), 1);
    assert_eq!(claims.uint(eat::TAMPER), 0);
    assert_eq!(claims.uint(eat::DBGSTAT), u64::from(eat::debug::ENABLED));
    assert_eq!(claims.uint(eat::BOOTCOUNT), 1);
    assert!(claims.uint(eat::SINCE_BEGIN_MS) <= 60_000);
    assert_eq!(
        claims.uint(eat::HOME),
        eat::Home::Program as u64,
        "the stand-in must say that it is a program"
    );
    assert_eq!(element.said("home"), "program");
    assert!(!claims.flag(eat::OEMBOOT));
    assert_eq!(hex::encode(claims.firmware_digest()), element.said("firmware_digest"));
    assert_eq!(claims.keys(), eat::CLAIMS, "the profile closes the set, in deterministic order");

    refused_with(&mut client, &ATTEST, RefusalCode::AlreadyAttested);
}

#[test]
fn a_changed_token_does_not_verify() {
    let place = tempfile::tempdir().unwrap();
    let element = Started::new(place.path());
    let mut client = element.client();
    challenge(&mut client, &BEGIN);
    let (bytes, _) = token(&mut client, &ATTEST);

    let accepted = (0..bytes.len()).filter(|index| {
        let mut changed = bytes.clone();
        changed[*index] ^= 1;
        support::verifies(&changed, &element.public_key())
    });

    // Byte 0 is the CBOR tag, outside what COSE signs; a strict reader asks for tag 18, as `verifies` does.
    assert_eq!(accepted.collect::<Vec<_>>(), Vec::<usize>::new());
}

#[test]
fn sealing_is_always_possible_and_unsealing_only_in_a_session() {
    let place = tempfile::tempdir().unwrap();
    let element = Started::new(place.path());
    let mut client = element.client();
    let sealed = support::seal(&mut client, LABEL, b"template");

    refused_with(&mut client, &Request::Unseal { label: LABEL, sealed: &sealed }, RefusalCode::NoSession);
    challenge(&mut client, &BEGIN);
    assert_eq!(support::unseal(&mut client, LABEL, &sealed), b"template");
    let other = Request::Unseal { label: [8; 32], sealed: &sealed };
    refused_with(&mut client, &other, RefusalCode::NotSealedHere);

    support::end(&mut client);
    refused_with(&mut client, &Request::Unseal { label: LABEL, sealed: &sealed }, RefusalCode::NoSession);
}

#[test]
fn a_session_ends_with_its_connection_and_a_new_client_is_served() {
    let place = tempfile::tempdir().unwrap();
    let element = Started::new(place.path());
    let mut first = element.client();
    challenge(&mut first, &BEGIN);
    drop(first);

    let mut second = element.client();
    refused_with(&mut second, &ATTEST, RefusalCode::NoSession);
    challenge(&mut second, &BEGIN);
    assert_eq!(token(&mut second, &ATTEST).1, 1);
}

#[test]
fn killed_and_started_again_it_keeps_key_and_sealed_items_and_goes_on_counting() {
    let place = tempfile::tempdir().unwrap();
    let before = Started::new(place.path());
    let mut client = before.client();
    let sealed = support::seal(&mut client, LABEL, b"key");
    for expected in 1..=3 {
        challenge(&mut client, &BEGIN);
        assert_eq!(token(&mut client, &ATTEST).1, expected);
    }
    let key = before.public_key();
    before.kill();

    let after = Started::new(place.path());
    assert_eq!(after.public_key(), key);
    assert_eq!(support::counter(&mut after.client()), 3);
    let mut client = after.client();
    challenge(&mut client, &BEGIN);
    let (bytes, counter) = token(&mut client, &ATTEST);
    assert_eq!(counter, 4);
    assert_eq!(support::verify(&bytes, &key).uint(eat::BOOTCOUNT), 2);
    assert_eq!(support::unseal(&mut client, LABEL, &sealed), b"key");
}

#[test]
fn an_opened_case_costs_session_keys_and_certificate_and_every_later_token_says_so() {
    let place = tempfile::tempdir().unwrap();
    let element = Started::with_certificate(place.path(), b"certificate of the old key");
    let old_key = element.public_key();
    let mut client = element.client();
    let sealed = support::seal(&mut client, LABEL, b"template");
    challenge(&mut client, &BEGIN);

    support::open_case(place.path());

    refused_with(&mut client, &ATTEST, RefusalCode::NoSession);
    refused_with(&mut client, &Request::Unseal { label: LABEL, sealed: &sealed }, RefusalCode::Tampered);
    refused_with(&mut client, &Request::Seal { label: LABEL, plain: b"x" }, RefusalCode::Tampered);
    challenge(&mut client, &BEGIN);
    let (bytes, _) = token(&mut client, &ATTEST);
    let (new_key, certificate) = support::identity(&mut client);
    assert_ne!(new_key, old_key);
    assert!(certificate.is_empty());
    assert!(!support::verifies(&bytes, &old_key), "the certified key is gone");
    assert_eq!(support::verify(&bytes, &new_key).uint(eat::TAMPER), 1);

    support::close_case(place.path());
    element.kill();
    let element = Started::new(place.path());
    let mut client = element.client();
    challenge(&mut client, &BEGIN);
    let (bytes, _) = token(&mut client, &ATTEST);
    assert_eq!(
        support::verify(&bytes, &element.public_key()).uint(eat::TAMPER),
        1,
        "a restart clears nothing"
    );
}

#[test]
fn noise_on_the_line_and_unknown_versions_do_not_stop_it() {
    let place = tempfile::tempdir().unwrap();
    let element = Started::new(place.path());
    let mut client = element.client();

    support::send_raw(&mut client, &[0xff, 0x00, 0x01, 0x02, 0x00]);
    support::send_raw(&mut client, &vec![0x55; 3 * wetsign_wire::limits::FRAME]);
    support::send_raw(&mut client, &[0]);
    assert_eq!(support::counter(&mut client), 0);

    support::send_raw(&mut client, &support::frame_of(9, &[0x82, 0x05, 0x80]));
    assert_eq!(support::refusal(&mut client), RefusalCode::UnsupportedVersion);
    support::send_raw(&mut client, &support::frame_of(1, &[0x82, 0x18, 0x05, 0x80]));
    assert_eq!(support::refusal(&mut client), RefusalCode::Malformed);
}

#[test]
fn a_lost_counter_or_a_damaged_record_stops_it_from_starting() {
    for (name, content) in
        [("counter", None), ("counter", Some("x")), ("record", Some("x")), ("record", None)]
    {
        let place = tempfile::tempdir().unwrap();
        let element = Started::new(place.path());
        let mut client = element.client();
        challenge(&mut client, &BEGIN);
        token(&mut client, &ATTEST);
        element.kill();

        support::spoil(place.path(), name, content);

        let said = support::fails_to_start(place.path());
        assert!(said.contains("does not start"), "{name} {content:?}: {said}");
    }
}

#[test]
fn the_socket_is_private_and_not_taken_from_a_listening_element() {
    let place = tempfile::tempdir().unwrap();
    let element = Started::new(place.path());
    assert_eq!(support::mode(&element.socket), 0o600);
    let other_state = tempfile::tempdir().unwrap();
    let said = support::fails_to_start_at(other_state.path(), &element.socket);
    assert!(said.contains("another process listens"), "{said}");
    let said = support::fails_to_start(place.path());
    assert!(said.contains("another element runs"), "{said}");
}

#[test]
fn every_self_test_passes_and_random_bytes_differ() {
    let place = tempfile::tempdir().unwrap();
    let element = Started::new(place.path());
    let mut client = element.client();
    assert_eq!(support::self_test(&mut client), 0);
    let first = support::random(&mut client, 64);
    assert_eq!(first.len(), 64);
    assert_ne!(first, support::random(&mut client, 64));
}
