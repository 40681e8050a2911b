//! The client: the wire's requests as methods.

use std::time::Duration;

use tokio::time::timeout;
use wetsign_wire::{Answer, Pattern, Request, Response};
use zeroize::Zeroizing;

use super::{
    address::ElementAddress,
    answers::{Capture, ElementIdentity, FirmwareMeasurement, SelfTest, SessionBinding, TamperState, Token},
    error::ElementError,
    link::Link,
};
use crate::secret::Secret;

/// How long a request may take, unless [`ElementClient::with_deadline`] says otherwise. An element answers in
/// milliseconds; the stand-in has to wait for a disk that may be busy with other things.
pub const DEADLINE: Duration = Duration::from_secs(15);

/// A client of one secure element. Methods take `&mut self`: one request at a time.
pub struct ElementClient {
    address: ElementAddress,
    host_key: Zeroizing<[u8; 32]>,
    deadline: Duration,
    link: Option<Link>,
    counter_floor: u64,
    /// The counter before the session was begun: the session's number is above it.
    before_session: u64,
    /// The untampered element that answered first: public key, channel key.
    known: Option<([u8; 32], [u8; 32])>,
}

impl ElementClient {
    /// A client that has not connected yet. `host_key` is the secret X25519 key of this host, to which the element
    /// pairs.
    pub fn new(address: ElementAddress, host_key: Zeroizing<[u8; 32]>) -> Self {
        Self {
            address,
            host_key,
            deadline: DEADLINE,
            link: None,
            counter_floor: 0,
            before_session: u64::MAX,
            known: None,
        }
    }

    /// Gives each request another deadline than [`DEADLINE`].
    pub fn with_deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// Tells the highest counter that the store remembers: an element below it is refused,
    /// [`identity`](Self::identity) included.
    pub fn with_counter_floor(mut self, floor: u64) -> Self {
        self.counter_floor = self.counter_floor.max(floor);
        self
    }

    /// Tells the keys of the one element to speak to, from its certificate: nothing is said to another. Without it the
    /// first that answers is taken, as long as this client lives.
    pub fn with_certified_keys(mut self, public_key: [u8; 32], channel_key: [u8; 32]) -> Self {
        self.known = Some((public_key, channel_key));
        self
    }

    /// The highest counter seen; make it durable and give it to
    /// [`with_counter_floor`](Self::with_counter_floor) after a restart.
    pub fn counter_floor(&self) -> u64 {
        self.counter_floor
    }

    /// Who answers, and in which state. Answers for a tampered element too.
    pub async fn identity(&mut self) -> Result<ElementIdentity, ElementError> {
        if self.ensure_link().await? {
            // Just opened: it was asked inside the channel.
            return Ok(self.linked()?.identity.clone());
        }
        let identity =
            self.exchange("identity", &Request::Identity, ElementIdentity::from_response).await??;
        self.check(&identity).inspect_err(|_| self.link = None)?;
        self.linked()?.identity = identity.clone();
        Ok(identity)
    }

    /// Opens a session of 60 s and returns the challenge that the element drew for it. Ends an older session.
    pub async fn begin(&mut self, binding: &SessionBinding) -> Result<[u8; 32], ElementError> {
        let SessionBinding { request_id, verdict_id, validator_key } = *binding;
        let request = Request::Begin { request_id, verdict_id, validator_key };
        self.ensure_link().await?;
        self.before_session = self.counter_floor;
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
        // The number may have been told since the session was begun, and is then the floor itself.
        if token.counter <= self.before_session || token.counter < self.counter_floor {
            self.link = None;
            return Err(ElementError::CounterWentBack { found: token.counter, floor: self.counter_floor });
        }
        // Once a number.
        self.before_session = token.counter;
        self.counter_floor = token.counter;
        Ok(token)
    }

    /// Encrypts up to 1,024 bytes to this element, under a label that must be given again to unseal.
    pub async fn seal(&mut self, label: &[u8; 32], plain: &[u8]) -> Result<Vec<u8>, ElementError> {
        self.granted("seal", &Request::Seal { label: *label, plain }, |answer| match answer {
            Answer::Sealed { sealed } => Some(sealed.to_vec()),
            _ => None,
        })
        .await
    }

    /// Decrypts what this element sealed under the same label; only inside an open session.
    pub async fn unseal(&mut self, label: &[u8; 32], sealed: &[u8]) -> Result<Secret, ElementError> {
        let request = Request::Unseal { label: *label, sealed };
        let kept = self.granted("unseal", &request, |answer| match answer {
            Answer::Unsealed { plain } => Some(Secret::of(plain)),
            _ => None,
        });
        Ok(kept.await??)
    }

    /// How many sessions the element has counted.
    pub async fn counter(&mut self) -> Result<u64, ElementError> {
        let value = self
            .ask("counter", &Request::Counter, |answer| match answer {
                Answer::Counter { value } => Some(value),
                _ => None,
            })
            .await?;
        self.check_counter(value).inspect_err(|_| self.link = None)?;
        Ok(value)
    }

