//! Consent before spelled letters, spoken by a network: who says it is heard, and who says something else is not.

use wetsign_infer::{Networks, audio};
use wetsign_lab::speak::NeuralVoice;
use wetsign_liveness::{consent, phrase};
use wetsign_models::manifest::Manifest;
use wetsign_models::store::ModelStore;

/// What is said before the letters, as eSpeak writes it.
const CONSENT: &str = "ˈaɪ ɐpɹˈuːv";
const OTHERS: [&str; 3] = ["ˈaɪ dˈuː nˈɑːt ɐpɹˈuːv", "ˈaɪ ɹifjˈuːz", "ˈaɪ dˈɪsɐpɹˈuːv"];
const PHRASES: [&str; 3] = ["k b f x q m", "d g l n s t", "y j q h u r"];

#[test]
fn consent_is_heard_where_it_is_said_and_nowhere_else() {
    let store = ModelStore::open_default().unwrap();
    let mut networks = Networks::load(&store, 1).expect("run `cargo xtask models` first");
    let mut voice = NeuralVoice::load(&store, 1).unwrap();
    let doubt = Manifest::embedded().capture.speech.doubt.get();
    let mut heard = |before: Option<&str>, letters: &[String]| {
        let mut pieces = Vec::new();
        if let Some(before) = before {
            pieces.push(voice.pronounce(before).unwrap().samples.clone());
        }
        pieces.push(voice.say(letters).unwrap().samples.clone());
        let sound = audio::join(&pieces, 0.2);
        let asked = consent::before(letters.to_vec());
        networks.words.understand(&sound, (&asked, letters), doubt).unwrap()
    };
    let (mut consented, mut read) = (0, 0);
    for text in PHRASES {
        let letters: Vec<String> = text.split(' ').map(String::from).collect();
        let transcript = heard(Some(CONSENT), &letters);
        let behind = consent::heard(&transcript);
        consented += usize::from(behind.is_some());
        let score = behind.map_or(0, |rest| phrase::score(&letters, rest));
        read += usize::from(score >= phrase::required_score(letters.len()));
        for other in OTHERS.map(Some).into_iter().chain([None]) {
            let transcript = heard(other, &letters);
            assert_eq!(consent::heard(&transcript), None, "{other:?} {text}: {transcript}");
        }
    }
    assert!(consented == PHRASES.len() && read == PHRASES.len(), "{consented} {read}");
}
