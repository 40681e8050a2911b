//! Words spoken by a second kind of network: StyleTTS 2 with an ISTFTNet vocoder, as Kokoro-82M distils it, in 8-bit
//! integers. An attacker's tool, for evaluations only. Its noise is drawn anew in each run: no two sounds are alike.

use ort::value::TensorRef;
use wetsign_models::store::ModelStore;

use wetsign_infer::audio::{RATE, Sound, resample_16k};
use wetsign_infer::runtime::{Net, environment};
use wetsign_infer::{InferError, Result};

const NAME: &str = "kokoro";
/// What the network was trained on, samples a second.
const NATIVE_RATE: u32 = 24_000;
/// The data sets with the parts of the network's file, in order, and the file in each.
const PARTS: [&str; 4] = ["kokoro-1", "kokoro-2", "kokoro-3", "kokoro-4"];
/// Stands before and behind the phonemes.
const EDGE: i64 = 0;
/// A voice has one style a length of text, each of this many values.
const STYLES: usize = 510;
const STYLE: usize = 256;
/// How each array of a NumPy file begins.
const ARRAY: &[u8] = b"\x93NUMPY";

/// The voices that come with it: four women's and a man's, all Japanese.
pub const KOKORO_VOICES: [&str; 5] = ["jf_alpha", "jf_gongitsune", "jf_nezumi", "jf_tebukuro", "jm_kumo"];

/// Numbers of the phonemes that eSpeak has for American English (`vocab.json`).
const PHONEMES: [(char, i64); 50] = [
    (' ', 16),
    ('\u{303}', 17),
    ('.', 4),
    ('a', 43),
    ('b', 44),
    ('d', 46),
    ('e', 47),
    ('f', 48),
    ('h', 50),
    ('i', 51),
    ('j', 52),
    ('k', 53),
    ('l', 54),
    ('m', 55),
    ('n', 56),
    ('o', 57),
    ('p', 58),
    ('r', 60),
    ('s', 61),
    ('t', 62),
    ('u', 63),
    ('v', 64),
    ('w', 65),
    ('x', 66),
    ('y', 67),
    ('z', 68),
    ('ɑ', 69),
    ('ɐ', 70),
    ('æ', 72),
    ('ɔ', 76),
    ('ð', 81),
    ('ə', 83),
    ('ɚ', 85),
    ('ɛ', 86),
    ('ɜ', 87),
    ('ɡ', 92),
    ('ɪ', 102),
    ('ŋ', 112),
    ('θ', 119),
    ('ɹ', 123),
    ('ɾ', 125),
    ('ʃ', 131),
    ('ʊ', 135),
    ('ʌ', 138),
    ('ʒ', 147),
    ('ʔ', 148),
    ('ˈ', 156),
    ('ˌ', 157),
    ('ː', 158),
    ('ᵻ', 177),
];

/// The network with its session, and its voices' styles.
pub struct Kokoro {
    net: Net,
    /// One a voice, in the order of [`KOKORO_VOICES`]: [`STYLES`] rows of [`STYLE`] values.
    voices: Vec<Vec<f32>>,
}

impl Kokoro {
    /// Joins the parts of its file, and loads it; it runs on one thread.
    ///
    /// # Errors
    /// A part that is missing or whose digest differs from the manifest's; ONNX Runtime missing or too old.
    pub fn load(store: &ModelStore) -> Result<Self> {
        let failed = |e: &dyn std::fmt::Display| InferError::Store(e.to_string());
        let read = |set: &str, file: &str| -> Result<Vec<u8>> {
            let path = store.data(set).map_err(|e| failed(&e))?.join(file);
            std::fs::read(&path).map_err(|e| failed(&format!("{}: {e}", path.display())))
        };
        let mut onnx = Vec::new();
        for part in PARTS {
            onnx.extend(read(part, "part.bin")?);
        }
        let voices = voices(&read("kokoro-voices", "voices_ja.npz")?)?;
        let library = store.runtime_library().map_err(|e| failed(&e))?;
        Ok(Self { net: Net::from_bytes(&environment(&library)?, NAME, &onnx)?, voices })
    }

