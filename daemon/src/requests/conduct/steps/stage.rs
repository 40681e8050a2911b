//! How far a session has come, and what it needs from there on.
//!
//! A step takes one stage and gives the next. What a stage no longer holds is dropped with the one before, secrets too;
//! a step that comes before the one that it needs does not compile, and a command for it finds no stage.

use std::sync::Arc;

use wetsign_attest::{
    Signed,
    id::{Blob, Id},
    object::{CoSignature, Decline, EvmReference, MatchProof},
};
use wetsign_circuits::{Features, Fr};
use wetsign_liveness::{ChallengePlan, Gate, Repertoire};
use wetsign_sensor_ipc::SourceOpened;

use crate::{
    element::desk::Known,
    people::offers::Answered,
    people::vault::{Blinding, Credential, Template},
    requests::evidence::Evidence,
};

/// Where the work stands.
#[derive(Default)]
pub(super) enum Stage {
    /// Nothing is open.
    #[default]
    Start,
    /// The source is open.
    Opened(Opened),
    /// The element drew the challenge.
    Begun(Begun),
    /// The prompts are known.
    Planned(Planned),
    /// Frames and sound are taken.
    Recorded(Recorded),
    /// Quality and liveness are judged.
    Judged(Judged),
    /// Face and voice are compared.
    Compared(Compared),
    /// The element signed.
    Attested(Box<Attested>),
    /// The proof is made.
    Proved(Box<Proved>),
    /// The validator's own device signed.
    Answered(Answered<CoSignature>),
    /// The co-signature is durable.
    CoSigned(Signed<CoSignature>),
    /// The decline is durable.
    Declined(Signed<Decline>),
}

/// A source, and what it can show.
pub(super) struct Opened {
    pub(super) source: SourceOpened,
    pub(super) repertoire: Repertoire,
}

/// A session of the element.
pub(super) struct Begun {
    pub(super) opened: Opened,
    pub(super) known: Known,
    pub(super) challenge: [u8; 32],
}

/// Prompts to show.
pub(super) struct Planned {
    pub(super) begun: Begun,
    pub(super) plan: ChallengePlan,
}

/// What was measured.
pub(super) struct Recorded {
    pub(super) planned: Planned,
    pub(super) evidence: Evidence,
    pub(super) duration_ms: u64,
    /// When the capture ended, Unix seconds.
    pub(super) at: u64,
}

/// What was measured, held against its bounds.
pub(super) struct Judged {
    pub(super) recorded: Recorded,
    pub(super) gates: Vec<Gate>,
}

/// What the rules named in the verdict ask for.
pub(super) struct Asked {
    /// Least similarities of face and voice, t·2^16.
    pub(super) tau: (u32, u32),
    pub(super) chains: Vec<EvmReference>,
}

/// A person held against the enrolment.
pub(super) struct Compared {
    pub(super) judged: Judged,
    pub(super) asked: Asked,
    pub(super) template: Template,
    /// None where face or voice could not be measured; the gates say so.
    pub(super) probe: Option<Features>,
}

/// A capture that the element vouches for. The unrotated embeddings are gone.
pub(super) struct Attested {
    pub(super) known: Known,
    pub(super) challenge: [u8; 32],
    pub(super) asked: Asked,
    pub(super) credential: Arc<Credential>,
    pub(super) template: Template,
    pub(super) probe: Features,
    pub(super) blinding: Blinding,
    pub(super) commitment: Fr,
    pub(super) token: Vec<u8>,
    pub(super) report: Vec<u8>,
}

/// Everything that a co-signature is made of. Template and probe are gone.
pub(super) struct Proved {
    pub(super) credential: Arc<Credential>,
    pub(super) certificate: Blob,
    pub(super) token: Vec<u8>,
    pub(super) report: Vec<u8>,
    pub(super) proof: MatchProof,
    pub(super) epoch: Id,
}
