//! A witness's answers over HTTP: `POST /add-checkpoint`, `GET /<SHA-256 of an origin>/checkpoint`.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::Context;
use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, Request, State as Shared};
use axum::http::{StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use tokio::sync::Semaphore;
use wetsign_attest::log::VerifierKey;
use wetsign_attest::log::witness::{AddCheckpoint, NotWitnessed, REQUEST};
use wetsign_program::clock;

use super::state::State;
use crate::output::plain;

/// Requests that are worked on at once.
const AT_ONCE: usize = 16;
/// Longest time for one, its body's coming included.
const PATIENCE: Duration = Duration::from_secs(10);
const TEXT: &str = "text/plain; charset=utf-8";

#[derive(Clone)]
struct Served {
    state: Arc<Mutex<State>>,
    logs: Arc<Vec<VerifierKey>>,
    turns: Arc<Semaphore>,
}

/// Serves until SIGINT or SIGTERM. Prints the address, with the port that it got, on its first line.
pub fn run(state: State, logs: Vec<VerifierKey>, listen: SocketAddr) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind(listen);
        let listener = listener.await.with_context(|| format!("cannot listen on {listen}"))?;
        let address = listener.local_addr()?;
        wetsign_program::line(format_args!("http://{address}/"))?;
        let served = axum::serve(listener, router(state, logs)).with_graceful_shutdown(asked_to_stop());
        served.await.context("the witness stopped serving")
    })
}

async fn asked_to_stop() {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut terminate) = signal(SignalKind::terminate()) else { return std::future::pending().await };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
}

fn router(state: State, logs: Vec<VerifierKey>) -> Router {
    let served = Served {
        state: Arc::new(Mutex::new(state)),
        logs: Arc::new(logs),
        turns: Arc::new(Semaphore::new(AT_ONCE)),
    };
    Router::new()
        .route("/add-checkpoint", post(add))
        .route("/{hash}/checkpoint", get(newest))
        .layer(DefaultBodyLimit::max(REQUEST))
        .layer(middleware::from_fn_with_state(served.clone(), bounded))
        .with_state(served)
}

/// So many at once, and each in its time: nobody keeps the others out by sending slowly.
async fn bounded(Shared(served): Shared<Served>, request: Request, next: Next) -> Response {
    let Ok(_turn) = served.turns.try_acquire() else {
        return (StatusCode::SERVICE_UNAVAILABLE, "too many ask at once\n").into_response();
    };
    match tokio::time::timeout(PATIENCE, next.run(request)).await {
        Ok(response) => response,
        Err(_) => (StatusCode::REQUEST_TIMEOUT, "the request came too slowly\n").into_response(),
    }
}

async fn add(Shared(served): Shared<Served>, body: Bytes) -> Response {
    let Ok(body) = String::from_utf8(body.into()) else {
        return answer(&NotWitnessed::Form("it is not UTF-8".into()));
    };
    let request = match AddCheckpoint::parse(&body) {
        Ok(request) => request,
        Err(refused) => return answer(&refused),
    };
    let judged = tokio::task::spawn_blocking(move || {
        let mut state = served.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.add(&request, &served.logs, clock::now()?)
    });
    match judged.await {
        Ok(Ok(Ok(line))) => ([(header::CONTENT_TYPE, TEXT)], line).into_response(),
        Ok(Ok(Err(refused))) => answer(&refused),
        Ok(Err(error)) => broken(&error),
        Err(error) => broken(&error.into()),
    }
}

async fn newest(Shared(served): Shared<Served>, Path(hash): Path<String>) -> Response {
    let found = tokio::task::spawn_blocking(move || {
        served.state.lock().unwrap_or_else(PoisonError::into_inner).newest(&hash)
    });
    match found.await {
        Ok(Ok(Some(note))) => ([(header::CONTENT_TYPE, TEXT)], note).into_response(),
        Ok(Ok(None)) => (StatusCode::NOT_FOUND, "no head of that log was cosigned here\n").into_response(),
        Ok(Err(error)) => broken(&error),
        Err(error) => broken(&error.into()),
    }
}

/// A refusal as the standard has it: 409 says the size, the others say why.
fn answer(refused: &NotWitnessed) -> Response {
    let status = StatusCode::from_u16(refused.status()).unwrap_or(StatusCode::BAD_REQUEST);
    match refused {
        NotWitnessed::Conflict(size) => {
            (status, [(header::CONTENT_TYPE, "text/x.tlog.size")], format!("{size}\n")).into_response()
        }
        other => (status, [(header::CONTENT_TYPE, TEXT)], format!("{}\n", plain(&other.to_string())))
            .into_response(),
    }
}

/// What this machine cannot do is for its operator to read, not for whoever asks.
fn broken(error: &anyhow::Error) -> Response {
    wetsign_program::note(&plain(&format!("{error:#}")));
    (StatusCode::INTERNAL_SERVER_ERROR, "the witness cannot cosign now\n").into_response()
}
