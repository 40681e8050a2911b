//! `wetsignd`: reads flags and configuration, then hands over to the library.

mod doctor;
mod element_command;
mod finding;
mod flags;
mod terminal;

use std::{
    alloc::System, fmt::Write as _, os::unix::net::UnixListener, path::PathBuf, process::ExitCode, sync::Arc,
    time::Duration,
};

use anyhow::{Context, bail, ensure};
use clap::{Parser, Subcommand};
use flags::Flags;
use terminal::{LogFormat, begin_to_log, note, say, say_json};
use tokio::{
    signal::unix::{Signal, SignalKind, signal},
    sync::watch,
};
use wetsign_attest::{object::CertificateChain, shown::shown};
use wetsignd::{
    config::{Config, DEFAULT},
    keyholder::{Keyholder, Settings},
    keys,
    kiosk::{Kiosk, private_folder},
    manager,
    people::pairing::Line,
    publish, secret,
    sensor::{Sensor, SensorOptions},
    serve,
    serve::expiry::{self, Validity},
    serve::running::Sessions,
    store::{Backup, Compacted, Store, backup, compact},
};
use zeroizing_alloc::ZeroAlloc;

/// Overwrites what is freed, so that no copy of a secret stays behind where a vector grew or a task ended.
#[global_allocator]
static ALLOCATOR: ZeroAlloc<System> = ZeroAlloc(System);

/// Longest time from a signal to the end of the process, and the sessions' part of it.
const ENDING: Duration = Duration::from_secs(4);
const SESSIONS_END: Duration = Duration::from_secs(2);

/// The daemon of a Wetsign kiosk.
///
/// It takes usage requests in, has the owner's rules checked, conducts the sessions of living validators, keeps what
/// they sign and logs all of it. Clients speak to it over a Unix socket (and TLS, if configured).
///
/// Begin with:
///   wetsignd config > wetsign.toml     a commented configuration to start from
///   wetsignd devices                   which cameras and microphones can be used, and why others cannot
///   wetsignd doctor                    whether this machine is fit to be a kiosk, and what helps
///   wetsignd run --config wetsign.toml
///
/// Exit codes: 0 done, 1 failed (the reason is on standard error), 2 wrong usage.
#[derive(Parser)]
#[command(name = "wetsignd", version, verbatim_doc_comment, propagate_version = true)]
struct Cli {
    /// How log lines look on standard error.
    #[arg(long, value_enum, default_value = "text", global = true)]
    log_format: LogFormat,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve until SIGINT, SIGTERM or SIGHUP.
    Run(Flags),
    /// Print the default configuration with comments.
    Config,
    /// Print the name of this kiosk's line at a relay: `wetsign-relay --line NAME` lets the kiosk in.
    Line(Flags),
    /// List cameras and microphones with their formats, and why one cannot be used.
    Devices {
        #[command(flatten)]
        flags: Flags,
        /// Print one JSON object.
        #[arg(long)]
        json: bool,
    },
    /// Look whether this machine is fit to be a kiosk, and say what helps where it is not. Changes nothing. Exit code 1
    /// if something is amiss.
    Doctor {
        #[command(flatten)]
        flags: Flags,
        /// Print one JSON object: `ok`, `rows` (each with `name`, `ok`, `state`, `found`, `remedy`), and of the sensor
        /// program `in_force`, `missing`, `confinement` (in words).
        #[arg(long)]
        json: bool,
    },
    /// See to the secure element at the bench; the daemon should not be running.
    #[command(subcommand)]
    Element(element_command::ElementCommand),
    /// Serve as a keyholder until SIGINT, SIGTERM or SIGHUP: a role of its own, which needs no camera and no element.
    Keyholder {
        /// Its settings (TOML).
        #[arg(long)]
        config: PathBuf,
    },
    /// Look after the store; the daemon must not be running.
    #[command(subcommand)]
    Store(StoreCommand),
}

