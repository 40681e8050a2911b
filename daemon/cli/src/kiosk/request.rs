//! `wetsign request`: from an app to the kiosk's inbox.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::{Args, Subcommand, ValueEnum};
use serde_json::{Value, json};
use wetsign_api::v1::{self, RequestState, RequestStatus};
use wetsign_attest::Signed;
use wetsign_attest::id::{Blob, PublicKey};
use wetsign_attest::object::{EscrowNote, UsageRequest};

use super::address::{Address, refused};
use super::words::{id_bytes, not_found};
use crate::file::{self, For};
use crate::output::{Answer, Outcome, Terminal, plain};
use crate::{clock, draft, key};

/// `wetsign request`.
#[derive(Debug, Args)]
pub struct RequestArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: RequestCommand,
}

/// Commands of `wetsign request`.
#[derive(Debug, Subcommand)]
pub enum RequestCommand {
    /// Sign a draft without submitting it: its id is what a fee is put down for. No kiosk is asked.
    Sign {
        /// A draft (TOML, JSON) that names its assets.
        file: PathBuf,
        /// Key that signs it (made by `wetsign key new`).
        #[arg(long, value_name = "FILE")]
        key: PathBuf,
        /// Where the signed request goes.
        #[arg(long)]
        out: PathBuf,
    },
    /// Submit a request; answers once it is durable, with the rules' verdict. Exit: 0 permitted, 2 forbidden, 1 error.
    Submit {
        /// Signed request, or a draft (TOML, JSON) that names its assets, with --key.
        file: PathBuf,
        /// Key that signs a draft (made by `wetsign key new`).
        #[arg(long, value_name = "FILE")]
        key: Option<PathBuf>,
        /// A watcher's note that the fee waits on a chain, where the signed request says so (`wetsign-chain note`).
        #[arg(long, value_name = "FILE")]
        escrow: Option<PathBuf>,
    },
    /// One request. Exit: 0 permitted or approved, 2 forbidden, declined, expired, withdrawn or unknown, 1 error.
    Get {
        /// Its id, hexadecimal.
        id: String,
    },
    /// Requests, newest first.
    List {
        /// Only in this state (repeatable).
        #[arg(long = "state", value_enum)]
        states: Vec<State>,
        /// At most this many.
        #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
        limit: u32,
    },
    /// Follow a request to its end. Exit: 0 approved, 2 forbidden, declined, expired or withdrawn, 1 error.
    Watch {
        /// Its id, hexadecimal.
        id: String,
    },
}

/// States of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum State {
    /// Rules allow it; it waits for humans.
    Permitted,
    /// Rules forbid it.
    Forbidden,
    /// The quorum co-signed.
    Approved,
    /// Humans declined.
    Declined,
    /// Too late.
    Expired,
    /// An owner took the approval back.
    Withdrawn,
}

/// Runs a command of `wetsign request`.
pub async fn run(command: &RequestCommand, kiosk: &Address, terminal: &Terminal) -> anyhow::Result<Answer> {
    match command {
        RequestCommand::Sign { file, key, out } => sign(file, key, out),
        RequestCommand::Submit { file, key, escrow } => {
            let request = signed_request(file, key.as_deref())?;
            let escrow = escrow.as_ref().map_or_else(|| Ok(Vec::new()), |path| note(path, &request))?;
            let client = kiosk.connect().await?;
            let submitted = v1::SubmitRequest { request, escrow };
            let status = client.requests().submit(submitted).await.map_err(refused)?;
            Ok(answer(&status.into_inner(), terminal))
        }
        RequestCommand::Get { id } => {
            let id = id_bytes(id)?;
            match kiosk.connect().await?.requests().get(v1::RequestId { id }).await {
                Ok(status) => Ok(answer(&status.into_inner(), terminal)),
                Err(status) => not_found(status),
            }
        }
        RequestCommand::List { states, limit } => {
            let states = states.iter().map(|state| i32::from(wire_state(*state))).collect();
            list(states, *limit, kiosk, terminal).await
        }
        RequestCommand::Watch { id } => watch(id, kiosk, terminal).await,
    }
}

/// Asks for page after page, since one message does not hold them all.
async fn list(states: Vec<i32>, limit: u32, kiosk: &Address, terminal: &Terminal) -> anyhow::Result<Answer> {
    let client = kiosk.connect().await?;
    let mut found: Vec<RequestStatus> = Vec::new();
    let mut page = Vec::new();
    loop {
        let left = limit.saturating_sub(found.len() as u32);
        let ask = v1::ListRequests { states: states.clone(), limit: left, page };
        let list = client.requests().list(ask).await.map_err(refused)?.into_inner();
        found.extend(list.requests);
        page = list.next_page;
        if page.is_empty() || found.len() as u32 >= limit {
            break;
        }
    }
    let more = !page.is_empty();
    let mut text: String = found.iter().map(|status| text_of(status, terminal)).collect();
    if more {
        let _ = writeln!(text, "there are more: these are the {} newest (--limit)", found.len());
    }
    let requests: Vec<_> = found.iter().map(json_of).collect();
    Ok(Answer {
        outcome: Outcome::Yes,
        text,
        json: json!({ "ok": true, "requests": requests, "more": more }),
    })
}

