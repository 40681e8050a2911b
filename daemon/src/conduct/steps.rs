//! What each command of the state machine does.

use std::{sync::Arc, time::Instant};

use wetsign_attest::{
    Signed,
    binding::{self, Signal},
    id::{Blob, Digest},
    object::{CoSignature, Custody, Decline, EvmReference, HumanDecision, MatchProof, RulesRevision},
};
use wetsign_circuits::{Features, Fr, PrivateInputs, PublicInputs, commitment, field};
use wetsign_liveness::{ChallengePlan, Gate, Repertoire, derive, mandatory_before_match, outcomes};
use wetsign_sensor_ipc::{Part, SourceOpened};
use zeroize::Zeroizing;

use super::{
    Held, Spec,
    driver::Steps,
    parts::{Trouble, begin, capture, enrolled, fit_element, open, present, prove, unseal},
};
use crate::{
    crash,
    element::{Capture, SessionBinding},
    element_desk::Known,
    evidence::{self, Evidence, ReportParts},
    feed::{Feed, Happening},
    kiosk::{Kiosk, now},
    registry::Epoch,
    session::{Command, Event, Fault},
    shine,
    vault::Secrets,
};

/// Name of a step, for the table of times.
pub(super) const fn name(command: &Command) -> &'static str {
    match command {
        Command::OpenSource => "open",
        Command::BeginElement => "begin",
        Command::DerivePrompts => "prompts",
        Command::Capture => "capture",
        Command::Judge => "judge",
        Command::Compare => "match",
        Command::Attest => "attest",
        Command::Prove => "prove",
        Command::CoSign => "co_sign",
        Command::Log => "log",
        Command::SignDecline => "decline",
        Command::LogDecline => "log_decline",
        _ => "other",
    }
}

/// What has been gathered so far. Handed from step to step; dropped, and with it every secret, when the session ends.
pub(super) struct Work {
    kiosk: Arc<Kiosk>,
    spec: Spec,
    feed: Arc<Feed>,
    held: Arc<Held>,
    opened: Option<(SourceOpened, Repertoire)>,
    known: Option<Known>,
    challenge: [u8; 32],
    plan: Option<ChallengePlan>,
    evidence: Option<Evidence>,
    duration_ms: u64,
    captured_at: u64,
    gates: Vec<Gate>,
    secrets: Option<Secrets>,
    probe: Option<Features>,
    epoch: Option<Arc<Epoch>>,
    tau: (u32, u32),
    chains: Vec<EvmReference>,
    attested: Option<Attested>,
    proof: Option<MatchProof>,
    cosignature: Option<Signed<CoSignature>>,
    decline: Option<Signed<Decline>>,
}

struct Attested {
    token: Vec<u8>,
    report: Vec<u8>,
    commitment: Fr,
    blinding: Zeroizing<Fr>,
}

impl Steps for Work {
    async fn perform(mut self, command: Command, decline: String) -> (Self, Event) {
        let outcome = match command {
            Command::OpenSource => self.open_source().await,
            Command::BeginElement => self.begin_element().await,
            Command::DerivePrompts => self.derive_prompts(),
            Command::Capture => self.capture().await,
            Command::Judge => self.judge(),
            Command::Compare => self.compare().await,
            Command::Attest => self.attest().await,
            Command::Prove => self.prove().await,
            Command::CoSign => self.cosign().await,
            Command::Log => self.log().await,
            Command::SignDecline => self.sign_decline(&decline).await,
            Command::LogDecline => self.log_decline().await,
            _ => Err(Trouble::internal("command", "a command that is no step")),
        };
        let event = outcome.unwrap_or_else(|trouble| {
            tracing::warn!(fault = %trouble.fault.code(), reason = %trouble.text, "a session's step failed");
            self.held.note(trouble.text);
            Event::Failed(trouble.fault)
        });
        (self, event)
    }

    fn release(&self) {
        if let Some(cosignature) = &self.cosignature {
            self.feed.push(Happening::CoSigned { id: cosignature.id(), bytes: cosignature.bytes().to_vec() });
        }
        if let Some(decline) = &self.decline {
            self.feed.push(Happening::Declined { id: decline.id(), bytes: decline.bytes().to_vec() });
        }
    }
}

impl Work {
    pub(super) fn new(kiosk: Arc<Kiosk>, spec: Spec, feed: Arc<Feed>, held: Arc<Held>) -> Self {
        Self {
            kiosk,
            spec,
            feed,
            held,
            opened: None,
            known: None,
            challenge: [0; 32],
            plan: None,
            evidence: None,
            duration_ms: 0,
            captured_at: 0,
            gates: Vec::new(),
            secrets: None,
            probe: None,
            epoch: None,
            tau: (0, 0),
            chains: Vec::new(),
            attested: None,
            proof: None,
            cosignature: None,
            decline: None,
        }
    }

