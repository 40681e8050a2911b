//! snarkjs' JSON, both ways, and iden3's containers.

use super::claim::Claim;
use super::{SMALL, small_key};
use crate::iden3::json::{self, JsonError};
use crate::iden3::{r1cs, wtns};
use ark_ff::{BigInteger, PrimeField};
use serde_json::json;
use wetsign_circuits::{checked_witness, prove, rows, verify};

#[test]
fn proof_inputs_and_key_survive_their_json() {
    let claim = Claim::new(SMALL).unwrap();
    let proof = prove(small_key(), &claim.public, &claim.private).unwrap();
    let key = small_key().verifying_key();
    let read = (
        json::read_verifying_key(&json::verifying_key(key)).unwrap(),
        json::read_public(&json::public(&claim.public)).unwrap(),
        json::read_proof(&json::proof(&proof)).unwrap(),
    );
    assert_eq!(read, (key.clone(), claim.public.clone(), proof.clone()));
    verify(&read.0, &read.1, &read.2).unwrap();
}

#[test]
fn aliases_signs_and_leading_zeros_are_refused() {
    let claim = Claim::new(SMALL).unwrap();
    let order = ark_bn254::Fr::MODULUS.to_string();
    for alias in [order.as_str(), "-1", "01", "+1", "", "1e3", "0x10"] {
        let mut value = json::public(&claim.public);
        value[1] = json!(alias);
        assert!(matches!(json::read_public(&value), Err(JsonError::Value { .. })), "{alias} is read");
    }
    let mut short = json::public(&claim.public);
    short.as_array_mut().unwrap().pop();
    assert!(matches!(json::read_public(&short), Err(JsonError::Shape { .. })));
}

#[test]
fn points_outside_their_groups_are_refused() {
    let claim = Claim::new(SMALL).unwrap();
    let whole = json::proof(&prove(small_key(), &claim.public, &claim.private).unwrap());
    let refused = |change: fn(&mut serde_json::Value)| {
        let mut value = whole.clone();
        change(&mut value);
        json::read_proof(&value).is_err()
    };
    assert!(refused(|value| value["pi_a"][0] = json!("1")));
    assert!(refused(|value| value["pi_a"] = json!(["0", "1", "0"])));
    assert!(refused(|value| value["pi_b"][0][1] = json!("1")));
    assert!(refused(|value| value["pi_c"][2] = json!("2")));
    assert!(refused(|value| value["protocol"] = json!("plonk")));
    assert!(refused(|value| value["curve"] = json!("bls12381")));
    assert!(!refused(|_| ()));
}

/// Reads a container's section by hand.
fn section(bytes: &[u8], wanted: u32) -> &[u8] {
    let mut rest = &bytes[12..];
    loop {
        let number = u32::from_le_bytes(rest[..4].try_into().unwrap());
        let length = u64::from_le_bytes(rest[4..12].try_into().unwrap()) as usize;
        if number == wanted {
            return &rest[12..12 + length];
        }
        rest = &rest[12 + length..];
    }
}

#[test]
fn the_constraint_file_holds_every_constraint_and_the_witness_file_every_wire() {
    let claim = Claim::new(SMALL).unwrap();
    let rows = rows(&SMALL);
    let constraints = r1cs(&SMALL).unwrap();
    let entries: usize = rows.matrices().iter().flatten().map(Vec::len).sum();
    assert_eq!(section(&constraints, 2).len(), 12 * rows.constraints() + 36 * entries);
    assert_eq!(section(&constraints, 3).len(), 8 * rows.wires());

    let witness = wtns(&SMALL, &claim.public, &claim.private).unwrap();
    let wires = checked_witness(&SMALL, &claim.public, &claim.private).unwrap();
    let values = section(&witness, 2);
    assert_eq!(values.len(), 32 * wires.len());
    assert_eq!(values[..32], ark_ff::BigInt::<4>::from(1u64).to_bytes_le()[..]);
    assert_eq!(values[32..64], wires[1].into_bigint().to_bytes_le()[..]);

    let mut other = claim;
    other.public.root += ark_bn254::Fr::from(1u64);
    assert!(wtns(&SMALL, &other.public, &other.private).is_err());
}
