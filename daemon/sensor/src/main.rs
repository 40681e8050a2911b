//! The only program that touches camera, microphone and networks.
//!
//! `wetsignd` starts it with one end of a Unix socket pair as its standard input and speaks `wetsign.sensor.v1` with it
//! (crate `wetsign-sensor-ipc`). It knows no key, no template and no network address; it is told what to show and
//! answers with events, previews and, in the end, embeddings with every measurement. It decides nothing.
//!
//! - [`sandbox`]: what it gives up before it begins.
//! - [`link`]: the socket; a thread reads, so that *cancel* is heard while a capture runs.
//! - [`worker`]: one command after the other; a panic in one is contained and reported.
//! - [`source`]: camera and microphone, replayed subjects, plain files, behind one small trait.
//! - [`capture`]: the steps of a capture; [`moves`], [`vision`], [`speech`]: what is read from it.

mod capture;
mod convert;
mod link;
mod moves;
mod preview;
mod sandbox;
mod source;
mod speech;
mod vision;
mod worker;

use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use anyhow::Context;
use clap::Parser;

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
    /// What is logged, as a tracing filter ("info", "wetsign_sensor=debug")
    #[arg(long, default_value = "warn")]
    log: String,
}

fn main() -> ExitCode {
    let started = Instant::now();
    let arguments = Arguments::parse();
    tracing_subscriber::fmt().with_writer(std::io::stderr).with_env_filter(&arguments.log).init();
    match run(&arguments, started) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("wetsign-sensor: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments, started: Instant) -> anyhow::Result<()> {
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
    let confinement = sandbox::enter();
    tracing::info!(confinement);
    let (link, commands) = link::Link::open(stream)?;
    worker::Worker::start(&link, cache, arguments.threads, started, confinement)?.serve(&link, &commands)
}
