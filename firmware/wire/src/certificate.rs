//! The device certificate, as far as the element reads it.
//!
//! A chain is an array of two byte strings, the device's certificate and its provisioner's, each a COSE_Sign1 (RFC
//! 9052 § 4.2) like a token, with the payload's type string as external data. The element checks of its own
//! certificate what it can know: that it names this element's keys and identifier and is signed by the provisioner
//! that it names. Whether anybody trusts that provisioner is the verifier's question.

/// Type of a device certificate: entry 0 of the payload, and its external data.
pub const DEVICE: &str = "wetsign/device/1";

/// Entries of the payload, which is a map with keys 0 (the type) to 8, ascending.
pub const ENTRIES: u64 = 9;
/// Type, text.
pub const TYPE: u8 = 0;
/// Ed25519 public key of the element, bytes(32).
pub const DEVICE_KEY: u8 = 1;
/// X25519 public key of its channel, bytes(32).
pub const CHANNEL_KEY: u8 = 2;
/// UEID, bytes.
pub const UEID: u8 = 3;
/// Hardware model, text.
pub const HWMODEL: u8 = 4;
/// What it runs on, uint.
pub const HOME: u8 = 5;
/// UTC seconds, uint.
pub const NOT_BEFORE: u8 = 6;
/// UTC seconds, uint.
pub const NOT_AFTER: u8 = 7;
/// Ed25519 public key of the provisioner, bytes(32).
pub const PROVISIONER: u8 = 8;
