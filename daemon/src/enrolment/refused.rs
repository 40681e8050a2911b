//! Why a person was not enrolled.

use std::time::Duration;

use wetsign_models::{Gate, Refusal};

use crate::{
    conduct::{parts::Trouble, stage, stage_name},
    notice::Ending,
    session::{Fault, Reason},
};

/// Why a person was not enrolled.
pub(super) struct Refused {
    pub(super) stage: &'static str,
    pub(super) code: String,
    pub(super) text: String,
    pub(super) ending: Ending,
}

impl From<Trouble> for Refused {
    fn from(trouble: Trouble) -> Self {
        let reason = Reason::Fault(trouble.fault);
        let stage = if matches!(reason, Reason::Fault(Fault::Element(_))) { "element" } else { "failure" };
        Self { stage, code: reason.code(), text: trouble.text, ending: reason.ending() }
    }
}

impl Refused {
    pub(super) fn because(reason: &Reason, text: String) -> Self {
        Self { stage: "failure", code: reason.code(), text, ending: reason.ending() }
    }

    /// The client went away.
    pub(super) fn left() -> Self {
        Self::because(&Reason::Cancelled, "nobody follows this enrolment any more".into())
    }

    pub(super) fn too_late(step: &'static str, limit: Duration) -> Self {
        let text = format!("it did not end within {} s", limit.as_secs());
        Self { stage: "timeout", ..Self::because(&Reason::TimedOut(step), text) }
    }

    pub(super) fn gate(refusal: Refusal, gates: &[Gate]) -> Self {
        let reason = Reason::Gate(refusal);
        let judged = gates.iter().find(|gate| gate.measure == refusal.gate);
        let text =
            judged.map_or_else(|| format!("{} was not judged", refusal.gate), |gate| format!("{gate:?}"));
        Self { stage: stage_name(stage(&reason)), code: reason.code(), text, ending: reason.ending() }
    }
}
