//! A whole synthetic approval: two enrolled people approve a narration. Every part can be edited before it is signed,
//! so that whatever a test breaks is broken by someone who holds all keys.

/// Edits of an approval: `edit!(part: |value| …, …)`.
#[allow(unused_macros)] // each test program uses its part
macro_rules! edit {
    ($($field:ident: $change:expr),* $(,)?) => {
        Edits { $($field: Some(Box::new($change)),)* ..Edits::default() }
    };
}

pub mod enrolment;
pub mod expect;
pub mod series;

use std::sync::OnceLock;

use ed25519_dalek::SigningKey;
use wetsign_attest::binding::{self, Signal};
use wetsign_attest::bundle::{ApprovalBundle, LogEntry};
use wetsign_attest::eat::{Attestation, Claims, Home};
use wetsign_attest::evm::EvmAddress;
use wetsign_attest::id::{Atto, Blob, ChannelKey, Digest, Id, PublicKey, Scalar};
use wetsign_attest::log::{Checkpoint, LogRecord, MerkleTree, tree::leaf_hash};
use wetsign_attest::object::*;
use wetsign_attest::passkey::software::SoftwarePasskey;
use wetsign_attest::policy::{TrustPolicy, TrustedLog};
use wetsign_attest::rules::{self, Inputs, example};
use wetsign_attest::verify::{Options, Report, Status, report_of};
use wetsign_attest::{Endorsed, Signed};
use wetsign_circuits::keys::Forger;
use wetsign_circuits::{
    Features, Fr, PrivateInputs, PublicInputs, Registry, VerifyingKey, commitment, development_key, field,
    prove,
};
use wetsign_liveness::Thresholds;
use wetsign_liveness::challenge::{CATALOGUE_VERSION, derive};
use wetsign_liveness::decision::{mandatory_gates, not_asked};
use wetsign_liveness::gates::{self, Measure};
use wetsign_liveness::phrase::required_score;
use wetsign_liveness::repertoire::Repertoire as Catalogue;

pub const T: u64 = example::CREATED;
pub const ORIGIN: &str = "log.example/hub";
const TAU: u32 = 1 << 15;
const FIRMWARE: Digest = Digest([0xF1; 32]);

pub fn key(number: u8) -> SigningKey {
    SigningKey::from_bytes(&[number; 32])
}

pub fn public(number: u8) -> PublicKey {
    PublicKey::from(&key(number))
}

pub const OWNER: u8 = 1;
pub const REQUESTER: u8 = 2;
pub const CHECKER: u8 = 3;
pub const HUB: u8 = 4;
pub const LOG: u8 = 5;
pub const PROVISIONER: u8 = 6;
pub const ROOT: u8 = 11;
pub const REGISTRARS: [u8; 2] = [7, 8];
pub const AGENT: u8 = 9;
pub const OTHER: u8 = 10;

pub fn validator(person: usize) -> u8 {
    20 + person as u8
}

/// People from this number on sign with passkeys.
pub const WITH_PASSKEY: usize = 2;
const PEOPLE: usize = 4;
pub const PARTY: &str = "hub.example";
pub const PAGE: &str = "https://hub.example";

pub fn passkey(person: usize) -> SoftwarePasskey {
    SoftwarePasskey::new(&[validator(person); 32], PARTY, PAGE).unwrap()
}

/// A validator's public key, of either kind.
pub fn holder(person: usize) -> PublicKey {
    if person < WITH_PASSKEY { public(validator(person)) } else { passkey(person).public() }
}

/// The number of the key of a person's kiosk's secure element.
pub fn device(person: usize) -> u8 {
    30 + person as u8
}

/// Secret values of one enrolled person.
struct Person {
    secret: Fr,
    template_blinding: Fr,
    probe_blinding: Fr,
}

fn person(number: usize) -> Person {
    let element = |what: &str| field::field31(format!("{what} of person {number}").as_bytes());
    Person {
        secret: element("secret"),
        template_blinding: element("template blinding"),
        probe_blinding: element("probe blinding"),
    }
}

