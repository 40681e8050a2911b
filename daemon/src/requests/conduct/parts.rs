//! What a session and an enrolment do alike with the kiosk's parts: sensor, element, books, prover.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::sync::mpsc;
use wetsign_attest::{
    binding,
    id::{Blob, PublicKey, Scalar},
    object::MatchProof,
    passkey::Presence,
};
use wetsign_circuits::{Cancel, PrivateInputs, ProveError, PublicInputs, StatementError};
use wetsign_liveness::{ChallengePlan, Needs, Repertoire, light::Colour};
use wetsign_sensor_ipc::{Captured, Hint, SourceOpened};

use super::Held;
use crate::{
    element::desk::{self, Known, Turn},
    element::{ElementError, SessionBinding},
    kiosk::Kiosk,
    people::pairing::NoDevices,
    people::vault::{self, Credential, Part, Template, VaultError},
    requests::session::Fault,
    secret::{Secret, wiped},
    sensor::shine::{self, Page},
    sensor::{self, Claim, SensorError, Update},
    serve::feed::{Feed, Happening},
    store::records::{self, Enrolled},
    store::{Batch, Table},
};

/// A step that went wrong: what the machine is told, and what the operator reads.
pub(crate) struct Trouble {
    pub(crate) fault: Fault,
    pub(crate) text: String,
}

impl Trouble {
    pub(crate) fn internal(code: &'static str, error: impl std::fmt::Display) -> Self {
        Self { fault: Fault::Internal(code), text: error.to_string() }
    }

    pub(crate) fn store(error: impl std::fmt::Display) -> Self {
        Self { fault: Fault::Store, text: error.to_string() }
    }
}

impl From<SensorError> for Trouble {
    fn from(error: SensorError) -> Self {
        Self { fault: Fault::Sensor(error.code().into()), text: error.to_string() }
    }
}

impl From<ElementError> for Trouble {
    fn from(error: ElementError) -> Self {
        Self { fault: Fault::Element(desk::code(&error).into()), text: error.to_string() }
    }
}

impl From<NoDevices> for Trouble {
    fn from(error: NoDevices) -> Self {
        Self { fault: Fault::Device("pairing"), text: error.to_string() }
    }
}

impl From<VaultError> for Trouble {
    fn from(error: VaultError) -> Self {
        Self::internal("vault", error)
    }
}

/// Opens the source; the claim stays with `held`.
pub(crate) async fn open(
    kiosk: &Kiosk,
    held: &Held,
    source: wetsign_sensor_ipc::Source,
    part: wetsign_sensor_ipc::Part,
    needs: &Needs,
) -> Result<(SourceOpened, Repertoire), Trouble> {
    let claim = Arc::new(kiosk.sensor.claim().await?);
    *held.claim.lock().await = Some(Arc::clone(&claim));
    let opened = claim.open(source, part).await?;
    if opened.simulated && !kiosk.config.sensor.allow_simulated {
        return Err(Trouble {
            fault: Fault::Sensor("simulated".into()),
            text: "this kiosk's configuration does not allow simulated sources".into(),
        });
    }
    let repertoire = sensor::repertoire(&opened, needs);
    Ok((opened, repertoire))
}

/// The element, if what it signs can count: its case closed, its certificates its own.
pub(crate) async fn fit_element(kiosk: &Kiosk) -> Result<Known, Trouble> {
    let known = kiosk.element_known().await?;
    match known.identity.tamper {
        0 => {}
        lines => return Err(ElementError::Tampered { lines }.into()),
    }
    match known.uncertified() {
        None => Ok(known),
        Some(text) => Err(Trouble { fault: Fault::Element("uncertified".into()), text }),
    }
}

/// How long an element that has begun many sessions lately is waited for. Its budget gains one every two seconds.
const PACE: Duration = Duration::from_secs(5);

/// Takes the element's turn and begins its session; the turn stays with `held`. Waits a little for the element's
/// budget.
pub(crate) async fn begin(kiosk: &Kiosk, held: &Held, binding: SessionBinding) -> Result<[u8; 32], Trouble> {
    let present = held.turn.lock().await.clone();
    let turn = if let Some(turn) = present {
        turn
    } else {
        let turn = Arc::new(kiosk.element.turn().await?);
        *held.turn.lock().await = Some(Arc::clone(&turn));
        turn
    };
    let until = Instant::now() + PACE;
    loop {
        let error = match turn.begin(binding).await {
            Ok(challenge) => return Ok(challenge),
            Err(error) => error,
        };
        match error.retry_after() {
            Some(wait) if Instant::now() + wait <= until => tokio::time::sleep(wait).await,
            _ => return Err(error.into()),
        }
    }
}

