//! `interchange write FOLDER`: a match proof, its key and a small ceremony in the formats of iden3's tools, and the
//! Solidity verifier. `interchange check FOLDER`: what snarkjs left there, checked and carried on. `check` prints rows
//! as JSON.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, ensure};
use clap::{Parser, Subcommand};
use serde_json::{Value, json};
use wetsign_ceremony::iden3::{self, Zkey};
use wetsign_ceremony::{self as ceremony, PowersOfTau};
use wetsign_circuits::{
    Cancel, Fr, Prover, ProverOptions, Shape, development_key, field, poseidon, solidity, verify,
};
use wetsign_models::store::cache_dir;
use wetsign_tests::claim::Claim;

/// As small as a match circuit gets, for a ceremony of seconds.
const TINY: Shape = Shape { face: 4, voice: 4, levels: 1 };

/// Files for other people's tools.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Write the files
    Write { folder: PathBuf },
    /// Check what snarkjs made of them
    Check { folder: PathBuf },
}

fn main() -> ExitCode {
    match wetsign_program::arguments::<Arguments>(1) {
        Ok(arguments) => wetsign_program::ended("interchange", run(arguments).map(|()| ExitCode::SUCCESS)),
        Err(code) => code,
    }
}

fn run(arguments: Arguments) -> anyhow::Result<()> {
    match arguments.command {
        Command::Write { folder } => write(&folder),
        Command::Check { folder } => {
            wetsign_program::say!("{}", json!({ "rows": check(&folder) }))?;
            Ok(())
        }
    }
}

fn write(folder: &Path) -> anyhow::Result<()> {
    fs::create_dir_all(folder)?;
    let put = |name: &str, bytes: &[u8]| {
        fs::write(folder.join(name), bytes).with_context(|| format!("cannot write {name}"))
    };
    let put_json = |name: &str, value: &Value| put(name, value.to_string().as_bytes());
    let claim = Claim::new(Shape::DEFAULT)?;
    let cache = cache_dir()?;
    let options = ProverOptions { background: false, ..ProverOptions::default() };
    let prover = Prover::new(development_key(&cache)?, options, Some(&cache.join("keys")))?;
    let proof = prover.prove(&claim.public, &claim.private, &Cancel::default())?;
    let key = prover.key();
    put_json("proof.json", &iden3::json::proof(&proof))?;
    put_json("public.json", &iden3::json::public(&claim.public))?;
    put_json("verification_key.json", &iden3::json::verifying_key(key.verifying_key()))?;
    put("match.r1cs", &iden3::r1cs(&Shape::DEFAULT)?)?;
    put("match.wtns", &iden3::wtns(&Shape::DEFAULT, &claim.public, &claim.private)?)?;
    put("match.zkey", &Zkey::from_key(key).to_bytes())?;
    put("MatchVerifier.sol", solidity::verifier(key.verifying_key()).as_bytes())?;

    let vectors: Vec<_> = (1..=poseidon::MAX_INPUTS)
        .flat_map(|count| {
            let small: Vec<_> = (1..=count as u64).map(Fr::from).collect();
            let large = (0..count).map(|at| -field::field31(&[at as u8])).collect();
            [small, large]
        })
        .map(|inputs| {
            let hash = poseidon::hash(&inputs).to_string();
            json!({ "inputs": inputs.iter().map(Fr::to_string).collect::<Vec<_>>(), "hash": hash })
        })
        .collect();
    put_json("poseidon.json", &vectors.into())?;

    let powers = PowersOfTau::local(12)?;
    let start = ceremony::begin(&powers, &TINY)?;
    put("tiny.ptau", &powers.to_bytes())?;
    put("tiny_0.zkey", &start.zkey().to_bytes())?;
    put("tiny_1.zkey", &ceremony::contribute(start.zkey(), "first", b"")?.to_bytes())
}

fn check(folder: &Path) -> Vec<Value> {
    let mut rows = Vec::new();
    let mut row = |name: &str, outcome: anyhow::Result<String>| {
        let (ok, why) = match outcome {
            Ok(why) => (true, why),
            Err(error) => (false, format!("{error:#}")),
        };
        rows.push(json!({ "name": name, "ok": ok, "why": why }));
    };
    row("a proof that snarkjs made holds for us", foreign_proof(folder));
    row("our ceremony goes on where snarkjs left it, to a key that proves", close_ceremony(folder));
    rows
}

fn read_json(folder: &Path, name: &str) -> anyhow::Result<Value> {
    let text = fs::read(folder.join(name)).with_context(|| format!("cannot read {name}"))?;
    serde_json::from_slice(&text).with_context(|| format!("{name} is no JSON"))
}

fn foreign_proof(folder: &Path) -> anyhow::Result<String> {
    let key = iden3::json::read_verifying_key(&read_json(folder, "verification_key.json")?)?;
    let mut public = iden3::json::read_public(&read_json(folder, "snarkjs-public.json")?)?;
    let proof = iden3::json::read_proof(&read_json(folder, "snarkjs-proof.json")?)?;
    verify(&key, &public, &proof)?;
    public.signal += Fr::from(1u64);
    ensure!(verify(&key, &public, &proof).is_err(), "another signal is accepted");
    Ok("and for no other signal".into())
}

fn close_ceremony(folder: &Path) -> anyhow::Result<String> {
    let read = |name: &str| fs::read(folder.join(name)).with_context(|| format!("cannot read {name}"));
    let powers = PowersOfTau::from_bytes(&read("tiny.ptau")?)?;
    let start = ceremony::begin(&powers, &TINY)?;
    ensure!(
        Zkey::from_bytes(&read("tiny_0.zkey")?)? == *start.zkey(),
        "the start is not made the same way twice"
    );
    let second = Zkey::from_bytes(&read("tiny_2.zkey")?)?;
    ceremony::verify(&start, &second).context("snarkjs' contribution")?;
    let third = ceremony::contribute(&second, "third", b"")?;
    let last = ceremony::beacon(&third, "beacon", &[0x5a; 32], 10)?;
    let checked = ceremony::verify(&start, &last)?;
    fs::write(folder.join("tiny_final.zkey"), last.to_bytes())?;
    let claim = Claim::new(TINY)?;
    let prover = Prover::new(checked.to_key()?, ProverOptions::default(), None)?;
    prover.prove(&claim.public, &claim.private, &Cancel::default())?;
    let names: Vec<_> = checked.phase_2().into_iter().map(|entry| entry.author.name).collect();
    Ok(names.join(", "))
}
