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

/// What an enrolled person signs and proves with, as a sealed item.
pub const CREDENTIAL: &[u8] = b"wetsign/credential-seal/1";
/// An enrolled person's template, as a sealed item.
pub const TEMPLATE: &[u8] = b"wetsign/template-seal/1";
/// Both together, as older hosts sealed them.
pub const TOGETHER: &[u8] = b"wetsign/enrolment-seal/1";
/// All that may be unsealed in a session, and only of the session's own validator.
pub const ITEMS: [&[u8]; 3] = [CREDENTIAL, TEMPLATE, TOGETHER];

/// What the label of a sealed item is the SHA-256 of, without separators: the item, one of [`ITEMS`] ‖ validator key.
pub fn label_parts<'a>(item: &'a [u8], validator_key: &'a [u8; 32]) -> [&'a [u8]; 2] {
    [item, validator_key]
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
