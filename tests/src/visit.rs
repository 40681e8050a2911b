//! One person's visit to a kiosk, as a client sees it: a session or an enrolment, followed to its end.

use anyhow::{Context, bail};
use tokio_stream::StreamExt;
use tonic::Streaming;
use wetsign_api::{
    Client,
    v1::{self, session_event::Event},
};

/// How a visit ended.
#[derive(Debug, Clone)]
pub enum Ending {
    /// The co-signature stands in the log.
    CoSigned(v1::CoSigned),
    /// The person declined.
    Declined(v1::Declined),
    /// The person is enrolled.
    Enrolled(v1::Enrolled),
    /// A device of the person's is paired.
    Paired(v1::Paired),
    /// Nothing was signed by the person.
    Refused(v1::Refused),
}

/// Everything that a client saw of one visit.
#[derive(Debug, Clone)]
pub struct Visit {
    /// How it ended.
    pub ending: Ending,
    /// What the person was asked to show, in words, in order.
    pub prompts: Vec<String>,
    /// Gates as they were judged.
    pub gates: Vec<v1::Gate>,
    /// The last picture that was shown for each prompt, with the words of the prompt.
    pub pictures: Vec<(String, Vec<u8>)>,
    /// Milliseconds of each step.
    pub times: Vec<(String, u64)>,
}

impl Visit {
    /// The gate that failed first, in the order in which gates are judged.
    pub fn failed_gates(&self) -> Vec<&str> {
        self.gates
            .iter()
            .filter(|gate| !gate.passed && !gate.explains)
            .map(|gate| gate.name.as_str())
            .collect()
    }

    /// It ended with a co-signature.
    pub fn is_cosigned(&self) -> bool {
        matches!(self.ending, Ending::CoSigned(_))
    }

    /// Refused for the phrase and nothing else.
    pub fn misheard(&self) -> bool {
        self.refused().is_some() && self.failed_gates() == ["phrase"]
    }

    /// Refused for what was heard and nothing else: the phrase, or the voice, of which a few spoken letters say little.
    pub fn unlucky(&self) -> bool {
        let failed = self.failed_gates();
        self.refused().is_some()
            && !failed.is_empty()
            && failed.iter().all(|gate| ["phrase", "voice_match", "fused_match"].contains(gate))
    }

    /// The refusal, where it ended with one.
    pub fn refused(&self) -> Option<&v1::Refused> {
        match &self.ending {
            Ending::Refused(refused) => Some(refused),
            _ => None,
        }
    }
}

/// A recorded person whose source is told what to show.
pub fn replayed_subject(directory: &std::path::Path) -> v1::Source {
    let directory = directory.display().to_string();
    v1::Source { kind: Some(v1::source::Kind::ReplayedSubject(v1::ReplayedSubject { directory })) }
}

/// A plain video or picture, with sound, that plays as it is.
pub fn plain_file(picture: &std::path::Path, sound: Option<&std::path::Path>) -> v1::Source {
    let sound = sound.map(|path| path.display().to_string()).unwrap_or_default();
    let file = v1::FileSource { picture: picture.display().to_string(), sound };
    v1::Source { kind: Some(v1::source::Kind::File(file)) }
}

/// Comes to the kiosk for a request and approves it, with consent. `seen` is told each event as it comes.
pub async fn approve(
    kiosk: &Client,
    request: &[u8],
    validator: &[u8],
    source: Option<v1::Source>,
    seen: impl FnMut(&Event),
) -> anyhow::Result<Visit> {
    let yes = v1::Decision { choice: v1::Choice::Approve.into(), consent: true, ..v1::Decision::default() };
    decide(kiosk, request, validator, source, yes, seen).await
}

/// Approves without consent to camera and microphone, which has to be refused.
pub async fn approve_without_consent(
    kiosk: &Client,
    request: &[u8],
    validator: &[u8],
    source: v1::Source,
) -> anyhow::Result<Visit> {
    let yes = v1::Decision { choice: v1::Choice::Approve.into(), consent: false, ..v1::Decision::default() };
    decide(kiosk, request, validator, Some(source), yes, unseen).await
}

/// Comes to the kiosk for a request and declines it.
pub async fn decline(
    kiosk: &Client,
    request: &[u8],
    validator: &[u8],
    reason: &str,
) -> anyhow::Result<Visit> {
    let choice = v1::Choice::Decline.into();
    let no = v1::Decision { choice, reason: reason.to_owned(), ..v1::Decision::default() };
    decide(kiosk, request, validator, None, no, unseen).await
}

