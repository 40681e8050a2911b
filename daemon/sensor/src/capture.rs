//! One capture: the person looks ahead, shows each prompt in turn, and everything is measured.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use wetsign_infer::audio::Sound;
use wetsign_infer::light::{Lit, reflection};
use wetsign_infer::{InferError, Networks, geometry};
use wetsign_liveness::light::{Colour, Reflection, STEP_S, STEPS};
use wetsign_liveness::{Measure, Measurements, Part, Prompt, Thresholds};
use wetsign_models::manifest::{Capture as Bounds, Manifest};
use wetsign_sensor_ipc::{Capture, Captured, FailureCode, Hint, Progress, from_sensor::Kind};

use crate::convert::{colour_from_wire, prompt_from_wire, reflection_to_wire};
use crate::link::Link;
use crate::moves::{Rest, Shown};
use crate::preview::Previews;
use crate::solid::Solid;
use crate::source::{Source, SourceError, Step};
use crate::speech::{self, Lips, Said, Unclear};
use crate::vision::{Gallery, Seen};

/// Where the daemon does not say how long a capture may take.
const DEFAULT_BUDGET: Duration = Duration::from_mins(1);
/// What judging takes at the end of a capture, generously: words are not asked again in this time.
const EVALUATION: Duration = Duration::from_secs(6);

/// Why a capture failed. A capture that was measured and will be refused is not a failure.
#[derive(Debug, thiserror::Error)]
pub enum CaptureError {
    /// No source is open.
    #[error("no source is open: send OpenSource first")]
    NoSource,
    /// The program was started to list devices.
    #[error("this sensor was started without networks: nothing can be measured")]
    NoNetworks,
    /// A prompt names nothing.
    #[error("prompt {0} names no movement and no words")]
    UnknownPrompt(usize),
    /// The page's colours are not those of a challenge.
    #[error("{0} colours of light of which not each is known: a challenge asks for {STEPS}, or none shines")]
    UnknownLight(usize),
    /// The daemon stopped it.
    #[error("the capture was cancelled")]
    Cancelled,
    /// The budget ran out.
    #[error("the capture did not end within {} ms", .0.as_millis())]
    TimedOut(Duration),
    /// A capture has to say when it was.
    #[error("this machine's clock is before 1970: set it")]
    Clock,
    /// The source failed.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// A network failed.
    #[error(transparent)]
    Network(#[from] InferError),
}

impl CaptureError {
    /// What the daemon is told.
    pub fn code(&self) -> FailureCode {
        match self {
            Self::NoSource => FailureCode::NoSource,
            Self::UnknownPrompt(_) | Self::UnknownLight(_) => FailureCode::BadRequest,
            Self::Cancelled => FailureCode::Cancelled,
            Self::TimedOut(_) => FailureCode::TimedOut,
            Self::Clock => FailureCode::Internal,
            Self::Source(error) => error.code(),
            Self::NoNetworks | Self::Network(_) => FailureCode::Network,
        }
    }
}

/// Who hears of a capture while it runs, and may stop it.
pub trait Audience {
    /// Progress or a preview.
    fn tell(&self, kind: Kind);

    /// Whether the capture should stop. It never does for those who cannot ask.
    fn stop_asked(&self) -> bool {
        false
    }

    /// Whether anybody looks at previews.
    fn watches(&self) -> bool {
        true
    }
}

/// Nobody looks, and nobody stops it: captures of films, for measuring.
pub struct Nobody;

impl Audience for Nobody {
    fn tell(&self, _: Kind) {}

    fn watches(&self) -> bool {
        false
    }
}

impl Audience for Link {
    fn tell(&self, kind: Kind) {
        self.send(kind);
    }

