//! The real sensor on real recordings: replayed subjects pass every gate, attacks are refused by named gates.

use crate::common::{Outcome, Sensor, data, plain, replay, subject};
use wetsign_liveness::{Measure, Remedy, Thresholds, all_passed, match_gates, outcomes, refusal, remedy};
use wetsign_models::template;
use wetsign_sensor_ipc::{Hint, MAX_PREVIEW, Part};

fn report(name: &str, outcome: &Outcome) {
    println!(
        "{name}: {} ms, {} frames, {} previews, {} mbit, said {:?}, heard {:?}\n  {}",
        outcome.captured.ended_ms - outcome.captured.started_ms,
        outcome.captured.frames,
        outcome.previews.len(),
        outcome.plan.entropy_millibits,
        outcome.plan.phrase().join(" "),
        outcome.captured.transcript,
        outcome.values().join("\n  ")
    );
}

/// Face and voice of a capture, or of a template.
struct Person {
    face: Vec<f32>,
    voice: Vec<f32>,
}

impl Person {
    fn of(outcome: &Outcome) -> Self {
        Self {
            face: outcome.captured.face_embedding.clone(),
            voice: outcome.captured.voice_embedding.clone(),
        }
    }

    /// A template is the mean of both captures of an enrolment, as the daemon makes it.
    fn enrolled(first: &Outcome, second: &Outcome) -> Self {
        let mean = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| f32::midpoint(*a, *b)).collect();
        let (first, second) = (Self::of(first), Self::of(second));
        Self { face: mean(&first.face, &second.face), voice: mean(&first.voice, &second.voice) }
    }
}

/// Cosines of face and voice on rotated, quantised vectors, as the daemon compares them.
fn cosines(a: &Person, b: &Person) -> (f64, f64) {
    let compare = |x: &[f32], y: &[f32]| {
        let rotation = template::Rotation::from_seed(&[9; 32], x.len());
        template::cosine_i8(&template::quantise(&rotation.apply(x)), &template::quantise(&rotation.apply(y)))
    };
    (compare(&a.face, &b.face), compare(&a.voice, &b.voice))
}

fn matched(a: &Person, b: &Person) -> (bool, bool) {
    let (face, voice) = cosines(a, b);
    println!("cosines: face {face:.3}, voice {voice:.3}");
    let gates = match_gates(Some(face), Some(voice), &Thresholds::from_manifest());
    (gates[0].passed, gates[1].passed)
}

#[test]
fn replayed_subjects_pass_every_gate_and_match_only_themselves() {
    let mut sensor = Sensor::start();
    println!("ready after {} ms", sensor.ready.load_ms);
    let mut verified = Vec::new();
    for (index, name) in ["woman", "man"].into_iter().enumerate() {
        let captures: Vec<Outcome> = [Part::Enrol, Part::Confirm, Part::Verify]
            .into_iter()
            .enumerate()
            .map(|(number, part)| {
                let outcome = sensor.run(subject(name, part), &[(10 * index + number) as u8; 32]);
                report(&format!("{name} {part:?}"), &outcome);
                assert!(all_passed(&outcome.gates), "{name} {part:?}: {:?}", outcome.refusing());
                assert!(outcome.opened.simulated && outcome.opened.label.contains(name));
                assert_eq!(outcome.captured.face_embedding.len(), 192);
                assert_eq!(outcome.captured.voice_embedding.len(), 256);
                outcome
            })
            .collect();
        let [first, second, later] = [0, 1, 2].map(|number| Person::of(&captures[number]));
        assert_eq!(matched(&first, &second), (true, true), "{name}: enrolment confirmed");
        let template = Person::enrolled(&captures[0], &captures[1]);
        assert_eq!(matched(&template, &later), (true, true), "{name}: verified");
        verified.push([first, second, later, template]);
    }
    for mine in &verified[0] {
        for other in &verified[1] {
            assert_eq!(matched(mine, other), (false, false), "two people");
        }
    }
    println!("peak memory {} MB", sensor.peak_memory_mb());
    assert!(sensor.stop().success());
}

#[test]
fn a_capture_tells_the_person_what_to_do_and_shows_small_pictures() {
    let mut sensor = Sensor::start();
    let outcome = sensor.run(subject("woman", Part::Verify), &[1; 32]);
    let hints: Vec<Hint> = outcome.progress.iter().map(wetsign_sensor_ipc::Progress::hint).collect();
    assert_eq!(hints.first(), Some(&Hint::LookAhead));
    assert_eq!(hints.last(), Some(&Hint::Evaluating));
    assert_eq!(hints.iter().filter(|hint| **hint == Hint::WellDone).count(), outcome.plan.prompts.len() - 1);
    assert!(hints.contains(&Hint::Speak));
    assert!(outcome.progress.windows(2).all(|pair| pair[0].fraction <= pair[1].fraction));
    assert!(!outcome.previews.is_empty());
    for preview in &outcome.previews {
        assert!(preview.jpeg.len() <= MAX_PREVIEW && preview.jpeg.starts_with(&[0xff, 0xd8]));
    }
    let seconds = (outcome.captured.ended_ms - outcome.captured.started_ms) as usize / 1000 + 1;
    assert!(outcome.previews.len() <= 10 * seconds + 1);
}

