//! The secure element's token: an Entity Attestation Token (RFC 9711) with a closed set of claims.
//!
//! The one signed thing that is not of our own form: a plain CWT claims set (RFC 8392) in COSE_Sign1 with empty
//! external_aad, so that ordinary EAT readers can check it. Its `eat_profile` closes the set: every claim of
//! [`claim::ALL`] is there, in deterministic order, and no other.
//!
//! The numbers are those of the firmware's own table; they are written down twice, because nothing here may import
//! firmware, and a test of the whole compares them.

use ed25519_dalek::SigningKey;
use minicbor::{Decode, Decoder, Encode, Encoder};
use serde::{Deserialize, Serialize};

use crate::cose;
use crate::error::Error;
use crate::id::{Blob, Digest, Id, PublicKey, Scalar};
use crate::limits;
use crate::object::within;

const WHAT: &str = "capture attestation";

/// COSE algorithm number of a token.
pub const ALG: i64 = cose::ALG;
/// `eat_profile`.
pub const PROFILE: &str = "tag:wetsign.example,2026:eat/capture/1";
/// CoSWID version scheme "semver" (RFC 9393 § 4.1).
pub const VERSION_SCHEME_SEMVER: u32 = 16384;
/// CoAP content format of `application/swid+cbor` (RFC 9393 § 6.6).
pub const CONTENT_FORMAT_COSWID: u32 = 258;
/// `dbgstat`: debugging is possible (RFC 9711 § 4.2.9). Higher values: disabled, ever more firmly.
pub const DEBUG_ENABLED: u8 = 0;

/// Keys of the claims.
pub mod claim {
    /// `eat_nonce`.
    pub const NONCE: i64 = 10;
    /// `ueid`.
    pub const UEID: i64 = 256;
    /// `hwmodel`.
    pub const HWMODEL: i64 = 259;
    /// `uptime`.
    pub const UPTIME: i64 = 261;
    /// `oemboot`.
    pub const OEMBOOT: i64 = 262;
    /// `dbgstat`.
    pub const DBGSTAT: i64 = 263;
    /// `eat_profile`.
    pub const EAT_PROFILE: i64 = 265;
    /// `bootcount`.
    pub const BOOTCOUNT: i64 = 267;
    /// `swname`.
    pub const SWNAME: i64 = 270;
    /// `swversion`.
    pub const SWVERSION: i64 = 271;
    /// `measurements`.
    pub const MEASUREMENTS: i64 = 273;
    /// Private: probe commitment.
    pub const PROBE_COMMITMENT: i64 = -65537;
    /// Private: digest of the liveness report.
    pub const REPORT_DIGEST: i64 = -65538;
    /// Private: digest of the model manifest.
    pub const MANIFEST_DIGEST: i64 = -65539;
    /// Private: monotonic counter.
    pub const COUNTER: i64 = -65540;
    /// Private: latched tamper lines.
    pub const TAMPER: i64 = -65541;
    /// Private: milliseconds since the session was begun.
    pub const SINCE_BEGIN_MS: i64 = -65542;
    /// Private: what the element runs on, [`super::Home`].
    pub const HOME: i64 = -65543;

    /// Every claim, in the order in which they stand.
    pub const ALL: [i64; 18] = [
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
}

/// What an element runs on: the value of [`claim::HOME`]. Only a chip can keep its key from whoever owns the machine.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
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

/// What a secure element says of a capture.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Claims {
    /// [`crate::binding::nonce`].
    pub nonce: Digest,
    /// Universal identifier, 7 to 33 bytes.
    pub ueid: Blob,
    /// Hardware model, UTF-8, at most 32 bytes.
    pub hwmodel: String,
    /// Seconds since boot.
    pub uptime: u64,
    /// The image was authorised by its maker at boot.
    pub oemboot: bool,
    /// Debugging, [`DEBUG_ENABLED`] or 1 to 4.
    pub dbgstat: u8,
    /// Times started.
    pub bootcount: u64,
    /// Name of the firmware.
    pub swname: String,
    /// Semantic version of the firmware.
    pub swversion: String,
    /// SHA-256 of the firmware, from its measurement.
    pub firmware: Digest,
    /// Probe commitment, as the host gave it.
    pub probe: Scalar,
    /// Id of the liveness report, as the host gave it.
    pub report: Id,
    /// SHA-256 of the model manifest: a claim of the host.
    pub manifest: Digest,
    /// Monotonic counter, from 1.
    pub counter: u64,
    /// Latched tamper lines; 0 = never opened.
    pub tamper: u8,
    /// Milliseconds since the session was begun.
    pub since_begin_ms: u64,
    /// What the element runs on.
    pub home: Home,
}

