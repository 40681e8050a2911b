//! How a session ends without a co-signature: where a refusal belongs, and the human's decline.

use wetsign_attest::{
    Object, Signed,
    id::{Id, PublicKey},
    object::{Decline, RefusalStage},
};
use wetsign_liveness::Stage;

use super::about::Spec;
use crate::{
    kiosk::now,
    people::vault::Credential,
    requests::session::{Fault, Reason},
};

/// Where in the protocol a reason belongs.
pub(crate) fn stage(reason: &Reason) -> RefusalStage {
    match reason {
        Reason::Gate(refusal) => match refusal.gate.row().stage {
            Stage::Quality | Stage::Challenge | Stage::Liveness => RefusalStage::Liveness,
            Stage::Match => RefusalStage::Match,
        },
        Reason::TimedOut(_) => RefusalStage::Timeout,
        Reason::Fault(Fault::Element(_)) => RefusalStage::Element,
        Reason::Fault(Fault::Match) => RefusalStage::Match,
        Reason::NoConsent | Reason::Cancelled | Reason::OutOfTurn(_) | Reason::Fault(_) => {
            RefusalStage::Failure
        }
    }
}

/// Whether a reason can stand in a decline; none at all can.
///
/// # Errors
/// Names the bound.
pub fn fit_reason(reason: &str) -> Result<(), wetsign_attest::Error> {
    let (request, verdict) = (Id([0; 32]), Id([0; 32]));
    Decline { request, verdict, validator: PublicKey::Ed25519([0; 32]), reason: given(reason), time: 0 }
        .check()
}

fn given(reason: &str) -> String {
    if reason.trim().is_empty() { "no reason given".to_owned() } else { reason.to_owned() }
}

/// A decline, signed.
pub(crate) fn decline(
    spec: &Spec,
    reason: &str,
    credential: &Credential,
) -> Result<Signed<Decline>, wetsign_attest::Error> {
    let reason = given(reason);
    let decline = Decline {
        request: spec.request,
        verdict: spec.verdict,
        validator: spec.validator,
        reason,
        time: now(),
    };
    credential.sign(decline)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_that_no_decline_can_hold_is_refused_before_it_is_said() {
        assert!(fit_reason("").is_ok() && fit_reason("  ").is_ok() && fit_reason(&"x".repeat(256)).is_ok());
        for unfit in ["x".repeat(257), "two\nlines".into(), "a\u{1b}[2J".into()] {
            let refused = fit_reason(&unfit).unwrap_err().to_string();
            assert!(refused.contains("256 are allowed") || refused.contains("invisible"), "{refused}");
        }
    }
}
