//! The addresses of the relay.
//!
//! | address | from | what |
//! |---|---|---|
//! | `GET /`, `GET /k/NAME` | a phone | the page; the picture at a kiosk leads to the second |
//! | `GET /FILE` | a phone | what the page loads |
//! | `POST /k/NAME` | a phone | a sealed message; the answer is the kiosk's |
//! | `POST /line/next` | a kiosk, with its secret | the next message: its number, eight bytes, and the message; 204: none yet |
//! | `POST /line/answer/NUMBER` | a kiosk, with its secret | its answer |

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};

use crate::files::{self, File};
use crate::{ASKED, Lines, Name, TOLD, Why};

const OCTETS: &str = "application/octet-stream";
const POLICY: &str = "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'none'; \
                      frame-ancestors 'none'; require-trusted-types-for 'script'";

/// Everything that a relay with these lines serves.
pub fn router(lines: Lines) -> Router {
    let asked = post(ask).layer(DefaultBodyLimit::max(ASKED));
    Router::new()
        .route("/", get(async || page()))
        .route("/k/{name}", asked.get(async || page()))
        .route("/line/next", post(next).layer(DefaultBodyLimit::max(0)))
        .route("/line/answer/{number}", post(answer).layer(DefaultBodyLimit::max(TOLD)))
        .fallback(get(file))
        .layer(middleware::from_fn(closed))
        .with_state(Arc::new(lines))
}

/// Lets no other site's page send anything, and gives every answer the headers that keep a browser to this one.
async fn closed(request: Request, next: Next) -> Response {
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    // A page of another site would have to ask for leave first, and gets none.
    let mut response = if request.method() == Method::POST && kind != Some(OCTETS) {
        (StatusCode::UNSUPPORTED_MEDIA_TYPE, format!("a message is {OCTETS}\n")).into_response()
    } else {
        next.run(request).await
    };
    for (name, value) in [
        ("content-security-policy", POLICY),
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
        ("permissions-policy", "camera=(), microphone=(), geolocation=(), publickey-credentials-get=(self)"),
        ("cache-control", "no-store"),
    ] {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

fn page() -> Response {
    served(&files::PAGE)
}

fn served(file: &File) -> Response {
    ([(header::CONTENT_TYPE, file.kind)], file.text).into_response()
}

async fn file(request: Request) -> Response {
    files::find(request.uri().path()).map_or_else(|| StatusCode::NOT_FOUND.into_response(), served)
}

async fn ask(State(lines): State<Arc<Lines>>, Path(name): Path<String>, message: Bytes) -> Response {
    let Ok(name) = name.parse::<Name>() else { return refused(Why::Unknown) };
    match lines.ask(&name, message.to_vec()).await {
        Ok(answer) => octets(answer),
        Err(why) => refused(why),
    }
}

async fn next(State(lines): State<Arc<Lines>>, headers: HeaderMap) -> Response {
    let Some(name) = secret(&headers) else { return unknown() };
    match lines.next(&name).await {
        Ok(Some((number, message))) => octets([&number.to_be_bytes(), &message[..]].concat()),
        Ok(None) => StatusCode::NO_CONTENT.into_response(),
        Err(_) => unknown(),
    }
}

async fn answer(
    State(lines): State<Arc<Lines>>,
    Path(number): Path<u64>,
    headers: HeaderMap,
    answer: Bytes,
) -> Response {
    let Some(name) = secret(&headers) else { return unknown() };
    match lines.answer(&name, number, answer.to_vec()) {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(Why::Unknown) => unknown(),
        Err(why) => refused(why),
    }
}

/// The line of whoever shows its secret.
fn secret(headers: &HeaderMap) -> Option<Name> {
    headers.get(header::AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ").and_then(Name::of_text)
}

fn unknown() -> Response {
    (StatusCode::FORBIDDEN, "this kiosk has no line here: start the relay with its --line\n").into_response()
}

fn octets(bytes: Vec<u8>) -> Response {
    ([(header::CONTENT_TYPE, OCTETS)], bytes).into_response()
}

fn refused(why: Why) -> Response {
    let status = match why {
        Why::Unknown => StatusCode::NOT_FOUND,
        Why::Away => StatusCode::SERVICE_UNAVAILABLE,
        Why::Full => StatusCode::TOO_MANY_REQUESTS,
        Why::Silent => StatusCode::GATEWAY_TIMEOUT,
        Why::Gone => StatusCode::GONE,
    };
    (status, format!("{why}\n")).into_response()
}
