//! The Merkle tree of RFC 6962 § 2.1 (RFC 9162 § 2.1), with inclusion and consistency proofs.

use std::convert::Infallible;

use crate::id::{Digest, sha256};

/// Hash of a leaf's bytes.
pub fn leaf_hash(bytes: &[u8]) -> Digest {
    Digest(sha256(&[&[0], bytes]))
}

/// Hash of a node over its two children.
pub fn node_hash(left: &Digest, right: &Digest) -> Digest {
    Digest(sha256(&[&[1], &left.0, &right.0]))
}

/// A tree that grows at its right edge. Every complete subtree's hash is kept, 64 bytes a leaf.
#[derive(Clone, Debug, Default)]
pub struct MerkleTree {
    /// `levels[h][i]`: hash of the complete subtree over leaves i·2^h .. (i+1)·2^h.
    levels: Vec<Vec<Digest>>,
}

impl MerkleTree {
    /// An empty tree.
    pub fn new() -> Self {
        Self::default()
    }

    /// Leaves.
    pub fn size(&self) -> u64 {
        self.levels.first().map_or(0, |leaves| leaves.len() as u64)
    }

    /// Adds a leaf by its hash; answers its index.
    pub fn push(&mut self, leaf: Digest) -> u64 {
        let index = self.size();
        let mut hash = leaf;
        for height in 0.. {
            if self.levels.len() == height {
                self.levels.push(Vec::new());
            }
            let level = &mut self.levels[height];
            level.push(hash);
            if level.len() % 2 == 1 {
                break;
            }
            hash = node_hash(&level[level.len() - 2], &level[level.len() - 1]);
        }
        index
    }

    /// Root of the whole tree.
    pub fn root(&self) -> Digest {
        let Ok(root) = range(self, 0, self.size());
        root
    }

    /// Root of the first `size` leaves; `None` for more than there are.
    pub fn root_at(&self, size: u64) -> Option<Digest> {
        let Ok(root) = range(self, 0, size.min(self.size()));
        (size <= self.size()).then_some(root)
    }

    /// Hash of the complete subtree over leaves `index`·2^`height` and on; `None` where it is not complete.
    pub fn complete(&self, height: u32, index: u64) -> Option<Digest> {
        self.levels.get(height as usize)?.get(usize::try_from(index).ok()?).copied()
    }

    /// Proof that leaf `index` is among the first `size`, leaf side first.
    pub fn inclusion(&self, index: u64, size: u64) -> Option<Vec<Digest>> {
        if size > self.size() {
            return None;
        }
        let Ok(proof) = inclusion(self, index, size);
        proof
    }

    /// Proof that the tree of `old` leaves is a prefix of that of `new` ones; empty for equal sizes.
    pub fn consistency(&self, old: u64, new: u64) -> Option<Vec<Digest>> {
        if new > self.size() {
            return None;
        }
        let Ok(proof) = consistency(self, old, new);
        proof
    }
}

impl Nodes for MerkleTree {
    type Error = Infallible;

    fn node(&self, height: u32, index: u64) -> Result<Digest, Infallible> {
        Ok(self.levels[height as usize][index as usize])
    }
}

/// Where the hashes of complete subtrees come from: memory, or the tiles of a folder.
pub trait Nodes {
    /// Why one cannot be had.
    type Error;

    /// Hash of the complete subtree over leaves `index`·2^`height` .. (`index` + 1)·2^`height`. Only subtrees within
    /// the size that was asked about are asked for.
    fn node(&self, height: u32, index: u64) -> Result<Digest, Self::Error>;
}

/// Hash of the tree over leaves `start` .. `end` (RFC 6962 § 2.1), where `start` is a place at which the whole tree
/// splits.
///
/// # Errors
/// Those of the nodes.
pub fn range<N: Nodes + ?Sized>(nodes: &N, start: u64, end: u64) -> Result<Digest, N::Error> {
    let size = end - start;
    if size == 0 {
        return Ok(Digest(sha256(&[])));
    }
    if size.is_power_of_two() && start.is_multiple_of(size) {
        let height = size.trailing_zeros();
        return nodes.node(height, start >> height);
    }
    let middle = start + split(size);
    Ok(node_hash(&range(nodes, start, middle)?, &range(nodes, middle, end)?))
}

/// Proof that leaf `index` is among the first `size` (RFC 6962 § 2.1.1), leaf side first; `None` for one that is not.
///
/// # Errors
/// Those of the nodes.
pub fn inclusion<N: Nodes + ?Sized>(
    nodes: &N,
    index: u64,
    size: u64,
) -> Result<Option<Vec<Digest>>, N::Error> {
    if index >= size {
        return Ok(None);
    }
    let (mut start, mut end) = (0, size);
    let mut proof = Vec::new();
    while end - start > 1 {
        let middle = start + split(end - start);
        if index < middle {
            proof.push(range(nodes, middle, end)?);
            end = middle;
        } else {
            proof.push(range(nodes, start, middle)?);
            start = middle;
        }
    }
    proof.reverse();
    Ok(Some(proof))
}

/// Proof that the tree of `old` leaves is a prefix of that of `new` ones (RFC 6962 § 2.1.2); empty for equal sizes,
/// `None` for none and for fewer.
///
/// # Errors
/// Those of the nodes.
pub fn consistency<N: Nodes + ?Sized>(
    nodes: &N,
    old: u64,
    new: u64,
) -> Result<Option<Vec<Digest>>, N::Error> {
    if old == 0 || old > new {
        return Ok(None);
    }
    let (mut start, mut end) = (0, new);
    let mut whole = true;
    let mut proof = Vec::new();
    while old != end {
        let middle = start + split(end - start);
        if old <= middle {
            proof.push(range(nodes, middle, end)?);
            end = middle;
        } else {
            proof.push(range(nodes, start, middle)?);
            start = middle;
            whole = false;
        }
    }
    if !whole {
        proof.push(range(nodes, start, end)?);
    }
    proof.reverse();
    Ok(Some(proof))
}

