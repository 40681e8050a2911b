//! Enrols a person: consent, two captures, a search for duplicates, a record for the registrar.
//!
//! Each capture is a session of the secure element of its own, over (consent receipt id, consent receipt id, validator
//! key). Nothing is stored before the second capture matched the template of the first; a person whose face an enrolment
//! of this kiosk already knows is refused. Keys, secret, blindings and rotation seed are drawn from the operating system's
//! random source and leave this process only sealed to the element.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use ed25519_dalek::SigningKey;
use tokio::{sync::OwnedMutexGuard, time::timeout};
use wetsign_attest::{
    Signed,
    binding::{self, Signal},
    id::{Blob, Digest, Id, PublicKey},
    object::{AttestedCapture, ConsentReceipt, DuplicateSearch, EnrolmentRecord, HumanDecision, MatchProof},
};
use wetsign_circuits::{
    Features, Fr, PrivateInputs, PublicInputs, Registry as Tree, Shape, commitment, field,
};
use wetsign_models::{
    Gate, Measure, all_passed, derive, first_failure, mandatory_gates, template::cosine_i8,
};
use wetsign_sensor_ipc::{Part, Source};
use zeroize::Zeroizing;

use crate::{
    conduct::{Held, parts},
    element::{Capture, SessionBinding},
    element_desk::Known,
    evidence::{self, Evidence, ReportParts},
    feed::{Feed, Happening},
    keys,
    kiosk::{Kiosk, now},
    notice::{Ending, Notice},
    records::{self, Enrolled},
    session::{Fault, Reason},
    store::{Batch, Table},
    vault::{self, Embedding, Secrets},
};
use parts::{Trouble, present};

/// Who is to be enrolled.
#[derive(Debug, Clone)]
pub struct Candidate {
    /// What the kiosk calls the person on its own screen.
    pub label: String,
    /// The text that the person agreed to.
    pub consent: String,
    /// Where frames and sound come from.
    pub source: Source,
}

/// Why a person was not enrolled.
struct Refused {
    stage: &'static str,
    code: String,
    text: String,
    ending: Ending,
}

impl From<Trouble> for Refused {
    fn from(trouble: Trouble) -> Self {
        let reason = Reason::Fault(trouble.fault);
        let stage = if matches!(reason, Reason::Fault(Fault::Element(_))) { "element" } else { "failure" };
        Self { stage, code: reason.code(), text: trouble.text, ending: reason.ending() }
    }
}

impl Refused {
    fn because(reason: &Reason, text: String) -> Self {
        Self { stage: "failure", code: reason.code(), text, ending: reason.ending() }
    }

    /// The client went away.
    fn left() -> Self {
        Self::because(&Reason::Cancelled, "nobody follows this enrolment any more".into())
    }

    fn too_late(step: &'static str, limit: Duration) -> Self {
        let text = format!("the capture did not end within {} s", limit.as_secs());
        Self { stage: "timeout", ..Self::because(&Reason::TimedOut(step), text) }
    }

    fn gate(stage: &'static str, gate: &Gate) -> Self {
        let name = gate.name.clone();
        let reason = if gate.value.is_some() { Reason::GateFailed(name) } else { Reason::GateMissing(name) };
        Self { stage, code: reason.code(), text: format!("{gate:?}"), ending: reason.ending() }
    }
}

/// Enrols a person, who holds `alone` meanwhile: [`Kiosk::enrolling`]. The feed is closed when it returns. When nobody
/// follows the feed any more, camera and element are closed and nothing is stored.
pub async fn enrol(kiosk: Arc<Kiosk>, candidate: Candidate, feed: Arc<Feed>, alone: OwnedMutexGuard<()>) {
    let held = Held::default();
    let mut times = Vec::new();
    let mut enrolment = Enrolment { kiosk: &kiosk, feed: &feed, held: &held, times: &mut times };
    let gathered = tokio::select! {
        gathered = enrolment.gather(candidate) => gathered,
        () = feed.abandoned() => Err(Refused::left()),
    };
    held.close_source().await;
    held.end_element().await;
    // From here on it is not stopped any more: it is stored whole.
    let outcome = match gathered {
        Ok(gathered) => enrolment.keep(gathered).await,
        Err(refused) => Err(refused),
    };
    drop(alone);
    match outcome {
        Ok(()) => {
            feed.push(Happening::State("enrolled"));
            feed.push(Happening::Tell(Notice::Enrolled, None));
        }
        Err(Refused { stage, code, text, ending }) => {
            tracing::info!(%code, %text, "enrolment refused");
            feed.push(Happening::State("refused"));
            feed.push(Happening::Refused { stage, code, text, refusal: Vec::new() });
            feed.push(Happening::Tell(Notice::Refused(ending), None));
        }
    }
    feed.push(Happening::Times(times));
    feed.close();
}