    fn stop_asked(&self) -> bool {
        Self::stop_asked(self)
    }
}

/// Runs a capture on an open source.
pub fn run(
    link: &dyn Audience,
    networks: &mut Networks,
    source: &mut dyn Source,
    request: &Capture,
) -> Result<Captured, CaptureError> {
    let prompts: Vec<Prompt> = request
        .prompts
        .iter()
        .enumerate()
        .map(|(index, prompt)| prompt_from_wire(prompt).ok_or(CaptureError::UnknownPrompt(index)))
        .collect::<Result<_, _>>()?;
    let light: Vec<Colour> = request.light.iter().filter_map(|number| colour_from_wire(*number)).collect();
    if light.len() != request.light.len() || ![0, STEPS].contains(&light.len()) {
        return Err(CaptureError::UnknownLight(request.light.len()));
    }
    let budget = match request.budget_ms {
        0 => DEFAULT_BUDGET,
        milliseconds => Duration::from_millis(u64::from(milliseconds)),
    };
    let asked = Asked { id: request.id, budget, light };
    capture(link, networks, source, &prompts, asked)
}

/// Shows prompts and measures what is seen, for whoever needs no messages: evaluations.
pub fn show(
    link: &dyn Audience,
    networks: &mut Networks,
    source: &mut dyn Source,
    prompts: &[Prompt],
    budget: Duration,
) -> Result<Captured, CaptureError> {
    capture(link, networks, source, prompts, Asked { id: 0, budget, light: Vec::new() })
}

struct Asked {
    id: u64,
    budget: Duration,
    light: Vec<Colour>,
}

fn capture(
    link: &dyn Audience,
    networks: &mut Networks,
    source: &mut dyn Source,
    prompts: &[Prompt],
    Asked { id, budget, light }: Asked,
) -> Result<Captured, CaptureError> {
    let started_ms = now_ms()?;
    let bounds = Manifest::embedded().capture;
    let in_step = f64::from(Thresholds::from_manifest().of(Measure::LipsLag).unwrap_or(0)) / 1000.0;
    let mut session = Session {
        link,
        networks,
        id,
        steps: prompts.len() + 1,
        started: Instant::now(),
        budget,
        gallery: Gallery::new(&bounds),
        bounds,
        in_step,
        previews: Previews::new(link, id),
        hint: Hint::Unspecified,
        rest: None,
        before: None,
        head: Tally::default(),
        mirrored: Tally::default(),
        mouth: Tally::default(),
        eyes: Tally::default(),
        solid: Solid::default(),
        last_at_rest: None,
        lips: Vec::new(),
        lit: Vec::new(),
        loud: false,
    };
    session.look_ahead(source)?;
    let reflection = session.shine(source, &light)?;
    let mut said = None;
    for (index, prompt) in prompts.iter().enumerate() {
        said = session.show(source, index, prompt)?.or(said);
    }
    session.progress(prompts.len(), Hint::Evaluating, session.steps);
    let mut captured = session.evaluate(said.as_ref())?;
    captured.reflection = reflection.as_ref().map(reflection_to_wire);
    (captured.id, captured.started_ms, captured.ended_ms) = (id, started_ms, now_ms()?);
    Ok(captured)
}

/// How many of the demanded movements were seen.
#[derive(Default)]
struct Tally {
    demanded: u32,
    seen: u32,
}

impl Tally {
    fn count(&mut self, seen: bool) {
        self.demanded += 1;
        self.seen += u32::from(seen);
    }

    fn measure(&self, measure: Measure, into: &mut Measurements) {
        if self.demanded > 0 {
            into.set(measure, f64::from(self.seen) / f64::from(self.demanded));
        }
    }
}

struct Session<'a> {
    link: &'a dyn Audience,
    networks: &'a mut Networks,
    id: u64,
    steps: usize,
    started: Instant,
    budget: Duration,
    bounds: Bounds,
    /// Lips may lead or follow their sound by this much, seconds.
    in_step: f64,
    gallery: Gallery,
    previews: Previews<'a>,
    hint: Hint,
    rest: Option<Rest>,
    /// What the last frame of the step before showed.
    before: Option<Shown>,
    head: Tally,
    /// Turns of which the opposite was seen.
    mirrored: Tally,
    mouth: Tally,
    eyes: Tally,
    /// Whether a head turns, or a picture.
    solid: Solid,
    last_at_rest: Option<Seen>,
    /// Gaps between the lips while words were asked: seconds from the beginning of the sound.
    lips: Vec<(f64, f32)>,
    /// What each frame shows of the page's light.
    lit: Vec<Lit>,
    /// The room was loud before anything was to be said.
    loud: bool,
}

