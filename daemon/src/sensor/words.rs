//! Between the sensor's messages and our own types.

use wetsign_liveness::{
    Needs, Prompt, Remedy,
    repertoire::{EyeMove, HeadMove, MouthMove, Repertoire},
};
use wetsign_sensor_ipc as ipc;
use wetsign_sensor_ipc::{FailureCode, Hint, Move, from_sensor, prompt};

use crate::requests::notice::Notice;

pub(super) fn failure_code(code: i32) -> &'static str {
    match FailureCode::try_from(code).unwrap_or(FailureCode::Unspecified) {
        FailureCode::Unspecified => "unspecified",
        FailureCode::BadRequest => "bad_request",
        FailureCode::NoSource => "no_source",
        FailureCode::SourceUnavailable => "source_unavailable",
        FailureCode::CameraStalled => "camera_stalled",
        FailureCode::SoundShortfall => "sound_shortfall",
        FailureCode::Cancelled => "cancelled",
        FailureCode::TimedOut => "timed_out",
        FailureCode::Network => "network",
        FailureCode::Internal => "internal",
    }
}

pub(super) const fn kind_name(kind: &from_sensor::Kind) -> &'static str {
    match kind {
        from_sensor::Kind::Ready(_) => "ready",
        from_sensor::Kind::Devices(_) => "devices",
        from_sensor::Kind::SourceOpened(_) => "source_opened",
        from_sensor::Kind::Progress(_) => "progress",
        from_sensor::Kind::Preview(_) => "preview",
        from_sensor::Kind::Captured(_) => "captured",
        from_sensor::Kind::Failed(_) => "failed",
        from_sensor::Kind::Busy(_) => "busy",
    }
}

/// What the person is told about a hint, if anything beside the prompt itself.
pub fn hint_notice(hint: i32) -> Option<Notice> {
    match Hint::try_from(hint).ok()? {
        Hint::Unspecified | Hint::FollowPrompt | Hint::Speak | Hint::WellDone => None,
        Hint::LookAhead | Hint::NoFace => Some(Notice::Try(Remedy::LookHere)),
        Hint::MoreThanOneFace => Some(Notice::Try(Remedy::OneFaceOnly)),
        Hint::TooFar => Some(Notice::Try(Remedy::ComeCloser)),
        Hint::TooDark => Some(Notice::Try(Remedy::Light)),
        Hint::Backlit => Some(Notice::Try(Remedy::FaceLight)),
        Hint::Blurred => Some(Notice::Try(Remedy::HoldStill)),
        Hint::Evaluating => Some(Notice::Judging),
        Hint::ScreenLight => Some(Notice::Shining),
        Hint::Noisy => Some(Notice::Try(Remedy::Louder)),
        Hint::SayAgain => Some(Notice::Try(Remedy::SayAgain)),
    }
}

/// The sensor's message for one prompt.
pub fn prompt_message(prompt: &Prompt) -> ipc::Prompt {
    let kind = match prompt {
        Prompt::Say(words) => prompt::Kind::Say(ipc::Phrase { words: words.clone() }),
        other => prompt::Kind::Move(move_of(other).into()),
    };
    ipc::Prompt { kind: Some(kind) }
}

/// The movement that a prompt asks for; [`Move::Unspecified`] for a phrase.
pub const fn move_of(prompt: &Prompt) -> Move {
    match prompt {
        Prompt::HeadLeft => Move::HeadLeft,
        Prompt::HeadRight => Move::HeadRight,
        Prompt::HeadUp => Move::HeadUp,
        Prompt::HeadDown => Move::HeadDown,
        Prompt::HeadCloser => Move::HeadCloser,
        Prompt::MouthOpen => Move::MouthOpen,
        Prompt::Smile => Move::Smile,
        Prompt::BlinkTwice => Move::BlinkTwice,
        Prompt::BlinkThrice => Move::BlinkThrice,
        Prompt::Say(_) => Move::Unspecified,
    }
}

/// The repertoire that a source declares. A live source is asked from the catalogue, whatever it says, less what the
/// person cannot do.
pub fn repertoire(opened: &ipc::SourceOpened, needs: &Needs) -> Repertoire {
    if !opened.simulated {
        return Repertoire::live_for(needs);
    }
    let declared = opened.repertoire.clone().unwrap_or_default();
    let moves = |list: &[i32]| list.iter().filter_map(|code| Move::try_from(*code).ok()).collect::<Vec<_>>();
    Repertoire {
        head: moves(&declared.head)
            .into_iter()
            .filter_map(|code| match code {
                Move::HeadLeft => Some(HeadMove::Left),
                Move::HeadRight => Some(HeadMove::Right),
                Move::HeadUp => Some(HeadMove::Up),
                Move::HeadDown => Some(HeadMove::Down),
                Move::HeadCloser => Some(HeadMove::Closer),
                _ => None,
            })
            .collect(),
        mouth: moves(&declared.mouth)
            .into_iter()
            .filter_map(|code| match code {
                Move::MouthOpen => Some(MouthMove::Open),
                Move::Smile => Some(MouthMove::Smile),
                _ => None,
            })
            .collect(),
        eyes: moves(&declared.eyes)
            .into_iter()
            .filter_map(|code| match code {
                Move::BlinkTwice => Some(EyeMove::BlinkTwice),
                Move::BlinkThrice => Some(EyeMove::BlinkThrice),
                _ => None,
            })
            .collect(),
        vocabulary: declared.vocabulary,
        phrase_len: u8::try_from(declared.phrase_len).unwrap_or(u8::MAX),
        lips_in_step: declared.lips_in_step,
        consent: false,
        declared_by: declared.declared_by,
    }
}
