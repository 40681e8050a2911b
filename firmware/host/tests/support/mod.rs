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
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use serde_json::{Value as Json, json};
use sha2::{Digest, Sha256};
use wetsign_wire::{
    Answer, FrameReader, Kind, RefusalCode, Request, Response,
    channel::{Channel, Opening},
    eat::Home,
    encode_clear, encode_handshake, encode_sealed, limits,
};

const PROGRAM: &str = env!("CARGO_BIN_EXE_wetsign-element-host");

/// A running element; killed when dropped.
pub struct Started {
    child: Child,
    pub socket: PathBuf,
}

/// What an element says of itself.
pub struct Said {
    pub public_key: [u8; 32],
    pub channel_key: [u8; 32],
    pub ueid: [u8; 17],
    pub home: Home,
    pub firmware_digest: [u8; 32],
    pub certificate: Vec<u8>,
}

impl Started {
    pub fn new(place: &Path) -> Self {
        let socket = place.join("element.sock");
        let mut child = command(&place.join("state"), &socket)
            .stdout(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let ready: Json = serde_json::from_str(&line).expect("the first line is JSON");
        assert_eq!(ready, json!({ "ready": true, "socket": socket.to_str() }));
        Self { child, socket }
    }

    /// Provisioned by `provisioner`, with a chain for its own keys.
    pub fn provisioned(place: &Path, provisioner: &SigningKey) -> Self {
        let element = Self::new(place);
        let chain = chain(&element.said(), provisioner);
        granted(&mut element.client(), &Request::Provision { chain: &chain });
        element
    }

    /// The host that is paired first in these tests, its channel open.
    pub fn client(&self) -> Client {
        self.client_of(1).expect("the element lets the first host in")
    }

    /// A host with another key.
    pub fn client_of(&self, host: u8) -> Result<Client, RefusalCode> {
        let mut client = self.plain_client();
        client.open(host).map(|()| client)
    }

    /// Connected, without a channel.
    pub fn plain_client(&self) -> Client {
        let stream = UnixStream::connect(&self.socket).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        Client { stream, reader: FrameReader::new(), sequence: 0, channel: None }
    }

    /// Asked anew, without a channel.
    pub fn said(&self) -> Said {
        identity(&mut self.plain_client())
    }

    pub fn public_key(&self) -> [u8; 32] {
        self.said().public_key
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
    assert!(tamper(&place.join("state")).status.success());
}

/// Opens the case of the element in a folder, as a person would.
pub fn tamper(state: &Path) -> std::process::Output {
    Command::new(PROGRAM).arg("tamper").arg("--state").arg(state).output().unwrap()
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

macro_rules! answered {
    ($client:expr, $request:expr, $pattern:pat => $value:expr) => {
        $client.ask($request, |response| match response.answer {
            $pattern => $value,
            other => panic!("unexpected answer {other:?}"),
        })
    };
}

/// A client on one connection.
pub struct Client {
    stream: UnixStream,
    reader: FrameReader,
    sequence: u16,
    channel: Option<Channel>,
}

impl Client {
    /// Inside the channel; in the clear if there is none.
    pub fn ask<T>(&mut self, request: &Request<'_>, read: impl FnOnce(Response<'_>) -> T) -> T {
        self.sequence += 1;
        let (mut scratch, mut out) = ([0; limits::FRAME], [0; limits::FRAME]);
        let frame = match &mut self.channel {
            Some(channel) => encode_sealed(channel, self.sequence, request, &mut scratch, &mut out),
            None => encode_clear(self.sequence, request, &mut out),
        };
        self.stream.write_all(frame.unwrap()).unwrap();
        self.receive(read)
    }

    fn receive<T>(&mut self, read: impl FnOnce(Response<'_>) -> T) -> T {
        self.wait_for_frame();
        let frame = self.reader.frame().unwrap();
        match (frame.header.kind, &mut self.channel) {
            (Kind::Channel, Some(channel)) => {
                read(Response::from_bytes(frame.decrypt(channel).unwrap()).unwrap())
            }
            (Kind::Clear, _) => read(Response::from_bytes(frame.payload).unwrap()),
            (other, _) => panic!("unexpected frame of kind {other:?}"),
        }
    }

    fn wait_for_frame(&mut self) {
        let mut byte = [0];
        loop {
            self.stream.read_exact(&mut byte).expect("the element answers");
            if self.reader.push(byte[0]) {
                return;
            }
        }
    }

    /// Opens the channel anew.
    pub fn open(&mut self, host: u8) -> Result<(), RefusalCode> {
        self.channel = None;
        let (key, ueid) =
            answered!(self, &Request::Identity, Answer::Identity(id) => (id.channel_key, id.ueid));
        let mut ephemeral = [0x40; 32];
        ephemeral[..2].copy_from_slice(&self.sequence.to_be_bytes());
        let (opening, message) = Opening::new(&[host; 32], &ephemeral, &key, &ueid).unwrap();
        let mut out = [0; limits::FRAME];
        self.stream.write_all(encode_handshake(1, &message, &mut out).unwrap()).unwrap();
        self.wait_for_frame();
        let frame = self.reader.frame().unwrap();
        if frame.header.kind == Kind::Clear {
            return match Response::from_bytes(frame.payload).unwrap().answer {
                Answer::Refused { code, .. } => Err(code),
                other => panic!("unexpected answer {other:?}"),
            };
        }
        self.channel = Some(opening.finish(frame.payload).unwrap());
        Ok(())
    }
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
    answered!(client, &Request::End, Answer::Done => ());
}

pub fn identity(client: &mut Client) -> Said {
    answered!(client, &Request::Identity, Answer::Identity(id) => Said {
        public_key: id.public_key,
        channel_key: id.channel_key,
        ueid: id.ueid,
        home: id.home,
        firmware_digest: id.firmware_digest,
        certificate: id.certificate.to_vec(),
    })
}

pub fn refused_with(client: &mut Client, request: &Request<'_>, expected: RefusalCode) {
    let code = answered!(client, request, Answer::Refused { code, .. } => code);
    assert_eq!(code, expected, "{request:?}");
}

pub fn refused(client: &mut Client, request: &Request<'_>) -> RefusalCode {
    answered!(client, request, Answer::Refused { code, .. } => code)
}

pub fn granted(client: &mut Client, request: &Request<'_>) {
    answered!(client, request, Answer::Done => ());
}

pub fn tamper_challenge(client: &mut Client) -> [u8; 32] {
    answered!(client, &Request::TamperChallenge, Answer::TamperChallenge { challenge } => challenge)
}

pub fn firmware(client: &mut Client) -> ([u8; 32], u64) {
    answered!(client, &Request::Firmware, Answer::Firmware { digest, length } => (digest, length))
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
    let mut body = vec![version, 0, 0, 77];
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

/// A certificate chain as a provisioner makes it, by `coset`.
fn chain(element: &Said, provisioner: &SigningKey) -> Vec<u8> {
    let entries: [Value; 9] = [
        "wetsign/device/1".into(),
        element.public_key.as_slice().into(),
        element.channel_key.as_slice().into(),
        element.ueid.as_slice().into(),
        "wetsign-software-element".into(),
        2.into(),
        1.into(),
        u32::MAX.into(),
        provisioner.verifying_key().as_bytes().as_slice().into(),
    ];
    let payload = Value::Map((0..).map(|key: u8| key.into()).zip(entries).collect());
    let header = coset::HeaderBuilder::new().algorithm(iana::Algorithm::EdDSA).build();
    let envelope = coset::CoseSign1Builder::new()
        .protected(header)
        .payload(payload.to_vec().unwrap())
        .create_signature(b"wetsign/device/1", |data| provisioner.sign(data).to_bytes().to_vec())
        .build()
        .to_tagged_vec()
        .unwrap();
    Value::Array(vec![envelope.into(), b"provisioner".as_slice().into()]).to_vec().unwrap()
}

pub fn sha256(parts: &[&[u8]]) -> [u8; 32] {
    Sha256::digest(parts.concat()).into()
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