/// A token whose signature verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attestation {
    claims: Claims,
    bytes: Vec<u8>,
}

impl Attestation {
    /// Signs as a secure element does; for tests and stand-ins, as real ones keep their key.
    pub fn sign(claims: Claims, key: &SigningKey) -> Result<Self, Error> {
        let bytes = cose::seal(WHAT, claims.encode()?, &[], key)?;
        within(WHAT, bytes.len(), limits::EAT)?;
        Ok(Self { claims, bytes })
    }

    /// Reads a token and checks its signature under the device key of a certificate.
    pub fn decode(bytes: &[u8], key: &PublicKey) -> Result<Self, Error> {
        within(WHAT, bytes.len(), limits::EAT)?;
        let envelope = cose::open(WHAT, bytes)?;
        envelope.verify_machine(&[], key)?;
        let claims = Claims::decode(envelope.payload()?)?;
        Ok(Self { claims, bytes: bytes.to_vec() })
    }

    /// The claims.
    pub fn claims(&self) -> &Claims {
        &self.claims
    }

    /// The token's bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

impl Claims {
    /// The claims set.
    pub fn encode(&self) -> Result<Vec<u8>, Error> {
        self.check()?;
        let mut out = Vec::with_capacity(512);
        self.write(&mut Encoder::new(&mut out)).map_err(failed)?;
        Ok(out)
    }

    /// Reads a claims set. Encoding it again has to give the same bytes, so that nothing else can hide in it.
    pub fn decode(bytes: &[u8]) -> Result<Self, Error> {
        let claims = Self::read(&mut Decoder::new(bytes)).map_err(failed)?;
        claims.check()?;
        let mut again = Vec::with_capacity(bytes.len());
        claims.write(&mut Encoder::new(&mut again)).map_err(failed)?;
        if again != bytes {
            return Err(Error::NotCanonical { what: WHAT });
        }
        Ok(claims)
    }

    fn check(&self) -> Result<(), Error> {
        if !limits::UEID.contains(&self.ueid.0.len()) {
            return Err(Error::value(WHAT, "ueid", "must have 7 to 33 bytes"));
        }
        if self.hwmodel.is_empty() || self.hwmodel.len() > 32 {
            return Err(Error::value(WHAT, "hwmodel", "must have 1 to 32 bytes"));
        }
        if self.dbgstat > 4 {
            return Err(Error::value(WHAT, "dbgstat", "must be 0 to 4"));
        }
        if self.counter == 0 {
            return Err(Error::value(WHAT, "counter", "must be at least 1"));
        }
        Ok(())
    }