/// The largest power of two below `size`, which is at least two.
fn split(size: u64) -> u64 {
    1 << (u64::BITS - 1 - (size - 1).leading_zeros())
}

/// Checks an inclusion proof (RFC 9162 § 2.1.3.2).
pub fn verify_inclusion(leaf: &Digest, index: u64, size: u64, proof: &[Digest], root: &Digest) -> bool {
    root_of(leaf, index, size, proof) == Some(*root)
}

/// The root that an inclusion proof leads to; `None` where it has not the length that index and size ask for.
pub fn root_of(leaf: &Digest, index: u64, size: u64, proof: &[Digest]) -> Option<Digest> {
    if index >= size {
        return None;
    }
    let (mut node, mut last) = (index, size - 1);
    let mut hash = *leaf;
    for sibling in proof {
        if last == 0 {
            return None;
        }
        if node % 2 == 1 || node == last {
            hash = node_hash(sibling, &hash);
            while node % 2 == 0 && node != 0 {
                node >>= 1;
                last >>= 1;
            }
        } else {
            hash = node_hash(&hash, sibling);
        }
        node >>= 1;
        last >>= 1;
    }
    (last == 0).then_some(hash)
}

/// Checks a consistency proof (RFC 9162 § 2.1.4.2).
pub fn verify_consistency(
    old: u64,
    new: u64,
    proof: &[Digest],
    old_root: &Digest,
    new_root: &Digest,
) -> bool {
    if old == 0 || old > new {
        return false;
    }
    if old == new {
        return proof.is_empty() && old_root == new_root;
    }
    let mut rest = proof.iter();
    let first = if old.is_power_of_two() { Some(old_root) } else { rest.next() };
    let Some(first) = first else { return false };
    let (mut node, mut last) = (old - 1, new - 1);
    while node % 2 == 1 {
        node >>= 1;
        last >>= 1;
    }
    let (mut left, mut right) = (*first, *first);
    for sibling in rest {
        if last == 0 {
            return false;
        }
        if node % 2 == 1 || node == last {
            left = node_hash(sibling, &left);
            right = node_hash(sibling, &right);
            while node % 2 == 0 && node != 0 {
                node >>= 1;
                last >>= 1;
            }
        } else {
            right = node_hash(&right, sibling);
        }
        node >>= 1;
        last >>= 1;
    }
    last == 0 && left == *old_root && right == *new_root
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn tree(size: u64) -> MerkleTree {
        let mut tree = MerkleTree::new();
        for index in 0..size {
            assert_eq!(tree.push(leaf_hash(&index.to_be_bytes())), index);
        }
        tree
    }

    #[test]
    fn roots_are_those_of_the_published_vectors() {
        // Leaves and roots of the Certificate Transparency reference tests.
        let leaves = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657"];
        let mut tree = MerkleTree::new();
        for leaf in leaves {
            tree.push(leaf_hash(&hex::decode(leaf).unwrap()));
        }
        let root = |size| tree.root_at(size).unwrap().to_string();
        assert_eq!(root(0), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
        assert_eq!(root(1), "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
        assert_eq!(root(3), "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77");
        assert_eq!(root(7), "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c");
    }

    proptest! {
        #[test]
        fn every_leaf_is_proved_and_no_other(size in 1u64..200, pick in any::<u64>(), other in any::<u64>()) {
            let tree = tree(size);
            let (index, other) = (pick % size, other % size);
            let proof = tree.inclusion(index, size).unwrap();
            let leaf = leaf_hash(&index.to_be_bytes());
            prop_assert!(verify_inclusion(&leaf, index, size, &proof, &tree.root()));
            if other != index {
                prop_assert!(!verify_inclusion(&leaf, other, size, &proof, &tree.root()));
                prop_assert!(!verify_inclusion(&leaf_hash(&other.to_be_bytes()), index, size, &proof, &tree.root()));
            }
            let mut longer = proof.clone();
            longer.push(Digest::ZERO);
            prop_assert!(!verify_inclusion(&leaf, index, size, &longer, &tree.root()));
            if !proof.is_empty() {
                prop_assert!(!verify_inclusion(&leaf, index, size, &proof[1..], &tree.root()));
            }
        }

        #[test]
        fn a_grown_log_is_consistent_and_a_forked_one_is_not(old in 1u64..150, more in 0u64..150) {
            let new = old + more;
            let tree = tree(new);
            let proof = tree.consistency(old, new).unwrap();
            let (before, after) = (tree.root_at(old).unwrap(), tree.root());
            prop_assert!(verify_consistency(old, new, &proof, &before, &after));
            prop_assert!(!verify_consistency(old, new, &proof, &Digest([1; 32]), &after));
            prop_assert!(!verify_consistency(old, new, &proof, &before, &Digest([1; 32])));
            for index in 0..proof.len() {
                let mut forged = proof.clone();
                forged[index].0[0] ^= 1;
                prop_assert!(!verify_consistency(old, new, &forged, &before, &after));
            }
        }

        #[test]
        fn proofs_from_anywhere_never_panic(
            index in any::<u64>(), size in any::<u64>(), proof in proptest::collection::vec(any::<[u8; 32]>(), 0..70),
        ) {
            let proof: Vec<_> = proof.into_iter().map(Digest).collect();
            prop_assert!(!verify_inclusion(&Digest::ZERO, index, size, &proof, &Digest([7; 32])));
            prop_assert!(index == size || !verify_consistency(index, size, &proof, &Digest::ZERO, &Digest([7; 32])));
        }
    }
}
