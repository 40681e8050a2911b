//! `wetsign-relay`: where phones and kiosks meet.

use std::net::SocketAddr;
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use clap::Parser;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use wetsign_relay::{Lines, Name, router};

/// Where phones and kiosks meet: the page for phones, and the way of sealed messages between both. It reads none.
///
/// It listens on this machine alone. A web server with an ordinary certificate stands before it, and hands on what
/// comes to its name: browsers give passkeys and keys to pages with such a certificate only. It bounds what one address
/// may send, as well.
#[derive(Debug, Parser)]
#[command(name = "wetsign-relay", version)]
struct Arguments {
    /// Where it listens: an address of this machine's loopback
    #[arg(long, default_value = "127.0.0.1:8470", value_name = "ADDRESS")]
    listen: SocketAddr,
    /// A kiosk's line, as wetsignd names it when it starts; once for each kiosk
    #[arg(long, required = true, value_name = "NAME")]
    line: Vec<Name>,
}

/// Most kiosks at one relay.
const LINES: usize = 1024;

#[tokio::main]
async fn main() -> ExitCode {
    match wetsign_program::arguments(2) {
        Ok(arguments) => wetsign_program::ended("error", run(arguments).await.map(|()| ExitCode::SUCCESS)),
        Err(code) => code,
    }
}

async fn run(Arguments { listen, line }: Arguments) -> anyhow::Result<()> {
    if !listen.ip().is_loopback() {
        bail!(
            "{listen} can be reached from elsewhere: a web server with a certificate has to stand before the relay"
        );
    }
    if line.len() > LINES {
        bail!("{} lines were named, {LINES} at most", line.len());
    }
    let listener = TcpListener::bind(listen).await.with_context(|| format!("cannot listen at {listen}"))?;
    wetsign_program::say!("serving http://{}", listener.local_addr()?)?;
    let mut end = signal(SignalKind::terminate())?;
    tokio::select! {
        ended = axum::serve(listener, router(Lines::new(line))).into_future() => ended.context("the relay ended"),
        _ = end.recv() => Ok(()),
        stopped = tokio::signal::ctrl_c() => stopped.context("cannot wait for Ctrl-C"),
    }
}
