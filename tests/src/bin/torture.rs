//! The kiosk harmed in the middle of its work: `cargo xtask torture`.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use clap::{Parser, Subcommand};
use serde::Serialize;
use wetsign_program::say;
use wetsign_tests::{
    attacks,
    cast::Cast,
    power_cut::{POINTS, Rehearsal},
    soak::stand_in,
    stage::{Options, Stage},
    torture::{Tally, Torture, harm::Harm},
};

/// Harms the daemon in the middle of its work, starts it again, and checks that nothing acknowledged is lost.
///
/// Without `--runs` it is killed once at each named point of the main path. With `--runs` it is harmed at random
/// moments: killed, its power cut, a write torn, the disk full or read-only, the clock stepped by an hour, its sensor
/// killed. Power cuts need root: the state then lies on a disk image of its own.
///
/// Exit status: 0 when everything held, 2 when something did not, 1 when it could not be tried.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
    /// Only these points (default: all).
    #[arg(long, value_delimiter = ',', conflicts_with = "runs")]
    points: Vec<String>,
    /// Harm it so often at random moments; about five seconds each.
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    runs: Option<u32>,
    /// Only these harms: kill, power-cut, torn-write, disk-full, read-only, clock-forward, clock-back, sensor-killed
    /// (default: all).
    #[arg(long, value_delimiter = ',', requires = "runs")]
    harms: Vec<String>,
    /// Draws the same harms and moments again; what the machine does between them stays its own.
    #[arg(long, requires = "runs", default_value_t = 1)]
    seed: u64,
    /// Let a program with stored embeddings stand in for camera and networks: what has to last is the same, and
    /// captures take no time.
    #[arg(long, requires = "runs")]
    stand_in: bool,
    /// libfaketime, which steps clocks; `cargo xtask torture` brings it.
    #[arg(long, value_name = "FILE", hide = true)]
    faketime: Option<PathBuf>,
    #[command(subcommand)]
    role: Option<Role>,
}

#[derive(Debug, Subcommand)]
enum Role {
    /// Stand in for the sensor program.
    #[command(hide = true)]
    Sensor {
        /// As the daemon starts it.
        #[arg(long)]
        recordings: bool,
    },
}

#[derive(Serialize)]
struct Row {
    name: String,
    ok: bool,
    why: String,
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments: Arguments = match wetsign_program::arguments(1) {
        Ok(arguments) => arguments,
        Err(code) => return code,
    };
    let held = match (&arguments.role, arguments.runs) {
        (Some(Role::Sensor { .. }), _) => stand_in::serve().map(|()| true),
        (None, Some(runs)) => at_random(&arguments, runs).await,
        (None, None) => at_points(&arguments).await,
    };
    let held = held.map(|held| if held { ExitCode::SUCCESS } else { ExitCode::from(2) });
    wetsign_program::ended("torture", held)
}

async fn at_random(arguments: &Arguments, runs: u32) -> anyhow::Result<bool> {
    let only = arguments.harms.iter().map(|name| harm(name)).collect::<anyhow::Result<Vec<_>>>()?;
    let folder = tempfile::tempdir()?;
    let stand_in = arguments.stand_in.then(std::env::current_exe).transpose()?;
    let mut torture = Box::pin(Torture::begin(
        folder.path(),
        arguments.seed,
        arguments.faketime.clone(),
        stand_in.as_deref(),
    ))
    .await?;
    let mut told = 0;
    let tally = torture
        .run(runs, &only, |run, harm, tally| {
            if arguments.json {
                return Ok(());
            }
            for why in &tally.why[told..] {
                say!("✘ {why}")?;
            }
            told = tally.why.len();
            say!(
                "{run}/{runs} {}: {} requests, {} co-signatures",
                harm.name(),
                tally.requests,
                tally.cosignatures
            )?;
            Ok(())
        })
        .await?;
    let ok = tally.held();
    if arguments.json {
        let mut report = serde_json::to_value(&tally)?;
        report["ok"] = ok.into();
        report["seed"] = arguments.seed.into();
        say!("{}", serde_json::to_string_pretty(&report)?)?;
    } else {
        let Tally { runs, lost, double_signed, forked, stuck, .. } = &tally;
        say!("{runs} runs: {lost} lost, {double_signed} signed twice, {forked} forked, {stuck} stuck")?;
        if !tally.skipped.is_empty() {
            say!(
                "not tried here (power cuts need root and loop devices, clock steps libfaketime): {}",
                tally.skipped.join(", ")
            )?;
        }
    }
    Ok(ok)
}

fn harm(name: &str) -> anyhow::Result<Harm> {
    match Harm::ALL.into_iter().find(|(harm, _)| harm.name() == name) {
        Some((harm, _)) => Ok(harm),
        None => bail!("{name} is no harm: `--help` lists them"),
    }
}

async fn at_points(arguments: &Arguments) -> anyhow::Result<bool> {
    if let Some(unknown) = arguments.points.iter().find(|point| !POINTS.contains(&point.as_str())) {
        bail!("{unknown} is no point of the main path: they are {}", POINTS.join(", "));
    }
    let folder = tempfile::tempdir()?;
    let cast = Cast::new()?;
    let stage = Stage::set_up(folder.path(), &cast, &Options::default()).await?;
    let people = attacks::people();
    let mut rehearsal = Rehearsal::new(stage, cast, people.to_vec()).await.context("enrolling two people")?;
    let mut rows = Vec::new();
    for point in POINTS.iter().filter(|point| wanted(arguments, point)) {
        let cut = rehearsal.cut(point).await;
        let why = cut.as_ref().err().map(|error| format!("{error:#}")).unwrap_or_default();
        if !arguments.json {
            say!("{} {point} {why}", if cut.is_ok() { "✔" } else { "✘" })?;
        }
        rows.push(Row { name: (*point).to_owned(), ok: cut.is_ok(), why });
    }
    let ok = !rows.is_empty() && rows.iter().all(|row| row.ok);
    if arguments.json {
        say!("{}", serde_json::to_string_pretty(&serde_json::json!({ "ok": ok, "points": rows }))?)?;
    }
    Ok(ok)
}

fn wanted(arguments: &Arguments, point: &str) -> bool {
    arguments.points.is_empty() || arguments.points.iter().any(|wanted| wanted == point)
}
