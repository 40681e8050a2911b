//! Key generation: how keyholders come by shares of a key that nobody has, and hand them on to the next committee.
//!
//! Each dealer divides a secret of its own among the members (Feldman 1987); the key is the sum (Pedersen 1991). When a
//! committee hands on, each of its members divides its share, and the new ones weigh what they get: the public key
//! stays (Desmedt and Jajodia 1997). All that is said is signed and stands in one log, which is the broadcast channel:
//! every reader of the same log draws the same conclusions, an auditor too.
//!
//! | phase | who | says | ends when all did, or when the log has grown by `patience` entries |
//! |---|---|---|---|
//! | 1 | each dealer | [`Deal`]: commitments, a proof, a share sealed to each member | `patience` |
//! | 2 | each member | [`Word`]: whose shares do not open or do not fit; nobody's, mostly | `patience` |
//! | 3 | each accused dealer | [`Answer`]: those shares in the open | `patience`; only if there are accused |
//!
//! Left out, and named, is who dealt nothing, dealt what does not fit, or did not answer. An answer shows a share to
//! everybody, but only one whose member was accused by, or accuses, falsely: the liar among the two knew it already.
//! Enough dealers have to remain that one is honest: as many as the threshold, of the old committee's where one hands
//! on.
//!
//! The last to deal can choose among a few public keys; that gains nothing against encryption under it (Gennaro,
//! Jarecki, Krawczyk, Rabin 2007, § 4).
//!
//! [`Record`] is the machine that everybody runs; [`Party`] is what a keyholder adds to it. No I/O: entries of the log
//! come in, objects to sign go out.

mod deal;
mod party;
mod plan;
mod record;
mod rehearsal;
mod word;

pub use deal::Deal;
pub use party::{Party, Say};
pub use plan::Plan;
pub use record::{Failed, Fault, Phase, Record, Spoken};
pub use rehearsal::{Rehearsed, rehearse};
pub use word::{Answer, Opened, Word};
