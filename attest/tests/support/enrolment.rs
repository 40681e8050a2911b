//! A whole synthetic enrolment: one person, two captures, a registrar of another operator. Every part can be edited
//! before it is signed.

use std::sync::OnceLock;

use wetsign_attest::EnrolmentBundle;

use super::*;

pub const KIOSK: u8 = 12;
pub const REGISTRAR: u8 = REGISTRARS[0];

/// Edits of the parts, each applied just before the part is signed. The number is the capture's, 0 or 1.
#[derive(Default)]
pub struct EnrolmentEdits {
    pub consent: Edit<ConsentReceipt>,
    pub device: NumberedEdit<DeviceCertificate>,
    pub provisioner: NumberedEdit<ProvisionerCertificate>,
    pub report: NumberedEdit<LivenessReport>,
    pub claims: NumberedEdit<Claims>,
    pub inputs: Edit<PublicInputs>,
    pub first_inputs: Edit<PublicInputs>,
    pub record: Edit<EnrolmentRecord>,
    pub endorsers: Option<Vec<u8>>,
    pub endorsement: Edit<EnrolmentEndorsement>,
    pub log: Edit<Vec<Logged>>,
    pub bundle: Edit<EnrolmentBundle>,
}

/// Makes the enrolment with these edits.
pub fn enrolment(edits: &EnrolmentEdits) -> EnrolmentBundle {
    let mut consent = receipt();
    apply(&edits.consent, &mut consent);
    let consent = sign(consent);
    let (first, first_challenge, first_model) = capture(edits, 0, consent.id());
    let (second, challenge, model) = capture(edits, 1, consent.id());
    let mut record = EnrolmentRecord {
        leaf: binding::scalar(&leaf()),
        validator: holder(0),
        first,
        second,
        proof: matched(&edits.inputs, 1, consent.id(), challenge, model),
        first_proof: Some(matched(&edits.first_inputs, 0, consent.id(), first_challenge, first_model)),
        duplicates: DuplicateSearch { compared: 3, bound: face_match_bound(), found: false },
        consent: blob(&consent),
        kiosk: public(KIOSK),
        time: T + 100,
        uniqueness: None,
    };
    apply(&edits.record, &mut record);
    let record = sign(record);
    let endorsers = edits.endorsers.clone().unwrap_or(vec![REGISTRAR]);
    let endorsements: Vec<_> = endorsers
        .into_iter()
        .map(|registrar| {
            let registrar = public(registrar);
            let mut endorsement =
                EnrolmentEndorsement { record: record.id(), registrar, time: T + 200, development: false };
            apply(&edits.endorsement, &mut endorsement);
            sign(endorsement)
        })
        .collect();
    let mut sequence = vec![logged(&record)];
    sequence.extend(endorsements.iter().map(logged));
    apply(&edits.log, &mut sequence);
    let (log, checkpoint) = log(&sequence);
    let mut bundle = EnrolmentBundle {
        record: blob(&record),
        endorsements: endorsements.iter().map(blob).collect(),
        verifying_key: Blob(verifying_key().to_bytes()),
        log,
        checkpoint,
    };
    apply(&edits.bundle, &mut bundle);
    bundle
}

pub fn face_match_bound() -> i32 {
    Thresholds::from_manifest().of(Measure::FaceMatch).unwrap()
}

/// The policy of [`super::policy`], which also knows who runs kiosk and registrars.
pub fn enrolment_policy() -> TrustPolicy {
    let operators =
        [("north".to_owned(), vec![public(KIOSK)]), ("south".to_owned(), REGISTRARS.map(public).to_vec())];
    TrustPolicy { operators: operators.into(), minimum_tau_face: None, minimum_tau_voice: None, ..policy() }
}

fn capture(edits: &EnrolmentEdits, number: usize, consent: Id) -> (AttestedCapture, Digest, Scalar) {
    let mut report = live(challenge(number), T + 30 + 60 * number as u64);
    if number == 0 {
        report.gates.retain(|gate| !gate.name.ends_with("_match"));
    }
    apply_to(&edits.report, number, &mut report);
    let nonce = binding::nonce(&consent, &consent, &holder(0), &report.challenge);
    let mut claims = claims(0, nonce, &probe(number), &report);
    claims.counter += number as u64;
    apply_to(&edits.claims, number, &mut claims);
    let token = Attestation::sign(claims, &key(device(0))).unwrap();
    let (mut device, mut provisioner) = certificates(0);
    apply_to(&edits.device, number, &mut device);
    apply_to(&edits.provisioner, number, &mut provisioner);
    let taken = AttestedCapture {
        attestation: Blob(token.bytes().to_vec()),
        chain: Blob(join(&sign(device), &sign(provisioner))),
        report: Blob(report.to_payload().unwrap()),
    };
    (taken, report.challenge, report.model_id)
}

