//! `vectors/objects.json`: for each object bytes that are one, and bytes that are none, for other implementations.
//!
//! The file is made here; after a change of a format `WETSIGN_WRITE_VECTORS=1 cargo test -p wetsign-attest --test
//! vectors` writes it again. `rule` is a rule of `cddl/wetsign.cddl`.

#[macro_use]
#[allow(dead_code, unused_macros)] // each test program uses its part
mod support;

use std::fmt::Debug;

use ed25519_dalek::SigningKey;
use minicbor::{Decoder, Encoder};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use support::*;
use wetsign_attest::bundle::{CardBundle, EnrolmentBundle, LogEntry, WithdrawalBundle};
use wetsign_attest::eat::{Attestation, Claims};
use wetsign_attest::id::{Atto, Blob, ChannelKey, Digest, Id, PublicKey};
use wetsign_attest::log::LogRecord;
use wetsign_attest::object::*;
use wetsign_attest::offer::Offer;
use wetsign_attest::{ApprovalBundle, Endorsed, Signed};

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/vectors/objects.json");

/// Whether bytes are read.
type Reads = Box<dyn Fn(&[u8]) -> bool>;
/// Key and value of a map, each as it stands.
type Member = (Vec<u8>, Vec<u8>);

/// A good vector, and how its bytes are read.
struct Vector {
    rule: &'static str,
    bytes: Vec<u8>,
    reads: Reads,
}

/// A payload; its view leads back to the same bytes.
fn payload<T>(rule: &'static str, value: &T) -> Vector
where
    T: Object + Serialize + DeserializeOwned + PartialEq + Debug,
{
    let bytes = value.to_payload().unwrap();
    let view = serde_json::to_string(value).unwrap();
    let again: T = serde_json::from_str(&view).unwrap();
    assert_eq!(again.to_payload().unwrap(), bytes, "{rule}: {view}");
    Vector { rule, bytes, reads: Box::new(|bytes| T::from_payload(bytes).is_ok()) }
}

fn signed<T: Object + 'static>(rule: &'static str, object: &Signed<T>) -> Vector {
    Vector {
        rule,
        bytes: object.bytes().to_vec(),
        reads: Box::new(|bytes| Signed::<T>::decode(bytes).is_ok()),
    }
}

/// Both: the payload, and the payload in its envelope.
fn both<T>(rule: &'static str, envelope: &'static str, value: T) -> [Vector; 2]
where
    T: Object + Serialize + DeserializeOwned + PartialEq + Debug + Clone + 'static,
{
    [payload(rule, &value), signed(envelope, &sign(value))]
}

