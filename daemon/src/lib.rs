//! # wetsignd: who stands before this kiosk, what was asked, and what may be signed?
//!
//! The kiosk's daemon. It holds the kiosk's keys, keeps the books, conducts sessions and serves `wetsign.v1`; it has no
//! C++ in it. Camera, microphone and networks belong to a child process ([`sensor`]); the attestation key belongs to
//! the secure element ([`element`]).
//!
//! | to find | look in |
//! |---|---|
//! | the session, without I/O | [`session`](requests::session), and who drives it: [`conduct`](requests::conduct) |
//! | everything a person may be told | [`notice`](requests::notice) |
//! | requests, verdicts, co-signatures, approvals | [`ledger`](requests::ledger) |
//! | store and log in step | [`store`], [`journal`](store::journal), and whether there is [`room`](store::room) |
//! | enrolment, and what is sealed | [`enrolment`](people::enrolment), [`vault`](people::vault) |
//! | static files of the log, witnesses | [`publish`] |
//! | secrets in memory | [`secret`], a crate of its own |
//! | people's own devices | [`pairing`](people::pairing), [`offers`](people::offers) |
//! | registry epochs | [`epochs`](people::epochs) |
//! | the public interface | [`serve`] |
//! | configuration | [`config`] |
//! | what systemd is told, and what is counted | [`manager`], [`metrics`] |
//!
//! ```
//! use wetsignd::requests::session::{Command, Event, KeyAt, Limits, Session, State};
//!
//! let (mut session, _) = Session::new(Limits::default(), KeyAt::Kiosk);
//! let commands = session.step(Event::Approve { consent: true });
//! assert_eq!(session.state(), &State::Decided);
//! assert!(commands.contains(&Command::OpenSource));
//! // An event out of its turn refuses, and nothing happens after that.
//! session.step(Event::ProofMade);
//! assert!(matches!(session.state(), State::Refused(_)));
//! assert!(session.step(Event::SourceOpened).is_empty());
//! ```

pub mod bounded;
pub mod causes;
pub mod clock;
pub mod config;
pub mod crash;
pub mod element;
pub mod error;
pub mod keyholder;
pub mod keys;
pub mod kiosk;
pub mod manager;
pub mod metrics;
pub mod peak;
pub mod people;
pub mod publish;
pub mod requests;
pub mod sensor;
pub mod serve;
pub mod store;

pub use wetsign_secret as secret;
