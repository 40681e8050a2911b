//! Attacks by the hundred: `cargo xtask attacks`.

use std::process::ExitCode;

use clap::Parser;
use wetsign_tests::suite;

/// Presents attacks of every species and genuine people to the sensor's own capture and the product's own decision.
///
/// Exit status: 0 when no attack was accepted, 2 when one was, 1 when it could not be tried.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    /// Print one JSON object: `ok`, `species` (name, n, subjects, instruments, accepted, low, high …), `genuine` (n, rejected …).
    #[arg(long)]
    json: bool,
    /// Presentations of each species, and of genuine people.
    #[arg(long, default_value_t = 4)]
    count: u32,
    /// Only these species (default: all).
    #[arg(long, value_delimiter = ',')]
    species: Vec<String>,
    /// What challenges and draws come from: the same seed gives the same presentations.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(2),
        Err(error) => {
            eprintln!("attacks: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> anyhow::Result<bool> {
    for name in &arguments.species {
        let known: Vec<_> = suite::SPECIES.iter().map(|species| species.name).collect();
        anyhow::ensure!(
            known.contains(&name.as_str()),
            "no species is called {name}; there are {}",
            known.join(", ")
        );
    }
    let cache = wetsign_models::store::cache_dir()?;
    let told = |name: &str, index: u32| {
        if index == arguments.count || index.is_multiple_of(10) {
            eprintln!("{name}: {index} of {}", arguments.count);
        }
    };
    let report = suite::run(&cache, &arguments.species, arguments.count, arguments.seed, told)?;
    if arguments.json {
        println!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        println!("{}", report.table());
    }
    Ok(report.ok)
}