fn vectors() -> Vec<Vector> {
    // A proof is random: here stand bytes of its length.
    let bundle = approval(&Edits {
        forge: true,
        ..edit!(cosignature: |_, own: &mut CoSignature| own.proof.proof = Blob(vec![7; 128]))
    });
    let opened = |bytes: &Blob| Signed::<CoSignature>::decode(&bytes.0).unwrap();
    let cosignature = opened(&bundle.cosignatures[0]);
    let report = LivenessReport::from_payload(&cosignature.payload().report.0).unwrap();
    let chain = CertificateChain::decode(&cosignature.payload().chain.0).unwrap();
    let token =
        Attestation::decode(&cosignature.payload().attestation.0, &chain.device().device_key).unwrap();
    let epoch = Endorsed::<RegistryEpoch>::decode(&bundle.epochs[0].0).unwrap();
    let stakes = StakeSnapshot::from_payload(&bundle.stakes[0].0).unwrap();
    let record = LogRecord::from_payload(&bundle.log[0].record.0).unwrap();
    let device_key = chain.device().device_key;
    let take = |bytes: &Blob| bytes.0.clone();

    let mut all = Vec::new();
    let request = Signed::<UsageRequest>::decode(&take(&bundle.request)).unwrap();
    let descriptor = Signed::<AssetDescriptor>::decode(&take(&bundle.descriptors[0])).unwrap();
    all.extend(both("usage-request", "signed-request", request.payload().clone()));
    all.extend(both("asset-descriptor", "signed-descriptor", descriptor.payload().clone()));
    let rules = Signed::<RulesRevision>::decode(&take(&bundle.rules[0])).unwrap().into_payload();
    all.extend(both("rules-revision", "signed-rules", rules));
    all.extend(both(
        "verdict",
        "signed-verdict",
        Signed::<Verdict>::decode(&take(&bundle.verdict)).unwrap().into_payload(),
    ));
    all.extend(both("cosignature", "signed-cosignature", cosignature.payload().clone()));
    all.extend(both(
        "approval-body",
        "signed-approval",
        Signed::<ApprovalBody>::decode(&take(&bundle.body)).unwrap().into_payload(),
    ));
    all.push(payload("liveness-report", &report));
    all.push(payload("stake-snapshot", &stakes));
    all.push(payload("stake-snapshot", &agreed(&stakes)));
    all.extend(around_the_chain(request.payload()));
    all.push(payload("registry-epoch", epoch.payload()));
    all.push(Vector {
        rule: "signed-epoch",
        bytes: epoch.bytes().to_vec(),
        reads: Box::new(|bytes| Endorsed::<RegistryEpoch>::decode(bytes).is_ok()),
    });
    all.push(payload("device-certificate", chain.device()));
    all.push(payload("provisioner-certificate", chain.provisioner()));
    all.push(Vector {
        rule: "certificate-chain",
        bytes: chain.bytes().to_vec(),
        reads: Box::new(|bytes| CertificateChain::decode(bytes).is_ok()),
    });
    all.push(Vector {
        rule: "claims",
        bytes: token.claims().encode().unwrap(),
        reads: Box::new(|bytes| Claims::decode(bytes).is_ok()),
    });
    all.push(Vector {
        rule: "token",
        bytes: token.bytes().to_vec(),
        reads: Box::new(move |bytes| Attestation::decode(bytes, &device_key).is_ok()),
    });
    all.push(payload("log-record", &record));
    all.extend(by_people(&request, &descriptor));
    all.extend(by_machines(&request, cosignature.payload()));
    all.extend(around_containers(&request, cosignature.payload()));
    all.extend(uniqueness());
    let card = sign(card());
    let (entry, checkpoint) = log(&[logged(&card)]);
    let entry = entry[0].clone();
    all.push(payload("card-bundle", &CardBundle { card: blob(&card), entry, checkpoint }));
    all.push(payload("approval-bundle", &bundle));
    all.push(payload("offer", &offer(&bundle, cosignature.payload())));
    let withdrawal = sign(withdrawal(&descriptor));
    all.push(payload(
        "withdrawal-bundle",
        &WithdrawalBundle {
            withdrawal: blob(&withdrawal),
            descriptors: bundle.descriptors.clone(),
            log: entries(&bundle.log),
            checkpoint: bundle.checkpoint.clone(),
        },
    ));
    all
}

fn entries(log: &[LogEntry]) -> Vec<LogEntry> {
    log.iter().take(2).cloned().collect()
}

fn offer(bundle: &ApprovalBundle, cosignature: &CoSignature) -> Offer {
    Offer {
        payload: Blob(cosignature.to_payload().unwrap()),
        request: bundle.request.clone(),
        verdict: bundle.verdict.clone(),
        descriptors: bundle.descriptors.clone(),
        rules: bundle.rules.clone(),
        until: T + 60,
        registration: None,
    }
}

fn withdrawal(descriptor: &Signed<AssetDescriptor>) -> Withdrawal {
    Withdrawal {
        asset: descriptor.id(),
        approval: None,
        reason: Some("the voice is sold".into()),
        signed_by: public(OWNER),
        time: T + 50,
    }
}

/// The same stakes with what was agreed on beside them.
fn agreed(stakes: &StakeSnapshot) -> StakeSnapshot {
    let parameters = Parameters {
        chain_id: 1,
        block: 23_500_000,
        hash: Digest([1; 32]),
        from_epoch: 3,
        kiosks: 3,
        operators: 2,
        least_face: 30_000,
        least_voice: 29_000,
        least_operator: Atto(1_000),
        least_kiosk: Atto(2_000),
        least_validator: Atto(3_000),
        keys: vec![Digest([2; 32])],
        models: vec![wetsign_attest::id::Scalar([3; 32])],
    };
    StakeSnapshot { parameters: Some(parameters), ..stakes.clone() }
}

/// A transfer whose price waits on a chain, and who saw it there.
fn around_the_chain(request: &UsageRequest) -> Vec<Vector> {
    let account = |byte| wetsign_attest::evm::EvmAddress([byte; 20]);
    let transfer = Transfer { to: holder(1), account: Some(account(7)) };
    let escrow = Escrow { chain_id: 1, contract: account(8), account: account(9), terms: Digest([4; 32]) };
    let sold =
        UsageRequest { transfer: Some(transfer), escrow: Some(escrow), fee: Atto(5), ..request.clone() };
    let note = EscrowNote {
        request: sold.id().unwrap(),
        escrow,
        fee: sold.fee,
        expires: sold.expires,
        block: 23_500_000,
        hash: Digest([1; 32]),
        watcher: public(HUB),
        time: T,
    };
    let mut all = vec![payload("usage-request", &sold)];
    all.extend(both("escrow-note", "signed-escrow-note", note));
    all
}

