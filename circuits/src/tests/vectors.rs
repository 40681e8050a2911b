//! Agreement with other people's numbers.

use crate::{Fr, commitment, encoding, field, poseidon};
use light_poseidon::{Poseidon, PoseidonHasher};
use proptest::prelude::*;
use sha2::{Digest, Sha256};

#[test]
fn poseidon_gives_the_published_circomlib_hashes() {
    for (inputs, expected) in [
        (&[1u64][..], "18586133768512220936620570745912940619677854269274689475585506675881198879027"),
        (&[1, 2], "7853200120776062878684798364095072458815029376092732009249414926327459813530"),
        (&[1, 2, 3, 4], "18821383157269793795438455681495246036402687001665670618754263018637548127333"),
        (&[1, 2, 0, 0, 0], "1018317224307729531995786483840663576608797660851238720571059489595066344487"),
        (
            &[1, 2, 3, 4, 5, 6],
            "20400040500897583745843009878988256314335038853985262692600694741116813247201",
        ),
    ] {
        let inputs: Vec<Fr> = inputs.iter().copied().map(Fr::from).collect();
        assert_eq!(poseidon::hash(&inputs).to_string(), expected);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]

    #[test]
    fn poseidon_agrees_with_light_poseidon_for_every_number_of_inputs(seed: u64) {
        for count in 1..=poseidon::MAX_INPUTS {
            let inputs: Vec<Fr> =
                (0..count).map(|i| field::field31(format!("{seed} {i}").as_bytes()) + Fr::from(seed)).collect();
            let other = Poseidon::<Fr>::new_circom(count).unwrap().hash(&inputs).unwrap();
            prop_assert_eq!(poseidon::hash(&inputs), other);
        }
    }
}

#[test]
fn a_packed_element_is_the_weighted_sum_of_its_bytes() {
    let coordinates: Vec<i8> = (0..40).map(|i| (i * 7 - 128) as i8).collect();
    let by_hand = |chunk: &[i8]| {
        chunk
            .iter()
            .rev()
            .fold(Fr::from(0u64), |sum, c| sum * Fr::from(256u64) + Fr::from((i32::from(*c) + 128) as u64))
    };
    assert_eq!(encoding::pack(&coordinates), [by_hand(&coordinates[..31]), by_hand(&coordinates[31..])]);
}

#[test]
fn the_vector_hash_chains_chunks_of_eleven() {
    let list: Vec<Fr> = (1..=18u64).map(Fr::from).collect();
    let first = poseidon::hash(&[&[Fr::from(5u64)], &list[..11]].concat());
    let second = poseidon::hash(&[&[first], &list[11..]].concat());
    assert_eq!(encoding::vector_hash(5, &list), second);
}

#[test]
fn field31_is_the_first_31_bytes_of_the_digest() {
    let digest: [u8; 32] = Sha256::digest(b"payload").into();
    let bytes = field::to_bytes(&field::field31(b"payload"));
    assert_eq!(bytes[0], 0);
    assert_eq!(bytes[1..], digest[..31]);
    assert_eq!(field::first31(&digest), field::field31(b"payload"));
}

#[test]
fn domain_tags_differ() {
    use commitment::tag::{ID, LEAF, NULL, PROBE, TMPL};
    let tags = std::collections::BTreeSet::from([ID, LEAF, NULL, PROBE, TMPL]);
    assert_eq!(tags.len(), 5);
}

#[test]
fn random_elements_differ() {
    assert_ne!(field::random().unwrap(), field::random().unwrap());
}
