//! One spelled phrase of one person, and the file in which it is sealed to the operator's key.
//!
//! HPKE in base mode (see [`wetsign_pair::SealKey`]), one seal for one file. A file's name is part of what is sealed
//! (`info`), so that no file passes for another's. Whoever records has the public half alone, and cannot open what was
//! recorded.

use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use prost::Message as _;
use wetsign_pair::{SealKey, SealPublic};
use zeroize::{Zeroize as _, Zeroizing};

/// What every file begins with, and what its seal is about.
const MAGIC: &[u8] = b"wetsign/collected/1\n";
/// Most bytes of a file: half a minute of pictures and sound.
const LARGEST: u64 = 256 * 1024 * 1024;
/// A file's ending.
pub const ENDING: &str = "sealed";

/// One phrase, as it was seen and heard. Wiped when dropped.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Spelled {
    /// The letters that were asked for.
    #[prost(string, repeated, tag = "1")]
    pub letters: Vec<String>,
    /// What was seen.
    #[prost(message, repeated, tag = "2")]
    pub frames: Vec<Shown>,
    /// What was heard, mono, -1..1.
    #[prost(float, repeated, tag = "3")]
    pub samples: Vec<f32>,
    /// Samples a second.
    #[prost(uint32, tag = "4")]
    pub rate: u32,
    /// The words that the person agreed to.
    #[prost(string, tag = "5")]
    pub consent: String,
    /// When, UTC seconds.
    #[prost(uint64, tag = "6")]
    pub agreed: u64,
    /// Camera and microphone.
    #[prost(string, tag = "7")]
    pub devices: String,
}

/// One frame.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Shown {
    /// Seconds from the beginning of the sound.
    #[prost(double, tag = "1")]
    pub seconds: f64,
    /// As JPEG.
    #[prost(bytes = "vec", tag = "2")]
    pub jpeg: Vec<u8>,
}

impl Spelled {
    /// Overwrites picture and sound.
    pub fn wipe(&mut self) {
        self.samples.zeroize();
        self.frames.iter_mut().for_each(|frame| frame.jpeg.zeroize());
    }

    /// Sealed to the operator's public key, 64 hexadecimal digits, as a file of this name.
    pub fn seal(&self, to: &str, name: &str) -> Result<Vec<u8>> {
        let plain = Zeroizing::new(self.encode_to_vec());
        let sealed = SealPublic(bytes_of(to)?).seal(&about(name), &plain).ok();
        let sealed = sealed.with_context(|| format!("{to} is no key that anything can be sealed to"))?;
        Ok([MAGIC, &sealed].concat())
    }

    /// Opens a file with the operator's secret key.
    pub fn open(key: &Key, name: &str, file: &[u8]) -> Result<Self> {
        let sealed = file.strip_prefix(MAGIC).with_context(|| format!("{name} is no collected phrase"))?;
        let plain = key.0.open(&about(name), sealed).ok();
        let plain = plain.with_context(|| {
            format!("{name} does not open: it is sealed to another key, renamed, or changed")
        })?;
        Self::decode(plain.as_slice()).with_context(|| format!("{name} is of another version"))
    }
}

/// What a seal is about.
fn about(name: &str) -> Vec<u8> {
    [MAGIC, name.as_bytes()].concat()
}

/// The operator's secret key; wiped when dropped.
pub struct Key(SealKey);

impl Key {
    /// Drawn from the operating system's random source.
    pub fn fresh() -> Self {
        Self(SealKey::fresh())
    }

    /// Reads a file with 64 hexadecimal digits.
    pub fn read(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path).map(Zeroizing::new);
        let text = text.with_context(|| format!("cannot read {}", path.display()))?;
        let bytes = Zeroizing::new(bytes_of(&text).with_context(|| path.display().to_string())?);
        Ok(Self(SealKey::of(bytes)))
    }

    /// As it is written to a file.
    pub fn text(&self) -> Zeroizing<String> {
        Zeroizing::new(format!("{}\n", *Zeroizing::new(hex::encode(self.0.as_bytes()))))
    }

    /// The public half, 64 hexadecimal digits.
    pub fn public(&self) -> String {
        hex::encode(self.0.public().0)
    }
}

fn bytes_of(text: &str) -> Result<[u8; 32]> {
    let mut bytes = [0; 32];
    hex::decode_to_slice(text.trim(), &mut bytes).ok().context("a key has 64 hexadecimal digits")?;
    Ok(bytes)
}

/// Reads a sealed file, if it is not larger than any can be.
pub fn read(path: &Path) -> Result<Vec<u8>> {
    let size = std::fs::metadata(path).with_context(|| format!("cannot read {}", path.display()))?.len();
    ensure!(size <= LARGEST, "{} has {size} bytes, at most {LARGEST} are read", path.display());
    std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spelled() -> Spelled {
        Spelled {
            letters: vec!["k".into(), "b".into()],
            frames: vec![Shown { seconds: 0.1, jpeg: vec![1; 90] }],
            samples: vec![0.25; 40],
            rate: 16_000,
            consent: "I agree.".into(),
            agreed: 1,
            devices: "a camera".into(),
        }
    }

    #[test]
    fn only_the_operators_key_opens_what_was_sealed_and_only_under_its_name() {
        let (key, other) = (Key::fresh(), Key::fresh());
        let file = spelled().seal(&key.public(), "a-1").unwrap();
        assert_eq!(Spelled::open(&key, "a-1", &file).unwrap(), spelled());
        assert!(Spelled::open(&other, "a-1", &file).is_err());
        assert!(Spelled::open(&key, "b-1", &file).is_err());
        assert!(Spelled::open(&key, "a-1", b"something else").unwrap_err().to_string().contains("a-1"));
        for place in [MAGIC.len(), MAGIC.len() + 32, file.len() - 1] {
            let mut changed = file.clone();
            changed[place] ^= 1;
            assert!(Spelled::open(&key, "a-1", &changed).is_err(), "byte {place}");
        }
        assert!(!file.windows(8).any(|part| part == [1; 8]), "a picture can be seen in the file");
    }

    #[test]
    fn nothing_is_sealed_to_what_is_no_key() {
        for key in ["", "00", &"00".repeat(32), &"zz".repeat(32)] {
            assert!(spelled().seal(key, "a-1").is_err(), "{key}");
        }
    }

    #[test]
    fn what_is_wiped_shows_and_says_nothing() {
        let mut spelled = spelled();
        spelled.wipe();
        assert!(spelled.samples.is_empty() && spelled.frames[0].jpeg.is_empty());
    }
}
