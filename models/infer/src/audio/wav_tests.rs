//! Recorders as they are: every way in which one writes a second of a 440 Hz tone, and what is refused.

use std::io::Cursor;

use super::*;

const RATE: u32 = 16_000;

fn tone(at: usize) -> f64 {
    0.4 * (std::f64::consts::TAU * 440.0 * at as f64 / f64::from(RATE)).sin()
}

struct Made {
    kind: u16,
    bits: u16,
    valid: Option<u16>,
    rate: u32,
    before: Vec<u8>,
    /// Stated lengths of file and sound, where they are not the true ones.
    stated: Option<[u32; 2]>,
    sound: Vec<u8>,
}

impl Made {
    fn new(kind: u16, bits: u16, sample: impl Fn(f64) -> Vec<u8>) -> Self {
        let sound = (0..RATE as usize).flat_map(|at| sample(tone(at))).collect();
        Self { kind, bits, valid: None, rate: RATE, before: Vec::new(), stated: None, sound }
    }

    fn bytes(&self) -> Vec<u8> {
        let frame = self.bits.div_ceil(8);
        let mut format = Vec::new();
        let kind = if self.valid.is_some() { EXTENSIBLE } else { self.kind };
        for value in [kind, 1] {
            format.extend(value.to_le_bytes());
        }
        format.extend(self.rate.to_le_bytes());
        format.extend((self.rate.wrapping_mul(u32::from(frame))).to_le_bytes());
        format.extend(frame.to_le_bytes());
        format.extend(self.bits.to_le_bytes());
        if let Some(valid) = self.valid {
            format.extend(22_u16.to_le_bytes());
            format.extend(valid.to_le_bytes());
            format.extend(4_u32.to_le_bytes());
            format.extend(self.kind.to_le_bytes());
            format.extend(IDENTIFIER);
        }
        let mut inside = b"WAVE".to_vec();
        inside.extend(chunk(b"fmt ", &format, None));
        inside.extend(&self.before);
        inside.extend(chunk(b"data", &self.sound, self.stated.map(|[_, sound]| sound)));
        chunk(b"RIFF", &inside, self.stated.map(|[file, _]| file))
    }

    fn read(&self) -> Result<Wav, String> {
        read(&mut Cursor::new(self.bytes()))
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "a literal of bytes is a reference")]
fn chunk(name: &[u8; 4], content: &[u8], stated: Option<u32>) -> Vec<u8> {
    let mut out = name.to_vec();
    out.extend(stated.unwrap_or(content.len() as u32).to_le_bytes());
    out.extend(content);
    if stated.is_none() && content.len() % 2 == 1 {
        out.push(0);
    }
    out
}

fn whole(bits: u32) -> impl Fn(f64) -> Vec<u8> {
    move |value| {
        let scaled = (value * f64::from(2_u32.pow(bits - 1) - 1)).round() as i32;
        (scaled << (32 - bits)).to_le_bytes()[4 - bits.div_ceil(8) as usize..].to_vec()
    }
}

fn assert_tone(made: &Made, what: &str) {
    let found = made.read().unwrap_or_else(|why| panic!("{what}: {why}"));
    assert_eq!((found.rate, found.channels, found.samples.len()), (RATE, 1, RATE as usize), "{what}");
    for (at, sample) in found.samples.iter().enumerate() {
        assert!((f64::from(*sample) - tone(at)).abs() < 0.01, "{what}: sample {at} is {sample}");
    }
}

