//! The element: state, and one function for each request.

use sha2::{Digest, Sha256};
use wetsign_wire::{Answer, Identity, RefusalCode, Request, Response, limits};
use zeroize::{Zeroize, Zeroizing};

use crate::{
    hardware::{
        Clock, Entropy, EntropyFailed, Hardware, MonotonicCounter, Parts, Signer, Storage, StorageFailed,
        TamperInputs,
    },
    keys::{self, Purpose, Root},
    profile::Profile,
    rate::Bucket,
    record::Record,
    seal, selftest,
    session::Session,
    token::{self, Claims},
};

/// Where answers are built; wiped by [`crate::exchange`] after each.
pub type Work = [u8; limits::SEALED];

/// Why the element does not start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum BootError {
    /// Durable state could not be read, is damaged, or could not be written.
    Storage,
    /// The counter could not be read.
    Counter,
    /// The counter has counted, but the record is gone: this is not a new element.
    RecordLost,
    /// No random bytes for a first key.
    Entropy,
}

impl core::fmt::Display for BootError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::Storage => "the element's durable state cannot be read or written, or is damaged",
            Self::Counter => "the element's counter cannot be read, or is damaged",
            Self::RecordLost => "the counter has counted but the record with the key is gone: provision anew",
            Self::Entropy => "the random source gave nothing for a first key",
        })
    }
}

impl core::error::Error for BootError {}

/// One secure element.
pub struct Element<H: Hardware> {
    parts: Parts<H>,
    profile: Profile,
    record: Record,
    /// The record in memory says more than the stored one; nothing is granted until it is stored.
    unsaved: bool,
    /// The stored certificate is for a key that is gone.
    void_certificate: bool,
    session: Option<Session>,
    counter: u64,
    begins: Bucket,
    seals: Bucket,
    last_draw: [u8; 8],
}

impl<H: Hardware> Element<H> {
    /// Starts: reads the record, or makes one with a fresh key on the very first start; counts the start.
    pub fn boot(mut parts: Parts<H>, profile: Profile) -> Result<Self, BootError> {
        let counter = parts.counter.read().map_err(|_| BootError::Counter)?;
        let now = parts.clock.now_ms();
        let stored = parts.storage.load().map_err(|_| BootError::Storage)?;
        let new = stored.is_none();
        if new && counter != 0 {
            return Err(BootError::RecordLost);
        }
        let record =
            stored.unwrap_or(Record { root: None, ueid: [0; limits::UEID], tamper: 0, bootcount: 0 });
        let mut element = Self {
            parts,
            profile,
            record,
            unsaved: true,
            void_certificate: false,
            session: None,
            counter,
            begins: Bucket::new(profile.sessions, now),
            seals: Bucket::new(profile.seals, now),
            last_draw: [0; 8],
        };
        if new {
            let name = element.draw().map_err(|_| BootError::Entropy)?;
            element.record.ueid[0] = wetsign_wire::eat::UEID_RAND;
            element.record.ueid[1..].copy_from_slice(&name[..limits::UEID - 1]);
        }
        if element.record.root.is_none() {
            element.record.root = Some(Root(*element.draw().map_err(|_| BootError::Entropy)?));
        }
        element.record.bootcount = element.record.bootcount.saturating_add(1);
        element.save().map_err(|_| BootError::Storage)?;
        element.install_key();
        element.poll();
        Ok(element)
    }

    /// Looks at the case; to be called on every tamper interrupt and between requests.
    ///
    /// An active line latches: the session ends, root secret and attestation key are overwritten, the certificate
    /// goes, and a fresh key, which no provisioner vouches for, takes their place, so that the element can still
    /// say what happened to it.
    pub fn poll(&mut self) {
        let fresh = self.parts.tamper.read() & !self.record.tamper;
        if fresh != 0 {
            self.record.tamper |= fresh;
            self.session = None;
            self.parts.signer.erase();
            // Assigning drops the old root, which wipes it.
            self.record.root = None;
            self.record.root = self.draw().ok().map(|fresh| Root(*fresh));
            self.unsaved = true;
            self.void_certificate = true;
            self.install_key();
        }
        if self.unsaved {
            let _ = self.save();
        }
    }

    /// Ends the session: the host's connection is gone.
    pub fn disconnect(&mut self) {
        self.session = None;
    }

    /// Takes the device certificate that a provisioner made for this key. At most [`limits::CERTIFICATE`] bytes.
    pub fn install_certificate(&mut self, certificate: &[u8]) -> Result<(), RefusalCode> {
        if certificate.len() > limits::CERTIFICATE {
            return Err(RefusalCode::Malformed);
        }
        self.parts.storage.store_certificate(certificate).map_err(|_| RefusalCode::StorageFailed)
    }

    /// Answers one request. `work` holds what the answer borrows.
    pub fn handle<'o>(&mut self, request: &Request<'_>, work: &'o mut Work) -> Response<'o> {
        self.poll();
        let answer = if self.unsaved {
            Err(Refusal::of(RefusalCode::StorageFailed))
        } else {
            self.dispatch(request, work)
        };
        self.respond(answer.unwrap_or_else(Refusal::answer))
    }

