//! The client: the wire's requests as methods.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use tokio::time::timeout;
use wetsign_wire::{Answer, RefusalCode, Request, Response, eat::Home};
use zeroize::Zeroizing;

use super::{error::ElementError, link::Link};

/// How long a request may take, unless [`ElementClient::with_deadline`] says otherwise.
pub const DEADLINE: Duration = Duration::from_secs(5);

/// What a session is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionBinding {
    /// SHA-256 of the request's payload; for an enrolment, of the consent.
    pub request_id: [u8; 32],
    /// SHA-256 of the verdict's payload.
    pub verdict_id: [u8; 32],
    /// The validator's Ed25519 public key.
    pub validator_key: [u8; 32],
}

/// What a token says of a capture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Capture {
    /// Poseidon commitment to the probe, 32 bytes big-endian.
    pub probe_commitment: [u8; 32],
    /// SHA-256 of the liveness report.
    pub report_digest: [u8; 32],
    /// SHA-256 of the model manifest.
    pub manifest_digest: [u8; 32],
}

/// A signed capture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// COSE_Sign1 (tag 18) with the claims of [`wetsign_wire::eat`].
    pub bytes: Vec<u8>,
    /// The counter inside it, greater than in any token before.
    pub counter: u64,
}

/// Who the element is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ElementIdentity {
    /// Ed25519 public key under which tokens verify.
    pub public_key: [u8; 32],
    /// RFC 9711 UEID: 0x01 ‖ 16 random bytes.
    pub ueid: [u8; 17],
    /// Hardware model.
    pub hwmodel: String,
    /// Firmware name.
    pub swname: String,
    /// Firmware version.
    pub swversion: String,
    /// SHA-256 of the firmware image.
    pub firmware_digest: [u8; 32],
    /// Starts since it was made.
    pub bootcount: u32,
    /// Tokens signed so far.
    pub counter: u64,
    /// What it runs on.
    pub home: Home,
    /// Device certificate; empty until provisioned.
    pub certificate: Vec<u8>,
    /// X25519 public key of its end of the host channel.
    pub channel_key: [u8; 32],
    /// Latched tamper lines; 0 = never opened.
    pub tamper: u8,
}

/// The state of the case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TamperState {
    /// Lines that were ever active.
    pub latched: u8,
    /// Lines that are active now.
    pub active: u8,
}

/// The element's known-answer tests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SelfTest {
    /// Bit mask of failed tests, 0 = all passed: 1 hash, 2 cipher, 4 signature, 8 random source.
    pub failed: u8,
}

/// A client of one secure element. Methods take `&mut self`: one request at a time.
pub struct ElementClient {
    path: PathBuf,
    deadline: Duration,
    link: Option<Link>,
    counter_floor: u64,
    public_key: Option<[u8; 32]>,
}

impl ElementClient {
    /// Connects to the Unix socket at `path` and asks who answers.
    pub async fn connect(path: impl AsRef<Path>) -> Result<Self, ElementError> {
        let mut client = Self {
            path: path.as_ref().to_owned(),
            deadline: DEADLINE,
            link: None,
            counter_floor: 0,
            public_key: None,
        };
        client.identity().await?;
        Ok(client)
    }

    /// Gives each request another deadline than [`DEADLINE`].
    pub fn with_deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// Tells the highest counter that the store remembers: an element below it is refused from the next request
    /// on, [`identity`](Self::identity) included.
    pub fn with_counter_floor(mut self, floor: u64) -> Self {
        self.counter_floor = self.counter_floor.max(floor);
        self
    }

    /// The highest counter seen; make it durable and give it to
    /// [`with_counter_floor`](Self::with_counter_floor) after a restart.
    pub fn counter_floor(&self) -> u64 {
        self.counter_floor
    }

    /// Who answers, and in which state. Answers for a tampered element too.
    pub async fn identity(&mut self) -> Result<ElementIdentity, ElementError> {
        self.ensure_link().await?;
        self.ask_identity().await
    }