/// Shines `light`, shows the prompts and records, for a template where it `enrols`; tells the feed meanwhile.
pub(crate) async fn capture(
    kiosk: &Kiosk,
    held: &Held,
    feed: &Feed,
    (plan, enrols): (&ChallengePlan, bool),
    light: Vec<Colour>,
) -> Result<Captured, Trouble> {
    let claim = held.claim.lock().await.clone();
    let claim: Arc<Claim> = present(claim)?;
    let prompts = plan.prompts.iter().map(sensor::prompt_message).collect();
    let budget = Duration::from_secs(kiosk.config.session.challenge_s.saturating_sub(5).max(5));
    let colours: Vec<_> = light.iter().copied().map(shine::to_wire).collect();
    let mut page = Page::new(light);
    let lit = page.shines();
    let (give, mut take) = mpsc::channel(32);
    let mut shown = None;
    let mut told = None;
    let mut tell = |update| match update {
        Update::Preview(preview) => feed.push(Happening::Preview(preview.jpeg)),
        Update::Progress(progress) => {
            let index = progress.prompt_index;
            // Who sees the first prompt already does not look ahead any more.
            let early =
                lit && shown.is_none() && !matches!(progress.hint(), Hint::FollowPrompt | Hint::Speak);
            if !early
                && shown != Some(index)
                && let Some(prompt) = plan.prompts.get(index as usize)
            {
                shown = Some(index);
                feed.push(Happening::Prompt(index, plan.prompts.len() as u32, prompt.clone()));
            }
            if told != Some(progress.hint) {
                told = Some(progress.hint);
                if let Some(notice) = sensor::hint_notice(progress.hint) {
                    feed.push(Happening::Tell(notice, Some(progress.fraction.min(1000))));
                }
            }
        }
    };
    let capturing = claim.capture((prompts, enrols), &colours, budget, &give);
    tokio::pin!(capturing);
    loop {
        tokio::select! {
            done = &mut capturing => {
                if let Some(dark) = page.stop() {
                    feed.push(dark);
                }
                while let Ok(update) = take.try_recv() {
                    tell(update);
                }
                return Ok(done?);
            }
            Some(update) = take.recv() => {
                if matches!(&update, Update::Progress(progress) if progress.hint() == Hint::ScreenLight) {
                    page.begin();
                }
                tell(update);
            }
            change = page.next() => feed.push(change),
        }
    }
}

/// Refuses a passkey's signature that was asked for by a page that no verifier of this kiosk's believes: kept, it would
/// be the validator's one answer, and count for nobody.
pub(crate) fn asked_by_ours(kiosk: &Kiosk, presence: Option<&Presence>) -> Result<(), Trouble> {
    let parties = &kiosk.config.hub.relying_parties;
    match presence {
        Some(presence) if !parties.iter().any(|party| party.asked(presence)) => {
            let text = format!(
                "the passkey was asked at {}, which is no page of hub.relying_parties: sign on one of theirs",
                presence.origin
            );
            Err(Trouble { fault: Fault::Device("relying_party"), text })
        }
        _ => Ok(()),
    }
}

/// The stored enrolment of a validator.
pub(crate) async fn enrolled(kiosk: &Kiosk, validator: &PublicKey) -> Result<Enrolled, Trouble> {
    let key = *validator;
    let bytes = kiosk.books(move |ledger| Ok(ledger.store().get(Table::Enrolment, key.as_bytes())?)).await;
    let bytes = bytes.map_err(Trouble::store)?;
    let bytes =
        bytes.ok_or_else(|| Trouble::internal("not_enrolled", "the validator is not enrolled here"))?;
    records::decode(&bytes).ok_or_else(|| Trouble::store("the enrolment cannot be read"))
}

/// A validator's template, unsealed inside the open session.
pub(crate) async fn template(kiosk: &Kiosk, held: &Held, validator: &PublicKey) -> Result<Template, Trouble> {
    let sealed = |enrolled: Enrolled| enrolled.template;
    Ok(Template::read(unseal(kiosk, held, validator, Part::Template, sealed).await?)?)
}

