//! Starts the program, speaks to it, and reads its tokens with independent means.

use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    os::unix::{fs::PermissionsExt, net::UnixStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use coset::{CborSerializable, CoseSign1, TaggedCborSerializable, cbor::Value, iana, iana::EnumI64};
use ed25519_dalek::{Signature, VerifyingKey};
use serde_json::Value as Json;
use sha2::{Digest, Sha256};
use wetsign_wire::{Answer, FrameReader, RefusalCode, Request, Response, encode_frame, limits};

const PROGRAM: &str = env!("CARGO_BIN_EXE_wetsign-element-host");

/// A running element; killed when dropped.
pub struct Started {
    child: Child,
    ready: Json,
    pub socket: PathBuf,
}

impl Started {
    pub fn new(place: &Path) -> Self {
        Self::start(place, &[])
    }

    pub fn with_certificate(place: &Path, certificate: &[u8]) -> Self {
        let file = place.join("given-certificate");
        fs::write(&file, certificate).unwrap();
        Self::start(place, &["--certificate", file.to_str().unwrap()])
    }

    fn start(place: &Path, more: &[&str]) -> Self {
        let socket = place.join("element.sock");
        let mut child = command(&place.join("state"), &socket)
            .args(more)
            .stdout(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let ready: Json = serde_json::from_str(&line).expect("the first line is JSON");
        assert_eq!(ready["ready"], true);
        Self { child, ready, socket }
    }

    pub fn client(&self) -> Client {
        let stream = UnixStream::connect(&self.socket).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        Client { stream, reader: FrameReader::new(), sequence: 0 }
    }

    pub fn said(&self, name: &str) -> String {
        self.ready[name].as_str().unwrap().to_owned()
    }

    pub fn public_key(&self) -> [u8; 32] {
        hex::decode(self.said("public_key")).unwrap().try_into().unwrap()
    }

    /// As `kill -9` does.
    pub fn kill(self) {
        drop(self);
    }
}

impl Drop for Started {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn command(state: &Path, socket: &Path) -> Command {
    let mut command = Command::new(PROGRAM);
    command.arg("run").arg("--state").arg(state).arg("--socket").arg(socket);
    command
}

/// Expects a refused start and returns what was said on standard error.
pub fn fails_to_start(place: &Path) -> String {
    fails_to_start_at(&place.join("state"), &place.join("other.sock"))
}

pub fn fails_to_start_at(state: &Path, socket: &Path) -> String {
    let output = command(state, socket).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    String::from_utf8(output.stderr).unwrap()
}

pub fn open_case(place: &Path) {
    let status =
        Command::new(PROGRAM).arg("tamper").arg("--state").arg(place.join("state")).status().unwrap();
    assert!(status.success());
}

pub fn close_case(place: &Path) {
    fs::remove_file(place.join("state/case-open")).unwrap();
}

pub fn spoil(place: &Path, name: &str, content: Option<&str>) {
    let file = place.join("state").join(name);
    match content {
        Some(content) => fs::write(file, content).unwrap(),
        None => fs::remove_file(file).unwrap(),
    }
}

pub fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

/// A client on one connection.
pub struct Client {
    stream: UnixStream,
    reader: FrameReader,
    sequence: u16,
}

impl Client {
    fn ask<T>(&mut self, request: &Request<'_>, read: impl FnOnce(Response<'_>) -> T) -> T {
        self.sequence += 1;
        let mut out = [0; limits::FRAME];
        let frame = encode_frame(self.sequence, request, &mut out).unwrap();
        self.stream.write_all(frame).unwrap();
        self.receive(read)
    }

    fn receive<T>(&mut self, read: impl FnOnce(Response<'_>) -> T) -> T {
        let mut byte = [0];
        loop {
            self.stream.read_exact(&mut byte).expect("the element answers");
            if self.reader.push(byte[0]) {
                return read(self.reader.frame().unwrap().response().unwrap());
            }
        }
    }
}

macro_rules! answered {
    ($client:expr, $request:expr, $pattern:pat => $value:expr) => {
        $client.ask($request, |response| match response.answer {
            $pattern => $value,
            other => panic!("unexpected answer {other:?}"),
        })
    };
}

pub fn challenge(client: &mut Client, begin: &Request<'_>) -> [u8; 32] {
    answered!(client, begin, Answer::Begun { challenge } => challenge)
}

pub fn token(client: &mut Client, attest: &Request<'_>) -> (Vec<u8>, u64) {
    answered!(client, attest, Answer::Token { token, counter } => (token.to_vec(), counter))
}

pub fn seal(client: &mut Client, label: [u8; 32], plain: &[u8]) -> Vec<u8> {
    answered!(client, &Request::Seal { label, plain }, Answer::Sealed { sealed } => sealed.to_vec())
}

pub fn unseal(client: &mut Client, label: [u8; 32], sealed: &[u8]) -> Vec<u8> {
    answered!(client, &Request::Unseal { label, sealed }, Answer::Unsealed { plain } => plain.to_vec())
}

pub fn counter(client: &mut Client) -> u64 {
    answered!(client, &Request::Counter, Answer::Counter { value } => value)
}

pub fn random(client: &mut Client, length: u8) -> Vec<u8> {
    answered!(client, &Request::Random { length }, Answer::Random { bytes } => bytes.to_vec())
}

pub fn self_test(client: &mut Client) -> u8 {
    answered!(client, &Request::SelfTest, Answer::SelfTest { failed } => failed)
}

pub fn end(client: &mut Client) {
    answered!(client, &Request::End, Answer::Ended => ());
}

/// Public key and certificate.
pub fn identity(client: &mut Client) -> ([u8; 32], Vec<u8>) {
    answered!(client, &Request::Identity, Answer::Identity(id) => (id.public_key, id.certificate.to_vec()))
}

pub fn refused_with(client: &mut Client, request: &Request<'_>, expected: RefusalCode) {
    let code = answered!(client, request, Answer::Refused { code, .. } => code);
    assert_eq!(code, expected, "{request:?}");
}

pub fn refusal(client: &mut Client) -> RefusalCode {
    client.receive(|response| match response.answer {
        Answer::Refused { code, .. } => code,
        other => panic!("unexpected answer {other:?}"),
    })
}

pub fn send_raw(client: &mut Client, bytes: &[u8]) {
    client.stream.write_all(bytes).unwrap();
}

/// A sound frame of any version around any message, made bit by bit (CRC-32C, reflected polynomial).
pub fn frame_of(version: u8, message: &[u8]) -> Vec<u8> {
    let mut body = vec![version, 0, 77];
    body.extend(message);
    let crc = !body.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| (crc >> 1) ^ (0x82f6_3b78 & (crc & 1).wrapping_neg()))
    });
    body.extend(crc.to_be_bytes());
    let mut stuffed = Vec::new();
    for run in body.split(|byte| *byte == 0) {
        stuffed.push(u8::try_from(run.len() + 1).unwrap());
        stuffed.extend(run);
    }
    stuffed.push(0);
    stuffed
}

