//! The same picture and the same sound, measured here and by `tests/reference/make.py` with numpy, OpenCV-Python and
//! ONNX Runtime's own binding: both must say the same.

use std::path::PathBuf;
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};

use serde_json::Value;
use wetsign_models::store::ModelStore;

use crate::audio::{self, RATE};
use crate::quality::cosine;
use crate::voice::mel::{BANDS, MelSpectrogram};
use crate::{AlternativeFaceEmbedder, Face, Frame, Mesh, Networks};

static REFERENCE: LazyLock<Value> = LazyLock::new(|| {
    serde_json::from_str(include_str!("../tests/reference/reference.json")).expect("reference.json is JSON")
});
static NETWORKS: LazyLock<Mutex<Networks>> =
    LazyLock::new(|| Mutex::new(Networks::load(&store(), 1).expect("networks load: run cargo xtask models")));

fn store() -> ModelStore {
    ModelStore::open_default().expect("a cache folder: run cargo xtask models")
}

fn networks() -> MutexGuard<'static, Networks> {
    NETWORKS.lock().unwrap_or_else(PoisonError::into_inner)
}

fn numbers(key: &str) -> Vec<f32> {
    let list = REFERENCE[key].as_array().unwrap_or_else(|| panic!("{key} is a list"));
    list.iter().map(|v| v.as_f64().expect("a number") as f32).collect()
}

fn number(key: &str) -> f32 {
    REFERENCE[key].as_f64().unwrap_or_else(|| panic!("{key} is a number")) as f32
}

/// The input's file, after its digest was compared with the one that the reference was made from.
fn input(kind: &str) -> PathBuf {
    let name = REFERENCE[kind]["file"].as_str().expect("a file name");
    let (set, file) = name.split_once('/').expect("set/file");
    let path = store().data(set).expect("test data: run cargo xtask models").join(file);
    let bytes =
        std::fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}; run cargo xtask models", path.display()));
    let digest = wetsign_models::manifest::Digest::of(&bytes).to_string();
    assert_eq!(Some(digest.as_str()), REFERENCE[kind]["sha256"].as_str(), "{name} is another file");
    path
}

fn picture() -> (Frame, Face, Mesh) {
    let frame = Frame::decode_image(&std::fs::read(input("picture")).unwrap()).unwrap();
    let face = networks().sight.faces(&frame).unwrap().remove(0);
    let mesh = networks().sight.mesh(&frame, &face).unwrap();
    (frame, face, mesh)
}

fn sound() -> Vec<f32> {
    audio::resample_16k(&audio::read_file(&input("sound")).unwrap()).unwrap()
}

fn worst(a: &[f32], b: &[f32]) -> f32 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).map(|(x, y)| (x - y).abs()).fold(0.0, f32::max)
}

fn assert_same_direction(what: &str, ours: &[f32], key: &str) {
    let similarity = cosine(ours, &numbers(key));
    assert!(similarity >= 0.999, "{what}: cosine {similarity}");
}

#[test]
fn the_detector_finds_the_same_box_and_key_points() {
    let (_, face, _) = picture();
    assert!(worst(&face.bbox, &numbers("box")) < 1.0, "{:?}", face.bbox);
    assert!((face.score - number("score")).abs() < 0.01);
    assert!(worst(face.keypoints.as_flattened(), &numbers("keypoints")) < 1.0);
}

#[test]
fn the_mesh_agrees_to_a_fraction_of_a_pixel() {
    let (_, face, mesh) = picture();
    let ours = mesh.points.as_flattened();
    assert!(worst(ours, &numbers("mesh")) < face.size() / 100.0);
    assert_same_direction("mesh", ours, "mesh");
    assert!((mesh.presence - number("presence")).abs() < 0.01);
}

#[test]
fn both_face_embeddings_agree() {
    let (frame, _, mesh) = picture();
    assert_same_direction("192-d", &networks().sight.embed_face(&frame, &mesh).unwrap(), "mobilefacenet");
    let mut alternative = AlternativeFaceEmbedder::load(&store(), 1).unwrap();
    assert_same_direction("512-d", &alternative.embed(&frame, &mesh).unwrap(), "fr_feature");
}

#[test]
fn both_attack_scores_agree() {
    let (frame, face, _) = picture();
    let fas = networks().passive.pad_fas(&frame, &face).unwrap();
    let fr = networks().passive.pad_fr(&frame, &face).unwrap();
    assert!((fas - number("pad_fas")).abs() < 0.01, "{fas}");
    assert!((fr - number("pad_fr")).abs() < 0.01, "{fr}");
}

#[test]
fn voice_activity_agrees_window_by_window() {
    let ours = networks().voice.voice_activity(&sound()).unwrap();
    let theirs = numbers("activity");
    assert!(ours.len().abs_diff(theirs.len()) <= 1);
    let same = ours.iter().zip(&theirs).filter(|(a, b)| (**a > 0.5) == (**b > 0.5)).count();
    assert!(same as f32 >= 0.98 * theirs.len() as f32, "{same} of {}", theirs.len());
    assert_same_direction("activity", &ours[..theirs.len().min(ours.len())], "activity");
}

#[test]
fn mel_spectrum_and_speaker_embedding_agree() {
    let sound = sound();
    assert!(sound.len().abs_diff(number("resampled_length") as usize) <= 1, "{}", sound.len());
    let frames = MelSpectrogram::new().frames(&sound.iter().map(|s| f64::from(*s)).collect::<Vec<_>>());
    assert_same_direction("frame 200", &frames[200 * BANDS..201 * BANDS], "mel_frame_200");
    let mean: Vec<f32> = (0..BANDS).map(|band| frames.iter().skip(band).step_by(BANDS).sum()).collect();
    assert_same_direction("mean spectrum", &mean, "mel_mean");
    assert_same_direction("speaker", &networks().voice.embed_voice(&sound).unwrap(), "ge2e");
}

#[test]
fn the_transcript_is_the_same_word_for_word() {
    let ours = networks().words.transcribe(&sound()).unwrap();
    assert_eq!(ours.as_deref(), REFERENCE["transcript"].as_str());
}

#[test]
fn the_film_carries_the_same_sound_as_the_wav() {
    let film = input("sound").with_file_name("obama_speech.mp4");
    let coded = audio::resample_16k(&audio::read_file(&film).unwrap()).unwrap();
    assert!((coded.len() as f32 / RATE as f32 - 8.7).abs() < 0.3, "{}", coded.len());
    let similarity = cosine(&networks().voice.embed_voice(&coded).unwrap(), &numbers("ge2e"));
    assert!(similarity > 0.98, "{similarity}");
}

#[test]
fn too_little_sound_is_an_error_not_a_score() {
    assert!(networks().voice.embed_voice(&[0.1; 100]).is_err());
    assert!(networks().words.transcribe(&[]).is_err());
    assert!(networks().voice.voice_activity(&[0.0; 511]).unwrap().is_empty());
}

#[test]
fn networks_can_move_to_another_thread() {
    fn movable<T: Send>() {}
    movable::<Networks>();
    movable::<Frame>();
    movable::<crate::VideoReader>();
}