struct Enrolment<'a> {
    kiosk: &'a Arc<Kiosk>,
    feed: &'a Feed,
    held: &'a Held,
    times: &'a mut Vec<(&'static str, u64)>,
}

/// One capture that passed its gates.
struct Taken {
    evidence: Evidence,
    gates: Vec<Gate>,
    challenge: [u8; 32],
    parts: ReportSource,
}

/// An enrolment that only has to be stored.
struct Gathered {
    label: String,
    secrets: Secrets,
    consent: Signed<ConsentReceipt>,
    record: EnrolmentRecord,
}

struct ReportSource {
    opened: wetsign_sensor_ipc::SourceOpened,
    repertoire: wetsign_models::Repertoire,
    plan: wetsign_models::ChallengePlan,
    duration_ms: u64,
    time: u64,
}

/// A capture that the element signed.
struct Signature {
    capture: AttestedCapture,
    commitment: Fr,
    blinding: Zeroizing<Fr>,
}

impl Enrolment<'_> {
    /// Everything up to the record, which is signed and stored by [`Enrolment::keep`].
    async fn gather(&mut self, candidate: Candidate) -> Result<Gathered, Refused> {
        if candidate.consent.trim().is_empty() {
            return Err(Refused {
                stage: "failure",
                code: Reason::NoConsent.code(),
                text: "an enrolment needs the consent text that the person agreed to".into(),
                ending: Ending::NoConsent,
            });
        }
        let known = self.kiosk.element_known().await.map_err(Trouble::from)?;
        let mut secrets = fresh_secrets()?;
        let validator = PublicKey::from(&secrets.key);
        let consent = self.consent(&candidate, &secrets.key)?;
        let session = SessionBinding {
            request_id: consent.id().0,
            verdict_id: consent.id().0,
            validator_key: validator.0,
        };

        let first = self.capture(&candidate.source, Part::Enrol, session, "enrol").await?;
        let searched = self.search(&first.evidence.embedding).await?;
        secrets.template = secrets
            .probe(&first.evidence.embedding)
            .ok_or_else(|| Trouble::internal("embedding", "the sensor gave no whole embedding"))?;
        let first = self.attest(&known, first, &secrets.template, &[]).await?;
        self.held.end_element().await;

        self.feed.push(Happening::Tell(Notice::Again, None));
        let second = self.capture(&candidate.source, Part::Confirm, session, "confirm").await?;
        let challenge = second.challenge;
        let probe = secrets.probe(&second.evidence.embedding);
        let gates = evidence::compare(&secrets.template, probe.as_ref(), &self.kiosk.thresholds);
        self.feed.push(Happening::Gates(gates.clone()));
        if !all_passed(&gates) {
            let failed =
                first_failure(&gates).ok_or_else(|| Trouble::internal("gates", "no gate was judged"))?;
            return Err(Refused::gate("match", failed));
        }
        let probe = present(probe)?;
        let second = self.attest(&known, second, &probe, &gates).await?;
        self.held.end_element().await;

        let leaf = self.leaf(&secrets);
        let started = Instant::now();
        let statement = Statement { consent: consent.id(), challenge, ueid: &known.identity.ueid, leaf };
        let proof = self.prove(&secrets, probe, &second, statement).await?;
        self.times.push(("enrol.prove", started.elapsed().as_millis() as u64));
        let record = EnrolmentRecord {
            leaf: binding::scalar(&leaf),
            validator,
            first: first.capture,
            second: second.capture,
            proof,
            duplicates: searched,
            consent: consent.id(),
            kiosk: PublicKey::from(&self.kiosk.ledger.keys().kiosk),
            time: now(),
        };
        Ok(Gathered { label: candidate.label, secrets, consent, record })
    }

    fn consent(&self, candidate: &Candidate, key: &SigningKey) -> Result<Signed<ConsentReceipt>, Trouble> {
        let receipt = ConsentReceipt {
            validator: PublicKey::from(key),
            kiosk: PublicKey::from(&self.kiosk.ledger.keys().kiosk),
            text: candidate.consent.clone(),
            language: "en".into(),
            time: now(),
        };
        Signed::sign(receipt, key).map_err(|error| Trouble::internal("consent", error))
    }

    /// One capture in an element session of its own, within the time that a session has for it.
    async fn capture(
        &mut self,
        source: &Source,
        part: Part,
        session: SessionBinding,
        name: &'static str,
    ) -> Result<Taken, Refused> {
        let limits = &self.kiosk.config.session;
        let limit = Duration::from_secs(limits.open_s + limits.challenge_s);
        timeout(limit, self.take(source, part, session, name))
            .await
            .unwrap_or_else(|_| Err(Refused::too_late(name, limit)))
    }

    /// Refuses unless every gate passed.
    async fn take(
        &mut self,
        source: &Source,
        part: Part,
        session: SessionBinding,
        name: &'static str,
    ) -> Result<Taken, Refused> {
        self.feed.push(Happening::State(name));
        self.feed.push(Happening::Tell(Notice::Opening, None));
        let started = Instant::now();
        let (opened, repertoire) = parts::open(self.kiosk, self.held, source.clone(), part).await?;
        let challenge = parts::begin(self.kiosk, self.held, session).await?;
        let plan = derive(&challenge, &repertoire);
        self.feed.push(Happening::Tell(Notice::Capturing, None));
        let capturing = Instant::now();
        let captured = parts::capture(self.kiosk, self.held, self.feed, &plan).await?;
        let duration_ms = capturing.elapsed().as_millis() as u64;
        self.held.close_source().await;
        self.feed.push(Happening::Tell(Notice::CameraClosed, None));
        let evidence = Evidence::take(captured);
        let gates = evidence.judge(&plan, &self.kiosk.thresholds);
        self.feed.push(Happening::Gates(gates.clone()));
        self.times.push((
            if part == Part::Enrol { "enrol.capture" } else { "confirm.capture" },
            started.elapsed().as_millis() as u64,
        ));
        if let Some(failed) = first_failure(&gates) {
            return Err(Refused::gate("liveness", failed));
        }
        let matching = [Measure::FaceMatch.name(), Measure::VoiceMatch.name()];
        let missing = mandatory_gates(&plan)
            .into_iter()
            .find(|name| !matching.contains(name) && !gates.iter().any(|gate| gate.name == *name));
        if let Some(missing) = missing {
            return Err(Trouble::internal("gate_missing", format!("gate {missing} was not judged")).into());
        }
        let parts = ReportSource { opened, repertoire, plan, duration_ms, time: now() };
        Ok(Taken { evidence, gates, challenge, parts })
    }

    /// Looks for the face among the enrolments of this kiosk, inside the open element session.
    async fn search(&mut self, embedding: &Embedding) -> Result<DuplicateSearch, Refused> {
        let started = Instant::now();
        let bound = self.kiosk.thresholds.bound(Measure::FaceMatch).map_or(1000, |bound| bound.bound);
        let rows = self.kiosk.books(|ledger| Ok(ledger.store().scan(Table::Enrolment, b"")?)).await;
        let rows = rows.map_err(Trouble::store)?;
        for (key, _) in &rows {
            let validator = PublicKey::try_from(key.as_slice()).map_err(Trouble::store)?;
            let other = parts::unseal(self.kiosk, self.held, &validator).await?;
            // The probe is turned by the other enrolment's own rotation: two rotations cannot be compared.
            let turned = other
                .probe(embedding)
                .ok_or_else(|| Trouble::internal("embedding", "the sensor gave no whole embedding"))?;
            let similarity = (cosine_i8(&other.template.face, &turned.face) * 1000.0).round() as i32;
            if similarity >= bound {
                return Err(Refused {
                    stage: "match",
                    code: "duplicate".into(),
                    // Under which key stays here: feed and log would tell who the person is.
                    text: "this face is enrolled here already".into(),
                    ending: Ending::NotYou,
                });
            }
        }
        self.times.push(("enrol.search", started.elapsed().as_millis() as u64));
        Ok(DuplicateSearch { compared: rows.len() as u64, bound, found: false })
    }

    async fn attest(
        &mut self,
        known: &Known,
        taken: Taken,
        probe: &Features,
        match_gates: &[Gate],
    ) -> Result<Signature, Trouble> {
        self.feed.push(Happening::Tell(Notice::Attesting, None));
        let blinding = field::random().map_err(|error| Trouble::internal("random", error))?;
        let blinding = Zeroizing::new(blinding);
        let commitment = commitment::probe(&self.kiosk.models.model_id, probe, &blinding);
        let mut gates = taken.gates;
        gates.extend_from_slice(match_gates);
        let (report, digest) = evidence::report(&ReportParts {
            source: &taken.parts.opened,
            repertoire: &taken.parts.repertoire,
            challenge: taken.challenge,
            plan: &taken.parts.plan,
            gates: &gates,
            not_shown: &taken.evidence.not_shown,
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
            certificate: known.certificate.clone(),
            report: Blob(report),
        };
        Ok(Signature { capture, commitment, blinding })
    }

    fn leaf(&self, secrets: &Secrets) -> Fr {
        let template =
            commitment::template(&self.kiosk.models.model_id, &secrets.template, &secrets.blinding);
        let validator = binding::validator_key(&PublicKey::from(&secrets.key));
        commitment::leaf(&secrets.secret, &template, &validator)
    }

    /// Proves that the second capture matches the template, against a registry that holds this leaf alone.
    async fn prove(
        &self,
        secrets: &Secrets,
        probe: Features,
        second: &Signature,
        statement: Statement<'_>,
    ) -> Result<MatchProof, Trouble> {
        let wrong = |error: wetsign_circuits::RegistryError| Trouble::internal("registry", error);
        let mut alone = Tree::new(Shape::DEFAULT.levels).map_err(wrong)?;
        alone.set(0, statement.leaf).map_err(wrong)?;
        let request_id = binding::request_id(&statement.consent);
        let signal = binding::signal(&Signal {
            verdict: statement.consent,
            decision: HumanDecision::Approve,
            ueid: statement.ueid,
            challenge: Digest(statement.challenge),
            // No epoch holds the leaf yet.
            epoch: Id::ZERO,
            chains: &[],
        });
        let public = PublicInputs {
            root: alone.root(),
            nullifier: commitment::nullifier(&secrets.secret, &request_id),
            probe: second.commitment,
            request_id,
            signal,
            model_id: self.kiosk.models.model_id,
            validator_key: binding::validator_key(&PublicKey::from(&secrets.key)),
            tau_face: self.kiosk.thresholds.tau_face(),
            tau_voice: self.kiosk.thresholds.tau_voice(),
        };
        let private = PrivateInputs {
            secret: secrets.secret,
            template_blinding: secrets.blinding,
            probe_blinding: *second.blinding,
            template: secrets.template.clone(),
            probe,
            path: alone.path(0).map_err(wrong)?,
        };
        self.feed.push(Happening::Tell(Notice::Proving, None));
        parts::prove(self.kiosk, public, private).await
    }

    /// Seals the secrets, stores everything in one durable batch, logs the record.
    async fn keep(&self, gathered: Gathered) -> Result<(), Refused> {
        let Gathered { label, secrets, consent, record } = gathered;
        let validator = record.validator;
        let turn = self.kiosk.element.turn().await.map_err(Trouble::from)?;
        let sealed =
            turn.seal(&vault::label(&validator), &secrets.to_bytes()).await.map_err(Trouble::from)?;
        drop((turn, secrets));
        let kept = self.kiosk.books(move |ledger| {
            let record = Signed::sign(record, &ledger.keys().kiosk)?;
            let enrolled = Enrolled {
                label,
                leaf: record.payload().leaf,
                record: record.bytes().into(),
                consent: consent.bytes().into(),
                sealed: sealed.into(),
                time: record.payload().time,
            };
            let mut batch = Batch::new();
            batch.put(Table::Enrolment, &validator.0, &records::encode(&enrolled));
            ledger.keep_enrolment(&record, batch)?;
            Ok(record)
        });
        let record = kept.await.map_err(Trouble::store)?;
        self.feed.push(Happening::Enrolled {
            record: record.bytes().to_vec(),
            validator,
            leaf: record.payload().leaf,
        });
        Ok(())
    }
}

struct Statement<'a> {
    consent: Id,
    challenge: [u8; 32],
    ueid: &'a [u8],
    leaf: Fr,
}

/// Everything secret, new; the template is still blank.
fn fresh_secrets() -> Result<Secrets, Trouble> {
    let wrong = |error: keys::KeysError| Trouble::internal("random", error);
    let element = || field::random().map_err(|error| Trouble::internal("random", error));
    Ok(Secrets {
        key: SigningKey::from_bytes(&*keys::random().map_err(wrong)?),
        secret: element()?,
        blinding: element()?,
        rotation: keys::random().map_err(wrong)?,
        template: Features { face: Vec::new(), voice: Vec::new() },
    })
}
