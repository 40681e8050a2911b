//! `wetsignd`: reads flags and configuration, then hands over to the library.

mod bench;
mod doctor;

use std::{io::IsTerminal, path::PathBuf, process::ExitCode};

use anyhow::{Context, bail, ensure};
use clap::{Args, Parser, Subcommand};
use tokio::sync::watch;
use tracing_subscriber::EnvFilter;
use wetsignd::{
    config::{Config, DEFAULT},
    element::ElementAddress,
    grpc,
    kiosk::{Kiosk, private_folder},
    sensor::{Sensor, SensorOptions},
    store::{Store, backup, restore},
};

/// The daemon of a Wetsign kiosk.
///
/// It takes usage requests in, has the owner's rules checked, conducts the sessions of living validators, keeps what
/// they sign and logs all of it. Clients speak to it over a Unix socket (and TLS, if configured).
///
/// Begin with:
///   wetsignd config > wetsign.toml     a commented configuration to start from
///   wetsignd devices                   which cameras and microphones can be used, and why others cannot
///   wetsignd doctor                    what confines the sensor program on this machine
///   wetsignd run --config wetsign.toml
///
/// Exit codes: 0 done, 1 failed (the reason is on standard error), 2 wrong usage.
#[derive(Parser)]
#[command(name = "wetsignd", version, verbatim_doc_comment, propagate_version = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve until SIGINT or SIGTERM.
    Run(Flags),
    /// Print the default configuration with comments.
    Config,
    /// List cameras and microphones with their formats, and why one cannot be used.
    Devices {
        #[command(flatten)]
        flags: Flags,
        /// Print one JSON object.
        #[arg(long)]
        json: bool,
    },
    /// Say what confines the sensor program on this machine, and what is missing. Exit code 1 if it is something that every
    /// supported kernel has.
    Doctor {
        #[command(flatten)]
        flags: Flags,
        /// Print one JSON object: `ok`, `in_force`, `missing`, `confinement` (in words).
        #[arg(long)]
        json: bool,
    },
    /// See to the secure element at the bench; the daemon should not be running.
    #[command(subcommand)]
    Element(bench::ElementCommand),
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
}

/// Flags override the configuration file.
#[derive(Args)]
struct Flags {
    /// Configuration file; without one, the defaults that `wetsignd config` prints.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// State folder (`state`).
    #[arg(long, value_name = "FOLDER")]
    state: Option<PathBuf>,
    /// Cache folder with models and keys (`cache`).
    #[arg(long, value_name = "FOLDER")]
    cache: Option<PathBuf>,
    /// Unix socket for clients (`api.socket`).
    #[arg(long, value_name = "PATH")]
    socket: Option<PathBuf>,
    /// Where the secure element is: unix:/PATH, serial:/dev/TTY or usb:VENDOR:PRODUCT:SERIAL (`element.address`).
    #[arg(long, value_name = "ADDRESS")]
    element: Option<ElementAddress>,
    /// Sensor program (`sensor.program`).
    #[arg(long, value_name = "PROGRAM")]
    sensor: Option<PathBuf>,
    /// Accept recordings as sources (`sensor.allow_simulated`).
    #[arg(long)]
    allow_simulated: bool,
}

