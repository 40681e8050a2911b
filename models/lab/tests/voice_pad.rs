//! `wetsign-lab train --task voice-pad` on made sounds: the same bytes each time, a signed file, and a clear no without
//! data.

use std::f64::consts::TAU;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use ed25519_dalek::SigningKey;
use wetsign_models::trained_voice::TrainedVoicePad;

const KEY: [u8; 32] = [9; 32];

/// Six short buzzes a voice: those of living ones waver, those of machines do not.
fn data(folder: &Path) {
    let voices = (0..4).map(|n| (format!("bonafide/speaker {n}"), 90.0 + 17.0 * f64::from(n), true));
    let machines = (0..3).map(|n| (format!("spoof/machine {n}/voice"), 100.0 + 23.0 * f64::from(n), false));
    for (name, pitch, wavers) in voices.chain(machines) {
        let folder = folder.join(name);
        fs::create_dir_all(&folder).unwrap();
        for piece in 0..6_u32 {
            let spec = hound::WavSpec {
                channels: 1,
                sample_rate: 16_000,
                bits_per_sample: 16,
                sample_format: hound::SampleFormat::Int,
            };
            let mut out = hound::WavWriter::create(folder.join(format!("{piece}.wav")), spec).unwrap();
            for sample in 0..8_000_u32 {
                let t = f64::from(sample) / 16_000.0;
                let waver = if wavers { 0.3 * (TAU * 5.0 * t).sin() } else { 0.0 };
                let phase = TAU * (pitch + 3.0 * f64::from(piece)) * (t + 0.01 * waver);
                let harmonics: f64 = (1..30).map(|k| (f64::from(k) * phase).sin() / f64::from(k)).sum();
                let envelope = (TAU * 2.0 * t).sin().abs();
                out.write_sample((6_000.0 * envelope * harmonics) as i16).unwrap();
            }
            out.finalize().unwrap();
        }
    }
}

fn train(folder: &Path, data: &Path, name: &str) -> Output {
    let key = folder.join("key");
    fs::write(&key, hex::encode(KEY)).unwrap();
    Command::new(env!("CARGO_BIN_EXE_wetsign-lab"))
        .args(["train", "--task", "voice-pad", "--seed", "3", "--data"])
        .arg(data)
        .arg("--key")
        .arg(key)
        .arg("--out")
        .arg(folder.join(name))
        .output()
        .expect("wetsign-lab starts")
}

#[test]
fn the_same_data_and_seed_give_the_same_signed_classifier() {
    let folder = tempfile::tempdir().unwrap();
    data(&folder.path().join("data"));
    for name in ["first.model", "second.model"] {
        let output = train(folder.path(), &folder.path().join("data"), name);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    let read = |name: &str| fs::read(folder.path().join(name)).unwrap();
    for kind in ["model", "onnx", "json", "md"] {
        assert!(read(&format!("first.{kind}")) == read(&format!("second.{kind}")), "{kind} differs");
    }
    let trusted = SigningKey::from_bytes(&KEY).verifying_key();
    let model = TrainedVoicePad::open(&read("first.model"), &[trusted], &read("first.onnx")).unwrap();
    assert_eq!((model.voices, model.synthesisers.len()), ((4, 3), 3));
    assert!(TrainedVoicePad::open(&read("first.model"), &[trusted], b"another").is_err());
}

#[test]
fn without_attacks_nothing_is_trained_and_the_way_to_get_them_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let whole = folder.path().join("data");
    data(&whole);
    fs::remove_dir_all(whole.join("spoof")).unwrap();
    let output = train(folder.path(), &whole, "none.model");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1));
    assert!(said.contains("cargo xtask voice-pad") && said.contains("spoof"), "{said}");
    assert!(!folder.path().join("none.model").exists());
}
