//! What all events so far come to, and what is to be seen then. A pure fold: any order of events gives a view.

use crate::view::{Advice, Done, Ending, Screen, Shown, Step, StepState, View};
use crate::{Asked, Event, Phase};

/// How long things may take, seconds, as the kiosk is configured (`session` in `wetsign.toml`), and whom to ask.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// From the challenge to the end of the capture.
    pub challenge_s: u32,
    /// For the person's own device to sign.
    pub sign_s: u32,
    /// Whom a person may ask; none: the operator.
    pub contact: Option<String>,
}

impl Default for Limits {
    /// As `wetsignd` is shipped.
    fn default() -> Self {
        Self { challenge_s: 60, sign_s: 60, contact: None }
    }
}

/// How long a picture for the phone holds, seconds (`wetsign-pair`).
const INVITATION_S: u32 = 60;

/// Where it stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
enum At {
    #[default]
    Idle,
    Who,
    Asked,
    Consent,
    Needs,
    Name,
    EnrolConsent,
    Phone,
    Invited,
    Compare,
    Ready,
    Look,
    Work,
    Declining,
    Code,
    End(End),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Done,
    Declined,
    Enrolled,
    Paired,
    Refused,
    Lost,
}

/// What all events so far come to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Story {
    limits: Limits,
    at: At,
    waiting: u32,
    phones: bool,
    invitation: String,
    names: Vec<String>,
    asked: Box<Asked>,
    shines: bool,
    needs: Vec<String>,
    name: String,
    enrolling: bool,
    recording: bool,
    shown: Shown,
    digits: String,
    work: [Work; STEPS],
    time: Option<(u64, u64)>,
    done: Done,
    ending: Option<Ending>,
    refused: Option<Ending>,
    advice: Option<Advice>,
    kept: bool,
}

const STEPS: usize = 7;
const ALIVE: usize = 0;
const MATCH: usize = 1;
const ATTEST: usize = 2;
const PROOF: usize = 3;
const DEVICE: usize = 4;
const SIGN: usize = 5;
const LOG: usize = 6;

/// When a step began and ended, milliseconds of the story's clock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Work {
    began: Option<u64>,
    ended: Option<u64>,
}

impl Story {
    /// A story that begins with nobody there.
    pub fn new(limits: Limits) -> Self {
        Self { limits, ..Self::default() }
    }

    /// Takes an event in. `at_ms` is on a clock of the caller's that never runs back; one that does harms nothing.
    pub fn note(&mut self, at_ms: u64, event: &Event) {
        match event {
            Event::Idle { waiting } => self.anew(At::Idle).waiting = *waiting,
            Event::Who(names) => self.anew(At::Who).names.clone_from(names),
            Event::Asked(asked) => {
                let asked = Box::new((**asked).clone().fit());
                self.anew(At::Asked).asked = asked;
            }
            Event::Phones(phones) => self.phones = *phones,
            Event::AskName => self.anew(At::Name).enrolling = true,
            Event::Approved { id } => self.done.approval = Some(id.clone()),
            _ if matches!(self.at, At::End(_)) => self.complete(at_ms, event),
            Event::AskConsent { shines } => {
                self.shines = *shines;
                self.at = At::Consent;
            }
            Event::Needs(needs) => {
                self.needs.clone_from(needs);
                self.at = At::Needs;
            }
            Event::AskEnrolment { name } => {
                self.name.clone_from(name);
                (self.enrolling, self.at) = (true, At::EnrolConsent);
            }
            Event::AskPhone => self.at = At::Phone,
            Event::Invitation(text) => {
                self.captured(at_ms, ALIVE);
                self.work = Default::default();
                self.invitation.clone_from(text);
                self.until(at_ms, INVITATION_S);
                self.at = At::Invited;
            }
            Event::Phase(phase) => self.phase(at_ms, *phase),
            Event::Told { code, .. } => self.told(at_ms, code),
            Event::Prompt { index, total, code, spoken } => {
                self.recording = true;
                self.shown.prompt = Some(code.clone());
                self.shown.spoken.clone_from(spoken);
                self.shown.place = (index.saturating_add(1).min(*total), *total);
                (self.shown.light, self.shown.advice, self.advice) = (None, None, None);
                self.at = At::Look;
            }
            Event::Preview => self.shown.preview = matches!(self.at, At::Ready | At::Look),
            Event::Light(colour) => self.shown.light = *colour,
            Event::Gates { passed, of } => self.done.checks = if passed == of { *of } else { 0 },
            Event::Code(digits) => {
                self.digits.clone_from(digits);
                if self.at == At::Invited {
                    (self.at, self.time) = (At::Compare, None);
                } else {
                    self.device(at_ms);
                }
            }
            Event::CoSigned { id } => {
                self.done.cosignature.clone_from(id);
                self.end(at_ms, End::Done);
            }
            Event::Refused { .. } => {
                self.end(at_ms, End::Refused);
                self.complete(at_ms, event);
            }
            Event::Declined => self.end(at_ms, End::Declined),
            Event::Enrolled => self.end(at_ms, End::Enrolled),
            Event::Paired => self.paired(at_ms),
            Event::Lost => self.end(at_ms, End::Lost),
            Event::Subject | Event::Times(_) => {}
        }
    }

