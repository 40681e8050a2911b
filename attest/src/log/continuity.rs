//! Does a head continue the one that a reader kept?

use super::checkpoint::Checkpoint;
use super::tree::MerkleTree;

/// What a reader finds who comes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Continuity {
    /// Nothing was kept.
    First,
    /// The same head.
    Same,
    /// It grew, and the kept head is one that it had.
    Grown,
    /// It shows fewer records than it had signed. With a copy of them a fork could be told from an old state.
    Shrunk,
    /// This log never had the kept head: two histories are signed.
    Forked,
}

impl Continuity {
    /// What `tree`, read whole and under `head`, is to a reader who kept another head of the log.
    pub fn of(kept: Option<&Checkpoint>, head: &Checkpoint, tree: &MerkleTree) -> Self {
        let Some(kept) = kept else { return Self::First };
        if kept.size > head.size {
            Self::Shrunk
        } else if tree.root_at(kept.size) != Some(kept.root) {
            Self::Forked
        } else if kept.size == head.size {
            Self::Same
        } else {
            Self::Grown
        }
    }

    /// Whether the log kept its word.
    pub const fn holds(self) -> bool {
        matches!(self, Self::First | Self::Same | Self::Grown)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::tree::leaf_hash;
    use super::*;

    fn log(size: u64, history: u64) -> (MerkleTree, Checkpoint) {
        let mut tree = MerkleTree::new();
        for index in 0..size {
            tree.push(leaf_hash(&(index ^ history).to_be_bytes()));
        }
        let head = Checkpoint { origin: "log.example".into(), size, root: tree.root() };
        (tree, head)
    }

    proptest! {
        #[test]
        fn a_fork_is_told_from_growth(kept in 1u64..80, size in 1u64..80, forked in any::<bool>()) {
            let (_, kept) = log(kept, if forked { 1 << 40 } else { 0 });
            let (tree, head) = log(size, 0);
            let found = Continuity::of(Some(&kept), &head, &tree);
            let expected = match (kept.size > size, forked) {
                (true, _) => Continuity::Shrunk,
                (false, true) => Continuity::Forked,
                (false, false) if kept.size == size => Continuity::Same,
                (false, false) => Continuity::Grown,
            };
            prop_assert_eq!(found, expected);
            prop_assert_eq!(found.holds(), !forked && kept.size <= size);
            prop_assert_eq!(Continuity::of(None, &head, &tree), Continuity::First);
        }
    }
}
