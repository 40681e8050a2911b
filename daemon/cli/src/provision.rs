//! `wetsign provision`: certificates of provisioners and of secure elements.

use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use clap::{Args, Subcommand};
use ed25519_dalek::Signer;
use serde::Deserialize;
use serde_json::json;
use wetsign_attest::eat::Home;
use wetsign_attest::evm::EvmAddress;
use wetsign_attest::id::{Blob, ChannelKey, PublicKey};
use wetsign_attest::object::{CertificateChain, DeviceCertificate, ProvisionerCertificate};
use wetsign_attest::{Signed, binding, json};
use wetsign_program::clock;

use crate::draft::read_bounded;
use crate::file::{self, For};
use crate::key;
use crate::output::{Answer, Outcome};

/// `wetsign provision`.
#[derive(Debug, Args)]
pub struct ProvisionArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: ProvisionCommand,
}

/// Commands of `wetsign provision`.
#[derive(Debug, Subcommand)]
pub enum ProvisionCommand {
    /// Let a provisioner vouch for devices of some models; writes its certificate. For whoever holds a root's key, whom
    /// trust policies name in `roots`. Keep that key away from any network; it is needed once a provisioner.
    #[command(after_help = "\
Example:
  wetsign key new root.key                       # once; its public half goes into trust policies
  wetsign provision appoint --root-key root.key --provisioner $(wetsign key public provisioner.key) \\
      --name 'Elements Ltd, line 2' --hwmodel wetsign-software-element --out provisioner.cert")]
    Appoint {
        /// The root's key (made by `wetsign key new`).
        #[arg(long, value_name = "FILE")]
        root_key: PathBuf,
        /// Public key of the provisioner, hexadecimal.
        #[arg(long, value_name = "KEY")]
        provisioner: String,
        /// What the provisioner is called, at most 64 bytes.
        #[arg(long)]
        name: String,
        /// A hardware model it may vouch for (repeatable, at most 8).
        #[arg(long = "hwmodel", value_name = "MODEL", required = true)]
        hwmodels: Vec<String>,
        #[command(flatten)]
        common: CertifyArgs,
    },
    /// Say that a device is what it says it is; writes the chain that the element keeps. For provisioners. Read the
    /// identity over the element's own line, before it leaves your hands: what a stranger sends you proves nothing.
    #[command(after_help = "\
Example:
  wetsignd element identity --config wetsign.toml > element.json
  wetsign provision device --key provisioner.key --certificate provisioner.cert --identity element.json --out element.cert
  wetsignd element provision --config wetsign.toml element.cert")]
    Device {
        /// The provisioner's key.
        #[arg(long, value_name = "FILE")]
        key: PathBuf,
        /// The provisioner's certificate, as `provision appoint` wrote it.
        #[arg(long, value_name = "FILE")]
        certificate: PathBuf,
        /// What the element says of itself: JSON.
        #[arg(long, value_name = "FILE")]
        identity: PathBuf,
        /// Account of the kiosk's secp256k1 key, if the kiosk vouches on a chain: binds both keys to each other.
        #[arg(long, value_name = "ADDRESS")]
        settlement: Option<EvmAddress>,
        #[command(flatten)]
        common: CertifyArgs,
    },
    /// Let an element forget that its case was opened, once you have looked into it; prints the signature. For the
    /// provisioner that the element knows.
    #[command(after_help = "\
Example:
  wetsignd element clear --config wetsign.toml       # prints ueid and challenge, and waits for the signature
  wetsign provision clear --key provisioner.key --ueid 01… --challenge 5c…")]
    Clear {
        /// The provisioner's key.
        #[arg(long, value_name = "FILE")]
        key: PathBuf,
        /// The element's identifier, hexadecimal.
        #[arg(long, value_name = "HEX")]
        ueid: String,
        /// What the element drew, hexadecimal.
        #[arg(long, value_name = "HEX")]
        challenge: String,
    },
}

/// What every certificate needs.
#[derive(Debug, Args)]
pub struct CertifyArgs {
    /// Days for which it holds, from now.
    #[arg(long, value_name = "DAYS", default_value_t = 365, value_parser = clap::value_parser!(u32).range(1..=3650))]
    pub days: u32,
    /// Where to write it; an existing file is never overwritten.
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
}

const DAY_S: u64 = 24 * 3600;
/// A clock that is a little behind has to take the certificate too.
const LEEWAY_S: u64 = 300;

/// What an element says of itself; fields that no certificate repeats are passed over.
#[derive(Deserialize)]
struct Identity {
    public_key: PublicKey,
    channel_key: ChannelKey,
    ueid: Blob,
    hwmodel: String,
    home: Home,
    tamper: u8,
}

