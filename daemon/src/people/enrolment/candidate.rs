//! Who is enrolled, and what an enrolment works with.

use std::sync::Arc;

use wetsign_attest::{
    id::{Digest, PublicKey},
    object::Custody,
};
use wetsign_liveness::Needs;
use wetsign_sensor_ipc::Source;

use crate::{
    kiosk::Kiosk,
    people::vault::{Credential, Template},
    requests::conduct::Held,
    serve::feed::Feed,
};

/// Who is to be enrolled.
#[derive(Debug, Clone)]
pub struct Candidate {
    /// What the kiosk calls the person on its own screen.
    pub label: String,
    /// The text that the person agreed to.
    pub consent: String,
    /// The language of that text: a canonical BCP 47 tag.
    pub language: String,
    /// Where frames and sound come from.
    pub source: Source,
    /// What the person cannot do.
    pub needs: Needs,
    /// Whether the page may shine on the person.
    pub light: bool,
    /// The person's own device that will sign; none: the kiosk keeps a key for the person.
    pub device: Option<(PublicKey, Custody)>,
    /// Instead: a device is paired on the way, and its key is the person's.
    pub pair: bool,
}

pub(super) struct Enrolment<'a> {
    pub(super) kiosk: &'a Arc<Kiosk>,
    pub(super) feed: &'a Feed,
    pub(super) held: &'a Held,
    pub(super) times: &'a mut Vec<(&'static str, u64)>,
    /// Under which name the searchers keep the template.
    pub(super) kept: Option<Digest>,
    /// What the searchers signed when they found somebody.
    pub(super) found: Vec<u8>,
}

impl<'a> Enrolment<'a> {
    pub(super) fn new(
        kiosk: &'a Arc<Kiosk>,
        feed: &'a Feed,
        held: &'a Held,
        times: &'a mut Vec<(&'static str, u64)>,
    ) -> Self {
        Self { kiosk, feed, held, times, kept: None, found: Vec::new() }
    }
}

/// Everything secret about a candidate, where it was drawn: this is a handle on it.
#[derive(Clone)]
pub(super) struct Secrets {
    pub(super) credential: Arc<Credential>,
    pub(super) template: Arc<Template>,
}
