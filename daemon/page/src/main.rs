//! `wetsign-page`: the page of a kiosk, for the browser before which people stand.

use std::io::Read as _;
use std::net::SocketAddr;
use std::os::unix::fs::{FileTypeExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context as _, bail};
use axum::Router;
use clap::Parser;
use tokio::net::{TcpListener, UnixListener};
use wetsign_api::{Client, Endpoint};
use wetsign_attest::shown::shown;
use wetsign_page::drive::{self, Kiosk, Through};
use wetsign_page::recorded::{self, Line};
use wetsign_page::server::{Desk, Door, Token, router};
use wetsign_page::{Language, Limits};

/// The page of a kiosk: what is asked, what to do, what came of it. Prints the address that a browser here opens.
///
/// The address holds a token that is drawn at each start: whoever has it can press what a person can press.
#[derive(Debug, Parser)]
#[command(name = "wetsign-page", version)]
struct Arguments {
    /// The kiosk: unix:/path/to/its/socket
    #[arg(long, default_value = "unix:/run/wetsign/kiosk.sock", value_name = "ADDRESS")]
    kiosk: Endpoint,
    /// Show this recording (JSON lines, as `wetsign --json session watch` prints them) in place of a kiosk
    #[arg(long, value_name = "FILE", conflicts_with = "subject")]
    simulate: Option<PathBuf>,
    /// Where the browser finds the page: an address of this machine's loopback, or unix:/path
    #[arg(long, default_value = "127.0.0.1:0", value_name = "ADDRESS")]
    listen: String,
    /// Language that the page begins with: en, ro, ar
    #[arg(long, default_value = "en", value_parser = language)]
    language: Language,
    /// Whom a person may ask, in words: a name, a place, a number
    #[arg(long, value_name = "TEXT")]
    contact: Option<String>,
    /// Look through a replayed subject in place of camera and microphone; what is made says *simulated*
    #[arg(long, value_name = "DIR")]
    subject: Option<PathBuf>,
    /// The kiosk's session.challenge_s
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..=60))]
    challenge_s: u32,
    /// The kiosk's session.sign_s
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..=300))]
    sign_s: u32,
}

/// Longest contact, characters.
const CONTACT: usize = 200;

fn language(tag: &str) -> Result<Language, String> {
    let known = || Language::ALL.map(Language::tag).join(", ");
    Language::of(tag).ok_or_else(|| format!("the page speaks {}, not {tag:?}", known()))
}

#[tokio::main]
async fn main() -> ExitCode {
    match wetsign_program::arguments(2) {
        Ok(arguments) => wetsign_program::ended("error", run(arguments).await.map(|()| ExitCode::SUCCESS)),
        Err(code) => code,
    }
}

async fn run(arguments: Arguments) -> anyhow::Result<()> {
    if arguments.contact.as_ref().is_some_and(|text| text.chars().count() > CONTACT) {
        bail!("--contact has at most {CONTACT} characters");
    }
    let limits = Limits {
        challenge_s: arguments.challenge_s,
        sign_s: arguments.sign_s,
        contact: arguments.contact.clone(),
    };
    let (desk, presses) = Desk::new(limits, arguments.language);
    let desk = Arc::new(desk);
    let driven = Arc::clone(&desk);
    if let Some(file) = &arguments.simulate {
        let lines = recording(file)?;
        tokio::spawn(async move { drive::simulate(&driven, &lines, presses).await });
    } else {
        let kiosk = Kiosk { client: Client::connect(&arguments.kiosk).await?, through: through(&arguments)? };
        tokio::spawn(async move { drive::conduct(&driven, &kiosk, presses).await });
    }
    serve(desk, &arguments.listen).await
}

fn recording(file: &Path) -> anyhow::Result<Vec<Line>> {
    // Not by its size: what has no end has none.
    let mut text = String::new();
    std::fs::File::open(file)
        .and_then(|open| open.take(recorded::MOST_BYTES as u64 + 1).read_to_string(&mut text))
        .with_context(|| format!("cannot read {}", file.display()))?;
    if text.len() > recorded::MOST_BYTES {
        bail!("{} has more than {} bytes, the most of a recording", file.display(), recorded::MOST_BYTES);
    }
    recorded::read(&text).with_context(|| file.display().to_string())
}

fn through(arguments: &Arguments) -> anyhow::Result<Through> {
    let Some(folder) = &arguments.subject else { return Ok(Through::Own) };
    let full = folder.canonicalize().with_context(|| format!("cannot find {}", folder.display()))?;
    Ok(Through::Subject(full))
}

async fn serve(desk: Arc<Desk>, listen: &str) -> anyhow::Result<()> {
    let token = Token::draw()?;
    if let Some(path) = listen.strip_prefix("unix:") {
        let path = PathBuf::from(path);
        let listener = private_socket(&path)?;
        say(&format!("open / on unix:{} with ?token={}", path.display(), token.as_str()))?;
        return until_stopped(axum::serve(listener, app(desk, token, None)).into_future()).await;
    }
    let address: SocketAddr =
        listen.parse().with_context(|| format!("{listen:?} is neither 127.0.0.1:PORT nor unix:PATH"))?;
    if !address.ip().is_loopback() {
        bail!("{address} can be reached from elsewhere: the page is for this machine's loopback only");
    }
    let listener = TcpListener::bind(address).await.with_context(|| format!("cannot listen at {address}"))?;
    let host = listener.local_addr()?.to_string();
    say(&format!("open http://{host}/?token={}", token.as_str()))?;
    until_stopped(axum::serve(listener, app(desk, token, Some(host))).into_future()).await
}

/// Without the address nobody can open the page, so that nothing is served where it could not be said.
fn say(address: &str) -> anyhow::Result<()> {
    Ok(wetsign_program::print(&format!("{}\n", shown(address)))?)
}

fn app(desk: Arc<Desk>, token: Token, host: Option<String>) -> Router {
    router(desk, Door::new(token, host))
}

/// A socket that nobody but its owner opens. A socket that was left behind is replaced; anything else is left alone.
fn private_socket(path: &Path) -> anyhow::Result<UnixListener> {
    match std::fs::symlink_metadata(path) {
        Ok(found) if found.file_type().is_socket() => {
            if std::os::unix::net::UnixStream::connect(path).is_ok() {
                bail!("somebody listens at {} already", path.display());
            }
            std::fs::remove_file(path)?;
        }
        Ok(_) => bail!("{} is there, and no socket", path.display()),
        Err(_) => {}
    }
    let listener =
        UnixListener::bind(path).with_context(|| format!("cannot listen at {}", path.display()))?;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600))?;
    Ok(listener)
}

async fn until_stopped(server: impl Future<Output = std::io::Result<()>>) -> anyhow::Result<()> {
    let mut end = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    tokio::select! {
        ended = server => ended.context("the page's server ended"),
        _ = end.recv() => Ok(()),
        stopped = tokio::signal::ctrl_c() => stopped.context("cannot wait for Ctrl-C"),
    }
}
