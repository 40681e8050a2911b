//! # wetsignd: who stands before this kiosk, what was asked, and what may be signed?
//!
//! The kiosk's daemon. It holds the kiosk's keys, keeps the books, conducts sessions and serves `wetsign.v1`; it has no
//! C++ in it. Camera, microphone and networks belong to a child process ([`sensor`]); the attestation key belongs to
//! the secure element ([`element`]).
//!
//! | to find | look in |
//! |---|---|
//! | the session, without I/O | [`session`], and who drives it: [`conduct`] |
//! | everything a person may be told | [`notice`] |
//! | requests, verdicts, co-signatures, approvals | [`ledger`] |
//! | store and log in step | [`store`], [`journal`], and whether there is [`room`] |
//! | enrolment, and what is sealed | [`enrolment`], [`vault`] |
//! | secrets in memory | [`secret`] |
//! | people's own devices | [`pairing`], [`offers`] |
//! | registry epochs | [`registry`] |
//! | the public interface | [`grpc`] |
//! | configuration | [`config`] |
//!
//! ```
//! use wetsignd::session::{Command, Event, KeyAt, Limits, Session, State};
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
pub mod conduct;
pub mod config;
pub mod crash;
pub mod element;
pub mod element_desk;
pub mod enrolment;
pub mod error;
pub mod evidence;
pub mod expiry;
pub mod feed;
pub mod grpc;
pub mod journal;
pub mod keys;
pub mod kiosk;
pub mod ledger;
pub mod memory;
pub mod notice;
pub mod offers;
pub mod pairing;
pub mod records;
pub mod registry;
pub mod room;
pub mod secret;
pub mod sensor;
pub mod session;
pub mod sessions;
pub mod shine;
pub mod store;
pub mod tree;
pub mod vault;
