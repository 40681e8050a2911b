//! The session's requests: begin, attest, end.

use wetsign_wire::{Answer, RefusalCode};

use crate::{
    element::{Element, Work},
    hardware::{Clock, Hardware, MonotonicCounter},
    refusal::Refusal,
    session::Session,
    token::{self, Claims},
};

impl<H: Hardware> Element<H> {
    /// Uses up a number, draws the challenge and starts the clock. An older session ends, also when this one is
    /// refused.
    ///
    /// The number is durable before the challenge leaves: what unseals and then signs nothing has counted too.
    pub(crate) fn begin<'o>(
        &mut self,
        request_id: &[u8; 32],
        verdict_id: &[u8; 32],
        validator_key: &[u8; 32],
    ) -> Result<Answer<'o>, Refusal> {
        self.session = None;
        self.begins.take(self.parts.clock.now_ms()).map_err(Refusal::limited)?;
        let challenge = *self.draw().map_err(|_| RefusalCode::EntropyFailed)?;
        self.grow_counter()?;
        let now = self.parts.clock.now_ms();
        self.session = Some(Session::begin(request_id, verdict_id, validator_key, &challenge, now));
        Ok(Answer::Begun { challenge })
    }

    /// Signs the capture; once a session.
    pub(crate) fn attest<'o>(
        &mut self,
        probe_commitment: &[u8; 32],
        report_digest: &[u8; 32],
        manifest_digest: &[u8; 32],
        work: &'o mut Work,
    ) -> Result<Answer<'o>, Refusal> {
        let since_begin_ms = self.open_session()?;
        let session = self.session.as_mut().ok_or(RefusalCode::NoSession)?;
        // Spent before anything can fail: a fault costs the session, it never gives a second signature.
        if !session.spend() {
            return Err(Refusal::of(RefusalCode::AlreadyAttested));
        }
        // The counter grows by sessions alone: it stands where this one put it.
        let (nonce, counter) = (*session.nonce(), self.counter);
        let claims = Claims {
            profile: &self.profile,
            firmware: &self.firmware.digest,
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
        let length = token::sign(&self.parts.signer, &claims, work).map_err(|_| RefusalCode::NoKey)?.len();
        self.still_whole(work)?;
        Ok(Answer::Token { token: &work[..length], counter })
    }

    pub(crate) fn end(&mut self) -> Answer<'static> {
        self.session = None;
        Answer::Done
    }

    /// Milliseconds since the open session was begun; closes one whose time is over.
    pub(crate) fn open_session(&mut self) -> Result<u64, Refusal> {
        let now = self.parts.clock.now_ms();
        let elapsed = self.session.as_ref().and_then(|session| session.elapsed_ms(now));
        if elapsed.is_none() {
            self.session = None;
        }
        elapsed.ok_or(Refusal::of(RefusalCode::NoSession))
    }

    fn grow_counter(&mut self) -> Result<(), Refusal> {
        let failed = Refusal::of(RefusalCode::CounterFailed);
        let grown = self.parts.counter.advance().map_err(|_| failed)?;
        if grown <= self.counter {
            return Err(failed);
        }
        self.counter = grown;
        Ok(())
    }
}
