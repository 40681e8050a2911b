//! The steps of a capture: the person looks ahead, shows each prompt in turn, and everything is measured.

use std::time::{Duration, Instant};

use wetsign_infer::audio::Sound;
use wetsign_infer::light::{Lit, reflection};
use wetsign_infer::{Sight, Voice, Words, geometry};
use wetsign_liveness::light::{Colour, Reflection, STEP_S};
use wetsign_liveness::{Measure, Measurements, Part, Prompt, Thresholds};
use wetsign_models::manifest::Capture as Bounds;
use wetsign_sensor_ipc::{Captured, Hint, Progress, from_sensor::Kind};

use crate::audience::Audience;
use crate::failure::CaptureError;
use crate::guide::{Guide, Told};
use crate::moves::{Rest, Shown};
use crate::passive::Passive;
use crate::people::People;
use crate::preview::Previews;
use crate::reaction::Reactions;
use crate::solid::Solid;
use crate::source::{Source, Step};
use crate::speech::{self, Heard, Lips, Listener, Unclear, Wanted};
use crate::vision::{Gallery, Look, Seen};

/// What judging takes at the end of a capture, generously: words are not asked again in this time.
const EVALUATION: Duration = Duration::from_secs(3);
/// Stands in previews while nothing is demanded.
const LOOK_HERE: &str = "look at the camera";

/// What the daemon asks for, beside the prompts.
pub struct Asked {
    /// The request.
    pub id: u64,
    /// How long it may take.
    pub budget: Duration,
    /// The page's colours; none: it does not shine.
    pub light: Vec<Colour>,
    /// A template is made of it.
    pub enrols: bool,
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

/// A capture that runs.
pub struct Session<'a> {
    link: &'a dyn Audience,
    sight: &'a mut Sight,
    voice: &'a mut Voice,
    words: &'a mut Words,
    id: u64,
    steps: usize,
    started: Instant,
    budget: Duration,
    bounds: Bounds,
    /// Lips may lead or follow their sound by this much, seconds.
    in_step: f64,
    gallery: Gallery<'a>,
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
    /// How soon the head answered.
    reactions: Reactions,
    /// Whether a head turns, or a picture.
    solid: Solid,
    last_at_rest: Option<Seen>,
    /// Gaps between the lips while words were asked: seconds from the beginning of the sound.
    lips: Vec<(f64, f32)>,
    /// What each frame shows of the page's light.
    lit: Vec<Lit>,
    /// The room was loud before anything was to be said.
    loud: bool,
    /// A template is made of what is heard.
    enrols: bool,
    /// What the source's words are drawn from.
    vocabulary: Vec<String>,
    /// What was heard when words were demanded last.
    heard: Option<Heard>,
}