impl Flags {
    fn read(self) -> anyhow::Result<Config> {
        let mut config = match &self.config {
            Some(path) => Config::read(path)?,
            None => Config::default(),
        };
        let set = |value: Option<PathBuf>, place: &mut PathBuf| {
            if let Some(value) = value {
                *place = value;
            }
        };
        set(self.state, &mut config.state);
        set(self.cache, &mut config.cache);
        set(self.socket, &mut config.api.socket);
        if let Some(address) = self.element {
            config.element.address = address;
        }
        set(self.sensor, &mut config.sensor.program);
        config.sensor.allow_simulated |= self.allow_simulated;
        config.check()?;
        Ok(config)
    }
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info,sled=warn"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .with_target(false)
        .init();
    match work(cli.command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("wetsignd: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn work(command: Command) -> anyhow::Result<()> {
    match command {
        Command::Config => print!("{DEFAULT}"),
        Command::Run(flags) => runtime()?.block_on(run(flags.read()?))?,
        Command::Devices { flags, json } => runtime()?.block_on(devices(flags.read()?, json))?,
        Command::Doctor { flags, json } => runtime()?.block_on(doctor(&flags.read()?, json))?,
        Command::Element(command) => runtime()?.block_on(bench::run(command))?,
        Command::Store(command) => store(command)?,
    }
    Ok(())
}

fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(4)
        .enable_all()
        .build()
        .context("the runtime cannot be started")
}

async fn run(config: Config) -> anyhow::Result<()> {
    let kiosk = tokio::task::block_in_place(|| Kiosk::start(config)).context("wetsignd does not start")?;
    let element = kiosk.element_known().await;
    match &element {
        Ok(known) => tracing::info!(
            model = %known.identity.hwmodel,
            home = known.identity.home.as_str(),
            certified = known.uncertified().is_none(),
            "secure element"
        ),
        Err(error) => tracing::warn!(%error, "no secure element yet"),
    }
    for caveat in kiosk.caveats(element.as_ref().ok()) {
        tracing::warn!("{caveat}");
    }
    let (stop, stopped) = watch::channel(false);
    let sessions = std::sync::Arc::clone(&kiosk);
    tokio::spawn(async move {
        let mut terminate = match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(signal) => signal,
            Err(error) => return tracing::error!(%error, "SIGTERM cannot be heard"),
        };
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            _ = terminate.recv() => {}
        }
        tracing::info!("stopping: open sessions are cancelled");
        sessions.sessions.cancel_all();
        stop.send_replace(true);
        // Streams that never end must not hold the process for ever.
        tokio::time::sleep(std::time::Duration::from_secs(5)).await;
        tracing::warn!("clients were still connected after 5 s");
        std::process::exit(0);
    });
    grpc::serve(kiosk, stopped).await.context("wetsignd cannot serve")
}

/// The sensor program as a kiosk has it, but that nothing is measured: it can be asked before the networks were fetched.
fn sensor_alone(config: &Config) -> anyhow::Result<Sensor> {
    let cache = if config.cache.as_os_str().is_empty() {
        wetsign_models::store::cache_dir()?
    } else {
        config.cache.clone()
    };
    let seconds = std::time::Duration::from_secs;
    Ok(Sensor::start(SensorOptions {
        program: config.sensor_program(),
        arguments: config.sensor_arguments().into_iter().chain(["--without-networks".into()]).collect(),
        cache,
        start: seconds(config.sensor.start_s),
        silence: seconds(config.sensor.silence_s),
    }))
}

async fn doctor(config: &Config, json: bool) -> anyhow::Result<()> {
    let well = doctor::run(config, &sensor_alone(config)?, json).await?;
    ensure!(well, "the sensor program is not confined as it could be: see the lines above");
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
        println!("{}", serde_json::json!({"ok": true, "devices": rows}));
        return Ok(());
    }
    if rows.is_empty() {
        println!("no camera and no microphone here");
    }
    for (kind, id, name, formats, unusable) in rows {
        println!("{kind} {id}  {name}");
        if unusable.is_empty() {
            println!("    {}", formats.join(", "));
        } else {
            println!("    cannot be used: {unusable}");
        }
    }
    Ok(())
}

fn store(command: StoreCommand) -> anyhow::Result<()> {
    match command {
        StoreCommand::Check(flags) => {
            let checks = Store::open(&flags.read()?.state)?.check()?;
            let mut damaged = 0;
            for check in &checks {
                println!("{:<14}{:>8} whole{:>8} damaged", check.table, check.whole, check.damaged.len());
                for key in &check.damaged {
                    println!("    {key}");
                }
                damaged += check.damaged.len();
            }
            if damaged > 0 {
                bail!(
                    "{damaged} records are damaged: put the store aside, then `wetsignd store restore FILE`"
                );
            }
        }
        StoreCommand::Backup { flags, file } => {
            let count = backup(&Store::open(&flags.read()?.state)?, &file)?;
            println!("{count} records in {}", file.display());
        }
        StoreCommand::Restore { flags, file } => {
            let state = flags.read()?.state;
            private_folder(&state)?;
            let count = restore(&file, &state)?;
            println!("{count} records restored");
        }
    }
    Ok(())
}