async fn watch(id: &str, kiosk: &Address, terminal: &Terminal) -> anyhow::Result<Answer> {
    let id = id_bytes(id)?;
    let mut changes = match kiosk.connect().await?.requests().watch(v1::RequestId { id }).await {
        Ok(stream) => stream.into_inner(),
        Err(status) => return not_found(status),
    };
    let mut last = None;
    while let Some(status) = changes.message().await.map_err(refused)? {
        if !matches!(status.state(), RequestState::Permitted | RequestState::Unspecified) {
            return Ok(answer(&status, terminal));
        }
        terminal.event(text_of(&status, terminal).trim_end(), &json_of(&status))?;
        last = Some(status.state());
    }
    match last {
        Some(state) => {
            bail!("the kiosk stopped telling of the request before its end: {}", state_name(state))
        }
        None => bail!("the kiosk told nothing of the request"),
    }
}

fn sign(draft: &Path, key: &Path, out: &Path) -> anyhow::Result<Answer> {
    let request = signed_request(draft, Some(key))?;
    let signed = Signed::<UsageRequest>::decode(&request)?;
    file::write_new(out, &request, For::All)?;
    let id = signed.id();
    Ok(Answer {
        outcome: Outcome::Yes,
        text: format!("{id}\n"),
        json: json!({ "ok": true, "id": id, "request": out }),
    })
}

/// A watcher's note, if it is of this request. Whether the watcher is believed is for the kiosk to say.
fn note(path: &Path, request: &[u8]) -> anyhow::Result<Vec<u8>> {
    let bytes = draft::read_bounded(path)?;
    let note = Signed::<EscrowNote>::decode(&bytes)
        .with_context(|| format!("{} is no watcher's note of an escrow", path.display()))?;
    let (named, found) = (note.payload().request, Signed::<UsageRequest>::decode(request)?.id());
    if named != found {
        bail!(
            "{} is of request {named}, this one is {found}: sign it once (`wetsign request sign`), put the fee down for \
             it, and submit the signed file",
            path.display()
        );
    }
    Ok(bytes)
}

/// The signed bytes of a request, signing a draft if a key is given.
fn signed_request(file: &Path, key: Option<&Path>) -> anyhow::Result<Vec<u8>> {
    let mut nonce = vec![0; 16];
    getrandom::fill(&mut nonce).context("the operating system gives no random bytes")?;
    let now = clock::now()?;
    if key.is_none() && !draft::is_signed(file)? {
        bail!("{} is a draft: give the --key that signs it", file.display());
    }
    let read = draft::request(file, &[], now, Blob(nonce))?;
    match (read.signed, key) {
        (Some(bytes), None) => Ok(bytes),
        (Some(_), Some(_)) => bail!("{} is signed already: leave out --key", file.display()),
        (None, None) => bail!("{} is a draft: give the --key that signs it", file.display()),
        (None, Some(path)) => {
            let key = key::read(path)?;
            let mut request = read.request;
            let public = PublicKey::from(&key);
            if request.requester != draft::NO_REQUESTER && request.requester != public {
                bail!("the draft names requester {}, the key is {public}", request.requester);
            }
            request.requester = public;
            let signed = Signed::sign(request, &key).with_context(|| {
                format!("{} makes no valid request (does it name its `assets`?)", file.display())
            })?;
            Ok(signed.bytes().to_vec())
        }
    }
}

fn wire_state(state: State) -> RequestState {
    match state {
        State::Permitted => RequestState::Permitted,
        State::Forbidden => RequestState::Forbidden,
        State::Approved => RequestState::Approved,
        State::Declined => RequestState::Declined,
        State::Expired => RequestState::Expired,
        State::Withdrawn => RequestState::Withdrawn,
    }
}

fn state_name(state: RequestState) -> &'static str {
    match state {
        RequestState::Unspecified => "unknown",
        RequestState::Permitted => "permitted",
        RequestState::Forbidden => "forbidden",
        RequestState::Approved => "approved",
        RequestState::Declined => "declined",
        RequestState::Expired => "expired",
        RequestState::Withdrawn => "withdrawn",
    }
}

fn hopeful(state: RequestState) -> bool {
    matches!(state, RequestState::Permitted | RequestState::Approved)
}

fn answer(status: &RequestStatus, terminal: &Terminal) -> Answer {
    let outcome = Outcome::of(hopeful(status.state()));
    Answer { outcome, text: text_of(status, terminal), json: json_of(status) }
}

