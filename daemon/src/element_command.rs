//! The secure element on the bench: who it is, its certificates, its health, and a latch that its provisioner clears.
//!
//! These are one-off commands, for the kiosk's own element, with the kiosk's own end of the channel: `identity` pairs
//! the two the first time, as the daemon does; all others need that. They remember nothing; the daemon, which remembers
//! the counter, should not be running beside them.

use std::{
    io::{self, BufRead},
    path::{Path, PathBuf},
};

use anyhow::{Context, bail, ensure};
use clap::Subcommand;
use serde_json::{Map, Value, json};
use wetsign_attest::id::Blob;
use wetsign_wire::limits;
use wetsignd::{
    bounded,
    config::Config,
    element::desk::Known,
    element::{ElementClient, ElementIdentity},
    keys,
};

use crate::{
    finding::{Finding, tell},
    flags::Flags,
    terminal::{note, say_json},
};

const FLASH: &str = "its flash was written while it ran: start it again, and ask who did it";

/// Commands of `wetsignd element`.
#[derive(Subcommand)]
pub enum ElementCommand {
    /// Print who the element is, as JSON, for the provisioner. Pairs it with this kiosk, the first time.
    Identity(Flags),
    /// Give the element its certificates, as `wetsign provision device` wrote them; it keeps them.
    Provision {
        #[command(flatten)]
        flags: Flags,
        /// The certificate chain.
        file: PathBuf,
    },
    /// Look the element over: its own tests, firmware, case, certificates. Exit code 1 if something is not as it should
    /// be.
    Check {
        #[command(flatten)]
        flags: Flags,
        /// Print one JSON object: `ok`, `rows` (each with name, ok, found).
        #[arg(long)]
        json: bool,
    },
    /// Clear the latch of a case that was opened and is closed again: prints what the provisioner has to sign, reads
    /// the signature that `wetsign provision clear` prints. The old keys stay lost: provision the element anew
    /// afterwards.
    Clear(Flags),
}

/// Runs one command.
pub async fn run(command: ElementCommand) -> anyhow::Result<()> {
    match command {
        ElementCommand::Identity(flags) => say_json(&identity(&flags.read()?).await?)?,
        ElementCommand::Provision { flags, file } => {
            provision(&flags.read()?, &file).await?;
            note(&format!("the element keeps the certificates of {}", file.display()));
        }
        ElementCommand::Check { flags, json } => {
            let fit = tell(&check(&flags.read()?).await?, Map::new(), json)?;
            ensure!(fit, "the secure element is not fit for use");
        }
        ElementCommand::Clear(flags) => {
            clear(&flags.read()?).await?;
            note("the latch is clear; the element has new keys and no certificates: provision it");
        }
    }
    Ok(())
}

/// The kiosk's client of its element. A wrong state folder is no new kiosk.
fn client(config: &Config) -> anyhow::Result<ElementClient> {
    Ok(ElementClient::new(config.element.address.clone(), keys::known_element_host(&config.state)?))
}

/// Who the element is: the object that `wetsign provision device --identity` reads.
async fn identity(config: &Config) -> anyhow::Result<Value> {
    let host = keys::element_host(&config.state)?;
    Ok(view(&ElementClient::new(config.element.address.clone(), host).identity().await?))
}

fn view(id: &ElementIdentity) -> Value {
    json!({
        "public_key": hex::encode(id.public_key),
        "ueid": hex::encode(id.ueid),
        "hwmodel": id.hwmodel,
        "swname": id.swname,
        "swversion": id.swversion,
        "firmware_digest": hex::encode(id.firmware_digest),
        "bootcount": id.bootcount,
        "counter": id.counter,
        "home": id.home.as_str(),
        "channel_key": hex::encode(id.channel_key),
        "tamper": id.tamper,
        "certificate": hex::encode(&id.certificate),
    })
}

async fn provision(config: &Config, file: &Path) -> anyhow::Result<()> {
    let chain = read_certificates(file)?;
    ensure!(
        (1..=limits::CERTIFICATE).contains(&chain.len()),
        "the certificates {} have {} bytes, and must have 1 to {}",
        file.display(),
        chain.len(),
        limits::CERTIFICATE
    );
    client(config)?
        .provision(&chain)
        .await
        .with_context(|| format!("the element does not take the certificates {}", file.display()))
}

fn read_certificates(path: &Path) -> anyhow::Result<Vec<u8>> {
    bounded::read(path, bounded::SETTINGS)
        .with_context(|| format!("reading the certificates {}", path.display()))
}

/// What the element and its certificates say of themselves.
///
/// # Errors
/// The element cannot be asked.
pub async fn check(config: &Config) -> anyhow::Result<Vec<Finding>> {
    let mut client = client(config)?;
    let identity = client.identity().await?;
    let tests = client.self_test().await?.failed;
    let firmware = client.firmware().await?;
    let case = client.tamper().await?;
    let whole = case.latched == 0 && case.active == 0;
    let certificate = identity.certificate.clone();
    let given = &config.element.certificate;
    let certificate = if given.as_os_str().is_empty() { certificate } else { read_certificates(given)? };
    let known = Known { identity: identity.clone(), certificate: Blob(certificate) };
    let uncertified = known.uncertified();
    let same = firmware.digest == identity.firmware_digest;
    let software = format!(
        "{} {}, {} bytes, SHA-256 {}, at the start {}",
        identity.swname,
        identity.swversion,
        firmware.length,
        hex::encode(firmware.digest),
        if same { "the same" } else { "another" },
    );
    Ok(vec![
        if tests == 0 {
            Finding::well("its own tests", "all passed")
        } else {
            Finding::amiss("its own tests", format!("failed: {tests:#06b}"), "take it out of use")
        },
        if same { Finding::well("firmware", software) } else { Finding::amiss("firmware", software, FLASH) },
        if whole {
            Finding::well("case", "closed, never opened since the latch was last clear")
        } else {
            let found = format!("lines latched {:#04x}, open now {:#04x}", case.latched, case.active);
            Finding::amiss(
                "case",
                found,
                "look who opened it; then `wetsignd element clear`, and provision it anew",
            )
        },
        match uncertified {
            None => Finding::well("certificates", "its own"),
            Some(why) => Finding::amiss(
                "certificates",
                why,
                "`wetsign provision device`, `wetsignd element provision`",
            ),
        },
        Finding::well(
            "counter",
            format!("{} tokens signed, started {} times", identity.counter, identity.bootcount),
        ),
    ])
}

/// The challenge is good for this one connection.
async fn clear(config: &Config) -> anyhow::Result<()> {
    let mut client = client(config)?;
    let ueid = client.identity().await?.ueid;
    let challenge = client.tamper_challenge().await?;
    say_json(&json!({ "ueid": hex::encode(ueid), "challenge": hex::encode(challenge) }))?;
    note("Have it signed by `wetsign provision clear`, and give the signature here:");
    let mut line = String::new();
    if io::stdin().lock().read_line(&mut line).context("reading the signature")? == 0 {
        bail!("no signature came: the latch stays");
    }
    let mut signature = [0; 64];
    hex::decode_to_slice(line.trim(), &mut signature)
        .context("a signature has 128 hexadecimal digits: the latch stays")?;
    client.tamper_clear(&signature).await.context("the latch stays")
}