    async fn open_source(&mut self) -> Result<Event, Trouble> {
        self.still_open().await?;
        let (opened, repertoire) =
            open(&self.kiosk, &self.held, self.spec.source.clone(), Part::Verify, &self.spec.needs).await?;
        self.opened = Some((opened, repertoire));
        Ok(Event::SourceOpened)
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

    async fn begin_element(&mut self) -> Result<Event, Trouble> {
        self.known = Some(fit_element(&self.kiosk).await?);
        let binding = SessionBinding {
            request_id: self.spec.request.0,
            verdict_id: self.spec.verdict.0,
            validator_key: self.spec.validator.0,
        };
        self.challenge = begin(&self.kiosk, &self.held, binding).await?;
        crash::point("session.begun");
        Ok(Event::ElementBegun)
    }

    fn derive_prompts(&mut self) -> Result<Event, Trouble> {
        let (_, repertoire) = present(self.opened.as_ref())?;
        let plan = derive(&self.challenge, repertoire);
        let mandatory = mandatory_before_match(&plan);
        self.plan = Some(plan);
        Ok(Event::Prompted { mandatory })
    }

    async fn capture(&mut self) -> Result<Event, Trouble> {
        let plan = present(self.plan.as_ref())?;
        let (opened, _) = present(self.opened.as_ref())?;
        let light = shine::colours(self.spec.light, opened, &self.challenge);
        let lit = !light.is_empty();
        let started = Instant::now();
        let captured = capture(&self.kiosk, &self.held, &self.feed, plan, light).await?;
        self.duration_ms = started.elapsed().as_millis() as u64;
        self.captured_at = now();
        self.evidence = Some(Evidence::take(captured, lit));
        crash::point("session.captured");
        Ok(Event::CaptureDone)
    }

    fn judge(&mut self) -> Result<Event, Trouble> {
        let (plan, evidence) = (present(self.plan.as_ref())?, present(self.evidence.as_ref())?);
        self.gates = evidence.judge(plan, &self.kiosk.thresholds);
        self.feed.push(Happening::Gates(self.gates.clone()));
        Ok(Event::Judged { gates: outcomes(&self.gates) })
    }

    async fn compare(&mut self) -> Result<Event, Trouble> {
        self.load_rules().await?;
        let secrets = unseal(&self.kiosk, &self.held, &self.spec.validator).await?;
        let evidence = present(self.evidence.as_ref())?;
        self.probe = secrets.probe(&evidence.embedding);
        let thresholds = evidence::raised(&self.kiosk.thresholds, self.tau);
        let gates = evidence::compare(&secrets.template, self.probe.as_ref(), &thresholds);
        self.secrets = Some(secrets);
        self.feed.push(Happening::Gates(gates.clone()));
        let results = outcomes(&gates);
        self.gates.extend(gates);
        Ok(Event::Compared { gates: results })
    }

    /// Thresholds and chains that the rules named in the verdict ask for.
    async fn load_rules(&mut self) -> Result<(), Trouble> {
        let (verdict, model) = (self.spec.verdict, self.kiosk.models.scalar);
        let (rules, chains) =
            self.kiosk.books(move |ledger| ledger.terms(&verdict)).await.map_err(Trouble::store)?;
        if !rules.iter().all(|rules: &RulesRevision| rules.model_ids.contains(&model)) {
            return Err(Trouble::internal(
                "model_not_allowed",
                "the rules do not allow the networks in use here",
            ));
        }
        let thresholds = &self.kiosk.thresholds;
        self.tau =
            rules.iter().fold((thresholds.tau_face(), thresholds.tau_voice()), |(face, voice), rules| {
                (face.max(rules.tau_face), voice.max(rules.tau_voice))
            });
        self.chains = chains;
        Ok(())
    }

    async fn attest(&mut self) -> Result<Event, Trouble> {
        let (opened, repertoire) = present(self.opened.as_ref())?;
        let probe = present(self.probe.as_ref())?;
        let blinding = field::random().map_err(|error| Trouble::internal("random", error))?;
        let blinding = Zeroizing::new(blinding);
        let commitment = commitment::probe(&self.kiosk.models.model_id, probe, &blinding);
        let (report, digest) = evidence::report(&ReportParts {
            source: opened,
            repertoire,
            challenge: self.challenge,
            plan: present(self.plan.as_ref())?,
            gates: &self.gates,
            light: present(self.evidence.as_ref())?.light,
            confinement: self.kiosk.sensor.in_force(),
            model_id: self.kiosk.models.scalar,
            manifest: self.kiosk.models.manifest,
            duration_ms: self.duration_ms,
            time: self.captured_at,
        })
        .map_err(|error| Trouble::internal("report", error))?;
        let capture = Capture {
            probe_commitment: field::to_bytes(&commitment),
            report_digest: digest.0,
            manifest_digest: self.kiosk.models.manifest,
        };
        let turn = self.held.turn.lock().await.clone();
        let token = present(turn.as_ref())?.attest(capture).await?;
        self.attested = Some(Attested { token: token.bytes, report, commitment, blinding });
        // Unrotated embeddings are of no further use.
        self.evidence = None;
        crash::point("session.attested");
        Ok(Event::AttestationMade)
    }

    async fn prove(&mut self) -> Result<Event, Trouble> {
        let enrolled = enrolled(&self.kiosk, &self.spec.validator).await?;
        let epoch = self.kiosk.ledger.registry().current();
        let epoch =
            epoch.ok_or_else(|| Trouble::internal("no_epoch", "no registry epoch is in force here"))?;
        let path = epoch.path(&enrolled.leaf).ok_or_else(|| {
            Trouble::internal("not_registered", "the validator's leaf is not in the registry epoch in force")
        })?;
        let secrets = present(self.secrets.as_ref())?;
        let attested = present(self.attested.as_ref())?;
        let signal = binding::signal(&Signal {
            log: self.kiosk.ledger.journal().origin(),
            verdict: self.spec.verdict,
            decision: HumanDecision::Approve,
            ueid: &present(self.known.as_ref())?.identity.ueid,
            challenge: Digest(self.challenge),
            epoch: epoch.id,
            chains: &self.chains,
        });
        let request_id = binding::request_id(&self.spec.request);
        let public = PublicInputs {
            root: epoch.root(),
            nullifier: commitment::nullifier(&secrets.secret, &request_id),
            probe: attested.commitment,
            request_id,
            signal,
            model_id: self.kiosk.models.model_id,
            validator_key: binding::validator_key(&self.spec.validator),
            tau_face: self.tau.0,
            tau_voice: self.tau.1,
        };
        let private = PrivateInputs {
            secret: secrets.secret,
            template_blinding: secrets.blinding,
            probe_blinding: *attested.blinding,
            template: secrets.template.clone(),
            probe: present(self.probe.as_ref())?.clone(),
            path,
        };
        self.proof = Some(prove(&self.kiosk, public, private).await?);
        self.epoch = Some(epoch);
        self.probe = None;
        crash::point("session.proved");
        Ok(Event::ProofMade)
    }

    async fn cosign(&mut self) -> Result<Event, Trouble> {
        // Taken, not borrowed: the secrets are wiped as soon as the signature is made.
        let secrets = present(self.secrets.take())?;
        let attested = present(self.attested.take())?;
        let cosignature = CoSignature {
            request: self.spec.request,
            verdict: self.spec.verdict,
            decision: HumanDecision::Approve,
            proof: present(self.proof.take())?,
            attestation: Blob(attested.token),
            chain: present(self.known.as_ref())?.certificate.clone(),
            report: Blob(attested.report),
            epoch: present(self.epoch.as_ref())?.id,
            validator: self.spec.validator,
            custody: Custody::Kiosk,
            time: now(),
        };
        let signed = Signed::sign(cosignature, &secrets.key).map_err(|e| Trouble::internal("sign", e))?;
        drop(secrets);
        let kept = self.kiosk.books(move |ledger| ledger.keep_cosignature(signed, now()));
        self.cosignature = Some(kept.await.map_err(Trouble::store)?);
        Ok(Event::CoSignatureDurable)
    }

    async fn log(&mut self) -> Result<Event, Trouble> {
        let (id, request) = (present(self.cosignature.as_ref())?.id(), self.spec.request);
        let logged = self.kiosk.books(move |ledger| ledger.log_cosignature(&id, &request, now())).await;
        logged.map_err(|error| Trouble { fault: Fault::Log, text: error.to_string() })?;
        Ok(Event::LogSynced)
    }

    async fn sign_decline(&mut self, reason: &str) -> Result<Event, Trouble> {
        let binding = SessionBinding {
            request_id: self.spec.request.0,
            verdict_id: self.spec.verdict.0,
            validator_key: self.spec.validator.0,
        };
        begin(&self.kiosk, &self.held, binding).await?;
        let secrets = unseal(&self.kiosk, &self.held, &self.spec.validator).await?;
        self.held.end_element().await;
        let decline = super::decline(&self.spec, reason, &secrets.key);
        drop(secrets);
        let decline = decline.map_err(|error| Trouble::internal("sign", error))?;
        let kept = self.kiosk.books(move |ledger| ledger.keep_decline(decline, now()));
        self.decline = Some(kept.await.map_err(Trouble::store)?);
        Ok(Event::DeclineDurable)
    }

    async fn log_decline(&mut self) -> Result<Event, Trouble> {
        let (id, request) = (present(self.decline.as_ref())?.id(), self.spec.request);
        let logged = self.kiosk.books(move |ledger| ledger.log_decline(&id, &request)).await;
        logged.map_err(|error| Trouble { fault: Fault::Log, text: error.to_string() })?;
        Ok(Event::DeclineLogged)
    }
}
