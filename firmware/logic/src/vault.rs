//! Sealed items and random bytes.

use sha2::{Digest, Sha256};
use wetsign_wire::{Answer, RefusalCode, limits};
use zeroize::Zeroizing;

use crate::{
    element::{Element, Work},
    hardware::{Clock, Entropy, EntropyFailed, Hardware},
    refusal::Refusal,
    seal, selftest,
};

impl<H: Hardware> Element<H> {
    pub(crate) fn seal<'o>(
        &mut self,
        label: &[u8; 32],
        plain: &[u8],
        work: &'o mut Work,
    ) -> Result<Answer<'o>, Refusal> {
        self.untampered()?;
        self.seals.take(self.parts.clock.now_ms()).map_err(Refusal::limited)?;
        let draw = self.draw().map_err(|_| RefusalCode::EntropyFailed)?;
        let (nonce, _) = draw.split_first_chunk().ok_or(RefusalCode::Internal)?;
        let root = self.record.root.as_ref().ok_or(RefusalCode::NoKey)?;
        let sealed =
            seal::seal(root, &self.record.ueid, label, nonce, plain, work).ok_or(RefusalCode::Malformed)?;
        Ok(Answer::Sealed { sealed })
    }

    pub(crate) fn unseal<'o>(
        &mut self,
        label: &[u8; 32],
        sealed: &[u8],
        work: &'o mut Work,
    ) -> Result<Answer<'o>, Refusal> {
        self.untampered()?;
        self.open_session()?;
        // Who holds the host opens one person a number, and each number is seen in later tokens.
        if !self.session.as_ref().is_some_and(|session| session.is_ours(label)) {
            return Err(Refusal::of(RefusalCode::OtherValidator));
        }
        let root = self.record.root.as_ref().ok_or(RefusalCode::NoKey)?;
        let length = seal::unseal(root, &self.record.ueid, label, sealed, work)
            .map_err(|_| RefusalCode::NotSealedHere)?
            .len();
        self.still_whole(work)?;
        Ok(Answer::Unsealed { plain: &work[..length] })
    }

    pub(crate) fn random<'o>(&mut self, length: usize, work: &'o mut Work) -> Result<Answer<'o>, Refusal> {
        self.untampered()?;
        if length == 0 || length > limits::RANDOM {
            return Err(Refusal::of(RefusalCode::Malformed));
        }
        for block in work[..length].chunks_mut(32) {
            let draw = self.draw().map_err(|_| RefusalCode::EntropyFailed)?;
            block.copy_from_slice(&draw[..block.len()]);
        }
        Ok(Answer::Random { bytes: &work[..length] })
    }

    pub(crate) fn self_test(&mut self) -> Answer<'static> {
        let mut failed = selftest::failed(&self.parts.signer);
        if self.draw().is_err() {
            failed |= selftest::RANDOM;
        }
        Answer::SelfTest { failed }
    }

    /// 32 random bytes. A source that is stuck (all equal, or twice the same) fails, in the manner of the
    /// repetition test of NIST SP 800-90B § 4.4.1; of the last draw only a fingerprint is kept.
    pub(crate) fn draw(&mut self) -> Result<Zeroizing<[u8; 32]>, EntropyFailed> {
        let mut bytes = Zeroizing::new([0; 32]);
        self.parts.entropy.fill(bytes.as_mut())?;
        let mut fingerprint = [0; 8];
        fingerprint.copy_from_slice(&Sha256::digest(bytes.as_ref())[..8]);
        let stuck = bytes.iter().all(|byte| *byte == bytes[0]);
        let repeated = core::mem::replace(&mut self.last_draw, fingerprint) == fingerprint;
        if stuck || repeated { Err(EntropyFailed) } else { Ok(bytes) }
    }
}