impl<'a> Session<'a> {
    /// Before its first step.
    pub fn new(
        link: &'a dyn Audience,
        (sight, voice, words): (&'a mut Sight, &'a mut Voice, &'a mut Words),
        passive: &'a Passive,
        bounds: Bounds,
        asked: &Asked,
        prompts: usize,
    ) -> Self {
        Self {
            link,
            sight,
            voice,
            words,
            id: asked.id,
            steps: prompts + 1,
            started: Instant::now(),
            budget: asked.budget,
            gallery: Gallery::new(&bounds, passive),
            bounds,
            in_step: f64::from(Thresholds::from_manifest().of(Measure::LipsLag).unwrap_or(0)) / 1000.0,
            previews: Previews::new(link, asked.id),
            hint: Hint::Unspecified,
            rest: None,
            before: None,
            head: Tally::default(),
            mirrored: Tally::default(),
            mouth: Tally::default(),
            eyes: Tally::default(),
            reactions: Reactions::default(),
            solid: Solid::default(),
            last_at_rest: None,
            lips: Vec::new(),
            lit: Vec::new(),
            loud: false,
            enrols: asked.enrols,
            vocabulary: Vec::new(),
            heard: None,
        }
    }

    /// Every step, one after the other. How the face answers the colours; `None`: none shine, or nothing could be
    /// measured.
    pub fn take(
        &mut self,
        source: &mut dyn Source,
        prompts: &[Prompt],
        light: &[Colour],
    ) -> Result<Option<Reflection>, CaptureError> {
        self.vocabulary.clone_from(&source.about().repertoire.vocabulary);
        self.settle(source)?;
        self.look_ahead(source)?;
        let reflection = self.shine(source, light)?;
        for (index, prompt) in prompts.iter().enumerate() {
            self.show(source, index, prompt)?;
        }
        self.progress(prompts.len(), Hint::Evaluating, self.steps);
        Ok(reflection)
    }

    /// Has the person come close enough, into enough light, and look at the camera before anything counts; who cannot
    /// is captured all the same.
    fn settle(&mut self, source: &mut dyn Source) -> Result<(), CaptureError> {
        if !source.answers() {
            return Ok(());
        }
        let (people, presence) = (self.bounds.people, self.bounds.frames.presence.get());
        let mut guide = Guide::new(self.bounds.guide, self.bounds.frames);
        let mut people = People::new(people, presence);
        source.begin(&Step::Settle)?;
        self.progress(0, Hint::LookAhead, 0);
        while let Some((seconds, frame)) = source.next_frame()? {
            self.check()?;
            let scene = people.look(self.sight, &frame)?;
            match guide.look(&frame, &scene)? {
                Some(Told::Ready) => break,
                Some(Told::First(hint)) if hint != self.hint => self.progress(0, hint, 0),
                _ => {}
            }
            if let Some((face, mesh)) = scene.person.filter(|_| self.link.watches()) {
                self.previews.show((&frame, &face, &mesh), seconds, 0, LOOK_HERE)?;
            }
        }
        source.end()?;
        Ok(())
    }

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

    fn show(&mut self, source: &mut dyn Source, index: usize, prompt: &Prompt) -> Result<(), CaptureError> {
        let step = Step::Show(prompt.clone());
        if self.loud && !step.words().is_empty() {
            self.progress(index, Hint::Noisy, index + 1);
        }
        let began = self.started.elapsed();
        let (mut frames, sound) = self.step(source, index, &step)?;
        self.hear(sound.as_ref(), step.words())?;
        let took = self.started.elapsed().saturating_sub(began);
        if let Some(hint) = self.unclear(source, step.words(), took) {
            self.progress(index, hint, index + 1);
            self.lips.clear();
            let (again, sound) = self.step(source, index, &step)?;
            self.hear(sound.as_ref(), step.words())?;
            frames = again;
        } else if self.is_unsteady(source, step.words(), took) {
            self.progress(index, Hint::SayAgain, index + 1);
            let first = self.heard.take();
            self.lips.clear();
            let (_, sound) = self.step(source, index, &step)?;
            self.hear(sound.as_ref(), step.words())?;
            self.heard = match (first, self.heard.take()) {
                (Some(first), Some(again)) => Some(first.with(&again, step.words())),
                (first, again) => first.or(again),
            };
        }
        let seen = self.shown(prompt, &frames);
        match prompt.part() {
            Part::Head => {
                self.head.count(seen);
                self.reactions.end(seen);
            }
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
        Ok(())
    }

    fn hear(&mut self, sound: Option<&Sound>, words: &[String]) -> Result<(), CaptureError> {
        let Some(sound) = sound.filter(|_| !words.is_empty()) else { return Ok(()) };
        let lips = Lips { gaps: &self.lips, in_step: self.in_step };
        let voice = Listener { voice: self.voice, enrols: self.enrols };
        let wanted = Wanted { words, vocabulary: &self.vocabulary };
        let heard = speech::listen(voice, self.words, (sound, &wanted), &lips, &self.bounds.speech)?;
        self.heard = Some(heard);
        Ok(())
    }

    /// Why words should be said once more, if they should: they were not understood, and there is time.
    fn unclear(&self, source: &dyn Source, words: &[String], took: Duration) -> Option<Hint> {
        let heard = self.heard.as_ref().filter(|_| self.has_time(source, words, took))?;
        Some(match heard.unclear(&self.bounds.speech)? {
            Unclear::Noisy => Hint::Noisy,
            Unclear::NotUnderstood => Hint::SayAgain,
        })
    }

    /// Whether words were understood, but it is uncertain whose voice said them.
    fn is_unsteady(&self, source: &dyn Source, words: &[String], took: Duration) -> bool {
        let unsteady = |heard: &Heard| heard.is_unsteady(words, &self.bounds.speech);
        self.has_time(source, words, took) && self.heard.as_ref().is_some_and(unsteady)
    }

    /// Whether somebody is there to say words once more, and what is left of the capture's time is enough for it.
    fn has_time(&self, source: &dyn Source, words: &[String], took: Duration) -> bool {
        source.answers() && !words.is_empty() && self.started.elapsed() + took + EVALUATION <= self.budget
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
            Step::Settle | Step::LookAhead => (Hint::LookAhead, LOOK_HERE.to_owned(), 0),
            Step::Shine => (Hint::ScreenLight, LOOK_HERE.to_owned(), 0),
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
            let look = self.gallery.look(self.sight, frame, step)?;
            let began = *began.get_or_insert_with(|| source.began().unwrap_or(seconds));
            self.advise(index, done, &look, hint);
            let (Some(seen), Some(now)) = (look.seen, look.shown) else { continue };
            shown.push(now);
            if self.link.watches() {
                self.previews.show(
                    (seen.frame(), seen.face(), seen.mesh()),
                    seconds,
                    index as u32,
                    &label,
                )?;
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
            if source.answers() {
                self.reactions.look(&rest, prompt, &now, seconds - began);
            }
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

    /// What all of it shows, but for what passive detection says.
    pub fn evaluate(&mut self) -> Result<(Captured, Measurements), CaptureError> {
        let mut measured = Measurements::new();
        let face_embedding = self.gallery.measure(self.sight, &mut measured)?;
        self.head.measure(Measure::HeadOrder, &mut measured);
        self.reactions.measure(&mut measured);
        self.mirrored.measure(Measure::Mirrored, &mut measured);
        self.mouth.measure(Measure::Mouth, &mut measured);
        self.eyes.measure(Measure::Eyes, &mut measured);
        self.solid.measure(self.bounds.moves.held, &mut measured);
        let mut captured = Captured { face_embedding, ..Captured::default() };
        if let Some(heard) = self.heard.take() {
            heard.measure(&mut measured);
            captured.transcript = heard.transcript;
            captured.voice_embedding = heard.embedding;
        }
        captured.frames = self.gallery.frames();
        captured.frames_with_face = self.gallery.frames_with_face();
        Ok((captured, measured))
    }

    /// Tells the person what keeps the capture from going on, and when it goes on.
    fn advise(&mut self, index: usize, done: usize, look: &Look, otherwise: Hint) {
        let hint = match look {
            Look { seen: None, .. } => Hint::NoFace,
            Look { others: true, .. } => Hint::MoreThanOneFace,
            Look { .. } => otherwise,
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

    /// Whether it may go on.
    pub fn check(&self) -> Result<(), CaptureError> {
        if self.link.stop_asked() {
            return Err(CaptureError::Cancelled);
        }
        if self.started.elapsed() > self.budget {
            return Err(CaptureError::TimedOut(self.budget));
        }
        Ok(())
    }
}
