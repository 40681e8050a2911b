//! Conducts a session: the driver feeds the state machine with what happens and has done what it commands; the steps do
//! it with the kiosk's parts. The driver knows no kiosk.

mod about;
mod driver;
mod ending;
pub(crate) mod parts;
mod steps;

use std::sync::Arc;

use tokio::sync::mpsc;
use tracing::Instrument as _;
use wetsign_attest::{
    Signed,
    id::{Id, PublicKey},
    object::Refusal,
};

use crate::{
    kiosk::{Kiosk, now},
    requests::ledger,
    requests::notice::Notice,
    requests::session::{KeyAt, Limits, Reason},
    serve::feed::{Feed, Happening},
};
pub(crate) use about::Held;
pub use about::{Spec, Word};
pub use ending::fit_reason;
pub(crate) use ending::{decline, stage};

use driver::Surroundings;
use steps::Work;

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
    let around = Around { kiosk, request: spec.request, validator: spec.validator, held };
    let span = tracing::info_span!("session", request = %spec.request.short());
    driver::drive((limits, key), work, around, feed, words).instrument(span).await;
}

/// Camera, element and books around the steps of a session.
struct Around {
    kiosk: Arc<Kiosk>,
    request: Id,
    validator: PublicKey,
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

    async fn sign_refusal(&self, reason: &Reason) -> Option<Vec<u8>> {
        let (request, stage, code) = (self.request, stage(reason), reason.code());
        let (validator, counts) = (self.validator, ledger::counts(reason));
        tracing::info!(request = %request.short(), %code, "session refused");
        let kept = self.kiosk.books(move |ledger| {
            if counts {
                ledger.failed_to(&validator, now())?;
            }
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
