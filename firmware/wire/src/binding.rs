//! Byte strings that bind a token to its session.

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
