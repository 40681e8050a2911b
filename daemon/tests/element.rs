//! The client against an element that misbehaves, on a socket and on a serial line.

mod peer;

use std::time::Duration;

use peer::{Fault, Peer, listen};
use tempfile::TempDir;
use tokio_serial::{SerialPort, SerialStream};
use wetsignd::element::{Capture, ElementAddress, ElementClient, ElementError, Pattern, SessionBinding};
use zeroize::Zeroizing;

const BINDING: SessionBinding =
    SessionBinding { request_id: [1; 32], verdict_id: [2; 32], validator_key: [3; 32] };
const CAPTURE: Capture =
    Capture { probe_commitment: [4; 32], report_digest: [5; 32], manifest_digest: [6; 32] };

fn client_of(peers: Vec<Peer>) -> (TempDir, ElementClient) {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("element.sock");
    listen(&path, peers);
    (place, client_at(ElementAddress::Unix(path)))
}

fn client_at(address: ElementAddress) -> ElementClient {
    ElementClient::new(address, Zeroizing::new([8; 32]))
}

/// Whether an error is the one to be expected.
type Expected = fn(&ElementError) -> bool;

/// One fault, then an element that behaves.
fn client_with(fault: Fault) -> (TempDir, ElementClient) {
    client_of(vec![Peer::new(fault), Peer::new(Fault::None)])
}

#[tokio::test]
async fn each_fault_refuses_the_request_at_hand_and_the_next_one_connects_again() {
    let faults: [(Fault, Expected); 7] = [
        (Fault::Silence, |error| matches!(error, ElementError::Deadline { request: "begin", .. })),
        (Fault::HangUp, |error| matches!(error, ElementError::Connection { .. })),
        (Fault::HangUpHalfWay, |error| matches!(error, ElementError::Connection { .. })),
        (Fault::Damage, |error| matches!(error, ElementError::Frame { .. })),
        (Fault::Forge, |error| matches!(error, ElementError::Channel { request: "begin" })),
        (Fault::InTheClear, |error| matches!(error, ElementError::Unexpected { .. })),
        (Fault::AnotherAnswer, |error| matches!(error, ElementError::Unexpected { answer: "SelfTest", .. })),
    ];
    for (fault, expected) in faults {
        let (_place, mut client) = client_with(fault);
        client.identity().await.unwrap();
        if fault == Fault::Silence {
            client = client.with_deadline(Duration::from_millis(50));
        }
        let error = client.begin(&BINDING).await.unwrap_err();
        assert!(expected(&error), "{fault:?}: {error:?}");
        client = client.with_deadline(Duration::from_secs(20));
        // An answer that was sound and another one leaves the connection as it is, and the peer at its fault.
        if fault != Fault::AnotherAnswer {
            assert_eq!(client.begin(&BINDING).await.unwrap(), [7; 32], "{fault:?}");
        }
    }
}

#[tokio::test]
async fn an_answer_to_an_older_request_is_not_taken_for_the_one_at_hand() {
    let (_place, mut client) = client_with(Fault::StaleFirst);
    assert_eq!(client.begin(&BINDING).await.unwrap(), [7; 32]);
    assert_eq!(client.attest(&CAPTURE).await.unwrap().counter, 1);
}

#[tokio::test]
async fn a_counter_below_the_one_remembered_is_refused_before_anything_is_asked() {
    let (_place, client) = client_of(vec![Peer { counter: 40, ..Peer::new(Fault::None) }]);
    let mut client = client.with_counter_floor(41);
    for _ in 0..2 {
        let error = client.begin(&BINDING).await.unwrap_err();
        assert!(matches!(error, ElementError::CounterWentBack { found: 40, floor: 41 }), "{error}");
    }
}

#[tokio::test]
async fn a_counter_that_goes_back_between_two_connections_is_refused() {
    let older = Peer { counter: 3, ..Peer::new(Fault::None) };
    let (_place, mut client) = client_of(vec![Peer { counter: 5, ..Peer::new(Fault::HangUp) }, older]);
    assert_eq!(client.identity().await.unwrap().counter, 5);
    assert!(matches!(client.counter().await, Err(ElementError::Connection { .. })));
    let error = client.counter().await.unwrap_err();
    assert!(matches!(error, ElementError::CounterWentBack { found: 3, floor: 5 }), "{error}");
}

