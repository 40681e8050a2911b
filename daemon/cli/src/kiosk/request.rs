//! `wetsign request`: from an app to the kiosk's inbox.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::{Args, Subcommand, ValueEnum};
use serde_json::{Value, json};
use wetsign_api::v1::{self, RequestState, RequestStatus};
use wetsign_attest::Signed;
use wetsign_attest::id::{Blob, PublicKey};
use wetsign_program::clock;

use super::address::{Address, refused};
use super::words::{id_bytes, not_found};
use crate::output::{Answer, Outcome, Terminal, plain};
use crate::{draft, key};

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
    /// Submit a request; answers once it is durable, with the rules' verdict. Exit: 0 permitted, 2 forbidden, 1 error.
    Submit {
        /// Signed request, or a draft (TOML, JSON) that names its assets, with --key.
        file: PathBuf,
        /// Key that signs a draft (made by `wetsign key new`).
        #[arg(long, value_name = "FILE")]
        key: Option<PathBuf>,
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
        RequestCommand::Submit { file, key } => {
            let request = signed_request(file, key.as_deref())?;
            let client = kiosk.connect().await?;
            let status = client.requests().submit(v1::SubmitRequest { request }).await.map_err(refused)?;
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
    use super::*;
    use crate::file::{self, For};

    const DRAFT: &str = "app = \"a\"\npurpose = \"p\"\ntext = \"t\"\nassets = [\"0101010101010101010101010101010101010101010101010101010101010101\"]\n";

    #[test]
    fn a_draft_is_signed_by_its_key_and_only_by_it() {
        let folder = tempfile::tempdir().unwrap();
        let (draft, key) = (folder.path().join("r.toml"), folder.path().join("k"));
        std::fs::write(&draft, DRAFT).unwrap();
        file::write_new(&key, "07".repeat(32).as_bytes(), For::Owner).unwrap();

        assert!(signed_request(&draft, None).unwrap_err().to_string().contains("--key"));
        let bytes = signed_request(&draft, Some(&key)).unwrap();
        let request = Signed::<wetsign_attest::object::UsageRequest>::decode(&bytes).unwrap();
        assert_eq!(request.payload().app, "a");

        let signed = folder.path().join("r.cbor");
        std::fs::write(&signed, &bytes).unwrap();
        assert_eq!(signed_request(&signed, None).unwrap(), bytes);
        assert!(signed_request(&signed, Some(&key)).unwrap_err().to_string().contains("signed already"));

        std::fs::write(&draft, format!("{DRAFT}requester = \"{}\"\n", "02".repeat(32))).unwrap();
        assert!(signed_request(&draft, Some(&key)).unwrap_err().to_string().contains("names requester"));
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
