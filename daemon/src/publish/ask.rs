//! Asks a witness to cosign (C2SP tlog-witness v1.0.0): one POST, and what came of it.

use std::time::Duration;

use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper::http::uri::Authority;
use hyper::{Request, Uri, header};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use wetsign_attest::log::cosign::cosigned;
use wetsign_attest::log::note::{self, Note, NoteError};
use wetsign_attest::log::witness::AddCheckpoint;
use wetsign_attest::log::{VerifierKey, Witness};
use wetsign_attest::{limits, shown::shown};

/// Longest time for one answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// Why a witness did not cosign.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AskError {
    /// It cannot be reached by this program.
    #[error(
        "{url:?} is no address that is asked: http://host[:port]/prefix is (for https, put a proxy before it)"
    )]
    Address {
        /// As it is configured.
        url: String,
    },
    /// It was not reached, or answered too slowly or too much.
    #[error("{url} cannot be asked: {why}")]
    Transport {
        /// Its address.
        url: String,
        /// What stands against it.
        why: String,
    },
    /// It refused.
    #[error("{url} refuses with status {status}: {words}")]
    Refused {
        /// Its address.
        url: String,
        /// HTTP status.
        status: u16,
        /// What it says.
        words: String,
    },
    /// Its answer holds no cosignature of its key that verifies.
    #[error("{url} answered no cosignature of {name}: {why}")]
    Answer {
        /// Its address.
        url: String,
        /// The witness's name.
        name: String,
        /// What is wrong.
        why: String,
    },
}

/// What a witness answered.
#[derive(Debug, PartialEq, Eq)]
pub enum Said {
    /// Its lines for the checkpoint, each verified.
    Cosigned(String),
    /// It knows a head of another size: prove from there.
    Size(u64),
}

/// Brings a checkpoint to a witness.
///
/// # Errors
/// [`AskError`].
pub async fn ask(witness: &Witness, request: &AddCheckpoint) -> Result<Said, AskError> {
    let url = witness.url.clone().unwrap_or_default();
    let address = || AskError::Address { url: url.clone() };
    let uri: Uri = format!("{}/add-checkpoint", url.trim_end_matches('/')).parse().map_err(|_| address())?;
    let host = uri.host().filter(|_| uri.scheme_str() == Some("http")).ok_or_else(address)?;
    let failed = |why: String| AskError::Transport { url: url.clone(), why };
    let answered = tokio::time::timeout(PATIENCE, post(host, &uri, request.to_body())).await;
    let (status, text) = answered
        .map_err(|_| failed(format!("no answer within {} s", PATIENCE.as_secs())))?
        .map_err(failed)?;
    match (status, text.trim_end_matches('\n').parse()) {
        (200, _) => match lines_of(&text, &witness.key, &request.checkpoint) {
            Ok(lines) => Ok(Said::Cosigned(lines)),
            Err(why) => Err(AskError::Answer { url, name: witness.key.name().to_owned(), why }),
        },
        (409, Ok(size)) => Ok(Said::Size(size)),
        _ => Err(AskError::Refused { url, status, words: shown(text.trim_end()) }),
    }
}

async fn post(host: &str, uri: &Uri, body: String) -> Result<(u16, String), String> {
    let words = |error: &dyn std::error::Error| crate::causes::words(error);
    // An IPv6 address stands in brackets in an address, and without them in a name that is looked up.
    let name = host.trim_start_matches('[').trim_end_matches(']');
    let stream =
        TcpStream::connect((name, uri.port_u16().unwrap_or(80))).await.map_err(|error| words(&error))?;
    let (mut sender, connection) =
        http1::handshake(TokioIo::new(stream)).await.map_err(|error| words(&error))?;
    let driven = tokio::spawn(connection);
    let request = Request::post(uri.path())
        .header(header::HOST, uri.authority().map_or(host, Authority::as_str))
        .header(header::CONTENT_TYPE, "text/plain; charset=utf-8")
        .body(Full::new(Bytes::from(body)))
        .map_err(|error| words(&error))?;
    let answer = sender.send_request(request).await.map_err(|error| words(&error))?;
    let status = answer.status().as_u16();
    let body = Limited::new(answer.into_body(), limits::CHECKPOINT).collect().await;
    driven.abort();
    let bytes = body.map_err(|error| words(&*error))?.to_bytes();
    Ok((status, String::from_utf8_lossy(&bytes).into_owned()))
}

/// The lines of an answer that are this witness's. Others' are left out, a false one of its own refuses the answer.
fn lines_of(answer: &str, witness: &VerifierKey, checkpoint: &str) -> Result<String, String> {
    let lines = note::lines(answer).map_err(|NoteError(why)| why)?;
    // One line a key: there are readers who refuse a checkpoint with two.
    let own = lines.iter().find(|line| line.name == witness.name() && line.id == witness.id());
    let own = own.ok_or("there is none by its key")?.line;
    let with = format!("{checkpoint}{own}");
    let with = Note::parse(&with).map_err(|NoteError(why)| why)?;
    match cosigned(&with, witness) {
        Ok(Some(_)) => Ok(own.to_owned()),
        Ok(None) => Err("there is none by its key".into()),
        Err(error) => Err(error.to_string()),
    }
}
