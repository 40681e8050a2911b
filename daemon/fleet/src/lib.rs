//! # wetsign-fleet: who is asked, and when is it enough?
//!
//! A request comes to one hub, and is approved by people who stand before many kiosks. This crate decides which kiosks
//! are asked, whom a stuck quorum is offered to next, and when the co-signatures are enough. It has no I/O, no clock
//! and no chance: what happened comes in, orders go out. Time is the log's: every deadline is an index in it.
//!
//! What counts is in the log ([`Fact`]): a hub that was killed is put together from the facts again and decides alike.
//! What is under way (who was asked) is not: it is asked again. So orders and answers may be lost, come twice, or in
//! any other order, and change nothing but how long it takes.
//!
//! ```
//! use wetsign_attest::id::{Blob, Id, PublicKey};
//! use wetsign_attest::object::{Modality, Quorum};
//! use wetsign_fleet::{Cosigned, Fact, Fleet, Order, Outcome, Terms};
//!
//! let modalities = vec![Modality::Face];
//! let (min_kiosks, min_operators) = (None, None);
//! let quorum = Quorum { k: 1, modalities, max_age_s: 60, min_kiosks, min_operators, spoken_consent: false };
//! let (request, kiosk) = (Id([1; 32]), Blob(vec![1; 17]));
//! let mut fleet = Fleet::new(1);
//! let _ = fleet.join(kiosk.clone(), Some("north".into()), 1);
//! let orders = fleet.open(request, Terms { quorum, lease: 10, deadline: 100 }).orders;
//! assert!(matches!(orders[..], [Order::Ask { .. }]));
//! let operator = Some("north".into());
//! let given = Cosigned { id: Id([2; 32]), validator: PublicKey::Ed25519([3; 32]), kiosk, operator };
//! let facts = fleet.cosigned(request, given).facts;
//! assert!(matches!(&facts[..], [_, Fact::Settled(_, Outcome::Approved(_))]));
//! ```
//!
//! | file | question |
//! |---|---|
//! | `gather.rs` | Are the co-signatures of one request enough, and which are taken? |
//! | `fleet.rs` | Which kiosk is asked next, and who is asked no more? |

mod fleet;
mod gather;

pub use fleet::{Fleet, Lease, Order, Step};
pub use gather::{Cosigned, Fact, Outcome, Terms};
