//! A kiosk for clients of other languages: `cargo xtask interop`.

use std::{
    path::PathBuf,
    process::{Command, ExitCode},
};

use anyhow::{Context, ensure};
use clap::Parser;
use wetsign_tests::{
    cast::{Cast, now},
    phone,
    siege::door::Door,
    stage::{Options, Stage},
};
use wetsignd::people::pairing::Authority;

/// Sets a kiosk up and runs a client's program, which gets three more arguments: the path of its socket,
/// `localhost:PORT` of its door over TLS, and the file with the authority of that door. `$WETSIGN_DEVICES` and
/// `$WETSIGN_DEVICES_CA` are the last two of the door for people's devices. Ends as the program does.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    /// Folder for the kiosk; it must not be there yet.
    #[arg(long)]
    folder: PathBuf,
    /// The program and its arguments.
    #[arg(required = true, trailing_var_arg = true)]
    client: Vec<String>,
}

#[tokio::main]
async fn main() -> ExitCode {
    match wetsign_program::arguments::<Arguments>(1) {
        Ok(arguments) => wetsign_program::ended("clients", run(&arguments).await),
        Err(code) => code,
    }
}

async fn run(Arguments { folder, client }: &Arguments) -> anyhow::Result<ExitCode> {
    ensure!(!folder.exists(), "{} is there already", folder.display());
    let (program, arguments) = client.split_first().context("no client")?;
    let (_, mut tls) = Door::new()?;
    // Strangers come without a certificate.
    tls.client_ca = None;
    let address = format!("localhost:{}", tls.port);
    let sections = phone::with_door(toml::Table::new())?;
    let door = sections["api"]["devices"]["address"].as_str().context("no door for devices")?.to_owned();
    let (_, port) = door.rsplit_once(':').context("the door for devices has no port")?;
    let options = Options { tls: Some(tls), sections: sections.clone(), ..Options::default() };
    let stage = Stage::set_up(folder, &Cast::new()?, &options).await?;
    let devices = stage.folder().join("devices.pem");
    std::fs::write(&devices, Authority::open(&stage.folder().join("state"), now())?.pem())?;
    let ended = Command::new(program)
        .args(arguments)
        .arg(stage.folder().join("kiosk.sock"))
        .arg(address)
        .arg(stage.folder().join("tls.pem"))
        .env("WETSIGN_DEVICES", format!("localhost:{port}"))
        .env("WETSIGN_DEVICES_CA", devices)
        .status()
        .with_context(|| format!("starting {program}"))?;
    Ok(if ended.success() { ExitCode::SUCCESS } else { ExitCode::from(2) })
}
