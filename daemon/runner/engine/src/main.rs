//! The program that the runner starts: networks of strangers run in it, and it holds no key.

use std::io::{ErrorKind, Read};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, ensure};
use clap::Parser;
use rustix::process::{Resource, Rlimit, Signal, set_parent_process_death_signal, setrlimit};
use wetsign_engine::make;
use wetsign_models::store::{ModelStore, cache_dir};
use wetsign_runner_ipc::FrameError;
use wetsign_runner_ipc::frame::{self, FromEngine, ToEngine};
use wetsign_runner_ipc::package::MOST;
use wetsign_sandbox::{Needs, enter};
use zeroize::Zeroizing;

/// Runs one network once, for wetsign-runner.
///
/// Started by wetsign-runner, which speaks with it over standard input and output. It has no key, no network, reads
/// ONNX Runtime and the system's libraries, and writes nothing. Exit codes: 0 it answered, 1 it could not.
#[derive(Parser)]
#[command(version, name = "wetsign-engine")]
struct Arguments {
    /// Folder with the runtime library [default: $WETSIGN_CACHE, or wetsign below $XDG_CACHE_HOME or ~/.cache]
    #[arg(long)]
    cache: Option<PathBuf>,
    /// Threads of the network; what is made may differ in its last bits between numbers of threads
    #[arg(long, default_value_t = 2)]
    threads: usize,
    /// Megabytes of memory that it may take
    #[arg(long, default_value_t = 4096)]
    memory_mb: u64,
    /// Seconds after which it gives up
    #[arg(long, default_value_t = 600)]
    seconds: u64,
}

fn main() -> ExitCode {
    let arguments: Arguments = match wetsign_program::arguments(2) {
        Ok(arguments) => arguments,
        Err(code) => return code,
    };
    wetsign_program::ended("wetsign-engine", run(&arguments).map(|()| ExitCode::SUCCESS))
}

fn run(arguments: &Arguments) -> anyhow::Result<()> {
    wetsign_onnx::start_quiet().context("cannot start again with ONNX Runtime kept quiet")?;
    bound(arguments)?;
    let cache = arguments.cache.clone().map_or_else(cache_dir, Ok)?;
    // Its digest is checked while it can still be read anywhere.
    let library = ModelStore::open(&cache)?.runtime_library()?;
    let confinement = enter(&Needs { read: vec![library.clone()], ..Needs::default() });
    let seconds = Duration::from_secs(arguments.seconds);
    std::thread::spawn(move || {
        std::thread::sleep(seconds);
        wetsign_program::note(&format!("wetsign-engine: gave up after {} s", seconds.as_secs()));
        std::process::exit(1);
    });
    let (mut input, mut output) = (std::io::stdin().lock(), std::io::stdout().lock());
    let ready = FromEngine::Ready { layers: confinement.in_force(), words: confinement.words() };
    frame::write(&mut output, &ready)?;
    let answer =
        answer(&library, &mut input, arguments.threads).unwrap_or_else(|error| FromEngine::Refused {
            // As a person may see it: a network's own words can be long.
            why: format!("{error:#}").chars().take(2000).collect(),
        });
    match frame::write(&mut output, &answer) {
        // The runner refused what it was asked, and wants nothing more: it has said why.
        Err(FrameError::Io(error)) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        written => Ok(written?),
    }
}

/// Memory, time, files and core dumps, as the kernel holds them; it ends with the runner.
fn bound(arguments: &Arguments) -> anyhow::Result<()> {
    let hard = |most: u64| Rlimit { current: Some(most), maximum: Some(most) };
    set_parent_process_death_signal(Some(Signal::KILL))?;
    setrlimit(Resource::Core, hard(0))?;
    setrlimit(Resource::Fsize, hard(0))?;
    setrlimit(Resource::Data, hard(arguments.memory_mb << 20))?;
    setrlimit(Resource::Cpu, hard(arguments.seconds.saturating_mul(64)))?;
    Ok(())
}

fn answer(library: &std::path::Path, input: &mut impl Read, threads: usize) -> anyhow::Result<FromEngine> {
    let mut package = Zeroizing::new(Vec::new());
    loop {
        match frame::read_task(input)? {
            ToEngine::Piece(piece) => {
                let piece = Zeroizing::new(piece);
                ensure!((package.len() + piece.len()) as u64 <= MOST, "a package has at most {MOST} bytes");
                package.extend_from_slice(&piece);
            }
            ToEngine::Make(input) => {
                let environment = wetsign_onnx::environment(library)?;
                return make(&environment, &package, &input, threads);
            }
        }
    }
}
