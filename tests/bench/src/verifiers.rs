//! Checking one proof, and many at once.

use anyhow::ensure;
use wetsign_circuits::batch::refused;
use wetsign_circuits::{Cancel, Prover, verify};

use crate::claim::Claim;
use crate::row::{Row, least};

/// `count` proofs one by one and in a batch. The same claim is proved a few times: equal statements are no cheaper to check.
pub fn rows(prover: &Prover, claim: &Claim, threads: usize, count: usize) -> anyhow::Result<Vec<Row>> {
    let key = prover.key().verifying_key();
    let cancel = Cancel::default();
    let proofs = (0..8)
        .map(|_| prover.prove(&claim.public, &claim.private, &cancel))
        .collect::<Result<Vec<_>, _>>()?;
    let claims: Vec<_> =
        proofs.iter().cycle().take(count).map(|proof| (claim.public.clone(), proof.clone())).collect();
    let one = least(20, || Ok(verify(key, &claim.public, &proofs[0])?))?;
    let batch = least(2, || {
        ensure!(refused(key, &claims)?.is_empty(), "the batch refuses true claims");
        Ok(())
    })?;
    let each = batch / u32::try_from(count.max(1))?;
    Ok(vec![
        Row::new("verify one proof", threads, one, each),
        Row::new(&format!("verify {count} in a batch, each"), threads, each, each),
    ])
}
