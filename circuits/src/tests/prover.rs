//! The prover with tables: the same proofs, whatever memory it has.

use super::{Case, SMALL, small_key};
use crate::{Arithmetic, Cancel, ProveError, Prover, ProverOptions, ProvingKey, TableHome, prover, verify};
use ark_ff::One;
use std::fs;
use std::path::Path;

fn prover(memory: usize, folder: Option<&Path>) -> Prover {
    let key = ProvingKey::from_seed(SMALL, "tests").unwrap();
    let options = ProverOptions { memory, threads: 2, ..ProverOptions::default() };
    Prover::new(key, options, folder).unwrap()
}

#[test]
fn proofs_hold_with_no_tables_with_few_and_with_all() {
    let case = Case::small(60);
    let full = prover(usize::MAX, None).table_bytes();
    let mut sizes = Vec::new();
    for memory in [0, full / 3, full / 2, full] {
        let prover = prover(memory, None);
        let proof = prover.prove(&case.public, &case.private, &Cancel::default()).unwrap();
        verify(small_key().verifying_key(), &case.public, &proof).unwrap();
        assert!(memory == 0 || prover.table_bytes() <= memory);
        sizes.push(prover.table_bytes());
    }
    assert!(sizes.is_sorted(), "{sizes:?}");
    assert_eq!(sizes.last(), Some(&full));
}

#[test]
fn proofs_hold_with_whatever_part_of_the_processor_is_used() {
    let case = Case::small(60);
    for arithmetic in [Arithmetic::Portable, Arithmetic::Avx2, Arithmetic::Avx512] {
        let options = ProverOptions { arithmetic, ..ProverOptions::default() };
        let prover = Prover::new(ProvingKey::from_seed(SMALL, "tests").unwrap(), options, None).unwrap();
        assert!(prover.arithmetic() <= arithmetic);
        let proof = prover.prove(&case.public, &case.private, &Cancel::default()).unwrap();
        verify(small_key().verifying_key(), &case.public, &proof).unwrap();
    }
}

#[test]
fn a_false_witness_makes_a_proof_that_nobody_accepts() {
    let case = Case::small(61);
    let prover = prover(usize::MAX, None);
    let mut assignment = prover::assignment(&SMALL, &case.fields(), &case.private);
    let bit = prover.key().rows().booleans().iter().rposition(|boolean| *boolean).unwrap();
    assignment.wires[bit] += ark_bn254::Fr::from(7u64);
    let proof = prover.prove_assignment(&assignment, &Cancel::default()).unwrap();
    assert!(verify(small_key().verifying_key(), &case.public, &proof).is_err());
    let reference =
        prover::prove_witness(small_key().groth16(), small_key().rows(), &assignment.wires).unwrap();
    assert!(verify(small_key().verifying_key(), &case.public, &reference).is_err());
}

#[test]
fn one_act_has_many_proofs_and_no_two_share_a_point() {
    let case = Case::small(66);
    let prover = prover(usize::MAX, None);
    let [first, second] =
        [(); 2].map(|()| prover.prove(&case.public, &case.private, &Cancel::default()).unwrap().inner);
    assert_ne!(first.a, second.a);
    assert_ne!(first.b, second.b);
    assert_ne!(first.c, second.c);
}

#[test]
fn a_false_statement_is_refused_before_any_work() {
    let mut case = Case::small(62);
    case.public.nullifier += ark_bn254::Fr::one();
    let refused = prover(0, None).prove(&case.public, &case.private, &Cancel::default());
    assert!(matches!(refused, Err(ProveError::Statement(_))));
}

#[test]
fn a_cancelled_proof_is_not_made() {
    let case = Case::small(63);
    let cancel = Cancel::default();
    drop(cancel.guard());
    let refused = prover(0, None).prove(&case.public, &case.private, &cancel);
    assert!(matches!(refused, Err(ProveError::Cancelled(_))));
    let assignment = prover::assignment(&SMALL, &case.fields(), &case.private);
    assert!(matches!(prover(0, None).prove_assignment(&assignment, &cancel), Err(ProveError::Cancelled(_))));
}

#[test]
fn tables_are_kept_read_back_and_made_anew_when_damaged_or_foreign() {
    let folder = tempfile::tempdir().unwrap();
    let case = Case::small(64);
    let proves = |prover: &Prover| {
        let proof = prover.prove(&case.public, &case.private, &Cancel::default()).unwrap();
        verify(small_key().verifying_key(), &case.public, &proof).unwrap();
    };
    let first = prover(usize::MAX, Some(folder.path()));
    let TableHome::File(path) = first.home().clone() else { panic!("the tables are not in a file") };
    proves(&first);
    let whole = fs::read(&path).unwrap();
    let untouched = fs::metadata(&path).unwrap().modified().unwrap();
    proves(&prover(usize::MAX, Some(folder.path())));
    assert_eq!(fs::metadata(&path).unwrap().modified().unwrap(), untouched, "whole tables are made anew");

    let mut altered = whole.clone();
    altered[whole.len() / 2] ^= 1;
    let mut foreign = whole.clone();
    foreign[20] ^= 1;
    for content in [&altered, &foreign, &whole[..whole.len() - 1], &[][..]] {
        fs::remove_file(&path).unwrap();
        fs::write(&path, content).unwrap();
        proves(&prover(usize::MAX, Some(folder.path())));
        assert!(fs::read(&path).unwrap() == whole, "damaged tables stay");
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "temporary files stay behind");
}

#[test]
fn tables_that_cannot_be_written_stay_in_memory_and_say_so() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("not a folder");
    fs::write(&file, b"").unwrap();
    let prover = prover(usize::MAX, Some(&file));
    assert!(matches!(prover.home(), TableHome::Memory { reason: Some(_) }));
    let case = Case::small(65);
    prover.prove(&case.public, &case.private, &Cancel::default()).unwrap();
}
