//! Why a person was not enrolled.

use std::time::Duration;

use wetsign_models::Gate;

use crate::{
    conduct::parts::Trouble,
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

    pub(super) fn gate(stage: &'static str, gate: &Gate) -> Self {
        let name = gate.name.clone();
        let reason = if gate.value.is_some() { Reason::GateFailed(name) } else { Reason::GateMissing(name) };
        Self { stage, code: reason.code(), text: format!("{gate:?}"), ending: reason.ending() }
    }
}
