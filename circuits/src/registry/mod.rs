//! The validator registry: a 4-ary Merkle tree of fixed depth in which nearly every leaf is empty.
//!
//! A node is `H(child0, child1, child2, child3)` with circomlib's Poseidon, an empty leaf is 0, and an empty subtree is
//! the hash of empty subtrees. A leaf and a node are both hashes of four elements; they cannot be taken for one another
//! because a path has exactly as many steps as the tree has levels, and the number of levels is fixed by the key.

mod file;

pub use file::{RegistryFile, RegistryFileError};

use crate::{field, poseidon, shape, threads};
use ark_bn254::Fr;
use ark_ff::Zero;
use std::collections::BTreeMap;
use zeroize::{Zeroize, ZeroizeOnDrop};

/// Siblings beside a node on its level.
const SIBLINGS: usize = shape::ARITY - 1;

/// The registry or a path could not be made as asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RegistryError {
    /// No such leaf.
    #[error("leaf index {index} is outside the registry, which has {capacity} leaves")]
    IndexOutOfRange {
        /// The index asked for.
        index: u64,
        /// Number of leaves, 4^levels.
        capacity: u64,
    },
    /// No tree of that depth.
    #[error("a registry has 1 to {most} levels, {levels} were asked for")]
    LevelsOutOfRange {
        /// The levels asked for.
        levels: usize,
        /// The largest allowed number.
        most: usize,
    },
    /// The bytes of a path have the wrong length.
    #[error("a path of {levels} levels takes {expected} bytes, {found} were given")]
    PathLength {
        /// Levels of the path that was expected.
        levels: usize,
        /// Bytes that such a path takes.
        expected: usize,
        /// Bytes given.
        found: usize,
    },
    /// A sibling is no canonical field element.
    #[error("sibling {sibling} on level {level} of the path is malformed")]
    Sibling {
        /// Level, 0 at the leaves.
        level: usize,
        /// Which of the three siblings.
        sibling: usize,
        /// Why.
        source: field::NotCanonical,
    },
}

/// The validator registry of one epoch. Memory grows with the filled leaves alone.
#[derive(Clone, Debug)]
pub struct Registry {
    levels: usize,
    /// Nodes that are not empty, level by level from the leaves; `nodes[levels]` holds the root.
    nodes: Vec<BTreeMap<u64, Fr>>,
    /// Hash of an empty subtree, by level.
    empty: Vec<Fr>,
}

impl Registry {
    /// An empty registry with 4^`levels` leaves.
    ///
    /// # Errors
    /// [`RegistryError::LevelsOutOfRange`] unless `levels` is 1 to 31.
    pub fn new(levels: usize) -> Result<Self, RegistryError> {
        if levels == 0 || levels > shape::MAX_LEVELS {
            return Err(RegistryError::LevelsOutOfRange { levels, most: shape::MAX_LEVELS });
        }
        let mut empty = vec![Fr::zero()];
        for level in 0..levels {
            empty.push(poseidon::hash(&[empty[level]; shape::ARITY]));
        }
        Ok(Self { levels, nodes: vec![BTreeMap::new(); levels + 1], empty })
    }

    /// Levels between a leaf and the root.
    pub fn levels(&self) -> usize {
        self.levels
    }

    /// Number of leaves, filled or empty.
    pub fn capacity(&self) -> u64 {
        1 << (2 * self.levels)
    }

    /// Number of leaves that are filled.
    pub fn filled(&self) -> usize {
        self.nodes[0].len()
    }

