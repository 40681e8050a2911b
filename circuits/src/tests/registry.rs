//! The registry against a plain full tree.

use crate::{Fr, Path, Registry, RegistryError, RegistryFile, RegistryFileError, field, poseidon};
use proptest::prelude::*;

/// The root of a full tree, level by level.
fn plain_root(mut nodes: Vec<Fr>) -> Fr {
    while nodes.len() > 1 {
        nodes = nodes.chunks(4).map(poseidon::hash).collect();
    }
    nodes[0]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn agrees_with_a_full_tree(levels in 1usize..=3, writes in prop::collection::vec((any::<u64>(), 0u64..4), 0..12)) {
        let mut registry = Registry::new(levels).unwrap();
        let mut leaves = vec![Fr::from(0u64); registry.capacity() as usize];
        for (index, value) in writes {
            let index = index % registry.capacity();
            registry.set(index, Fr::from(value)).unwrap();
            leaves[index as usize] = Fr::from(value);
        }
        prop_assert_eq!(registry.root(), plain_root(leaves.clone()));
        prop_assert_eq!(registry.filled(), leaves.iter().filter(|leaf| **leaf != Fr::from(0u64)).count());
        for (index, leaf) in leaves.iter().enumerate() {
            prop_assert_eq!(registry.leaf(index as u64).unwrap(), *leaf);
            prop_assert_eq!(registry.path(index as u64).unwrap().root(leaf), registry.root());
        }
    }

    #[test]
    fn emptying_a_leaf_undoes_it(index in 0u64..1 << 28, other in 0u64..1 << 28, leaf in 1u64..) {
        prop_assume!(index != other);
        let mut registry = Registry::new(14).unwrap();
        let empty = registry.root();
        registry.set(other, Fr::from(leaf)).unwrap();
        let before = registry.root();
        registry.set(index, Fr::from(leaf)).unwrap();
        prop_assert_ne!(registry.root(), before);
        prop_assert_eq!(registry.leaves().count(), 2);
        registry.set(index, Fr::from(0u64)).unwrap();
        prop_assert_eq!(registry.root(), before);
        registry.set(other, Fr::from(0u64)).unwrap();
        prop_assert_eq!(registry.root(), empty);
        prop_assert_eq!(registry.filled(), 0);
    }

    #[test]
    fn paths_survive_their_bytes(index in 0u64..1 << 28, leaf: u64) {
        let mut registry = Registry::new(14).unwrap();
        registry.set(index, Fr::from(leaf)).unwrap();
        registry.set(index ^ 3, Fr::from(9u64)).unwrap();
        let path = registry.path(index).unwrap();
        let read = Path::from_bytes(14, &path.to_bytes()).unwrap();
        prop_assert!(read == path);
        prop_assert_eq!(read.root(&Fr::from(leaf)), registry.root());
    }
}

#[test]
fn an_empty_registry_has_the_root_of_empty_children() {
    let two_levels = poseidon::hash(&[poseidon::hash(&[Fr::from(0u64); 4]); 4]);
    assert_eq!(Registry::new(2).unwrap().root(), two_levels);
}

#[test]
fn impossible_sizes_and_indices_are_refused() {
    for levels in [0, 32] {
        assert!(matches!(Registry::new(levels), Err(RegistryError::LevelsOutOfRange { .. })));
        assert!(matches!(Path::from_bytes(levels, &[]), Err(RegistryError::LevelsOutOfRange { .. })));
    }
    let mut registry = Registry::new(2).unwrap();
    let out_of_range = RegistryError::IndexOutOfRange { index: 16, capacity: 16 };
    assert_eq!(registry.set(16, Fr::from(1u64)), Err(out_of_range.clone()));
    assert_eq!(registry.leaf(16), Err(out_of_range.clone()));
    assert!(registry.path(16).is_err_and(|error| error == out_of_range));
}