    /// What is to be seen now.
    pub fn view(&self) -> View {
        let screen = match &self.at {
            At::Idle => Screen::Idle(self.waiting),
            At::Who => Screen::Who(self.names.clone()),
            At::Asked => Screen::Asked(self.asked.clone()),
            At::Consent => Screen::Consent { shines: self.shines },
            At::Needs => Screen::Needs(self.needs.clone()),
            At::Name => Screen::Name,
            At::EnrolConsent => Screen::EnrolConsent { name: self.name.clone() },
            At::Phone => Screen::Phone,
            At::Invited => Screen::Invited { text: self.invitation.clone() },
            At::Compare => Screen::Compare { digits: self.digits.clone() },
            At::Ready if self.shown.light.is_none() => Screen::Ready,
            At::Ready | At::Look => Screen::Look(self.shown.clone()),
            At::Work => Screen::Work(self.steps()),
            At::Declining => Screen::Declining,
            At::Code => Screen::Code { digits: self.digits.clone(), steps: self.steps() },
            At::End(End::Done) => Screen::Done(Done { steps: self.steps(), ..self.done.clone() }),
            At::End(End::Declined) => Screen::Declined,
            At::End(End::Enrolled) => Screen::Enrolled,
            At::End(End::Paired) => Screen::Paired,
            At::End(End::Refused) => Screen::Refused {
                ending: self.ending.or(self.refused).unwrap_or(Ending::Internal),
                advice: self.advice,
                kept: self.kept,
            },
            At::End(End::Lost) => Screen::Lost,
        };
        View {
            screen,
            enrolling: self.enrolling,
            phones: self.phones,
            recording: self.recording,
            time: self.time,
            contact: self.limits.contact.clone(),
        }
    }

    /// Forgets everything of the person before.
    fn anew(&mut self, at: At) -> &mut Self {
        *self = Self { limits: self.limits.clone(), phones: self.phones, at, ..Self::default() };
        self
    }

    fn phase(&mut self, at_ms: u64, phase: Phase) {
        match phase {
            Phase::Waiting if self.at == At::Idle => self.at = At::Ready,
            Phase::Waiting | Phase::Pair => {}
            Phase::Decided => self.at = At::Ready,
            Phase::Enrol => (self.enrolling, self.at) = (true, At::Ready),
            Phase::Confirm => {
                self.enrolling = true;
                self.second();
            }
            Phase::Begun => {
                self.recording = true;
                self.until(at_ms, self.limits.challenge_s);
                self.at = At::Ready;
            }
            Phase::Challenging => {
                self.recording = true;
                self.at = At::Look;
            }
            Phase::Captured => self.captured(at_ms, ALIVE),
            Phase::Live => self.finished(at_ms, ALIVE, MATCH),
            Phase::Matched => self.finished(at_ms, MATCH, ATTEST),
            Phase::Attested => self.finished(at_ms, ATTEST, PROOF),
            Phase::Proved => self.finished(at_ms, PROOF, SIGN),
            Phase::AwaitingSignature => self.device(at_ms),
            Phase::CoSigned => self.finished(at_ms, SIGN, LOG),
            Phase::Logged => self.finish(at_ms, LOG),
            Phase::Declining | Phase::DeclineKept => self.at = At::Declining,
            Phase::Declined => self.end(at_ms, End::Declined),
            Phase::Refused => self.end(at_ms, End::Refused),
            Phase::Enrolled => self.end(at_ms, End::Enrolled),
            Phase::Paired => self.paired(at_ms),
        }
    }