fn by_people(request: &Signed<UsageRequest>, descriptor: &Signed<AssetDescriptor>) -> Vec<Vector> {
    let mut all = Vec::new();
    all.extend(both("withdrawal", "signed-withdrawal", withdrawal(descriptor)));
    let decline = Decline {
        request: request.id(),
        verdict: Id([2; 32]),
        validator: holder(0),
        reason: "not in my name".into(),
        time: T,
    };
    all.extend(both("decline", "signed-decline", decline));
    let consent = ConsentReceipt {
        validator: holder(0),
        kiosk: public(HUB),
        text: "I agree.".into(),
        language: "en".into(),
        time: T,
    };
    all.extend(both("consent-receipt", "signed-consent", consent));
    let pairing = Pairing {
        kiosk: public(HUB),
        validator: holder(0),
        custody: Custody::Phone,
        label: "my phone".into(),
        device: Digest([3; 32]),
        certified: Digest([4; 32]),
        transcript: Digest([5; 32]),
        time: T,
        until: T + 1000,
    };
    all.extend(both("pairing", "signed-pairing", pairing.clone()));
    let unpairing = Unpairing {
        pairing: pairing.id().unwrap(),
        signed_by: holder(0),
        reason: "lost".into(),
        time: T + 10,
    };
    all.extend(both("unpairing", "signed-unpairing", unpairing));
    let complaint = Complaint {
        asset: descriptor.id(),
        approval: Id([6; 32]),
        words: "that is not what I was asked for".into(),
        signed_by: public(OWNER),
        time: T + 60,
    };
    all.extend(both("complaint", "signed-complaint", complaint));
    let mut keys = KeySet::of(holder(0));
    keys.agents = vec![holder(1)];
    keys.needed = 1;
    for (number, act) in [(1, KeyAct::Set(keys)), (2, KeyAct::Accept)] {
        let previous = (number > 1).then_some(Id([7; 32]));
        let (person, signed_by) = (holder(0), holder(0));
        let event = KeyEvent { person, number, previous, act, signed_by, time: T };
        all.extend(both("key-event", "signed-key-event", event));
    }
    let wish = ErasureRequest { validator: holder(0), kiosk: public(HUB), leaf: leaves()[0], time: T };
    all.extend(both("erasure-request", "signed-erasure-request", wish));
    all.extend(both("model-card", "signed-card", card()));
    all
}

fn card() -> ModelCard {
    let tensor =
        |name: &str| Tensor { name: name.into(), element: "f32".into(), shape: vec![1, 3, 112, 112] };
    ModelCard {
        name: "a-small-network".into(),
        revision: 1,
        previous: None,
        role: "face embedding".into(),
        content: Digest([8; 32]),
        size: 5_000_000,
        inputs: vec![tensor("picture")],
        outputs: vec![tensor("embedding")],
        licence: "MIT".into(),
        lineage: "trained from nothing".into(),
        made_from: Vec::new(),
        usage: "any".into(),
        measured: vec!["EER 0 % on 80 pairs".into()],
        price: Atto(1_000),
        publisher: public(OWNER),
        time: T,
    }
}

/// What stands around a locked asset.
fn around_containers(request: &Signed<UsageRequest>, cosignature: &CoSignature) -> Vec<Vector> {
    let (runner, opens_to) = (public(HUB), ChannelKey([9; 32]));
    let mut all = Vec::new();
    let key = RunnerKey { runner, opens_to, created: T, until: T + 3600 };
    all.extend(both("runner-key", "signed-runner-key", key));
    let release = ShareRelease {
        keyholder: public(HUB),
        approval: Id([1; 32]),
        asset: Id([2; 32]),
        container: Digest([3; 32]),
        committee: Id([4; 32]),
        runner,
        opens_to,
        share: Digest([5; 32]),
        time: T,
    };
    all.extend(both("share-release", "signed-share-release", release));
    let receipt = RunReceipt {
        runner,
        number: 1,
        previous: None,
        approval: Id([1; 32]),
        request: request.id(),
        verdict: cosignature.verdict,
        asset: Id([2; 32]),
        container: Digest([3; 32]),
        opens_to,
        input: Digest([6; 32]),
        output: Digest([7; 32]),
        media_type: "audio/wav".into(),
        confinement: vec!["files".into(), "network".into()],
        allowed: Vec::new(),
        time: T,
    };
    all.extend(both("run-receipt", "signed-run", receipt));
    let package = Release {
        package: "wetsign".into(),
        number: 1,
        version: "0.1.0".into(),
        architecture: "amd64".into(),
        digest: Digest([8; 32]),
        size: 1000,
        time: T,
        maker: public(HUB),
    };
    all.extend(both("release", "signed-release", package));
    all
}

