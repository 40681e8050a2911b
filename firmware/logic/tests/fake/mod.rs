//! A board in memory whose parts can be made to fail.

pub mod host;

use std::{cell::RefCell, collections::BTreeMap, rc::Rc};

use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use minicbor::{Decoder, Encoder, data::Type};
use sha2::{Digest, Sha256};
use wetsign_element::{
    BootError, Clock, Element, Entropy, FirmwareImage, Hardware, Indicator, MonotonicCounter, Parts, Profile,
    Record, Signer, SoftSigner, Storage, TamperInputs,
    hardware::{CounterFailed, EntropyFailed, ImageFailed, NoKey, StorageFailed},
};
use wetsign_wire::{Pattern, certificate, eat, limits};

#[derive(Default)]
struct State {
    now: u64,
    case: u8,
    case_at_signature: u8,
    counter: u64,
    counter_broken: bool,
    record: Option<Record>,
    certificate: Vec<u8>,
    storage_broken: bool,
    draws: u64,
    entropy_broken: bool,
    entropy_broke: bool,
    entropy_stuck: bool,
    public_key: Option<[u8; 32]>,
    shown: Pattern,
}

/// The board's state, which outlives a restart and is shared with the test.
#[derive(Default, Clone)]
pub struct Shared(Rc<RefCell<State>>);

impl Shared {
    pub fn now(&self) -> u64 {
        self.0.borrow().now
    }
    pub fn wait(&self, ms: u64) {
        self.0.borrow_mut().now += ms;
    }
    pub fn clock_back(&self, ms: u64) {
        let mut state = self.0.borrow_mut();
        state.now = state.now.saturating_sub(ms);
    }
    pub fn case(&self) -> u8 {
        self.0.borrow().case
    }
    pub fn open_case(&self, lines: u8) {
        self.0.borrow_mut().case = lines;
    }
    pub fn open_case_at_next_signature(&self, lines: u8) {
        self.0.borrow_mut().case_at_signature = lines;
    }
    pub fn counter_fails(&self, fails: bool) {
        self.0.borrow_mut().counter_broken = fails;
    }
    pub fn counter_broken(&self) -> bool {
        self.0.borrow().counter_broken
    }
    pub fn durable_counter(&self) -> u64 {
        self.0.borrow().counter
    }
    /// The durable record.
    pub fn stored(&self) -> Record {
        self.0.borrow().record.clone().expect("booted once")
    }
    pub fn certificate(&self) -> Vec<u8> {
        self.0.borrow().certificate.clone()
    }
    pub fn shown(&self) -> Pattern {
        self.0.borrow().shown
    }
    pub fn storage_fails(&self, fails: bool) {
        self.0.borrow_mut().storage_broken = fails;
    }
    pub fn storage_broken(&self) -> bool {
        self.0.borrow().storage_broken
    }
    pub fn entropy_fails(&self, fails: bool) {
        let mut state = self.0.borrow_mut();
        state.entropy_broken = fails;
        state.entropy_broke |= fails;
    }
    pub fn entropy_broke_since_boot(&self) -> bool {
        self.0.borrow().entropy_broke
    }
    pub fn entropy_stuck(&self) {
        self.0.borrow_mut().entropy_stuck = true;
    }
    /// As after repair: everything works again.
    pub fn heal(&self) {
        let mut state = self.0.borrow_mut();
        state.counter_broken = false;
        state.storage_broken = false;
        state.entropy_broken = false;
        state.entropy_broke = false;
        state.entropy_stuck = false;
    }
    pub fn public_key(&self) -> Option<[u8; 32]> {
        self.0.borrow().public_key
    }
}

pub struct Fake;

impl Hardware for Fake {
    type Signer = WatchedSigner;
    type Counter = Shared;
    type Tamper = Shared;
    type Clock = Shared;
    type Entropy = Shared;
    type Storage = Shared;
    type Indicator = Shared;
    type Firmware = Shared;
}

pub fn boot(shared: &Shared) -> Result<Element<Fake>, BootError> {
    let profile = Profile {
        hwmodel: "fake",
        swname: "wetsign-element",
        swversion: "0.1.0",
        debug: eat::debug::ENABLED,
        oemboot: false,
        home: eat::Home::Program,
        sessions: Profile::SESSIONS,
        seals: Profile::SEALS,
    };
    let parts = Parts {
        signer: WatchedSigner { signer: SoftSigner::default(), shared: shared.clone() },
        counter: shared.clone(),
        tamper: shared.clone(),
        clock: shared.clone(),
        entropy: shared.clone(),
        storage: shared.clone(),
        indicator: shared.clone(),
        firmware: shared.clone(),
    };
    Element::boot(parts, profile)
}