    fn told(&mut self, at_ms: u64, code: &str) {
        if let Some(advice) = Advice::of(code) {
            self.advice = Some(advice);
            self.shown.advice = Some(advice);
            return;
        }
        if let Some(ending) = Ending::told(code) {
            self.ending = Some(ending);
            return self.end(at_ms, End::Refused);
        }
        match code {
            "will_shine" => self.shines = true,
            "shining" => (self.recording, self.at) = (true, At::Look),
            "capturing" => (self.recording, self.at, self.shown.advice) = (true, At::Look, None),
            "again" => self.second(),
            "camera_closed" | "judging" => self.captured(at_ms, ALIVE),
            "matching" => self.captured(at_ms, MATCH),
            "attesting" => self.captured(at_ms, ATTEST),
            "proving" => self.captured(at_ms, PROOF),
            "sign_on_device" => self.device(at_ms),
            "signing" => self.captured(at_ms, SIGN),
            "logging" => self.captured(at_ms, LOG),
            "log_pending" => self.done.log_pending = true,
            _ => {}
        }
    }

    /// After the end nothing changes but what is still said of it.
    fn complete(&mut self, at_ms: u64, event: &Event) {
        match event {
            Event::Refused { code, kept } => {
                self.refused = Some(Ending::refused(code));
                self.kept |= *kept;
            }
            Event::Told { code, .. } => {
                if let Some(ending) = Ending::told(code) {
                    self.ending = Some(ending);
                } else if let Some(advice) = Advice::of(code) {
                    self.advice = Some(advice);
                } else if code == "log_pending" {
                    self.done.log_pending = true;
                }
            }
            Event::Phase(Phase::CoSigned) => self.finish(at_ms, SIGN),
            Event::Phase(Phase::Logged) => self.finish(at_ms, LOG),
            Event::CoSigned { id } if self.at == At::End(End::Done) => self.done.cosignature.clone_from(id),
            _ => {}
        }
    }

    /// The second capture of an enrolment.
    fn second(&mut self) {
        self.work = Default::default();
        self.shown = Shown { again: true, ..Shown::default() };
        (self.advice, self.time, self.at) = (None, None, At::Ready);
    }

    /// The camera is off, and this step goes on.
    fn captured(&mut self, at_ms: u64, step: usize) {
        (self.recording, self.time) = (false, None);
        self.shown = Shown { again: self.shown.again, ..Shown::default() };
        self.begin(at_ms, step);
        self.at = At::Work;
    }

    fn finished(&mut self, at_ms: u64, step: usize, next: usize) {
        self.finish(at_ms, step);
        self.captured(at_ms, next);
    }

    /// On the way to an enrolment it goes on: the person is looked at next.
    fn paired(&mut self, at_ms: u64) {
        if self.enrolling {
            self.at = At::Ready;
        } else {
            self.end(at_ms, End::Paired);
        }
    }

    fn device(&mut self, at_ms: u64) {
        if self.at != At::Code {
            self.captured(at_ms, DEVICE);
            self.until(at_ms, self.limits.sign_s);
            self.at = At::Code;
        }
    }

    fn begin(&mut self, at_ms: u64, step: usize) {
        for work in &mut self.work[..step] {
            if work.began.is_some() {
                work.ended.get_or_insert(at_ms);
            }
        }
        self.work[step].began.get_or_insert(at_ms);
    }

    fn finish(&mut self, at_ms: u64, step: usize) {
        self.begin(at_ms, step);
        self.work[step].ended.get_or_insert(at_ms);
    }

    fn end(&mut self, at_ms: u64, end: End) {
        if end == End::Done {
            for work in self.work.iter_mut().filter(|work| work.began.is_some()) {
                work.ended.get_or_insert(at_ms);
            }
        }
        (self.recording, self.time) = (false, None);
        self.at = At::End(end);
    }

    fn until(&mut self, at_ms: u64, seconds: u32) {
        let whole = u64::from(seconds) * 1000;
        self.time = Some((at_ms.saturating_add(whole), whole));
    }

    /// The steps that this session has: a device's only where one is asked, an enrolment's up to the proof.
    fn steps(&self) -> Vec<Step> {
        let state = |step: usize| match self.work[step] {
            Work { began: None, .. } => StepState::Later,
            Work { began: Some(began), ended: Some(ended) } => StepState::Done(ended.saturating_sub(began)),
            Work { .. } => StepState::Now,
        };
        let mut steps = vec![
            Step::Alive(state(ALIVE)),
            Step::Match(state(MATCH)),
            Step::Attest(state(ATTEST)),
            Step::Proof(state(PROOF)),
        ];
        if self.work[DEVICE].began.is_some() {
            steps.push(Step::Device(state(DEVICE)));
        }
        steps.push(Step::Sign(state(SIGN)));
        if !self.enrolling {
            steps.push(Step::Log(state(LOG)));
        }
        steps
    }
}