/// What three searchers sign together.
fn uniqueness() -> [Vector; 2] {
    let mut keys = [21, 22, 23].map(|seed| SigningKey::from_bytes(&[seed; 32]));
    keys.sort_by_key(|key| PublicKey::from(key));
    let searchers =
        keys.each_ref().map(|key| SearchedTable { searcher: PublicKey::from(key), root: Digest([1; 32]) });
    let result = UniquenessResult {
        question: Digest([2; 32]),
        consent: Id([3; 32]),
        kiosk: public(HUB),
        searchers: searchers.into(),
        compared: 12,
        face_bound: 500,
        both_bound: 1200,
        found: false,
        time: T,
    };
    let signed = Endorsed::sign(result.clone(), &keys.each_ref()).unwrap();
    let reads = |bytes: &[u8]| Endorsed::<UniquenessResult>::decode(bytes).is_ok();
    [
        payload("uniqueness-result", &result),
        Vector { rule: "signed-uniqueness", bytes: signed.bytes().to_vec(), reads: Box::new(reads) },
    ]
}

fn by_machines(request: &Signed<UsageRequest>, cosignature: &CoSignature) -> Vec<Vector> {
    let mut all = Vec::new();
    let refusal = Refusal {
        request: request.id(),
        stage: RefusalStage::Rules,
        code: "no-political-content".into(),
        verdict: Some(cosignature.verdict),
        signed_by: public(HUB),
        time: T,
    };
    all.extend(both("refusal", "signed-refusal", refusal));
    let registration = Registration {
        requester: public(REQUESTER),
        name: "The school at the corner".into(),
        contact: "school.example".into(),
        purposes: vec!["educational-narration".into()],
        kiosk: public(HUB),
        time: T,
        until: T + 100,
    };
    all.extend(both("registration", "signed-registration", registration));
    let erasure = ErasureReceipt {
        kiosk: public(HUB),
        objects: vec![Id([1; 32]), Id([2; 32])],
        leaf: Some(leaves()[0]),
        what: "template".into(),
        asked_by: holder(0),
        backups: false,
        done_by: T + 100,
        time: T,
    };
    all.extend(both("erasure-receipt", "signed-erasure", erasure));
    let capture = AttestedCapture {
        attestation: cosignature.attestation.clone(),
        chain: cosignature.chain.clone(),
        report: cosignature.report.clone(),
    };
    let consent = sign(ConsentReceipt {
        validator: holder(0),
        kiosk: public(HUB),
        text: "I agree.".into(),
        language: "en".into(),
        time: T,
    });
    let record = EnrolmentRecord {
        leaf: leaves()[0],
        validator: holder(0),
        first: capture.clone(),
        second: capture,
        proof: cosignature.proof.clone(),
        duplicates: DuplicateSearch { compared: 3, bound: 400, found: false },
        consent: blob(&consent),
        kiosk: public(HUB),
        time: T + 100,
        first_proof: Some(cosignature.proof.clone()),
        uniqueness: None,
    };
    let signed_record = sign(record.clone());
    all.extend(both("enrolment-record", "signed-enrolment", record));
    let endorsement = EnrolmentEndorsement {
        record: signed_record.id(),
        registrar: public(REGISTRARS[0]),
        time: T + 200,
        development: false,
    };
    let endorsed = sign(endorsement.clone());
    all.extend(both("endorsement", "signed-endorsement", endorsement));
    let (log, checkpoint) = log(&[logged(&signed_record), logged(&endorsed)]);
    all.push(payload(
        "enrolment-bundle",
        &EnrolmentBundle {
            record: blob(&signed_record),
            endorsements: vec![blob(&endorsed)],
            verifying_key: Blob(verifying_key().to_bytes()),
            log,
            checkpoint,
        },
    ));
    all
}

/// Keys and values of the outermost map, each as it stands.
fn members(bytes: &[u8]) -> Option<Vec<Member>> {
    let mut decoder = Decoder::new(bytes);
    let count = decoder.map().ok()??;
    let mut item = || {
        let begun = decoder.position();
        decoder.skip().ok()?;
        Some(bytes[begun..decoder.position()].to_vec())
    };
    (0..count).map(|_| Some((item()?, item()?))).collect()
}

