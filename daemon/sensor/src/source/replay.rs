//! A replayed subject: told the current prompt, it plays the stretch of a recording that shows it.
//!
//! It stands in for a living person where there is none, and says so in everything it makes. A plain recording cannot
//! know the prompt; this source is told it, which is the whole difference.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use wetsign_infer::audio::{self, Sound};
use wetsign_infer::{Frame, VideoReader};
use wetsign_liveness::{EyeMove, HeadMove, MouthMove, Repertoire, phrase};
use wetsign_models::store::digest_file;
use wetsign_sensor_ipc::Part;

use super::subject::{Show, Speech, SpeechKind, Subject, resolve};
use super::{About, FRAMES_PER_SECOND, Source, SourceError, Step};

/// What is kept before and after the sound of a recording, samples (60 and 70 ms).
const KEPT: (usize, usize) = (960, 1120);
/// A window of 10 ms is silence below this share of the loudest one.
const SILENCE: f32 = 0.03;
const WINDOW: usize = 160;
/// A short stretch is looked at more densely, so that it gives this many frames if it has them.
const FRAMES_PER_STRETCH: f64 = 8.0;

/// See the module's text.
pub struct ReplayedSubject {
    about: About,
    recorded: Rc<Recorded>,
    /// Source time at which the current step began.
    clock: f64,
    step: Step,
    next: usize,
}

/// What was recorded of a subject.
struct Recorded {
    stretches: BTreeMap<Show, Vec<(f64, Frame)>>,
    speech: Option<Speech>,
    /// Normalised word → recording.
    recordings: BTreeMap<String, PathBuf>,
    /// Those that were read so far: 16 kHz.
    pieces: RefCell<BTreeMap<String, Rc<Vec<f32>>>>,
}

impl Recorded {
    /// The recording of a word, cut as the subject says.
    fn piece(&self, word: &str) -> Result<Rc<Vec<f32>>, SourceError> {
        let not_shown = || SourceError::NotShown { prompt: format!("say: {word}") };
        let token = phrase::token(word).ok_or_else(not_shown)?;
        if let Some(known) = self.pieces.borrow().get(&token) {
            return Ok(known.clone());
        }
        let path = self.recordings.get(&token).ok_or_else(not_shown)?;
        let mut piece = audio::resample_16k(&audio::read_file(path)?)?;
        if self.speech.as_ref().is_some_and(|speech| speech.trim) {
            piece = trimmed(&piece);
        }
        let piece = Rc::new(piece);
        self.pieces.borrow_mut().insert(token, piece.clone());
        Ok(piece)
    }
}

impl ReplayedSubject {
    /// Opens `subject.toml` in a folder and reads the stretches of one part.
    pub fn open(directory: &Path, part: Part, cache: &Path) -> Result<Self, SourceError> {
        let subject = Subject::read(directory)?;
        let video = resolve(&subject.video, directory, cache);
        let stretches = read_stretches(&video, &subject, part)?;
        if !stretches.contains_key(&Show::Neutral) {
            return Err(SourceError::Unavailable(format!(
                "subject {} has no frames of a neutral stretch for this part ({part:?})",
                subject.name
            )));
        }
        let recordings = match &subject.speech {
            Some(speech) => find_recordings(speech, &resolve(&speech.directory, directory, cache))?,
            None => BTreeMap::new(),
        };
        let about = About {
            label: label(&subject, &video, part)?,
            devices: None,
            simulated: true,
            repertoire: repertoire(&subject, &stretches, &recordings),
            notes: notes(&subject),
        };
        let recorded = Recorded { stretches, speech: subject.speech, recordings, pieces: RefCell::default() };
        Ok(Self { about, recorded: Rc::new(recorded), clock: 0.0, step: Step::LookAhead, next: 0 })
    }

    /// The same recordings from the beginning, without reading them again.
    pub fn again(&self) -> Self {
        let (about, recorded) = (self.about.clone(), self.recorded.clone());
        Self { about, recorded, clock: 0.0, step: Step::LookAhead, next: 0 }
    }

