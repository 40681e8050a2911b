//! Checking one proof, and many at once.

use anyhow::ensure;
use wetsign_circuits::batch::refused;
use wetsign_circuits::{Cancel, verify};

use crate::timing::Timing;
use crate::row::{Row, least};

/// `count` proofs one by one and in a batch. The same claim is proved a few times: equal statements are no cheaper to
/// check.
pub fn rows(timing: &Timing<'_>, count: usize) -> anyhow::Result<Vec<Row>> {
    let Timing { claim, threads, .. } = *timing;
    let prover = timing.keys.prover(timing.options())?;
    let key = prover.key().verifying_key();
    let cancel = Cancel::default();
    let proofs = (0..8)
        .map(|_| prover.prove(&claim.public, &claim.private, &cancel))
        .collect::<Result<Vec<_>, _>>()?;
    let claims: Vec<_> =
        proofs.iter().cycle().take(count).map(|proof| (claim.public.clone(), proof.clone())).collect();
    let (one, batch) = timing.pool()?.install(|| {
        let one = least(20, || Ok(verify(key, &claim.public, &proofs[0])?))?;
        let batch = least(timing.runs, || {
            ensure!(refused(key, &claims)?.is_empty(), "the batch refuses true claims");
            Ok(())
        })?;
        Ok::<_, anyhow::Error>((one, batch))
    })?;
    let each = batch / u32::try_from(count.max(1))?;
    let row = |name: &str, took| Row::new(name, threads, took, each);
    let mut rows =
        vec![row(&format!("verify {count} proofs in a batch, each"), each), row("verify one proof", one)];
    if let Some(snarkjs) = timing.snarkjs {
        rows.push(row("snarkjs groth16 verify, in a running process", snarkjs.verify(threads)?));
        rows.push(row("snarkjs groth16 verify, the command", snarkjs.verify_command()?));
    }
    Ok(rows)
}
