//! Commands that ask a kiosk. One connection a command; nothing is kept between them.

mod asset;
mod companion;
mod page;
mod pairing;
mod request;
mod requester;
mod session;
mod source;
mod status;

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, anyhow, bail};
pub use asset::AssetArgs;
use clap::{Args, Subcommand};
pub use companion::CompanionArgs;
pub use pairing::PairingArgs;
pub use request::RequestArgs;
pub use requester::RequesterArgs;
use serde_json::json;
pub use session::SessionArgs;
use tonic::{Code, Status};
use wetsign_api::{Client, ClientIdentity, Endpoint, Tls, v1};
use zeroize::Zeroizing;

use crate::args::{Command, TlsFiles};
use crate::draft::{read_bounded, text};
use crate::file::{self, For};
use crate::output::{Answer, Outcome, Terminal, reader_gone};

/// `wetsign approval`.
#[derive(Debug, Args)]
pub struct ApprovalArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: ApprovalCommand,
}

/// Commands of `wetsign approval`.
#[derive(Debug, Subcommand)]
pub enum ApprovalCommand {
    /// Write the bundle of an approved request to a file. Exit: 0 written, 2 not approved (yet) or taken back, 1 error.
    Get {
        /// Request id, hexadecimal.
        id: String,
        /// Where to write it.
        #[arg(long, value_name = "FILE", default_value = "approval.cbor")]
        out: PathBuf,
        /// Replace the file if it is there already.
        #[arg(long)]
        force: bool,
        /// Write an approval that its owner took back too: for who wants to see what held. The file shows the
        /// withdrawal, and `verify` says *lapsed*; exit 2 all the same.
        #[arg(long)]
        withdrawn: bool,
    },
}

/// Longest time for a command that follows nothing: what a kiosk gives a call, and a little more.
const PATIENCE: Duration = Duration::from_secs(35);

const DEFAULT: &str = "unix:/run/wetsign/kiosk.sock";

/// Where the kiosk is, whose certificate it has, and what it is shown.
pub struct Address {
    endpoint: Endpoint,
    tls: TlsFiles,
    /// It was named, and is not the default.
    named: bool,
}

impl Address {
    /// Reads an address; the default is the socket of this machine's kiosk.
    pub fn new(given: Option<String>, tls: TlsFiles) -> anyhow::Result<Self> {
        let endpoint = given.as_deref().unwrap_or(DEFAULT).parse().context("--kiosk (or $WETSIGN_KIOSK)")?;
        Ok(Self { endpoint, tls, named: given.is_some() })
    }

    async fn connect(&self) -> anyhow::Result<Client> {
        Ok(match &self.endpoint {
            Endpoint::Unix(_) if self.tls.ca.is_some() || self.tls.client_certificate.is_some() => {
                bail!("--ca and --client-certificate are for https kiosks, {} is a socket", self.endpoint)
            }
            Endpoint::Unix(_) => Client::connect(&self.endpoint).await?,
            Endpoint::Https(_) => Client::connect_tls(&self.endpoint, &self.read_tls()?).await?,
        })
    }

    fn read_tls(&self) -> anyhow::Result<Tls> {
        let TlsFiles { ca, client_certificate, client_key } = &self.tls;
        let Some(ca) = ca else {
            bail!("{} needs --ca: no certificate authority is trusted by default", self.endpoint)
        };
        let read = |path: &PathBuf| anyhow::Ok(text(path, &Zeroizing::new(read_bounded(path)?))?.to_owned());
        let identity = match (client_certificate, client_key) {
            (Some(certificate), Some(key)) => {
                Some(ClientIdentity { certificate: read(certificate)?, key: read(key)?.into() })
            }
            _ => None,
        };
        Ok(Tls { authority: read(ca)?, identity })
    }
}

/// Runs a command that asks a kiosk.
pub fn run(command: &Command, kiosk: &Address, terminal: &Terminal) -> anyhow::Result<Answer> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().context("no runtime")?;
    let working = async {
        // What needs no kiosk fails before one is asked.
        match command {
            Command::Status => status::status(&kiosk.connect().await?, terminal).await,
            Command::Devices => status::devices(&kiosk.connect().await?, terminal).await,
            Command::Request(args) => request::run(&args.command, kiosk, terminal).await,
            Command::Session(args) => session::run(&args.command, kiosk, terminal).await,
            Command::Approval(args) => {
                let ApprovalCommand::Get { id, out, force, withdrawn } = &args.command;
                approval(id, out, *force, *withdrawn, kiosk).await
            }
            Command::Companion(args) => companion::run(&args.command, kiosk, terminal).await,
            Command::Pairing(args) => pairing::run(&args.command, kiosk, terminal).await,
            Command::Requester(args) => requester::run(&args.command, kiosk).await,
            Command::Asset(args) => asset::run(&args.command, kiosk).await,
            other => bail!("{other:?} needs no kiosk"),
        }
    };
    // Who follows something may wait for long; everything else is answered soon or never.
    let patience = if follows(command) { Duration::MAX } else { PATIENCE };
    let outcome = runtime.block_on(async {
        tokio::select! {
            done = working => done,
            gone = reader_gone(), if follows(command) => Err(gone.into()),
            () = tokio::time::sleep(patience) => Err(NoAnswer.into()),
        }
    });
    // A name that is being looked up is left.
    runtime.shutdown_background();
    outcome.map_err(|error| {
        if error.is::<NoAnswer>() {
            anyhow!("no kiosk answers at {}: is wetsignd running there, and well?", kiosk.endpoint)
        } else {
            error
        }
    })
}

