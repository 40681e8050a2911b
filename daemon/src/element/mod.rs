//! The daemon's side of the secure element: one client, one request at a time, fail closed.
//!
//! The element is another process or another chip; it holds the attestation key and the daemon never does. This client
//! finds it ([`ElementAddress`]: a socket, a serial port, a USB device), opens the channel of [`wetsign_wire::channel`]
//! with this host's own key, gives every request a deadline, wipes plaintexts, and keeps three things in mind across
//! reconnects: the element's keys (other keys are another element), the highest counter seen (a counter that does not
//! grow is a rolled-back element), and tamper (nothing is asked for after it).
//!
//! A request that fails in the middle, or whose future is dropped, closes the connection; the next request opens
//! a new one. The element ends its session with the channel, so a session never outlives a fault.
//!
//! ```no_run
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use wetsignd::element::{Capture, ElementClient, SessionBinding};
//!
//! let (address, host_key) = ("usb:1209:0001:A1B2C3".parse()?, zeroize::Zeroizing::new([7; 32]));
//! let mut element = ElementClient::new(address, host_key).with_counter_floor(41);
//! let binding = SessionBinding { request_id: [1; 32], verdict_id: [2; 32], validator_key: [3; 32] };
//! let challenge = element.begin(&binding).await?;
//! # let capture = Capture { probe_commitment: [0; 32], report_digest: [0; 32], manifest_digest: [0; 32] };
//! // … derive the prompts from the challenge, capture, decide …
//! let token = element.attest(&capture).await?;
//! element.end().await?;
//! # let _ = (challenge, token.bytes); Ok(()) }
//! ```

mod address;
mod answers;
mod client;
pub mod desk;
mod error;
mod line;
mod link;
mod usb;

pub use address::{ElementAddress, NoAddress};
pub use answers::{
    Capture, ElementIdentity, FirmwareMeasurement, SelfTest, SessionBinding, TamperState, Token,
};
pub use client::{DEADLINE, ElementClient};
pub use error::ElementError;
pub use usb::UsbName;
pub use wetsign_wire::{Pattern, RefusalCode, eat::Home};