    /// Opens a session of 60 s and returns the challenge that the element drew for it. Ends an older session.
    pub async fn begin(&mut self, binding: &SessionBinding) -> Result<[u8; 32], ElementError> {
        let SessionBinding { request_id, verdict_id, validator_key } = *binding;
        let request = Request::Begin { request_id, verdict_id, validator_key };
        self.granted("begin", &request, |answer| match answer {
            Answer::Begun { challenge } => Some(challenge),
            _ => None,
        })
        .await
    }

    /// Signs the open session's capture; once a session.
    pub async fn attest(&mut self, capture: &Capture) -> Result<Token, ElementError> {
        let Capture { probe_commitment, report_digest, manifest_digest } = *capture;
        let request = Request::Attest { probe_commitment, report_digest, manifest_digest };
        let token = self
            .granted("attest", &request, |answer| match answer {
                Answer::Token { token, counter } => Some(Token { bytes: token.to_vec(), counter }),
                _ => None,
            })
            .await?;
        if token.counter <= self.counter_floor {
            self.link = None;
            return Err(ElementError::CounterWentBack { found: token.counter, floor: self.counter_floor });
        }
        self.counter_floor = token.counter;
        Ok(token)
    }

    /// Encrypts up to 2,048 bytes to this element, under a label that must be given again to unseal.
    pub async fn seal(&mut self, label: &[u8; 32], plain: &[u8]) -> Result<Vec<u8>, ElementError> {
        self.granted("seal", &Request::Seal { label: *label, plain }, |answer| match answer {
            Answer::Sealed { sealed } => Some(sealed.to_vec()),
            _ => None,
        })
        .await
    }