    /// Filled leaves in order of index.
    pub fn leaves(&self) -> impl Iterator<Item = (u64, Fr)> + '_ {
        self.nodes[0].iter().map(|(index, leaf)| (*index, *leaf))
    }

    /// The leaf at `index`, 0 when it is empty.
    ///
    /// # Errors
    /// [`RegistryError::IndexOutOfRange`].
    pub fn leaf(&self, index: u64) -> Result<Fr, RegistryError> {
        self.check(index)?;
        Ok(self.node(0, index))
    }

    /// Puts `leaf` at `index`; 0 empties it (erasure).
    ///
    /// # Errors
    /// [`RegistryError::IndexOutOfRange`].
    pub fn set(&mut self, index: u64, leaf: Fr) -> Result<(), RegistryError> {
        self.check(index)?;
        let mut position = index;
        self.put(0, index, leaf);
        for level in 0..self.levels {
            position /= shape::ARITY as u64;
            self.put(level + 1, position, self.parent(level, position));
        }
        Ok(())
    }

    /// A registry with these leaves, hashed on all threads: 2^20 of them take some seconds.
    ///
    /// # Errors
    /// As [`Registry::new`] and [`Registry::set_many`].
    pub fn from_leaves(
        levels: usize,
        leaves: impl IntoIterator<Item = (u64, Fr)>,
    ) -> Result<Self, RegistryError> {
        let mut registry = Self::new(levels)?;
        registry.set_many(leaves)?;
        Ok(registry)
    }

    /// [`Registry::set`] for many leaves: each node above them is hashed once. Of two values for one index the later
    /// one counts.
    ///
    /// # Errors
    /// [`RegistryError::IndexOutOfRange`]; then nothing has changed.
    pub fn set_many(&mut self, leaves: impl IntoIterator<Item = (u64, Fr)>) -> Result<(), RegistryError> {
        let leaves: Vec<_> = leaves.into_iter().collect();
        leaves.iter().try_for_each(|(index, _)| self.check(*index))?;
        let mut changed: Vec<u64> = leaves.iter().map(|(index, _)| *index).collect();
        for (index, leaf) in leaves {
            self.put(0, index, leaf);
        }
        for level in 0..self.levels {
            for position in &mut changed {
                *position /= shape::ARITY as u64;
            }
            changed.sort_unstable();
            changed.dedup();
            let parents = threads::map(&changed, |position| self.parent(level, *position));
            for (position, value) in changed.iter().zip(parents) {
                self.put(level + 1, *position, value);
            }
        }
        Ok(())
    }

    /// The root: what an epoch publishes.
    pub fn root(&self) -> Fr {
        self.node(self.levels, 0)
    }

    /// The path from the leaf at `index` to the root. An empty leaf has one too.
    ///
    /// # Errors
    /// [`RegistryError::IndexOutOfRange`].
    pub fn path(&self, index: u64) -> Result<Path, RegistryError> {
        self.check(index)?;
        let mut siblings = Vec::with_capacity(self.levels);
        let mut position = index;
        for level in 0..self.levels {
            let first = position / shape::ARITY as u64 * shape::ARITY as u64;
            let own = (position - first) as usize;
            siblings.push(std::array::from_fn(|slot| {
                let child = if slot < own { slot } else { slot + 1 };
                self.node(level, first + child as u64)
            }));
            position /= shape::ARITY as u64;
        }
        Ok(Path { index, siblings })
    }

    fn check(&self, index: u64) -> Result<(), RegistryError> {
        let capacity = self.capacity();
        if index < capacity { Ok(()) } else { Err(RegistryError::IndexOutOfRange { index, capacity }) }
    }

    /// The hash of the children on `level` of the node at `position` above them.
    fn parent(&self, level: usize, position: u64) -> Fr {
        let first = position * shape::ARITY as u64;
        poseidon::hash(&std::array::from_fn::<Fr, { shape::ARITY }, _>(|child| {
            self.node(level, first + child as u64)
        }))
    }

    fn put(&mut self, level: usize, position: u64, value: Fr) {
        if value == self.empty[level] {
            self.nodes[level].remove(&position);
        } else {
            self.nodes[level].insert(position, value);
        }
    }

    fn node(&self, level: usize, position: u64) -> Fr {
        self.nodes[level].get(&position).copied().unwrap_or(self.empty[level])
    }
}

/// The way from one leaf to the root. It tells which validator answers, so it is private: wiped on drop, not printable.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct Path {
    /// Index of the leaf; base-4 digit `i` is the position among the four children on level `i`.
    pub index: u64,
    /// The other three children on each level, in order, leaf level first.
    pub siblings: Vec<[Fr; SIBLINGS]>,
}

impl Path {
    /// The root that follows from `leaf` along this path. Digits of the index beyond the path's length are not looked
    /// at.
    pub fn root(&self, leaf: &Fr) -> Fr {
        let mut index = self.index;
        let mut node = *leaf;
        for siblings in &self.siblings {
            let own = (index % shape::ARITY as u64) as usize;
            index /= shape::ARITY as u64;
            node = poseidon::hash(&std::array::from_fn::<Fr, { shape::ARITY }, _>(|child| {
                match child.cmp(&own) {
                    std::cmp::Ordering::Less => siblings[child],
                    std::cmp::Ordering::Equal => node,
                    std::cmp::Ordering::Greater => siblings[child - 1],
                }
            }));
        }
        node
    }

    /// Index as 8 bytes big-endian, then the siblings as canonical 32-byte elements: 8 + 96·levels bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = self.index.to_be_bytes().to_vec();
        for sibling in self.siblings.iter().flatten() {
            bytes.extend_from_slice(&field::to_bytes(sibling));
        }
        bytes
    }

    /// Reads [`Path::to_bytes`] for a tree of `levels` levels.
    ///
    /// # Errors
    /// Another length, an element that is not canonical, or an index beyond 4^levels.
    pub fn from_bytes(levels: usize, bytes: &[u8]) -> Result<Self, RegistryError> {
        if levels == 0 || levels > shape::MAX_LEVELS {
            return Err(RegistryError::LevelsOutOfRange { levels, most: shape::MAX_LEVELS });
        }
        let expected = 8 + levels * SIBLINGS * 32;
        let wrong_length = RegistryError::PathLength { levels, expected, found: bytes.len() };
        let Some((head, rest)) = bytes.split_first_chunk::<8>().filter(|_| bytes.len() == expected) else {
            return Err(wrong_length);
        };
        let index = u64::from_be_bytes(*head);
        let capacity = 1u64 << (2 * levels);
        if index >= capacity {
            return Err(RegistryError::IndexOutOfRange { index, capacity });
        }
        let (elements, _) = rest.as_chunks::<32>();
        let mut siblings = Vec::with_capacity(levels);
        for (level, row) in elements.chunks_exact(SIBLINGS).enumerate() {
            let mut parsed = [Fr::zero(); SIBLINGS];
            for (sibling, bytes) in row.iter().enumerate() {
                parsed[sibling] = field::from_bytes(bytes).map_err(|source| RegistryError::Sibling {
                    level,
                    sibling,
                    source,
                })?;
            }
            siblings.push(parsed);
        }
        Ok(Self { index, siblings })
    }
}
