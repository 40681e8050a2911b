//! What phones and kiosks get at a relay, and what strangers do not.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode, header};
use tower::ServiceExt as _;
use wetsign_relay::{ASKED, Lines, Name, TOLD, router};

const SECRET: [u8; 32] = [7; 32];

fn app() -> Router {
    router(Lines::new([Name::of_secret(&SECRET)]))
}

fn line() -> String {
    format!("/k/{}", Name::of_secret(&SECRET))
}

fn post(path: &str, secret: Option<&[u8]>, body: Vec<u8>) -> Request<Body> {
    let mut request = Request::post(path).header(header::CONTENT_TYPE, "application/octet-stream");
    if let Some(secret) = secret {
        let hex = hex::encode(secret);
        request = request.header(header::AUTHORIZATION, format!("Bearer {hex}"));
    }
    request.body(Body::from(body)).unwrap()
}

async fn told(app: &Router, request: Request<Body>) -> (StatusCode, Vec<u8>) {
    let answer = app.clone().oneshot(request).await.unwrap();
    (answer.status(), to_bytes(answer.into_body(), TOLD + 16).await.unwrap().to_vec())
}

#[tokio::test(start_paused = true)]
async fn a_phones_message_comes_back_with_its_kiosks_answer() {
    let app = Arc::new(app());
    assert_eq!(told(&app, post(&line(), None, vec![1])).await.0, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(told(&app, post("/line/next", Some(&SECRET), vec![])).await.0, StatusCode::NO_CONTENT);
    let phone = tokio::spawn({
        let app = Arc::clone(&app);
        async move { told(&app, post(&line(), None, b"sealed".to_vec())).await }
    });
    let (status, fetched) = told(&app, post("/line/next", Some(&SECRET), vec![])).await;
    let (number, message) = fetched.split_at(8);
    assert_eq!((status, message), (StatusCode::OK, &b"sealed"[..]));
    let number = u64::from_be_bytes(number.try_into().unwrap());
    let answer = vec![9; TOLD];
    let given = post(&format!("/line/answer/{number}"), Some(&SECRET), answer.clone());
    assert_eq!(told(&app, given).await.0, StatusCode::NO_CONTENT);
    assert_eq!(phone.await.unwrap(), (StatusCode::OK, answer));
}

#[tokio::test]
async fn who_has_no_secret_of_a_line_fetches_and_answers_nothing() {
    let app = app();
    for secret in [None, Some(&[8; 32][..]), Some(&[7; 31][..])] {
        for path in ["/line/next", "/line/answer/1"] {
            assert_eq!(told(&app, post(path, secret, vec![])).await.0, StatusCode::FORBIDDEN, "{path}");
        }
    }
    // The name that phones know is no secret.
    let name = Name::of_secret(&SECRET).to_string();
    let request = Request::post("/line/next")
        .header(header::CONTENT_TYPE, "application/octet-stream")
        .header(header::AUTHORIZATION, format!("Bearer {name}"));
    assert_eq!(told(&app, request.body(Body::empty()).unwrap()).await.0, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn what_is_too_long_or_from_another_page_is_not_taken() {
    let app = app();
    assert_eq!(told(&app, post(&line(), None, vec![0; ASKED + 1])).await.0, StatusCode::PAYLOAD_TOO_LARGE);
    let (path, secret) = ("/line/answer/1", Some(&SECRET[..]));
    assert_eq!(told(&app, post(path, secret, vec![0; TOLD + 1])).await.0, StatusCode::PAYLOAD_TOO_LARGE);
    // What a form of another page can send without asking.
    for kind in ["text/plain", "application/x-www-form-urlencoded"] {
        let request = Request::post(line()).header(header::CONTENT_TYPE, kind).body(Body::from("x")).unwrap();
        assert_eq!(told(&app, request).await.0, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    }
    for name in ["/k/short", &format!("/k/{}", "A".repeat(64)), &format!("/k/{}", "0".repeat(64))] {
        assert_eq!(told(&app, post(name, None, vec![1])).await.0, StatusCode::NOT_FOUND, "{name}");
    }
}

#[tokio::test]
async fn the_page_is_whole_and_loads_nothing_from_elsewhere() {
    let app = app();
    let get = |path: &str| Request::get(path).body(Body::empty()).unwrap();
    let mut open = vec!["/".to_owned(), line()];
    let mut seen = 0;
    while let Some(path) = open.pop() {
        let answer = app.clone().oneshot(get(&path)).await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK, "{path}");
        let policy = answer.headers()["content-security-policy"].to_str().unwrap().to_owned();
        assert!(policy.starts_with("default-src 'self';") && !policy.contains("unsafe"), "{policy}");
        let text = to_bytes(answer.into_body(), 1 << 20).await.unwrap();
        let text = String::from_utf8(text.to_vec()).unwrap();
        assert!(!text.contains("http://") && !text.contains("innerHTML"), "{path}");
        seen += 1;
        // Modules stand beside each other; the page names its own by their paths.
        for (before, after) in [("from \"./", "\""), ("src=\"/", "\""), ("href=\"/", "\"")] {
            for rest in text.split(before).skip(1) {
                let next = format!("/{}", rest.split(after).next().unwrap());
                if path != next && seen < 64 {
                    open.push(next);
                }
            }
        }
    }
    assert!(seen > 14, "{seen}");
    for tag in ["en", "ro", "ar"] {
        assert_eq!(told(&app, get(&format!("/words/{tag}.ftl"))).await.0, StatusCode::OK);
    }
    assert_eq!(told(&app, get("/phone.mjs.map")).await.0, StatusCode::NOT_FOUND);
}