fn vector(length: usize, person: usize, drift: i8) -> Vec<i8> {
    (0..length)
        .map(|index| {
            let step = (index * (person * 7 + 3) + person * 31) % 181;
            (step as i16 - 90) as i8 + if index % 9 == 0 { drift } else { 0 }
        })
        .collect()
}

fn features(person: usize, drift: i8) -> Features {
    Features { face: vector(192, person, drift), voice: vector(256, person + 5, drift) }
}

pub fn model_id() -> Fr {
    binding::model_id(&Digest([1; 32]), &Digest([2; 32]), &Digest([3; 32]))
}

struct Enrolled {
    registry: Registry,
    key: wetsign_circuits::ProvingKey,
}

/// Registry and development key, made once a test program.
fn enrolled() -> &'static Enrolled {
    static ENROLLED: OnceLock<Enrolled> = OnceLock::new();
    ENROLLED.get_or_init(|| {
        let mut registry = Registry::new(14).unwrap();
        for number in 0..PEOPLE {
            let person = person(number);
            let template = commitment::template(&model_id(), &features(number, 0), &person.template_blinding);
            let bound = binding::validator_key(&holder(number));
            registry.set(number as u64, commitment::leaf(&person.secret, &template, &bound)).unwrap();
        }
        let cache = wetsign_models::store::cache_dir().unwrap();
        Enrolled { registry, key: development_key(&cache).unwrap() }
    })
}

pub fn verifying_key() -> &'static VerifyingKey {
    enrolled().key.verifying_key()
}

/// Edits of the parts, each applied just before the part is signed. The number is the person's.
#[derive(Default)]
pub struct Edits {
    pub descriptor: Edit<AssetDescriptor>,
    pub later_descriptor: Successor<AssetDescriptor>,
    pub rules: Edit<RulesRevision>,
    pub later_rules: Successor<RulesRevision>,
    pub rules_key: Option<u8>,
    pub request: Edit<UsageRequest>,
    pub verdict: Edit<Verdict>,
    pub stakes: Edit<StakeSnapshot>,
    pub epoch: Edit<RegistryEpoch>,
    pub later_epoch: Edit<RegistryEpoch>,
    pub registrars: Option<Vec<u8>>,
    pub device: NumberedEdit<DeviceCertificate>,
    pub provisioner: NumberedEdit<ProvisionerCertificate>,
    pub chain: NumberedEdit<Vec<u8>>,
    pub device_key: Option<u8>,
    pub report: NumberedEdit<LivenessReport>,
    pub claims: NumberedEdit<Claims>,
    pub inputs: NumberedEdit<PublicInputs>,
    pub cosignature: NumberedEdit<CoSignature>,
    pub people: Option<Vec<usize>>,
    /// Prove what is signed, where a test needs whole approvals of its own instead of one that is broken.
    pub prove: bool,
    /// The same by a proof of somebody who knows the development key's seed, and nothing else: at once.
    pub forge: bool,
    pub body: Edit<ApprovalBody>,
    pub log: Edit<Vec<Logged>>,
    pub bundle: Edit<ApprovalBundle>,
}

pub type Edit<T> = Option<Box<dyn Fn(&mut T)>>;
/// Makes the revision that follows one.
pub type Successor<T> = Option<Box<dyn Fn(&Signed<T>) -> Signed<T>>>;
pub type NumberedEdit<T> = Option<Box<dyn Fn(usize, &mut T)>>;

/// An object on its way into the log.
pub struct Logged {
    pub kind: &'static str,
    pub id: Id,
    pub bytes: Vec<u8>,
    /// What its record says that it follows.
    pub previous: Vec<Id>,
}

#[allow(clippy::ref_option)] // the fields of `Edits` are options
fn apply<T>(edit: &Edit<T>, value: &mut T) {
    if let Some(edit) = edit {
        edit(value);
    }
}

#[allow(clippy::ref_option)] // the fields of `Edits` are options
fn apply_to<T>(edit: &NumberedEdit<T>, number: usize, value: &mut T) {
    if let Some(edit) = edit {
        edit(number, value);
    }
}

pub fn logged<T: Object>(object: &Signed<T>) -> Logged {
    Logged { kind: T::TYPE, id: object.id(), bytes: object.bytes().to_vec(), previous: vec![] }
}

