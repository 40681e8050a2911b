//! The circuit as such: both modes agree, nothing dangles, the size holds, the decision is exact.

use super::{Case, SMALL, vector};
use crate::builder::ConstraintBuilder;
use crate::similarity::Similarity;
use crate::{CircuitInfo, Fr, Shape, circuit, circuit_info, info, prover, statement};
use proptest::prelude::*;

#[test]
fn both_modes_fill_the_same_wires_and_satisfy_every_constraint() {
    for case in
        [Case::small(1), Case::new(Shape { face: 1, voice: 65, levels: 1 }, 2), Case::new(Shape::DEFAULT, 3)]
    {
        assert_eq!(statement::check(&case.shape, &case.public, &case.private), Ok(()));
        let mut builder = ConstraintBuilder::new();
        circuit::synthesise(&mut builder, &case.shape, &case.fields(), &case.private);
        let (rows, wires) = builder.finish();
        let witness = prover::witness(&case.shape, &case.fields(), &case.private);
        assert!(wires == *witness, "the two modes fill different wires");
        assert_eq!(rows.first_unsatisfied(&witness), None);
    }
}

#[test]
fn values_do_not_change_the_constraints() {
    let case = Case::small(4);
    let mut builder = ConstraintBuilder::new();
    circuit::synthesise(&mut builder, &SMALL, &case.fields(), &case.private);
    let (rows, _) = builder.finish();
    assert!(rows.matrices() == circuit::rows(&SMALL).matrices());
}

#[test]
fn the_frozen_circuit_fits_the_domain() {
    let info = circuit_info();
    assert!(info.domain_used <= info::DOMAIN, "{} constraints are too many", info.constraints);
    assert_eq!(info.domain, info::DOMAIN);
    assert_eq!(info.constraints, 15_605, "the frozen circuit changed: another key, another digest");
    assert_eq!(info.parts.iter().map(|part| part.constraints).sum::<usize>(), info.constraints);
    assert_eq!(info.registry_leaves, 1 << 28);
    let part = |name| info.parts.iter().find(|part| part.name == name).unwrap().constraints;
    assert_eq!(part("template ranges"), 8 * (192 + 256));
    assert_eq!(part("probe ranges"), 8 * (192 + 256));
    assert_eq!(part("signal"), 1);
}

#[test]
fn impossible_shapes_are_refused() {
    for shape in [
        Shape { face: 0, ..SMALL },
        Shape { voice: 0, ..SMALL },
        Shape { levels: 0, ..SMALL },
        Shape { levels: 32, ..SMALL },
        Shape { face: 4097, ..SMALL },
    ] {
        assert!(CircuitInfo::of(&shape).is_err());
    }
}

/// Every wire that a prover could fill otherwise is held by some constraint: change one alone and a constraint fails.
#[test]
fn no_wire_is_left_free() {
    let case = Case::small(5);
    let rows = circuit::rows(&SMALL);
    let mut wires = prover::witness(&SMALL, &case.fields(), &case.private).to_vec();
    let mut used_in = vec![Vec::new(); rows.wires()];
    for matrix in rows.matrices() {
        for (number, row) in matrix.iter().enumerate() {
            for (_, column) in row {
                used_in[*column].push(number);
            }
        }
    }
    for column in 1..wires.len() {
        for change in [Fr::from(1u64), -Fr::from(1u64), Fr::from(1u64 << 32)] {
            let kept = wires[column];
            wires[column] += change;
            let noticed = used_in[column].iter().any(|number| !rows.holds(*number, &wires));
            wires[column] = kept;
            assert!(noticed, "wire {column} can be changed by {change} without notice");
        }
    }
}

/// Satisfied or not, by the constraints of the similarity alone.
fn circuit_accepts(case: &Case) -> bool {
    let witness = prover::witness(&case.shape, &case.fields(), &case.private);
    circuit::rows(&case.shape).first_unsatisfied(&witness).is_none()
}

#[test]
fn the_threshold_is_exact_to_the_last_bit() {
    let mut case = Case::small(6);
    let face = Similarity::of(&case.private.template.face, &case.private.probe.face);
    let most = (0..=65536).rev().find(|tau| face.reaches(*tau)).unwrap();
    case.public.tau_face = most;
    assert!(circuit_accepts(&case));
    case.public.tau_face = most + 1;
    assert!(!circuit_accepts(&case));
}

#[test]
fn extreme_vectors_stay_in_range() {
    for (coordinate, size) in [(-128i8, 32), (127, 33), (-128, 64)] {
        let mut case = Case::new(Shape { face: size, voice: 8, levels: 1 }, 7);
        case.private.template.face.fill(coordinate);
        case.private.probe.face.fill(coordinate);
        case.enrol_again();
        case.commit_again();
        for (tau, reached) in [(0, true), (1, true), (1 << 16, true), ((1 << 16) + 1, false)] {
            case.public.tau_face = tau;
            assert_eq!(circuit_accepts(&case), reached, "{size} × {coordinate} twice, at {tau}");
        }
        case.public.tau_face = 0;
        case.private.probe.face.fill(if coordinate < 0 { 127 } else { -128 });
        case.commit_again();
        assert!(!circuit_accepts(&case), "opposite vectors are not alike, whatever the threshold");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn circuit_and_plain_numbers_decide_alike(seed: u64, mix in 0i16..=16, tau in 0u32..=70_000) {
        let mut case = Case::new(Shape { face: 9, voice: 8, levels: 1 }, 8);
        let stranger = vector(9, seed);
        for (probe, other) in case.private.probe.face.iter_mut().zip(&stranger) {
            *probe = ((i16::from(*probe) * mix + i16::from(*other) * (16 - mix)) / 16) as i8;
        }
        case.public.tau_face = tau;
        case.commit_again();
        let native = statement::check(&case.shape, &case.public, &case.private).is_ok();
        prop_assert_eq!(circuit_accepts(&case), native);
    }
}
