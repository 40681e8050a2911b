//! The program that `wetsignd` starts for camera, microphone and networks.
//!
//! It speaks `wetsign.sensor.v1` (crate `wetsign-sensor-ipc`) over the Unix socket pair whose other end the daemon
//! holds. It knows no key, no template and no network address; it is told what to show and answers with events,
//! previews and, in the end, embeddings with every measurement. It decides nothing.

use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use anyhow::Context;
use clap::Parser;
use wetsign_infer::start_quiet;
use wetsign_sensor::{link, sandbox, worker};

/// Camera, microphone and networks of a Wetsign kiosk.
///
/// Started by wetsignd, which holds the other end of the socket that is this program's standard input. Logs go to
/// standard error. Exit codes: 0 the daemon closed the link or asked to end, 1 the networks could not be loaded or the
/// link failed.
#[derive(Parser)]
#[command(version, name = "wetsign-sensor")]
struct Arguments {
    /// Folder with models and runtime library [default: $WETSIGN_CACHE, or wetsign below $XDG_CACHE_HOME or ~/.cache]
    #[arg(long)]
    cache: Option<PathBuf>,
    /// Threads for each network
    #[arg(long, default_value_t = 2)]
    threads: usize,
    /// Load no networks: cameras and microphones can be listed and opened, captures fail
    #[arg(long)]
    without_networks: bool,
    /// Recordings are accepted as sources: it may read every file that its user may read, not its own alone
    #[arg(long)]
    recordings: bool,
    /// What is logged, as a tracing filter ("info", "wetsign_sensor=debug")
    #[arg(long, default_value = "warn")]
    log: String,
}

fn main() -> ExitCode {
    let started = Instant::now();
    let arguments: Arguments = match wetsign_program::arguments(2) {
        Ok(arguments) => arguments,
        Err(code) => return code,
    };
    // The daemon that reads it adds time and colours.
    tracing_subscriber::fmt()
        .with_writer(|| wetsign_program::Log)
        .log_internal_errors(false)
        .with_env_filter(&arguments.log)
        .with_ansi(false)
        .without_time()
        .init();
    wetsign_program::ended("wetsign-sensor", run(&arguments, started).map(|()| ExitCode::SUCCESS))
}

fn run(arguments: &Arguments, started: Instant) -> anyhow::Result<()> {
    start_quiet().context("cannot start again with ONNX Runtime kept quiet")?;
    let input =
        std::io::stdin().as_fd().try_clone_to_owned().context("standard input cannot be duplicated")?;
    let stream = UnixStream::from(input);
    stream.peer_addr().context(
        "standard input is no connected Unix socket: this program is started by wetsignd, not by hand",
    )?;
    let cache = match &arguments.cache {
        Some(cache) => cache.clone(),
        None => wetsign_models::store::cache_dir()?,
    };
    let nodes = sandbox::VideoNodes::now();
    let confinement =
        sandbox::enter(sandbox::Needs { cache: Some(&cache), recordings: arguments.recordings });
    tracing::info!(confinement = confinement.words());
    let (link, commands) = link::Link::open(stream)?;
    let threads = (!arguments.without_networks).then_some(arguments.threads);
    worker::Worker::start(&link, cache, threads, started, &confinement)?.serve(&link, &commands, &nodes)
}