    fn write<W: minicbor::encode::Write>(
        &self,
        e: &mut Encoder<W>,
    ) -> Result<(), minicbor::encode::Error<W::Error>>
    where
        W::Error: std::fmt::Display,
    {
        let mut coswid = Vec::with_capacity(160);
        // A vector takes any write.
        let _ = self.write_coswid(&mut Encoder::new(&mut coswid));
        e.map(claim::ALL.len() as u64)?;
        e.i64(claim::NONCE)?.bytes(&self.nonce.0)?;
        e.i64(claim::UEID)?.bytes(&self.ueid.0)?;
        e.i64(claim::HWMODEL)?.bytes(self.hwmodel.as_bytes())?;
        e.i64(claim::UPTIME)?.u64(self.uptime)?;
        e.i64(claim::OEMBOOT)?.bool(self.oemboot)?;
        e.i64(claim::DBGSTAT)?.u8(self.dbgstat)?;
        e.i64(claim::EAT_PROFILE)?.str(PROFILE)?;
        e.i64(claim::BOOTCOUNT)?.u64(self.bootcount)?;
        e.i64(claim::SWNAME)?.str(&self.swname)?;
        e.i64(claim::SWVERSION)?.array(2)?.str(&self.swversion)?.u32(VERSION_SCHEME_SEMVER)?;
        e.i64(claim::MEASUREMENTS)?.array(1)?.array(2)?.u32(CONTENT_FORMAT_COSWID)?.bytes(&coswid)?;
        e.i64(claim::PROBE_COMMITMENT)?.bytes(&self.probe.0)?;
        e.i64(claim::REPORT_DIGEST)?.bytes(&self.report.0)?;
        e.i64(claim::MANIFEST_DIGEST)?.bytes(&self.manifest.0)?;
        e.i64(claim::COUNTER)?.u64(self.counter)?;
        e.i64(claim::TAMPER)?.u8(self.tamper)?;
        e.i64(claim::SINCE_BEGIN_MS)?.u64(self.since_begin_ms)?;
        e.i64(claim::HOME)?.u8(self.home as u8)?;
        Ok(())
    }

    /// The measurement: a Concise SWID tag (RFC 9393 § 2.3) with one evidence file.
    fn write_coswid<W: minicbor::encode::Write>(
        &self,
        e: &mut Encoder<W>,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        e.map(5)?.u8(0)?.str(&self.swname)?.u8(1)?.str(&self.swname)?;
        e.u8(2)?.map(2)?.u8(31)?.str("Wetsign")?.u8(33)?.u8(1)?;
        e.u8(3)?.map(1)?.u8(17)?.map(2)?;
        e.u8(7)?.array(2)?.u8(1)?.bytes(&self.firmware.0)?.u8(24)?.str("firmware")?;
        e.u8(12)?.u8(0)?.ok()
    }