/// What a validator signs and proves with, unsealed inside the open session.
pub(crate) async fn credential(
    kiosk: &Kiosk,
    held: &Held,
    validator: &PublicKey,
) -> Result<Credential, Trouble> {
    let sealed = |enrolled: Enrolled| enrolled.credential;
    Ok(Credential::read(unseal(kiosk, held, validator, Part::Credential, sealed).await?)?)
}

async fn unseal(
    kiosk: &Kiosk,
    held: &Held,
    validator: &PublicKey,
    part: Part,
    sealed: fn(Enrolled) -> Blob,
) -> Result<Secret, Trouble> {
    let turn = present(held.turn.lock().await.clone())?;
    let mut enrolled = enrolled(kiosk, validator).await?;
    if enrolled.is_together() {
        enrolled = seal_apart(kiosk, &turn, validator, enrolled).await?;
    }
    Ok(turn.unseal(&part.label(validator), &sealed(enrolled).0).await?)
}

/// Seals apart what an older program sealed together, inside the open session, and keeps it so.
pub(crate) async fn seal_apart(
    kiosk: &Kiosk,
    turn: &Turn,
    validator: &PublicKey,
    mut enrolled: Enrolled,
) -> Result<Enrolled, Trouble> {
    let together = turn.unseal(&Part::Together.label(validator), &enrolled.together.0).await?;
    let (credential, template) = vault::apart(&together)?;
    drop(together);
    (enrolled.credential, enrolled.template) = seal(turn, validator, &credential, &template).await?;
    enrolled.together = Blob::default();
    let mut batch = Batch::new();
    batch.put(Table::Enrolment, validator.as_bytes(), &records::encode(&enrolled));
    kiosk.books(move |ledger| Ok(ledger.store().commit(&batch)?)).await.map_err(Trouble::store)?;
    Ok(enrolled)
}

/// Seals the two parts, each under a label of its own.
pub(crate) async fn seal(
    turn: &Turn,
    validator: &PublicKey,
    credential: &Credential,
    template: &Template,
) -> Result<(Blob, Blob), ElementError> {
    let kept = turn.seal(&Part::Credential.label(validator), credential.as_bytes()).await?;
    let seen = turn.seal(&Part::Template.label(validator), template.as_bytes()).await?;
    Ok((kept.into(), seen.into()))
}

/// Makes a match proof on the prover's threads, of what `private` gathers there. It stops when nobody waits for it any
/// more.
pub(crate) async fn prove(
    kiosk: &Kiosk,
    public: PublicInputs,
    private: impl FnOnce() -> PrivateInputs + Send + 'static,
) -> Result<MatchProof, Trouble> {
    let prover = Arc::clone(&kiosk.prover);
    let cancel = Cancel::default();
    let _waiting = cancel.guard();
    let made = tokio::task::spawn_blocking(move || {
        let proof = wiped(|| prover.prove(&public, &private(), &cancel))?;
        let inputs = public.to_fields().iter().map(binding::scalar).collect::<Vec<Scalar>>();
        Ok::<_, ProveError>((proof, inputs))
    });
    let made = made.await.map_err(|error| Trouble::internal("prover", error))?;
    let (proof, inputs) = made.map_err(|error| unproved(&error))?;
    Ok(MatchProof {
        proof: Blob(proof.to_bytes().to_vec()),
        inputs,
        verifying_key: kiosk.verifying_key_digest(),
    })
}

/// Clients read fixed words here; the log says which part of the statement did not hold.
fn unproved(error: &ProveError) -> Trouble {
    tracing::warn!(%error, "no match proof");
    let (fault, text) = match error {
        ProveError::Statement(StatementError::Similarity { .. } | StatementError::Faint { .. }) => {
            (Fault::Match, "face or voice is not like enough to the enrolment for the rules of this request")
        }
        _ => (Fault::Proof, "the match proof could not be made: the kiosk's log says why"),
    };
    Trouble { fault, text: text.into() }
}

/// What an earlier step must have left; the machine's order makes sure of it.
pub(crate) fn present<T>(value: Option<T>) -> Result<T, Trouble> {
    value.ok_or_else(out_of_order)
}

/// A step that came before the one that it needs.
pub(crate) fn out_of_order() -> Trouble {
    Trouble::internal("order", "a step came before the one that it needs")
}