/// Commitment to what a capture showed; the template is made of the first.
fn probe(number: usize) -> Fr {
    commitment::probe(&model_id(), &features(0, 4 * number as i8), &person(0).probe_blinding)
}

fn leaf() -> Fr {
    let person = person(0);
    let template = commitment::template(&model_id(), &features(0, 0), &person.template_blinding);
    commitment::leaf(&person.secret, &template, &binding::validator_key(&holder(0)))
}

#[allow(clippy::ref_option)] // the fields of `EnrolmentEdits` are options
fn matched(
    edit: &Edit<PublicInputs>,
    number: usize,
    consent: Id,
    challenge: Digest,
    model: Scalar,
) -> MatchProof {
    let mut inputs = inputs(number, consent, challenge, model);
    apply(edit, &mut inputs);
    MatchProof {
        proof: Blob(proof_of_the_unedited(number).to_vec()),
        inputs: inputs.to_bytes().chunks(32).map(|chunk| Scalar::try_from(chunk).unwrap()).collect(),
        verifying_key: Digest(verifying_key().digest()),
    }
}

fn alone() -> Registry {
    let mut alone = Registry::new(14).unwrap();
    alone.set(0, leaf()).unwrap();
    alone
}

fn inputs(number: usize, consent: Id, challenge: Digest, model: Scalar) -> PublicInputs {
    let request_id = binding::request_id(&consent);
    let ueid = ueid(0);
    let signal = Signal {
        log: ORIGIN,
        verdict: consent,
        decision: HumanDecision::Approve,
        ueid: &ueid.0,
        challenge,
        epoch: Id::ZERO,
        chains: &[],
    };
    let thresholds = Thresholds::from_manifest();
    PublicInputs {
        root: alone().root(),
        nullifier: commitment::nullifier(&person(0).secret, &request_id),
        probe: probe(number),
        request_id,
        signal: binding::signal(&signal),
        model_id: field::from_bytes(&model.0).unwrap(),
        validator_key: binding::validator_key(&holder(0)),
        tau_face: thresholds.tau_face(),
        tau_voice: thresholds.tau_voice(),
    }
}

/// Made once a test program: whatever an edit changes of the public inputs goes with a proof that is not theirs.
fn proof_of_the_unedited(number: usize) -> &'static [u8] {
    static PROOFS: [OnceLock<Vec<u8>>; 2] = [OnceLock::new(), OnceLock::new()];
    PROOFS[number].get_or_init(|| {
        let consent = sign(receipt()).id();
        let inputs = inputs(number, consent, challenge(number), binding::scalar(&model_id()));
        let person = person(0);
        let private = PrivateInputs {
            secret: person.secret,
            template_blinding: person.template_blinding,
            probe_blinding: person.probe_blinding,
            template: features(0, 0),
            probe: features(0, 4 * number as i8),
            path: alone().path(0).unwrap(),
        };
        prove(&enrolled().key, &inputs, &private).unwrap().to_bytes().to_vec()
    })
}

fn challenge(capture: usize) -> Digest {
    Digest([0x60 + capture as u8; 32])
}

fn receipt() -> ConsentReceipt {
    ConsentReceipt {
        validator: holder(0),
        kiosk: public(KIOSK),
        text: "I agree".into(),
        language: "en".into(),
        time: T,
    }
}

/// The checks of an answer on an enrolment, whichever it is.
pub fn verify_enrolment(bundle: &[u8], policy: &TrustPolicy, options: Options<'_>) -> Report {
    report_of(&wetsign_attest::verify::verify_enrolment(bundle, policy, options)).clone()
}

/// The same for what a registrar asks.
pub fn fit_to_endorse(bundle: &[u8], policy: &TrustPolicy, options: Options<'_>) -> Report {
    report_of(&wetsign_attest::verify::fit_to_endorse(bundle, policy, options)).clone()
}
