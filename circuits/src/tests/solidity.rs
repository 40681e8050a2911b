//! The verifier for the Ethereum virtual machine.

use super::{Case, small_key};
use crate::prove;

#[test]
fn the_solidity_verifier_names_its_key_and_takes_seventeen_words() {
    let key = small_key().verifying_key();
    let source = crate::solidity::verifier(key);
    let start = crate::keys::short_digest(&key.digest());
    assert!(source.contains(&format!("KEY = 0x{start}")));
    for place in ["{sum}", "{constants}", "{digest}", "{inputs}", "{development}"] {
        assert!(!source.contains(place), "{place} is left open");
    }
    assert_eq!(source.matches("add_input(m, IC").count(), crate::inputs::PUBLIC_COUNT);
    assert!(!source.contains("DEVELOPMENT KEY"));

    let case = Case::small(94);
    let proof = prove(small_key(), &case.public, &case.private).unwrap();
    let words = crate::solidity::words(&proof, &case.public);
    assert_eq!(words[8..].concat(), case.public.to_bytes());
}
