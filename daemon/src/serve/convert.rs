//! Between the interface's types and ours.

use std::path::Path;

use tonic::{Code, Status};
use wetsign_api::v1::{self, session_event::Event};
use wetsign_attest::{
    id::{Id, PublicKey},
    object::{Parameters, RefusalStage},
};
use wetsign_liveness::{Ability, Gate, Needs, Sense};
use wetsign_sensor_ipc as ipc;

use crate::{
    error::LedgerError,
    requests::ledger::{RequestView, Standing},
    requests::session::Phase,
    sensor::SensorError,
    serve::feed::{Entry, Happening, Shone},
    serve::running::SessionsError,
    store::StoreError,
    store::journal::JournalError,
};

pub(super) fn status(error: LedgerError) -> Status {
    let words = crate::causes::words(&error);
    match error {
        LedgerError::Withdrawn { withdrawal, .. } => {
            Status::with_details(Code::FailedPrecondition, words, withdrawal.into())
        }
        LedgerError::Object(_) | LedgerError::Rules(_) | LedgerError::Invalid(_) => {
            Status::invalid_argument(words)
        }
        LedgerError::State(_) | LedgerError::Origin { .. } => Status::failed_precondition(words),
        LedgerError::NotFound { .. } => Status::not_found(words),
        LedgerError::Later { seconds, .. } => later(words, seconds),
        LedgerError::Stored { .. } | LedgerError::Layout { .. } => Status::data_loss(words),
        LedgerError::NoRoom(_)
        | LedgerError::Store(StoreError::Full { .. })
        | LedgerError::Journal(JournalError::Store(StoreError::Full { .. })) => {
            Status::resource_exhausted(words)
        }
        LedgerError::Store(_) | LedgerError::Journal(_) => {
            tracing::error!(error = %words, "store or log failed");
            Status::unavailable(words)
        }
        LedgerError::Stopped => Status::unavailable(words),
    }
}

/// Who has to wait is told for how long, also in a form for programs.
fn later(words: String, seconds: Option<u64>) -> Status {
    let mut status = Status::resource_exhausted(words);
    if let Some(seconds) = seconds {
        status.metadata_mut().insert("retry-after-s", seconds.into());
    }
    status
}

/// What was agreed on, as clients are told it.
pub(super) fn agreed(agreed: &Parameters) -> v1::AgreedParameters {
    v1::AgreedParameters {
        chain_id: agreed.chain_id,
        block: agreed.block,
        hash: agreed.hash.0.to_vec(),
        from_epoch: agreed.from_epoch,
        kiosks: agreed.kiosks,
        operators: agreed.operators,
        least_face: agreed.least_face,
        least_voice: agreed.least_voice,
        least_operator: agreed.least_operator.to_string(),
        least_kiosk: agreed.least_kiosk.to_string(),
        least_validator: agreed.least_validator.to_string(),
        keys: agreed.keys.iter().map(|key| key.0.to_vec()).collect(),
        models: agreed.models.iter().map(|model| model.0.to_vec()).collect(),
    }
}

pub(super) fn sensor_status(error: SensorError) -> Status {
    Status::unavailable(error.to_string())
}

pub(super) fn session_status(error: SessionsError) -> Status {
    let words = error.to_string();
    match error {
        SessionsError::TooMany | SessionsError::Busy(_) => Status::resource_exhausted(words),
        SessionsError::Twice(_) => Status::already_exists(words),
        SessionsError::Unknown(_) => Status::not_found(words),
        SessionsError::Ended(_) => Status::failed_precondition(words),
        SessionsError::Random => Status::internal(words),
    }
}

pub(super) fn id(bytes: &[u8]) -> Result<Id, Status> {
    Id::try_from(bytes).map_err(|error| Status::invalid_argument(error.to_string()))
}

pub(super) fn public_key(bytes: &[u8]) -> Result<PublicKey, Status> {
    PublicKey::try_from(bytes).map_err(|error| Status::invalid_argument(error.to_string()))
}