async fn decide(
    kiosk: &Client,
    request: &[u8],
    validator: &[u8],
    source: Option<v1::Source>,
    decision: v1::Decision,
    seen: impl FnMut(&Event),
) -> anyhow::Result<Visit> {
    let start = v1::StartSession { request_id: request.to_vec(), validator_key: validator.to_vec(), source };
    let session = kiosk.sessions().start(start).await.context("starting a session")?.into_inner();
    let events = kiosk.sessions().watch(session.clone()).await.context("watching the session")?.into_inner();
    let decision = v1::Decision { session: session.id, ..decision };
    kiosk.sessions().decide(decision).await.context("deciding")?;
    follow(events, seen).await
}

/// Enrols a person. `seen` is told each event as it comes.
pub async fn enrol(
    kiosk: &Client,
    enrolment: v1::StartEnrolment,
    seen: impl FnMut(&Event),
) -> anyhow::Result<Visit> {
    let events = kiosk.enrolments().start(enrolment).await.context("starting an enrolment")?.into_inner();
    follow(events, seen).await
}

/// Pairs a device of an enrolled person, who is looked at first. `seen` is told each event as it comes.
pub async fn pair(
    kiosk: &Client,
    validator: &[u8],
    source: v1::Source,
    seen: impl FnMut(&Event),
) -> anyhow::Result<Visit> {
    let start = v1::StartPairing { validator_key: validator.to_vec(), source: Some(source) };
    follow(kiosk.pairings().start(start).await.context("starting a pairing")?.into_inner(), seen).await
}

/// How often somebody comes whose words or voice were not recognised.
pub const TRIES: usize = 3;

/// Comes again, as a person would, while it was only what was heard that failed.
pub async fn patiently(mut visit: impl AsyncFnMut() -> anyhow::Result<Visit>) -> anyhow::Result<Visit> {
    for _ in 1..TRIES {
        let seen = visit().await?;
        if !seen.unlucky() {
            return Ok(seen);
        }
    }
    visit().await
}

/// For visits that nobody watches while they last.
pub fn unseen(_: &Event) {}

async fn follow(
    mut events: Streaming<v1::SessionEvent>,
    mut seen: impl FnMut(&Event),
) -> anyhow::Result<Visit> {
    let (mut prompts, mut gates, mut times) = (Vec::new(), Vec::new(), Vec::new());
    let mut pictures: Vec<(String, Vec<u8>)> = Vec::new();
    let mut ending = None;
    while let Some(event) = events.next().await {
        let event = event.context("following the visit")?.event;
        if let Some(event) = &event {
            seen(event);
        }
        match event {
            Some(Event::Prompt(prompt)) => prompts.push(prompt.text),
            Some(Event::Preview(preview)) => {
                let prompt = prompts.last().cloned().unwrap_or_default();
                match pictures.last_mut() {
                    Some((shown, jpeg)) if *shown == prompt => *jpeg = preview.jpeg,
                    _ => pictures.push((prompt, preview.jpeg)),
                }
            }
            Some(Event::Gates(results)) => gates.extend(results.gates),
            Some(Event::Times(steps)) => {
                times.extend(steps.steps.into_iter().map(|step| (step.step, step.ms)));
            }
            Some(Event::Refused(refused)) => ending = Some(Ending::Refused(refused)),
            Some(Event::Cosigned(cosigned)) => ending = Some(Ending::CoSigned(cosigned)),
            Some(Event::Declined(declined)) => ending = Some(Ending::Declined(declined)),
            Some(Event::Enrolled(enrolled)) => ending = Some(Ending::Enrolled(enrolled)),
            Some(Event::Paired(paired)) if ending.is_none() => ending = Some(Ending::Paired(paired)),
            Some(
                Event::Subject(_)
                | Event::State(_)
                | Event::Notice(_)
                | Event::Code(_)
                | Event::Light(_)
                | Event::Invitation(_)
                | Event::Paired(_),
            )
            | None => {}
        }
    }
    match ending {
        Some(ending) => Ok(Visit { ending, prompts, gates, pictures, times }),
        None => bail!("the kiosk closed the stream before the visit ended"),
    }
}