fn text_of(status: &RequestStatus, terminal: &Terminal) -> String {
    let state = state_name(status.state());
    let state = if hopeful(status.state()) { terminal.good(state) } else { terminal.bad(state) };
    let mut text = format!(
        "{}  {state}  {} of {} co-signatures, {} declined\n",
        hex::encode(&status.id),
        status.cosignatures,
        status.quorum,
        status.declines
    );
    for reason in &status.reasons {
        let _ = writeln!(text, "  {}", plain(reason));
    }
    text
}

fn json_of(status: &RequestStatus) -> Value {
    json!({
        "ok": hopeful(status.state()),
        "id": hex::encode(&status.id),
        "state": state_name(status.state()),
        "cosignatures": status.cosignatures,
        "quorum": status.quorum,
        "declines": status.declines,
        "reasons": status.reasons,
        "withdrawal": (!status.withdrawal.is_empty()).then(|| hex::encode(&status.withdrawal)),
    })
}

#[cfg(test)]
mod tests {
    use wetsign_attest::evm::EvmAddress;
    use wetsign_attest::id::{Atto, Digest, Id};
    use wetsign_attest::object::Escrow;

    use super::*;

    const DRAFT: &str = "app = \"a\"\npurpose = \"p\"\ntext = \"t\"\nassets = [\"0101010101010101010101010101010101010101010101010101010101010101\"]\n";

    #[test]
    fn a_draft_is_signed_by_its_key_and_only_by_it() {
        let folder = tempfile::tempdir().unwrap();
        let (draft, key) = (folder.path().join("r.toml"), folder.path().join("k"));
        std::fs::write(&draft, DRAFT).unwrap();
        file::write_new(&key, "07".repeat(32).as_bytes(), For::Owner).unwrap();

        assert!(signed_request(&draft, None).unwrap_err().to_string().contains("--key"));
        let bytes = signed_request(&draft, Some(&key)).unwrap();
        let request = Signed::<UsageRequest>::decode(&bytes).unwrap();
        assert_eq!(request.payload().app, "a");

        let signed = folder.path().join("r.cbor");
        std::fs::write(&signed, &bytes).unwrap();
        assert_eq!(signed_request(&signed, None).unwrap(), bytes);
        assert!(signed_request(&signed, Some(&key)).unwrap_err().to_string().contains("signed already"));

        std::fs::write(&draft, format!("{DRAFT}requester = \"{}\"\n", "02".repeat(32))).unwrap();
        assert!(signed_request(&draft, Some(&key)).unwrap_err().to_string().contains("names requester"));
    }

    #[test]
    fn a_note_is_brought_for_the_request_that_it_names_and_for_no_other() {
        let folder = tempfile::tempdir().unwrap();
        let [draft, key, out, noted] =
            ["r.toml", "k", "r.cbor", "n.cbor"].map(|name| folder.path().join(name));
        let account = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed";
        let escrow = format!(
            "[escrow]\nchain_id = 1\ncontract = \"{account}\"\naccount = \"{account}\"\nterms = \"{}\"\n",
            "03".repeat(32)
        );
        std::fs::write(&draft, format!("{DRAFT}{escrow}")).unwrap();
        file::write_new(&key, "07".repeat(32).as_bytes(), For::Owner).unwrap();
        let answer = sign(&draft, &key, &out).unwrap();
        let request = signed_request(&out, None).unwrap();
        let signed = Signed::<UsageRequest>::decode(&request).unwrap();
        assert_eq!(answer.text.trim(), signed.id().to_string());

        let account: EvmAddress = account.parse().unwrap();
        let place = Escrow { chain_id: 1, contract: account, account, terms: Digest([3; 32]) };
        assert_eq!(signed.payload().escrow, Some(place));
        let watcher = ed25519_dalek::SigningKey::from_bytes(&[8; 32]);
        let of = |named: Id| {
            let note = EscrowNote {
                request: named,
                escrow: place,
                fee: Atto(1),
                expires: signed.payload().expires,
                block: 1,
                hash: Digest([1; 32]),
                watcher: PublicKey::from(&watcher),
                time: signed.payload().created,
            };
            std::fs::write(&noted, Signed::sign(note, &watcher).unwrap().bytes()).unwrap();
            super::note(&noted, &request)
        };
        assert!(of(signed.id()).is_ok());
        assert!(of(Id([9; 32])).unwrap_err().to_string().contains("put the fee down"));
        std::fs::write(&noted, DRAFT).unwrap();
        assert!(note(&noted, &request).unwrap_err().to_string().contains("no watcher's note"));
    }

    #[test]
    fn two_drafts_are_two_requests() {
        let folder = tempfile::tempdir().unwrap();
        let (draft, key) = (folder.path().join("r.toml"), folder.path().join("k"));
        std::fs::write(&draft, DRAFT).unwrap();
        file::write_new(&key, "07".repeat(32).as_bytes(), For::Owner).unwrap();
        let sign = || signed_request(&draft, Some(&key)).unwrap();
        assert_ne!(sign(), sign());
    }
}
