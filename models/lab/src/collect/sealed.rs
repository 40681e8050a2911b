//! One spelled phrase of one person, and the file in which it is sealed to the operator's key.
//!
//! HPKE (RFC 9180): DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-128-GCM, base mode, one seal for one file. What a file
//! is called is part of what is sealed (`info`), so that none passes for another's. Whoever records holds the public
//! half alone and cannot open what was recorded.

use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use hpke::{Deserializable, Kem, OpModeR, OpModeS, Serializable};
use hpke::{aead::AesGcm128, kdf::HkdfSha256, kem::X25519HkdfSha256};
use prost::Message as _;
use zeroize::{Zeroize as _, Zeroizing};

type Suite = X25519HkdfSha256;

/// What every file begins with, and what its seal is about.
const MAGIC: &[u8] = b"wetsign/collected/1\n";
/// Bytes of an encapsulated key.
const ENCAPSULATED: usize = 32;
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
        let key = <Suite as Kem>::PublicKey::from_bytes(&bytes_of(to)?)
            .map_err(|error| anyhow::anyhow!("{to} is no key that anything can be sealed to: {error}"))?;
        let plain = Zeroizing::new(self.encode_to_vec());
        let about = [MAGIC, name.as_bytes()].concat();
        let (key, text) =
            hpke::single_shot_seal::<AesGcm128, HkdfSha256, Suite>(&OpModeS::Base, &key, &about, &plain, b"")
                .map_err(|error| anyhow::anyhow!("nothing can be sealed to {to}: {error}"))?;
        Ok([MAGIC, key.to_bytes().as_slice(), &text].concat())
    }

    /// Opens a file with the operator's secret key.
    pub fn open(key: &Key, name: &str, file: &[u8]) -> Result<Self> {
        let refused = || format!("{name} does not open: it is sealed to another key, renamed, or changed");
        let sealed = file.strip_prefix(MAGIC).with_context(|| format!("{name} is no collected phrase"))?;
        let (encapsulated, text) = sealed.split_at_checked(ENCAPSULATED).with_context(refused)?;
        let encapsulated =
            <Suite as Kem>::EncappedKey::from_bytes(encapsulated).ok().with_context(refused)?;
        let secret = <Suite as Kem>::PrivateKey::from_bytes(&*key.0).ok().with_context(refused)?;
        let about = [MAGIC, name.as_bytes()].concat();
        let mode = OpModeR::Base;
        let plain = hpke::single_shot_open::<AesGcm128, HkdfSha256, Suite>(
            &mode,
            &secret,
            &encapsulated,
            &about,
            text,
            b"",
        );
        let plain = Zeroizing::new(plain.ok().with_context(refused)?);
        Self::decode(plain.as_slice()).with_context(|| format!("{name} is of another version"))
    }
}

/// The operator's secret key; wiped when dropped.
pub struct Key(Zeroizing<[u8; 32]>);

impl Key {
    /// Drawn from the operating system's random source.
    pub fn fresh() -> Self {
        let (secret, _) = Suite::gen_keypair();
        let mut bytes = Zeroizing::new([0; 32]);
        secret.write_exact(bytes.as_mut());
        Self(bytes)
    }

    /// Reads a file with 64 hexadecimal digits.
    pub fn read(path: &Path) -> Result<Self> {
        let text =
            std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
        Ok(Self(Zeroizing::new(bytes_of(&Zeroizing::new(text)).with_context(|| path.display().to_string())?)))
    }

    /// As it is written to a file.
    pub fn text(&self) -> Zeroizing<String> {
        Zeroizing::new(format!("{}\n", *Zeroizing::new(hex::encode(*self.0))))
    }

    /// The public half, 64 hexadecimal digits.
    pub fn public(&self) -> Result<String> {
        let secret =
            <Suite as Kem>::PrivateKey::from_bytes(&*self.0).ok().context("any 32 bytes are a key")?;
        Ok(hex::encode(Suite::sk_to_pk(&secret).to_bytes()))
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
        let file = spelled().seal(&key.public().unwrap(), "a-1").unwrap();
        assert_eq!(Spelled::open(&key, "a-1", &file).unwrap(), spelled());
        assert!(Spelled::open(&other, "a-1", &file).is_err());
        assert!(Spelled::open(&key, "b-1", &file).is_err());
        assert!(Spelled::open(&key, "a-1", b"something else").unwrap_err().to_string().contains("a-1"));
        for place in [MAGIC.len(), MAGIC.len() + ENCAPSULATED, file.len() - 1] {
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
