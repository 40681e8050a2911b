//! Any object as JSON, for people. It is a view: nothing reads it back, and nothing signs it.

use serde::Serialize;
use serde_json::{Value, json};

use crate::bundle::{ApprovalBundle, CardBundle, EnrolmentBundle, LogEntry, WithdrawalBundle};
use crate::cose::{self, Endorsed, Signed};
use crate::eat::Claims;
use crate::error::Error;
use crate::id::{Blob, Id};
use crate::log::LogRecord;
use crate::object::{
    ApprovalBody, AssetDescriptor, CertificateChain, CoSignature, Complaint, ConsentReceipt, Decline,
    DeviceCertificate, EnrolmentEndorsement, EnrolmentRecord, ErasureReceipt, ErasureRequest, EscrowNote,
    KeyEvent, LivenessReport, ModelCard, Object, Pairing, ProvisionerCertificate, Refusal, Registration,
    RegistryEpoch, Release, RulesRevision, RunReceipt, RunnerKey, ShareRelease, StakeSnapshot,
    UniquenessResult, Unpairing, UsageRequest, Verdict, Withdrawal, type_of,
};
use crate::offer::Offer;

/// What an object's view holds: its type, id, the object, whether its signature verifies.
fn view<T: Object + Serialize>(object: &T, id: Id, signed: bool) -> Value {
    json!({ "type": T::TYPE, "id": id, "signed": signed, "object": object })
}

/// View of an object with its signature, and of what a passkey said as it signed, if one did.
fn signed_view<T: Object + Serialize>(object: &Signed<T>) -> Value {
    let mut value = view(object.payload(), object.id(), true);
    if let Some(presence) = object.presence() {
        value["passkey"] = json!({
            "rp_id_hash": presence.rp_id_hash,
            "origin": presence.origin,
            "counter": presence.counter,
            "backed_up": presence.backed_up,
        });
    }
    value
}

