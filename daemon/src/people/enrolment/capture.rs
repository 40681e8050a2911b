//! One capture of an enrolment: a session of the secure element, from its challenge to its token.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::time::timeout;
use wetsign_attest::{id::Blob, object::AttestedCapture};
use wetsign_circuits::{Features, Fr, field};
use wetsign_liveness::{Gate, derive, mandatory_before_match, outcomes, refusal};
use wetsign_sensor_ipc::Part;

use super::{Candidate, Enrolment, Refused};
use crate::{
    element::desk::Known,
    element::{Capture, SessionBinding},
    kiosk::now,
    people::vault::Blinding,
    requests::conduct::parts::{self, Trouble, present},
    requests::evidence::{self, Evidence, ReportParts},
    requests::notice::Notice,
    requests::session::Phase,
    sensor::shine,
    serve::feed::Happening,
};

/// One capture that passed its gates.
pub(super) struct Taken {
    pub(super) evidence: Evidence,
    gates: Vec<Gate>,
    pub(super) challenge: [u8; 32],
    parts: ReportSource,
}

struct ReportSource {
    opened: wetsign_sensor_ipc::SourceOpened,
    repertoire: wetsign_liveness::Repertoire,
    plan: wetsign_liveness::ChallengePlan,
    duration_ms: u64,
    time: u64,
}

/// A capture that the element signed.
pub(super) struct Signature {
    pub(super) capture: AttestedCapture,
    pub(super) commitment: Fr,
    pub(super) blinding: Arc<Blinding>,
}

impl Enrolment<'_> {
    /// One capture in an element session of its own, within the time that a session has for it.
    pub(super) async fn capture(
        &mut self,
        candidate: &Candidate,
        part: Part,
        session: SessionBinding,
        phase: Phase,
    ) -> Result<Taken, Refused> {
        let limits = &self.kiosk.config.session;
        let limit = Duration::from_secs(limits.open_s + limits.challenge_s);
        timeout(limit, self.take(candidate, part, session, phase))
            .await
            .unwrap_or_else(|_| Err(Refused::too_late(phase, limit)))
    }

    /// Refuses unless every gate passed.
    async fn take(
        &mut self,
        candidate: &Candidate,
        part: Part,
        session: SessionBinding,
        phase: Phase,
    ) -> Result<Taken, Refused> {
        self.feed.push(Happening::State(phase));
        self.feed.push(Happening::Tell(Notice::Opening, None));
        let started = Instant::now();
        let (opened, repertoire) =
            parts::open(self.kiosk, self.held, candidate.source.clone(), part, &candidate.needs).await?;
        let challenge = parts::begin(self.kiosk, self.held, session).await?;
        let plan = derive(&challenge, &repertoire);
        self.feed.push(Happening::Tell(Notice::Capturing, None));
        let capturing = Instant::now();
        let light = shine::colours(candidate.light, &opened, &challenge);
        let lit = !light.is_empty();
        let captured = parts::capture(self.kiosk, self.held, self.feed, (&plan, true), light).await?;
        let duration_ms = capturing.elapsed().as_millis() as u64;
        self.held.close_source().await;
        self.feed.push(Happening::Tell(Notice::CameraClosed, None));
        let evidence = Evidence::take(captured, lit);
        let gates = evidence.judge(&plan, &self.kiosk.thresholds);
        self.feed.push(Happening::Gates(gates.clone()));
        self.times.push((
            if part == Part::Enrol { "enrol.capture" } else { "confirm.capture" },
            started.elapsed().as_millis() as u64,
        ));
        if let Some(refusal) = refusal(&outcomes(&gates), &mandatory_before_match(&plan)) {
            return Err(Refused::gate(refusal, &gates));
        }
        let parts = ReportSource { opened, repertoire, plan, duration_ms, time: now() };
        Ok(Taken { evidence, gates, challenge, parts })
    }

    /// Has the element sign what the capture showed.
    pub(super) async fn attest(
        &mut self,
        known: &Known,
        taken: &Taken,
        probe: &Features,
        match_gates: &[Gate],
    ) -> Result<Signature, Trouble> {
        self.feed.push(Happening::Tell(Notice::Attesting, None));
        let blinding = Blinding::fresh().map_err(|error| Trouble::internal("random", error))?;
        let commitment = blinding.commit(&self.kiosk.models.model_id, probe);
        let mut gates = taken.gates.clone();
        gates.extend_from_slice(match_gates);
        let (report, digest) = evidence::report(&ReportParts {
            source: &taken.parts.opened,
            repertoire: &taken.parts.repertoire,
            challenge: taken.challenge,
            plan: &taken.parts.plan,
            gates: &gates,
            light: taken.evidence.light,
            spoken: None,
            confinement: self.kiosk.sensor.in_force(),
            model_id: self.kiosk.models.scalar,
            manifest: self.kiosk.models.manifest,
            duration_ms: taken.parts.duration_ms,
            time: taken.parts.time,
        })
        .map_err(|error| Trouble::internal("report", error))?;
        let turn = present(self.held.turn.lock().await.clone())?;
        let token = turn
            .attest(Capture {
                probe_commitment: field::to_bytes(&commitment),
                report_digest: digest.0,
                manifest_digest: self.kiosk.models.manifest,
            })
            .await?;
        let capture = AttestedCapture {
            attestation: Blob(token.bytes),
            chain: known.certificate.clone(),
            report: Blob(report),
        };
        Ok(Signature { capture, commitment, blinding: Arc::new(blinding) })
    }
}
