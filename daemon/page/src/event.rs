//! Everything that can happen before a person, in one enum.
//!
//! What must not be seen ends here: of gates only how many passed, of signed objects only their ids.

use wetsign_api::v1::{self, session_event};

use crate::{Asked, plain};

/// Longest code of a notice, a prompt or a refusal, characters.
const CODE: usize = 64;
/// Most characters that a person is asked to speak.
const SPOKEN: usize = 200;
/// Longest text of a picture for the phone, characters (`wetsign-pair`).
const INVITATION: usize = 1024;
/// Most names to choose from.
pub(crate) const NAMES: usize = 24;
/// Most steps whose times are told.
const STEPS: usize = 32;

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// Nobody stands before the kiosk; how many requests wait.
    Idle {
        /// Requests that rules allow and that wait for people.
        waiting: u32,
    },
    /// Who of these are you? The labels of this kiosk's enrolments.
    Who(Vec<String>),
    /// This request is to be read.
    Asked(Box<Asked>),
    /// The person said yes to it, and is asked for consent. They may be told that the page will shine.
    AskConsent {
        /// Whether this kiosk's page shines.
        shines: bool,
    },
    /// What is hard for the person? The abilities that are left out so far, by their codes, and `light`.
    Needs(Vec<String>),
    /// A person wants to be enrolled, and is asked for a name.
    AskName,
    /// The name is known; consent is asked for.
    AskEnrolment {
        /// As the kiosk will call the person.
        name: String,
    },
    /// Consent is given; is the person's phone with them, to keep the key and to sign?
    AskPhone,
    /// A picture for the phone to read; the kiosk's own address and key, and a secret of this minute.
    Invitation(String),
    /// The phone is paired.
    Paired,
    /// Whether this kiosk pairs phones.
    Phones(bool),
    /// The session names what it is about. That was shown before, and is held against this by who drives the page.
    Subject,
    /// The session is in another state.
    Phase(Phase),
    /// The person is told something.
    Told {
        /// Stable code.
        code: String,
        /// In thousandths.
        progress: Option<u32>,
    },
    /// A prompt is shown.
    Prompt {
        /// From 0.
        index: u32,
        /// How many there are.
        total: u32,
        /// Stable code.
        code: String,
        /// What is to be spoken; empty: nothing.
        spoken: String,
    },
    /// There is a picture for the person.
    Preview,
    /// Gates were judged: how many passed, of how many that decide.
    Gates {
        /// Passed.
        passed: u32,
        /// Deciding.
        of: u32,
    },
    /// The page shines a colour (sRGB), or none.
    Light(Option<[u8; 3]>),
    /// Six digits that the person's own device has to show too.
    Code(String),
    /// It ended without a signature.
    Refused {
        /// Stable code.
        code: String,
        /// Whether a refusal was signed and logged.
        kept: bool,
    },
    /// A co-signature was released.
    CoSigned {
        /// Its id, hexadecimal.
        id: String,
    },
    /// A no was logged.
    Declined,
    /// A person was enrolled.
    Enrolled,
    /// How long each step took.
    Times(Vec<(String, u64)>),
    /// The quorum is reached.
    Approved {
        /// The approval's id, the digest of what the hub signed, hexadecimal.
        id: String,
    },
    /// The kiosk does not answer any more.
    Lost,
}

/// Where a session or an enrolment stands, by the names of `wetsign.v1`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs)]
pub enum Phase {
    Waiting,
    Decided,
    Enrol,
    Confirm,
    Begun,
    Challenging,
    Captured,
    Live,
    Matched,
    Attested,
    Proved,
    AwaitingSignature,
    CoSigned,
    Logged,
    Declining,
    DeclineKept,
    Declined,
    Refused,
    Enrolled,
    Pair,
    Paired,
}

impl Phase {
    /// All of them.
    pub const ALL: [Self; 21] = [
        Self::Waiting,
        Self::Decided,
        Self::Enrol,
        Self::Confirm,
        Self::Begun,
        Self::Challenging,
        Self::Captured,
        Self::Live,
        Self::Matched,
        Self::Attested,
        Self::Proved,
        Self::AwaitingSignature,
        Self::CoSigned,
        Self::Logged,
        Self::Declining,
        Self::DeclineKept,
        Self::Declined,
        Self::Refused,
        Self::Enrolled,
        Self::Pair,
        Self::Paired,
    ];