/// Whether a command follows something to its end.
const fn follows(command: &Command) -> bool {
    match command {
        Command::Request(args) => matches!(args.command, request::RequestCommand::Watch { .. }),
        Command::Session(args) => matches!(args.command, session::SessionCommand::Watch { .. }),
        Command::Companion(args) => matches!(
            args.command,
            companion::CompanionCommand::Run { .. } | companion::CompanionCommand::Pair { .. }
        ),
        Command::Pairing(args) => matches!(args.command, pairing::PairingCommand::Start { .. }),
        _ => false,
    }
}

/// The kiosk took the connection and said nothing.
#[derive(Debug, thiserror::Error)]
#[error("no kiosk answers")]
struct NoAnswer;

async fn approval(
    id: &str,
    out: &Path,
    force: bool,
    withdrawn: bool,
    kiosk: &Address,
) -> anyhow::Result<Answer> {
    let id = id_bytes(id)?;
    absent(out, force)?;
    let client = kiosk.connect().await?;
    match client.approvals().get(v1::RequestId { id: id.clone() }).await {
        Ok(approval) => {
            let bundle = approval.into_inner().bundle;
            put(out, &bundle, force)?;
            let text = format!(
                "{}: {} bytes\ncheck it yourself: wetsign verify {} --policy YOUR-TRUST-POLICY\n",
                out.display(),
                bundle.len(),
                out.display()
            );
            let json = json!({ "ok": true, "file": out, "bytes": bundle.len() });
            Ok(Answer { outcome: Outcome::Yes, text, json })
        }
        Err(status) => {
            let Some(mut answer) = asset::taken_back(&status) else { return not_found(status) };
            if withdrawn {
                let bundle = client.approvals().get_withdrawn(v1::RequestId { id }).await;
                put(out, &bundle.map_err(refused)?.into_inner().bundle, force)?;
                answer.json["file"] = json!(out);
            }
            Ok(answer)
        }
    }
}

/// A file that is in the way is said before anything is asked.
fn absent(out: &Path, force: bool) -> anyhow::Result<()> {
    if !force && out.symlink_metadata().is_ok() {
        bail!("{} is there already: name another --out, or say --force", out.display());
    }
    Ok(())
}

fn put(out: &Path, bytes: &[u8], force: bool) -> anyhow::Result<()> {
    if force { file::replace(out, bytes, For::All) } else { file::write_new(out, bytes, For::All) }
}

/// "Not there" is an answer; anything else is an error.
fn not_found(status: Status) -> anyhow::Result<Answer> {
    if status.code() == Code::NotFound {
        let words = crate::output::plain(status.message());
        let json = json!({ "ok": false, "why": words });
        return Ok(Answer { outcome: Outcome::No, text: format!("not there: {words}\n"), json });
    }
    Err(refused(status))
}

/// A kiosk's error in words.
fn refused(status: Status) -> anyhow::Error {
    // What the connection says, not the kiosk.
    if std::error::Error::source(&status).is_some()
        && matches!(status.code(), Code::Unavailable | Code::Unknown)
    {
        return NoAnswer.into();
    }
    anyhow!("the kiosk answers {:?}: {}", status.code(), crate::output::plain(status.message()))
}

/// A public key of either kind, in hexadecimal.
fn key_bytes(text: &str) -> anyhow::Result<Vec<u8>> {
    Ok(text.parse::<wetsign_attest::id::PublicKey>()?.as_bytes().to_vec())
}

/// 32 bytes in hexadecimal.
fn id_bytes(text: &str) -> anyhow::Result<Vec<u8>> {
    match hex::decode(text) {
        Ok(bytes) if bytes.len() == 32 => Ok(bytes),
        _ => bail!("{text:?} is no id: 64 hexadecimal digits were expected"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_thirty_two_bytes() {
        assert_eq!(id_bytes(&"0a".repeat(32)).unwrap(), [10; 32]);
        assert!(id_bytes("0a").is_err());
        assert!(id_bytes(&"zz".repeat(32)).is_err());
    }

    #[test]
    fn an_address_is_read_before_anything_is_asked() {
        assert!(Address::new(Some("http://kiosk".into()), TlsFiles::default()).is_err());
        assert_eq!(Address::new(None, TlsFiles::default()).unwrap().endpoint.to_string(), DEFAULT);
    }
}
