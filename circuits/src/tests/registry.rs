//! The registry against a plain full tree.

use crate::{Fr, Path, Registry, RegistryError, field, poseidon};
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