#[tokio::test]
async fn a_token_whose_counter_stands_still_is_refused() {
    let (_place, mut client) = client_of(vec![Peer { counter: 5, counts: false, ..Peer::new(Fault::None) }]);
    client.begin(&BINDING).await.unwrap();
    let error = client.attest(&CAPTURE).await.unwrap_err();
    assert!(matches!(error, ElementError::CounterWentBack { found: 5, floor: 5 }), "{error}");
}

#[tokio::test]
async fn another_element_at_the_same_address_is_refused_and_told_nothing() {
    let other = Peer { key: 2, ..Peer::new(Fault::None) };
    let (_place, mut client) = client_of(vec![Peer::new(Fault::HangUp), other]);
    client.identity().await.unwrap();
    assert!(client.seal(&[0; 32], b"template").await.is_err());
    let error = client.seal(&[0; 32], b"template").await.unwrap_err();
    assert!(matches!(error, ElementError::AnotherElement { .. }), "{error}");
}

#[tokio::test]
async fn an_element_that_is_not_the_certified_one_is_refused_from_the_first_connection_on() {
    let (_place, client) = client_of(vec![Peer::new(Fault::None)]);
    let mut client = client.with_certified_keys([2; 32], wetsign_wire::channel::public_key(&[2; 32]));
    let error = client.identity().await.unwrap_err();
    assert!(matches!(error, ElementError::AnotherElement { .. }), "{error}");
}

#[tokio::test]
async fn a_tampered_element_with_new_keys_says_who_it_is_and_is_asked_for_nothing() {
    let opened = Peer { key: 2, tamper: 4, ..Peer::new(Fault::HangUp) };
    let impostor = Peer { key: 2, ..Peer::new(Fault::None) };
    let (_place, mut client) = client_of(vec![Peer::new(Fault::HangUp), opened, impostor]);
    client.identity().await.unwrap();
    assert!(client.counter().await.is_err());

    assert_eq!(client.identity().await.unwrap().tamper, 4);
    for _ in 0..2 {
        let error = client.seal(&[0; 32], b"template").await.unwrap_err();
        assert!(matches!(error, ElementError::Tampered { lines: 4 }), "{error}");
    }
    assert!(client.counter().await.is_err(), "hung up");
    // Keys that were only ever seen with the latch set are not the ones to come back to.
    let error = client.seal(&[0; 32], b"template").await.unwrap_err();
    assert!(matches!(error, ElementError::AnotherElement { .. }), "{error}");
}

#[tokio::test]
async fn nobody_at_the_address_is_said_with_the_address() {
    let error = client_at("unix:/nowhere/element.sock".parse().unwrap()).identity().await.unwrap_err();
    assert!(error.to_string().contains("unix:/nowhere/element.sock"), "{error}");
    let error = client_at("usb:1209:ffff:NOBODY".parse().unwrap()).identity().await.unwrap_err();
    assert!(matches!(error, ElementError::Connect { .. }), "{error}");
}

/// A pseudo-terminal stands in for a serial port; what an older connection left on it does not disturb a new one.
#[tokio::test]
async fn the_same_element_is_served_over_a_serial_line() {
    let (board, port) = SerialStream::pair().unwrap();
    let path = port.name().unwrap();
    // Without a lock, so that the client gets it; open, so that the line stays up between two clients.
    let _held = std::fs::OpenOptions::new().read(true).write(true).open(&path).unwrap();
    drop(port);
    let address = ElementAddress::Serial(path.into());
    tokio::spawn(async move { Peer::new(Fault::None).serve(board).await });

    for _ in 0..2 {
        let mut client = client_at(address.clone());
        assert_eq!(client.begin(&BINDING).await.unwrap(), [7; 32]);
        client.indicate(Pattern::Look).await.unwrap();
        assert!(client.attest(&CAPTURE).await.unwrap().counter > 0);
    }
}
