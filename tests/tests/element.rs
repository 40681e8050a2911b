//! The daemon's client and the real secure element in its own process: pairing, restarts, an opened case.

use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
};

use tokio::net::UnixStream;
use tokio_serial::{SerialPort, SerialStream};
use wetsign_attest::{
    eat::Attestation,
    id::{PublicKey, sha256},
};
use wetsign_tests::process;
use wetsignd::element::{
    Capture, ElementAddress, ElementClient, ElementError, Pattern, RefusalCode, SessionBinding,
};
use zeroize::Zeroizing;

const BINDING: SessionBinding =
    SessionBinding { request_id: [1; 32], verdict_id: [2; 32], validator_key: [3; 32] };
/// Of this validator's template.
fn label() -> [u8; 32] {
    sha256(&[b"wetsign/template-seal/1", &BINDING.validator_key])
}

const CAPTURE: Capture =
    Capture { probe_commitment: [4; 32], report_digest: [5; 32], manifest_digest: [6; 32] };

/// A running element; killed when dropped.
struct Started(Child);

impl Started {
    fn at(place: &Path) -> Self {
        let program = process::programs().unwrap().join("wetsign-element-host");
        let mut child = Command::new(program)
            .args(["run", "--state"])
            .arg(place.join("state"))
            .arg("--socket")
            .arg(place.join("element.sock"))
            .stdout(Stdio::piped())
            .spawn()
            .expect("wetsign-element-host is built: cargo build -p wetsign-element-host");
        let mut ready = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut ready).unwrap();
        assert!(ready.contains("\"ready\":true"), "{ready}");
        Self(child)
    }
}

impl Drop for Started {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn client(place: &Path, host: u8) -> ElementClient {
    let address = ElementAddress::Unix(place.join("element.sock"));
    ElementClient::new(address, Zeroizing::new([host; 32]))
}

fn open_case(place: &Path) {
    std::fs::write(place.join("state/case-open"), []).unwrap();
}

#[tokio::test]
async fn a_restart_costs_the_session_and_the_next_request_connects_again() {
    let place = tempfile::tempdir().unwrap();
    let element = Started::at(place.path());
    let mut client = client(place.path(), 1);
    let sealed = client.seal(&label(), b"template").await.unwrap();
    client.begin(&BINDING).await.unwrap();

    drop(element);
    let lost = client.attest(&CAPTURE).await.unwrap_err();
    assert!(matches!(lost, ElementError::Connection { .. }), "{lost}");
    let absent = client.begin(&BINDING).await.unwrap_err();
    assert!(matches!(absent, ElementError::Connect { .. }), "{absent}");

    let _element = Started::at(place.path());
    let none = client.attest(&CAPTURE).await.unwrap_err();
    assert!(matches!(none, ElementError::Refused { code: RefusalCode::NoSession, .. }), "{none}");
    client.begin(&BINDING).await.unwrap();
    assert_eq!(&client.unseal(&label(), &sealed).await.unwrap()[..], b"template");
    // The session that was lost used up the first number.
    assert_eq!(client.attest(&CAPTURE).await.unwrap().counter, 2);
}

#[tokio::test]
async fn another_host_is_not_let_in_and_the_first_one_stays() {
    let place = tempfile::tempdir().unwrap();
    let _element = Started::at(place.path());
    let mut first = client(place.path(), 1);
    first.identity().await.unwrap();
    drop(first);

    let refused = client(place.path(), 2).identity().await.unwrap_err();
    assert!(matches!(refused, ElementError::UnknownHost), "{refused}");
    assert!(client(place.path(), 1).identity().await.is_ok());
}

#[tokio::test]
async fn a_case_opened_in_mid_session_ends_it_and_what_the_element_signs_later_says_so() {
    let place = tempfile::tempdir().unwrap();
    let _element = Started::at(place.path());
    let mut client = client(place.path(), 1);
    let before = client.identity().await.unwrap();
    let sealed = client.seal(&label(), b"template").await.unwrap();
    client.begin(&BINDING).await.unwrap();

    open_case(place.path());

    let refused = client.attest(&CAPTURE).await.unwrap_err();
    assert!(matches!(refused, ElementError::Tampered { lines: 1 }), "{refused}");
    let after = client.identity().await.unwrap();
    assert_eq!((after.tamper, after.ueid), (1, before.ueid));
    assert!(after.public_key != before.public_key && after.channel_key != before.channel_key);
    for refused in [
        client.unseal(&label(), &sealed).await.err(),
        client.seal(&label(), b"template").await.err(),
        client.begin(&BINDING).await.err(),
    ] {
        assert!(matches!(refused, Some(ElementError::Tampered { lines: 1 })), "{refused:?}");
    }
}

#[tokio::test]
async fn over_a_serial_line_a_session_gives_a_token_that_the_auditor_reads() {
    let place = tempfile::tempdir().unwrap();
    let _element = Started::at(place.path());
    let (mut board, port) = SerialStream::pair().unwrap();
    let path = port.name().unwrap();
    // Without a lock, so that the client gets it; open, so that the line stays up between two clients.
    let _held = std::fs::OpenOptions::new().read(true).write(true).open(&path).unwrap();
    drop(port);
    let address = ElementAddress::Serial(path.into());
    let mut socket = UnixStream::connect(place.path().join("element.sock")).await.unwrap();
    tokio::spawn(async move { tokio::io::copy_bidirectional(&mut board, &mut socket).await });

    let mut client = ElementClient::new(address, Zeroizing::new([1; 32]));
    let identity = client.identity().await.unwrap();
    let firmware = client.firmware().await.unwrap();
    assert_eq!(firmware.digest, identity.firmware_digest);
    client.indicate(Pattern::Look).await.unwrap();
    assert_eq!(std::fs::read_to_string(place.path().join("state/indicator")).unwrap(), "look\n");
    assert_eq!(client.self_test().await.unwrap().failed, 0);
    client.begin(&BINDING).await.unwrap();
    let token = client.attest(&CAPTURE).await.unwrap();

    let attestation = Attestation::decode(&token.bytes, &PublicKey::Ed25519(identity.public_key)).unwrap();
    assert_eq!(attestation.claims().firmware.0, firmware.digest);
    assert_eq!(attestation.claims().home.as_str(), "program");
}
