//! The real program, spoken to over its socket; tokens checked with `coset`, not with the code that makes them.

mod support;

use ed25519_dalek::{Signer, SigningKey};
use support::{Said, Started, challenge, refused_with, token};
use wetsign_wire::{Pattern, RefusalCode, Request, binding, eat};

const REQUEST: [u8; 32] = [1; 32];
const VERDICT: [u8; 32] = [2; 32];
const VALIDATOR: [u8; 32] = [3; 32];

/// Of a validator's template.
fn label(validator: [u8; 32]) -> [u8; 32] {
    support::sha256(&[b"wetsign/template-seal/1", &validator])
}

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

    let said = support::identity(&mut client);
    let claims = support::verify(&bytes, &said.public_key);
    assert_eq!(counter, 1);
    assert_eq!(claims.bytes(eat::NONCE), support::sha256(&[&REQUEST, &VERDICT, &VALIDATOR, &drawn]));
    assert_eq!(claims.bytes(eat::PROBE_COMMITMENT), [4; 32]);
    assert_eq!(claims.bytes(eat::REPORT_DIGEST), [5; 32]);
    assert_eq!(claims.bytes(eat::MANIFEST_DIGEST), [6; 32]);
    assert_eq!(claims.bytes(eat::UEID), said.ueid);
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
    assert_eq!(said.home, eat::Home::Program);
    assert!(!claims.flag(eat::OEMBOOT));
    assert_eq!(claims.firmware_digest(), said.firmware_digest);
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
    let key = support::identity(&mut client).public_key;

    let accepted = (0..bytes.len()).filter(|index| {
        let mut changed = bytes.clone();
        changed[*index] ^= 1;
        support::verifies(&changed, &key)
    });

    // Byte 0 is the CBOR tag, outside what COSE signs; a strict reader asks for tag 18, as `verifies` does.
    assert_eq!(accepted.collect::<Vec<_>>(), Vec::<usize>::new());
}

#[test]
fn sealing_is_always_possible_and_unsealing_only_in_a_session() {
    let place = tempfile::tempdir().unwrap();
    let element = Started::new(place.path());
    let mut client = element.client();
    let sealed = support::seal(&mut client, label(VALIDATOR), b"template");

    refused_with(
        &mut client,
        &Request::Unseal { label: label(VALIDATOR), sealed: &sealed },
        RefusalCode::NoSession,
    );
    challenge(&mut client, &BEGIN);
    assert_eq!(support::unseal(&mut client, label(VALIDATOR), &sealed), b"template");
    let other = support::sha256(&[b"wetsign/credential-seal/1", &VALIDATOR]);
    let other = Request::Unseal { label: other, sealed: &sealed };
    refused_with(&mut client, &other, RefusalCode::NotSealedHere);

    support::end(&mut client);
    refused_with(
        &mut client,
        &Request::Unseal { label: label(VALIDATOR), sealed: &sealed },
        RefusalCode::NoSession,
    );
}

#[test]
fn a_session_opens_its_own_validators_items_and_nobody_elses() {
    let place = tempfile::tempdir().unwrap();
    let element = Started::new(place.path());
    let mut client = element.client();
    let ours = support::seal(&mut client, label(VALIDATOR), b"template");
    let another = [8; 32];
    let theirs = support::seal(&mut client, label(another), b"another's");
    let anything = support::seal(&mut client, [9; 32], b"under no validator's label");

    challenge(&mut client, &BEGIN);
    for (label, sealed) in [(label(another), &theirs), ([9; 32], &anything)] {
        refused_with(&mut client, &Request::Unseal { label, sealed }, RefusalCode::OtherValidator);
    }
    assert_eq!(support::unseal(&mut client, label(VALIDATOR), &ours), b"template");

    challenge(
        &mut client,
        &Request::Begin { request_id: REQUEST, verdict_id: VERDICT, validator_key: another },
    );
    assert_eq!(support::unseal(&mut client, label(another), &theirs), b"another's");
    let ours = Request::Unseal { label: label(VALIDATOR), sealed: &ours };
    refused_with(&mut client, &ours, RefusalCode::OtherValidator);
    assert_eq!(support::counter(&mut client), 2, "whoever opens two people's items uses up two numbers");
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
    assert_eq!(token(&mut second, &ATTEST).1, 2, "the session that ended has used up a number");
}