pub fn blob<T: Object>(object: &Signed<T>) -> Blob {
    Blob(object.bytes().to_vec())
}

/// A proof of the unedited approval, kept: an edit that changes public inputs goes with a proof that is not theirs.
fn proof(number: usize, inputs: &PublicInputs, anew: bool) -> Vec<u8> {
    static PROOFS: [OnceLock<Vec<u8>>; PEOPLE] = [const { OnceLock::new() }; PEOPLE];
    let make = || {
        let person = person(number);
        let private = PrivateInputs {
            secret: person.secret,
            template_blinding: person.template_blinding,
            probe_blinding: person.probe_blinding,
            template: features(number, 0),
            probe: features(number, 4),
            path: enrolled().registry.path(number as u64).unwrap(),
        };
        prove(&enrolled().key, inputs, &private).unwrap().to_bytes().to_vec()
    };
    if anew { make() } else { PROOFS[number].get_or_init(make).clone() }
}

/// A proof by who knows the development key's seed.
pub fn forged(inputs: &PublicInputs) -> Vec<u8> {
    static FORGER: OnceLock<Forger> = OnceLock::new();
    let forger = FORGER.get_or_init(|| Forger::new(verifying_key()).unwrap());
    forger.prove(inputs).unwrap().to_bytes().to_vec()
}

/// The leaves of the enrolled people, by index.
pub fn leaves() -> [Scalar; PEOPLE] {
    let mut leaves = enrolled().registry.leaves();
    std::array::from_fn(|_| binding::scalar(&leaves.next().unwrap().1))
}

/// Makes the approval with these edits.
pub fn approval(edits: &Edits) -> ApprovalBundle {
    let (descriptor, rules) = asset(edits);
    let mut descriptors = vec![descriptor];
    descriptors.extend(edits.later_descriptor.as_ref().map(|later| later(&descriptors[0])));
    let mut revisions = vec![rules];
    revisions.extend(edits.later_rules.as_ref().map(|later| later(&revisions[0])));
    let request = request(edits, descriptors[0].id());
    let (newest_descriptor, newest_rules) = (descriptors.last().unwrap(), revisions.last().unwrap());
    let verdict = verdict(edits, newest_descriptor, newest_rules, &request);
    let (epochs, stakes) = epochs(edits);
    let epoch = epochs.last().unwrap();
    let people = edits.people.clone().unwrap_or_else(|| vec![0, 1]);
    let cosignatures: Vec<_> = people
        .iter()
        .map(|person| cosignature(edits, *person, &request, &verdict, epoch, newest_descriptor.payload().evm))
        .collect();
    let body = body(edits, newest_descriptor, newest_rules, &request, &verdict, &cosignatures, epoch);

    let mut sequence: Vec<Logged> = descriptors.iter().map(logged).collect();
    sequence.extend(revisions.iter().map(logged));
    for epoch in &epochs {
        sequence.push(Logged {
            kind: RegistryEpoch::TYPE,
            id: epoch.id(),
            bytes: epoch.bytes().to_vec(),
            previous: vec![],
        });
    }
    sequence.extend([logged(&request), logged(&verdict)]);
    sequence.extend(cosignatures.iter().map(logged));
    sequence.push(logged(&body));
    apply(&edits.log, &mut sequence);
    let (log, checkpoint) = log(&sequence);

    let mut bundle = ApprovalBundle {
        body: blob(&body),
        request: blob(&request),
        descriptors: descriptors.iter().map(blob).collect(),
        rules: revisions.iter().map(blob).collect(),
        verdict: blob(&verdict),
        cosignatures: cosignatures.iter().map(blob).collect(),
        epochs: epochs.iter().map(|epoch| Blob(epoch.bytes().to_vec())).collect(),
        stakes: stakes.iter().map(|stakes| Blob(stakes.to_payload().unwrap())).collect(),
        verifying_keys: vec![Blob(verifying_key().to_bytes())],
        log,
        checkpoint,
        withdrawals: None,
        key_events: None,
    };
    apply(&edits.bundle, &mut bundle);
    bundle
}

