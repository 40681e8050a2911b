//! The addresses of the page.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::sse::{Event as Sent, KeepAlive, Sse};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use serde_json::json;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio_stream::wrappers::ReceiverStream;

use super::desk::{Desk, Picture, Seen};
use super::{Door, Press};

/// Browsers that may watch at once: the kiosk's, and whoever looks after it.
pub const MOST_STREAMS: usize = 4;
/// Largest press, bytes.
const MOST_PRESS: usize = 2 * 1024;
/// Pictures are told at most so often.
const PICTURE_PAUSE: Duration = Duration::from_millis(80);

/// A head made of triangles.
const DRAWING: &str = include_str!("../../assets/drawing.svg");

const POLICY: &str =
    "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

#[derive(Clone)]
struct Served {
    desk: Arc<Desk>,
    streams: Arc<Semaphore>,
    door: Arc<Door>,
}

/// Everything that is served for `desk` behind `door`.
pub fn router(desk: Arc<Desk>, door: Door) -> Router {
    let served = Served { desk, streams: Arc::new(Semaphore::new(MOST_STREAMS)), door: Arc::new(door) };
    let asset = |kind: &'static str, text: &'static str| {
        get(move || async move { ([(header::CONTENT_TYPE, kind)], text) })
    };
    Router::new()
        .route("/", asset("text/html; charset=utf-8", include_str!("../../assets/index.html")))
        .route("/page.mjs", asset("text/javascript; charset=utf-8", include_str!("../../assets/page.mjs")))
        .route("/page.css", asset("text/css; charset=utf-8", include_str!("../../assets/page.css")))
        .route("/icon.svg", asset("image/svg+xml", include_str!("../../assets/icon.svg")))
        .route("/events", get(events))
        .route("/preview", get(preview))
        .route("/do", post(press))
        .layer(DefaultBodyLimit::max(MOST_PRESS))
        .layer(middleware::from_fn_with_state(served.clone(), guard))
        .with_state(served)
}

/// Lets in who may, and gives every answer the headers that keep a browser to this page.
async fn guard(State(served): State<Served>, request: Request, next: Next) -> Response {
    let (method, headers, at) = (request.method(), request.headers(), request.uri());
    let mut response = if at.path() == "/" && served.door.opens(headers, at.query()) {
        let cookie = [(header::SET_COOKIE, served.door.cookie()), (header::LOCATION, "/".to_owned())];
        (StatusCode::SEE_OTHER, cookie).into_response()
    } else if let Some(reason) = served.door.refuses(method, headers) {
        (StatusCode::FORBIDDEN, format!("{reason}\n")).into_response()
    } else {
        next.run(request).await
    };
    for (name, value) in [
        ("content-security-policy", POLICY),
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
        ("permissions-policy", "camera=(), microphone=(), geolocation=()"),
        ("cache-control", "no-store"),
    ] {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

async fn press(State(served): State<Served>, body: Bytes) -> Response {
    match Press::read(&body) {
        Ok(press) => {
            served.desk.press(press);
            StatusCode::NO_CONTENT.into_response()
        }
        Err(why) => (StatusCode::BAD_REQUEST, format!("{why}\n")).into_response(),
    }
}

async fn preview(State(served): State<Served>) -> Response {
    match served.desk.latest_picture() {
        Some(Picture::Jpeg(jpeg)) => ([(header::CONTENT_TYPE, "image/jpeg")], jpeg).into_response(),
        Some(Picture::Drawing) => ([(header::CONTENT_TYPE, "image/svg+xml")], DRAWING).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

async fn events(State(served): State<Served>) -> Response {
    let Ok(permit) = Arc::clone(&served.streams).try_acquire_owned() else {
        return (StatusCode::TOO_MANY_REQUESTS, format!("{MOST_STREAMS} browsers watch already\n"))
            .into_response();
    };
    let (give, take) = mpsc::channel(4);
    tokio::spawn(follow(served.desk, give, permit));
    Sse::new(ReceiverStream::new(take)).keep_alive(KeepAlive::default()).into_response()
}

/// The page as it is, and then each change, until the browser goes. A slow one sees fewer of them.
async fn follow(
    desk: Arc<Desk>,
    give: mpsc::Sender<Result<Sent, Infallible>>,
    _permit: OwnedSemaphorePermit,
) {
    let mut watch = desk.watch();
    let mut told: Option<Seen> = None;
    loop {
        let seen = *watch.borrow_and_update();
        if told.is_none_or(|told| told.view != seen.view) {
            let view = json!({ "now": desk.now_ms(), "runs": desk.runs(), "line": desk.line(), "html": desk.page() });
            if give.send(Ok(Sent::default().event("view").data(view.to_string()))).await.is_err() {
                return;
            }
        }
        if seen.picture > 0 && told.is_none_or(|told| told.picture != seen.picture) {
            let picture = Sent::default().event("picture").data(seen.picture.to_string());
            if give.send(Ok(picture)).await.is_err() {
                return;
            }
            tokio::time::sleep(PICTURE_PAUSE).await;
        }
        told = Some(seen);
        tokio::select! {
            changed = watch.changed() => if changed.is_err() { return },
            () = give.closed() => return,
        }
    }
}
