//! The machine says no.

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

use super::{Object, name};
use crate::error::Error;
use crate::id::{Id, PublicKey};
use crate::limits;

/// A rule or a kiosk refused. It never names the validator, so that an impostor cannot defame one.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cbor(map)]
pub struct Refusal {
    /// The request.
    #[n(1)]
    pub request: Id,
    /// Where it was refused.
    #[n(2)]
    pub stage: RefusalStage,
    /// Stable code: a policy id, a gate's name, `timeout`.
    #[n(3)]
    pub code: String,
    /// The verdict, where the rules refused.
    #[n(4)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verdict: Option<Id>,
    /// Checker or kiosk, who signs.
    #[n(5)]
    pub signed_by: PublicKey,
    /// UTC seconds.
    #[n(6)]
    pub time: u64,
}

/// Where a request was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cbor(index_only)]
pub enum RefusalStage {
    /// By the owner's rules.
    #[n(1)]
    Rules,
    /// By a quality or liveness gate.
    #[n(2)]
    Liveness,
    /// By the comparison with the template.
    #[n(3)]
    Match,
    /// By the secure element.
    #[n(4)]
    Element,
    /// By the clock.
    #[n(5)]
    Timeout,
    /// By a failure of a part.
    #[n(6)]
    Failure,
}

impl RefusalStage {
    /// As JSON has it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Rules => "rules",
            Self::Liveness => "liveness",
            Self::Match => "match",
            Self::Element => "element",
            Self::Timeout => "timeout",
            Self::Failure => "failure",
        }
    }
}

impl Object for Refusal {
    const TYPE: &'static str = "wetsign/refusal/1";
    const LIMIT: usize = limits::REFUSAL;

    fn signer(&self) -> Option<PublicKey> {
        Some(self.signed_by)
    }

    fn check(&self) -> Result<(), Error> {
        if (self.stage == RefusalStage::Rules) != self.verdict.is_some() {
            return Err(Error::value(
                Self::TYPE,
                "verdict",
                "goes with a refusal by the rules, and only with it",
            ));
        }
        name(Self::TYPE, "code", &self.code)
    }
}