fn asset(edits: &Edits) -> (Signed<AssetDescriptor>, Signed<RulesRevision>) {
    let (mut descriptor, mut rules, _) = example::narration("");
    descriptor.owner = public(OWNER);
    descriptor.signed_by = public(OWNER);
    descriptor.agents = vec![Agent {
        key: public(AGENT),
        actions: vec![AgentAction::ReviseRules],
        fee_limit: None,
        expires: T + 3600,
    }];
    descriptor.evm = Some(EvmReference { chain_id: 31337, contract: EvmAddress([0xEE; 20]), token: None });
    apply(&edits.descriptor, &mut descriptor);
    let descriptor = Signed::sign(descriptor, &key(OWNER)).unwrap();
    let signer = edits.rules_key.unwrap_or(OWNER);
    rules.asset = descriptor.id();
    rules.signed_by = public(signer);
    rules.model_ids = vec![binding::scalar(&model_id())];
    apply(&edits.rules, &mut rules);
    (descriptor, Signed::sign(rules, &key(signer)).unwrap())
}

fn request(edits: &Edits, asset: Id) -> Signed<UsageRequest> {
    let (_, _, mut request) = example::narration("Rain falls and rivers carry it to the sea.");
    request.assets = vec![asset];
    request.requester = public(REQUESTER);
    apply(&edits.request, &mut request);
    Signed::sign(request, &key(REQUESTER)).unwrap()
}

pub fn scores() -> Vec<ClassifierScore> {
    let score =
        |label: &str, score| ClassifierScore { label: label.into(), classifier: example::CLASSIFIER, score };
    vec![score("objectionable", 40), score("political", 0)]
}

fn verdict(
    edits: &Edits,
    descriptor: &Signed<AssetDescriptor>,
    rules: &Signed<RulesRevision>,
    request: &Signed<UsageRequest>,
) -> Signed<Verdict> {
    let inputs = Inputs { now: T + 5, scores: scores() };
    let asset = rules::evaluate(rules.payload(), descriptor.payload(), request.payload(), &inputs);
    let mut verdict =
        Verdict { request: request.id(), checker: public(CHECKER), time: T + 5, assets: vec![asset] };
    apply(&edits.verdict, &mut verdict);
    Signed::sign(verdict, &key(CHECKER)).unwrap()
}

fn epochs(edits: &Edits) -> (Vec<Endorsed<RegistryEpoch>>, Vec<StakeSnapshot>) {
    let mut list: Vec<Stake> = (0..PEOPLE)
        .map(|person| Stake { validator: holder(person), amount: Atto(5_000_000_000_000_000_000) })
        .collect();
    list.sort_by_key(|stake| stake.validator);
    let mut stakes = StakeSnapshot { epoch: 1, stakes: list, parameters: None };
    apply(&edits.stakes, &mut stakes);
    let mut epoch = RegistryEpoch {
        number: 1,
        root: binding::scalar(&enrolled().registry.root()),
        size: PEOPLE as u64,
        previous: None,
        revoked_leaves: Vec::new(),
        revoked_kiosks: Vec::new(),
        stakes: stakes.id().unwrap(),
        from_index: 0,
        time: T,
        development: false,
        log: Some(ORIGIN.into()),
    };
    apply(&edits.epoch, &mut epoch);
    let registrars: Vec<_> =
        edits.registrars.clone().unwrap_or(REGISTRARS.to_vec()).into_iter().map(key).collect();
    let sign = |epoch| Endorsed::sign(epoch, &registrars.iter().collect::<Vec<_>>()).unwrap();
    let mut epochs = vec![sign(epoch.clone())];
    let mut snapshots = vec![stakes.clone()];
    if let Some(edit) = &edits.later_epoch {
        stakes.epoch = 2;
        epoch = RegistryEpoch {
            number: 2,
            previous: Some(epochs[0].id()),
            stakes: stakes.id().unwrap(),
            time: T + 10,
            ..epoch
        };
        edit(&mut epoch);
        epochs.push(sign(epoch));
        snapshots.push(stakes);
    }
    (epochs, snapshots)
}