    fn read(d: &mut Decoder<'_>) -> Result<Self, minicbor::decode::Error> {
        expect(d.map()? == Some(claim::ALL.len() as u64), "a closed set of 18 claims")?;
        let nonce = at(d, claim::NONCE)?.decode()?;
        let ueid = at(d, claim::UEID)?.decode()?;
        let hwmodel = std::str::from_utf8(at(d, claim::HWMODEL)?.bytes()?)
            .map_err(|_| minicbor::decode::Error::message("hwmodel is not UTF-8"))?
            .to_owned();
        let uptime = at(d, claim::UPTIME)?.u64()?;
        let oemboot = at(d, claim::OEMBOOT)?.bool()?;
        let dbgstat = at(d, claim::DBGSTAT)?.u8()?;
        expect(at(d, claim::EAT_PROFILE)?.str()? == PROFILE, "the capture profile")?;
        let bootcount = at(d, claim::BOOTCOUNT)?.u64()?;
        let swname = at(d, claim::SWNAME)?.str()?.to_owned();
        expect(at(d, claim::SWVERSION)?.array()? == Some(2), "a version with its scheme")?;
        let swversion = d.str()?.to_owned();
        expect(d.u32()? == VERSION_SCHEME_SEMVER, "a semantic version")?;
        expect(at(d, claim::MEASUREMENTS)?.array()? == Some(1), "one measurement")?;
        expect(d.array()? == Some(2), "a measurement with its format")?;
        expect(d.u32()? == CONTENT_FORMAT_COSWID, "a CoSWID")?;
        let firmware = read_coswid(&mut Decoder::new(d.bytes()?))?;
        Ok(Self {
            nonce,
            ueid,
            hwmodel,
            uptime,
            oemboot,
            dbgstat,
            bootcount,
            swname,
            swversion,
            firmware,
            probe: at(d, claim::PROBE_COMMITMENT)?.decode()?,
            report: at(d, claim::REPORT_DIGEST)?.decode()?,
            manifest: at(d, claim::MANIFEST_DIGEST)?.decode()?,
            counter: at(d, claim::COUNTER)?.u64()?,
            tamper: at(d, claim::TAMPER)?.u8()?,
            since_begin_ms: at(d, claim::SINCE_BEGIN_MS)?.u64()?,
            home: at(d, claim::HOME)?.decode()?,
        })
    }
}

/// Reads the firmware's digest; all else is compared when the claims are encoded again.
fn read_coswid(d: &mut Decoder<'_>) -> Result<Digest, minicbor::decode::Error> {
    expect(d.map()? == Some(5), "a CoSWID of five entries")?;
    for _ in 0..3 {
        d.skip()?;
        d.skip()?;
    }
    expect(d.u8()? == 3 && d.map()? == Some(1) && d.u8()? == 17, "one evidence file")?;
    expect(d.map()? == Some(2) && d.u8()? == 7 && d.array()? == Some(2) && d.u8()? == 1, "a SHA-256")?;
    d.decode()
}

fn at<'d, 'b>(d: &'d mut Decoder<'b>, key: i64) -> Result<&'d mut Decoder<'b>, minicbor::decode::Error> {
    let position = d.position();
    let found = d.i64()?;
    if found != key {
        let message = format!("claim {key} was expected here, {found} was found");
        return Err(minicbor::decode::Error::message(message).at(position));
    }
    Ok(d)
}

fn expect(holds: bool, what: &'static str) -> Result<(), minicbor::decode::Error> {
    if holds { Ok(()) } else { Err(minicbor::decode::Error::message(format!("{what} was expected"))) }
}

fn failed(error: impl std::fmt::Display) -> Error {
    Error::Decode { what: WHAT, reason: error.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claims() -> Claims {
        Claims {
            nonce: Digest([1; 32]),
            ueid: Blob(vec![1; 17]),
            hwmodel: "wetsign-software-element".into(),
            uptime: 3600,
            oemboot: false,
            dbgstat: DEBUG_ENABLED,
            bootcount: 3,
            swname: "wetsign-element".into(),
            swversion: "0.1.0".into(),
            firmware: Digest([2; 32]),
            probe: Scalar([3; 32]),
            report: Id([4; 32]),
            manifest: Digest([5; 32]),
            counter: 9,
            tamper: 0,
            since_begin_ms: 8000,
            home: Home::Program,
        }
    }

    #[test]
    fn claims_come_back_as_they_were_signed() {
        let key = SigningKey::from_bytes(&[7; 32]);
        let token = Attestation::sign(claims(), &key).unwrap();
        assert_eq!(Attestation::decode(token.bytes(), &PublicKey::from(&key)).unwrap(), token);
        assert!(Attestation::decode(token.bytes(), &PublicKey::Ed25519([9; 32])).is_err());
    }

    #[test]
    fn no_changed_byte_of_a_token_is_accepted() {
        let key = SigningKey::from_bytes(&[7; 32]);
        let token = Attestation::sign(claims(), &key).unwrap();
        for index in 0..token.bytes().len() {
            let mut bytes = token.bytes().to_vec();
            bytes[index] ^= 0x01;
            assert!(Attestation::decode(&bytes, &PublicKey::from(&key)).is_err(), "byte {index}");
        }
    }

    #[test]
    fn a_claim_more_or_fewer_is_refused() {
        let bytes = claims().encode().unwrap();
        let mut more = bytes.clone();
        more[0] += 1;
        more.extend([0x19, 0x10, 0x00, 0x01]);
        assert!(Claims::decode(&more).is_err());
        let mut trailing = bytes.clone();
        trailing.push(0);
        assert_eq!(Claims::decode(&trailing), Err(Error::NotCanonical { what: WHAT }));
        assert!(Claims::decode(&bytes[..bytes.len() - 1]).is_err());
    }
}