#[derive(Subcommand)]
enum StoreCommand {
    /// Read every record and compare its checksum. Exit code 1 if one is damaged.
    Check(Flags),
    /// Write every record into one file, synced, with a digest.
    Backup {
        #[command(flatten)]
        flags: Flags,
        /// The file to be written.
        file: PathBuf,
    },
    /// Fill a new store from a backup, after its digest was checked. An existing store is never overwritten.
    Restore {
        #[command(flatten)]
        flags: Flags,
        /// The file to be read.
        file: PathBuf,
    },
    /// Write the store anew without the room that old records left behind, and put the new one in its place once it is
    /// durable. It needs as much free room as the records take.
    Compact(Flags),
}

fn main() -> ExitCode {
    let cli: Cli = match wetsign_program::arguments(2) {
        Ok(cli) => cli,
        Err(code) => return code,
    };
    begin_to_log(cli.log_format);
    let begun = secret::keep_to_oneself().map_err(anyhow::Error::from);
    match begun.and_then(|()| work(cli.command)) {
        Ok(()) => ExitCode::SUCCESS,
        // Who reads standard output has seen enough (`| head`).
        Err(error) if wetsign_program::reader_gone(&error) => ExitCode::SUCCESS,
        Err(error) => {
            note(&format!("wetsignd: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn work(command: Command) -> anyhow::Result<()> {
    match command {
        Command::Config => say(DEFAULT)?,
        Command::Line(flags) => say(&format!("{}\n", line(&flags.read()?)?))?,
        Command::Run(flags) => {
            let handed = manager::handed().context("the socket that the service manager handed over")?;
            let runtime = runtime()?;
            let config = flags.read()?;
            if !config.sensor.program.as_os_str().is_empty() {
                config.check_sensor(std::env::var_os("PATH").as_deref())?;
            }
            let outcome = runtime.block_on(run(config, handed));
            // Work that hangs is left.
            runtime.shutdown_timeout(Duration::from_millis(500));
            outcome?;
        }
        Command::Devices { flags, json } => runtime()?.block_on(devices(flags.read()?, json))?,
        Command::Doctor { flags, json } => runtime()?.block_on(doctor(&flags.read()?, json))?,
        Command::Element(command) => runtime()?.block_on(element_command::run(command))?,
        Command::Keyholder { config } => runtime()?.block_on(keyholder(Settings::read(&config)?))?,
        Command::Store(command) => store(command)?,
    }
    Ok(())
}

fn line(config: &Config) -> anyhow::Result<String> {
    ensure!(!config.api.relay.address.is_empty(), "api.relay.address is empty: this kiosk goes to no relay");
    private_folder(&config.state)?;
    let secret = keys::line(&config.state)?;
    Ok(Line::open(&config.api.relay, &secret)?.name().to_owned())
}

fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(4)
        .enable_all()
        .build()
        .context("the runtime cannot be started")
}

async fn run(config: Config, handed: Option<UnixListener>) -> anyhow::Result<()> {
    let socket = handed.is_none().then(|| config.api.socket.clone());
    // Before anything is made.
    if !config.api.tls.address.is_empty() {
        serve::tls::validities(&config.api.tls).context("wetsignd does not start")?;
    }
    let kiosk = tokio::task::block_in_place(|| Kiosk::start(config)).context("wetsignd does not start")?;
    let element = kiosk.element_known().await;
    match &element {
        Ok(known) => {
            tracing::info!(
                model = %known.identity.hwmodel,
                home = known.identity.home.as_str(),
                certified = known.uncertified().is_none(),
                "secure element"
            );
            if let Ok(chain) = CertificateChain::decode(&known.certificate.0) {
                expiry::look_after(Validity::of_chain(&chain).into());
            }
        }
        Err(error) => tracing::warn!(%error, "no secure element yet"),
    }
    for caveat in kiosk.caveats(element.as_ref().ok()) {
        tracing::warn!("{caveat}");
    }
    let mut asked = Asked::listen()?;
    let (stop, stopped) = watch::channel(false);
    if let Some(publisher) = kiosk.publisher() {
        tokio::spawn(publish::keep(publisher, Arc::clone(&kiosk.ledger), stopped.clone()));
    }
    let sessions = Arc::new(Sessions::default());
    let serving = serve::serve(Arc::clone(&kiosk), Arc::clone(&sessions), handed, stopped);
    tokio::pin!(serving);
    let failed = tokio::select! {
        served = &mut serving => return served.context("wetsignd cannot serve"),
        signal = asked.first() => {
            tracing::info!(signal, "stopping: open sessions are cancelled");
            None
        }
        cause = kiosk.ledger.store().fault().wait() => {
            tracing::error!(cause, "stopping: the store failed; see to the disk, then start again");
            Some(cause)
        }
    };
    end_by(ENDING, failed.is_some(), socket);
    sessions.cancel_all();
    if failed.is_none() {
        // Their refusals are signed and logged, and those who watch are told.
        let _ = tokio::time::timeout(SESSIONS_END, sessions.all_ended()).await;
    }
    stop.send_replace(true);
    serving.await.context("wetsignd cannot serve")?;
    match failed {
        Some(cause) => bail!("the store failed: {cause}"),
        None => Ok(()),
    }
}

/// Serves as a keyholder.
async fn keyholder(settings: Settings) -> anyhow::Result<()> {
    let api = settings.api();
    let opened = tokio::task::block_in_place(|| Keyholder::open(settings));
    let keyholder = Arc::new(opened.context("wetsignd does not start as a keyholder")?);
    tracing::info!(keyholder = %keyholder.public(), committee = ?keyholder.committee(), "keyholder");
    if keyholder.demonstration() {
        tracing::warn!(
            "recordings and development keys are taken: nothing real may be locked for this keyholder"
        );
    }
    let mut asked = Asked::listen()?;
    let (stop, stopped) = watch::channel(false);
    let serving = serve::keyholder::serve(Arc::clone(&keyholder), &api, stopped);
    tokio::pin!(serving);
    tokio::select! {
        served = &mut serving => return served.context("wetsignd cannot serve as a keyholder"),
        signal = asked.first() => tracing::info!(signal, "stopping"),
        cause = keyholder.failed() => {
            bail!("the store failed: {cause}; see to the disk, then start again");
        }
    }
    end_by(ENDING, false, Some(api.socket.clone()));
    stop.send_replace(true);
    serving.await.context("wetsignd cannot serve as a keyholder")?;
    // Nobody is to find a socket that nobody answers.
    let _ = std::fs::remove_file(&api.socket);
    Ok(())
}

/// SIGINT, SIGTERM, and SIGHUP, which a terminal sends when it is closed.
struct Asked([(&'static str, Signal); 3]);

impl Asked {
    /// Hears them from now on: before anybody is told that the daemon is up, since who was told may ask it to end.
    fn listen() -> anyhow::Result<Self> {
        let heard = |kind| signal(kind).context("signals cannot be heard");
        Ok(Self([
            ("SIGINT", heard(SignalKind::interrupt())?),
            ("SIGTERM", heard(SignalKind::terminate())?),
            ("SIGHUP", heard(SignalKind::hangup())?),
        ]))
    }

    /// Waits for the first of them.
    async fn first(&mut self) -> &'static str {
        let [(interrupt, one), (terminate, two), (hang_up, three)] = &mut self.0;
        tokio::select! {
            _ = one.recv() => interrupt,
            _ = two.recv() => terminate,
            _ = three.recv() => hang_up,
        }
    }
}

/// Ends the process after a while whatever it is doing then: nothing that waits for a disk or a client holds it.
fn end_by(patience: Duration, failed: bool, socket: Option<PathBuf>) {
    std::thread::spawn(move || {
        std::thread::sleep(patience);
        note(&format!("wetsignd: something did not end within {} s and was left", patience.as_secs()));
        // The next start finds a clean place.
        let _ = socket.map(std::fs::remove_file);
        std::process::exit(i32::from(failed));
    });
}

/// The sensor program as a kiosk has it, but that nothing is measured: it can be asked before the networks were
/// fetched.
fn sensor_alone(config: &Config) -> anyhow::Result<Sensor> {
    config.check_sensor(std::env::var_os("PATH").as_deref())?;
    let cache = if config.cache.as_os_str().is_empty() {
        wetsign_models::store::cache_dir()?
    } else {
        config.cache.clone()
    };
    let seconds = Duration::from_secs;
    Ok(Sensor::start(SensorOptions {
        program: config.sensor_program(),
        arguments: config.sensor_arguments().into_iter().chain(["--without-networks".into()]).collect(),
        socket: config.sensor.at().map(Into::into),
        cache,
        start: seconds(config.sensor.start_s),
        silence: seconds(config.sensor.silence_s),
    }))
}

async fn doctor(config: &Config, json: bool) -> anyhow::Result<()> {
    let well = doctor::run(config, sensor_alone(config).ok(), json).await?;
    ensure!(well, "this machine is not fit to be a kiosk as it is: see what is amiss above");
    Ok(())
}

async fn devices(config: Config, json: bool) -> anyhow::Result<()> {
    let found = sensor_alone(&config)?.devices().await?;
    let cameras = found.cameras.iter().map(|c| ("camera", &c.name, &c.label, &c.formats, &c.unusable));
    let microphones =
        found.microphones.iter().map(|m| ("microphone", &m.name, &m.label, &m.formats, &m.unusable));
    let rows: Vec<_> = cameras.chain(microphones).collect();
    if json {
        let rows: Vec<_> = rows
            .iter()
            .map(|(kind, id, name, formats, unusable)| {
                serde_json::json!({"kind": kind, "id": id, "name": name, "formats": formats, "unusable": unusable})
            })
            .collect();
        return say_json(&serde_json::json!({"ok": true, "devices": rows}));
    }
    let mut text = String::new();
    if rows.is_empty() {
        text.push_str("no camera and no microphone here\n");
    }
    for (kind, id, name, formats, unusable) in rows {
        let _ = writeln!(text, "{kind} {}  {}", shown(id), shown(name));
        let _ = if unusable.is_empty() {
            writeln!(text, "    {}", shown(&formats.join(", ")))
        } else {
            writeln!(text, "    cannot be used: {}", shown(unusable))
        };
    }
    say(&text)
}

fn store(command: StoreCommand) -> anyhow::Result<()> {
    match command {
        StoreCommand::Check(flags) => {
            let checks = Store::open_existing(&flags.read()?.state)?.check()?;
            let (mut damaged, mut text) = (0, String::new());
            for check in &checks {
                let _ = writeln!(
                    text,
                    "{:<14}{:>8} whole{:>8} damaged",
                    check.table,
                    check.whole,
                    check.damaged.len()
                );
                for key in &check.damaged {
                    let _ = writeln!(text, "    {key}");
                }
                damaged += check.damaged.len();
            }
            say(&text)?;
            if damaged > 0 {
                bail!(
                    "{damaged} records are damaged: put the store aside, then `wetsignd store restore FILE`"
                );
            }
        }
        StoreCommand::Backup { flags, file } => {
            let count = backup(&Store::open_existing(&flags.read()?.state)?, &file)?;
            say(&format!("{count} records in {}\n", file.display()))?;
        }
        StoreCommand::Restore { flags, file } => {
            let state = flags.read()?.state;
            // Nothing is made before it is known what for.
            let whole = Backup::read(&file)?;
            Backup::has_place(&state)?;
            private_folder(&state)?;
            let count = whole.restore(&state)?;
            say(&format!("{count} records restored\n"))?;
        }
        StoreCommand::Compact(flags) => {
            let Compacted { records, before, after } = compact(&flags.read()?.state)?;
            let mb = |bytes: u64| bytes as f64 / 1e6;
            say(&format!("{records} records, {:.1} MB before, {:.1} MB now\n", mb(before), mb(after)))?;
        }
    }
    Ok(())
}
