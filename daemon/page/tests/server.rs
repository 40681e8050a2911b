//! Who may ask the page, and what it answers.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::{Method, Request, Response, StatusCode, header};
use tokio::sync::mpsc::Receiver;
use tower::ServiceExt as _;
use wetsign_page::server::{Desk, Door, MOST_STREAMS, Picture, Press, Token, router};
use wetsign_page::{Event, Language, Limits, Phase};

const HOST: &str = "127.0.0.1:9";

struct Page {
    desk: Arc<Desk>,
    presses: Receiver<Press>,
    router: Router,
    token: String,
}

fn page() -> Page {
    let (desk, presses) = Desk::new(Limits::default(), Language::English);
    let (desk, token) = (Arc::new(desk), Token::draw().unwrap());
    let known = token.as_str().to_owned();
    let router = router(Arc::clone(&desk), Door::new(token, Some(HOST.into())));
    Page { desk, presses, router, token: known }
}

impl Page {
    /// A request as the page's own browser makes it, before `change`.
    async fn ask(
        &self,
        method: Method,
        path: &str,
        body: &str,
        change: impl FnOnce(&mut Request<Body>),
    ) -> Response<Body> {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, HOST)
            .header(header::COOKIE, format!("other=1; wetsign_page={}", self.token))
            .header(header::CONTENT_TYPE, "application/json")
            .body(Body::from(body.to_owned()))
            .unwrap();
        change(&mut request);
        self.router.clone().oneshot(request).await.unwrap()
    }

    async fn get(&self, path: &str) -> Response<Body> {
        self.ask(Method::GET, path, "", |_| {}).await
    }
}

fn set(name: header::HeaderName, value: &str) -> impl FnOnce(&mut Request<Body>) {
    move |request| {
        request.headers_mut().insert(name, value.parse().unwrap());
    }
}

#[tokio::test]
async fn the_address_with_the_token_opens_the_page_once_and_for_this_start() {
    let page = page();
    let opened = page
        .ask(Method::GET, &format!("/?token={}", page.token), "", |request| {
            request.headers_mut().remove(header::COOKIE);
        })
        .await;
    assert_eq!(opened.status(), StatusCode::SEE_OTHER);
    let cookie = opened.headers()[header::SET_COOKIE].to_str().unwrap();
    assert!(cookie.contains("HttpOnly; SameSite=Strict"), "{cookie}");
    assert_eq!(page.get("/").await.status(), StatusCode::OK);
    assert_ne!(Token::draw().unwrap().as_str(), page.token);
}

#[tokio::test]
async fn who_has_no_token_or_comes_from_elsewhere_gets_nothing() {
    let page = page();
    let wrong = format!("wetsign_page={}", "0".repeat(64));
    for path in ["/", "/events", "/preview", "/page.mjs", "/?token=0"] {
        let bare = page.ask(Method::GET, path, "", |request| {
            request.headers_mut().remove(header::COOKIE);
        });
        assert_eq!(bare.await.status(), StatusCode::FORBIDDEN, "{path} without a token");
        let guessed = page.ask(Method::GET, path, "", set(header::COOKIE, &wrong)).await;
        assert_eq!(guessed.status(), StatusCode::FORBIDDEN, "{path} with a guessed token");
        let rebound = page.ask(Method::GET, path, "", set(header::HOST, "evil.example")).await;
        assert_eq!(rebound.status(), StatusCode::FORBIDDEN, "{path} under another name");
        let foreign = page.ask(Method::GET, path, "", set(header::ORIGIN, "https://evil.example")).await;
        assert_eq!(foreign.status(), StatusCode::FORBIDDEN, "{path} from another page");
    }
}

#[tokio::test]
async fn every_answer_keeps_the_browser_to_this_page() {
    let page = page();
    for path in ["/", "/page.mjs", "/page.css", "/nowhere", "/preview"] {
        let answer = page.get(path).await;
        let policy = answer.headers()["content-security-policy"].to_str().unwrap();
        assert!(policy.starts_with("default-src 'self';") && !policy.contains("unsafe"), "{path}: {policy}");
        assert_eq!(answer.headers()["x-content-type-options"], "nosniff");
        assert_eq!(answer.headers()["cache-control"], "no-store");
    }
}

#[tokio::test]
async fn a_press_arrives_and_anything_else_is_refused_in_words() {
    let mut page = page();
    let yes = page.ask(Method::POST, "/do", r#"{"do":"yes"}"#, |_| {}).await;
    assert_eq!(yes.status(), StatusCode::NO_CONTENT);
    assert_eq!(page.presses.try_recv(), Ok(Press::Yes));

    let sign = page.ask(Method::POST, "/do", r#"{"do":"sign"}"#, |_| {}).await;
    assert_eq!(sign.status(), StatusCode::BAD_REQUEST);
    let form =
        page.ask(Method::POST, "/do", r#"{"do":"yes"}"#, set(header::CONTENT_TYPE, "text/plain")).await;
    assert_eq!(form.status(), StatusCode::FORBIDDEN);
    let long = page.ask(Method::POST, "/do", &"x".repeat(10_000), |_| {}).await;
    assert_eq!(long.status(), StatusCode::PAYLOAD_TOO_LARGE);
    assert!(page.presses.try_recv().is_err());
}

#[tokio::test]
async fn a_language_is_the_persons_own_and_is_forgotten_with_them() {
    let page = page();
    page.desk.note(&Event::AskName);
    page.ask(Method::POST, "/do", r#"{"do":"language","value":"ar"}"#, |_| {}).await;
    assert!(page.desk.page().contains("dir=\"rtl\""));
    page.desk.note(&Event::Idle { waiting: 0 });
    assert!(page.desk.page().contains("lang=\"en\" dir=\"ltr\""));
}

#[tokio::test]
async fn a_picture_is_there_while_the_camera_is_on_and_only_if_it_is_one() {
    let page = page();
    page.desk.note(&Event::Phase(Phase::Begun));
    page.desk.picture(Picture::Jpeg(b"<svg onload=1>".to_vec()));
    assert_eq!(page.get("/preview").await.status(), StatusCode::NOT_FOUND);
    page.desk.picture(Picture::Jpeg(vec![0xff, 0xd8, 0xff]));
    let answer = page.get("/preview").await;
    assert_eq!(
        (answer.status(), answer.headers()[header::CONTENT_TYPE].to_str().unwrap()),
        (StatusCode::OK, "image/jpeg")
    );
    page.desk.note(&Event::Phase(Phase::Captured));
    assert_eq!(page.get("/preview").await.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn only_so_many_browsers_watch_at_once() {
    let page = page();
    let mut watching = Vec::new();
    for _ in 0..MOST_STREAMS {
        let answer = page.get("/events").await;
        assert_eq!(answer.status(), StatusCode::OK);
        watching.push(answer);
    }
    assert_eq!(page.get("/events").await.status(), StatusCode::TOO_MANY_REQUESTS);
}
