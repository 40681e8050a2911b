//! The statement once more, in plain big integers: no field type, no code of the circuit, of the commitments or of the
//! native check. Only the published constants of Poseidon are shared.

use super::{Case, vector};
use crate::builder::WitnessBuilder;
use crate::poseidon::parameters;
use crate::{Fr, Shape, circuit, statement};
use ark_ff::PrimeField;
use num_bigint::{BigInt, BigUint};
use rand::Rng;
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;

const TINY: Shape = Shape { face: 5, voice: 3, levels: 1 };

fn big(element: &Fr) -> BigUint {
    element.into_bigint().into()
}

fn order() -> BigUint {
    "21888242871839275222246405745257275088548364400416034343698204186575808495617".parse().unwrap()
}

fn tag(text: [u8; 8]) -> BigUint {
    BigUint::from_bytes_be(&text)
}

/// Poseidon from its definition: constants, S-box, matrix.
fn poseidon(inputs: &[BigUint]) -> BigUint {
    let (r, width) = (order(), inputs.len() + 1);
    let known = parameters(inputs.len());
    let mut state = vec![BigUint::ZERO];
    state.extend_from_slice(inputs);
    for round in 0..known.full_rounds + known.partial_rounds {
        let full = round < known.full_rounds / 2 || round >= known.full_rounds / 2 + known.partial_rounds;
        for (at, element) in state.iter_mut().enumerate() {
            *element += big(&known.round_constants[round * width + at]);
            if full || at == 0 {
                *element = element.modpow(&BigUint::from(5u32), &r);
            }
        }
        state = known
            .matrix
            .iter()
            .map(|row| row.iter().zip(&state).map(|(m, s)| big(m) * s).sum::<BigUint>() % &r)
            .collect();
    }
    state.swap_remove(0)
}

fn commitment(tag: BigUint, model: &BigUint, face: &[i8], voice: &[i8], blinding: &BigUint) -> BigUint {
    let mut list = vec![model.clone()];
    for vector in [face, voice] {
        for chunk in vector.chunks(31) {
            let bytes: Vec<u8> = chunk.iter().map(|c| (i16::from(*c) + 128) as u8).collect();
            list.push(BigUint::from_bytes_le(&bytes));
        }
    }
    list.push(blinding.clone());
    list.chunks(11).fold(tag, |running, chunk| poseidon(&[&[running], chunk].concat()))
}

fn alike(first: &[i8], second: &[i8], tau: &BigUint) -> bool {
    let product = |a: &[i8], b: &[i8]| -> BigInt {
        a.iter().zip(b).map(|(x, y)| BigInt::from(*x) * BigInt::from(*y)).sum()
    };
    let (dot, tau) = (product(first, second), BigInt::from(tau.clone()));
    let bound = &tau * &tau * product(first, first) * product(second, second);
    tau < BigInt::from(1u32 << 17) && dot >= BigInt::from(1024) && ((&dot * &dot) << 32u32) >= bound
}

/// Whether the statement holds.
fn holds(case: &Case) -> bool {
    let public = case.fields().each_ref().map(big);
    let [root, nullifier, probe, request_id, _, model, validator_key, tau_face, tau_voice] = &public;
    let private = &case.private;
    let (template, captured) = (&private.template, &private.probe);
    let secret = big(&private.secret);
    let enrolled = commitment(
        tag(*b"wsign/tm"),
        model,
        &template.face,
        &template.voice,
        &big(&private.template_blinding),
    );
    let attested =
        commitment(tag(*b"wsign/pr"), model, &captured.face, &captured.voice, &big(&private.probe_blinding));
    let identity = poseidon(&[tag(*b"wsign/id"), secret.clone()]);
    let mut node = poseidon(&[tag(*b"wsign/lf"), identity, enrolled, validator_key.clone()]);
    let mut index = private.path.index;
    for siblings in &private.path.siblings {
        let mut children: Vec<_> = siblings.iter().map(big).collect();
        children.insert((index % 4) as usize, node);
        node = poseidon(&children);
        index /= 4;
    }
    attested == *probe
        && node == *root
        && poseidon(&[tag(*b"wsign/nl"), secret, request_id.clone()]) == *nullifier
        && alike(&template.face, &captured.face, tau_face)
        && alike(&template.voice, &captured.voice, tau_voice)
}

/// A case that is honest, or dishonest in a way drawn at random; some changes leave it true.
fn drawn(random: &mut ChaCha20Rng) -> Case {
    let mut case = Case::new(TINY, random.r#gen());
    let one = Fr::from(1u64);
    let coordinate = random.gen_range(0..TINY.voice);
    let ends = [0, 1, (1 << 16) - 1, 1 << 16, (1 << 16) + 1, (1 << 17) - 1, 1 << 17, u32::MAX];
    match random.gen_range(0..24) {
        0 => case.public.root += one,
        1 => case.public.nullifier += one,
        2 => case.public.probe += one,
        3 => case.public.request_id += one,
        4 => case.public.signal += one,
        5 => case.public.model_id += one,
        6 => case.public.validator_key += one,
        7 => case.public.tau_face = ends[random.gen_range(0..ends.len())],
        8 => case.public.tau_voice = ends[random.gen_range(0..ends.len())],
        9 => case.private.secret += one,
        10 => case.private.template_blinding += one,
        11 => case.private.probe_blinding += one,
        12 => case.private.template.face[coordinate] ^= 1,
        13 => case.private.probe.voice[coordinate] ^= 1,
        14 => case.private.path.index = random.gen_range(0..4),
        15 => case.private.path.siblings[0][random.gen_range(0..3)] += one,
        16 => {
            case.private.probe.face = vector(TINY.face, random.r#gen());
            case.commit_again();
        }
        17 => {
            let value = [-128, -1, 0, 1, 127][random.gen_range(0..5)];
            case.private.probe.face.fill(value);
            case.private.template.face.fill([-128, 127][random.gen_range(0..2)]);
            case.public.tau_face = ends[random.gen_range(0..ends.len())];
            case.commit_again();
            case.enrol_again();
        }
        18 => {
            case.public.tau_face = random.gen_range(55_000..70_000);
            case.public.tau_voice = random.gen_range(0..60_000);
        }
        _ => {}
    }
    case
}

fn compare(cases: usize) -> [usize; 2] {
    let mut random = ChaCha20Rng::seed_from_u64(2024);
    let mut counted = [0; 2];
    for number in 0..cases {
        let case = drawn(&mut random);
        let plain = holds(&case);
        let mut builder = WitnessBuilder::new();
        circuit::synthesise(&mut builder, &TINY, &case.fields(), &case.private);
        assert_eq!(builder.finish().first_unsatisfied().is_none(), plain, "the circuit, case {number}");
        let native = statement::check(&TINY, &case.public, &case.private).is_ok();
        assert_eq!(native, plain, "the native check, case {number}");
        counted[usize::from(plain)] += 1;
    }
    counted
}

#[test]
fn plain_integers_circuit_and_native_check_agree() {
    let [refused, accepted] = compare(150);
    assert!(refused > 30 && accepted > 20, "{refused} refused, {accepted} accepted");
}

/// `cargo test --release -p wetsign-circuits ten_thousand -- --ignored`
#[test]
#[ignore = "takes minutes"]
fn plain_integers_circuit_and_native_check_agree_ten_thousand_times() {
    let [refused, accepted] = compare(10_000);
    assert!(refused > 2_000 && accepted > 2_000, "{refused} refused, {accepted} accepted");
}