/// What the person before a live source cannot do; recordings are asked for what they show.
pub(super) fn needs(source: Option<&v1::Source>) -> Result<Needs, Status> {
    let Some(v1::source::Kind::Live(live)) = source.and_then(|source| source.kind.as_ref()) else {
        return Ok(Needs::default());
    };
    let cannot = live.cannot().map(|ability| match ability {
        v1::Ability::Turn => Ok(Ability::Turn),
        v1::Ability::Nod => Ok(Ability::Nod),
        v1::Ability::ComeCloser => Ok(Ability::ComeCloser),
        v1::Ability::Mouth => Ok(Ability::Mouth),
        v1::Ability::Blink => Ok(Ability::Blink),
        v1::Ability::Unspecified => {
            Err(Status::invalid_argument("cannot: an ability that this kiosk does not know"))
        }
    });
    Needs::new(cannot.collect::<Result<Vec<_>, _>>()?)
        .map_err(|error| Status::invalid_argument(format!("cannot: {error}")))
}

/// Whether the page shines: where this kiosk's can, and the person before it did not say no.
pub(super) fn light(source: Option<&v1::Source>, screen_light: bool) -> bool {
    screen_light
        && match source.and_then(|source| source.kind.as_ref()) {
            None => true,
            Some(v1::source::Kind::Live(live)) => !live.no_light,
            Some(_) => false,
        }
}

/// The sensor's source. Recordings only where the configuration allows them, by absolute path.
pub(super) fn source(source: Option<v1::Source>, allow_simulated: bool) -> Result<ipc::Source, Status> {
    let kind = match source.and_then(|source| source.kind) {
        None => ipc::source::Kind::Live(ipc::Live::default()),
        Some(v1::source::Kind::Live(live)) => {
            ipc::source::Kind::Live(ipc::Live { camera: live.camera, microphone: live.microphone })
        }
        Some(_) if !allow_simulated => {
            return Err(Status::failed_precondition(
                "this kiosk takes live sources only: sensor.allow_simulated is false in its configuration",
            ));
        }
        Some(v1::source::Kind::ReplayedSubject(subject)) => {
            ipc::source::Kind::Replay(ipc::Replay { directory: absolute(subject.directory)? })
        }
        Some(v1::source::Kind::File(file)) => ipc::source::Kind::File(ipc::File {
            picture: absolute(file.picture)?,
            sound: if file.sound.is_empty() { String::new() } else { absolute(file.sound)? },
        }),
    };
    Ok(ipc::Source { kind: Some(kind), part: 0 })
}

fn absolute(path: String) -> Result<String, Status> {
    if Path::new(&path).is_absolute() {
        Ok(path)
    } else {
        Err(Status::invalid_argument(format!("{path:?} must be an absolute path on the kiosk")))
    }
}

pub(super) const fn state(standing: Standing) -> v1::RequestState {
    match standing {
        // Durable, but the rules have not spoken: a client sees it only if it asks within that moment.
        Standing::Received => v1::RequestState::Unspecified,
        Standing::Permitted => v1::RequestState::Permitted,
        Standing::Forbidden => v1::RequestState::Forbidden,
        Standing::Approved => v1::RequestState::Approved,
        Standing::Declined => v1::RequestState::Declined,
        Standing::Expired => v1::RequestState::Expired,
        Standing::Withdrawn => v1::RequestState::Withdrawn,
    }
}

pub(super) fn request(view: RequestView) -> v1::RequestStatus {
    v1::RequestStatus {
        id: view.id.0.to_vec(),
        state: state(view.standing).into(),
        request: view.request,
        verdict: view.verdict,
        refusal: view.refusal,
        cosignatures: view.cosignatures,
        quorum: view.quorum,
        declines: view.declines,
        reasons: view.reasons,
        withdrawal: view.withdrawal,
        complaints: view.complaints,
    }
}

const fn phase(phase: Phase) -> v1::SessionPhase {
    match phase {
        Phase::Waiting => v1::SessionPhase::Waiting,
        Phase::Decided => v1::SessionPhase::Decided,
        Phase::Begun => v1::SessionPhase::Begun,
        Phase::Challenging => v1::SessionPhase::Challenging,
        Phase::Captured => v1::SessionPhase::Captured,
        Phase::Live => v1::SessionPhase::Live,
        Phase::Matched => v1::SessionPhase::Matched,
        Phase::Attested => v1::SessionPhase::Attested,
        Phase::Awaiting => v1::SessionPhase::AwaitingSignature,
        Phase::Proved => v1::SessionPhase::Proved,
        Phase::CoSigned => v1::SessionPhase::CoSigned,
        Phase::Logged => v1::SessionPhase::Logged,
        Phase::Declining => v1::SessionPhase::Declining,
        Phase::DeclineKept => v1::SessionPhase::DeclineKept,
        Phase::Declined => v1::SessionPhase::Declined,
        Phase::Refused => v1::SessionPhase::Refused,
        Phase::Enrol => v1::SessionPhase::Enrol,
        Phase::Confirm => v1::SessionPhase::Confirm,
        Phase::Enrolled => v1::SessionPhase::Enrolled,
        Phase::Pair => v1::SessionPhase::Pair,
        Phase::Paired => v1::SessionPhase::Paired,
    }
}