impl Session<'_> {
    fn look_ahead(&mut self, source: &mut dyn Source) -> Result<(), CaptureError> {
        let (frames, room) = self.step(source, 0, &Step::LookAhead)?;
        if let Some(room) = room {
            self.loud = speech::loud(&room, &self.bounds.speech)?;
        }
        self.rest = Rest::of(&frames, self.bounds.moves);
        self.solid = Solid::at_rest(&self.gallery.meshes_at_rest(), self.last_at_rest.as_ref())?;
        self.before = frames.last().copied();
        Ok(())
    }

    /// How the face answers the colours; `None`: none shine, or nothing could be measured.
    fn shine(
        &mut self,
        source: &mut dyn Source,
        colours: &[Colour],
    ) -> Result<Option<Reflection>, CaptureError> {
        if colours.is_empty() {
            return Ok(None);
        }
        let (frames, _) = self.step(source, 0, &Step::Shine)?;
        self.before = frames.last().copied();
        let shone: Vec<_> = colours.iter().map(|colour| colour.light()).collect();
        Ok(reflection(&std::mem::take(&mut self.lit), &shone, STEP_S))
    }

    fn show(
        &mut self,
        source: &mut dyn Source,
        index: usize,
        prompt: &Prompt,
    ) -> Result<Option<Said>, CaptureError> {
        let step = Step::Show(prompt.clone());
        if self.loud && !step.words().is_empty() {
            self.progress(index, Hint::Noisy, index + 1);
        }
        let began = self.started.elapsed();
        let (frames, sound) = self.step(source, index, &step)?;
        let mut said = sound.map(|sound| Said { sound, words: step.words().to_vec() });
        let took = self.started.elapsed().saturating_sub(began);
        if let Some(hint) = self.unclear(source, said.as_ref(), took)? {
            self.progress(index, hint, index + 1);
            self.lips.clear();
            let (_, again) = self.step(source, index, &step)?;
            said = again.map(|sound| Said { sound, words: step.words().to_vec() });
        }
        let seen = self.shown(prompt, &frames);
        match prompt.part() {
            Part::Head => self.head.count(seen),
            Part::Mouth => self.mouth.count(seen),
            Part::Eyes => self.eyes.count(seen),
            // What was said is read from the sound.
            Part::Voice => {}
        }
        if let Some(opposite) = prompt.opposite_turn() {
            self.mirrored.count(self.shown(&opposite, &frames));
        }
        if seen {
            self.progress(index, Hint::WellDone, index + 1);
        }
        self.before = frames.last().copied();
        Ok(said)
    }

    /// Why words should be said once more, if they should: they were not understood, a person is there to say them again,
    /// and what is left of the capture's time is enough for it.
    fn unclear(
        &mut self,
        source: &dyn Source,
        said: Option<&Said>,
        took: Duration,
    ) -> Result<Option<Hint>, CaptureError> {
        let Some(said) = said.filter(|_| source.answers()) else { return Ok(None) };
        if self.started.elapsed() + took + EVALUATION > self.budget {
            return Ok(None);
        }
        let unclear = speech::unclear(self.networks, said, &self.bounds.speech)?;
        Ok(unclear.map(|unclear| match unclear {
            Unclear::Noisy => Hint::Noisy,
            Unclear::NotUnderstood => Hint::SayAgain,
        }))
    }

    /// Whether the frames of the current step show a prompt.
    fn shown(&self, prompt: &Prompt, frames: &[Shown]) -> bool {
        self.rest.is_some_and(|rest| rest.shows(prompt, frames, self.before.as_ref()))
    }

    /// Takes the frames of one step. `index` is that of the prompt that the person sees meanwhile.
    fn step(
        &mut self,
        source: &mut dyn Source,
        index: usize,
        step: &Step,
    ) -> Result<(Vec<Shown>, Option<Sound>), CaptureError> {
        let (hint, label, done) = match step {
            Step::LookAhead => (Hint::LookAhead, "look at the camera".to_owned(), 0),
            Step::Shine => (Hint::ScreenLight, "look at the camera".to_owned(), 0),
            Step::Show(prompt @ Prompt::Say(_)) => (Hint::Speak, prompt.words(), index + 1),
            Step::Show(prompt) => (Hint::FollowPrompt, prompt.words(), index + 1),
        };
        source.begin(step)?;
        self.progress(index, hint, done);
        let mut shown = Vec::new();
        let mut began = None;
        let mut clearest: Option<(f32, Seen)> = None;
        while let Some((seconds, frame)) = source.next_frame()? {
            self.check()?;
            let look = self.gallery.look(self.networks, frame, step)?;
            let began = *began.get_or_insert_with(|| source.began().unwrap_or(seconds));
            self.advise(index, done, look.faces, hint);
            let (Some(seen), Some(now)) = (look.seen, look.shown) else { continue };
            shown.push(now);
            if self.link.watches() {
                self.previews.show(&seen, seconds, index as u32, &label)?;
            }
            if !step.words().is_empty() {
                self.lips.push((seconds - began, geometry::lip_gap(seen.mesh())));
            }
            if *step == Step::Shine {
                self.lit.push(Lit::of(seconds - began, seen.frame(), seen.face(), seen.mesh())?);
                continue;
            }
            if *step == Step::LookAhead {
                self.last_at_rest = Some(seen);
                continue;
            }
            let (Step::Show(prompt), Some(rest)) = (step, self.rest) else { continue };
            let clarity = rest.clarity(prompt, &now);
            if prompt.part() == Part::Head && clarity >= 1.0 {
                self.solid.look(&seen)?;
            }
            if clarity >= 1.0 && clearest.as_ref().is_none_or(|(most, _)| clarity > *most) {
                clearest = Some((clarity, seen));
            }
            if source.answers() && rest.shows(prompt, &shown, self.before.as_ref()) {
                break;
            }
        }
        if let Some((_, seen)) = clearest {
            self.gallery.keep_turned(&seen);
        }
        let sound = source.end()?;
        self.check()?;
        Ok((shown, sound))
    }

    fn evaluate(&mut self, said: Option<&Said>) -> Result<Captured, CaptureError> {
        let mut measurements = Measurements::new();
        let face_embedding = self.gallery.measure(self.networks, &mut measurements)?;
        self.check()?;
        self.head.measure(Measure::HeadOrder, &mut measurements);
        self.mirrored.measure(Measure::Mirrored, &mut measurements);
        self.mouth.measure(Measure::Mouth, &mut measurements);
        self.eyes.measure(Measure::Eyes, &mut measurements);
        self.solid.measure(self.bounds.moves.held, &mut measurements);
        let mut captured = Captured { face_embedding, ..Captured::default() };
        if let Some(said) = said {
            let lips = Lips { gaps: &self.lips, in_step: self.in_step };
            let heard = speech::listen(self.networks, said, &lips, &self.bounds.speech, &mut measurements)?;
            captured.transcript = heard.transcript;
            captured.voice_embedding = heard.embedding;
        }
        self.check()?;
        captured.measurements = measurements.to_names();
        captured.frames = self.gallery.frames();
        captured.frames_with_face = self.gallery.frames_with_face();
        Ok(captured)
    }

    /// Tells the person what keeps the capture from going on, and when it goes on.
    fn advise(&mut self, index: usize, done: usize, faces: usize, otherwise: Hint) {
        let hint = match faces {
            0 => Hint::NoFace,
            1 => otherwise,
            _ => Hint::MoreThanOneFace,
        };
        if hint != self.hint {
            self.progress(index, hint, done);
        }
    }

    fn progress(&mut self, index: usize, hint: Hint, done: usize) {
        self.hint = hint;
        let fraction = (1000 * done / (self.steps + 1)) as u32;
        let prompt_index = index as u32;
        self.link.tell(Kind::Progress(Progress { id: self.id, prompt_index, hint: hint.into(), fraction }));
    }

    fn check(&self) -> Result<(), CaptureError> {
        if self.link.stop_asked() {
            return Err(CaptureError::Cancelled);
        }
        if self.started.elapsed() > self.budget {
            return Err(CaptureError::TimedOut(self.budget));
        }
        Ok(())
    }
}

/// UTC in milliseconds.
fn now_ms() -> Result<u64, CaptureError> {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).map_err(|_| CaptureError::Clock)?;
    Ok(since.as_millis() as u64)
}
