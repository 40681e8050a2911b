//! A kiosk's camera and microphone on real kernel devices, in a virtual machine: `cargo xtask hardware`.

use std::fs;
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use anyhow::Context;
use clap::Parser;
use wetsign_tests::{
    attacks,
    hardware::{Row, feed::Feed, feed::LEAD_S, guest::Machine, joined, rows, tape},
    process,
    secure_element::{Kind, SecureElement},
};

/// Boots Debian's kernel in QEMU, lets the sensor's capture layer take what its virtual cameras and sound cards give,
/// holds it against what they were fed, and lets it approve a request.
///
/// Exit status: 0 when every row held, 2 when one did not, 1 when it could not be tried.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    /// The emulator (`cargo xtask hardware` brings it)
    #[arg(long)]
    qemu: PathBuf,
    /// Folder with `vmlinuz`, `initramfs.gz`, `modules` and `tools` (`cargo xtask hardware` makes it)
    #[arg(long)]
    kernel: PathBuf,
    /// Keep everything that was fed and came out in this folder
    #[arg(long)]
    keep: Option<PathBuf>,
    /// Print one JSON object: `ok`, `rows` (each with name, ok, why), `seconds`
    #[arg(long)]
    json: bool,
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments: Arguments = match wetsign_program::arguments(1) {
        Ok(arguments) => arguments,
        Err(code) => return code,
    };
    let held = run(&arguments).await.map(|held| if held { ExitCode::SUCCESS } else { ExitCode::from(2) });
    wetsign_program::ended("hardware", held)
}

async fn run(arguments: &Arguments) -> anyhow::Result<bool> {
    let begun = Instant::now();
    let own = tempfile::tempdir()?;
    let work = arguments.keep.as_deref().unwrap_or(own.path());
    fs::create_dir_all(work).with_context(|| format!("making {}", work.display()))?;
    let said = |text: &str| eprintln!("  {:>4} s  {text}", begun.elapsed().as_secs());

    said("making pictures and sound of the demo's recordings");
    let feed = Feed::make(&attacks::subject("woman"), &wetsign_models::store::cache_dir()?, work)?;
    fs::write(work.join("parameters"), parameters(&feed))?;
    remove(&work.join("tape"))?;
    said("booting the guest (two to four minutes)");
    let machine = Machine { qemu: arguments.qemu.clone(), kernel: arguments.kernel.clone() };
    let programs = process::programs()?;
    // A new element, which pairs with the first daemon it sees. Its socket's path must be short: it lies in a folder of
    // its own, also where everything else is kept.
    let kind = Kind::at_hand();
    let element = SecureElement::start(kind, &programs, &own.path().join("element")).await?;
    keys(work)?;
    let log = machine.run(&programs, work, &element.socket())?;
    drop(element);
    said("holding what came out against what was fed");
    let records = tape::read(BufReader::new(fs::File::open(work.join("tape"))?))?;
    let devices = fs::read(work.join("devices.json")).unwrap_or_default();
    let devices = serde_json::from_slice(&devices).unwrap_or_default();
    let said_by = |kiosk: &str| fs::read_to_string(work.join(kiosk)).unwrap_or_default();
    let home = kind.home().as_str();
    let kiosks = rows::Kiosks { right: said_by("KIOSK-7.log"), wrong: said_by("NOBODY.log"), home };
    let mut rows = rows::all(&records, &devices, &kiosks, &log, &feed);
    said("letting it approve a request");
    rows.push(Row::of("what the devices gave approves a request", join(&records, &feed, work).await));

    let ok = rows.iter().all(|row| row.ok);
    let seconds = begun.elapsed().as_secs();
    if arguments.json {
        let view = serde_json::json!({ "ok": ok, "rows": rows, "seconds": seconds });
        wetsign_program::say!("{}", serde_json::to_string_pretty(&view)?)?;
    } else {
        for row in &rows {
            wetsign_program::say!("{} {}\n    {}", if row.ok { "✔" } else { "✘" }, row.name, row.why)?;
        }
        wetsign_program::say!(
            "{} of {} held, {seconds} s",
            rows.iter().filter(|row| row.ok).count(),
            rows.len()
        )?;
    }
    Ok(ok)
}

async fn join(records: &[tape::Record], feed: &Feed, work: &Path) -> Result<String, String> {
    let (subject, out) = (work.join("subject"), work.join("approval"));
    let approved = async {
        remove(&out)?;
        joined::subject(records, feed, &subject)?;
        joined::approve(&subject, &out).await
    };
    approved.await.map_err(|error| format!("{error:#}"))
}

/// The development proving key, which the guest's daemon would take half a minute to make.
fn keys(work: &Path) -> anyhow::Result<()> {
    let cache = wetsign_models::store::cache_dir()?;
    wetsign_circuits::development_key(&cache).context("making the development proving key")?;
    let copies = work.join("cache/keys");
    fs::create_dir_all(&copies)?;
    for key in fs::read_dir(cache.join("keys")).context("reading the folder of proving keys")? {
        let key = key?;
        fs::copy(key.path(), copies.join(key.file_name()))?;
    }
    Ok(())
}

fn parameters(feed: &Feed) -> String {
    let (width, height, pictures, slot) = (feed.width, feed.height, feed.pictures.len(), feed.jpeg_slot);
    // The recording begins within the lead; the step has two seconds more than it has words.
    let seconds = (feed.seconds() - LEAD_S / 2.0).ceil() as u32;
    format!("WIDTH={width}\nHEIGHT={height}\nPICTURES={pictures}\nSLOT={slot}\nSECONDS_48={seconds}\n")
}

fn remove(path: &Path) -> anyhow::Result<()> {
    let removed = if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
    match removed {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("removing {}", path.display()))
        }
        _ => Ok(()),
    }
}
