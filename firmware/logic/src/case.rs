//! The case: what happens when it is opened, and how the latch is cleared.

use ed25519_dalek::{Signature, VerifyingKey};
use wetsign_wire::{Answer, Pattern, RefusalCode, binding};
use zeroize::Zeroize;

use crate::{
    element::{Element, Work},
    hardware::{Hardware, Indicator, Signer, TamperInputs},
    keys::{Purpose, Root},
    refusal::Refusal,
};

impl<H: Hardware> Element<H> {
    /// Looks at the case; to be called on every tamper interrupt and between requests.
    ///
    /// An active line latches: session, channel and pairing end, root secret and attestation key are overwritten, the
    /// certificate goes, and a fresh key, which no provisioner vouches for, takes their place, so that the element can
    /// still say what happened to it.
    pub fn poll(&mut self) {
        let fresh = self.parts.tamper.read() & !self.record.tamper;
        if fresh != 0 {
            self.record.tamper |= fresh;
            self.close_channel();
            self.record.host = None;
            self.parts.signer.erase();
            // Assigning drops the old root, which wipes it.
            self.record.root = None;
            self.record.root = self.draw().ok().map(|fresh| Root(*fresh));
            self.unsaved = true;
            self.void_certificate = true;
            self.install_key();
            self.parts.indicator.show(Pattern::Fault);
        }
        if self.unsaved {
            let _ = self.save();
        }
    }

    pub(crate) fn tamper(&mut self) -> Answer<'static> {
        Answer::Tamper { latched: self.record.tamper, active: self.parts.tamper.read() }
    }

    /// Draws what the provisioner has to sign; forgotten with the channel.
    pub(crate) fn tamper_challenge(&mut self) -> Result<Answer<'static>, Refusal> {
        self.clearable()?;
        let challenge = *self.draw().map_err(|_| RefusalCode::EntropyFailed)?;
        self.clearing = Some(challenge);
        Ok(Answer::TamperChallenge { challenge })
    }

    /// Clears the latch, for the pinned provisioner alone. The keys stay the fresh ones; certificate and pin are gone,
    /// so that everything is provisioned anew.
    pub(crate) fn tamper_clear(&mut self, signature: &[u8; 64]) -> Result<Answer<'static>, Refusal> {
        let challenge = self.clearing.take();
        let provisioner = self.clearable()?;
        let challenge = challenge.ok_or(RefusalCode::NotAuthorised)?;
        let message = binding::tamper_clear(&self.record.ueid, &challenge);
        VerifyingKey::from_bytes(&provisioner)
            .and_then(|key| key.verify_strict(&message, &Signature::from_bytes(signature)))
            .map_err(|_| RefusalCode::NotAuthorised)?;
        self.session = None;
        self.change(|record| {
            record.tamper = 0;
            record.provisioner = None;
        })?;
        self.parts.indicator.show(Pattern::Off);
        Ok(Answer::Done)
    }

    /// The provisioner who may clear what is latched, if it can be cleared at all.
    fn clearable(&mut self) -> Result<[u8; 32], RefusalCode> {
        if self.record.tamper == 0 {
            return Err(RefusalCode::NotTampered);
        }
        // Cleared now, an active line would latch again and cost the fresh keys.
        if self.parts.tamper.read() != 0 {
            return Err(RefusalCode::CaseOpen);
        }
        self.record.provisioner.ok_or(RefusalCode::NotProvisioned)
    }

    pub(crate) fn untampered(&self) -> Result<(), Refusal> {
        if self.record.tamper == 0 { Ok(()) } else { Err(Refusal::of(RefusalCode::Tampered)) }
    }

    /// The last look before something leaves: a case opened during the work takes the result with it.
    pub(crate) fn still_whole(&mut self, work: &mut Work) -> Result<(), Refusal> {
        let before = self.record.tamper;
        self.poll();
        if self.record.tamper == before {
            return Ok(());
        }
        work.zeroize();
        Err(Refusal::of(RefusalCode::Tampered))
    }

    pub(crate) fn install_key(&mut self) {
        if let Some(root) = &self.record.root {
            self.parts.signer.install(&root.derive(Purpose::Attest));
        }
    }
}
