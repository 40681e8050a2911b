//! Who may ask: whoever has the token of this start, from a page of this page's own origin.

use std::fmt;

use axum::http::{HeaderMap, Method, header};
use subtle::ConstantTimeEq as _;

const BYTES: usize = 32;
const COOKIE: &str = "wetsign_page";

/// 32 random bytes, drawn at each start, hexadecimal.
#[derive(Clone)]
pub struct Token(String);

/// No token could be drawn.
#[derive(Debug, thiserror::Error)]
#[error("the operating system gives no random bytes for a token: {0}")]
pub struct TokenError(getrandom::Error);

impl Token {
    /// A new one.
    ///
    /// # Errors
    /// [`TokenError`] where the system has no randomness.
    pub fn draw() -> Result<Self, TokenError> {
        let mut bytes = [0; BYTES];
        getrandom::fill(&mut bytes).map_err(TokenError)?;
        Ok(Self(hex::encode(bytes)))
    }

    /// As it stands in the address that the browser opens.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn is(&self, given: &str) -> bool {
        self.0.as_bytes().ct_eq(given.as_bytes()).into()
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

/// What a door lets in.
#[derive(Clone, Debug)]
pub struct Door {
    token: Token,
    /// `127.0.0.1:8443`; none on a Unix socket, where no name can be rebound.
    host: Option<String>,
}

impl Door {
    /// A door with this token, at this `host:port`, or on a Unix socket.
    pub const fn new(token: Token, host: Option<String>) -> Self {
        Self { token, host }
    }

    /// Why this is refused; `None`: it is let in.
    pub fn refuses(&self, method: &Method, headers: &HeaderMap) -> Option<&'static str> {
        let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
        if let Some(reason) = self.elsewhere(text(header::HOST)) {
            return Some(reason);
        }
        let own = |origin: &str| match &self.host {
            Some(host) => origin.strip_prefix("http://") == Some(host.as_str()),
            None => text(header::HOST).is_some_and(|host| origin.ends_with(&format!("://{host}"))),
        };
        if headers.contains_key(header::ORIGIN) && !text(header::ORIGIN).is_some_and(own) {
            return Some("another page asks: Origin is not this page's");
        }
        if method == Method::POST && text(header::CONTENT_TYPE) != Some("application/json") {
            return Some("a press is application/json");
        }
        if !text(header::COOKIE).and_then(cookie).is_some_and(|given| self.token.is(given)) {
            return Some("no token of this start: open the address that wetsign-page printed");
        }
        None
    }

    /// Whether the address carries the token, at its first opening.
    pub fn opens(&self, headers: &HeaderMap, query: Option<&str>) -> bool {
        let host = headers.get(header::HOST).and_then(|value| value.to_str().ok());
        self.elsewhere(host).is_none()
            && query.and_then(|query| query.strip_prefix("token=")).is_some_and(|given| self.token.is(given))
    }

    /// The cookie that keeps it open: not for scripts, not for pages of others.
    pub fn cookie(&self) -> String {
        format!("{COOKIE}={}; HttpOnly; SameSite=Strict; Path=/", self.token.0)
    }

    fn elsewhere(&self, host: Option<&str>) -> Option<&'static str> {
        match &self.host {
            Some(own) if host != Some(own) => Some("another address: Host is not this page's"),
            _ => None,
        }
    }
}

fn cookie(all: &str) -> Option<&str> {
    all.split(';').find_map(|one| one.trim().strip_prefix(COOKIE)?.strip_prefix('='))
}