const fn refusal_stage(stage: RefusalStage) -> v1::RefusalStage {
    match stage {
        RefusalStage::Rules => v1::RefusalStage::Rules,
        RefusalStage::Liveness => v1::RefusalStage::Liveness,
        RefusalStage::Match => v1::RefusalStage::Match,
        RefusalStage::Element => v1::RefusalStage::Element,
        RefusalStage::Timeout => v1::RefusalStage::Timeout,
        RefusalStage::Failure => v1::RefusalStage::Failure,
    }
}

pub(super) fn event(entry: &Entry) -> v1::SessionEvent {
    let event = match entry.what.clone() {
        Happening::Subject { request, verdict, validator } => Event::Subject(v1::SessionSubject {
            request_id: request.0.to_vec(),
            verdict_id: verdict.0.to_vec(),
            validator_key: validator.as_bytes().to_vec(),
        }),
        Happening::State(now) => {
            Event::State(v1::StateChange { state: now.name().into(), phase: phase(now).into() })
        }
        Happening::Tell(notice, progress) => Event::Notice(v1::Notice {
            code: notice.code(),
            text: notice.words(),
            progress_thousandths: progress,
        }),
        Happening::Prompt(index, total, prompt) => Event::Prompt(v1::PromptShown {
            index,
            total,
            code: prompt.code().into(),
            text: crate::requests::notice::Notice::Do(prompt).words(),
        }),
        Happening::Code(digits) => Event::Code(v1::ConfirmationCode { digits }),
        Happening::Invitation(text, until) => Event::Invitation(v1::PairingInvitation { text, until }),
        Happening::Paired { id, record } => Event::Paired(v1::Paired { pairing: id.0.to_vec(), record }),
        Happening::Preview(jpeg) => Event::Preview(v1::Preview { jpeg }),
        Happening::Light(shone) => Event::Light(screen_light(shone)),
        Happening::Gates(gates) => Event::Gates(v1::GateResults { gates: gates.iter().map(gate).collect() }),
        Happening::Refused { stage, code, text, refusal } => {
            let at = refusal_stage(stage).into();
            Event::Refused(v1::Refused { stage: stage.as_str().into(), code, text, refusal, at })
        }
        Happening::CoSigned { id, bytes } => {
            Event::Cosigned(v1::CoSigned { id: id.0.to_vec(), cosignature: bytes })
        }
        Happening::Declined { id, bytes } => {
            Event::Declined(v1::Declined { id: id.0.to_vec(), decline: bytes })
        }
        Happening::Enrolled { record, validator, leaf } => Event::Enrolled(v1::Enrolled {
            record,
            validator_key: validator.as_bytes().to_vec(),
            leaf: leaf.0.to_vec(),
        }),
        Happening::Times(steps) => Event::Times(v1::StepTimes {
            steps: steps.into_iter().map(|(step, ms)| v1::StepTime { step: step.into(), ms }).collect(),
        }),
    };
    v1::SessionEvent { at_ms: entry.at_ms, event: Some(event) }
}

fn screen_light(shone: Option<Shone>) -> v1::ScreenLight {
    let Some(Shone { index, total, colour }) = shone else { return v1::ScreenLight::default() };
    let [red, green, blue] = colour.srgb().map(u32::from);
    v1::ScreenLight { colour: Some(v1::Srgb { red, green, blue }), index, total }
}

