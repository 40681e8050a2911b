//! Ceremonies as they should be, and everything that may be wrong with one.

#[path = "../../../../tests/src/claim.rs"]
mod claim;
mod contributed;
mod interchange;
mod phase1;
mod phase2;

use super::hash::{beacon_generator, generator};
use super::{PowersOfTau, Start, beacon, begin, contribute};
use crate::iden3::{Author, ContributionKind, Zkey};
use rand_chacha::ChaCha20Rng;
use std::sync::OnceLock;
use wetsign_circuits::{ProvingKey, Shape};

/// Large enough for every part of the circuit to be there.
const SMALL: Shape = Shape { face: 33, voice: 8, levels: 2 };
/// As small as a match circuit gets.
const TINY: Shape = Shape { face: 1, voice: 1, levels: 1 };

fn powers() -> &'static PowersOfTau {
    static MADE: OnceLock<PowersOfTau> = OnceLock::new();
    MADE.get_or_init(|| PowersOfTau::local(11).unwrap())
}

fn start() -> &'static Start {
    static MADE: OnceLock<Start> = OnceLock::new();
    MADE.get_or_init(|| begin(powers(), &TINY).unwrap())
}

fn finished() -> &'static Zkey {
    static MADE: OnceLock<Zkey> = OnceLock::new();
    MADE.get_or_init(|| {
        let first = contribute(start().zkey(), "first", b"dice").unwrap();
        let second = contribute(&first, "second", b"").unwrap();
        beacon(&second, "beacon", &[7; 32], 4).unwrap()
    })
}

fn small_key() -> &'static ProvingKey {
    static KEY: OnceLock<ProvingKey> = OnceLock::new();
    KEY.get_or_init(|| ProvingKey::from_seed(SMALL, "tests").unwrap())
}

/// An author with all randomness.
type Maker = (Author, ChaCha20Rng);

fn secret(name: &str, seed: u8) -> Maker {
    (Author { name: name.into(), kind: ContributionKind::Secret }, generator(&[seed; 32]))
}

fn public(name: &str, value: &[u8], exponent: u8) -> Maker {
    let kind = ContributionKind::Beacon { value: value.to_vec(), exponent };
    (Author { name: name.into(), kind }, beacon_generator(value, exponent))
}
