//! Byte strings that bind a signature to what it is for.

use crate::limits::UEID;

/// What `eat_nonce` is the SHA-256 of, in this order and without separators (each part has 32 bytes):
/// request id ‖ verdict id ‖ validator key ‖ challenge.
pub fn nonce_parts<'a>(
    request_id: &'a [u8; 32],
    verdict_id: &'a [u8; 32],
    validator_key: &'a [u8; 32],
    challenge: &'a [u8; 32],
) -> [&'a [u8; 32]; 4] {
    [request_id, verdict_id, validator_key, challenge]
}

/// What [`tamper_clear`] begins with.
pub const TAMPER_CLEAR: &[u8; 22] = b"wetsign/tamper-clear/1";

/// What a provisioner signs (Ed25519) to clear a latched tamper line: domain ‖ ueid ‖ challenge.
pub fn tamper_clear(ueid: &[u8; UEID], challenge: &[u8; 32]) -> [u8; TAMPER_CLEAR.len() + UEID + 32] {
    let mut message = [0; TAMPER_CLEAR.len() + UEID + 32];
    let (domain, rest) = message.split_at_mut(TAMPER_CLEAR.len());
    let (name, drawn) = rest.split_at_mut(UEID);
    domain.copy_from_slice(TAMPER_CLEAR);
    name.copy_from_slice(ueid);
    drawn.copy_from_slice(challenge);
    message
}