    fn shown(&self) -> &[(f64, Frame)] {
        let show = match &self.step {
            Step::Settle | Step::LookAhead | Step::Shine => Show::Neutral,
            Step::Show(prompt) => Show::of(prompt),
        };
        self.recorded.stretches.get(&show).map_or(&[], Vec::as_slice)
    }

    fn speak(&self, words: &[String]) -> Result<Sound, SourceError> {
        let gap = self.recorded.speech.as_ref().map_or(0.0, |speech| speech.gap);
        let pieces: Vec<Rc<Vec<f32>>> =
            words.iter().map(|word| self.recorded.piece(word)).collect::<Result<_, _>>()?;
        let mut samples = vec![0.0; (gap * f64::from(audio::RATE)) as usize];
        samples.extend(audio::join(&pieces, gap));
        Ok(Sound { samples, rate: audio::RATE })
    }
}

impl Source for ReplayedSubject {
    fn about(&self) -> &About {
        &self.about
    }

    fn begin(&mut self, step: &Step) -> Result<(), SourceError> {
        self.step = step.clone();
        self.next = 0;
        if self.shown().is_empty() {
            let prompt = if let Step::Show(prompt) = step { prompt.words() } else { "look ahead".into() };
            return Err(SourceError::NotShown { prompt });
        }
        Ok(())
    }

    fn next_frame(&mut self) -> Result<Option<(f64, Frame)>, SourceError> {
        let frames = self.shown();
        let next =
            frames.get(self.next).map(|(time, frame)| (self.clock + time - frames[0].0, frame.clone()));
        self.next += 1;
        Ok(next)
    }

    fn end(&mut self) -> Result<Option<Sound>, SourceError> {
        let frames = self.shown();
        let seen = frames.last().map_or(0.0, |(time, _)| time - frames[0].0);
        let words = self.step.words().to_vec();
        let sound = if words.is_empty() { None } else { Some(self.speak(&words)?) };
        self.clock += sound.as_ref().map_or(seen, Sound::seconds).max(seen) + 1.0 / FRAMES_PER_SECOND;
        Ok(sound)
    }
}

/// A recording without the silence before and after it.
fn trimmed(samples: &[f32]) -> Vec<f32> {
    let power = |window: &[f32]| (window.iter().map(|s| s * s).sum::<f32>() / WINDOW as f32).sqrt();
    let levels: Vec<f32> = samples.chunks_exact(WINDOW).map(power).collect();
    let bound = SILENCE * levels.iter().copied().fold(0.0, f32::max);
    let loud = |level: &f32| *level > bound;
    let (Some(first), Some(last)) = (levels.iter().position(loud), levels.iter().rposition(loud)) else {
        return samples.to_vec();
    };
    let from = (first * WINDOW).saturating_sub(KEPT.0);
    let to = ((last + 1) * WINDOW + KEPT.1).min(samples.len());
    samples[from..to].to_vec()
}

/// Reads the video once and keeps the frames of one part's stretches.
fn read_stretches(
    video: &Path,
    subject: &Subject,
    part: Part,
) -> Result<BTreeMap<Show, Vec<(f64, Frame)>>, SourceError> {
    let wanted: Vec<_> = subject.stretches.iter().filter(|stretch| stretch.part.is(part)).collect();
    let mut due: Vec<f64> = wanted.iter().map(|stretch| stretch.from).collect();
    let end = wanted.iter().fold(0.0, |end: f64, stretch| end.max(stretch.to));
    let mut kept: BTreeMap<Show, Vec<(f64, Frame)>> = BTreeMap::new();
    for frame in VideoReader::open(video)? {
        let (time, frame) = frame?;
        if time > end {
            break;
        }
        for (stretch, due) in wanted.iter().zip(&mut due) {
            if time >= *due && time <= stretch.to {
                kept.entry(stretch.show).or_default().push((time, frame.clone()));
                *due = time + (1.0 / FRAMES_PER_SECOND).min((stretch.to - stretch.from) / FRAMES_PER_STRETCH)
                    - 1e-6;
            }
        }
    }
    Ok(kept)
}

