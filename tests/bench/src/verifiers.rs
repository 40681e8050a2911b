//! Checking one proof, and many at once.

use anyhow::ensure;
use ark_bn254::Bn254;
use ark_groth16::Groth16;
use wetsign_circuits::batch::refused;
use wetsign_circuits::{Cancel, verify};

use crate::row::{Row, least};
use crate::timing::Timing;

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
    let (points, inputs) = (proofs[0].groth16(), claim.public.to_fields());
    let prepared = ark_groth16::prepare_verifying_key(key.groth16());
    let (one, arkworks, batch) = timing.pool()?.install(|| {
        let one = least(50, || Ok(verify(key, &claim.public, &proofs[0])?))?;
        let prepared = least(50, || {
            ensure!(
                Groth16::<Bn254>::verify_proof(&prepared, points, &inputs)?,
                "arkworks refuses our proof"
            );
            Ok(())
        })?;
        let whole = least(20, || {
            let prepared = ark_groth16::prepare_verifying_key(key.groth16());
            ensure!(
                Groth16::<Bn254>::verify_proof(&prepared, points, &inputs)?,
                "arkworks refuses our proof"
            );
            Ok(())
        })?;
        let arkworks = [prepared, whole];
        let batch = least(timing.runs, || {
            ensure!(refused(key, &claims)?.is_empty(), "the batch refuses true claims");
            Ok(())
        })?;
        Ok::<_, anyhow::Error>((one, arkworks, batch))
    })?;
    let each = batch / u32::try_from(count.max(1))?;
    let row = |name: &str, took| Row::new(name, threads, took, each);
    let mut rows =
        vec![row(&format!("verify {count} proofs in a batch, each"), each), row("verify one proof", one)];
    for (name, took) in ["ark-groth16 verify, key prepared before", "ark-groth16 verify, as it is called"]
        .into_iter()
        .zip(arkworks)
    {
        rows.push(row(name, took));
    }
    if let Some(snarkjs) = timing.snarkjs {
        rows.push(row("snarkjs groth16 verify, in a running process", snarkjs.verify(threads)?));
        rows.push(row("snarkjs groth16 verify, the command", snarkjs.verify_command()?));
    }
    Ok(rows)
}