pub fn cosignature(
    edits: &Edits,
    person: usize,
    request: &Signed<UsageRequest>,
    verdict: &Signed<Verdict>,
    epoch: &Endorsed<RegistryEpoch>,
    evm: Option<EvmReference>,
) -> Signed<CoSignature> {
    let ueid = ueid(person);
    let report = report(edits, person);
    let encoded = report.to_payload().unwrap();
    let secrets = self::person(person);
    let probe = commitment::probe(&model_id(), &features(person, 4), &secrets.probe_blinding);
    let nonce = binding::nonce(&request.id(), &verdict.id(), &holder(person), &report.challenge);
    let mut claims = claims(person, nonce, &probe, &report);
    apply_to(&edits.claims, person, &mut claims);
    let attestation = Attestation::sign(claims, &key(edits.device_key.unwrap_or(device(person)))).unwrap();

    let signal = Signal {
        log: ORIGIN,
        verdict: verdict.id(),
        decision: HumanDecision::Approve,
        ueid: &ueid.0,
        challenge: report.challenge,
        epoch: epoch.id(),
        chains: evm.as_slice(),
    };
    let request_id = binding::request_id(&request.id());
    let mut inputs = PublicInputs {
        root: field::from_bytes(&epoch.payload().root.0).unwrap(),
        nullifier: commitment::nullifier(&secrets.secret, &request_id),
        probe,
        request_id,
        signal: binding::signal(&signal),
        model_id: field::from_bytes(&report.model_id.0).unwrap(),
        validator_key: binding::validator_key(&holder(person)),
        tau_face: TAU,
        tau_voice: TAU,
    };
    apply_to(&edits.inputs, person, &mut inputs);
    let mut cosignature = CoSignature {
        request: request.id(),
        verdict: verdict.id(),
        decision: HumanDecision::Approve,
        proof: MatchProof {
            proof: Blob(if edits.forge { forged(&inputs) } else { proof(person, &inputs, edits.prove) }),
            inputs: inputs.to_bytes().chunks(32).map(|chunk| Scalar::try_from(chunk).unwrap()).collect(),
            verifying_key: Digest(verifying_key().digest()),
        },
        attestation: Blob(attestation.bytes().to_vec()),
        chain: Blob(chain(edits, person)),
        report: Blob(encoded),
        epoch: epoch.id(),
        validator: holder(person),
        custody: if person < WITH_PASSKEY { Custody::Kiosk } else { Custody::SoftwarePasskey },
        time: T + 30 + person as u64,
    };
    apply_to(&edits.cosignature, person, &mut cosignature);
    if cosignature.validator.is_passkey() {
        answered(cosignature, &passkey(person))
    } else {
        sign(cosignature)
    }
}

/// Signs with a passkey.
pub fn answered<T: Object>(object: T, passkey: &SoftwarePasskey) -> Signed<T> {
    let answer = passkey.assert(&Signed::challenge(&object).unwrap()).unwrap();
    Signed::by_passkey(&object, &answer).unwrap()
}

/// The certificates of a person's secure element.
fn chain(edits: &Edits, person: usize) -> Vec<u8> {
    let (mut device, mut provisioner) = certificates(person);
    apply_to(&edits.device, person, &mut device);
    apply_to(&edits.provisioner, person, &mut provisioner);
    let mut bytes = join(&sign(device), &sign(provisioner));
    apply_to(&edits.chain, person, &mut bytes);
    bytes
}

fn certificates(person: usize) -> (DeviceCertificate, ProvisionerCertificate) {
    let device = DeviceCertificate {
        device_key: public(device(person)),
        channel_key: ChannelKey([0x70 + person as u8; 32]),
        ueid: ueid(person),
        hwmodel: "wetsign-board-1".into(),
        home: Home::Chip,
        not_before: T - 1000,
        not_after: T + 1_000_000,
        provisioner: public(PROVISIONER),
        settlement: None,
    };
    let provisioner = ProvisionerCertificate {
        provisioner: public(PROVISIONER),
        name: "a maker of elements".into(),
        hwmodels: vec!["wetsign-board-1".into(), "wetsign-board-2".into()],
        not_before: T - 2000,
        not_after: T + 2_000_000,
        root: public(ROOT),
    };
    (device, provisioner)
}

