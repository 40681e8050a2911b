//! Attacks by the hundred: `cargo xtask attacks`.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use clap::Parser;
use wetsign_tests::suite::{self, Progress};

/// Presents attacks of every species and genuine people to the sensor's own capture and the product's own decision.
///
/// It may be stopped at any time and goes on where it was. The same seed and count give the same output, whatever the
/// number of workers.
///
/// Exit status: 0 when no attack was accepted, 2 when one was, 1 when it could not be tried.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    /// Print one JSON object: `ok`, `species` (name, n, subjects, instruments, accepted, low, high …), `genuine` (n,
    /// rejected …).
    #[arg(long)]
    json: bool,
    /// Presentations of each species, and of genuine people.
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u32).range(1..))]
    count: u32,
    /// Only these species (default: all).
    #[arg(long, value_delimiter = ',')]
    species: Vec<String>,
    /// What challenges and draws come from: the same seed gives the same presentations.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// The camera before simulated prints and screens is in focus and held still (default: blurred and moved a little,
    /// drawn for each).
    #[arg(long)]
    in_focus: bool,
    /// Kiosks at work at the same time (default: one a core).
    #[arg(long)]
    workers: Option<usize>,
    /// Folder in which outcomes are kept until the program changes (default: `attacks` in the cache).
    #[arg(long, value_name = "DIR")]
    record: Option<PathBuf>,
}

const TELL_EVERY: Duration = Duration::from_secs(10);

fn main() -> ExitCode {
    let arguments: Arguments = match wetsign_program::arguments(1) {
        Ok(arguments) => arguments,
        Err(code) => return code,
    };
    let held = run(&arguments).map(|held| if held { ExitCode::SUCCESS } else { ExitCode::from(2) });
    wetsign_program::ended("attacks", held)
}

fn run(arguments: &Arguments) -> anyhow::Result<bool> {
    wetsign_program::output()?;
    wetsign_infer::start_quiet().context("cannot start again with ONNX Runtime kept quiet")?;
    for name in &arguments.species {
        let known: Vec<_> = suite::SPECIES.iter().map(|species| species.name).collect();
        anyhow::ensure!(
            known.contains(&name.as_str()),
            "no species is called {name}; there are {}",
            known.join(", ")
        );
    }
    let cache = wetsign_models::store::cache_dir()?;
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let order = suite::Order {
        names: arguments.species.clone(),
        count: arguments.count,
        seed: arguments.seed,
        in_focus: arguments.in_focus,
        workers: arguments.workers.unwrap_or(cores),
        record: arguments.record.clone().unwrap_or_else(|| cache.join("attacks")),
        cache,
    };
    let mut told = Instant::now();
    let report = suite::run(&order, |progress| {
        if told.elapsed() >= TELL_EVERY || progress.done == progress.of {
            wetsign_program::note(&line(progress));
            told = Instant::now();
        }
    })?;
    if arguments.json {
        wetsign_program::say!("{}", serde_json::to_string_pretty(&report)?)?;
    } else {
        wetsign_program::say!("{}", report.table())?;
    }
    Ok(report.ok)
}

fn line(progress: &Progress) -> String {
    let Progress { done, of, left } = progress;
    let left = left.as_secs();
    format!("{done} of {of} presentations, {} min {:02} s left", left / 60, left % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn none_of_no_presentations_accepted_is_no_result() {
        let refused = Arguments::try_parse_from(["attacks", "--count", "0"]).unwrap_err().to_string();
        assert!(refused.contains("0 is not in 1.."), "{refused}");
    }
}
