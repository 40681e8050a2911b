//! The steps before a face and a voice are known: open, draw, show, record, judge.

use std::time::Instant;

use wetsign_liveness::{Measure, Repertoire, derive, mandatory_before_match, outcomes};
use wetsign_sensor_ipc::Part;

use super::{
    about::About,
    stage::{Begun, Judged, Opened, Planned, Recorded},
};
use crate::{
    crash,
    kiosk::now,
    requests::conduct::parts::{Trouble, begin, capture, enrolled, fit_element, open},
    requests::evidence::Evidence,
    requests::session::{Fault, GateResult},
    sensor::shine,
    serve::feed::Happening,
};

impl About {
    pub(super) async fn open_source(&self) -> Result<Opened, Trouble> {
        self.still_open().await?;
        let spec = &self.spec;
        let consent = self.consent_demanded().await?;
        let (source, repertoire) =
            open(&self.kiosk, &self.held, spec.source.clone(), Part::Verify, &spec.needs).await?;
        Ok(Opened { source, repertoire: Repertoire { consent, ..repertoire } })
    }

    /// Whether the rules of any asset ask that consent is spoken.
    async fn consent_demanded(&self) -> Result<bool, Trouble> {
        let verdict = self.spec.verdict;
        let (rules, _) =
            self.kiosk.books(move |ledger| ledger.terms(&verdict)).await.map_err(Trouble::store)?;
        Ok(rules.iter().any(|rules| rules.quorum.spoken_consent))
    }

    /// Minutes may have passed since the session began: nobody stands before the camera for what would not count.
    async fn still_open(&self) -> Result<(), Trouble> {
        let wrong = |text: String| Trouble { fault: Fault::Internal("not_open"), text };
        if let Some(why) = self.kiosk.unready(now()).await.first() {
            return Err(wrong(why.clone()));
        }
        let enrolled = enrolled(&self.kiosk, &self.spec.validator).await?;
        let (request, verdict, validator) = (self.spec.request, self.spec.verdict, self.spec.validator);
        let open = self.kiosk.books(move |ledger| {
            ledger.fit_to_sign(&validator, &enrolled.leaf, now())?;
            ledger.open_for(&request, &validator, now())
        });
        if open.await.map_err(|error| wrong(error.to_string()))? != verdict {
            return Err(wrong(
                "the request was judged again meanwhile: start a new session to read it".into(),
            ));
        }
        Ok(())
    }

    pub(super) async fn begin_element(&self, opened: Opened) -> Result<Begun, Trouble> {
        let known = fit_element(&self.kiosk).await?;
        let challenge = begin(&self.kiosk, &self.held, self.binding()).await?;
        crash::point("session.begun");
        Ok(Begun { opened, known, challenge })
    }

    pub(super) async fn capture(&self, planned: Planned) -> Result<Recorded, Trouble> {
        let light = shine::colours(self.spec.light, &planned.begun.opened.source, &planned.begun.challenge);
        let lit = !light.is_empty();
        let started = Instant::now();
        let captured = capture(&self.kiosk, &self.held, &self.feed, (&planned.plan, false), light).await?;
        let duration_ms = started.elapsed().as_millis() as u64;
        let recorded = Recorded { planned, evidence: Evidence::take(captured, lit), duration_ms, at: now() };
        crash::point("session.captured");
        Ok(recorded)
    }

    pub(super) fn judge(&self, recorded: Recorded) -> (Judged, Vec<GateResult>) {
        let gates = recorded.evidence.judge(&recorded.planned.plan, &self.kiosk.thresholds);
        self.feed.push(Happening::Gates(gates.clone()));
        let results = outcomes(&gates);
        (Judged { recorded, gates }, results)
    }
}

/// The prompts, and the gates that they ask for before the comparison.
pub(super) fn derive_prompts(begun: Begun) -> (Planned, Vec<Measure>) {
    let plan = derive(&begun.challenge, &begun.opened.repertoire);
    let mandatory = mandatory_before_match(&plan);
    (Planned { begun, plan }, mandatory)
}