#[test]
fn a_plain_replay_of_the_right_person_is_refused() {
    let mut sensor = Sensor::start();
    let video = data("woman/WolfgangLanger_Pexels.mp4");
    let own_voice = data("klettres/en/alpha/K.ogg");
    let outcome = sensor.run(plain(&video, Some(&own_voice)), &[2; 32]);
    report("plain replay", &outcome);
    assert!(outcome.refusing().contains(&"head_order"), "{:?}", outcome.refusing());
    assert!(outcome.refusing().contains(&"phrase"), "{:?}", outcome.refusing());

    let silent = sensor.run(plain(&video, None), &[2; 32]);
    for gate in ["snr", "clipping", "speech", "phrase"] {
        assert!(silent.refusing().contains(&gate), "{gate}: {:?}", silent.refusing());
    }
    assert!(silent.captured.voice_embedding.is_empty());
}

#[test]
fn a_photo_is_refused_for_it_does_not_move() {
    let mut sensor = Sensor::start();
    let outcome =
        sensor.run(plain(&data("photos/obama.jpg"), Some(&data("klettres/en/alpha/K.ogg"))), &[3; 32]);
    report("photo", &outcome);
    for gate in ["motion", "head_order", "mouth", "phrase"] {
        assert!(outcome.refusing().contains(&gate), "{gate}: {:?}", outcome.refusing());
    }
}

#[test]
fn the_right_face_with_another_voice_passes_every_gate_but_the_voice_match() {
    let folder = tempfile::tempdir().unwrap();
    let woman = include_str!("../../../../tests/subjects/woman/subject.toml");
    let vocabulary = r#"vocabulary = ["b", "c", "d", "e", "f", "l", "n", "o", "p", "s", "t", "w", "x", "y"]"#;
    let impostor = woman
        .replace("klettres/en/alpha\"", &format!("klettres/en_GB/alpha\"\n{vocabulary}"))
        .replace("phrase_len = 6", "phrase_len = 7\ntrim = true\ngap = 0.6");
    std::fs::write(folder.path().join("subject.toml"), impostor).unwrap();
    let mut sensor = Sensor::start();
    let enrolled = sensor.run(subject("woman", Part::Enrol), &[4; 32]);
    let attack = sensor.run(replay(folder.path(), Part::Verify), &[5; 32]);
    report("another voice", &attack);
    assert!(all_passed(&attack.gates), "{:?}", attack.refusing());
    assert_eq!(matched(&Person::of(&enrolled), &Person::of(&attack)), (true, false));
}

/// A mirror swaps the two turns and leaves all else: so does a subject whose stretches are named the other way round.
#[test]
fn who_stands_before_a_mirrored_camera_is_told_so() {
    let folder = tempfile::tempdir().unwrap();
    let woman = include_str!("../../../../tests/subjects/woman/subject.toml");
    let mirrored = woman
        .replace("head_left", "head_?")
        .replace("head_right", "head_left")
        .replace("head_?", "head_right");
    std::fs::write(folder.path().join("subject.toml"), mirrored).unwrap();
    let mut sensor = Sensor::start();
    let outcome = sensor.run(replay(folder.path(), Part::Verify), &[8; 32]);
    report("mirrored", &outcome);
    let refusal = refusal(&outcomes(&outcome.gates), &[]).unwrap();
    assert_eq!((refusal.gate, refusal.told()), (Measure::HeadOrder, Measure::Mirrored));
    assert_eq!(remedy(&outcome.gates), Some(Remedy::Unmirror));
}

#[test]
fn two_people_in_the_picture_are_refused() {
    let mut sensor = Sensor::start();
    let (film, sound) = (data("speech-clip/obama_speech.mp4"), data("speech-clip/obama_speech.wav"));
    let outcome = sensor.run(plain(&film, Some(&sound)), &[6; 32]);
    report("two people", &outcome);
    assert_eq!(remedy(&outcome.gates), Some(Remedy::OneFaceOnly));
    assert!(outcome.refusing().contains(&"one_face"), "{:?}", outcome.refusing());
    // Letters were asked for: a speech holds none that can be told.
    assert_eq!(outcome.captured.transcript, "");
}