/// Runs a command of `wetsign provision`.
pub fn run(command: &ProvisionCommand) -> anyhow::Result<Answer> {
    match command {
        ProvisionCommand::Appoint { root_key, provisioner, name, hwmodels, common } => {
            appoint(root_key, provisioner, name, hwmodels, common)
        }
        ProvisionCommand::Device { key, certificate, identity, settlement, common } => {
            device(key, certificate, identity, *settlement, common)
        }
        ProvisionCommand::Clear { key, ueid, challenge } => clear(key, ueid, challenge),
    }
}

fn appoint(
    root_key: &Path,
    provisioner: &str,
    name: &str,
    hwmodels: &[String],
    common: &CertifyArgs,
) -> anyhow::Result<Answer> {
    let root = key::read(root_key)?;
    let (not_before, not_after) = window(common.days)?;
    let mut hwmodels = hwmodels.to_vec();
    hwmodels.sort();
    hwmodels.dedup();
    let certificate = ProvisionerCertificate {
        provisioner: provisioner.parse().context("reading --provisioner")?,
        name: name.to_owned(),
        hwmodels,
        not_before,
        not_after,
        root: PublicKey::from(&root),
    };
    let signed = Signed::sign(certificate, &root).context("the certificate cannot be made")?;
    written(signed.bytes(), &common.out)
}

fn device(
    key: &Path,
    certificate: &Path,
    identity: &Path,
    settlement: Option<EvmAddress>,
    common: &CertifyArgs,
) -> anyhow::Result<Answer> {
    let provisioner = key::read(key)?;
    let appointed = Signed::<ProvisionerCertificate>::decode(&read_bounded(certificate)?)
        .with_context(|| format!("{} is no provisioner's certificate", certificate.display()))?;
    let element: Identity = serde_json::from_slice(&read_bounded(identity)?)
        .with_context(|| format!("{} is no element's identity", identity.display()))?;
    let may = appointed.payload();
    ensure!(
        may.hwmodels.contains(&element.hwmodel),
        "the element is a {:?}, and {:?} may vouch for {} only",
        element.hwmodel,
        may.name,
        may.hwmodels.join(", ")
    );
    ensure!(
        element.tamper == 0,
        "the element says that it was opened (lines {:#04x}): have that cleared before you vouch for it",
        element.tamper
    );
    let (not_before, not_after) = window(common.days)?;
    ensure!(
        may.not_before <= not_after && not_before <= may.not_after,
        "the provisioner's certificate holds from {} to {}, the device's would from {not_before} to {not_after}",
        may.not_before,
        may.not_after
    );
    let certificate = DeviceCertificate {
        device_key: element.public_key,
        channel_key: element.channel_key,
        ueid: element.ueid,
        hwmodel: element.hwmodel,
        home: element.home,
        not_before,
        not_after,
        provisioner: PublicKey::from(&provisioner),
        settlement,
    };
    let signed = Signed::sign(certificate, &provisioner).context("the certificate cannot be made")?;
    let chain = CertificateChain::new(&signed, &appointed).context("the chain does not hold")?;
    written(chain.bytes(), &common.out)
}

fn clear(key: &Path, ueid: &str, challenge: &str) -> anyhow::Result<Answer> {
    let provisioner = key::read(key)?;
    let ueid = hexadecimal("--ueid", ueid)?;
    let challenge = hexadecimal("--challenge", challenge)?;
    let signature = provisioner.sign(&binding::tamper_clear(&ueid, &challenge));
    let signature = hex::encode(signature.to_bytes());
    Ok(Answer {
        outcome: Outcome::Yes,
        text: format!("{signature}\n"),
        json: json!({ "ok": true, "signature": signature }),
    })
}

fn hexadecimal<const N: usize>(name: &str, text: &str) -> anyhow::Result<[u8; N]> {
    let mut bytes = [0; N];
    hex::decode_to_slice(text, &mut bytes).with_context(|| {
        format!("{name} has {} characters, and must have {} hexadecimal digits", text.len(), 2 * N)
    })?;
    Ok(bytes)
}

fn window(days: u32) -> anyhow::Result<(u64, u64)> {
    let now = clock::now()?;
    Ok((now.saturating_sub(LEEWAY_S), now + u64::from(days) * DAY_S))
}

fn written(bytes: &[u8], out: &Path) -> anyhow::Result<Answer> {
    file::write_new(out, bytes, For::All)?;
    let view = json::any(bytes)?;
    Ok(Answer {
        outcome: Outcome::Yes,
        text: format!("{view:#}\nwritten to {} ({} bytes)\n", out.display(), bytes.len()),
        json: json!({ "ok": true, "out": out, "bytes": bytes.len(), "certificate": view }),
    })
}
