//! When the element may sign: one session at a time, one signature a session, 60 s.

use sha2::{Digest, Sha256};
use wetsign_wire::{
    binding::{ITEMS, label_parts, nonce_parts},
    limits::SESSION_MS,
};

/// One validator, one request, one challenge.
#[derive(Clone, PartialEq, Eq)]
pub struct Session {
    nonce: [u8; 32],
    validator_key: [u8; 32],
    begun_ms: u64,
    attested: bool,
}

impl Session {
    /// The clock starts now.
    pub fn begin(
        request_id: &[u8; 32],
        verdict_id: &[u8; 32],
        validator_key: &[u8; 32],
        challenge: &[u8; 32],
        now_ms: u64,
    ) -> Self {
        let mut hash = Sha256::new();
        for part in nonce_parts(request_id, verdict_id, validator_key, challenge) {
            hash.update(part);
        }
        let nonce = hash.finalize().into();
        Self { nonce, validator_key: *validator_key, begun_ms: now_ms, attested: false }
    }

    /// What ties a token to this session: SHA-256(request id ‖ verdict id ‖ validator key ‖ challenge).
    pub fn nonce(&self) -> &[u8; 32] {
        &self.nonce
    }

    /// Whether a sealed item with this label is the session's own validator's.
    pub fn is_ours(&self, label: &[u8; 32]) -> bool {
        ITEMS.iter().any(|item| {
            let mut hash = Sha256::new();
            for part in label_parts(item, &self.validator_key) {
                hash.update(part);
            }
            hash.finalize().as_slice() == label
        })
    }

    /// Milliseconds since it was begun; `None` once its time is over, or if the clock went back.
    pub fn elapsed_ms(&self, now_ms: u64) -> Option<u64> {
        now_ms.checked_sub(self.begun_ms).filter(|elapsed| *elapsed <= SESSION_MS)
    }

    /// Uses up the one signature; true the first time only.
    pub fn spend(&mut self) -> bool {
        !core::mem::replace(&mut self.attested, true)
    }
}
