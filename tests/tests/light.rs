//! The page's light through the sensor's own capture: a recorded head on which the colours of the challenge fall, by
//! the physical model of `wetsign-lab`, and one on which none fall.

use std::cell::RefCell;
use std::rc::Rc;

use wetsign_attest::object::{LightAdvice, LightDoubt};
use wetsign_infer::audio::Sound;
use wetsign_infer::{Frame, Mesh, Networks, VideoReader};
use wetsign_lab::illumination::{Scene, Surface};
use wetsign_lab::recapture::Camera;
use wetsign_liveness::light::{Colour, Reflection, STEP_S, STEPS, derive};
use wetsign_liveness::{Measure, Repertoire, Thresholds};
use wetsign_models::store::ModelStore;
use wetsign_sensor::capture::{self, Audience};
use wetsign_sensor::source::{About, Source, SourceError, Step};
use wetsign_sensor_ipc::{Capture, Captured, FailureCode, Hint, LightColour, from_sensor::Kind};
use wetsignd::sensor::shine;

const CHALLENGE: [u8; 32] = [7; 32];
/// In the film of the woman the head is nearly at rest from here on, seconds.
const FROM: f64 = 9.7;
/// Before the light, seconds.
const AHEAD: f64 = 0.8;
/// What display and camera take, seconds.
const LATE: f64 = 0.1;
/// Frames of the film that are looked at: one in N.
const EVERY: usize = 5;

/// A film that plays on, under the light of some page or under none.
struct Lit {
    about: About,
    frames: Rc<Vec<(f64, Frame, Mesh)>>,
    shone: Vec<Colour>,
    step: Step,
    next: usize,
}

impl Source for Lit {
    fn about(&self) -> &About {
        &self.about
    }

    fn begin(&mut self, step: &Step) -> Result<(), SourceError> {
        self.step = step.clone();
        Ok(())
    }

    fn next_frame(&mut self) -> Result<Option<(f64, Frame)>, SourceError> {
        let Some((seconds, frame, mesh)) = self.frames.get(self.next) else { return Ok(None) };
        if self.step == Step::LookAhead && *seconds >= AHEAD {
            return Ok(None);
        }
        self.next += 1;
        let index = ((seconds - AHEAD - LATE) / STEP_S).max(0.0) as usize;
        let colour = self.shone.get(index).filter(|_| self.step == Step::Shine);
        let Some(colour) = colour else { return Ok(Some((*seconds, frame.clone()))) };
        let camera = Camera { noise: 2.0, quality: 85, ..Camera::PERFECT };
        let scene = Scene { surface: Surface::Head, share: 0.2, background: 3.0, camera };
        Ok(Some((*seconds, scene.lit(frame, mesh, colour.light(), self.next as u64)?)))
    }

    fn end(&mut self) -> Result<Option<Sound>, SourceError> {
        Ok(None)
    }

    fn began(&self) -> Option<f64> {
        Some(if self.step == Step::Shine { AHEAD } else { 0.0 })
    }
}

/// Remembers what the person is told.
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

fn film(networks: &mut Networks, store: &ModelStore) -> Rc<Vec<(f64, Frame, Mesh)>> {
    let path =
        store.data("woman").expect("the film: run cargo xtask setup").join("WolfgangLanger_Pexels.mp4");
    let wanted = FROM..FROM + AHEAD + STEP_S * STEPS as f64;
    let mut frames = Vec::new();
    for (index, frame) in VideoReader::open(&path).unwrap().enumerate() {
        let (time, frame) = frame.unwrap();
        if time >= wanted.end {
            break;
        }
        if wanted.contains(&time) && index.is_multiple_of(EVERY) {
            let faces = networks.sight.faces(&frame).unwrap();
            let mesh = networks.sight.mesh(&frame, &faces[0]).unwrap();
            frames.push((time - wanted.start, frame, mesh));
        }
    }
    Rc::new(frames)
}

fn on_page(challenge: &[u8; 32]) -> Vec<i32> {
    derive(challenge).into_iter().map(|colour| shine::to_wire(colour).into()).collect()
}

fn advice(captured: &Captured) -> LightAdvice {
    LightAdvice::of(captured.reflection.as_ref().map(|found| Reflection {
        follows: found.follows,
        lag: found.lag_s,
        nearer: found.nearer,
        proportional: found.proportional,
    }))
}

#[test]
fn a_face_in_the_light_of_its_challenge_is_not_doubted_and_every_other_is() {
    let store = ModelStore::open_default().expect("a cache folder: run cargo xtask models");
    let mut networks = Networks::load(&store, 1).unwrap();
    let frames = film(&mut networks, &store);
    let mut run = |light: Vec<i32>, shone: Vec<Colour>| {
        let about = About {
            label: String::new(),
            devices: None,
            simulated: true,
            repertoire: Repertoire::live(),
            notes: Vec::new(),
        };
        let mut source = Lit { about, frames: Rc::clone(&frames), shone, step: Step::LookAhead, next: 0 };
        let request = Capture { id: 1, light, ..Capture::default() };
        let told = Told::default();
        let captured = capture::run(&told, &mut networks, &mut source, &request);
        captured.map(|captured| (captured, told.0.into_inner()))
    };

    let (lit, hints) = run(on_page(&CHALLENGE), derive(&CHALLENGE)).unwrap();
    println!("lit {:?}, {:?}", lit.reflection, lit.measurements);
    assert_eq!(advice(&lit).doubt, None, "{:?}", lit.reflection);
    assert_eq!(hints.iter().filter(|hint| **hint == Hint::ScreenLight).count(), 1, "{hints:?}");
    assert!(hints.iter().position(|hint| *hint == Hint::ScreenLight) > Some(0), "{hints:?}");

    let (unlit, _) = run(on_page(&CHALLENGE), Vec::new()).unwrap();
    println!("unlit {:?}, {:?}", unlit.reflection, unlit.measurements);
    let doubts = [Some(LightDoubt::NotFollowed), Some(LightDoubt::NotMeasured)];
    assert!(doubts.contains(&advice(&unlit).doubt), "{:?}", unlit.reflection);

    let (foreign, _) = run(on_page(&CHALLENGE), derive(&[8; 32])).unwrap();
    assert_eq!(advice(&foreign).doubt, Some(LightDoubt::NotFollowed), "{:?}", foreign.reflection);

    // The light enters no other figure but whether it is one person, which coloured light must not change.
    let identity = Measure::Identity.name();
    let bound = Thresholds::from_manifest().of(Measure::Identity).unwrap();
    assert!(lit.measurements[identity] >= bound, "{} / {bound}", lit.measurements[identity]);
    let others = |captured: &Captured| {
        let mut measured = captured.measurements.clone();
        measured.remove(identity);
        (measured, captured.face_embedding.clone())
    };
    assert_eq!(others(&lit), others(&unlit));

    let (dark, hints) = run(Vec::new(), derive(&CHALLENGE)).unwrap();
    assert_eq!(dark.reflection, None);
    assert!(!hints.contains(&Hint::ScreenLight) && dark.frames < lit.frames, "{hints:?}");
    for light in [vec![LightColour::Rose.into(); 3], vec![0; STEPS], vec![99; STEPS]] {
        let refused = run(light, Vec::new()).unwrap_err();
        assert_eq!(refused.code(), FailureCode::BadRequest);
    }
}
