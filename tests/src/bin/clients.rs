//! A kiosk for clients of other languages: `cargo xtask interop`.

use std::{
    path::PathBuf,
    process::{Command, ExitCode},
};

use anyhow::{Context, ensure};
use clap::Parser;
use wetsign_tests::{
    attacks,
    cast::{Cast, now},
    phone::{self, Phone},
    power_cut::Rehearsal,
    siege::door::Door,
    stage::{Options, Stage},
};
use wetsignd::people::pairing::Authority;

/// Sets a kiosk up and runs a client's program, which gets three more arguments: the path of its socket,
/// `localhost:PORT` of its door over TLS, and the file with the authority of that door. `$WETSIGN_DEVICES` and
/// `$WETSIGN_DEVICES_CA` are the last two of the door for people's devices. With `--phone` somebody is enrolled there:
/// `$WETSIGN_PASSKEY` is their paired passkey's file, `$WETSIGN_REQUEST` what they may be asked. Ends as the program
/// does.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    /// Folder for the kiosk; it must not be there yet.
    #[arg(long)]
    folder: PathBuf,
    /// Enrol somebody with a phone first.
    #[arg(long)]
    phone: bool,
    /// The program and its arguments.
    #[arg(required = true, trailing_var_arg = true)]
    client: Vec<String>,
}

#[tokio::main]
async fn main() -> ExitCode {
    match wetsign_program::arguments::<Arguments>(1) {
        Ok(arguments) => wetsign_program::ended("clients", Box::pin(run(&arguments)).await),
        Err(code) => code,
    }
}

async fn run(Arguments { folder, phone: with_phone, client }: &Arguments) -> anyhow::Result<ExitCode> {
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
    let cast = Cast::new()?;
    let stage = Stage::set_up(folder, &cast, &options).await?;
    let place = stage.folder().to_owned();
    let devices = place.join("devices.pem");
    std::fs::write(&devices, Authority::open(&place.join("state"), now())?.pem())?;
    let mut calls = Command::new(program);
    calls.args(arguments).arg(place.join("kiosk.sock")).arg(address).arg(place.join("tls.pem"));
    calls.env("WETSIGN_DEVICES", format!("localhost:{port}")).env("WETSIGN_DEVICES_CA", devices);
    // The kiosk runs as long as what holds it.
    let _holds = if *with_phone {
        let known = enrolled(stage, cast).await?;
        calls.env("WETSIGN_PASSKEY", &known.passkey).env("WETSIGN_REQUEST", hex::encode(&known.request));
        Held::Known(Box::new(known))
    } else {
        Held::Empty(Box::new(stage))
    };
    let ended = calls.status().with_context(|| format!("starting {program}"))?;
    Ok(if ended.success() { ExitCode::SUCCESS } else { ExitCode::from(2) })
}

#[expect(dead_code, reason = "held, so that the kiosk runs")]
enum Held {
    Empty(Box<Stage>),
    Known(Box<Known>),
}

/// Somebody whose phone is off, and a request that waits for them.
struct Known {
    passkey: PathBuf,
    request: Vec<u8>,
    _kiosk: Rehearsal,
}

async fn enrolled(stage: Stage, cast: Cast) -> anyhow::Result<Known> {
    let mut phone = Phone::start(&stage.programs, &stage.folder().join("phone"), "hers")?;
    let [woman, _] = attacks::people();
    let kiosk = Rehearsal::with_device(stage, cast, vec![woman], Some(&mut phone)).await?;
    phone.turn_off();
    let request = kiosk.submit().await?;
    Ok(Known { passkey: phone.file().to_owned(), request, _kiosk: kiosk })
}
