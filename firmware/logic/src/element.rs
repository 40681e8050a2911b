//! The element: its state, and which function answers which request.

use wetsign_wire::{Answer, RefusalCode, Request, Response, channel::Channel, limits};

use crate::{
    firmware::Measurement,
    hardware::{Hardware, Indicator, Parts, Storage, StorageFailed},
    profile::Profile,
    rate::Bucket,
    record::{Begins, Record},
    refusal::Refusal,
    session::Session,
};

/// Where answers are built; wiped by [`crate::exchange`] after each.
pub type Work = [u8; limits::SEALED];

/// One secure element.
pub struct Element<H: Hardware> {
    pub(crate) parts: Parts<H>,
    pub(crate) profile: Profile,
    /// Measured at the start.
    pub(crate) firmware: Measurement,
    pub(crate) record: Record,
    /// The record in memory says more than the stored one; nothing is granted until it is stored.
    pub(crate) unsaved: bool,
    /// The stored certificate is for a key that is gone.
    pub(crate) void_certificate: bool,
    pub(crate) channel: Option<Channel>,
    pub(crate) session: Option<Session>,
    /// What a provisioner has to sign to clear tampering.
    pub(crate) clearing: Option<[u8; 32]>,
    pub(crate) counter: u64,
    pub(crate) begins: Bucket,
    pub(crate) seals: Bucket,
    pub(crate) last_draw: [u8; 8],
}

impl<H: Hardware> Element<H> {
    /// Ends session and channel: the host's connection is gone.
    pub fn disconnect(&mut self) {
        self.close_channel();
        if self.record.tamper == 0 {
            self.parts.indicator.show(wetsign_wire::Pattern::Off);
        }
    }

    /// Answers one request, whoever asks: that it came through the channel is [`crate::exchange`]'s care. `work` holds
    /// what the answer borrows.
    pub fn handle<'o>(&mut self, request: &Request<'_>, work: &'o mut Work) -> Response<'o> {
        self.poll();
        let answer = if self.unsaved {
            Err(Refusal::of(RefusalCode::StorageFailed))
        } else {
            self.dispatch(request, work)
        };
        // Refused for that, `Begin` and `End` would else leave open the session that they were to replace or to end.
        if answer.as_ref().is_err_and(|refusal| refusal.code == RefusalCode::StorageFailed) {
            self.session = None;
        }
        self.respond(answer.unwrap_or_else(Refusal::answer))
    }

    /// A refusal that needs no request: the frame or message could not be read.
    pub fn refuse(&mut self, refusal: Refusal) -> Response<'static> {
        self.poll();
        self.respond(refusal.answer())
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
            Request::End => Ok(self.end()),
            Request::Seal { label, plain } => self.seal(label, plain, work),
            Request::Unseal { label, sealed } => self.unseal(label, sealed, work),
            Request::Counter => Ok(Answer::Counter { value: self.counter }),
            Request::Random { length } => self.random(usize::from(*length), work),
            Request::SelfTest => Ok(self.self_test()),
            Request::Firmware => self.measure(),
            Request::Provision { chain } => self.provision(chain),
            Request::Tamper => Ok(self.tamper()),
            Request::TamperChallenge => self.tamper_challenge(),
            Request::TamperClear { signature } => self.tamper_clear(signature),
            Request::Indicator { pattern } => self.indicate(*pattern),
            _ => Err(Refusal::of(RefusalCode::Malformed)),
        }
    }

    fn indicate(&mut self, pattern: wetsign_wire::Pattern) -> Result<Answer<'static>, Refusal> {
        self.untampered()?;
        self.parts.indicator.show(pattern);
        Ok(Answer::Done)
    }

    /// Makes the record durable, and with it what follows from it for the certificate.
    pub(crate) fn save(&mut self) -> Result<(), StorageFailed> {
        self.record.begins = Begins { left: self.begins.left(), counter: self.counter };
        self.parts.storage.store(&self.record)?;
        if self.void_certificate {
            self.parts.storage.store_certificate(&[])?;
            self.void_certificate = false;
        }
        self.unsaved = false;
        Ok(())
    }

    /// Changes the record durably, or not at all.
    pub(crate) fn change(&mut self, change: impl FnOnce(&mut Record)) -> Result<(), Refusal> {
        let before = self.record.clone();
        change(&mut self.record);
        self.save().map_err(|_| {
            self.record = before;
            // What was stored is not known: the old record is to be stored again before anything is granted.
            self.unsaved = true;
            Refusal::of(RefusalCode::StorageFailed)
        })
    }
}
