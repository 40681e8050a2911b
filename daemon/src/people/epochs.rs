//! The registry of validators as the registrars publish it: epochs come in signed, paths go out.

use std::sync::{Arc, PoisonError, RwLock};

use wetsign_attest::{
    Endorsed, Object, binding,
    id::{Id, PublicKey, Scalar},
    object::{RegistryEpoch, StakeSnapshot},
    terms,
};
use wetsign_circuits::{Path, Registry as Tree, field};

use crate::{
    error::LedgerError,
    people::tree::{self, TreeFile},
    store::journal::Journal,
    store::records::{self, EpochRecord, LeafRecord},
    store::{Batch, Store, Table},
};

/// The epoch in force, ready for use.
pub struct Epoch {
    /// Its id.
    pub id: Id,
    /// The epoch as signed.
    pub epoch: RegistryEpoch,
    /// Stakes of its validators.
    pub stakes: StakeSnapshot,
    tree: Tree,
}

impl Epoch {
    /// The path of a leaf; none if it is not in this epoch, or revoked.
    pub fn path(&self, leaf: &Scalar) -> Option<Path> {
        if self.epoch.revoked_leaves.iter().any(|revoked| revoked.leaf == *leaf) {
            return None;
        }
        let leaf = field::from_bytes(&leaf.0).ok()?;
        let index = self.tree.leaves().find(|(_, found)| *found == leaf)?.0;
        self.tree.path(index).ok()
    }

    /// The root that proofs are made against.
    pub fn root(&self) -> wetsign_circuits::Fr {
        self.tree.root()
    }
}

/// All epochs that were installed; the newest is in force.
pub struct Registry {
    registrars: Vec<PublicKey>,
    needed: usize,
    tree: TreeFile,
    state: RwLock<State>,
}

#[derive(Default)]
struct State {
    /// Ids by number, ascending.
    ids: Vec<(u64, Id)>,
    current: Option<Arc<Epoch>>,
}

impl Registry {
    /// Reads what was installed. `tree` is where the tree of the epoch in force is kept.
    ///
    /// # Errors
    /// [`LedgerError`].
    pub fn open(
        store: &Store,
        tree: TreeFile,
        registrars: Vec<PublicKey>,
        needed: usize,
    ) -> Result<Self, LedgerError> {
        let mut state = State::default();
        let mut last = None;
        for (key, bytes) in store.scan(Table::Epoch, b"")? {
            let record: EpochRecord =
                records::decode(&bytes).ok_or_else(|| LedgerError::stored("epoch", &key))?;
            let endorsed = Endorsed::<RegistryEpoch>::decode(&record.endorsed.0)
                .map_err(|_| LedgerError::stored("epoch", &key))?;
            state.ids.push((endorsed.payload().number, endorsed.id()));
            last = Some((endorsed, record));
        }
        if let Some((endorsed, record)) = last {
            let epoch = endorsed.payload().clone();
            let tree = tree.load(&epoch.root, &record.leaves)?;
            let stakes = StakeSnapshot::from_payload(&record.stakes.0)
                .map_err(|_| LedgerError::stored("stakes of epoch", epoch.number.to_be_bytes()))?;
            state.current = Some(Arc::new(Epoch { id: endorsed.id(), epoch, stakes, tree }));
        }
        Ok(Self { registrars, needed, tree, state: RwLock::new(state) })
    }

    /// Registrars whose epochs count here, and how many of them an epoch needs.
    pub fn registrars(&self) -> (&[PublicKey], usize) {
        (&self.registrars, self.needed)
    }

    /// Whether this key's signature counts here.
    pub fn trusts(&self, registrar: &PublicKey) -> bool {
        self.registrars.contains(registrar)
    }

    /// The epoch in force.
    pub fn current(&self) -> Option<Arc<Epoch>> {
        self.state.read().unwrap_or_else(PoisonError::into_inner).current.clone()
    }

    /// Number of an epoch that was installed here.
    pub fn number_of(&self, id: &Id) -> Option<u64> {
        let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
        state.ids.iter().find(|(_, known)| known == id).map(|(number, _)| *number)
    }

