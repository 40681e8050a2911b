//! Powers of tau made on one machine.

use super::hash::{Draw, generator};
use super::lagrange::Prepared;
use super::phase1::{MOST_POWER, Phase1Error, PowersOfTau};
use super::powers::Powers;
use super::step::Step;
use crate::iden3::{Author, ContributionKind};
use ark_bn254::Fr;
use ark_ff::One;
use rand::{RngCore, rngs::OsRng};
use rand_chacha::ChaCha20Rng;
use wetsign_circuits::field::EntropyError;
use zeroize::Zeroizing;

/// Its contributor's name.
const NAME: &str = "one machine, for development";

impl PowersOfTau {
    /// Powers made here, by one contributor: this machine. For development and tests; whoever runs it could have kept
    /// tau.
    ///
    /// # Errors
    /// A power outside 1 to 20; no randomness.
    pub fn local(power: u32) -> Result<Self, Phase1Error> {
        let mut seed = Zeroizing::new([0; 32]);
        OsRng.try_fill_bytes(seed.as_mut()).map_err(|error| EntropyError { reason: error.to_string() })?;
        let author = Author { name: NAME.into(), kind: ContributionKind::Secret };
        Self::made(power, vec![(author, generator(seed.as_ref()))])
    }

    /// Powers with a contribution by each author, all of whose randomness is here.
    pub(super) fn made(power: u32, authors: Vec<(Author, ChaCha20Rng)>) -> Result<Self, Phase1Error> {
        if power == 0 || power > MOST_POWER {
            return Err(Phase1Error::Size { found: power });
        }
        let mut before = Step::start(power);
        let mut secrets = Zeroizing::new([Fr::one(); 3]);
        let mut scalars = Zeroizing::new(vec![Fr::one(); (2 << power) - 1]);
        let mut powers = None;
        let mut steps = Vec::new();
        for (author, mut random) in authors {
            let drawn = Draw::from(&mut random);
            secrets.iter_mut().zip(drawn.factors.iter()).for_each(|(secret, factor)| *secret *= factor);
            for at in 1..scalars.len() {
                scalars[at] = scalars[at - 1] * secrets[0];
            }
            let own = Powers::of(power, &scalars, &secrets[1], &secrets[2]);
            let mut step = Step::to(&own, &before, &drawn, author);
            step.next = step.next_challenge(&before, &own);
            before = step.clone();
            steps.push(step);
            powers = Some(own);
        }
        let powers = powers.unwrap_or_else(|| Powers::of(power, &scalars, &secrets[1], &secrets[2]));
        let prepared = Some(Prepared::of(&scalars, &secrets[1], &secrets[2]));
        Ok(Self { powers, steps, prepared })
    }
}
