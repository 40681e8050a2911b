//! The steps after: compare, attest, prove, sign, log.

use std::sync::Arc;

use wetsign_attest::{
    Object, Signed,
    binding::{self, Signal},
    id::{Blob, Digest, Id},
    object::{CoSignature, Custody, Decline, HumanDecision, RulesRevision},
    offer::{self, Offer},
};
use wetsign_circuits::{PublicInputs, field};
use wetsign_liveness::outcomes;

use super::{
    about::About,
    stage::{Asked, Attested, Compared, Judged, Planned, Proved, Recorded},
};
use crate::{
    crash,
    element::Capture,
    kiosk::now,
    people::offers::{Answered, OffersError},
    people::vault::Blinding,
    requests::conduct::{
        self,
        parts::{
            Trouble, asked_by_ours, begin, credential, enrolled, out_of_order, present, prove, template,
        },
    },
    requests::evidence::{self, ReportParts},
    requests::session::{Fault, GateResult},
    serve::feed::Happening,
};

impl About {
    pub(super) async fn compare(&self, mut judged: Judged) -> Result<(Compared, Vec<GateResult>), Trouble> {
        let asked = self.asked().await?;
        let template = template(&self.kiosk, &self.held, &self.spec.validator).await?;
        let probe = template.probe(&judged.recorded.evidence.embedding);
        let thresholds = evidence::raised(&self.kiosk.thresholds, asked.tau);
        let gates = evidence::compare(&template.features(), probe.as_ref(), &thresholds);
        self.feed.push(Happening::Gates(gates.clone()));
        let results = outcomes(&gates);
        judged.gates.extend(gates);
        Ok((Compared { judged, asked, template, probe }, results))
    }

    /// Thresholds and chains that the rules named in the verdict ask for.
    async fn asked(&self) -> Result<Asked, Trouble> {
        let (verdict, model) = (self.spec.verdict, self.kiosk.models.scalar);
        let (rules, chains) =
            self.kiosk.books(move |ledger| ledger.terms(&verdict)).await.map_err(Trouble::store)?;
        if !rules.iter().all(|rules: &RulesRevision| rules.model_ids.contains(&model)) {
            return Err(Trouble::internal(
                "model_not_allowed",
                "the rules do not allow the networks in use here",
            ));
        }
        let shipped = (self.kiosk.thresholds.tau_face(), self.kiosk.thresholds.tau_voice());
        let tau = rules
            .iter()
            .fold(shipped, |(face, voice), rules| (face.max(rules.tau_face), voice.max(rules.tau_voice)));
        Ok(Asked { tau, chains })
    }

    pub(super) async fn attest(&self, compared: Compared) -> Result<Attested, Trouble> {
        let Compared { judged: Judged { recorded, gates }, asked, template, probe } = compared;
        // The person was recognised: what failed before is over.
        let validator = self.spec.validator;
        let recognised = self.kiosk.books(move |ledger| ledger.may_try_again(&validator)).await;
        recognised.map_err(Trouble::store)?;
        let Recorded { planned: Planned { begun, plan }, evidence, duration_ms, at } = recorded;
        let probe = present(probe)?;
        // Only now, when face and voice match, and still within the element's session.
        let credential = Arc::new(credential(&self.kiosk, &self.held, &self.spec.validator).await?);
        let blinding = Blinding::fresh().map_err(|error| Trouble::internal("random", error))?;
        let models = &self.kiosk.models;
        let commitment = blinding.commit(&models.model_id, &probe);
        let (report, digest) = evidence::report(&ReportParts {
            source: &begun.opened.source,
            repertoire: &begun.opened.repertoire,
            challenge: begun.challenge,
            plan: &plan,
            gates: &gates,
            light: evidence.light,
            spoken: evidence.spoken(&plan, &begun.opened.repertoire, begun.challenge),
            confinement: self.kiosk.sensor.in_force(),
            model_id: models.scalar,
            manifest: models.manifest,
            duration_ms,
            time: at,
        })
        .map_err(|error| Trouble::internal("report", error))?;
        let capture = Capture {
            probe_commitment: field::to_bytes(&commitment),
            report_digest: digest.0,
            manifest_digest: models.manifest,
        };
        let turn = present(self.held.turn.lock().await.clone())?;
        let token = turn.attest(capture).await?.bytes;
        crash::point("session.attested");
        let (known, challenge) = (begun.known, begun.challenge);
        Ok(Attested {
            known,
            challenge,
            asked,
            credential,
            template,
            probe,
            blinding,
            commitment,
            token,
            report,
        })
    }

