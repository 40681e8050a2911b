//! The attestation token: an EAT (RFC 9711) in COSE_Sign1 (RFC 9052 § 4.2).
//!
//! Claims stand in the deterministic order of [`wetsign_wire::eat`]; a verifier can re-encode and compare.

use minicbor::{
    Encoder,
    data::Tag,
    encode::{Error, write::Cursor},
};
use wetsign_wire::{
    eat::{self, coswid},
    limits,
};

use crate::{hardware::Signer, profile::Profile};

/// Room for the claims set; the rest of [`limits::TOKEN`] is header and signature.
const CLAIMS_ROOM: usize = 640;

/// Room for the measurement.
const COSWID_ROOM: usize = 192;

/// What changes from token to token.
pub struct Claims<'a> {
    /// Facts of the build.
    pub profile: &'a Profile,
    /// SHA-256 of the firmware image, as measured at the start.
    pub firmware: &'a [u8; 32],
    /// Binds the token to its session.
    pub nonce: &'a [u8; 32],
    /// Who signs.
    pub ueid: &'a [u8; limits::UEID],
    /// Seconds since boot.
    pub uptime_s: u64,
    /// Starts so far.
    pub bootcount: u32,
    /// Poseidon commitment to the probe.
    pub probe_commitment: &'a [u8; 32],
    /// SHA-256 of the liveness report.
    pub report_digest: &'a [u8; 32],
    /// SHA-256 of the model manifest, by the host's word.
    pub manifest_digest: &'a [u8; 32],
    /// The number that the session used up, already durable.
    pub counter: u64,
    /// Latched tamper lines.
    pub tamper: u8,
    /// Milliseconds since the session was begun.
    pub since_begin_ms: u64,
}

/// The token could not be made: no key, or no room (which the limits rule out).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotSigned;

type Cbor<'b> = Encoder<Cursor<&'b mut [u8]>>;
type Written = Result<(), Error<minicbor::encode::write::EndOfSlice>>;

fn write(buffer: &mut [u8], content: impl FnOnce(&mut Cbor<'_>) -> Written) -> Result<usize, NotSigned> {
    let mut encoder = Encoder::new(Cursor::new(buffer));
    content(&mut encoder).map_err(|_| NotSigned)?;
    Ok(encoder.writer().position())
}

/// Signs the claims and writes the token to `out`; returns the part used.
// Inlined, its buffers would stand on the stack under every other request too.
#[inline(never)]
pub fn sign<'o, S: Signer>(
    signer: &S,
    claims: &Claims<'_>,
    out: &'o mut [u8],
) -> Result<&'o [u8], NotSigned> {
    let mut payload = [0; CLAIMS_ROOM];
    let length = write(&mut payload, |cbor| claims.encode(cbor))?;
    let payload = &payload[..length];

    let mut to_sign = [0; CLAIMS_ROOM + 32];
    let length = write(&mut to_sign, |cbor| {
        cbor.array(4)?.str("Signature1")?.bytes(&eat::PROTECTED)?.bytes(&[])?.bytes(payload)?.ok()
    })?;
    let signature = signer.sign(&to_sign[..length]).map_err(|_| NotSigned)?;

    let room = out.len().min(limits::TOKEN);
    let length = write(&mut out[..room], |cbor| {
        cbor.tag(Tag::new(eat::COSE_SIGN1_TAG))?
            .array(4)?
            .bytes(&eat::PROTECTED)?
            .map(0)?
            .bytes(payload)?
            .bytes(&signature)?
            .ok()
    })?;
    Ok(&out[..length])
}

impl Claims<'_> {
    fn encode(&self, cbor: &mut Cbor<'_>) -> Written {
        let mut measurement = [0; COSWID_ROOM];
        let mut inner = Encoder::new(Cursor::new(&mut measurement[..]));
        self.encode_measurement(&mut inner)?;
        let length = inner.writer().position();

        cbor.map(eat::CLAIMS.len() as u64)?;
        cbor.i64(eat::NONCE)?.bytes(self.nonce)?;
        cbor.i64(eat::UEID)?.bytes(self.ueid)?;
        cbor.i64(eat::HWMODEL)?.bytes(self.profile.hwmodel.as_bytes())?;
        cbor.i64(eat::UPTIME)?.u64(self.uptime_s)?;
        cbor.i64(eat::OEMBOOT)?.bool(self.profile.oemboot)?;
        cbor.i64(eat::DBGSTAT)?.u8(self.profile.debug)?;
        cbor.i64(eat::EAT_PROFILE)?.str(eat::PROFILE)?;
        cbor.i64(eat::BOOTCOUNT)?.u32(self.bootcount)?;
        cbor.i64(eat::SWNAME)?.str(self.profile.swname)?;
        cbor.i64(eat::SWVERSION)?.array(2)?.str(self.profile.swversion)?.u32(eat::VERSION_SCHEME_SEMVER)?;
        cbor.i64(eat::MEASUREMENTS)?.array(1)?.array(2)?;
        cbor.u32(eat::CONTENT_FORMAT_COSWID)?.bytes(&measurement[..length])?;
        cbor.i64(eat::PROBE_COMMITMENT)?.bytes(self.probe_commitment)?;
        cbor.i64(eat::REPORT_DIGEST)?.bytes(self.report_digest)?;
        cbor.i64(eat::MANIFEST_DIGEST)?.bytes(self.manifest_digest)?;
        cbor.i64(eat::COUNTER)?.u64(self.counter)?;
        cbor.i64(eat::TAMPER)?.u8(self.tamper)?;
        cbor.i64(eat::SINCE_BEGIN_MS)?.u64(self.since_begin_ms)?;
        cbor.i64(eat::HOME)?.u8(self.profile.home as u8)?.ok()
    }

    fn encode_measurement(&self, cbor: &mut Cbor<'_>) -> Written {
        let name = self.profile.swname;
        cbor.map(5)?.i64(coswid::TAG_ID)?.str(name)?.i64(coswid::SOFTWARE_NAME)?.str(name)?;
        cbor.i64(coswid::ENTITY)?.map(2)?;
        cbor.i64(coswid::ENTITY_NAME)?.str(coswid::ENTITY_WETSIGN)?;
        cbor.i64(coswid::ROLE)?.u8(coswid::ROLE_TAG_CREATOR)?;
        cbor.i64(coswid::EVIDENCE)?.map(1)?.i64(coswid::FILE)?.map(2)?;
        cbor.i64(coswid::HASH)?.array(2)?.u8(coswid::SHA_256)?.bytes(self.firmware)?;
        cbor.i64(coswid::FS_NAME)?.str(coswid::FIRMWARE)?;
        cbor.i64(coswid::TAG_VERSION)?.u8(0)?.ok()
    }
}