/// Not by `CertificateChain::new`, which refuses what the tests have to show to a verifier.
pub fn join(device: &Signed<DeviceCertificate>, provisioner: &Signed<ProvisionerCertificate>) -> Vec<u8> {
    let mut bytes = vec![0x82];
    for link in [device.bytes(), provisioner.bytes()] {
        match u8::try_from(link.len()) {
            Ok(length) => bytes.extend([0x58, length]),
            Err(_) => bytes.extend([&[0x59][..], &(link.len() as u16).to_be_bytes()].concat()),
        }
        bytes.extend(link);
    }
    bytes
}

/// Signs with whatever key of this module the object names.
pub fn sign<T: Object>(object: T) -> Signed<T> {
    let signer = (1..60).find(|number| Some(public(*number)) == object.signer()).unwrap();
    Signed::sign(object, &key(signer)).unwrap()
}

pub fn ueid(person: usize) -> Blob {
    Blob([&[1], &[0x40 + person as u8; 16][..]].concat())
}

/// What a chip in order says of a capture.
fn claims(person: usize, nonce: Digest, probe: &Fr, report: &LivenessReport) -> Claims {
    Claims {
        nonce,
        ueid: ueid(person),
        hwmodel: "wetsign-board-1".into(),
        uptime: 5000,
        oemboot: true,
        dbgstat: 4,
        bootcount: 3,
        swname: "wetsign-element".into(),
        swversion: "0.1.0".into(),
        firmware: FIRMWARE,
        probe: binding::scalar(probe),
        report: Id::of(&report.to_payload().unwrap()),
        manifest: report.manifest,
        counter: 17,
        tamper: 0,
        since_begin_ms: 12_000,
        home: Home::Chip,
    }
}

/// A gate passed at its shipped bound.
fn gate(measure: Measure, words: usize) -> Gate {
    let thresholds = Thresholds::from_manifest();
    let sense = match measure.row().sense {
        gates::Sense::AtLeast => Sense::AtLeast,
        gates::Sense::AtMost => Sense::AtMost,
    };
    let bound =
        if measure == Measure::Phrase { required_score(words) } else { thresholds.of(measure).unwrap() };
    let public = measure.row().sight == gates::Sight::Public;
    Gate { name: measure.name().into(), bound, sense, passed: true, value: public.then_some(bound) }
}

fn report(edits: &Edits, person: usize) -> LivenessReport {
    let mut report = live(Digest([0x60 + person as u8; 32]), T + 29);
    apply_to(&edits.report, person, &mut report);
    report
}

/// A report of the real camera and microphone in which everything passed.
fn live(challenge: Digest, time: u64) -> LivenessReport {
    asked_from(&Catalogue::live(), challenge, time)
}

/// The same, asked from another catalogue.
pub fn asked_from(catalogue: &Catalogue, challenge: Digest, time: u64) -> LivenessReport {
    let plan = derive(&challenge.0, catalogue);
    let full = derive(&challenge.0, &Catalogue::live());
    let mut gates: Vec<Gate> =
        mandatory_gates(&plan).into_iter().map(|measure| gate(measure, plan.phrase().len())).collect();
    gates.sort_by(|a, b| a.name.cmp(&b.name));
    let mut not_shown: Vec<String> =
        not_asked(&plan.prompts, plan.lips_in_step).iter().map(ToString::to_string).collect();
    not_shown.sort();
    LivenessReport {
        source: Some(Source::Live { camera: "usb 046d:085e".into(), microphone: "hw:1,0".into() }),
        repertoire: Repertoire::from(catalogue),
        challenge,
        catalogue_version: CATALOGUE_VERSION,
        prompts: plan.prompts.iter().map(Prompt::from).collect(),
        entropy_millibits: plan.entropy_millibits,
        asked_millibits: full.entropy_millibits,
        gates,
        not_shown,
        model_id: binding::scalar(&model_id()),
        manifest: Digest([0xAB; 32]),
        duration_ms: 9000,
        time,
        light_advice: None,
        confinement: None,
        spoken: plan.consents().then(|| binding::spoken(&challenge, plan.phrase())),
    }
}

