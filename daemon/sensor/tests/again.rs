//! Words that were not understood are asked for once more, and a loud room is told of before anything is to be said.

use std::cell::RefCell;
use std::path::PathBuf;
use std::time::Duration;

use wetsign_infer::audio::{RATE, Sound};
use wetsign_infer::{Frame, Networks};
use wetsign_liveness::{Measure, Prompt, derive, phrase};
use wetsign_models::store::ModelStore;
use wetsign_sensor::capture::{self, Audience};
use wetsign_sensor::source::{About, ReplayedSubject, Source, SourceError, Step};
use wetsign_sensor_ipc::{Captured, Hint, Part, from_sensor::Kind};

/// A person whose first words a lorry drowns.
struct Drowned {
    person: ReplayedSubject,
    step: Step,
    /// How often words are drowned, and how loud the room is.
    times: usize,
    room: f32,
    asked: usize,
    /// Frames that count, for they were given after the person had found a place.
    counted: u32,
}

impl Source for Drowned {
    fn about(&self) -> &About {
        self.person.about()
    }

    fn begin(&mut self, step: &Step) -> Result<(), SourceError> {
        self.step = step.clone();
        self.person.begin(step)
    }

    fn next_frame(&mut self) -> Result<Option<(f64, Frame)>, SourceError> {
        let next = self.person.next_frame()?;
        self.counted += u32::from(next.is_some() && self.step != Step::Settle);
        Ok(next)
    }

    fn end(&mut self) -> Result<Option<Sound>, SourceError> {
        let said = self.person.end()?;
        if self.step == Step::Settle {
            return Ok(None);
        }
        if self.step == Step::LookAhead {
            return Ok(Some(noise(self.room, RATE as usize)));
        }
        let Some(said) = said else { return Ok(None) };
        self.asked += 1;
        Ok(Some(if self.asked <= self.times { noise(0.3, said.samples.len()) } else { said }))
    }

    fn answers(&self) -> bool {
        true
    }
}

fn noise(amplitude: f32, samples: usize) -> Sound {
    let mut state = 1_u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state as f32 / u32::MAX as f32 - 0.5) * 2.0 * amplitude
    };
    Sound { samples: (0..samples).map(|_| next()).collect(), rate: RATE }
}

#[derive(Default)]
struct Told(RefCell<Vec<Hint>>);

impl Audience for Told {
    fn tell(&self, kind: Kind) {
        if let Kind::Progress(progress) = kind {
            self.0.borrow_mut().push(progress.hint());
        }
    }

    fn watches(&self) -> bool {
        false
    }
}

/// What the sensor tells and measures of the woman; how often she spoke; what she was to say.
fn captured(times: usize, room: f32) -> (Vec<Hint>, Captured, usize, Vec<String>) {
    let store = ModelStore::open_default().unwrap();
    let mut networks = Networks::load(&store, 1).expect("run `cargo xtask models` first");
    let subjects = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/subjects/woman");
    let person = ReplayedSubject::open(&subjects, Part::Verify, store.cache()).unwrap();
    let plan = derive(&[1; 32], &person.about().repertoire);
    let words: Vec<Prompt> =
        plan.prompts.iter().filter(|prompt| matches!(prompt, Prompt::Say(_))).cloned().collect();
    let mut source = Drowned { person, step: Step::LookAhead, times, room, asked: 0, counted: 0 };
    let told = Told::default();
    let unhurried = (Duration::from_mins(10), false);
    let captured = capture::show(&told, &mut networks, &mut source, &words, unhurried).unwrap();
    assert_eq!(
        captured.frames, source.counted,
        "what is seen while a person finds a place is not part of the capture"
    );
    (told.0.into_inner(), captured, source.asked, plan.phrase().to_vec())
}

#[test]
fn what_was_drowned_is_said_again_and_then_understood() {
    let (hints, captured, asked, words) = captured(1, 0.001);
    assert_eq!(asked, 2);
    assert!(hints.contains(&Hint::SayAgain) && !hints.contains(&Hint::Noisy), "{hints:?}");
    assert_eq!(phrase::errors(&words, &captured.transcript), 0, "{}", captured.transcript);
}

/// Her face is 225 pixels wide in that film: enough to be judged, and to be asked to come closer first.
#[test]
fn who_stands_too_far_away_is_told_before_anything_counts_and_captured_all_the_same() {
    let (hints, captured, ..) = captured(0, 0.001);
    let place = |hint| hints.iter().position(|told| *told == hint);
    assert!(place(Hint::TooFar).unwrap() < place(Hint::Speak).unwrap(), "{hints:?}");
    assert!(!hints.contains(&Hint::Blurred) && !hints.contains(&Hint::TooDark), "{hints:?}");
    assert!(captured.frames > 0);
}

#[test]
fn words_are_asked_for_twice_at_the_most_and_noise_has_no_words() {
    let (_, captured, asked, _) = captured(9, 0.001);
    assert_eq!((asked, captured.transcript.as_str()), (2, ""));
}

#[test]
fn a_loud_room_is_told_of_before_anything_is_to_be_said_and_clear_words_of_an_unsteady_voice_are_heard_again()
{
    let (hints, captured, asked, words) = captured(0, 0.1);
    assert_eq!(asked, 2, "the halves of what she says are too little alike to go by one hearing");
    let place = |hint| hints.iter().position(|told| *told == hint);
    assert!(place(Hint::Noisy).unwrap() < place(Hint::Speak).unwrap(), "{hints:?}");
    assert!(phrase::errors(&words, &captured.transcript) <= 1, "{}", captured.transcript);
    assert!(captured.measurements[Measure::Snr.name()] > 15_000);
}
