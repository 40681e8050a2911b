//! Why a person was not enrolled.

use std::time::Duration;

use wetsign_attest::object::RefusalStage;
use wetsign_liveness::{Gate, Refusal};

use crate::{
    requests::conduct::{parts::Trouble, stage},
    requests::notice::Ending,
    requests::session::{Phase, Reason},
};

/// Why a person was not enrolled.
pub(super) struct Refused {
    pub(super) stage: RefusalStage,
    pub(super) code: String,
    pub(super) text: String,
    pub(super) ending: Ending,
}

impl From<Trouble> for Refused {
    fn from(trouble: Trouble) -> Self {
        Self::because(&Reason::Fault(trouble.fault), trouble.text)
    }
}

impl Refused {
    pub(super) fn because(reason: &Reason, text: String) -> Self {
        Self { stage: stage(reason), code: reason.code(), text, ending: reason.ending() }
    }

    /// The client went away.
    pub(super) fn left() -> Self {
        Self::because(&Reason::Cancelled, "nobody follows this enrolment any more".into())
    }

    pub(super) fn too_late(step: Phase, limit: Duration) -> Self {
        let text = format!("it did not end within {} s", limit.as_secs());
        Self::because(&Reason::TimedOut(step), text)
    }

    pub(super) fn gate(refusal: Refusal, gates: &[Gate]) -> Self {
        let reason = Reason::Gate(refusal);
        let judged = gates.iter().find(|gate| gate.measure == refusal.gate);
        let text =
            judged.map_or_else(|| format!("{} was not judged", refusal.gate), |gate| format!("{gate:?}"));
        Self::because(&reason, text)
    }
}