/// The software signer, watched, with a case that can open while it signs.
pub struct WatchedSigner {
    signer: SoftSigner,
    shared: Shared,
}

impl Signer for WatchedSigner {
    fn install(&mut self, seed: &[u8; 32]) {
        self.signer.install(seed);
        self.shared.0.borrow_mut().public_key = self.signer.public_key().ok();
    }
    fn public_key(&self) -> Result<[u8; 32], NoKey> {
        self.signer.public_key()
    }
    fn sign(&self, message: &[u8]) -> Result<[u8; 64], NoKey> {
        let signature = self.signer.sign(message)?;
        let mut state = self.shared.0.borrow_mut();
        state.case |= std::mem::take(&mut state.case_at_signature);
        Ok(signature)
    }
    fn erase(&mut self) {
        self.signer.erase();
        self.shared.0.borrow_mut().public_key = None;
    }
}

impl MonotonicCounter for Shared {
    fn read(&mut self) -> Result<u64, CounterFailed> {
        Ok(self.0.borrow().counter)
    }
    fn advance(&mut self) -> Result<u64, CounterFailed> {
        let mut state = self.0.borrow_mut();
        if state.counter_broken {
            return Err(CounterFailed);
        }
        state.counter += 1;
        Ok(state.counter)
    }
}

impl TamperInputs for Shared {
    fn read(&mut self) -> u8 {
        self.case()
    }
}

impl Clock for Shared {
    fn now_ms(&mut self) -> u64 {
        self.now()
    }
}

impl Entropy for Shared {
    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), EntropyFailed> {
        let mut state = self.0.borrow_mut();
        if state.entropy_broken {
            return Err(EntropyFailed);
        }
        if !state.entropy_stuck {
            state.draws += 1;
        }
        for (block, chunk) in bytes.chunks_mut(32).enumerate() {
            let mut hash = Sha256::new();
            hash.update(state.draws.to_be_bytes());
            hash.update([block as u8]);
            chunk.copy_from_slice(&hash.finalize()[..chunk.len()]);
        }
        Ok(())
    }
}

impl Storage for Shared {
    fn load(&mut self) -> Result<Option<Record>, StorageFailed> {
        Ok(self.0.borrow().record.clone())
    }
    fn store(&mut self, record: &Record) -> Result<(), StorageFailed> {
        let mut state = self.0.borrow_mut();
        if state.storage_broken {
            return Err(StorageFailed);
        }
        state.record = Some(record.clone());
        Ok(())
    }
    fn certificate(&mut self, out: &mut [u8; limits::CERTIFICATE]) -> Result<usize, StorageFailed> {
        let state = self.0.borrow();
        out[..state.certificate.len()].copy_from_slice(&state.certificate);
        Ok(state.certificate.len())
    }
    fn store_certificate(&mut self, certificate: &[u8]) -> Result<(), StorageFailed> {
        let mut state = self.0.borrow_mut();
        if state.storage_broken {
            return Err(StorageFailed);
        }
        state.certificate = certificate.to_vec();
        Ok(())
    }
}

impl Indicator for Shared {
    fn show(&mut self, pattern: Pattern) {
        self.0.borrow_mut().shown = pattern;
    }
}

/// The image, in two pieces.
pub const IMAGE: [&[u8]; 2] = [b"first part, ", b"second part"];

impl FirmwareImage for Shared {
    fn read(&mut self, part: &mut dyn FnMut(&[u8])) -> Result<(), ImageFailed> {
        IMAGE.into_iter().for_each(part);
        Ok(())
    }
}