/// View of any of our objects: a signed envelope, an endorsed epoch, a bundle, or a bare payload.
///
/// # Errors
/// The bytes are none of them, or a signature does not verify.
pub fn any(bytes: &[u8]) -> Result<Value, Error> {
    if let Ok(bundle) = ApprovalBundle::unverified(bytes) {
        return bundle_view(&bundle);
    }
    if let Ok(enrolment) = EnrolmentBundle::unverified(bytes) {
        return enrolment_view(&enrolment);
    }
    if let Ok(withdrawal) = WithdrawalBundle::from_payload(bytes) {
        return withdrawal_view(&withdrawal);
    }
    if let Ok(placed) = CardBundle::from_payload(bytes) {
        let mut value = any(&placed.card.0)?;
        value["index"] = json!(placed.entry.index);
        return Ok(value);
    }
    if let Ok(epoch) = Endorsed::<RegistryEpoch>::decode(bytes) {
        return Ok(endorsed(&epoch));
    }
    if let Ok(result) = Endorsed::<UniquenessResult>::decode(bytes) {
        return Ok(endorsed(&result));
    }
    if let Ok(chain) = CertificateChain::decode(bytes) {
        return Ok(certificates(&chain));
    }
    if bytes.first() == Some(&0xd2) {
        let envelope = cose::open("object", bytes)?;
        let name = type_of(envelope.payload()?)?.to_owned();
        return match name.as_str() {
            UsageRequest::TYPE => signed::<UsageRequest>(bytes),
            AssetDescriptor::TYPE => signed::<AssetDescriptor>(bytes),
            RulesRevision::TYPE => signed::<RulesRevision>(bytes),
            Verdict::TYPE => signed::<Verdict>(bytes),
            CoSignature::TYPE => cosignature(bytes),
            ApprovalBody::TYPE => signed::<ApprovalBody>(bytes),
            DeviceCertificate::TYPE => signed::<DeviceCertificate>(bytes),
            ProvisionerCertificate::TYPE => signed::<ProvisionerCertificate>(bytes),
            ConsentReceipt::TYPE => signed::<ConsentReceipt>(bytes),
            EnrolmentRecord::TYPE => enrolment(bytes),
            EnrolmentEndorsement::TYPE => signed::<EnrolmentEndorsement>(bytes),
            Decline::TYPE => signed::<Decline>(bytes),
            Refusal::TYPE => signed::<Refusal>(bytes),
            ErasureReceipt::TYPE => signed::<ErasureReceipt>(bytes),
            Withdrawal::TYPE => signed::<Withdrawal>(bytes),
            ModelCard::TYPE => signed::<ModelCard>(bytes),
            Complaint::TYPE => signed::<Complaint>(bytes),
            ErasureRequest::TYPE => signed::<ErasureRequest>(bytes),
            EscrowNote::TYPE => signed::<EscrowNote>(bytes),
            KeyEvent::TYPE => signed::<KeyEvent>(bytes),
            Registration::TYPE => signed::<Registration>(bytes),
            Release::TYPE => signed::<Release>(bytes),
            Pairing::TYPE => signed::<Pairing>(bytes),
            RunReceipt::TYPE => signed::<RunReceipt>(bytes),
            Unpairing::TYPE => signed::<Unpairing>(bytes),
            RunnerKey::TYPE => signed::<RunnerKey>(bytes),
            ShareRelease::TYPE => signed::<ShareRelease>(bytes),
            _ => Err(unknown(&name)),
        };
    }
    let name = type_of(bytes)?;
    match name {
        LivenessReport::TYPE => payload::<LivenessReport>(bytes),
        StakeSnapshot::TYPE => payload::<StakeSnapshot>(bytes),
        LogRecord::TYPE => payload::<LogRecord>(bytes),
        UsageRequest::TYPE => payload::<UsageRequest>(bytes),
        AssetDescriptor::TYPE => payload::<AssetDescriptor>(bytes),
        RulesRevision::TYPE => payload::<RulesRevision>(bytes),
        Offer::TYPE => payload::<Offer>(bytes),
        _ => Err(unknown(name)),
    }
}

/// View of a bundle: each object in it opened as what it has to be there, so that no bundle hides in a bundle.
pub fn bundle_view(bundle: &ApprovalBundle) -> Result<Value, Error> {
    let mut view = json!({
        "type": ApprovalBundle::TYPE,
        "body": signed::<ApprovalBody>(&bundle.body.0)?,
        "request": signed::<UsageRequest>(&bundle.request.0)?,
        "descriptors": list(&bundle.descriptors, signed::<AssetDescriptor>)?,
        "rules": list(&bundle.rules, signed::<RulesRevision>)?,
        "verdict": signed::<Verdict>(&bundle.verdict.0)?,
        "cosignatures": list(&bundle.cosignatures, cosignature)?,
        "epochs": list(&bundle.epochs, |bytes| Ok(endorsed(&Endorsed::<RegistryEpoch>::decode(bytes)?)))?,
        "stakes": list(&bundle.stakes, payload::<StakeSnapshot>)?,
        "verifying_keys": bundle.verifying_keys,
        "log": log(&bundle.log)?,
        "checkpoint": bundle.checkpoint,
    });
    if let Some(withdrawals) = &bundle.withdrawals {
        let open = |bytes: &[u8]| withdrawal_view(&WithdrawalBundle::from_payload(bytes)?);
        view["withdrawals"] = json!(list(withdrawals, open)?);
    }
    if let Some(events) = &bundle.key_events {
        view["key_events"] = json!(list(events, signed::<KeyEvent>)?);
    }
    Ok(view)
}

/// View of a withdrawal with what shows where it stands.
fn withdrawal_view(bundle: &WithdrawalBundle) -> Result<Value, Error> {
    Ok(json!({
        "type": WithdrawalBundle::TYPE,
        "withdrawal": signed::<Withdrawal>(&bundle.withdrawal.0)?,
        "descriptors": list(&bundle.descriptors, signed::<AssetDescriptor>)?,
        "log": log(&bundle.log)?,
        "checkpoint": bundle.checkpoint,
    }))
}