#[test]
fn killed_and_started_again_it_keeps_key_and_sealed_items_and_goes_on_counting() {
    let place = tempfile::tempdir().unwrap();
    let before = Started::new(place.path());
    let mut client = before.client();
    let sealed = support::seal(&mut client, label(VALIDATOR), b"key");
    for expected in 1..=3 {
        challenge(&mut client, &BEGIN);
        assert_eq!(token(&mut client, &ATTEST).1, expected);
    }
    let key = support::identity(&mut client).public_key;
    before.kill();

    let after = Started::new(place.path());
    assert_eq!(after.public_key(), key);
    assert_eq!(support::counter(&mut after.client()), 3);
    let mut client = after.client();
    challenge(&mut client, &BEGIN);
    let (bytes, counter) = token(&mut client, &ATTEST);
    assert_eq!(counter, 4);
    assert_eq!(support::verify(&bytes, &key).uint(eat::BOOTCOUNT), 2);
    assert_eq!(support::unseal(&mut client, label(VALIDATOR), &sealed), b"key");
}

#[test]
fn a_session_that_only_unsealed_has_used_up_a_number_also_if_the_power_went() {
    let place = tempfile::tempdir().unwrap();
    let element = Started::new(place.path());
    let mut client = element.client();
    let sealed = support::seal(&mut client, label(VALIDATOR), b"template");
    challenge(&mut client, &BEGIN);
    assert_eq!(support::unseal(&mut client, label(VALIDATOR), &sealed), b"template");
    support::end(&mut client);
    assert_eq!(support::counter(&mut client), 1);
    challenge(&mut client, &BEGIN);
    assert_eq!(support::unseal(&mut client, label(VALIDATOR), &sealed), b"template");
    element.kill();

    let element = Started::new(place.path());
    let mut client = element.client();
    assert_eq!(support::counter(&mut client), 2);
    challenge(&mut client, &BEGIN);
    assert_eq!(token(&mut client, &ATTEST).1, 3);
}

#[test]
fn an_opened_case_costs_session_keys_pairing_and_certificate_and_every_later_token_says_so() {
    let place = tempfile::tempdir().unwrap();
    let element = Started::provisioned(place.path(), &SigningKey::from_bytes(&[7; 32]));
    let old_key = element.public_key();
    let mut client = element.client();
    assert!(!support::identity(&mut client).certificate.is_empty());
    let sealed = support::seal(&mut client, label(VALIDATOR), b"template");
    challenge(&mut client, &BEGIN);

    support::open_case(place.path());

    let lost = support::refused(&mut client, &ATTEST);
    assert!(matches!(lost, RefusalCode::Tampered | RefusalCode::NoChannel), "the channel went too: {lost:?}");
    drop(client);
    drop(element.client_of(2).expect("the pairing went with the keys"));
    assert_eq!(element.client_of(1).err(), Some(RefusalCode::UnknownHost));
    let mut client = element.client_of(2).unwrap();
    refused_with(&mut client, &ATTEST, RefusalCode::NoSession);
    refused_with(
        &mut client,
        &Request::Unseal { label: label(VALIDATOR), sealed: &sealed },
        RefusalCode::Tampered,
    );
    refused_with(&mut client, &Request::Seal { label: label(VALIDATOR), plain: b"x" }, RefusalCode::Tampered);
    challenge(&mut client, &BEGIN);
    let (bytes, _) = token(&mut client, &ATTEST);
    let Said { public_key: new_key, certificate, .. } = support::identity(&mut client);
    assert_ne!(new_key, old_key);
    assert!(certificate.is_empty());
    assert!(!support::verifies(&bytes, &old_key), "the certified key is gone");
    assert_eq!(support::verify(&bytes, &new_key).uint(eat::TAMPER), 1);

    support::close_case(place.path());
    element.kill();
    let element = Started::new(place.path());
    let mut client = element.client_of(2).unwrap();
    challenge(&mut client, &BEGIN);
    let (bytes, _) = token(&mut client, &ATTEST);
    let key = support::identity(&mut client).public_key;
    assert_eq!(support::verify(&bytes, &key).uint(eat::TAMPER), 1, "a restart clears nothing");
}

