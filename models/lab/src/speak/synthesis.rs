//! Letters and words spoken by a network: VITS (Kim et al. 2021) as Piper exports it. An attacker's tool, for
//! evaluations only.

use ort::value::TensorRef;
use wetsign_models::store::ModelStore;

use wetsign_infer::audio::{RATE, Sound, resample_16k};
use wetsign_infer::open_network as open;
use wetsign_infer::runtime::Net;
use wetsign_infer::{InferError, Result};

const NAME: &str = "neural-voice";
/// What the network was trained on, samples a second.
const NATIVE_RATE: u32 = 22_050;
/// No randomness, neither in the sound nor in its rhythm, and spoken a quarter slower than the training voice: letters
/// are spelled.
const NOISE_PACE_RHYTHM: [f32; 3] = [0.0, 1.25, 0.0];

/// Names of the letters a to z as eSpeak writes them for American English.
const LETTERS: [&str; 26] = [
    "ˈeɪ",
    "bˈiː",
    "sˈiː",
    "dˈiː",
    "ˈiː",
    "ˈɛf",
    "dʒˈiː",
    "ˈeɪtʃ",
    "ˈaɪ",
    "dʒˈeɪ",
    "kˈeɪ",
    "ˈɛl",
    "ˈɛm",
    "ˈɛn",
    "ˈoʊ",
    "pˈiː",
    "kjˈuː",
    "ˈɑːɹ",
    "ˈɛs",
    "tˈiː",
    "jˈuː",
    "vˈiː",
    "dˈʌbəljˌuː",
    "ˈɛks",
    "wˈaɪ",
    "zˈiː",
];

/// Numbers of the phonemes that eSpeak has for American English, and of what stands between them
/// (`en_US-joe-medium.onnx.json`, `phoneme_id_map`).
const PHONEMES: [(char, i64); 54] = [
    (' ', 3),
    (',', 8),
    ('.', 10),
    ('a', 14),
    ('b', 15),
    ('d', 17),
    ('e', 18),
    ('f', 19),
    ('i', 21),
    ('j', 22),
    ('k', 23),
    ('l', 24),
    ('m', 25),
    ('n', 26),
    ('o', 27),
    ('p', 28),
    ('s', 31),
    ('t', 32),
    ('u', 33),
    ('v', 34),
    ('w', 35),
    ('z', 38),
    ('ɑ', 51),
    ('ə', 59),
    ('ɛ', 61),
    ('ɪ', 74),
    ('ɹ', 88),
    ('ʃ', 96),
    ('ʊ', 100),
    ('ʌ', 102),
    ('ʒ', 108),
    ('ˈ', 120),
    ('ˌ', 121),
    ('ː', 122),
    ('h', 20),
    ('r', 30),
    ('x', 36),
    ('y', 37),
    ('æ', 39),
    ('ð', 41),
    ('ŋ', 44),
    ('ɐ', 50),
    ('ɔ', 54),
    ('ɚ', 60),
    ('ɜ', 62),
    ('ɡ', 66),
    ('ɬ', 76),
    ('ɾ', 92),
    ('ʔ', 109),
    ('ʲ', 119),
    ('θ', 126),
    ('ᵻ', 128),
    ('\u{303}', 141),
    ('\u{329}', 144),
];
const BEGIN: i64 = 1;
const END: i64 = 2;
/// Stands between any two phonemes.
const PAD: i64 = 0;

/// The network with its session.
pub struct NeuralVoice(Net);

impl NeuralVoice {
    /// Loads it; it runs on `threads` threads of its own.
    ///
    /// # Errors
    /// A model that is missing or whose digest differs from the manifest's; ONNX Runtime missing or too old.
    pub fn load(store: &ModelStore, threads: usize) -> Result<Self> {
        Ok(Self(open(store, NAME, threads, true)?))
    }

    /// 16 kHz sound of letters, spelled one after the other. The same letters give the same sound.
    ///
    /// # Errors
    /// A word that is not one letter of a to z.
    pub fn say(&mut self, letters: &[String]) -> Result<Sound> {
        self.run(&numbers(&spelled(letters)?)?)
    }

    /// 16 kHz sound of phonemes as eSpeak writes American English. The same phonemes give the same sound.
    ///
    /// # Errors
    /// A phoneme that the network has no number for.
    pub fn pronounce(&mut self, phonemes: &str) -> Result<Sound> {
        self.run(&numbers(&format!("{phonemes}."))?)
    }

    fn run(&mut self, spoken: &[i64]) -> Result<Sound> {
        let failure = |e: ort::Error| InferError::Network { name: NAME, why: e.to_string() };
        let length = [spoken.len() as i64];
        let phonemes = TensorRef::from_array_view(([1, spoken.len()], spoken)).map_err(failure)?;
        let length = TensorRef::from_array_view(([1], &length[..])).map_err(failure)?;
        let scales = TensorRef::from_array_view(([3], &NOISE_PACE_RHYTHM[..])).map_err(failure)?;
        let outputs =
            self.0.run(ort::inputs!["input" => phonemes, "input_lengths" => length, "scales" => scales])?;
        let (_, samples) = outputs[0].try_extract_tensor::<f32>().map_err(failure)?;
        let native = Sound { samples: samples.to_vec(), rate: NATIVE_RATE };
        Ok(Sound { samples: resample_16k(&native)?, rate: RATE })
    }
}

fn refused(why: String) -> InferError {
    InferError::Network { name: NAME, why }
}

/// Each letter's phonemes, a comma between letters, a full stop at the end.
fn spelled(letters: &[String]) -> Result<String> {
    let mut text = String::new();
    for letter in letters {
        let name = match letter.as_bytes() {
            [byte @ b'a'..=b'z'] => LETTERS[usize::from(byte - b'a')],
            _ => {
                return Err(refused(format!("{letter:?} is not a letter of a to z: it knows no other word")));
            }
        };
        text = if text.is_empty() { name.to_owned() } else { format!("{text}, {name}") };
    }
    text.push('.');
    Ok(text)
}

/// The network's input.
fn numbers(text: &str) -> Result<Vec<i64>> {
    let mut numbers = vec![BEGIN];
    for symbol in text.chars() {
        let known = PHONEMES.iter().find(|(known, _)| *known == symbol);
        let (_, number) = known.ok_or_else(|| refused(format!("it has no number for {symbol:?}")))?;
        numbers.extend([PAD, *number]);
    }
    numbers.extend([PAD, END]);
    Ok(numbers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_letter_has_its_phonemes_and_nothing_else_is_said() {
        let alphabet: Vec<String> = ('a'..='z').map(String::from).collect();
        let spoken = numbers(&spelled(&alphabet).unwrap()).unwrap();
        assert_eq!((spoken.first(), spoken.last()), (Some(&BEGIN), Some(&END)));
        assert_eq!(spoken.iter().filter(|number| **number == 8).count(), 25);
        let b = spelled(&["b".to_owned()]).unwrap();
        assert_eq!(numbers(&b).unwrap(), [1, 0, 15, 0, 120, 0, 21, 0, 122, 0, 10, 0, 2]);
        assert!(numbers("\u{4e00}").is_err());
        for word in ["no", "A", "", "ä", "1"] {
            assert!(spelled(&[word.to_owned()]).is_err(), "{word}");
        }
    }
}