/// A chain whose device certificate is for these keys, made by hand; the second half is not the element's business.
pub fn chain(device: &[u8; 32], channel: &[u8; 32], ueid: &[u8; 17], provisioner: &SigningKey) -> Vec<u8> {
    let mut payload = Encoder::new(Vec::new());
    payload.map(certificate::ENTRIES).unwrap().u8(0).unwrap().str(certificate::DEVICE).unwrap();
    payload.u8(1).unwrap().bytes(device).unwrap().u8(2).unwrap().bytes(channel).unwrap();
    payload.u8(3).unwrap().bytes(ueid).unwrap().u8(4).unwrap().str("fake").unwrap();
    payload
        .u8(5)
        .unwrap()
        .u8(2)
        .unwrap()
        .u8(6)
        .unwrap()
        .u32(1)
        .unwrap()
        .u8(7)
        .unwrap()
        .u32(u32::MAX)
        .unwrap();
    payload.u8(8).unwrap().bytes(provisioner.verifying_key().as_bytes()).unwrap();
    let payload = payload.into_writer();
    let mut signed = Encoder::new(Vec::new());
    signed.array(4).unwrap().str("Signature1").unwrap().bytes(&[0xa1, 0x01, 0x27]).unwrap();
    signed.bytes(certificate::DEVICE.as_bytes()).unwrap().bytes(&payload).unwrap();
    let signature = provisioner.sign(&signed.into_writer()).to_bytes();
    let mut envelope = Encoder::new(Vec::new());
    envelope.tag(minicbor::data::Tag::new(18)).unwrap().array(4).unwrap();
    envelope.bytes(&[0xa1, 0x01, 0x27]).unwrap().map(0).unwrap();
    envelope.bytes(&payload).unwrap().bytes(&signature).unwrap();
    let mut chain = Encoder::new(Vec::new());
    chain.array(2).unwrap().bytes(&envelope.into_writer()).unwrap().bytes(b"provisioner").unwrap();
    chain.into_writer()
}

/// Under which a validator's template is sealed.
pub fn label(validator: &[u8; 32]) -> [u8; 32] {
    Sha256::new().chain_update(b"wetsign/template-seal/1").chain_update(validator).finalize().into()
}

pub fn nonce(request: &[u8; 32], verdict: &[u8; 32], validator: &[u8; 32], challenge: &[u8; 32]) -> Vec<u8> {
    let mut hash = Sha256::new();
    for part in [request, verdict, validator, challenge] {
        hash.update(part);
    }
    hash.finalize().to_vec()
}

/// Claims of a token whose signature was checked, by key.
pub struct Claims(BTreeMap<i64, Vec<u8>>);

impl Claims {
    pub fn bytes(&self, key: i64) -> Vec<u8> {
        Decoder::new(&self.0[&key]).bytes().unwrap().to_vec()
    }
    pub fn uint(&self, key: i64) -> u64 {
        Decoder::new(&self.0[&key]).u64().unwrap()
    }
}

/// Takes the token apart by hand and checks its signature.
pub fn verify(token: &[u8], key: &[u8; 32]) -> Claims {
    let mut decoder = Decoder::new(token);
    assert_eq!(decoder.tag().unwrap().as_u64(), 18);
    assert_eq!(decoder.array().unwrap(), Some(4));
    let protected = decoder.bytes().unwrap();
    assert_eq!(protected, [0xa1, 0x01, 0x27]);
    assert_eq!(decoder.map().unwrap(), Some(0));
    let payload = decoder.bytes().unwrap();
    let signature = Signature::from_slice(decoder.bytes().unwrap()).unwrap();
    assert_eq!(decoder.position(), token.len());

    let mut signed = [0; 1024];
    let mut encoder = Encoder::new(minicbor::encode::write::Cursor::new(&mut signed[..]));
    encoder.array(4).unwrap().str("Signature1").unwrap().bytes(protected).unwrap();
    encoder.bytes(&[]).unwrap().bytes(payload).unwrap();
    let length = encoder.writer().position();
    VerifyingKey::from_bytes(key).unwrap().verify_strict(&signed[..length], &signature).expect("verifies");

    let mut claims = Decoder::new(payload);
    let count = claims.map().unwrap().unwrap();
    let mut found = BTreeMap::new();
    let mut last = Vec::new();
    for _ in 0..count {
        let from = claims.position();
        assert_ne!(claims.datatype().unwrap(), Type::String);
        let key = claims.i64().unwrap();
        let encoded = payload[from..claims.position()].to_vec();
        assert!(encoded > last, "deterministic order");
        last = encoded;
        let from = claims.position();
        skip(&mut claims);
        found.insert(key, payload[from..claims.position()].to_vec());
    }
    assert_eq!(claims.position(), payload.len());
    assert_eq!(found.len(), eat::CLAIMS.len());
    Claims(found)
}

fn skip(decoder: &mut Decoder<'_>) {
    match decoder.datatype().unwrap() {
        Type::Array => {
            for _ in 0..decoder.array().unwrap().unwrap() {
                skip(decoder);
            }
        }
        Type::Bytes => drop(decoder.bytes().unwrap()),
        Type::String => drop(decoder.str().unwrap()),
        Type::Bool => drop(decoder.bool().unwrap()),
        _ => drop(decoder.int().unwrap()),
    }
}
