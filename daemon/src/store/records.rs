//! What the store keeps beside the signed objects themselves: where a request stands, what an asset's revisions are.
//!
//! CBOR maps with integer keys, so that a later version can add a field; the store adds version and checksum.

use minicbor::{Decode, Encode};
use wetsign_attest::id::{Blob, Digest, Id, PublicKey, Scalar};
use wetsign_attest::object::Custody;

/// Where a request stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum Stage {
    /// Durable, the rules have not spoken yet.
    #[n(0)]
    Received,
    /// The rules allow it; validators may decide.
    #[n(1)]
    Permitted,
    /// The rules forbid it; a refusal is logged.
    #[n(2)]
    Forbidden,
    /// The quorum is reached; the approval is logged.
    #[n(3)]
    Approved,
    /// Too many declines for the quorum to be reached here.
    #[n(4)]
    Declined,
}

/// One request.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct RequestRecord {
    /// Where it stands.
    #[n(1)]
    pub stage: Stage,
    /// UTC seconds at which it came in.
    #[n(2)]
    pub received: u64,
    /// UTC seconds after which nobody may approve it.
    #[n(3)]
    pub expires: u64,
    /// The verdict, once there is one.
    #[n(4)]
    pub verdict: Option<Id>,
    /// The refusal by the rules, if they forbid.
    #[n(5)]
    pub refusal: Option<Id>,
    /// Co-signatures asked for: the largest quorum among the assets' rules.
    #[n(6)]
    pub quorum: u32,
    /// Seconds within which all of them have to be made: the smallest among the assets' rules.
    #[n(7)]
    pub max_age_s: u64,
    /// The approval body, once there is one.
    #[n(8)]
    pub approval: Option<Id>,
    /// What decided, in words.
    #[n(9)]
    pub reasons: Vec<String>,
    /// Assets that it asks for (layout 2).
    #[n(10)]
    #[cbor(default)]
    pub assets: Vec<Id>,
    /// Why a quorum made no approval, in words: the hub's own check refused it.
    #[n(11)]
    pub unfit: Option<String>,
}

impl RequestRecord {
    /// One that came in just now.
    pub fn received(now: u64, expires: u64, assets: Vec<Id>) -> Self {
        Self {
            stage: Stage::Received,
            received: now,
            expires,
            verdict: None,
            refusal: None,
            quorum: 0,
            max_age_s: 0,
            approval: None,
            reasons: Vec::new(),
            assets,
            unfit: None,
        }
    }
}

/// One asset: ids of its revisions, in their order. The objects are in their own table.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct AssetRecord {
    /// Descriptors.
    #[n(1)]
    pub descriptors: Vec<Id>,
    /// Rules.
    #[n(2)]
    pub rules: Vec<Id>,
}

/// A log record on its way into the log.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Intent {
    /// Opens the record's commitment.
    #[n(1)]
    pub salt: Digest,
    /// Payload of the [`wetsign_attest::log::LogRecord`].
    #[n(2)]
    pub record: Blob,
    /// Which of the intents of one run of the daemon: what came first is logged first.
    #[n(3)]
    #[cbor(default)]
    pub number: u64,
}

/// A log record in the log.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Logged {
    /// Index in the log.
    #[n(1)]
    pub index: u64,
    /// Opens the record's commitment.
    #[n(2)]
    pub salt: Digest,
    /// Payload of the record.
    #[n(3)]
    pub record: Blob,
}

/// One enrolled person, as far as the kiosk's disk knows.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Enrolled {
    /// What the kiosk calls the person on its own screen.
    #[n(1)]
    pub label: String,
    /// The leaf for the registry.
    #[n(2)]
    pub leaf: Scalar,
    /// Signed [`wetsign_attest::object::EnrolmentRecord`].
    #[n(3)]
    pub record: Blob,
    /// Signed [`wetsign_attest::object::ConsentReceipt`].
    #[n(4)]
    pub consent: Blob,
    /// Everything secret, sealed to the element as one item ([`crate::people::vault`]) by a program of layout 2; else
    /// empty.
    #[n(5)]
    pub together: Blob,
    /// UTC seconds.
    #[n(6)]
    pub time: u64,
    /// The template, sealed (layout 3).
    #[n(7)]
    #[cbor(default)]
    pub template: Blob,
    /// The credential, sealed apart from it (layout 3).
    #[n(8)]
    #[cbor(default)]
    pub credential: Blob,
    /// Where the key is that signs for the person; none: sealed in the credential.
    #[n(9)]
    pub device: Option<Custody>,
}