    pub(super) async fn prove(&self, attested: Attested) -> Result<Proved, Trouble> {
        let enrolled = enrolled(&self.kiosk, &self.spec.validator).await?;
        let epoch = self.kiosk.ledger.registry().current();
        let epoch =
            epoch.ok_or_else(|| Trouble::internal("no_epoch", "no registry epoch is in force here"))?;
        let path = epoch.path(&enrolled.leaf).ok_or_else(|| {
            Trouble::internal("not_registered", "the validator's leaf is not in the registry epoch in force")
        })?;
        let Attested { credential, template, probe, blinding, .. } = attested;
        let signal = binding::signal(&Signal {
            log: self.kiosk.ledger.journal().origin(),
            verdict: self.spec.verdict,
            decision: HumanDecision::Approve,
            ueid: &attested.known.identity.ueid,
            challenge: Digest(attested.challenge),
            epoch: epoch.id,
            chains: &attested.asked.chains,
        });
        let request_id = binding::request_id(&self.spec.request);
        let public = PublicInputs {
            root: epoch.root(),
            nullifier: credential.nullifier(&request_id),
            probe: attested.commitment,
            request_id,
            signal,
            model_id: self.kiosk.models.model_id,
            validator_key: binding::validator_key(&self.spec.validator),
            tau_face: attested.asked.tau.0,
            tau_voice: attested.asked.tau.1,
        };
        let proving = Arc::clone(&credential);
        let private = move || proving.private_inputs(&template, &blinding, &probe, path);
        let proof = prove(&self.kiosk, public, private).await?;
        crash::point("session.proved");
        let (token, report) = (attested.token, attested.report);
        Ok(Proved {
            credential,
            certificate: attested.known.certificate,
            token,
            report,
            proof,
            epoch: epoch.id,
        })
    }

    pub(super) async fn cosign(&self, proved: Proved) -> Result<Signed<CoSignature>, Trouble> {
        let Proved { credential, .. } = &proved;
        let credential = Arc::clone(credential);
        let cosignature = self.cosignature(proved, Custody::Kiosk);
        let signed = credential.sign(cosignature).map_err(|error| Trouble::internal("sign", error))?;
        // Wiped as soon as the signature is made.
        drop(credential);
        self.keep(signed).await
    }

    /// Asks the validator's own device to sign, with everything that it has to look at first.
    pub(super) async fn ask(&self, proved: Proved) -> Result<Answered<CoSignature>, Trouble> {
        let Some(custody) = self.spec.device else { return Err(out_of_order()) };
        let cosignature = self.cosignature(proved, custody);
        let (request, verdict) = (self.spec.request, self.spec.verdict);
        let until = now() + self.kiosk.config.session.sign_s;
        let payload = cosignature.to_payload().map_err(|error| Trouble::internal("sign", error))?;
        let papers = self.kiosk.books(move |ledger| ledger.papers(&request, &verdict, now())).await;
        let offer = Offer { payload: payload.into(), until, ..papers.map_err(Trouble::store)? };
        let id = cosignature.id().map_err(|error| Trouble::internal("sign", error))?;
        self.feed.push(Happening::Code(offer::code(&id)));
        self.kiosk.offers.ask(&cosignature, offer).await.map_err(|error| match error {
            OffersError::Declined => Trouble { fault: Fault::Device("declined"), text: error.to_string() },
            error => Trouble::internal("offer", error),
        })
    }

    pub(super) async fn keep_answer(
        &self,
        answered: Answered<CoSignature>,
    ) -> Result<Signed<CoSignature>, Trouble> {
        asked_by_ours(&self.kiosk, answered.signed.presence())?;
        let kept = self.keep(answered.signed.clone()).await?;
        answered.kept();
        Ok(kept)
    }

    fn cosignature(&self, proved: Proved, custody: Custody) -> CoSignature {
        CoSignature {
            request: self.spec.request,
            verdict: self.spec.verdict,
            decision: HumanDecision::Approve,
            proof: proved.proof,
            attestation: Blob(proved.token),
            chain: proved.certificate,
            report: Blob(proved.report),
            epoch: proved.epoch,
            validator: self.spec.validator,
            custody,
            time: now(),
        }
    }

    async fn keep(&self, signed: Signed<CoSignature>) -> Result<Signed<CoSignature>, Trouble> {
        let kept = self.kiosk.books(move |ledger| ledger.keep_cosignature(signed, now()));
        kept.await.map_err(Trouble::store)
    }

    pub(super) async fn log(&self, id: Id) -> Result<(), Trouble> {
        let request = self.spec.request;
        let logged = self.kiosk.books(move |ledger| ledger.log_cosignature(&id, &request, now())).await;
        logged.map(drop).map_err(|error| Trouble { fault: Fault::Log, text: error.to_string() })
    }

    pub(super) async fn sign_decline(&self, reason: &str) -> Result<Signed<Decline>, Trouble> {
        begin(&self.kiosk, &self.held, self.binding()).await?;
        let credential = credential(&self.kiosk, &self.held, &self.spec.validator).await?;
        self.held.end_element().await;
        let decline = conduct::decline(&self.spec, reason, &credential);
        drop(credential);
        let decline = decline.map_err(|error| Trouble::internal("sign", error))?;
        let kept = self.kiosk.books(move |ledger| ledger.keep_decline(decline, now()));
        kept.await.map_err(Trouble::store)
    }

    pub(super) async fn log_decline(&self, id: Id) -> Result<(), Trouble> {
        let request = self.spec.request;
        let logged = self.kiosk.books(move |ledger| ledger.log_decline(&id, &request)).await;
        logged.map(drop).map_err(|error| Trouble { fault: Fault::Log, text: error.to_string() })
    }
}
