//! The attestation token: claim keys, profile, algorithm, and the coded values used in it.
//!
//! A token is an Entity Attestation Token (RFC 9711): a CWT claims set (RFC 8392) in COSE_Sign1 (RFC 9052, tag 18)
//! with protected header `{1: -8}`, an empty unprotected header and no external data. The claims are in
//! deterministic order (RFC 8949 § 4.2.1: bytewise by encoded key), which is the order of the constants below.
//! The profile closes the set: every claim listed is there, and no other. A part without a trusted clock leaves
//! `iat` out; nonce, boot count, uptime and counter stand in its place.
//!
//! **Algorithm.** −8 (EdDSA) rather than −19 (Ed25519, RFC 9864). The fully specified number exists because −8
//! leaves the curve to the key. Here the profile admits Ed25519 keys alone, so nothing is left open, and −8 is what
//! EAT and COSE readers in use today check (pycose and ctap libraries do not know −19). A later profile can change
//! it; a verifier of this profile accepts −8 and nothing else.

use minicbor::{Decode, Encode};

/// COSE algorithm number of every token: EdDSA (RFC 9053 § 2.2), always over Ed25519.
pub const ALG: i64 = -8;

/// The protected header, `{1: -8}`, as it stands in the token.
pub const PROTECTED: [u8; 3] = [0xa1, 0x01, 0x27];

/// CBOR tag of COSE_Sign1.
pub const COSE_SIGN1_TAG: u64 = 18;

/// `eat_profile`: a tag URI (RFC 4151); closes the set of claims.
pub const PROFILE: &str = "tag:wetsign.example,2026:eat/capture/1";

/// `eat_nonce`, bytes(32): [`crate::binding::nonce_parts`].
pub const NONCE: i64 = 10;
/// `ueid`, bytes(17): 0x01 (RAND) ‖ 16 random bytes.
pub const UEID: i64 = 256;
/// `hwmodel`, bytes(1..=32), UTF-8.
pub const HWMODEL: i64 = 259;
/// `uptime`, uint, seconds since boot.
pub const UPTIME: i64 = 261;
/// `oemboot`, bool: was the image authorised by its maker at boot.
pub const OEMBOOT: i64 = 262;
/// `dbgstat`, uint: [`debug`].
pub const DBGSTAT: i64 = 263;
/// `eat_profile`, text: [`PROFILE`].
pub const EAT_PROFILE: i64 = 265;
/// `bootcount`, uint.
pub const BOOTCOUNT: i64 = 267;
/// `swname`, text.
pub const SWNAME: i64 = 270;
/// `swversion`, `[text, 16384]`: semantic versioning ([`VERSION_SCHEME_SEMVER`]).
pub const SWVERSION: i64 = 271;
/// `measurements`, `[[258, bytes]]`: one CoSWID ([`coswid`]) with the SHA-256 of the firmware.
pub const MEASUREMENTS: i64 = 273;

/// Private: Poseidon commitment to the probe, bytes(32), big-endian field element.
pub const PROBE_COMMITMENT: i64 = -65537;
/// Private: SHA-256 of the liveness report, bytes(32).
pub const REPORT_DIGEST: i64 = -65538;
/// Private: SHA-256 of the model manifest, bytes(32); said by the host, not measured by the element.
pub const MANIFEST_DIGEST: i64 = -65539;
/// Private: the element's monotonic counter, uint ≥ 1; no two tokens share one.
pub const COUNTER: i64 = -65540;
/// Private: latched tamper lines, uint 0..=255; 0 = never opened.
pub const TAMPER: i64 = -65541;
/// Private: milliseconds between `begin` and the signature, uint ≤ 60,000.
pub const SINCE_BEGIN_MS: i64 = -65542;
/// Private: what the element runs on, uint: [`Home`].
pub const HOME: i64 = -65543;

/// Every claim of the profile, in the order they stand in the token.
pub const CLAIMS: [i64; 18] = [
    NONCE,
    UEID,
    HWMODEL,
    UPTIME,
    OEMBOOT,
    DBGSTAT,
    EAT_PROFILE,
    BOOTCOUNT,
    SWNAME,
    SWVERSION,
    MEASUREMENTS,
    PROBE_COMMITMENT,
    REPORT_DIGEST,
    MANIFEST_DIGEST,
    COUNTER,
    TAMPER,
    SINCE_BEGIN_MS,
    HOME,
];

/// What an element runs on: the value of [`HOME`]. Only a chip can keep its key from whoever owns the machine.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(index_only)]
pub enum Home {
    /// A microcontroller of its own.
    #[n(0)]
    Chip,
    /// The chip's image on an emulated board.
    #[n(1)]
    Emulator,
    /// An ordinary program of the host.
    #[n(2)]
    Program,
}

impl Home {
    /// Stable lower-case word, for JSON and people.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Chip => "chip",
            Self::Emulator => "emulator",
            Self::Program => "program",
        }
    }
}

/// First byte of a UEID made of random bytes (RFC 9711 § 4.2.1.1).
pub const UEID_RAND: u8 = 0x01;

/// CoSWID version scheme "semver" (RFC 9393).
pub const VERSION_SCHEME_SEMVER: u32 = 16384;

/// CoAP content format of `application/swid+cbor`.
pub const CONTENT_FORMAT_COSWID: u32 = 258;

/// Values of `dbgstat` (RFC 9711 § 4.2.9).
pub mod debug {
    /// Debugging is possible.
    pub const ENABLED: u8 = 0;
    /// Disabled now, may have been enabled since boot.
    pub const DISABLED: u8 = 1;
    /// Disabled since boot.
    pub const DISABLED_SINCE_BOOT: u8 = 2;
    /// Disabled for good, except for the maker.
    pub const DISABLED_PERMANENTLY: u8 = 3;
    /// Disabled for good, also for the maker.
    pub const DISABLED_FULLY: u8 = 4;
}

/// The measurement: a Concise SWID tag (RFC 9393 § 2.3) with one evidence file, in deterministic order:
///
/// `{0: swname, 1: swname, 2: {31: "Wetsign", 33: 1}, 3: {17: {7: [1, digest], 24: "firmware"}}, 12: 0}`
pub mod coswid {
    /// Tag identifier, text.
    pub const TAG_ID: i64 = 0;
    /// Software name, text.
    pub const SOFTWARE_NAME: i64 = 1;
    /// Entity, map.
    pub const ENTITY: i64 = 2;
    /// Evidence, map.
    pub const EVIDENCE: i64 = 3;
    /// Hash of a file, `[algorithm, bytes]`.
    pub const HASH: i64 = 7;
    /// Tag version, uint.
    pub const TAG_VERSION: i64 = 12;
    /// File, map.
    pub const FILE: i64 = 17;
    /// Name of a file, text.
    pub const FS_NAME: i64 = 24;
    /// Name of an entity, text.
    pub const ENTITY_NAME: i64 = 31;
    /// Role of an entity.
    pub const ROLE: i64 = 33;
    /// Role "tag creator".
    pub const ROLE_TAG_CREATOR: u8 = 1;
    /// SHA-256 in the Named Information registry (RFC 6920).
    pub const SHA_256: u8 = 1;
    /// The entity's name in our tags.
    pub const ENTITY_WETSIGN: &str = "Wetsign";
    /// The file's name in our tags.
    pub const FIRMWARE: &str = "firmware";
}