fn find_recordings(speech: &Speech, directory: &Path) -> Result<BTreeMap<String, PathBuf>, SourceError> {
    let unreadable = |error: std::io::Error| {
        SourceError::Unavailable(format!("{} cannot be read: {error}", directory.display()))
    };
    let mut found = BTreeMap::new();
    for entry in std::fs::read_dir(directory).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        let sound = path.extension().is_some_and(|kind| ["ogg", "wav"].iter().any(|known| kind == *known));
        let word = path.file_stem().and_then(|stem| stem.to_str()).and_then(phrase::token);
        if let (true, Some(word)) = (sound, word)
            && (speech.kind == SpeechKind::Words || word.chars().count() == 1)
        {
            found.insert(word, path);
        }
    }
    if let Some(vocabulary) = &speech.vocabulary {
        let asked: Vec<String> = vocabulary.iter().filter_map(|word| phrase::token(word)).collect();
        if let Some(missing) = asked.iter().find(|word| !found.contains_key(*word)) {
            let folder = directory.display();
            return Err(SourceError::Unavailable(format!(
                "there is no recording of \"{missing}\" in {folder}"
            )));
        }
        found.retain(|word, _| asked.contains(word));
    }
    Ok(found)
}

fn repertoire(
    subject: &Subject,
    stretches: &BTreeMap<Show, Vec<(f64, Frame)>>,
    recordings: &BTreeMap<String, PathBuf>,
) -> Repertoire {
    let head = stretches.keys().filter_map(|show| match show {
        Show::HeadLeft => Some(HeadMove::Left),
        Show::HeadRight => Some(HeadMove::Right),
        Show::HeadUp => Some(HeadMove::Up),
        Show::HeadDown => Some(HeadMove::Down),
        Show::HeadCloser => Some(HeadMove::Closer),
        _ => None,
    });
    let mouth = stretches.keys().filter_map(|show| match show {
        Show::MouthOpen => Some(MouthMove::Open),
        Show::Smile => Some(MouthMove::Smile),
        _ => None,
    });
    let eyes = stretches.keys().filter_map(|show| match show {
        Show::BlinkTwice => Some(EyeMove::BlinkTwice),
        Show::BlinkThrice => Some(EyeMove::BlinkThrice),
        _ => None,
    });
    Repertoire {
        head: head.collect(),
        mouth: mouth.collect(),
        eyes: eyes.collect(),
        vocabulary: recordings.keys().cloned().collect(),
        phrase_len: subject.speech.as_ref().map_or(0, |speech| speech.phrase_len),
        lips_in_step: subject.lips_in_step,
        consent: false,
        declared_by: subject.name.clone(),
    }
}

/// Names the recordings by digest, so that a label stands for exactly these bytes.
fn label(subject: &Subject, video: &Path, part: Part) -> Result<String, SourceError> {
    let digest = digest_file(video)
        .map_err(|error| SourceError::Unavailable(format!("{} cannot be read: {error}", video.display())))?;
    let digest = digest.to_string();
    let name = video.file_name().unwrap_or_default().to_string_lossy();
    let voice = subject.speech.as_ref().map_or("none", |speech| speech.directory.as_str());
    let part = part.as_str_name().trim_start_matches("PART_").to_lowercase();
    Ok(format!(
        "replayed subject {}: video {name} (sha256 {}), voice {voice}, part {part}",
        subject.name,
        &digest[..digest.len().min(16)]
    ))
}

fn notes(subject: &Subject) -> Vec<String> {
    let mut notes = vec!["replayed from recordings: not a living person".to_owned()];
    if !subject.lips_in_step {
        notes.push("face and voice come from two recordings; lips and sound are not in step".into());
    }
    if let Some(speech) = &subject.speech {
        let trim = if speech.trim { ", their own silence cut" } else { "" };
        let gap = speech.gap;
        notes.push(format!(
            "phrases are joined from single recordings{trim}, {gap} s of silence between them"
        ));
    }
    notes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silence_about_a_recording_is_cut_and_a_little_is_kept() {
        let mut samples = vec![0.001; 32_000];
        samples[8_000..16_000].fill(0.5);
        let kept = trimmed(&samples);
        assert_eq!(kept.len(), 8_000 + KEPT.0 + KEPT.1);
        assert_eq!(trimmed(&[0.0; 4_000]).len(), 4_000);
    }
}