fn map(members: &[Member]) -> Vec<u8> {
    let mut out = Vec::new();
    Encoder::new(&mut out).map(members.len() as u64).unwrap();
    out.extend(members.iter().flat_map(|(key, value)| [key.clone(), value.clone()].concat()));
    out
}

/// Bytes that are none, each with the rule of decoding that it breaks, and whether CDDL can tell.
fn bad(rule: &str, good: &[u8]) -> Vec<(&'static str, Vec<u8>, bool)> {
    let mut all = vec![
        ("a byte behind it", [good, &[0]].concat(), true),
        ("cut by a byte", good[..good.len() - 1].to_vec(), true),
        ("nothing", Vec::new(), true),
        ("another kind of item", vec![0x01], true),
    ];
    let Some(members) = members(good) else {
        // An envelope, or a list: the last byte is of a signature.
        let mut other = good.to_vec();
        *other.last_mut().unwrap() ^= 1;
        all.push(("a signature that does not verify", other, false));
        return all;
    };
    let body = &good[good.len() - map(&members).len() + 1..];
    let with = |change: &dyn Fn(&mut Vec<Member>)| {
        let mut changed = members.clone();
        change(&mut changed);
        map(&changed)
    };
    // A report may leave out its source, and counts as a recording then.
    let needed = if rule == "liveness-report" { 2 } else { 1 };
    let unknown = (vec![0x18, 0x63], vec![0]);
    all.push(("a key that nobody knows", with(&|all| all.push(unknown.clone())), true));
    all.push(("its last key twice", with(&|all| all.push(all[all.len() - 1].clone())), true));
    all.push(("two keys in another order", with(&|all| all.swap(0, 1)), true));
    all.push(("without a key that it needs", with(&|all| drop(all.remove(needed))), true));
    all.push(("a value of another kind", with(&|all| all[needed].1 = vec![0xf7]), true));
    all.push(("of indefinite length", [&[0xbf], body, &[0xff]].concat(), true));
    all.push(("a length in a longer form", [&[0xb8, members.len() as u8], body].concat(), true));
    // The set of claims is no object of ours: it has no type.
    if members[0].0 == [0] {
        let another = |all: &mut Vec<Member>| *all[0].1.last_mut().unwrap() = b'9';
        all.push(("of another type", with(&another), true));
    }
    all
}

/// What makes `other` of `good`: at which byte how many are dropped, and what is put there.
fn splice<'a>(good: &[u8], other: &'a [u8]) -> (usize, usize, &'a [u8]) {
    let at = good.iter().zip(other).take_while(|(one, two)| one == two).count();
    let most = good.len().min(other.len()) - at;
    let same =
        good.iter().rev().zip(other.iter().rev()).take(most).take_while(|(one, two)| one == two).count();
    (at, good.len() - at - same, &other[at..other.len() - same])
}

#[test]
fn every_object_has_vectors_good_and_bad_and_the_published_ones_are_these() {
    let mut objects: Vec<Value> = Vec::new();
    for Vector { rule, bytes, reads } in vectors() {
        assert!(reads(&bytes), "{rule} is read");
        let mut refused = Vec::new();
        for (why, other, by_cddl) in bad(rule, &bytes) {
            assert!(!reads(&other), "{rule}, {why}: it is read");
            let (at, drop, insert) = splice(&bytes, &other);
            let insert = hex::encode(insert);
            refused.push(json!({ "why": why, "at": at, "drop": drop, "insert": insert, "by_cddl": by_cddl }));
        }
        objects.push(json!({ "rule": rule, "bytes": hex::encode(bytes), "bad": refused }));
    }
    let about = "For each rule of cddl/wetsign.cddl: bytes that are one, in hexadecimal, and what makes bytes that are none \
                 of them: at a byte so many are dropped and others put there; why: the rule of decoding; by_cddl: whether \
                 the CDDL with RFC 8949 section 4.2.1 tells, where else a signature does.";
    let made = json!({ "about": about, "objects": objects });
    if std::env::var_os("WETSIGN_WRITE_VECTORS").is_some() {
        std::fs::write(FILE, format!("{made:#}\n")).unwrap();
    }
    let published: Value = serde_json::from_str(&std::fs::read_to_string(FILE).unwrap()).unwrap();
    assert!(published == made, "vectors/objects.json is not what this crate makes");
    let schema = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/cddl/wetsign.cddl")).unwrap();
    for object in objects {
        let rule = object["rule"].as_str().unwrap();
        assert!(schema.contains(&format!("\n{rule} = ")), "the CDDL has no rule {rule}");
    }
    let types = schema.matches("\n  0 => \"wetsign/").count();
    assert_eq!(types, 37, "an object without a rule");
}