    /// Checks an epoch (signatures, chain, root over the leaves, stakes by digest), logs it and takes it into force.
    /// The newest one again changes nothing.
    ///
    /// # Errors
    /// [`LedgerError::Invalid`] says what does not fit.
    pub fn install(
        &self,
        journal: &Journal,
        endorsed: &[u8],
        stakes: &[u8],
        mut leaves: Vec<LeafRecord>,
    ) -> Result<u64, LedgerError> {
        let endorsed = Endorsed::<RegistryEpoch>::decode(endorsed)?;
        let epoch = endorsed.payload();
        let last = self.last();
        if last.is_some_and(|(_, id)| id == endorsed.id()) {
            journal.append(&endorsed.id())?;
            return Ok(epoch.number);
        }
        let counted = endorsed.signers().iter().filter(|signer| self.registrars.contains(signer)).count();
        if counted < self.needed {
            return Err(LedgerError::Invalid(format!(
                "the epoch has {counted} signatures by registrars that this kiosk trusts, it needs {}: see \
                 registry.registrars in the configuration",
                self.needed
            )));
        }
        let (next, previous) = last.map_or((1, None), |(number, id)| (number + 1, Some(id)));
        if epoch.number != next || epoch.previous != previous {
            return Err(LedgerError::Invalid(format!(
                "epoch {} does not follow epoch {} here",
                epoch.number,
                next - 1
            )));
        }
        terms::epoch_of_log(epoch, journal.origin()).require().map_err(LedgerError::Invalid)?;
        leaves.sort_by_key(|leaf| leaf.index);
        let mut tree = self.current().map_or_else(tree::empty, |current| Ok(current.tree.clone()))?;
        let before = tree.root();
        let changes = tree::changes(&tree, &leaves)?;
        tree.set_many(changes.iter().copied()).map_err(|error| LedgerError::Invalid(error.to_string()))?;
        let root = binding::scalar(&tree.root());
        if root != epoch.root || epoch.size != tree.filled() as u64 {
            return Err(LedgerError::Invalid(format!(
                "the leaves give root {root} with {} leaves, the epoch says {} with {}",
                tree.filled(),
                epoch.root,
                epoch.size
            )));
        }
        let snapshot = StakeSnapshot::from_payload(stakes)?;
        if Id::of(stakes) != epoch.stakes || snapshot.epoch != epoch.number {
            return Err(LedgerError::Invalid(
                "the stake snapshot is not the one that the epoch names".into(),
            ));
        }
        let record = EpochRecord { endorsed: endorsed.bytes().into(), stakes: stakes.into(), leaves };
        let mut batch = Batch::new();
        batch.put(Table::Epoch, &epoch.number.to_be_bytes(), &records::encode(&record));
        let previous: Vec<Id> = previous.into_iter().collect();
        journal.intend(RegistryEpoch::TYPE, endorsed.id(), &previous, endorsed.bytes(), batch)?;
        journal.append(&endorsed.id())?;
        self.tree.advance(&before, changes, &tree);

        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        state.ids.push((epoch.number, endorsed.id()));
        state.current =
            Some(Arc::new(Epoch { id: endorsed.id(), epoch: epoch.clone(), stakes: snapshot, tree }));
        tracing::info!(
            number = epoch.number,
            leaves = epoch.size,
            development = epoch.development,
            "registry epoch in force"
        );
        Ok(epoch.number)
    }

    fn last(&self) -> Option<(u64, Id)> {
        self.state.read().unwrap_or_else(PoisonError::into_inner).ids.last().copied()
    }
}

#[cfg(test)]
mod tests {
    use ed25519_dalek::SigningKey;
    use wetsign_attest::{
        id::Atto,
        object::{RevokedLeaf, Stake},
    };
    use wetsign_circuits::Fr;

    use super::*;

    const ORIGIN: &str = "test.example/log";

    fn key(n: u8) -> SigningKey {
        SigningKey::from_bytes(&[n; 32])
    }

    /// A registry that wants two of the registrars 1 to 3, on books of its own.
    struct Books {
        registry: Registry,
        journal: Journal,
        _state: tempfile::TempDir,
    }

