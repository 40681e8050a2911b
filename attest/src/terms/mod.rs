//! What has to hold of an approval, each rule once.
//!
//! Kiosk, hub and verifier ask the same questions at different times: before a camera opens, before a body is signed,
//! and years later. Each question is one pure function here, and everybody calls it. It answers with a [`Ruling`]:
//! whether the rule holds, and what was compared with which bound, in words that a refusal or a check can show.
//!
//! | file | question |
//! |---|---|
//! | `age.rs` | Were the co-signatures made close enough together? |
//! | `certificate.rs` | Do the certificates of a secure element cover a time? |
//! | `epoch.rs` | Was this registry epoch in force, and does a bundle hold as many as are used? |
//! | `escrow.rs` | Does a request's fee wait where the request says that it does? |
//! | `keys.rs`, `key_epoch.rs` | Who may say what of a person's keys, and which of them approve in an epoch? |
//! | `life.rs` | Is a request, a verdict, an approval too old, or from the future? |
//! | `registration.rs` | Does a registration cover a request? |
//! | `revision.rs` | Who may revise an asset's rules or withdraw approvals, and for how long does it stand? |
//! | `roles.rs` | Who may not approve, because of what else they are? |
//! | `spread.rs` | Are co-signatures from enough kiosks, and from enough operators? |
//! | `standing.rs` | Is a validator revoked, and is enough at stake? |
//! | `withdrawal.rs` | Does a withdrawal end an approval? |

mod age;
mod certificate;
mod epoch;
mod escrow;
mod key_epoch;
mod keys;
mod life;
mod registration;
mod revision;
mod roles;
mod spread;
mod standing;
mod withdrawal;

pub use age::{close_enough, usable_until};
pub use certificate::certified_at;
pub use epoch::{epoch_in_force, epoch_of_log, epoch_until, span};
pub use escrow::fee_waits;
pub use key_epoch::{PlacedKeyEvent, dated, heeds, keys_after, keys_in};
pub use keys::{Keys, Recovery};
pub use life::{lapse, made_by, request_life, unexpired, verdict_age};
pub use registration::registered;
pub use revision::{chain_length, may_revise, may_withdraw};
pub use roles::{Roles, distinct_roles};
pub use spread::{Place, spread};
pub use standing::{revoked, staked};
pub use withdrawal::{Approved, withdrawn_at, withdraws};

/// What a rule says.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "a rule that nobody looks at protects nobody"]
pub struct Ruling {
    /// Whether it holds.
    pub holds: bool,
    /// What was compared, with which value and which bound.
    pub compared: String,
}

impl Ruling {
    /// A ruling.
    pub fn new(holds: bool, compared: impl Into<String>) -> Self {
        Self { holds, compared: compared.into() }
    }

    /// The words, if the rule does not hold.
    ///
    /// # Errors
    /// What was compared.
    pub fn require(self) -> Result<(), String> {
        if self.holds { Ok(()) } else { Err(self.compared) }
    }
}