    /// Decrypts what this element sealed under the same label; only inside an open session.
    pub async fn unseal(
        &mut self,
        label: &[u8; 32],
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, ElementError> {
        self.granted("unseal", &Request::Unseal { label: *label, sealed }, |answer| match answer {
            Answer::Unsealed { plain } => Some(Zeroizing::new(plain.to_vec())),
            _ => None,
        })
        .await
    }

    /// How many tokens the element has counted.
    pub async fn counter(&mut self) -> Result<u64, ElementError> {
        let (_, value) = self
            .ask("counter", &Request::Counter, |answer| match answer {
                Answer::Counter { value } => Some(value),
                _ => None,
            })
            .await?;
        self.check_counter(value)?;
        Ok(value)
    }

    /// The state of the case. Answers for a tampered element too.
    pub async fn tamper(&mut self) -> Result<TamperState, ElementError> {
        let (_, state) = self
            .ask("tamper", &Request::Tamper, |answer| match answer {
                Answer::Tamper { latched, active } => Some(TamperState { latched, active }),
                _ => None,
            })
            .await?;
        Ok(state)
    }

    /// 1 to 64 random bytes from the element's own source.
    pub async fn random(&mut self, length: u8) -> Result<Zeroizing<Vec<u8>>, ElementError> {
        self.granted("random", &Request::Random { length }, |answer| match answer {
            Answer::Random { bytes } if bytes.len() == usize::from(length) => {
                Some(Zeroizing::new(bytes.to_vec()))
            }
            _ => None,
        })
        .await
    }

    /// Runs the element's known-answer tests.
    pub async fn self_test(&mut self) -> Result<SelfTest, ElementError> {
        let (_, result) = self
            .ask("self-test", &Request::SelfTest, |answer| match answer {
                Answer::SelfTest { failed } => Some(SelfTest { failed }),
                _ => None,
            })
            .await?;
        Ok(result)
    }

    /// Closes the session, if one is open.
    pub async fn end(&mut self) -> Result<(), ElementError> {
        let (_, ()) =
            self.ask("end", &Request::End, |answer| matches!(answer, Answer::Ended).then_some(())).await?;
        Ok(())
    }

    async fn ensure_link(&mut self) -> Result<(), ElementError> {
        if self.link.is_some() {
            return Ok(());
        }
        let opening = timeout(self.deadline, Link::open(&self.path));
        let link = opening
            .await
            .map_err(|_| ElementError::Deadline { request: "connect", deadline: self.deadline })??;
        self.link = Some(link);
        // A serial line does not tell the element that the host went away: end what an older connection began.
        self.exchange("end", &Request::End, |_| ()).await?;
        self.ask_identity().await.map(drop).inspect_err(|_| self.link = None)
    }

    async fn ask_identity(&mut self) -> Result<ElementIdentity, ElementError> {
        let (tamper, answer) = self
            .exchange("identity", &Request::Identity, |response| {
                let Response { tamper, answer } = response;
                match answer {
                    Answer::Identity(id) => (
                        tamper,
                        Ok(ElementIdentity {
                            public_key: id.public_key,
                            ueid: id.ueid,
                            hwmodel: id.hwmodel.to_owned(),
                            swname: id.swname.to_owned(),
                            swversion: id.swversion.to_owned(),
                            firmware_digest: id.firmware_digest,
                            bootcount: id.bootcount,
                            counter: id.counter,
                            home: id.home,
                            certificate: id.certificate.to_vec(),
                            channel_key: id.channel_key,
                            tamper,
                        }),
                    ),
                    other => (tamper, Err(refusal("identity", tamper, &other))),
                }
            })
            .await?;
        let identity = answer?;
        self.check_counter(identity.counter)?;
        match self.public_key {
            // Tampering replaces the key; the caller learns of it by the tamper state.
            Some(expected) if expected != identity.public_key && tamper == 0 => {
                Err(ElementError::AnotherElement {
                    found: hex::encode(identity.public_key),
                    expected: hex::encode(expected),
                })
            }
            _ => {
                self.public_key = Some(identity.public_key);
                Ok(identity)
            }
        }
    }

    fn check_counter(&mut self, found: u64) -> Result<(), ElementError> {
        if found < self.counter_floor {
            self.link = None;
            return Err(ElementError::CounterWentBack { found, floor: self.counter_floor });
        }
        self.counter_floor = found;
        Ok(())
    }

    /// A request that a tampered element must not be believed about, whatever it answers.
    async fn granted<T>(
        &mut self,
        name: &'static str,
        request: &Request<'_>,
        take: impl FnOnce(Answer<'_>) -> Option<T>,
    ) -> Result<T, ElementError> {
        match self.ask(name, request, take).await? {
            (0, value) => Ok(value),
            (lines, _) => Err(ElementError::Tampered { lines }),
        }
    }

    async fn ask<T>(
        &mut self,
        name: &'static str,
        request: &Request<'_>,
        take: impl FnOnce(Answer<'_>) -> Option<T>,
    ) -> Result<(u8, T), ElementError> {
        self.ensure_link().await?;
        self.exchange(name, request, |Response { tamper, answer }| match take(answer) {
            Some(value) => Ok((tamper, value)),
            None => Err(refusal(name, tamper, &answer)),
        })
        .await?
    }

    /// The link is put back only after a whole exchange: a fault, a deadline or a dropped future closes it.
    async fn exchange<T>(
        &mut self,
        name: &'static str,
        request: &Request<'_>,
        take: impl FnOnce(Response<'_>) -> T,
    ) -> Result<T, ElementError> {
        let mut link = self.link.take().ok_or_else(|| ElementError::Connection {
            request: name,
            source: std::io::ErrorKind::NotConnected.into(),
        })?;
        let taken = timeout(self.deadline, link.exchange(name, request, take))
            .await
            .map_err(|_| ElementError::Deadline { request: name, deadline: self.deadline })??;
        self.link = Some(link);
        Ok(taken)
    }
}

fn refusal(request: &'static str, tamper: u8, answer: &Answer<'_>) -> ElementError {
    match answer {
        Answer::Refused { code: RefusalCode::Tampered, .. } => ElementError::Tampered { lines: tamper },
        Answer::Refused { code, retry_after_ms } => {
            ElementError::Refused { request, code: *code, retry_after_ms: *retry_after_ms }
        }
        other => ElementError::Unexpected { request, answer: other.name() },
    }
}