fn body(
    edits: &Edits,
    descriptor: &Signed<AssetDescriptor>,
    rules: &Signed<RulesRevision>,
    request: &Signed<UsageRequest>,
    verdict: &Signed<Verdict>,
    cosignatures: &[Signed<CoSignature>],
    epoch: &Endorsed<RegistryEpoch>,
) -> Signed<ApprovalBody> {
    let mut ids: Vec<Id> = cosignatures.iter().map(Signed::id).collect();
    ids.sort_unstable();
    let mut body = ApprovalBody {
        request: request.id(),
        descriptors: vec![descriptor.id()],
        rules: vec![rules.id()],
        verdict: verdict.id(),
        cosignatures: ids,
        epoch: epoch.id(),
        hub: public(HUB),
        time: T + 40,
    };
    apply(&edits.body, &mut body);
    Signed::sign(body, &key(HUB)).unwrap()
}

pub fn log(sequence: &[Logged]) -> (Vec<LogEntry>, String) {
    let mut tree = MerkleTree::new();
    // Other people's records before and between.
    let filler = |number: u64| leaf_hash(&number.to_be_bytes());
    tree.push(filler(1000));
    let mut records = Vec::new();
    for (number, object) in sequence.iter().enumerate() {
        let salt = Digest::of(format!("salt {number}").as_bytes());
        let record = LogRecord::of(object.kind, object.id, &object.previous, &salt, &object.bytes);
        let record = record.to_payload().unwrap();
        records.push((tree.push(leaf_hash(&record)), record, salt));
        tree.push(filler(number as u64));
    }
    let entries = records
        .into_iter()
        .map(|(index, record, salt)| LogEntry {
            index,
            record: Blob(record),
            salt,
            proof: tree.inclusion(index, tree.size()).unwrap(),
        })
        .collect();
    let head = Checkpoint { origin: ORIGIN.into(), size: tree.size(), root: tree.root() };
    (entries, head.sign(&key(LOG)).unwrap())
}

/// Trusts the keys of this module and kiosk custody, no simulated parts; names the development key.
pub fn policy() -> TrustPolicy {
    TrustPolicy {
        version: 2,
        registrars: REGISTRARS.map(public).to_vec(),
        registrars_needed: 2,
        roots: vec![public(ROOT)],
        verifying_keys: vec![Digest(verifying_key().digest())],
        firmware: vec![FIRMWARE],
        checkers: vec![public(CHECKER)],
        minimum_stake: Atto(1_000_000_000_000_000_000),
        minimum_tau_face: Some(TAU),
        minimum_tau_voice: Some(TAU),
        accept_shared_roles: false,
        accept_simulated: false,
        accept_emulated: false,
        accept_development_keys: false,
        accept_kiosk_custody: true,
        accept_phone_custody: false,
        media: None,
        relying_parties: Vec::new(),
        minimum_entropy_millibits: 20_000,
        witnesses: None,
        log: TrustedLog { origin: ORIGIN.into(), key: public(LOG) },
        operators: std::collections::BTreeMap::new(),
        searchers: None,
        gates: std::collections::BTreeMap::new(),
    }
}

/// Development keys allowed, as the proofs here are made with one; a clock; nothing else.
pub fn options() -> Options<'static> {
    Options { allow_development_keys: true, now: Some(T + 60), ..Options::default() }
}

/// The answer on an edited approval.
pub fn check(edits: &Edits) -> Report {
    verify(&approval(edits).to_bytes().unwrap(), &policy(), options())
}

/// The checks of an answer, whichever it is. The tests look at refusals, which give nothing but their checks.
pub fn verify(bundle: &[u8], policy: &TrustPolicy, options: Options<'_>) -> Report {
    report_of(&wetsign_attest::verify::verify(bundle, policy, options)).clone()
}

/// Codes that failed, each once, in order.
pub fn failed(report: &Report) -> Vec<&'static str> {
    let mut codes: Vec<_> =
        report.checks.iter().filter(|check| check.status == Status::Failed).map(|check| check.code).collect();
    codes.dedup();
    let mut seen = std::collections::BTreeSet::new();
    codes.retain(|code| seen.insert(*code));
    codes
}