/// One paired device.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Paired {
    /// Signed [`wetsign_attest::object::Pairing`].
    #[n(1)]
    pub record: Blob,
    /// SHA-256 of its client certificate (DER).
    #[n(2)]
    pub certificate: Digest,
    /// Signed [`wetsign_attest::object::Unpairing`], once it was ended.
    #[n(3)]
    pub ended: Option<Blob>,
}

impl Enrolled {
    /// It was sealed by an older program, as one item.
    pub fn is_together(&self) -> bool {
        !self.together.0.is_empty()
    }
}

/// One registry epoch as installed.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct EpochRecord {
    /// Endorsed [`wetsign_attest::object::RegistryEpoch`].
    #[n(1)]
    pub endorsed: Blob,
    /// Payload of its [`wetsign_attest::object::StakeSnapshot`].
    #[n(2)]
    pub stakes: Blob,
    /// Filled leaves, by index.
    #[n(3)]
    pub leaves: Vec<LeafRecord>,
}

/// One filled leaf of a registry epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct LeafRecord {
    /// Its index.
    #[n(1)]
    pub index: u64,
    /// Its value.
    #[n(2)]
    pub leaf: Scalar,
}

/// Key of what belongs to an asset: a request that waits, an approval that was withdrawn.
pub fn by_asset(asset: &Id, other: &Id) -> [u8; 64] {
    let mut key = [0; 64];
    key[..32].copy_from_slice(&asset.0);
    key[32..].copy_from_slice(&other.0);
    key
}

/// Key of what somebody says of an object: a co-signature or a decline of a request by a validator, an endorsement of
/// an enrolment by a registrar.
pub fn by_validator(request: &Id, validator: &PublicKey) -> Vec<u8> {
    [&request.0, validator.as_bytes()].concat()
}

/// Key of the event with this number in the life of a person's keys.
pub fn by_number(person: &PublicKey, number: u64) -> Vec<u8> {
    [person.as_bytes(), &number.to_be_bytes()].concat()
}

/// The person of such a key; none for a key of another form.
pub fn numbered(key: &[u8]) -> Option<PublicKey> {
    let (person, _) = key.split_last_chunk::<8>()?;
    PublicKey::try_from(person).ok()
}

/// CBOR bytes of a record.
pub fn encode<T: Encode<()>>(record: &T) -> Vec<u8> {
    minicbor::to_vec(record)
        .expect("writing to a vector cannot fail, and these records have no encoder that does")
}

/// Reads a record; none if the bytes are not one.
pub fn decode<T: for<'b> Decode<'b, ()>>(bytes: &[u8]) -> Option<T> {
    minicbor::decode(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_record_survives_a_round_trip() {
        let record = RequestRecord {
            stage: Stage::Permitted,
            verdict: Some(Id([3; 32])),
            quorum: 2,
            max_age_s: 600,
            reasons: vec!["educational narration is allowed".into()],
            ..RequestRecord::received(1, 2, vec![Id([4; 32])])
        };
        assert_eq!(decode(&encode(&record)), Some(record));
    }

    #[test]
    fn an_intent_of_a_version_without_numbers_is_read() {
        let old = Logged { index: 0, salt: Digest([1; 32]), record: Blob(vec![2]) };
        let mut bytes = vec![0xa2, 1];
        bytes.extend(minicbor::to_vec(old.salt).unwrap());
        bytes.push(2);
        bytes.extend(minicbor::to_vec(&old.record).unwrap());
        assert_eq!(decode(&bytes), Some(Intent { salt: old.salt, record: old.record, number: 0 }));
    }

    #[test]
    fn an_enrolment_that_was_sealed_together_is_read() {
        let now = Enrolled {
            label: "someone".into(),
            leaf: Scalar([1; 32]),
            record: Blob(vec![2]),
            consent: Blob(vec![3]),
            together: Blob(vec![4]),
            time: 5,
            template: Blob::default(),
            credential: Blob::default(),
            device: None,
        };
        let mut old = encode(&now);
        // Two keys with empty byte strings end it; layout 2 had six keys.
        assert_eq!(old.split_off(old.len() - 4), [7, 0x40, 8, 0x40]);
        old[0] = 0xa6;
        let read: Enrolled = decode(&old).unwrap();
        assert!(read.is_together());
        assert_eq!(read, now);
    }

    #[test]
    fn bytes_that_are_no_record_are_none() {
        assert_eq!(decode::<RequestRecord>(b"\xff\x00"), None);
    }
}
