//! Provers on one key.

use std::time::Duration;

use anyhow::ensure;
use ark_bn254::{Bn254, Fr};
use ark_ff::UniformRand;
use ark_groth16::Groth16;
use ark_relations::gr1cs::{
    ConstraintSynthesizer, ConstraintSystemRef, LinearCombination, Matrix, SynthesisError, Variable,
};
use rand::rngs::OsRng;
use taceo_groth16::{ConstraintMatrices, LibSnarkReduction};
use wetsign_circuits::inputs::PUBLIC_COUNT;
use wetsign_circuits::{
    Arithmetic, Cancel, Prover, ProverOptions, ProvingKey, Shape, checked_witness, prove,
};

use crate::claim::Claim;
use crate::row::{Row, least};
use crate::timing::Timing;

/// 1 and the public inputs.
const INSTANCE: usize = PUBLIC_COUNT + 1;

/// Ours, ours with other memory and without vector instructions, everybody else's, and the bound of the curve
/// additions.
pub fn rows(timing: &Timing<'_>) -> anyhow::Result<Vec<Row>> {
    let Timing { claim, threads, runs, .. } = *timing;
    let prover = timing.keys.prover(timing.options())?;
    let usual = ours(&prover, claim, runs)?;
    let row = |name: &str, took| Row::new(name, threads, took, usual);
    let name =
        format!("wetsign, {:?}, {} MB of tables", prover.arithmetic(), prover.table_bytes() / 1_000_000);
    let mut rows = vec![row(&name, usual), bound(&prover, threads, usual)];
    for memory in [0, 20, 200] {
        let options = ProverOptions { memory: memory * 1_000_000, ..timing.options() };
        let prover = timing.keys.prover_of_memory(options)?;
        let taken = prover.table_bytes() / 1_000_000;
        let name = format!("wetsign, at most {memory} MB of tables, {taken} MB taken");
        rows.push(row(&name, ours(&prover, claim, runs)?));
    }
    for (arithmetic, name) in [
        (Arithmetic::Avx2, "wetsign, with AVX2 at most"),
        (Arithmetic::Portable, "wetsign, without vector instructions"),
    ] {
        if arithmetic < prover.arithmetic() {
            let lesser = timing.keys.prover(ProverOptions { arithmetic, ..timing.options() })?;
            rows.push(row(name, ours(&lesser, claim, runs)?));
            rows.push(bound(&lesser, threads, usual));
        }
    }
    for (name, took) in timing.pool()?.install(|| others(prover.key(), claim, runs))? {
        rows.push(row(name, took));
    }
    if let Some(snarkjs) = timing.snarkjs {
        rows.push(row("snarkjs groth16 prove", snarkjs.prove(threads, runs)?));
    }
    Ok(rows)
}

fn ours(prover: &Prover, claim: &Claim, runs: usize) -> anyhow::Result<Duration> {
    let cancel = Cancel::default();
    least(runs, || Ok(prover.prove(&claim.public, &claim.private, &cancel)?))
}

/// Other provers on the same key, on the threads of the current pool. Each proof is checked once.
fn others(key: &ProvingKey, claim: &Claim, runs: usize) -> anyhow::Result<Vec<(&'static str, Duration)>> {
    let witness = || checked_witness(&Shape::DEFAULT, &claim.public, &claim.private);
    let points = key.groth16();
    let holds = |proof: &ark_groth16::Proof<Bn254>| {
        let prepared = ark_groth16::prepare_verifying_key(&points.vk);
        Groth16::<Bn254>::verify_proof(&prepared, proof, &claim.public.to_fields())
    };
    let stock = || {
        let circuit = Flat { matrices: key.rows().matrices(), wires: witness()?.to_vec() };
        Ok(Groth16::<Bn254>::create_random_proof_with_reduction(circuit, points, &mut OsRng)?)
    };
    ensure!(holds(&stock()?)?, "stock ark-groth16 makes no valid proof");

    let [a, b, c] = key.rows().matrices() else { anyhow::bail!("the key has no three matrices") };
    let matrices = ConstraintMatrices {
        num_instance_variables: INSTANCE,
        num_witness_variables: witness()?.len() - INSTANCE,
        num_constraints: a.len(),
        a_num_non_zero: 0,
        b_num_non_zero: 0,
        c_num_non_zero: 0,
        a: a.clone(),
        b: b.clone(),
        c: c.clone(),
    };
    let taceo = || {
        let (r, s) = (Fr::rand(&mut OsRng), Fr::rand(&mut OsRng));
        let witness = witness()?;
        taceo_groth16::Groth16::<Bn254>::prove::<LibSnarkReduction>(points, r, s, &matrices, &witness)
            .map_err(|error| anyhow::anyhow!("taceo-groth16: {error}"))
    };
    ensure!(holds(&taceo()?)?, "taceo-groth16 makes no valid proof");

    Ok(vec![
        ("ark-groth16, synthesis each time", least(runs, stock)?),
        ("ark-groth16, cached matrices", least(runs, || Ok(prove(key, &claim.public, &claim.private)?))?),
        ("taceo-groth16, cached matrices", least(runs, taceo)?),
    ])
}

/// What the curve additions alone take at the rate of one core, on all threads.
fn bound(prover: &Prover, threads: usize, ours: Duration) -> Row {
    let (in_g1, in_g2) = prover.additions();
    let (g1, g2) = prover.additions_per_second();
    let seconds = (in_g1 as f64 / g1 + in_g2 as f64 / g2) / threads as f64;
    let name = format!(
        "bound: {in_g1} additions in G1 at {:.2} M/s and {in_g2} in G2 at {:.2} M/s",
        g1 / 1e6,
        g2 / 1e6
    );
    Row::new(&name, threads, Duration::from_secs_f64(seconds), ours)
}

/// The matrices as a circuit for arkworks.
struct Flat<'a> {
    matrices: &'a [Matrix<Fr>],
    wires: Vec<Fr>,
}

impl ConstraintSynthesizer<Fr> for Flat<'_> {
    fn generate_constraints(self, system: ConstraintSystemRef<Fr>) -> Result<(), SynthesisError> {
        for value in &self.wires[1..INSTANCE] {
            let _ = system.new_input_variable(|| Ok(*value))?;
        }
        for value in &self.wires[INSTANCE..] {
            let _ = system.new_witness_variable(|| Ok(*value))?;
        }
        let variable = |wire: usize| match wire {
            0 => Variable::One,
            _ if wire < INSTANCE => Variable::instance(wire),
            _ => Variable::witness(wire - INSTANCE),
        };
        let combination = |matrix: usize, row: usize| {
            let terms = self.matrices[matrix][row].iter();
            LinearCombination(terms.map(|(factor, wire)| (*factor, variable(*wire))).collect())
        };
        for row in 0..self.matrices[0].len() {
            system.enforce_r1cs_constraint(
                || combination(0, row),
                || combination(1, row),
                || combination(2, row),
            )?;
        }
        Ok(())
    }
}