pub fn sha256(parts: &[&[u8; 32]]) -> Vec<u8> {
    Sha256::digest(parts.iter().flat_map(|part| **part).collect::<Vec<u8>>()).to_vec()
}

/// Whether the token is a COSE_Sign1 of our shape with a good signature.
pub fn verifies(token: &[u8], key: &[u8; 32]) -> bool {
    let Ok(sign1) = CoseSign1::from_tagged_slice(token) else { return false };
    let algorithm = coset::RegisteredLabelWithPrivate::Assigned(iana::Algorithm::EdDSA);
    sign1.protected.header.alg == Some(algorithm)
        && sign1.unprotected.is_empty()
        && sign1.clone().to_tagged_vec().is_ok_and(|again| again == token)
        && sign1
            .verify_signature(&[], |signature, signed| {
                let signature = Signature::from_slice(signature).map_err(|_| ())?;
                VerifyingKey::from_bytes(key).unwrap().verify_strict(signed, &signature).map_err(|_| ())
            })
            .is_ok()
}

/// Checks the signature and returns the claims.
pub fn verify(token: &[u8], key: &[u8; 32]) -> Claims {
    assert_eq!(iana::Algorithm::EdDSA.to_i64(), wetsign_wire::eat::ALG);
    assert!(verifies(token, key), "the token does not verify");
    let payload = CoseSign1::from_tagged_slice(token).unwrap().payload.unwrap();
    let value = Value::from_slice(&payload).unwrap();
    assert_eq!(value.clone().to_vec().unwrap(), payload, "shortest forms only");
    Claims(value.into_map().unwrap())
}

/// A verified claims set.
pub struct Claims(Vec<(Value, Value)>);

impl Claims {
    pub fn keys(&self) -> Vec<i64> {
        self.0.iter().map(|(key, _)| i64::try_from(key.as_integer().unwrap()).unwrap()).collect()
    }

    fn get(&self, key: i64) -> &Value {
        &self.0.iter().find(|(found, _)| *found == Value::from(key)).expect("the claim is there").1
    }

    pub fn bytes(&self, key: i64) -> &[u8] {
        self.get(key).as_bytes().unwrap()
    }

    pub fn text(&self, key: i64) -> &str {
        self.get(key).as_text().unwrap()
    }

    pub fn uint(&self, key: i64) -> u64 {
        u64::try_from(self.get(key).as_integer().unwrap()).unwrap()
    }

    pub fn flag(&self, key: i64) -> bool {
        self.get(key).as_bool().unwrap()
    }

    /// SHA-256 inside the CoSWID of the measurement.
    pub fn firmware_digest(&self) -> Vec<u8> {
        let formats = self.get(wetsign_wire::eat::MEASUREMENTS).as_array().unwrap();
        let format = formats[0].as_array().unwrap();
        assert_eq!(format[0], Value::from(258));
        let tag = Value::from_slice(format[1].as_bytes().unwrap()).unwrap();
        let step = |map: &Value, key: i64| -> Value {
            let map = map.as_map().unwrap();
            map.iter().find(|(found, _)| *found == Value::from(key)).unwrap().1.clone()
        };
        let hash = step(&step(&step(&tag, 3), 17), 7);
        assert_eq!(hash.as_array().unwrap()[0], Value::from(1));
        hash.as_array().unwrap()[1].as_bytes().unwrap().clone()
    }
}