#[test]
fn malformed_paths_are_refused() {
    let bytes = Registry::new(2).unwrap().path(5).unwrap().to_bytes();
    let refused = |bytes: &[u8]| Path::from_bytes(2, bytes).err().unwrap();
    assert!(matches!(refused(&bytes[1..]), RegistryError::PathLength { expected: 200, found: 199, .. }));
    assert!(matches!(refused(&[]), RegistryError::PathLength { found: 0, .. }));
    assert!(Path::from_bytes(3, &bytes).is_err());

    let mut far = bytes.clone();
    far[7] = 16;
    assert!(matches!(refused(&far), RegistryError::IndexOutOfRange { index: 16, .. }));

    let mut alias = bytes.clone();
    alias[8 + 4 * 32..8 + 5 * 32].fill(0xff);
    assert!(matches!(refused(&alias), RegistryError::Sibling { level: 1, sibling: 1, .. }));
    assert_eq!(field::from_bytes(&[0xff; 32]).unwrap_err().start, [0xff; 4]);
}

#[test]
fn many_leaves_at_once_give_the_tree_of_one_by_one() {
    let leaves: Vec<_> = (0..90u64).map(|n| (n * 37 % 256, Fr::from(n % 7))).collect();
    let mut single = Registry::new(4).unwrap();
    for (index, leaf) in &leaves {
        single.set(*index, *leaf).unwrap();
    }
    let many = Registry::from_leaves(4, leaves.clone()).unwrap();
    assert_eq!((many.root(), many.filled()), (single.root(), single.filled()));
    assert!(many.path(37).unwrap() == single.path(37).unwrap());
    let mut refused = many.clone();
    assert!(refused.set_many([(1, Fr::from(5u64)), (256, Fr::from(5u64))]).is_err());
    assert_eq!(refused.root(), many.root());
}

#[test]
fn a_registry_file_remembers_every_change() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("registry");
    let mut file = RegistryFile::create(&path, 4).unwrap();
    file.set_many((0..40u64).map(|n| (n, Fr::from(n + 1)))).unwrap();
    file.set_many([(7, Fr::from(0u64))]).unwrap();
    let root = file.registry().root();
    drop(file);
    let mut file = RegistryFile::open(&path).unwrap();
    assert_eq!(file.registry().root(), root);
    assert_eq!(file.registry().leaf(7).unwrap(), Fr::from(0u64));

    file.compact().unwrap();
    file.set_many([(8, Fr::from(0u64))]).unwrap();
    let root = file.registry().root();
    assert_eq!(RegistryFile::open(&path).unwrap().registry().root(), root);
    assert!(matches!(RegistryFile::create(&path, 4), Err(RegistryFileError::File { .. })));
}

#[test]
fn a_torn_last_change_is_dropped_and_any_other_damage_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("registry");
    let changes = folder.path().join("registry.changes");
    let mut file = RegistryFile::create(&path, 3).unwrap();
    file.set_many([(1, Fr::from(5u64))]).unwrap();
    let before = file.registry().root();
    file.set_many([(2, Fr::from(6u64))]).unwrap();
    let after = file.registry().root();
    drop(file);
    let whole = std::fs::read(&changes).unwrap();

    std::fs::write(&changes, &whole[..whole.len() - 9]).unwrap();
    let mut torn = RegistryFile::open(&path).unwrap();
    assert_eq!(torn.registry().root(), before);
    torn.set_many([(2, Fr::from(6u64))]).unwrap();
    assert_eq!(RegistryFile::open(&path).unwrap().registry().root(), after);

    let mut altered = whole.clone();
    altered[50] ^= 1;
    std::fs::write(&changes, &altered).unwrap();
    assert!(matches!(RegistryFile::open(&path), Err(RegistryFileError::Damaged { .. })));
    std::fs::write(&changes, &whole).unwrap();
    let mut snapshot = std::fs::read(&path).unwrap();
    snapshot[17] ^= 1;
    std::fs::write(&path, &snapshot).unwrap();
    assert!(matches!(RegistryFile::open(&path), Err(RegistryFileError::Damaged { .. })));
}

/// After a crash between the new snapshot and the emptying of the changes, those are in the snapshot already.
#[test]
fn changes_of_an_older_snapshot_are_not_applied_twice() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("registry");
    let changes = folder.path().join("registry.changes");
    let mut file = RegistryFile::create(&path, 3).unwrap();
    file.set_many([(1, Fr::from(5u64))]).unwrap();
    let old = std::fs::read(&changes).unwrap();
    file.set_many([(1, Fr::from(0u64))]).unwrap();
    file.compact().unwrap();
    let root = file.registry().root();
    drop(file);
    std::fs::write(&changes, old).unwrap();
    assert_eq!(RegistryFile::open(&path).unwrap().registry().root(), root);
}
