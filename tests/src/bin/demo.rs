//! The main story on a terminal: `cargo xtask demo`.

use std::{path::PathBuf, process::ExitCode};

use clap::{Parser, Subcommand};
use wetsign_api::v1;
use wetsign_tests::{
    narrate::{Audience, Narrator},
    own_devices::Wishes,
    own_try,
    report::Report,
    secure_element::Kind,
    telling,
};

/// Tells the whole story on recorded people: enrol, approve, refuse, verify. `demo try` does it with your own camera
/// and microphone.
///
/// Exit status: 0 when every part came out as told, 2 when one did not, 1 when the story could not be told.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    #[command(subcommand)]
    own: Option<Own>,
    /// What the secure element runs on. With `qemu` the story goes on: memory is put back, the case is opened.
    #[arg(long, value_enum, default_value_t)]
    secure_element: Kind,
    /// Print one JSON object instead of the story (the story goes to standard error).
    #[arg(long)]
    json: bool,
    /// Folder for what the story leaves behind; what an earlier run left there is removed.
    #[arg(long, default_value = "target/demo")]
    out: PathBuf,
}

#[derive(Debug, Subcommand)]
enum Own {
    /// Enrol, approve and verify with your own camera and microphone.
    Try {
        /// The camera, such as /dev/video0; without it you are asked.
        #[arg(long, default_value = "")]
        camera: String,
        /// The microphone, as `wetsignd devices` lists it; without it you are asked.
        #[arg(long, default_value = "")]
        microphone: String,
        /// Accept devices that are not shown to be hardware (a sound server, a loopback camera); what is signed says
        /// so.
        #[arg(long)]
        allow_virtual: bool,
        /// What you cannot do: turn, nod, come-closer, mouth, blink (repeatable). It is not asked; the phrase is longer
        /// instead.
        #[arg(long, value_name = "ABILITY", value_delimiter = ',')]
        cannot: Vec<v1::Ability>,
    },
}

#[tokio::main]
async fn main() -> ExitCode {
    match wetsign_program::arguments::<Arguments>(1) {
        Ok(arguments) => wetsign_program::ended("demo", run(&arguments).await),
        Err(code) => code,
    }
}

async fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let audience = if arguments.json { Audience::Machine } else { Audience::Reader };
    let mut narrator = Narrator::new(audience);
    if let Some(Own::Try { camera, microphone, allow_virtual, cannot }) = &arguments.own {
        let wishes = Wishes {
            camera: camera.clone(),
            microphone: microphone.clone(),
            allow_virtual: *allow_virtual,
            cannot: cannot.clone(),
        };
        own_try::run(&arguments.out.join("try"), &wishes, &mut narrator).await?;
        narrator.heard()?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut report = Report::default();
    telling::tell(&arguments.out, arguments.secure_element, &mut narrator, &mut report).await?;
    narrator.heard()?;
    if arguments.json {
        wetsign_program::say!("{}", serde_json::to_string_pretty(&report)?)?;
    }
    Ok(ExitCode::from(if report.ok { 0 } else { 2 }))
}
