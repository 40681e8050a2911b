//! Is every constraint needed, and is every wire held?
//!
//! A prover without scruples is a builder that writes another value into some wires and computes everything behind them
//! honestly. If such a witness breaks one constraint only, that constraint is what stops it: without it, a false
//! witness would pass.

use super::Case;
use crate::builder::{Assignment, Builder, Rows, WitnessBuilder};
use crate::inputs::PUBLIC_COUNT;
use crate::{Shape, circuit};
use ark_bn254::Fr;
use ark_ff::{Field, One, Zero};
use std::collections::{BTreeMap, BTreeSet};

/// Every gadget is there, and a witness takes a millisecond.
const TINY: Shape = Shape { face: 4, voice: 3, levels: 1 };
/// The constant and the public inputs.
const INSTANCE: usize = PUBLIC_COUNT + 1;
/// Public inputs that are compared with something computed.
const COMPARED: [(usize, &str); 3] = [(0, "registry path"), (1, "nullifier"), (2, "probe commitment")];

/// Writes the values given in place of the honest ones.
struct Cheat<'a> {
    honest: WitnessBuilder,
    wires: usize,
    written: &'a BTreeMap<usize, Fr>,
}

type Value = <WitnessBuilder as Builder>::Expression;

impl Builder for Cheat<'_> {
    type Expression = Value;

    fn constant(value: Fr) -> Value {
        WitnessBuilder::constant(value)
    }

    fn value(expression: &Value) -> Fr {
        WitnessBuilder::value(expression)
    }

    fn is_constant(expression: &Value) -> bool {
        WitnessBuilder::is_constant(expression)
    }

    fn sum(terms: &[(Fr, &Value)], constant: Fr) -> Value {
        WitnessBuilder::sum(terms, constant)
    }

    fn public(&mut self, value: Fr) -> Value {
        self.private(value)
    }

    fn private(&mut self, value: Fr) -> Value {
        let value = self.written.get(&self.wires).copied().unwrap_or(value);
        self.wires += 1;
        self.honest.private(value)
    }

    fn require_product(&mut self, left: &Value, right: &Value, product: &Value) {
        self.honest.require_product(left, right, product);
    }

    fn part(&mut self, name: &'static str) {
        self.honest.part(name);
    }
}

/// A case in which there is room on both sides of every bound.
fn case() -> Case {
    let mut case = Case::new(TINY, 100);
    for vector in [&mut case.private.template.face, &mut case.private.probe.face] {
        vector.copy_from_slice(&[90, 70, 60, 85]);
    }
    for vector in [&mut case.private.template.voice, &mut case.private.probe.voice] {
        vector.copy_from_slice(&[80, 75, 65]);
    }
    case.private.probe.face[0] = 89;
    case.private.probe.voice[1] = 71;
    (case.public.tau_face, case.public.tau_voice) = (30_000, 30_001);
    case.enrol_again();
    case.commit_again();
    case
}

fn cheat(case: &Case, written: &BTreeMap<usize, Fr>) -> Assignment {
    let mut builder = Cheat { honest: WitnessBuilder::new(), wires: 1, written };
    circuit::synthesise(&mut builder, &TINY, &case.fields(), &case.private);
    builder.honest.finish()
}

fn broken(assignment: &Assignment) -> Vec<usize> {
    let holds = |at: &usize| assignment.lefts[*at] * assignment.rights[*at] == assignment.products[*at];
    (0..assignment.products.len()).filter(|at| !holds(at)).collect()
}

/// Rows `Σ … = 0`, written as `(Σ …) · 1 = 0`.
fn is_linear(rows: &Rows, number: usize) -> bool {
    let [_, right, product] = [0, 1, 2].map(|matrix| &rows.matrices()[matrix][number]);
    right[..] == [(Fr::one(), 0)] && product.is_empty()
}

/// Linear rows that compose a number of bits, each with its bits and their weights.
fn compositions(rows: &Rows) -> Vec<(usize, Vec<(Fr, usize)>)> {
    let booleans = rows.booleans();
    let bits = |number: usize| -> Vec<_> {
        let terms = rows.matrices()[0][number].iter();
        terms.filter(|(_, wire)| *wire >= INSTANCE && booleans[*wire]).copied().collect()
    };
    (0..rows.constraints())
        .filter(|number| is_linear(rows, *number))
        .map(|number| (number, bits(number)))
        .filter(|(_, bits)| bits.len() >= 17)
        .collect()
}

/// The linear row that compares a public input.
fn comparison(rows: &Rows, part: &str) -> usize {
    (0..rows.constraints()).rfind(|at| is_linear(rows, *at) && rows.part_of(*at) == part).unwrap()
}

