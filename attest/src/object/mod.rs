//! The signed objects, one file each, and the rules that hold for all of them.
//!
//! A payload is a map with unsigned integer keys whose key 0 is the type string. The structs carry keys 1 and up;
//! [`Object::to_payload`] puts key 0 in front and [`Object::from_payload`] takes it off again. Encoding a decoded
//! value again must give the same bytes: that alone refuses unknown and repeated keys, other orders, long forms of
//! lengths, indefinite lengths and trailing bytes.

mod approval;
mod card;
mod certificate;
mod complaint;
mod consent;
mod cosignature;
mod decline;
mod descriptor;
mod endorsement;
mod enrolment;
mod epoch;
mod erasure;
mod escrow;
mod key_event;
mod light;
mod package;
mod pairing;
mod parameters;
mod refusal;
mod registration;
mod release;
mod report;
mod request;
mod rules;
mod run;
mod uniqueness;
mod verdict;
mod withdrawal;

pub use approval::ApprovalBody;
pub use card::{ModelCard, Tensor};
pub use certificate::{CertificateChain, DeviceCertificate, ProvisionerCertificate};
pub use complaint::Complaint;
pub use consent::ConsentReceipt;
pub use cosignature::{CoSignature, Custody, HumanDecision};
pub use decline::Decline;
pub use descriptor::{Agent, AgentAction, AssetDescriptor, AssetKind, EvmReference, Modality, Payee};
pub use endorsement::EnrolmentEndorsement;
pub use enrolment::{AttestedCapture, DuplicateSearch, EnrolmentRecord, MatchProof};
pub use epoch::{RegistryEpoch, RevokedLeaf, Stake, StakeSnapshot};
pub use erasure::{ErasureReceipt, ErasureRequest};
pub use escrow::EscrowNote;
pub use key_event::{KeyAct, KeyEvent, KeySet};
pub use light::{LightAdvice, LightDoubt, Reflection};
pub use package::Release;
pub use pairing::{Pairing, Unpairing};
pub use parameters::Parameters;
pub use refusal::{Refusal, RefusalStage};
pub use registration::Registration;
pub use release::{RunnerKey, ShareRelease};
pub use report::{Gate, HeadMove, LivenessReport, MouthMove, Prompt, Repertoire, Sense, Source};
pub use request::{Attributes, Content, Escrow, Transfer, UsageRequest};
pub use rules::{ClassifierThreshold, Policy, Quorum, RulesRevision};
pub use run::RunReceipt;
pub use uniqueness::{SearchedTable, UniquenessResult};
pub use verdict::{AssetVerdict, ClassifierScore, Decision, Input, Value, Verdict};
pub use withdrawal::Withdrawal;

use minicbor::data::Type;
use minicbor::{Decode, Decoder, Encode, Encoder};

use crate::error::Error;
use crate::id::{Id, PublicKey};
use crate::limits;
use crate::shown::unfit_as_name;

/// What is left out where it is false, so that an object without it has the bytes that it had before there was one.
#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde and minicbor pass fields by reference")]
pub(crate) fn is_not(field: &bool) -> bool {
    !field
}

/// An object of the protocol: a type string, a limit, and who signs it.
pub trait Object: Encode<()> + for<'b> Decode<'b, ()> + Sized {
    /// Type string with version: key 0 of the payload and the external_aad of its signature.
    const TYPE: &'static str;

    /// Most bytes that the signed form may have (the payload, where nobody signs).
    const LIMIT: usize;

    /// Whether a person signs it, who may do so with a passkey. Machines sign the others.
    const BY_PERSON: bool = false;

    /// The key that signs, read from the payload; `None` for objects that travel by digest only or that several sign.
    fn signer(&self) -> Option<PublicKey>;

    /// Rules that a value has to keep beyond its shape: counts, order, ranges. Called on encoding and on decoding.
    fn check(&self) -> Result<(), Error>;

    /// The payload: one deterministic CBOR map.
    fn to_payload(&self) -> Result<Vec<u8>, Error> {
        self.check()?;
        let payload = encode_payload(self)?;
        within(Self::TYPE, payload.len(), Self::LIMIT)?;
        Ok(payload)
    }

    /// Reads a payload and refuses everything but the canonical encoding of a value that keeps the rules.
    fn from_payload(payload: &[u8]) -> Result<Self, Error> {
        within(Self::TYPE, payload.len(), Self::LIMIT)?;
        let value = decode_payload::<Self>(payload)?;
        value.check()?;
        if encode_payload(&value)? != payload {
            return Err(Error::NotCanonical { what: Self::TYPE });
        }
        Ok(value)
    }

    /// Identifier: SHA-256 of the payload.
    fn id(&self) -> Result<Id, Error> {
        Ok(Id::of(&self.to_payload()?))
    }
}

/// The type string of a payload, without looking further; for tools that meet an object of any type.
pub fn type_of(payload: &[u8]) -> Result<&str, Error> {
    read_head(payload, "object").map(|(_, name, _)| name)
}

fn read_head<'b>(payload: &'b [u8], what: &'static str) -> Result<(u64, &'b str, usize), Error> {
    let failed = |reason: String| Error::Decode { what, reason };
    let mut decoder = Decoder::new(payload);
    let entries = decoder
        .map()
        .map_err(|e| failed(e.to_string()))?
        .ok_or_else(|| failed("map of indefinite length".into()))?;
    if entries == 0 || decoder.u64().map_err(|e| failed(e.to_string()))? != 0 {
        return Err(failed("key 0 (the type string) does not come first".into()));
    }
    let name = decoder.str().map_err(|e| failed(e.to_string()))?;
    Ok((entries, name, decoder.position()))
}

