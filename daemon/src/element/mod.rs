//! The daemon's side of the secure element: one client, one request at a time, fail closed.
//!
//! The element is another process or another chip; it holds the attestation key and the daemon never does. This
//! client speaks [`wetsign_wire`] to it, gives every request a deadline, wipes plaintexts, and keeps three things
//! in mind across reconnects: the element's public key (another key is another element), the highest counter seen
//! (a counter that does not grow is a rolled-back element), and tamper (nothing is granted after it).
//!
//! A request that fails in the middle, or whose future is dropped, closes the connection; the next request opens
//! a new one. The element ends its session with the connection, so a session never outlives a fault.
//!
//! ```no_run
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use wetsignd::element::{Capture, ElementClient, SessionBinding};
//!
//! let mut element = ElementClient::connect("/run/wetsign/element.sock").await?.with_counter_floor(41);
//! let binding = SessionBinding { request_id: [1; 32], verdict_id: [2; 32], validator_key: [3; 32] };
//! let challenge = element.begin(&binding).await?;
//! # let capture = Capture { probe_commitment: [0; 32], report_digest: [0; 32], manifest_digest: [0; 32] };
//! // … derive the prompts from the challenge, capture, decide …
//! let token = element.attest(&capture).await?;
//! element.end().await?;
//! # let _ = (challenge, token.bytes); Ok(()) }
//! ```

mod client;
mod error;
mod link;

pub use client::{
    Capture, DEADLINE, ElementClient, ElementIdentity, SelfTest, SessionBinding, TamperState, Token,
};
pub use error::ElementError;
pub use wetsign_wire::{RefusalCode, eat::Home};