/// Ways of cheating, each with the honest values of the wires at hand.
fn attempts(rows: &Rows, honest: &[Fr]) -> Vec<BTreeMap<usize, Fr>> {
    let booleans = rows.booleans();
    let mut attempts = Vec::new();
    for wire in INSTANCE..rows.wires() {
        let others: &[Fr] = if booleans[wire] {
            &[Fr::one() - honest[wire], Fr::from(2u64), Fr::from(3u64), -Fr::one()]
        } else {
            &[honest[wire] + Fr::one(), honest[wire] - Fr::one()]
        };
        attempts.extend(others.iter().map(|value| BTreeMap::from([(wire, *value)])));
    }
    // A number composed of one part that is no bit.
    for (_, bits) in compositions(rows) {
        let number: Fr = bits.iter().map(|(weight, wire)| *weight * honest[*wire]).sum();
        for (weight, wire) in &bits {
            let mut written: BTreeMap<_, _> = bits.iter().map(|(_, wire)| (*wire, Fr::zero())).collect();
            let mut rest = number;
            let (other_weight, other) = bits.iter().find(|(_, other)| other != wire).unwrap();
            if (rest / weight).is_zero() || (rest / weight).is_one() {
                written.insert(*other, Fr::one());
                rest -= other_weight;
            }
            written.insert(*wire, rest * weight.inverse().unwrap());
            attempts.push(written);
        }
    }
    attempts
}

/// Drop any one constraint, and a witness is found that is false and satisfies all others.
#[test]
fn every_constraint_is_needed() {
    let case = case();
    let rows = circuit::rows(&TINY);
    let honest = cheat(&case, &BTreeMap::new());
    assert_eq!(broken(&honest), Vec::<usize>::new());
    let comparisons = COMPARED.map(|(input, part)| (input, comparison(&rows, part)));

    let mut stopped_by_one_alone = BTreeSet::new();
    for mut written in attempts(&rows, &honest.wires) {
        // The false statement's own root, nullifier and probe, as a cheat would publish them.
        let first = cheat(&case, &written);
        for (input, row) in comparisons {
            written.insert(input + 1, first.wires[input + 1] + first.lefts[row]);
        }
        if let [only] = broken(&cheat(&case, &written))[..] {
            stopped_by_one_alone.insert(only);
        }
    }
    // And the honest witness for another root, nullifier or probe.
    for (input, row) in comparisons {
        let other = BTreeMap::from([(input + 1, honest.wires[input + 1] + Fr::one())]);
        assert_eq!(broken(&cheat(&case, &other)), [row]);
        stopped_by_one_alone.insert(row);
    }
    let unneeded: Vec<_> = (0..rows.constraints())
        .filter(|number| !stopped_by_one_alone.contains(number))
        .map(|number| (number, rows.part_of(number)))
        .collect();
    assert!(unneeded.is_empty(), "constraints without which nothing false passes: {unneeded:?}");
}

/// Every private wire is a choice of the prover that the statement names, or follows from those choices.
#[test]
fn every_wire_is_chosen_or_determined() {
    let rows = circuit::rows(&TINY);
    let compositions = compositions(&rows);
    let composed: BTreeSet<_> =
        compositions.iter().flat_map(|(_, bits)| bits.iter().map(|(_, wire)| *wire)).collect();
    let booleans = rows.booleans();

    // secret and two blindings; eight bits a coordinate; on each level two bits and three siblings.
    let bits = 2 * 8 * (TINY.face + TINY.voice);
    let vectors = INSTANCE + 3..INSTANCE + 3 + bits;
    let mut known: BTreeSet<usize> = (0..vectors.end).collect();
    assert!(vectors.clone().all(|wire| booleans[wire]));
    let mut chosen_in_path = Vec::new();

    let [left, right, product] = [0, 1, 2].map(|matrix| &rows.matrices()[matrix]);
    for number in 0..rows.constraints() {
        let inputs = left[number].iter().chain(&right[number]).map(|(_, wire)| *wire);
        if let [(factor, result)] = product[number][..] {
            // result = left · right / factor: one value for the values of the rest.
            assert!(!factor.is_zero());
            for wire in inputs {
                if !known.contains(&wire) {
                    assert_eq!(rows.part_of(number), "registry path", "wire {wire} is free");
                    chosen_in_path.push(wire);
                    known.insert(wire);
                }
            }
            assert!(known.insert(result), "wire {result} is determined twice");
        }
        for (row, bits) in &compositions {
            if *row == number {
                // Bits below 2^253 of a number that is known: one way to write it.
                assert!(bits.iter().all(|(_, wire)| booleans[*wire]));
                let rest = left[number].iter().filter(|(_, wire)| !bits.iter().any(|(_, bit)| bit == wire));
                assert!(rest.clone().all(|(_, wire)| known.contains(wire)));
                known.extend(bits.iter().map(|(_, wire)| *wire));
            }
        }
    }
    let free: Vec<_> = (0..rows.wires()).filter(|wire| !known.contains(wire)).collect();
    assert!(free.is_empty(), "wires {free:?} are determined by nothing");
    assert_eq!(chosen_in_path.len(), 5 * TINY.levels, "two bits and three siblings a level");
    assert!(composed.iter().all(|wire| !vectors.contains(wire)));
}

#[test]
fn thresholds_at_their_ends() {
    for (tau, same) in [(0, true), (1, true), (1 << 16, true), ((1 << 16) + 1, false), ((1 << 17) - 1, false)]
    {
        let mut case = case();
        case.private.probe = case.private.template.clone();
        (case.public.tau_face, case.public.tau_voice) = (tau, tau);
        case.commit_again();
        assert_eq!(broken(&cheat(&case, &BTreeMap::new())).is_empty(), same, "equal vectors at {tau}");
    }
}