fn encode_payload<T: Object>(value: &T) -> Result<Vec<u8>, Error> {
    let failed = |reason: String| Error::Decode { what: T::TYPE, reason };
    let body = minicbor::to_vec(value).map_err(|e| failed(e.to_string()))?;
    let mut decoder = Decoder::new(&body);
    let entries = decoder
        .map()
        .map_err(|e| failed(e.to_string()))?
        .ok_or_else(|| failed("map of indefinite length".into()))?;
    let mut out = Vec::with_capacity(body.len() + T::TYPE.len() + 4);
    let mut encoder = Encoder::new(&mut out);
    encoder
        .map(entries + 1)
        .and_then(|e| e.u8(0))
        .and_then(|e| e.str(T::TYPE))
        .map_err(|e| failed(e.to_string()))?;
    out.extend_from_slice(&body[decoder.position()..]);
    Ok(out)
}

fn decode_payload<T: Object>(payload: &[u8]) -> Result<T, Error> {
    let failed = |reason: String| Error::Decode { what: T::TYPE, reason };
    nesting(T::TYPE, payload)?;
    let (entries, name, rest) = read_head(payload, T::TYPE)?;
    if name != T::TYPE {
        let found = name.chars().take(limits::NAME).collect();
        return Err(Error::WrongType { expected: T::TYPE, found });
    }
    let mut body = Vec::with_capacity(payload.len());
    Encoder::new(&mut body).map(entries - 1).map_err(|e| failed(e.to_string()))?;
    body.extend_from_slice(&payload[rest..]);
    let mut decoder = Decoder::new(&body);
    let value = decoder.decode::<T>().map_err(|e| failed(e.to_string()))?;
    if decoder.position() != body.len() {
        return Err(Error::NotCanonical { what: T::TYPE });
    }
    Ok(value)
}

/// Refuses containers nested deeper than [`limits::NESTING`], and indefinite lengths, before anything is built from the
/// bytes. Counts along with the items; it does not recurse, and stops at the first byte that is no CBOR.
fn nesting(what: &'static str, payload: &[u8]) -> Result<(), Error> {
    let failed = |error: minicbor::decode::Error| Error::Decode { what, reason: error.to_string() };
    let mut decoder = Decoder::new(payload);
    // Items that each open container still has to have.
    let mut open: Vec<u64> = Vec::new();
    while decoder.position() < payload.len() {
        let items = match decoder.datatype().map_err(failed)? {
            Type::Array => decoder.array().map_err(failed)?.unwrap_or(0),
            Type::Map => decoder.map().map_err(failed)?.unwrap_or(0).saturating_mul(2),
            Type::ArrayIndef | Type::MapIndef | Type::BytesIndef | Type::StringIndef | Type::Break => {
                return Err(Error::NotCanonical { what });
            }
            Type::Tag => {
                // Its item follows, and counts for both.
                decoder.tag().map_err(failed)?;
                continue;
            }
            _ => decoder.skip().map(|()| 0).map_err(failed)?,
        };
        if items > 0 {
            within("nesting", open.len() + 1, limits::NESTING)?;
            open.push(items);
            continue;
        }
        while let Some(left) = open.last_mut() {
            *left -= 1;
            if *left > 0 {
                break;
            }
            open.pop();
        }
    }
    Ok(())
}

/// Refuses a count above its bound.
pub(crate) fn within(what: &'static str, found: usize, bound: usize) -> Result<(), Error> {
    if found > bound { Err(Error::Limit { what, found, bound }) } else { Ok(()) }
}

/// Refuses a text that is no name (see [`unfit_as_name`]) of at most [`limits::NAME`] bytes.
pub(crate) fn name(what: &'static str, field: &'static str, text: &str) -> Result<(), Error> {
    name_within(what, field, text, limits::NAME)
}

/// Refuses a text that is no name of at most `most` bytes.
pub(crate) fn name_within(
    what: &'static str,
    field: &'static str,
    text: &str,
    most: usize,
) -> Result<(), Error> {
    unfit_as_name(text, most).map_or(Ok(()), |why| Err(Error::value(what, field, why)))
}

/// Refuses a time that is no moment in UTC seconds, such as one in milliseconds.
pub(crate) fn moment(what: &'static str, field: &'static str, time: u64) -> Result<(), Error> {
    if time <= limits::LAST_SECOND {
        return Ok(());
    }
    let why = format!("is {time}, after the year 5000: it counts UTC seconds, not milliseconds");
    Err(Error::value(what, field, why))
}

/// Refuses an end, in `until`, that is no moment or does not come after its beginning.
pub(crate) fn period(what: &'static str, begins: u64, until: u64) -> Result<(), Error> {
    moment(what, "until", until)?;
    if until > begins {
        return Ok(());
    }
    Err(Error::value(what, "until", format!("is {until}, and it begins at {begins}")))
}

/// Refuses a list that is over its bound or not strictly ascending by the key.
pub(crate) fn ascending<'a, T, K: Ord + ?Sized + 'a>(
    what: &'static str,
    field: &'static str,
    list: &'a [T],
    bound: usize,
    key: impl Fn(&'a T) -> &'a K,
) -> Result<(), Error> {
    within(field, list.len(), bound)?;
    if list.windows(2).any(|pair| key(&pair[0]) >= key(&pair[1])) {
        return Err(Error::value(what, field, "must be strictly ascending, without repeats"));
    }
    Ok(())
}