    /// As `StateChange.state` names it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Decided => "decided",
            Self::Enrol => "enrol",
            Self::Confirm => "confirm",
            Self::Begun => "begun",
            Self::Challenging => "challenging",
            Self::Captured => "captured",
            Self::Live => "live",
            Self::Matched => "matched",
            Self::Attested => "attested",
            Self::Proved => "proved",
            Self::AwaitingSignature => "awaiting_signature",
            Self::CoSigned => "co_signed",
            Self::Logged => "logged",
            Self::Declining => "declining",
            Self::DeclineKept => "decline_kept",
            Self::Declined => "declined",
            Self::Refused => "refused",
            Self::Enrolled => "enrolled",
            Self::Pair => "pair",
            Self::Paired => "paired",
        }
    }

    /// The phase of that name; none for an unknown one, such as a later version's.
    pub fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|phase| phase.name() == name)
    }
}

impl Event {
    /// What a kiosk tells; `None` for what concerns nobody before it, and for what a later version tells.
    pub fn from_api(event: &v1::SessionEvent) -> Option<Self> {
        use session_event::Event as Api;
        Some(match event.event.as_ref()? {
            Api::Subject(_) => Self::Subject,
            Api::State(state) => Self::Phase(Phase::of(&state.state)?),
            Api::Notice(notice) => Self::told(&notice.code, notice.progress_thousandths),
            Api::Prompt(prompt) => Self::prompt(prompt.index, prompt.total, &prompt.code, &prompt.text),
            Api::Preview(_) => Self::Preview,
            Api::Gates(results) => Self::gates(results.gates.iter().map(|gate| (gate.passed, gate.explains))),
            Api::Refused(refused) => Self::refused(&refused.code, !refused.refusal.is_empty()),
            Api::Cosigned(signed) => Self::CoSigned { id: hex::encode(&signed.id) },
            Api::Declined(_) => Self::Declined,
            Api::Enrolled(_) => Self::Enrolled,
            Api::Times(times) => Self::times(times.steps.iter().map(|step| (step.step.as_str(), step.ms))),
            Api::Light(light) => Self::Light(light.colour.as_ref().and_then(srgb)),
            Api::Code(code) => Self::Code(plain::digits(&code.digits)),
            Api::Invitation(invitation) => Self::invitation(&invitation.text),
            Api::Paired(_) => Self::Paired,
            // What a later interface tells besides concerns other screens than these.
            #[allow(unreachable_patterns)]
            _ => return None,
        })
    }

    /// A notice by its code.
    pub fn told(code: &str, progress: Option<u32>) -> Self {
        Self::Told { code: plain::line(code, CODE), progress: progress.map(|part| part.min(1000)) }
    }

    /// A prompt, whose text says after a colon what is to be spoken.
    pub fn prompt(index: u32, total: u32, code: &str, text: &str) -> Self {
        let spoken = match (code, text.split_once(':')) {
            ("say", Some((_, words))) => plain::line(words.trim().trim_end_matches('.'), SPOKEN),
            _ => String::new(),
        };
        Self::Prompt { index, total, code: plain::line(code, CODE), spoken }
    }

    /// Gates, each as (passed, only explains).
    pub fn gates(gates: impl Iterator<Item = (bool, bool)>) -> Self {
        let (mut passed, mut of) = (0, 0);
        for (ok, _) in gates.filter(|(_, explains)| !explains) {
            (passed, of) = (passed + u32::from(ok), of + 1);
        }
        Self::Gates { passed, of }
    }

    /// A picture for the phone.
    pub fn invitation(text: &str) -> Self {
        Self::Invitation(plain::line(text, INVITATION))
    }

    /// A refusal by its code.
    pub fn refused(code: &str, kept: bool) -> Self {
        Self::Refused { code: plain::line(code, CODE), kept }
    }

    /// Times of steps, in the order in which they were taken.
    pub fn times<'a>(steps: impl Iterator<Item = (&'a str, u64)>) -> Self {
        Self::Times(steps.take(STEPS).map(|(step, ms)| (plain::line(step, CODE), ms)).collect())
    }

    /// Names to choose from.
    pub fn who(names: impl Iterator<Item = String>) -> Self {
        Self::Who(names.take(NAMES).map(|name| plain::line(&name, CODE)).collect())
    }
}

fn srgb(colour: &v1::Srgb) -> Option<[u8; 3]> {
    let part = |value: u32| u8::try_from(value).ok();
    Some([part(colour.red)?, part(colour.green)?, part(colour.blue)?])
}