    /// The state of the case. Answers for a tampered element too.
    pub async fn tamper(&mut self) -> Result<TamperState, ElementError> {
        self.ask("tamper", &Request::Tamper, |answer| match answer {
            Answer::Tamper { latched, active } => Some(TamperState { latched, active }),
            _ => None,
        })
        .await
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
        self.ask("self-test", &Request::SelfTest, |answer| match answer {
            Answer::SelfTest { failed } => Some(SelfTest { failed }),
            _ => None,
        })
        .await
    }

    /// Has the firmware measure itself now.
    pub async fn firmware(&mut self) -> Result<FirmwareMeasurement, ElementError> {
        self.ask("firmware", &Request::Firmware, |answer| match answer {
            Answer::Firmware { digest, length } => Some(FirmwareMeasurement { digest, length }),
            _ => None,
        })
        .await
    }

    /// Gives the element its certificate chain, and pins the provisioner in it.
    pub async fn provision(&mut self, chain: &[u8]) -> Result<(), ElementError> {
        self.granted("provision", &Request::Provision { chain }, done).await
    }

    /// What the pinned provisioner has to sign, after [`wetsign_wire::binding::tamper_clear`], to clear the latch.
    pub async fn tamper_challenge(&mut self) -> Result<[u8; 32], ElementError> {
        self.ask("tamper challenge", &Request::TamperChallenge, |answer| match answer {
            Answer::TamperChallenge { challenge } => Some(challenge),
            _ => None,
        })
        .await
    }

    /// Clears the latch. The element keeps its fresh keys: to this client it is another one from now on.
    pub async fn tamper_clear(&mut self, signature: &[u8; 64]) -> Result<(), ElementError> {
        self.ask("tamper clearing", &Request::TamperClear { signature: *signature }, done).await
    }

    /// Shows a pattern to the person at the kiosk.
    pub async fn indicate(&mut self, pattern: Pattern) -> Result<(), ElementError> {
        self.granted("indicator", &Request::Indicator { pattern }, done).await
    }

    /// Closes the session, if one is open.
    pub async fn end(&mut self) -> Result<(), ElementError> {
        self.ask("end", &Request::End, done).await
    }

    /// True if the channel had to be opened.
    async fn ensure_link(&mut self) -> Result<bool, ElementError> {
        if self.link.is_some() {
            return Ok(false);
        }
        let (known, floor) = (self.known, self.counter_floor);
        let accept = |identity: &ElementIdentity| check(identity, known, floor);
        let opening = timeout(self.deadline, Link::open(&self.address, &self.host_key, accept));
        let link = opening
            .await
            .map_err(|_| ElementError::Deadline { request: "connect", deadline: self.deadline })??;
        let identity = link.identity.clone();
        self.link = Some(link);
        self.check(&identity)?;
        Ok(true)
    }

    fn linked(&mut self) -> Result<&mut Link, ElementError> {
        let source = std::io::ErrorKind::NotConnected.into();
        self.link.as_mut().ok_or(ElementError::Connection { request: "identity", source })
    }

    /// Remembers an element that is the right one.
    fn check(&mut self, identity: &ElementIdentity) -> Result<(), ElementError> {
        check(identity, self.known, self.counter_floor)?;
        self.counter_floor = identity.counter;
        if identity.tamper == 0 {
            self.known = Some((identity.public_key, identity.channel_key));
        }
        Ok(())
    }

    fn check_counter(&mut self, found: u64) -> Result<(), ElementError> {
        if found < self.counter_floor {
            return Err(ElementError::CounterWentBack { found, floor: self.counter_floor });
        }
        self.counter_floor = found;
        Ok(())
    }

    /// A request that a tampered element is not asked, as it must not be believed about it.
    async fn granted<T>(
        &mut self,
        name: &'static str,
        request: &Request<'_>,
        take: impl FnOnce(Answer<'_>) -> Option<T>,
    ) -> Result<T, ElementError> {
        self.ensure_link().await?;
        let lines = self.linked()?.identity.tamper;
        if lines != 0 {
            return Err(ElementError::Tampered { lines });
        }
        self.ask(name, request, take).await
    }

    async fn ask<T>(
        &mut self,
        name: &'static str,
        request: &Request<'_>,
        take: impl FnOnce(Answer<'_>) -> Option<T>,
    ) -> Result<T, ElementError> {
        self.ensure_link().await?;
        self.exchange(name, request, |Response { tamper, answer }| {
            take(answer).ok_or_else(|| ElementError::of_answer(name, tamper, &answer))
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

fn done(answer: Answer<'_>) -> Option<()> {
    matches!(answer, Answer::Done).then_some(())
}

/// Whether this is the element that is known, with a counter that did not go back.
fn check(
    identity: &ElementIdentity,
    known: Option<([u8; 32], [u8; 32])>,
    floor: u64,
) -> Result<(), ElementError> {
    if identity.counter < floor {
        return Err(ElementError::CounterWentBack { found: identity.counter, floor });
    }
    match known {
        // Tampering replaces the keys. The new ones are not remembered, and nothing is asked of them.
        Some(keys) if keys != (identity.public_key, identity.channel_key) && identity.tamper == 0 => {
            Err(ElementError::AnotherElement {
                found: hex::encode(identity.public_key),
                expected: hex::encode(keys.0),
            })
        }
        _ => Ok(()),
    }
}
