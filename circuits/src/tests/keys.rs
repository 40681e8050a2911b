//! Keys: the same everywhere, whole or refused.

use super::{Case, SMALL, full_key, small_key};
use crate::keys::{Forger, VERIFYING_KEY_BYTES};
use crate::{
    DEVELOPMENT_KEY_DIGEST, KeyError, ProvingKey, Shape, VerifyingKey, circuit, development_key, prove,
    verify,
};
use std::fs;

#[test]
fn the_development_key_has_its_pinned_digest_and_is_marked() {
    let key = full_key();
    assert_eq!(key.verifying_key().digest(), DEVELOPMENT_KEY_DIGEST);
    assert_eq!(key.shape(), Shape::DEFAULT);
    assert!(key.is_development() && key.verifying_key().is_development());
}

#[test]
fn whoever_knows_the_seed_proves_anything_and_under_no_other_key() {
    let key = full_key().verifying_key();
    let forger = Forger::new(key).unwrap();
    let mut public = Case::small(51).public;
    for signal in [1_u64, 2] {
        public.signal = signal.into();
        verify(key, &public, &forger.prove(&public).unwrap()).unwrap();
    }
    let proof = forger.prove(&public).unwrap();
    public.signal = 3_u64.into();
    assert!(verify(key, &public, &proof).is_err(), "a forged proof is of its own statement too");
    assert!(matches!(Forger::new(small_key().verifying_key()), Err(KeyError::Development { .. })));
}

#[test]
fn the_cached_development_key_is_read_back_and_damage_is_repaired() {
    let cache = tempfile::tempdir().unwrap();
    let folder = cache.path().join("keys");
    let name = format!("match-dev-{}.pk", crate::keys::short_digest(&DEVELOPMENT_KEY_DIGEST));
    full_key().write(&folder.join(&name)).unwrap();
    let whole = fs::read(folder.join(&name)).unwrap();

    assert_eq!(development_key(cache.path()).unwrap().verifying_key(), full_key().verifying_key());

    let mut damaged = whole.clone();
    damaged[100_000] ^= 1;
    fs::write(folder.join(&name), &damaged).unwrap();
    assert_eq!(development_key(cache.path()).unwrap().verifying_key(), full_key().verifying_key());
    assert!(fs::read(folder.join(&name)).unwrap() == whole, "the damaged file stays");
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 1, "temporary files stay behind");
}

#[test]
fn one_seed_makes_one_key_and_another_seed_another() {
    let again = ProvingKey::from_seed(SMALL, "tests").unwrap();
    assert_eq!(again.verifying_key(), small_key().verifying_key());
    assert!(again.groth16() == small_key().groth16());
    assert!(small_key().is_development(), "a seeded key is marked");
    assert!(!small_key().verifying_key().is_development(), "only the pinned digest is the development key");
}

#[test]
fn a_key_file_that_is_read_back_proves() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("deep/er/match.pk");
    small_key().write(&path).unwrap();
    let key = ProvingKey::read(&path).unwrap();
    assert!(key.is_development());
    let case = Case::small(50);
    let proof = prove(&key, &case.public, &case.private).unwrap();
    verify(small_key().verifying_key(), &case.public, &proof).unwrap();
}

#[test]
fn cut_altered_and_foreign_files_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("match.pk");
    assert!(matches!(ProvingKey::read(&path), Err(KeyError::File { action: "read", .. })));
    small_key().write(&path).unwrap();
    let whole = fs::read(&path).unwrap();
    let mut altered = whole.clone();
    altered[40_000] ^= 4;
    for content in [&whole[..whole.len() - 1], &whole[..20], &[], b"another file altogether", &altered] {
        fs::write(&path, content).unwrap();
        assert!(matches!(ProvingKey::read(&path), Err(KeyError::Damaged { .. })));
    }
}

#[test]
fn a_key_for_another_shape_is_refused() {
    let other = Shape { levels: 3, ..SMALL };
    let refused = ProvingKey::assemble(other, false, circuit::rows(&other), small_key().groth16().clone());
    assert!(matches!(refused, Err(KeyError::Circuit { .. })));
}

#[test]
fn verifying_keys_survive_their_bytes() {
    let bytes = small_key().verifying_key().to_bytes();
    assert_eq!(bytes.len(), VERIFYING_KEY_BYTES);
    let read = VerifyingKey::from_bytes(&bytes).unwrap();
    assert_eq!(&read, small_key().verifying_key());
    assert_eq!(read.digest(), small_key().verifying_key().digest());
}

#[test]
fn malformed_verifying_keys_are_refused() {
    let bytes = small_key().verifying_key().to_bytes();
    let refused = |bytes: &[u8]| match VerifyingKey::from_bytes(bytes).unwrap_err() {
        KeyError::Verifying { reason } => reason,
        error => panic!("{error}"),
    };
    assert!(refused(&bytes[1..]).contains("552 bytes"));
    assert!(refused(&[]).contains("552 bytes"));
    assert!(refused(&[0xff; VERIFYING_KEY_BYTES]).contains("number of public inputs"));

    let mut points = bytes.clone();
    points[..32].fill(0xff);
    assert!(refused(&points).contains("bad points"));

    let (gamma, delta) = (96, 160);
    let mut equal = bytes.clone();
    equal.copy_within(gamma..gamma + 64, delta);
    assert!(refused(&equal).contains("delta equals gamma"));

    let mut identity = bytes.clone();
    identity[delta..delta + 64].fill(0);
    identity[delta + 63] = 0x40;
    assert!(refused(&identity).contains("identity"));
}

/// G2 has points on the curve outside the prime-order subgroup; a pairing with one proves nothing.
#[test]
fn points_outside_the_subgroup_are_refused() {
    use ark_bn254::{Fq2, G2Affine};
    use ark_serialize::CanonicalSerialize;
    let outside = (1u64..1000)
        .filter_map(|x| G2Affine::get_point_from_x_unchecked(Fq2::from(x), false))
        .find(|point| !point.is_in_correct_subgroup_assuming_on_curve())
        .unwrap();
    let mut key = small_key().verifying_key().to_bytes();
    outside.serialize_compressed(&mut key[32..96]).unwrap();
    assert!(matches!(VerifyingKey::from_bytes(&key), Err(KeyError::Verifying { .. })));

    let case = Case::small(51);
    let mut proof = prove(small_key(), &case.public, &case.private).unwrap().to_bytes();
    outside.serialize_compressed(&mut proof[32..96]).unwrap();
    assert!(crate::Proof::from_bytes(&proof).is_err());
}
