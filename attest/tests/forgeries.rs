//! Forged approvals by whoever holds all keys and can prove anything: none is accepted, and each refusal names the
//! check that is there for it.
//!
//! Each kind of forgery draws what it changes from a number. Ordinary tests try a few of each;
//! `WETSIGN_FORGERIES=10000` says how many in all.

#[macro_use]
#[allow(dead_code)] // each test program uses its part
mod support;

use std::collections::BTreeMap;

use support::series::{Series, series};
use support::*;
use wetsign_attest::bundle::ApprovalBundle;
use wetsign_attest::eat::Claims;
use wetsign_attest::id::{Digest, Id};
use wetsign_attest::object::*;
use wetsign_attest::verify::{self, Known, Options, code, report_of};
use wetsign_circuits::{Fr, PublicInputs};

/// Forgeries where nobody says how many.
const FEW: u64 = 240;

/// Numbers that follow from a number (splitmix64): the same in each run.
struct Draw(u64);

impl Draw {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }

    fn bytes(&mut self) -> [u8; 32] {
        Digest::of(&self.next().to_be_bytes()).0
    }
}

/// How an approval is forged, and which checks may be the first to find it.
type Kind = (&'static str, fn(&mut Draw, &Series) -> ApprovalBundle, &'static [&'static str]);

/// With these edits, signed and proved by who holds all keys.
fn with(edits: Edits) -> ApprovalBundle {
    approval(&Edits { forge: true, ..edits })
}

fn exchanged(draw: &mut Draw, series: &Series) -> ApprovalBundle {
    let count = series.bundles.len();
    let here = draw.below(count);
    let there = (here + 1 + draw.below(count - 1)) % count;
    let (mut bundle, other) = (series.bundles[here].clone(), &series.bundles[there]);
    match draw.below(5) {
        0 => bundle.body.clone_from(&other.body),
        1 => bundle.request.clone_from(&other.request),
        2 => bundle.verdict.clone_from(&other.verdict),
        3 => bundle.cosignatures[0].clone_from(&other.cosignatures[draw.below(2)]),
        _ => bundle.cosignatures.clone_from(&other.cosignatures),
    }
    bundle
}

/// A statement of one of the two, changed and then proved.
fn signed_again(draw: &mut Draw, change: fn(&mut Draw, &mut PublicInputs)) -> ApprovalBundle {
    let (seed, victim) = (draw.next(), draw.below(2));
    with(edit!(inputs: move |person, inputs: &mut PublicInputs| {
        if person == victim {
            change(&mut Draw(seed), inputs);
        }
    }))
}

fn stale_root(draw: &mut Draw, _: &Series) -> ApprovalBundle {
    signed_again(draw, |draw, inputs| inputs.root = Fr::from(draw.next()))
}

fn other_signal(draw: &mut Draw, _: &Series) -> ApprovalBundle {
    signed_again(draw, |draw, inputs| inputs.signal = Fr::from(draw.next()))
}

fn other_key(draw: &mut Draw, _: &Series) -> ApprovalBundle {
    signed_again(draw, |draw, inputs| inputs.validator_key = Fr::from(draw.next()))
}

fn lower_thresholds(draw: &mut Draw, _: &Series) -> ApprovalBundle {
    signed_again(draw, |draw, inputs| {
        let less = 1 + draw.below(1 << 15) as u32;
        if draw.below(2) == 0 { inputs.tau_face -= less } else { inputs.tau_voice -= less }
    })
}

fn reused_nullifier(draw: &mut Draw, _: &Series) -> ApprovalBundle {
    let nullifier = Fr::from(draw.next());
    with(edit!(inputs: move |_, inputs: &mut PublicInputs| inputs.nullifier = nullifier))
}

/// A proof of another statement: in order, and of something else.
fn proof_of_something_else(draw: &mut Draw, series: &Series) -> ApprovalBundle {
    let other = &series.bundles[draw.below(series.bundles.len())].cosignatures[draw.below(2)];
    let other = wetsign_attest::Signed::<CoSignature>::decode(&other.0).unwrap().into_payload().proof.proof;
    with(edit!(cosignature: move |_, own: &mut CoSignature| own.proof.proof = other.clone()))
}

fn other_circuit(draw: &mut Draw, _: &Series) -> ApprovalBundle {
    let digest = Digest(draw.bytes());
    with(edit!(cosignature: move |_, own: &mut CoSignature| own.proof.verifying_key = digest))
}

fn cut_path(draw: &mut Draw, series: &Series) -> ApprovalBundle {
    let mut bundle = series.bundles[draw.below(series.bundles.len())].clone();
    let place = draw.below(bundle.log.len());
    let path = &mut bundle.log[place].proof;
    match draw.below(3) {
        0 => drop(path.pop()),
        1 => path.push(Digest(draw.bytes())),
        _ => {
            let step = draw.below(path.len());
            path[step] = Digest(draw.bytes());
        }
    }
    bundle
}

/// The approval stands in the log before what it rests on.
fn reordered(draw: &mut Draw, _: &Series) -> ApprovalBundle {
    let place = draw.below(2);
    with(edit!(log: move |sequence: &mut Vec<Logged>| {
        let body = sequence.pop().unwrap();
        let at = sequence.len() - 1 - place;
        sequence.insert(at, body);
    }))
}

fn altered_passkey(draw: &mut Draw, _: &Series) -> ApprovalBundle {
    let mut bundle = with(Edits { people: Some(vec![2, 3]), ..Edits::default() });
    let envelope = &mut bundle.cosignatures[draw.below(2)].0;
    // The assertion is the envelope's last field.
    let place = envelope.len() - 1 - draw.below(150);
    envelope[place] ^= 1 << draw.below(8);
    bundle
}

fn other_nonce(draw: &mut Draw, _: &Series) -> ApprovalBundle {
    let nonce = Digest(draw.bytes());
    with(edit!(claims: move |_, claims: &mut Claims| claims.nonce = nonce))
}

fn other_report(draw: &mut Draw, _: &Series) -> ApprovalBundle {
    let report = Id(draw.bytes());
    with(edit!(claims: move |_, claims: &mut Claims| claims.report = report))
}

fn opened_case(draw: &mut Draw, _: &Series) -> ApprovalBundle {
    let lines = 1 + draw.below(255) as u8;
    with(edit!(claims: move |_, claims: &mut Claims| claims.tamper = lines))
}

fn slow_session(draw: &mut Draw, _: &Series) -> ApprovalBundle {
    let more = 1 + draw.below(1 << 20) as u64;
    with(edit!(claims: move |_, claims: &mut Claims| claims.since_begin_ms = 60_000 + more))
}

fn looser_gate(draw: &mut Draw, _: &Series) -> ApprovalBundle {
    let (gate, by) = (draw.next(), 1 + draw.below(50) as i32);
    with(edit!(report: move |_, report: &mut LivenessReport| {
        let place = (gate % report.gates.len() as u64) as usize;
        let gate = &mut report.gates[place];
        gate.bound += if gate.sense == Sense::AtLeast { -by } else { by };
    }))
}

fn missing_gate(draw: &mut Draw, _: &Series) -> ApprovalBundle {
    let gate = draw.next();
    with(edit!(report: move |_, report: &mut LivenessReport| {
        let place = (gate % report.gates.len() as u64) as usize;
        report.gates.remove(place);
    }))
}

fn other_prompts(draw: &mut Draw, _: &Series) -> ApprovalBundle {
    let challenge = Digest(draw.bytes());
    with(edit!(report: move |_, report: &mut LivenessReport| report.challenge = challenge))
}

fn recording(draw: &mut Draw, _: &Series) -> ApprovalBundle {
    let label = format!("film {}", draw.next());
    with(edit!(report: move |_, report: &mut LivenessReport| {
        report.source = Some(Source::Simulated { label: label.clone() });
    }))
}

fn kinds() -> Vec<Kind> {
    use code::*;
    vec![
        ("a part of another approval", exchanged, &[NAMED, INCLUSION]),
        ("a root of no epoch", stale_root, &[PUBLIC_INPUTS]),
        ("a signal of another session", other_signal, &[PUBLIC_INPUTS]),
        ("another validator's key", other_key, &[PUBLIC_INPUTS]),
        ("lower thresholds", lower_thresholds, &[THRESHOLDS]),
        ("one nullifier twice", reused_nullifier, &[DISTINCT_NULLIFIERS]),
        ("a proof of something else", proof_of_something_else, &[PROOF]),
        ("another circuit", other_circuit, &[NAMED, VERIFYING_KEY]),
        ("a cut or changed path", cut_path, &[INCLUSION]),
        ("an approval before its co-signatures", reordered, &[ORDER]),
        ("a changed assertion", altered_passkey, &[OBJECTS]),
        ("another nonce", other_nonce, &[NONCE]),
        ("another report", other_report, &[REPORT_DIGEST]),
        ("an opened case", opened_case, &[DEVICE_STATE]),
        ("a slow session", slow_session, &[SESSION_TIME]),
        ("a looser gate", looser_gate, &[GATE_BOUNDS]),
        ("a missing gate", missing_gate, &[GATES]),
        ("prompts of another challenge", other_prompts, &[PROMPTS]),
        ("a recording", recording, &[SIMULATED]),
    ]
}

#[test]
fn none_is_accepted_and_each_is_refused_for_its_own_reason() {
    let count = std::env::var("WETSIGN_FORGERIES").map_or(FEW, |text| text.parse().expect("a number"));
    let (known, policy, series) = (Known::default(), policy(), series(8));
    let options = Options { known: Some(&known), ..options() };
    for bundle in &series.bundles {
        assert!(
            verify::verify(&bundle.to_bytes().unwrap(), &policy, options).is_ok(),
            "unforged it is accepted"
        );
    }
    let kinds = kinds();
    let mut tried: BTreeMap<&str, u64> = BTreeMap::new();
    for number in 0..count {
        let (name, forge, reasons) = &kinds[(number % kinds.len() as u64) as usize];
        let bundle = forge(&mut Draw(number), &series);
        let outcome = verify::verify(&bundle.to_bytes().unwrap(), &policy, options);
        let report = report_of(&outcome);
        assert!(!report.ok, "{name}, number {number}: accepted");
        // What stands in no log proves nothing else: then no later check was made.
        let found = failed(report);
        assert!(
            reasons.contains(&found[0]),
            "{name}, number {number}: {:#?}",
            report.failures().collect::<Vec<_>>()
        );
        *tried.entry(name).or_default() += 1;
    }
    let fewest = tried.values().min().copied().unwrap_or(0);
    assert!(tried.len() == kinds.len() && fewest >= count / kinds.len() as u64, "{tried:?}");
    println!("{count} forgeries, none accepted: {tried:?}");
}
