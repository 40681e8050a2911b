//! A bounded memory of what was found out: full, it begins anew. Many threads may use it.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{PoisonError, RwLock};

/// Values by key.
#[derive(Debug)]
pub(crate) struct Shelf<K, V> {
    most: usize,
    held: RwLock<HashMap<K, V>>,
}

impl<K: Eq + Hash, V: Clone> Shelf<K, V> {
    /// Room for this many values.
    pub fn new(most: usize) -> Self {
        Self { most, held: RwLock::default() }
    }

    /// The value that stands there, or the one that `make` finds, which is kept. An error is kept by nobody.
    pub fn get<E>(&self, key: K, make: impl FnOnce() -> Result<V, E>) -> Result<V, E> {
        // Whoever panicked while it held the lock left whole values behind.
        if let Some(value) = self.held.read().unwrap_or_else(PoisonError::into_inner).get(&key) {
            return Ok(value.clone());
        }
        let value = make()?;
        let mut held = self.held.write().unwrap_or_else(PoisonError::into_inner);
        if held.len() >= self.most {
            held.clear();
        }
        held.insert(key, value.clone());
        Ok(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_found_is_not_looked_for_again_and_what_failed_is() {
        let shelf = Shelf::new(2);
        let mut looked = 0;
        for key in [1, 1, 2, 1] {
            shelf
                .get(key, || {
                    looked += 1;
                    Ok::<_, ()>(key)
                })
                .unwrap();
        }
        assert_eq!(looked, 2);
        assert_eq!(shelf.get(3, || Err("no")), Err("no"));
        assert_eq!(shelf.get(3, || Ok::<_, &str>(7)), Ok(7));
        assert_eq!(shelf.held.read().unwrap().len(), 1, "full, it began anew");
    }
}
