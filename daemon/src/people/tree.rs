//! The tree of the epoch in force on disk, so that a restart reads it and hashes nothing.
//!
//! It can be made again from the epoch's leaves, and counts only with the root that the registrars signed. So no
//! failure of the file stops anything: it is told, and the tree is built anew.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use wetsign_attest::{binding, id::Scalar};
use wetsign_circuits::{Fr, Registry as Tree, RegistryFile, RegistryFileError, Shape, field};

use crate::{error::LedgerError, store::records::LeafRecord};

/// Changes that a restart may have to apply again, some hundred milliseconds; beyond them the whole tree is written.
const REPLAYED: u64 = 1000;

/// Where the tree is kept.
pub struct TreeFile(PathBuf);

impl TreeFile {
    /// The file of a state folder.
    pub fn of(state: &Path) -> Self {
        Self(state.join("registry.tree"))
    }

    /// The tree with this root: as it was kept, else built from `leaves` and kept.
    ///
    /// # Errors
    /// Leaves that fit no tree, or one with another root.
    pub fn load(&self, root: &Scalar, leaves: &[LeafRecord]) -> Result<Tree, LedgerError> {
        match RegistryFile::open(&self.0) {
            Ok(kept) if binding::scalar(&kept.registry().root()) == *root => {
                return Ok(kept.into_registry());
            }
            Ok(_) => tracing::info!("the registry's tree is of another epoch and is built anew"),
            Err(error) => tracing::warn!(%error, "the registry's tree is built anew"),
        }
        let mut tree = empty()?;
        let changes = changes(&tree, leaves)?;
        tree.set_many(changes).map_err(|error| LedgerError::Invalid(error.to_string()))?;
        let built = binding::scalar(&tree.root());
        if built != *root {
            return Err(LedgerError::Invalid(format!(
                "the stored leaves give root {built}, the epoch says {root}: restore the store from a backup"
            )));
        }
        self.keep(&tree);
        Ok(tree)
    }

    /// Keeps `next`, which is the tree with root `before` after `changes`.
    pub fn advance(&self, before: &Fr, changes: Vec<(u64, Fr)>, next: &Tree) {
        // Where it cannot be continued it is written whole, and what hinders that is told.
        if !self.append(before, changes).unwrap_or(false) {
            self.keep(next);
        }
    }

    /// Whether the file held the tree with root `before`; then it now holds the changes too.
    fn append(&self, before: &Fr, changes: Vec<(u64, Fr)>) -> Result<bool, RegistryFileError> {
        let mut kept = RegistryFile::open(&self.0)?;
        if kept.registry().root() != *before {
            return Ok(false);
        }
        kept.set_many(changes)?;
        if kept.changes() > REPLAYED {
            kept.compact()?;
        }
        Ok(true)
    }

    fn keep(&self, tree: &Tree) {
        if let Err(error) = RegistryFile::replace(&self.0, tree.clone()) {
            tracing::warn!(%error, "the registry's tree is not kept: the next start builds it anew");
        }
    }
}

/// A tree without leaves.
///
/// # Errors
/// None at the frozen size.
pub fn empty() -> Result<Tree, LedgerError> {
    Tree::new(Shape::DEFAULT.levels).map_err(|error| LedgerError::Invalid(error.to_string()))
}

/// What makes `tree` one with exactly these leaves.
///
/// # Errors
/// An index outside the tree, or a leaf that is not canonical.
pub fn changes(tree: &Tree, leaves: &[LeafRecord]) -> Result<Vec<(u64, Fr)>, LedgerError> {
    let refuse = |error: String| LedgerError::Invalid(error);
    let mut wanted = BTreeMap::new();
    for leaf in leaves {
        let value = field::from_bytes(&leaf.leaf.0).map_err(|error| refuse(error.to_string()))?;
        wanted.insert(leaf.index, value);
    }
    let gone = tree.leaves().filter(|(index, _)| !wanted.contains_key(index));
    let mut changes: Vec<_> = gone.map(|(index, _)| (index, Fr::from(0u64))).collect();
    for (index, value) in wanted {
        if tree.leaf(index).map_err(|error| refuse(error.to_string()))? != value {
            changes.push((index, value));
        }
    }
    Ok(changes)
}