/// View of an enrolment with everything in it.
pub fn enrolment_view(bundle: &EnrolmentBundle) -> Result<Value, Error> {
    Ok(json!({
        "type": EnrolmentBundle::TYPE,
        "record": enrolment(&bundle.record.0)?,
        "endorsements": list(&bundle.endorsements, signed::<EnrolmentEndorsement>)?,
        "verifying_key": bundle.verifying_key,
        "log": log(&bundle.log)?,
        "checkpoint": bundle.checkpoint,
    }))
}

fn log(entries: &[LogEntry]) -> Result<Vec<Value>, Error> {
    let view = |entry: &LogEntry| {
        let record = LogRecord::from_payload(&entry.record.0)?;
        Ok(json!({ "index": entry.index, "record": record, "salt": entry.salt, "proof": entry.proof }))
    };
    entries.iter().map(view).collect()
}

fn list(blobs: &[Blob], view: impl Fn(&[u8]) -> Result<Value, Error>) -> Result<Vec<Value>, Error> {
    blobs.iter().map(|blob| view(&blob.0)).collect()
}

fn signed<T: Object + Serialize>(bytes: &[u8]) -> Result<Value, Error> {
    Ok(signed_view(&Signed::<T>::decode(bytes)?))
}

fn payload<T: Object + Serialize>(bytes: &[u8]) -> Result<Value, Error> {
    Ok(view(&T::from_payload(bytes)?, Id::of(bytes), false))
}

fn endorsed<T: Object + Serialize>(object: &Endorsed<T>) -> Value {
    let mut value = view(object.payload(), object.id(), true);
    value["signers"] = json!(object.signers());
    value
}

/// Who stands behind a secure element: the device first, then its provisioner, who names the root.
fn certificates(chain: &CertificateChain) -> Value {
    json!({
        "type": "certificate chain",
        "device": chain.device(),
        "provisioner": chain.provisioner(),
        "signed": true,
    })
}

/// A co-signature with its token, certificates and report opened.
fn cosignature(bytes: &[u8]) -> Result<Value, Error> {
    let object = Signed::<CoSignature>::decode(bytes)?;
    let inner = object.payload();
    let mut value = signed_view(&object);
    capture(&mut value, &inner.attestation, &inner.chain, &inner.report)?;
    Ok(value)
}

/// An enrolment record with its receipt and both captures opened.
fn enrolment(bytes: &[u8]) -> Result<Value, Error> {
    let object = Signed::<EnrolmentRecord>::decode(bytes)?;
    let inner = object.payload();
    let mut value = signed_view(&object);
    value["consent"] = signed::<ConsentReceipt>(&inner.consent.0)?;
    if let Some(result) = &inner.uniqueness {
        value["uniqueness"] = endorsed(&Endorsed::<UniquenessResult>::decode(&result.0)?);
    }
    for (name, taken) in [("first", &inner.first), ("second", &inner.second)] {
        let mut opened = json!({});
        capture(&mut opened, &taken.attestation, &taken.chain, &taken.report)?;
        value[name] = opened;
    }
    Ok(value)
}

fn capture(value: &mut Value, attestation: &Blob, chain: &Blob, report: &Blob) -> Result<(), Error> {
    let token = cose::open("capture attestation", &attestation.0)?;
    value["attestation"] = json!(Claims::decode(token.payload()?)?);
    value["chain"] = certificates(&CertificateChain::decode(&chain.0)?);
    value["report"] = payload::<LivenessReport>(&report.0)?;
    Ok(())
}

fn unknown(name: &str) -> Error {
    Error::WrongType { expected: "one of the protocol's objects", found: name.chars().take(64).collect() }
}