#[test]
fn every_depth_gives_the_same_tone() {
    assert_tone(&Made::new(PCM, 8, |v| vec![(v * 127.0 + 128.0).round() as u8]), "8 bits");
    for bits in [16, 24, 32] {
        assert_tone(&Made::new(PCM, bits, whole(u32::from(bits))), &format!("{bits} bits"));
    }
    assert_tone(&Made::new(FLOAT, 32, |v| (v as f32).to_le_bytes().to_vec()), "float");
    assert_tone(&Made::new(FLOAT, 64, |v| v.to_le_bytes().to_vec()), "double");
    for (bits, valid) in [(32, 24), (32, 20), (24, 20), (16, 12), (16, 16)] {
        let sample = move |v| {
            let all = whole(u32::from(bits))(v);
            let mut wide = [0; 4];
            wide[4 - all.len()..].copy_from_slice(&all);
            let cut = i32::from_le_bytes(wide) >> (32 - valid) << (32 - valid);
            cut.to_le_bytes()[4 - all.len()..].to_vec()
        };
        let made = Made { valid: Some(valid as u16), ..Made::new(PCM, bits, sample) };
        assert_tone(&made, &format!("{valid} bits in {bits}"));
    }
}

#[test]
fn a_writer_that_did_not_know_the_length_is_read_to_the_end() {
    for stated in [[0, 0], [u32::MAX, u32::MAX], [0x7fff_fffc, 0x7fff_ffd8]] {
        assert_tone(&Made { stated: Some(stated), ..Made::new(PCM, 16, whole(16)) }, &format!("{stated:x?}"));
    }
}

#[test]
fn an_empty_sound_with_something_behind_it_stays_empty() {
    let made = Made { sound: Vec::new(), ..Made::new(PCM, 16, whole(16)) };
    let mut bytes = made.bytes();
    bytes.extend(chunk(b"LIST", &[7; 200], None));
    let length = bytes.len() as u32 - 8;
    bytes[4..8].copy_from_slice(&length.to_le_bytes());
    assert_eq!(read(&mut Cursor::new(bytes)).unwrap().samples.len(), 0);
}

#[test]
fn a_chunk_of_odd_size_shifts_nothing() {
    let made = Made { before: chunk(b"note", b"abc", None), ..Made::new(PCM, 16, whole(16)) };
    assert_tone(&made, "a note of three bytes");
}

#[test]
fn a_long_file_says_its_length_elsewhere() {
    let made = Made { stated: Some([u32::MAX, u32::MAX]), ..Made::new(PCM, 16, whole(16)) };
    let mut bytes = made.bytes();
    bytes[..4].copy_from_slice(b"RF64");
    let mut sizes = Vec::new();
    for size in [0, 2 * 1000, 1000_u64] {
        sizes.extend(size.to_le_bytes());
    }
    sizes.extend([0; 4]);
    bytes.splice(12..12, chunk(b"ds64", &sizes, None));
    assert_eq!(read(&mut Cursor::new(bytes)).unwrap().samples.len(), 1000);
}

#[test]
fn what_is_no_sound_is_refused_in_words() {
    let refused = |made: &Made| made.read().err().expect("refused");
    let with = |value: f32| {
        let mut made = Made::new(FLOAT, 32, |v| (v as f32).to_le_bytes().to_vec());
        made.sound[400..404].copy_from_slice(&value.to_le_bytes());
        refused(&made)
    };
    assert_eq!(with(f32::NAN), "sample 100 is not a number");
    assert!(with(f32::NEG_INFINITY).contains("sample 100 is -inf"));
    assert!(with(1e30).contains("sample 100 is 1"));
    for rate in [0, 1, 3_999, 384_001, 100_000_000] {
        let why = refused(&Made { rate, ..Made::new(PCM, 16, whole(16)) });
        assert!(why.contains(&format!("{rate} samples a second; 4000 to 384000")), "{why}");
    }
    let cut = Made { stated: Some([40_000, 40_000]), ..Made::new(PCM, 16, whole(16)) };
    assert!(refused(&cut).contains("40000 bytes of sound are stated, 32000 are there"));
    assert!(refused(&Made::new(6, 8, |_| vec![0])).contains("coded by 6"));
    let right =
        Made { valid: Some(24), ..Made::new(PCM, 32, |v| ((v * 8_388_607.0) as i32).to_le_bytes().to_vec()) };
    assert!(refused(&right).contains("stand to the right"));
    for length in [0, 3, 11, 20, 43] {
        assert!(read(&mut Cursor::new(&right.bytes()[..length])).is_err(), "{length} bytes");
    }
}
