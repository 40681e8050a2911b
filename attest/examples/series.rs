//! Many approvals of one log, for audits of many and for other people's readers. Their proofs are forged, which the
//! development key allows to everybody: `wetsign audit` has to be told `--allow-development-keys`.
//!
//! ```text
//! cargo run -p wetsign-attest --example series -- write FOLDER COUNT [FORGED]
//! cargo run -p wetsign-attest --example series -- verify FOLDER
//! ```
//!
//! `write` makes `FOLDER/NUMBER.cbor`, the trust policy `FOLDER/trust.toml` and prints the time at which all of it
//! holds; the approval of number FORGED has another statement's proof. `verify` checks file after file, as `wetsign
//! verify` does, and prints how long that took.

#[macro_use]
#[allow(dead_code, missing_docs, clippy::pedantic)]
#[path = "../tests/support/mod.rs"]
mod support;

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use wetsign_attest::TrustPolicy;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["write", folder, count] => write(Path::new(folder), count.parse()?, None),
        ["write", folder, count, forged] => write(Path::new(folder), count.parse()?, Some(forged.parse()?)),
        ["verify", folder] => verify(Path::new(folder)),
        _ => Err("write FOLDER COUNT [FORGED], or verify FOLDER".into()),
    }
}

fn write(folder: &Path, count: u32, forged: Option<u32>) -> Result<(), Box<dyn Error>> {
    fs::create_dir_all(folder)?;
    let series = support::series::series_with(count, forged);
    for (number, bundle) in series.bundles.iter().enumerate() {
        fs::write(folder.join(format!("{number:07}.cbor")), bundle.to_bytes()?)?;
    }
    fs::write(folder.join("trust.toml"), support::policy().to_toml()?)?;
    println!("{}", support::T + 60);
    Ok(())
}

fn verify(folder: &Path) -> Result<(), Box<dyn Error>> {
    let policy = TrustPolicy::from_toml(&fs::read_to_string(folder.join("trust.toml"))?)?;
    let mut files: Vec<PathBuf> =
        fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<Result<_, std::io::Error>>()?;
    files.retain(|path| path.extension().is_some_and(|extension| extension == "cbor"));
    files.sort();
    let (begun, mut held) = (Instant::now(), 0);
    for file in &files {
        held +=
            u32::from(wetsign_attest::verify::verify(&fs::read(file)?, &policy, support::options()).is_ok());
    }
    let seconds = begun.elapsed().as_secs_f64();
    println!("{{\"files\": {}, \"hold\": {held}, \"seconds\": {seconds}}}", files.len());
    Ok(())
}
