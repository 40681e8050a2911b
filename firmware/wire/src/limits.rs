//! Version and bounds of the protocol, in bytes unless a name says otherwise.

/// The version this code speaks.
pub const WIRE_VERSION: u8 = 2;

/// A digest, an identifier, an Ed25519 public key, a challenge.
pub const DIGEST: usize = 32;

/// UEID: type byte `0x01` (RAND) and 16 random bytes (RFC 9711 § 4.2.1).
pub const UEID: usize = 17;

/// Longest plaintext that can be sealed: a validator's keys and template have 577 bytes.
pub const PLAIN: usize = 1024;

/// What sealing adds: format byte, 96-bit nonce, 128-bit tag.
pub const SEAL_OVERHEAD: usize = 1 + 12 + 16;

/// Longest sealed item.
pub const SEALED: usize = PLAIN + SEAL_OVERHEAD;

/// Longest certificate chain: device and provisioner ([`crate::certificate`]).
pub const CERTIFICATE: usize = 1024;

/// Longest signed device certificate inside it.
pub const DEVICE_CERTIFICATE: usize = 384;

/// Longest attestation token, COSE_Sign1 with its tag.
pub const TOKEN: usize = 768;

/// Longest hardware model, software name or software version, in UTF-8 bytes (RFC 9711 § 4.2.4 allows 32 for
/// `hwmodel`).
pub const NAME: usize = 32;

/// Most random bytes in one answer.
pub const RANDOM: usize = 64;

/// Longest CBOR message: `Identity`'s answer, with the certificate chain. A sealed item with its label is shorter.
pub const MESSAGE: usize = CERTIFICATE + 256;

/// What the channel adds to a message: the 128-bit tag of ChaCha20-Poly1305.
pub const TAG: usize = 16;

/// First handshake message (Noise IK: e, es, s, ss): ephemeral key, encrypted static key, tag of an empty payload.
pub const OPENING: usize = 32 + (32 + TAG) + TAG;

/// Second handshake message (e, ee, se): ephemeral key, tag of an empty payload.
pub const ADMISSION: usize = 32 + TAG;

/// Longest payload of a frame: the longest message inside the channel.
pub const PAYLOAD: usize = MESSAGE + TAG;

/// Frame header: version, kind, 16-bit sequence.
pub const HEADER: usize = 4;

/// CRC-32C at the end of the frame's body.
pub const CHECKSUM: usize = 4;

/// Longest frame body before stuffing.
pub const BODY: usize = HEADER + PAYLOAD + CHECKSUM;

/// Longest frame on the line: COBS adds one byte for each 254 begun, and the closing zero.
pub const FRAME: usize = BODY + BODY.div_ceil(254) + 1 + 1;

/// A session lasts this long from `begin`, in milliseconds.
pub const SESSION_MS: u64 = 60_000;