/// Secret values stay here; they would teach an attacker how close he came.
fn gate(gate: &Gate) -> v1::Gate {
    v1::Gate {
        name: gate.name().to_owned(),
        value: gate.public_value(),
        bound: gate.bound,
        at_least: gate.sense() == Sense::AtLeast,
        passed: gate.passed,
        explains: !gate.measure.decides(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(picture: &str) -> v1::Source {
        let kind = v1::source::Kind::File(v1::FileSource { picture: picture.into(), sound: String::new() });
        v1::Source { kind: Some(kind) }
    }

    #[test]
    fn phases_and_stages_have_one_name_in_text_and_as_a_number() {
        for number in 1.. {
            let Ok(named) = v1::SessionPhase::try_from(number) else { break };
            let name = named.as_str_name().trim_start_matches("SESSION_PHASE_").to_lowercase();
            let found = PHASES.into_iter().find(|known| phase(*known) == named).unwrap();
            assert_eq!(found.name(), name);
        }
        for stage in STAGES {
            let name = format!("REFUSAL_STAGE_{}", stage.as_str().to_uppercase());
            assert_eq!(refusal_stage(stage).as_str_name(), name);
        }
    }

    const STAGES: [RefusalStage; 6] = [
        RefusalStage::Rules,
        RefusalStage::Liveness,
        RefusalStage::Match,
        RefusalStage::Element,
        RefusalStage::Timeout,
        RefusalStage::Failure,
    ];

    const PHASES: [Phase; 21] = [
        Phase::Pair,
        Phase::Paired,
        Phase::Awaiting,
        Phase::Waiting,
        Phase::Decided,
        Phase::Begun,
        Phase::Challenging,
        Phase::Captured,
        Phase::Live,
        Phase::Matched,
        Phase::Attested,
        Phase::Proved,
        Phase::CoSigned,
        Phase::Logged,
        Phase::Declining,
        Phase::DeclineKept,
        Phase::Declined,
        Phase::Refused,
        Phase::Enrol,
        Phase::Confirm,
        Phase::Enrolled,
    ];

    #[test]
    fn who_asks_for_what_an_owner_took_back_is_told_so_and_shown_it() {
        let words = "withdrawn by 01 at 1000".to_owned();
        let refused =
            status(LedgerError::Withdrawn { request: Id([1; 32]), words, withdrawal: vec![0xd2, 1] });
        assert_eq!((refused.code(), refused.details()), (Code::FailedPrecondition, &[0xd2, 1][..]));
        assert!(refused.message().contains("withdrawn by 01 at 1000"), "{}", refused.message());
    }

    #[test]
    fn needs_are_a_live_persons_and_leave_something_that_shows_depth() {
        let live = |cannot: &[v1::Ability]| {
            let cannot = cannot.iter().map(|ability| i32::from(*ability)).collect();
            let kind = v1::LiveSource { cannot, ..v1::LiveSource::default() };
            needs(Some(&v1::Source { kind: Some(v1::source::Kind::Live(kind)) }))
        };
        assert!(needs(None).unwrap().is_empty());
        assert!(needs(Some(&file("/a.mp4"))).unwrap().is_empty());
        assert_eq!(live(&[v1::Ability::Blink]).unwrap(), Needs::new([Ability::Blink]).unwrap());
        let refused = live(&[v1::Ability::Turn, v1::Ability::Nod]).unwrap_err();
        assert_eq!(refused.code(), Code::InvalidArgument);
        assert!(refused.message().contains("turning the head"), "{}", refused.message());
        assert!(live(&[v1::Ability::Unspecified]).is_err());
    }

    #[test]
    fn the_page_shines_where_it_can_and_nobody_said_no() {
        let live = |no_light| {
            let kind = v1::LiveSource { no_light, ..v1::LiveSource::default() };
            v1::Source { kind: Some(v1::source::Kind::Live(kind)) }
        };
        assert!(light(None, true) && light(Some(&live(false)), true));
        assert!(
            !light(None, false) && !light(Some(&live(true)), true) && !light(Some(&file("/a.mp4")), true)
        );
    }

    #[test]
    fn a_colour_travels_as_a_display_wants_it_and_the_end_as_none() {
        let shone = Shone { index: 3, total: 10, colour: wetsign_liveness::light::Colour::Rose };
        let rose = v1::Srgb { red: 255, green: 89, blue: 137 };
        assert_eq!(screen_light(Some(shone)), v1::ScreenLight { colour: Some(rose), index: 3, total: 10 });
        assert_eq!(screen_light(None).colour, None);
    }

    #[test]
    fn recordings_are_refused_where_the_configuration_does_not_allow_them() {
        assert_eq!(source(Some(file("/a.mp4")), false).unwrap_err().code(), Code::FailedPrecondition);
        assert!(source(Some(file("/a.mp4")), true).is_ok());
        assert!(source(None, false).is_ok());
    }

    #[test]
    fn a_relative_path_is_refused() {
        assert_eq!(source(Some(file("../a.mp4")), true).unwrap_err().code(), Code::InvalidArgument);
    }
}
