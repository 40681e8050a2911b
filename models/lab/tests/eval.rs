//! `wetsign-lab eval` on a few files: it runs, it stops and goes on, and the same seed gives the same bytes.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use wetsign_models::store::ModelStore;

/// Two people's photos and two people's voices in plain folders.
fn data(folder: &Path) -> (PathBuf, PathBuf) {
    let store = ModelStore::open_default().expect("a cache folder: run cargo xtask models");
    let (faces, voices) = (folder.join("faces"), folder.join("voices"));
    let photos = store.data("photos").expect("photos: run cargo xtask setup");
    for (person, photo) in [("one", "obama.jpg"), ("one", "obama2.jpg"), ("other", "biden.jpg")] {
        fs::create_dir_all(faces.join(person)).unwrap();
        fs::copy(photos.join(photo), faces.join(person).join(photo)).unwrap();
    }
    let readers = store.data("readers").expect("readers: run cargo xtask setup");
    for name in ["two_cities", "beckett"] {
        fs::create_dir_all(voices.join(name)).unwrap();
        let mut reader = hound::WavReader::open(readers.join(format!("{name}.wav"))).unwrap();
        let spec = reader.spec();
        let samples: Vec<i16> =
            reader.samples().take(8 * spec.sample_rate as usize).map(Result::unwrap).collect();
        for (number, half) in samples.chunks(samples.len().div_ceil(2)).enumerate() {
            let mut out =
                hound::WavWriter::create(voices.join(name).join(format!("{number}.wav")), spec).unwrap();
            for sample in half {
                out.write_sample(*sample).unwrap();
            }
            out.finalize().unwrap();
        }
    }
    fs::write(voices.join("groups.csv"), "two_cities,readers\nbeckett,readers\n").unwrap();
    (faces, voices)
}

fn run(folder: &Path, name: &str, cache: &str) -> (Value, PathBuf) {
    let out = folder.join(name);
    let output = Command::new(env!("CARGO_BIN_EXE_wetsign-lab"))
        .args(["eval", "--json", "--seed", "7", "--faces"])
        .arg(folder.join("faces"))
        .arg("--voices")
        .arg(folder.join("voices"))
        .arg("--out")
        .arg(&out)
        .arg("--cache")
        .arg(folder.join(cache))
        .output()
        .expect("wetsign-lab starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    (serde_json::from_slice(&output.stdout).expect("one JSON object"), out)
}

#[test]
fn a_users_folders_are_evaluated_and_the_same_seed_gives_the_same_bytes() {
    let folder = tempfile::tempdir().unwrap();
    data(folder.path());
    let (report, first) = run(folder.path(), "first", "cache");
    assert_eq!(report["ok"], true);
    let rows = report["recognition"].as_array().unwrap();
    assert_eq!((rows[0]["name"].as_str(), rows[1]["name"].as_str()), (Some("face"), Some("voice")));
    for row in rows {
        assert_eq!(row["subjects"], 2);
        assert!(row["mated"]["min"].as_f64() > row["nonmated"]["max"].as_f64(), "{row:#}");
        let bound = &row["at"][0];
        assert_eq!(bound["fmr"]["errors"], 0, "{bound:#}");
        assert_eq!(bound["fmr_claimable"], 1.0, "two people prove no rate");
    }
    assert_eq!(rows[1]["fmr_by_group"]["readers"]["errors"], 0);
    assert_eq!(report["attacks"]["bona_fide"]["presentations"], 3);
    assert_eq!(report["templates"].as_array().unwrap().len(), 2);

    // As if it had been stopped: the last answers are gone, one of them half written.
    let answers = folder.path().join("cache/answers.jsonl");
    let kept = fs::read(&answers).unwrap();
    fs::write(&answers, &kept[..kept.len() * 3 / 4]).unwrap();
    let (_, second) = run(folder.path(), "second", "cache");
    for file in ["report.json", "report.txt", "det.svg", "scores-face.svg", "scores-voice.svg", "attacks.svg"]
    {
        let bytes = |folder: &Path| fs::read(folder.join(file)).unwrap_or_else(|e| panic!("{file}: {e}"));
        assert!(bytes(&first) == bytes(&second), "{file} differs");
    }
}

#[test]
fn an_empty_recording_and_a_broken_photo_are_listed_and_the_rest_is_measured() {
    let folder = tempfile::tempdir().unwrap();
    let (faces, voices) = data(folder.path());
    fs::write(voices.join("beckett/empty.wav"), b"").unwrap();
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: 16_000,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    hound::WavWriter::create(voices.join("beckett/silent.wav"), spec).unwrap().finalize().unwrap();
    fs::write(faces.join("one/broken.jpg"), b"no picture").unwrap();
    let (report, _) = run(folder.path(), "out", "cache");
    assert_eq!(report["ok"], true);
    for (set, unread, attempts) in
        [(0, vec!["one/broken.jpg"], 4), (1, vec!["beckett/empty.wav", "beckett/silent.wav"], 6)]
    {
        let set = &report["data"][set];
        let listed: Vec<&str> =
            set["unreadable"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
        assert_eq!(listed.len(), unread.len(), "{set:#}");
        assert!(listed.iter().zip(&unread).all(|(line, name)| line.starts_with(name)), "{listed:?}");
        assert_eq!(
            (set["attempts"].as_u64(), set["failures"].as_u64()),
            (Some(attempts), Some(unread.len() as u64))
        );
    }
}

#[test]
fn a_folder_without_people_is_refused_in_words() {
    let folder = tempfile::tempdir().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_wetsign-lab"))
        .args(["eval", "--faces"])
        .arg(folder.path())
        .arg("--cache")
        .arg(folder.path().join("cache"))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("holds no file such as PERSON/NAME"), "{said}");
}