#[test]
fn the_provisioner_who_certified_it_clears_the_latch_once() {
    let place = tempfile::tempdir().unwrap();
    let provisioner = SigningKey::from_bytes(&[7; 32]);
    let element = Started::provisioned(place.path(), &provisioner);
    let mut client = element.client();
    support::open_case(place.path());
    support::refused(&mut client, &Request::Counter);
    support::close_case(place.path());
    drop(client);
    let ueid = element.said().ueid;
    let mut client = element.client();
    let sign = |key: &SigningKey, challenge| key.sign(&binding::tamper_clear(&ueid, &challenge)).to_bytes();

    let drawn = support::tamper_challenge(&mut client);
    let forged = Request::TamperClear { signature: sign(&SigningKey::from_bytes(&[8; 32]), drawn) };
    refused_with(&mut client, &forged, RefusalCode::NotAuthorised);
    let late = Request::TamperClear { signature: sign(&provisioner, drawn) };
    refused_with(&mut client, &late, RefusalCode::NotAuthorised);
    let signature = sign(&provisioner, support::tamper_challenge(&mut client));
    support::granted(&mut client, &Request::TamperClear { signature });
    refused_with(&mut client, &Request::TamperClear { signature }, RefusalCode::NotTampered);

    challenge(&mut client, &BEGIN);
    let (bytes, _) = token(&mut client, &ATTEST);
    let Said { public_key: key, certificate, .. } = support::identity(&mut client);
    assert_eq!(support::verify(&bytes, &key).uint(eat::TAMPER), 0);
    assert!(certificate.is_empty(), "cleared is not certified");
}

#[test]
fn nothing_but_who_it_is_is_told_outside_the_channel() {
    let place = tempfile::tempdir().unwrap();
    let element = Started::new(place.path());
    let known = element.public_key();
    let mut stranger = element.plain_client();
    assert_eq!(support::identity(&mut stranger).public_key, known);
    let others =
        [BEGIN, ATTEST, Request::Counter, Request::Tamper, Request::Random { length: 8 }, Request::Firmware];
    for request in others {
        refused_with(&mut stranger, &request, RefusalCode::NoChannel);
    }
}

#[test]
fn the_first_host_is_paired_and_stays_the_only_one_through_a_restart() {
    let place = tempfile::tempdir().unwrap();
    let element = Started::new(place.path());
    drop(element.client_of(1).unwrap());
    assert_eq!(element.client_of(2).err(), Some(RefusalCode::UnknownHost));
    element.kill();
    let element = Started::new(place.path());
    assert_eq!(element.client_of(2).err(), Some(RefusalCode::UnknownHost));
    assert!(element.client_of(1).is_ok());
}

#[test]
fn it_measures_its_image_and_shows_what_it_is_told_to_show() {
    let place = tempfile::tempdir().unwrap();
    let element = Started::new(place.path());
    let mut client = element.client();
    let shown = || std::fs::read_to_string(place.path().join("state/indicator")).unwrap();
    assert_eq!(shown(), "off\n");
    support::granted(&mut client, &Request::Indicator { pattern: Pattern::Speak });
    assert_eq!(shown(), "speak\n");

    let (digest, length) = support::firmware(&mut client);
    let image = std::fs::read(env!("CARGO_BIN_EXE_wetsign-element-host")).unwrap();
    assert_eq!((digest, length), (support::identity(&mut client).firmware_digest, image.len() as u64));
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

    drop(client);
    let mut client = element.plain_client();
    support::send_raw(&mut client, &support::frame_of(9, &[0x82, 0x05, 0x80]));
    assert_eq!(support::refusal(&mut client), RefusalCode::UnsupportedVersion);
    support::send_raw(&mut client, &support::frame_of(2, &[0x82, 0x18, 0x05, 0x80]));
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

#[test]
fn where_no_element_has_run_there_is_no_case_to_open() {
    let place = tempfile::tempdir().unwrap();
    let told = support::tamper(place.path());
    assert_eq!(told.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&told.stderr).contains("there is no case to open"), "{told:?}");
    assert_eq!(std::fs::read_dir(place.path()).unwrap().count(), 0);
}