    /// 16 kHz sound of phonemes as eSpeak writes American English, in one of [`KOKORO_VOICES`] by its place.
    ///
    /// # Errors
    /// A phoneme that the network has no number for; a voice that it does not have.
    pub fn pronounce(&mut self, voice: usize, phonemes: &str) -> Result<Sound> {
        let spoken = numbers(phonemes)?;
        let style = self
            .voices
            .get(voice)
            .and_then(|styles| styles.chunks_exact(STYLE).nth(spoken.len() - 2))
            .ok_or_else(|| {
                refused(format!("it has no style for voice {voice} and {} phonemes", spoken.len()))
            })?;
        let failure = |e: ort::Error| refused(e.to_string());
        let tokens = TensorRef::from_array_view(([1, spoken.len()], &*spoken)).map_err(failure)?;
        let style = TensorRef::from_array_view(([1, STYLE], style)).map_err(failure)?;
        let speed = TensorRef::from_array_view(([1], &[1.0_f32][..])).map_err(failure)?;
        let outputs = self.net.run(ort::inputs!["tokens" => tokens, "style" => style, "speed" => speed])?;
        let (_, samples) = outputs[0].try_extract_tensor::<f32>().map_err(failure)?;
        let native = Sound { samples: samples.to_vec(), rate: NATIVE_RATE };
        Ok(Sound { samples: resample_16k(&native)?, rate: RATE })
    }
}

fn refused(why: String) -> InferError {
    InferError::Network { name: NAME, why }
}

fn numbers(phonemes: &str) -> Result<Vec<i64>> {
    let mut numbers = vec![EDGE];
    for symbol in phonemes.chars().chain(['.']) {
        let known = PHONEMES.iter().find(|(known, _)| *known == symbol);
        numbers.push(known.ok_or_else(|| refused(format!("it has no number for {symbol:?}")))?.1);
    }
    numbers.push(EDGE);
    Ok(numbers)
}

/// The arrays of an `.npz` whose members are stored as they are, as `numpy.savez` writes it.
fn voices(npz: &[u8]) -> Result<Vec<Vec<f32>>> {
    let length = STYLES * STYLE * size_of::<f32>();
    let mut found = Vec::new();
    let mut rest = npz;
    while let Some(place) = rest.windows(ARRAY.len()).position(|bytes| bytes == ARRAY) {
        let array = &rest[place..];
        let header = array.get(8..10).map(|b| 10 + usize::from(u16::from_le_bytes([b[0], b[1]])));
        let values = header.and_then(|header| array.get(header..header + length));
        let values = values.ok_or_else(|| refused(format!("its voice {} is cut short", found.len())))?;
        let (values, _) = values.as_chunks::<4>();
        found.push(values.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect());
        rest = &array[header.unwrap_or(0) + length..];
    }
    if found.len() != KOKORO_VOICES.len() {
        return Err(refused(format!("it has {} voices, expected {}", found.len(), KOKORO_VOICES.len())));
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phonemes_are_numbers_and_others_are_refused() {
        assert_eq!(numbers("hˈɑːt").unwrap(), [0, 50, 156, 69, 158, 62, 4, 0]);
        assert!(numbers("ʬ").unwrap_err().to_string().contains("no number"));
    }

    #[test]
    fn a_file_of_voices_that_is_cut_short_is_refused() {
        let mut file = Vec::new();
        for voice in 0..KOKORO_VOICES.len() {
            file.extend(b"PK name");
            file.extend(ARRAY);
            file.extend([1, 0, 2, 0, b' ', b'\n']);
            file.extend((voice as f32).to_le_bytes().repeat(STYLES * STYLE));
        }
        let found = voices(&file).unwrap();
        assert!(found.iter().enumerate().all(|(voice, values)| values[STYLES * STYLE - 1] == voice as f32));
        assert!(voices(&file[..file.len() - 1]).is_err());
        assert!(voices(&file[..file.len() / 2]).is_err());
    }
}
