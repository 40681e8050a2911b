//! Byte forms: what is written is read back, and nothing else is read.

use super::Case;
use crate::inputs::{PUBLIC_BYTES, PUBLIC_NAMES, PublicInputsError};
use crate::{Fr, PublicInputs, field};
use ark_ff::{BigInteger, PrimeField};
use proptest::prelude::*;

fn order() -> [u8; 32] {
    Fr::MODULUS.to_bytes_be().try_into().unwrap()
}

/// `number + r`, where it still fits 32 bytes.
fn alias(number: &[u8; 32]) -> [u8; 32] {
    let mut sum = [0; 32];
    let mut carry = 0;
    for position in (0..32).rev() {
        let digit = u16::from(number[position]) + u16::from(order()[position]) + carry;
        sum[position] = digit as u8;
        carry = digit >> 8;
    }
    assert_eq!(carry, 0);
    sum
}

proptest! {
    #[test]
    fn elements_survive_their_bytes_and_aliases_are_refused(seed: [u8; 32]) {
        let element = Fr::from_be_bytes_mod_order(&seed);
        let bytes = field::to_bytes(&element);
        prop_assert_eq!(field::from_bytes(&bytes), Ok(element));
        prop_assert!(field::from_bytes(&alias(&bytes)).is_err());
    }

    #[test]
    fn bytes_are_either_refused_or_the_only_spelling(bytes: [u8; 32]) {
        if let Ok(element) = field::from_bytes(&bytes) {
            prop_assert_eq!(field::to_bytes(&element), bytes);
        } else {
            prop_assert!(bytes >= order());
        }
    }

    #[test]
    fn public_inputs_survive_their_bytes(seed in 0u64..1000, tau_face: u32, tau_voice: u32) {
        let mut public = Case::small(seed % 3).public;
        public.signal = field::field31(&seed.to_be_bytes());
        public.tau_face = tau_face;
        public.tau_voice = tau_voice;
        prop_assert_eq!(PublicInputs::from_bytes(&public.to_bytes()), Ok(public));
    }
}

#[test]
fn the_order_itself_is_refused_and_one_less_is_read() {
    let mut below = order();
    assert!(field::from_bytes(&below).is_err());
    below[31] -= 1;
    assert_eq!(field::from_bytes(&below), Ok(-Fr::from(1u64)));
}

#[test]
fn an_alias_of_any_public_input_is_refused_by_name() {
    let bytes = Case::small(40).public.to_bytes();
    for (position, name) in PUBLIC_NAMES.iter().enumerate() {
        let mut other = bytes;
        let slot = &mut other[position * 32..][..32];
        let number: [u8; 32] = slot.try_into().unwrap();
        slot.copy_from_slice(&alias(&number));
        let error = PublicInputs::from_bytes(&other).unwrap_err();
        assert!(matches!(error, PublicInputsError::NotCanonical { name: found, .. } if found == *name));
    }
}

#[test]
fn wrong_lengths_and_wide_thresholds_are_refused() {
    let bytes = Case::small(41).public.to_bytes();
    assert_eq!(
        PublicInputs::from_bytes(&bytes[1..]),
        Err(PublicInputsError::Length { found: PUBLIC_BYTES - 1 })
    );
    assert_eq!(PublicInputs::from_bytes(&[]), Err(PublicInputsError::Length { found: 0 }));
    for (position, name) in [(7, "tau_face"), (8, "tau_voice")] {
        let mut wide = bytes;
        wide[position * 32 + 27] = 1;
        assert_eq!(PublicInputs::from_bytes(&wide), Err(PublicInputsError::Threshold { name }));
    }
}