    /// A refusal that needs no request: the frame or message could not be read.
    pub fn refuse(&mut self, code: RefusalCode) -> Response<'static> {
        self.poll();
        self.respond(Answer::refused(code))
    }

    fn respond<'o>(&self, answer: Answer<'o>) -> Response<'o> {
        Response { tamper: self.record.tamper, answer }
    }

    fn dispatch<'o>(&mut self, request: &Request<'_>, work: &'o mut Work) -> Result<Answer<'o>, Refusal> {
        match request {
            Request::Identity => self.identity(work),
            Request::Begin { request_id, verdict_id, validator_key } => {
                self.begin(request_id, verdict_id, validator_key)
            }
            Request::Attest { probe_commitment, report_digest, manifest_digest } => {
                self.attest(probe_commitment, report_digest, manifest_digest, work)
            }
            Request::Seal { label, plain } => self.seal(label, plain, work),
            Request::Unseal { label, sealed } => self.unseal(label, sealed, work),
            Request::Counter => Ok(Answer::Counter { value: self.counter }),
            Request::Tamper => {
                Ok(Answer::Tamper { latched: self.record.tamper, active: self.parts.tamper.read() })
            }
            Request::Random { length } => self.random(usize::from(*length), work),
            Request::SelfTest => Ok(self.self_test()),
            Request::End => {
                self.session = None;
                Ok(Answer::Ended)
            }
            _ => Err(Refusal::of(RefusalCode::Malformed)),
        }
    }

    fn identity<'o>(&mut self, work: &'o mut Work) -> Result<Answer<'o>, Refusal> {
        let public_key = self.parts.signer.public_key().map_err(|_| Refusal::of(RefusalCode::NoKey))?;
        let root = self.record.root.as_ref().ok_or(Refusal::of(RefusalCode::NoKey))?;
        let channel_key = keys::channel_public(root);
        let storage_failed = Refusal::of(RefusalCode::StorageFailed);
        let place = work.first_chunk_mut::<{ limits::CERTIFICATE }>().ok_or(storage_failed)?;
        let length = self.parts.storage.certificate(place).map_err(|_| storage_failed)?;
        Ok(Answer::Identity(Identity {
            public_key,
            ueid: self.record.ueid,
            hwmodel: self.profile.hwmodel,
            swname: self.profile.swname,
            swversion: self.profile.swversion,
            firmware_digest: self.profile.firmware_digest,
            bootcount: self.record.bootcount,
            counter: self.counter,
            home: self.profile.home,
            certificate: place.get(..length).ok_or(storage_failed)?,
            channel_key,
        }))
    }

    fn begin<'o>(
        &mut self,
        request_id: &[u8; 32],
        verdict_id: &[u8; 32],
        validator_key: &[u8; 32],
    ) -> Result<Answer<'o>, Refusal> {
        self.session = None;
        let now = self.parts.clock.now_ms();
        self.begins.take(now).map_err(limited)?;
        let challenge = *self.draw().map_err(|_| Refusal::of(RefusalCode::EntropyFailed))?;
        self.session = Some(Session::begin(request_id, verdict_id, validator_key, &challenge, now));
        Ok(Answer::Begun { challenge })
    }

    fn attest<'o>(
        &mut self,
        probe_commitment: &[u8; 32],
        report_digest: &[u8; 32],
        manifest_digest: &[u8; 32],
        work: &'o mut Work,
    ) -> Result<Answer<'o>, Refusal> {
        self.open_session()?;
        let session = self.session.as_mut().ok_or(Refusal::of(RefusalCode::NoSession))?;
        // Spent before anything can fail: a fault costs the session, it never gives a second signature.
        if !session.spend() {
            return Err(Refusal::of(RefusalCode::AlreadyAttested));
        }
        let nonce = *session.nonce();

        let counter = self.grow_counter()?;
        // The counter may have taken its time: the signed duration is that of the signature.
        let since_begin_ms = self.open_session()?;
        let claims = Claims {
            profile: &self.profile,
            nonce: &nonce,
            ueid: &self.record.ueid,
            uptime_s: self.parts.clock.now_ms() / 1000,
            bootcount: self.record.bootcount,
            probe_commitment,
            report_digest,
            manifest_digest,
            counter,
            tamper: self.record.tamper,
            since_begin_ms,
        };
        let length = token::sign(&self.parts.signer, &claims, work)
            .map_err(|_| Refusal::of(RefusalCode::NoKey))?
            .len();
        self.still_whole(work)?;
        Ok(Answer::Token { token: &work[..length], counter })
    }

    fn seal<'o>(
        &mut self,
        label: &[u8; 32],
        plain: &[u8],
        work: &'o mut Work,
    ) -> Result<Answer<'o>, Refusal> {
        self.untampered()?;
        self.seals.take(self.parts.clock.now_ms()).map_err(limited)?;
        let draw = self.draw().map_err(|_| Refusal::of(RefusalCode::EntropyFailed))?;
        let (nonce, _) = draw.split_first_chunk().ok_or(Refusal::of(RefusalCode::Internal))?;
        let root = self.record.root.as_ref().ok_or(Refusal::of(RefusalCode::NoKey))?;
        let sealed = seal::seal(root, &self.record.ueid, label, nonce, plain, work)
            .ok_or(Refusal::of(RefusalCode::Malformed))?;
        Ok(Answer::Sealed { sealed })
    }

    fn unseal<'o>(
        &mut self,
        label: &[u8; 32],
        sealed: &[u8],
        work: &'o mut Work,
    ) -> Result<Answer<'o>, Refusal> {
        self.untampered()?;
        self.open_session()?;
        let root = self.record.root.as_ref().ok_or(Refusal::of(RefusalCode::NoKey))?;
        let length = seal::unseal(root, &self.record.ueid, label, sealed, work)
            .map_err(|_| Refusal::of(RefusalCode::NotSealedHere))?
            .len();
        self.still_whole(work)?;
        Ok(Answer::Unsealed { plain: &work[..length] })
    }

    fn random<'o>(&mut self, length: usize, work: &'o mut Work) -> Result<Answer<'o>, Refusal> {
        self.untampered()?;
        if length == 0 || length > limits::RANDOM {
            return Err(Refusal::of(RefusalCode::Malformed));
        }
        for block in work[..length].chunks_mut(32) {
            let draw = self.draw().map_err(|_| Refusal::of(RefusalCode::EntropyFailed))?;
            block.copy_from_slice(&draw[..block.len()]);
        }
        Ok(Answer::Random { bytes: &work[..length] })
    }

    fn self_test(&mut self) -> Answer<'static> {
        let mut failed = selftest::failed(&self.parts.signer);
        if self.draw().is_err() {
            failed |= selftest::RANDOM;
        }
        Answer::SelfTest { failed }
    }

    /// Milliseconds since the open session was begun; closes one whose time is over.
    fn open_session(&mut self) -> Result<u64, Refusal> {
        let now = self.parts.clock.now_ms();
        let elapsed = self.session.as_ref().and_then(|session| session.elapsed_ms(now));
        if elapsed.is_none() {
            self.session = None;
        }
        elapsed.ok_or(Refusal::of(RefusalCode::NoSession))
    }

    fn untampered(&self) -> Result<(), Refusal> {
        if self.record.tamper == 0 { Ok(()) } else { Err(Refusal::of(RefusalCode::Tampered)) }
    }

    /// The last look before something leaves: a case opened during the work takes the result with it.
    fn still_whole(&mut self, work: &mut Work) -> Result<(), Refusal> {
        let before = self.record.tamper;
        self.poll();
        if self.record.tamper == before {
            return Ok(());
        }
        work.zeroize();
        Err(Refusal::of(RefusalCode::Tampered))
    }

    fn grow_counter(&mut self) -> Result<u64, Refusal> {
        let failed = Refusal::of(RefusalCode::CounterFailed);
        let grown = self.parts.counter.advance().map_err(|_| failed)?;
        if grown <= self.counter {
            return Err(failed);
        }
        self.counter = grown;
        Ok(grown)
    }

    /// 32 random bytes. A source that is stuck (all equal, or twice the same) fails, in the manner of the
    /// repetition test of NIST SP 800-90B § 4.4.1; of the last draw only a fingerprint is kept.
    fn draw(&mut self) -> Result<Zeroizing<[u8; 32]>, EntropyFailed> {
        let mut bytes = Zeroizing::new([0; 32]);
        self.parts.entropy.fill(bytes.as_mut())?;
        let mut fingerprint = [0; 8];
        fingerprint.copy_from_slice(&Sha256::digest(bytes.as_ref())[..8]);
        let stuck = bytes.iter().all(|byte| *byte == bytes[0]);
        let repeated = core::mem::replace(&mut self.last_draw, fingerprint) == fingerprint;
        if stuck || repeated { Err(EntropyFailed) } else { Ok(bytes) }
    }

    fn install_key(&mut self) {
        if let Some(root) = &self.record.root {
            self.parts.signer.install(&root.derive(Purpose::Attest));
        }
    }

    fn save(&mut self) -> Result<(), StorageFailed> {
        self.parts.storage.store(&self.record)?;
        if self.void_certificate {
            self.parts.storage.store_certificate(&[])?;
            self.void_certificate = false;
        }
        self.unsaved = false;
        Ok(())
    }
}

fn limited(retry_after_ms: u32) -> Refusal {
    Refusal { code: RefusalCode::RateLimited, retry_after_ms }
}

/// Why a request is refused; smaller than the answer that tells it.
#[derive(Clone, Copy)]
struct Refusal {
    code: RefusalCode,
    retry_after_ms: u32,
}

impl Refusal {
    const fn of(code: RefusalCode) -> Self {
        Self { code, retry_after_ms: 0 }
    }

    fn answer<'o>(self) -> Answer<'o> {
        Answer::Refused { code: self.code, retry_after_ms: self.retry_after_ms }
    }
}
