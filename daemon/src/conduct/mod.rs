//! Conducts a session: the driver feeds the state machine with what happens and has done what it commands; the steps do
//! it with the kiosk's parts. The driver knows no kiosk.

mod driver;
pub(crate) mod parts;
mod steps;

use std::sync::Arc;

use tokio::sync::{Mutex, mpsc};
use wetsign_attest::{
    Object, Signed,
    id::{Id, PublicKey},
    object::{Custody, Decline, Refusal, RefusalStage},
};
use wetsign_liveness::{Needs, Stage};
use wetsign_sensor_ipc::Source;

use crate::{
    element_desk::Turn,
    feed::{Feed, Happening},
    kiosk::{Kiosk, now},
    notice::Notice,
    sensor::Claim,
    session::{Fault, KeyAt, Limits, Reason},
    vault::Credential,
};
use driver::Surroundings;
use steps::Work;

/// What a session is about.
#[derive(Debug, Clone)]
pub struct Spec {
    /// The request.
    pub request: Id,
    /// The verdict that the validator reads.
    pub verdict: Id,
    /// The validator.
    pub validator: PublicKey,
    /// Where frames and sound come from.
    pub source: Source,
    /// What the validator cannot do.
    pub needs: Needs,
    /// Whether the page may shine on the validator.
    pub light: bool,
    /// Where the key is that signs, if it is on a device of the validator's.
    pub device: Option<Custody>,
}

/// What the human says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Word {
    /// Approves.
    Approve {
        /// Agrees to be recorded.
        consent: bool,
    },
    /// Declines, with a reason.
    Decline(String),
    /// Stops.
    Cancel,
}

/// Things held open, beyond the task that works with them.
#[derive(Default)]
pub(crate) struct Held {
    pub(crate) claim: Mutex<Option<Arc<Claim>>>,
    pub(crate) turn: Mutex<Option<Arc<Turn>>>,
    pub(crate) trouble: std::sync::Mutex<Option<String>>,
}

impl Held {
    pub(crate) fn note(&self, text: String) {
        *self.trouble.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = Some(text);
    }

    fn trouble(&self) -> Option<String> {
        self.trouble.lock().unwrap_or_else(std::sync::PoisonError::into_inner).take()
    }

    pub(crate) async fn close_source(&self) {
        if let Some(claim) = self.claim.lock().await.take() {
            claim.close().await;
        }
    }

    pub(crate) async fn end_element(&self) {
        if let Some(turn) = self.turn.lock().await.take() {
            turn.end().await;
        }
    }
}

/// The time-outs that the configuration asks for.
pub fn limits(config: &crate::config::Session) -> Limits {
    Limits {
        decide_ms: config.decide_s * 1000,
        open_ms: config.open_s * 1000,
        session_ms: config.challenge_s * 1000,
        prove_ms: config.prove_s * 1000,
        sign_ms: config.sign_s * 1000,
    }
}

/// Conducts one session to its end. The feed is closed when it returns.
pub async fn conduct(kiosk: Arc<Kiosk>, spec: Spec, feed: Arc<Feed>, words: mpsc::Receiver<Word>) {
    let limits = limits(&kiosk.config.session);
    let key = if spec.device.is_some() { KeyAt::Device } else { KeyAt::Kiosk };
    if spec.light {
        feed.push(Happening::Tell(Notice::WillShine, None));
    }
    let held = Arc::new(Held::default());
    let work = Work::new(Arc::clone(&kiosk), spec.clone(), Arc::clone(&feed), Arc::clone(&held));
    let around = Around { kiosk, request: spec.request, held };
    driver::drive((limits, key), work, around, feed, words).await;
}

/// Camera, element and books around the steps of a session.
struct Around {
    kiosk: Arc<Kiosk>,
    request: Id,
    held: Arc<Held>,
}

impl Surroundings for Around {
    async fn close_source(&self) {
        self.held.close_source().await;
    }

    async fn end_element(&self) {
        self.held.end_element().await;
    }

    fn trouble(&self) -> Option<String> {
        self.held.trouble()
    }

    async fn sign_refusal(&self, stage: RefusalStage, code: &str) -> Option<Vec<u8>> {
        let (request, code) = (self.request, code.to_owned());
        tracing::info!(request = %request.short(), %code, "session refused");
        let kept = self.kiosk.books(move |ledger| {
            let key = &ledger.keys().kiosk;
            let signed_by = PublicKey::from(key);
            let refusal = Refusal { request, stage, code, verdict: None, signed_by, time: now() };
            let refusal = Signed::sign(refusal, key)?;
            ledger.keep_refusal(&refusal)?;
            Ok(refusal.bytes().to_vec())
        });
        kept.await.inspect_err(|error| tracing::error!(%error, "a refusal could not be logged")).ok()
    }
}

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