    fn books() -> Books {
        let state = tempfile::tempdir().unwrap();
        let store = Store::open(state.path()).unwrap();
        let registrars = [1, 2, 3].map(|n| PublicKey::from(&key(n))).to_vec();
        let registry = Registry::open(&store, TreeFile::of(state.path()), registrars, 2).unwrap();
        let journal = Journal::open(state.path(), store, ORIGIN, key(9)).unwrap();
        Books { registry, journal, _state: state }
    }

    impl Books {
        /// Installs the epoch that follows, with one leaf, edited before these registrars sign it.
        fn install(&self, signers: &[u8], edit: impl Fn(&mut RegistryEpoch)) -> Result<u64, String> {
            let last = self.registry.last();
            let number = last.map_or(1, |(number, _)| number + 1);
            let leaf = binding::scalar(&Fr::from(7u64));
            let mut tree = tree::empty().unwrap();
            tree.set(3, Fr::from(7u64)).unwrap();
            let stakes = StakeSnapshot {
                epoch: number,
                stakes: vec![Stake { validator: PublicKey::from(&key(5)), amount: Atto(1) }],
                parameters: None,
            };
            let mut epoch = RegistryEpoch {
                number,
                root: binding::scalar(&tree.root()),
                size: 1,
                previous: last.map(|(_, id)| id),
                revoked_leaves: vec![],
                revoked_kiosks: vec![],
                stakes: stakes.id().unwrap(),
                from_index: 0,
                time: 1000,
                development: false,
                log: Some(ORIGIN.into()),
            };
            edit(&mut epoch);
            let keys: Vec<_> = signers.iter().map(|n| key(*n)).collect();
            let endorsed = Endorsed::sign(epoch, &keys.iter().collect::<Vec<_>>()).unwrap();
            let (leaves, stakes) = (vec![LeafRecord { index: 3, leaf }], stakes.to_payload().unwrap());
            let installed = self.registry.install(&self.journal, endorsed.bytes(), &stakes, leaves);
            installed.map_err(|error| error.to_string())
        }
    }

    #[test]
    fn an_epoch_counts_by_as_many_registrars_as_are_asked_for_and_strangers_are_none() {
        let books = books();
        for signers in [&[1][..], &[1, 8], &[7, 8]] {
            let refused = books.install(signers, |_| ()).unwrap_err();
            assert!(refused.contains("it needs 2"), "{signers:?}: {refused}");
        }
        assert!(books.registry.current().is_none() && books.journal.size() == 0);
        assert_eq!(books.install(&[1, 3, 8], |_| ()), Ok(1));
        let current = books.registry.current().unwrap();
        assert_eq!((books.registry.number_of(&current.id), books.journal.size()), (Some(1), 1));
    }

    #[test]
    fn an_epoch_of_another_log_or_out_of_its_turn_is_not_taken() {
        let books = books();
        let refused = |edit: &dyn Fn(&mut RegistryEpoch), words: &str| {
            let why = books.install(&[1, 2], edit).unwrap_err();
            assert!(why.contains(words), "{why}");
        };
        refused(&|epoch| epoch.log = Some("other.example/log".into()), "other.example/log");
        refused(&|epoch| epoch.size = 2, "with 1 leaves");
        refused(&|epoch| epoch.stakes = Id([1; 32]), "stake snapshot");
        books.install(&[1, 2], |_| ()).unwrap();
        refused(&|epoch| epoch.previous = Some(Id([1; 32])), "does not follow epoch 1");
        refused(&|epoch| epoch.number = 3, "does not follow epoch 1");
        assert_eq!(books.install(&[1, 2], |_| ()), Ok(2));
    }

    #[test]
    fn a_revoked_leaf_has_no_path_though_it_is_in_the_tree() {
        let books = books();
        let leaf = binding::scalar(&Fr::from(7u64));
        books.install(&[1, 2], |_| ()).unwrap();
        assert!(books.registry.current().unwrap().path(&leaf).is_some());
        let revoked = RevokedLeaf { leaf, validator: PublicKey::from(&key(5)) };
        books.install(&[1, 2], |epoch| epoch.revoked_leaves = vec![revoked.clone()]).unwrap();
        assert!(books.registry.current().unwrap().path(&leaf).is_none());
        assert!(books.registry.current().unwrap().path(&Scalar([1; 32])).is_none());
    }
}
