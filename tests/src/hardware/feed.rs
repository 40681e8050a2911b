//! What the guest's devices are fed with: the demo's woman as her replayed self shows her, and her spoken letters.

use std::fs;
use std::path::Path;

use anyhow::{Context, ensure};
use wetsign_infer::Frame;
use wetsign_infer::audio::RATE;
use wetsign_liveness::{HeadMove, MouthMove, Prompt};
use wetsign_sensor::source::{self, Source, Step};
use wetsign_sensor_ipc::{Part, Replay, Source as Wanted, source::Kind};

use super::compare;

/// Quality of the JPEG camera's pictures, as good webcams have it.
const JPEG_QUALITY: u8 = 95;
/// Silence before the first letter, seconds: the recording begins in it.
pub const LEAD_S: f64 = 9.0;
/// Silence after each letter.
const GAP_S: f64 = 0.3;
/// Silence about a letter that is not played, and what of it is: samples below this share of the loudest, seconds kept.
const SILENCE: f32 = 0.02;
const KEPT_S: f64 = 0.1;
/// The right channel beside the left one: a microphone's two channels are never the same.
const RIGHT: f32 = 0.5;

/// One stretch of the video.
#[derive(Debug, Clone)]
pub struct Stretch {
    /// As `subject.toml` names it.
    pub show: &'static str,
    /// Its pictures among all, first and last.
    pub pictures: (usize, usize),
}

/// One letter in the sound.
#[derive(Debug, Clone)]
pub struct Letter {
    /// The letter.
    pub name: String,
    /// Seconds from the beginning of the sound.
    pub from: f64,
    /// Seconds.
    pub to: f64,
}

/// Everything that is fed, and how it is recognised again.
#[derive(Debug)]
pub struct Feed {
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
    /// Luma of each picture.
    pub pictures: Vec<Vec<u8>>,
    /// What they show.
    pub stretches: Vec<Stretch>,
    /// Bytes of a slot in `camera.mjpg`.
    pub jpeg_slot: usize,
    /// One channel, 16 kHz.
    pub sound: Vec<f32>,
    /// What is said in it.
    pub letters: Vec<Letter>,
}

impl Feed {
    /// Makes the feed of a subject and writes `camera.yuyv`, `camera.mjpg`, `garbage.mjpg`, `cut.mjpg`, `48000.wav` and
    /// `44100.wav` into `folder`.
    pub fn make(subject: &Path, cache: &Path, folder: &Path) -> anyhow::Result<Self> {
        let replay = Replay { directory: subject.display().to_string() };
        let mut wanted = Wanted { kind: Some(Kind::Replay(replay)), ..Wanted::default() };
        wanted.set_part(Part::Verify);
        let mut source = source::open(Some(&wanted), cache)?;
        let (frames, stretches) = pictures(source.as_mut())?;
        let (sound, letters) = sound(source.as_mut())?;
        let first = frames.first().context("the subject shows nothing")?;
        let (width, height) = (first.width(), first.height());

        let bytes = frames.iter().map(Frame::bytes).collect::<Result<Vec<_>, _>>()?;
        let packed: Vec<u8> = bytes.iter().flat_map(|bgr| compare::yuyv(bgr)).collect();
        fs::write(folder.join("camera.yuyv"), packed)?;
        let jpegs = frames.iter().map(|frame| frame.to_jpeg(width.max(height), JPEG_QUALITY));
        let jpegs = jpegs.collect::<Result<Vec<_>, _>>()?;
        let jpeg_slot = jpegs.iter().map(Vec::len).max().unwrap_or_default();
        fs::write(folder.join("camera.mjpg"), slots(&jpegs, jpeg_slot))?;
        let halves: Vec<_> = jpegs.iter().map(|jpeg| jpeg[..jpeg.len() / 2].to_vec()).collect();
        fs::write(folder.join("cut.mjpg"), slots(&halves, jpeg_slot))?;
        fs::write(
            folder.join("garbage.mjpg"),
            slots(&jpegs.iter().map(|j| garbled(j)).collect::<Vec<_>>(), jpeg_slot),
        )?;
        for rate in [48_000, 44_100] {
            write_wav(&folder.join(format!("{rate}.wav")), rate, &stereo(&at_rate(&sound, rate)))?;
        }
        let pictures = bytes.iter().map(|bgr| compare::luma(bgr)).collect();
        Ok(Self { width, height, pictures, stretches, jpeg_slot, sound, letters })
    }

    /// Seconds of the sound.
    pub fn seconds(&self) -> f64 {
        self.sound.len() as f64 / f64::from(RATE)
    }

    /// What a microphone hears of the sound at a rate: the mean of both channels, as 16-bit samples carried them.
    pub fn heard_at(&self, rate: u32) -> Vec<f32> {
        let sixteen = |sample: i16| f32::from(sample) / 32_768.0;
        stereo(&at_rate(&self.sound, rate))
            .as_chunks::<2>()
            .0
            .iter()
            .map(|[left, right]| f32::midpoint(sixteen(*left), sixteen(*right)))
            .collect()
    }
}

fn pictures(source: &mut dyn Source) -> anyhow::Result<(Vec<Frame>, Vec<Stretch>)> {
    let repertoire = source.about().repertoire.clone();
    let head = repertoire.head.iter().map(|head| match head {
        HeadMove::Left => ("head_left", Prompt::HeadLeft),
        HeadMove::Right => ("head_right", Prompt::HeadRight),
        HeadMove::Up => ("head_up", Prompt::HeadUp),
        HeadMove::Down => ("head_down", Prompt::HeadDown),
        HeadMove::Closer => ("head_closer", Prompt::HeadCloser),
    });
    let mouth = repertoire.mouth.iter().map(|mouth| match mouth {
        MouthMove::Open => ("mouth_open", Prompt::MouthOpen),
        MouthMove::Smile => ("smile", Prompt::Smile),
    });
    let moves = head.chain(mouth).map(|(show, prompt)| (show, Step::Show(prompt)));
    let (mut frames, mut stretches) = (Vec::new(), Vec::new());
    for (show, step) in std::iter::once(("neutral", Step::LookAhead)).chain(moves) {
        let first = frames.len();
        source.begin(&step)?;
        while let Some((_, frame)) = source.next_frame()? {
            frames.push(frame);
        }
        source.end()?;
        ensure!(frames.len() > first, "the subject has no pictures of {show}");
        stretches.push(Stretch { show, pictures: (first, frames.len() - 1) });
    }
    Ok((frames, stretches))
}

fn sound(source: &mut dyn Source) -> anyhow::Result<(Vec<f32>, Vec<Letter>)> {
    let rate = f64::from(RATE);
    let mut samples = vec![0.0; (LEAD_S * rate) as usize];
    let mut letters = Vec::new();
    for name in source.about().repertoire.vocabulary.clone() {
        source.begin(&Step::Show(Prompt::Say(vec![name.clone()])))?;
        let spoken = source.end()?.with_context(|| format!("there is no sound of {name}"))?;
        ensure!(spoken.rate == RATE, "the sound of {name} has {} samples a second", spoken.rate);
        let from = samples.len() as f64 / rate;
        samples.extend(trimmed(&spoken.samples));
        letters.push(Letter { name, from, to: samples.len() as f64 / rate });
        samples.extend(vec![0.0; (GAP_S * rate) as usize]);
    }
    Ok((samples, letters))
}

fn trimmed(samples: &[f32]) -> &[f32] {
    let loudest = samples.iter().fold(0.0_f32, |most, sample| most.max(sample.abs()));
    let loud = |sample: &f32| sample.abs() > SILENCE * loudest;
    let kept = (KEPT_S * f64::from(RATE)) as usize;
    let from = samples.iter().position(loud).unwrap_or(0).saturating_sub(kept);
    let to = samples.iter().rposition(loud).map_or(samples.len(), |last| (last + kept).min(samples.len()));
    &samples[from..to]
}

/// Pictures of different lengths in slots of one length.
fn slots(pictures: &[Vec<u8>], slot: usize) -> Vec<u8> {
    let padded = |picture: &Vec<u8>| {
        let mut picture = picture.clone();
        picture.resize(slot, 0);
        picture
    };
    pictures.iter().flat_map(padded).collect()
}

/// A JPEG that begins and ends as one, with its inside overwritten.
fn garbled(jpeg: &[u8]) -> Vec<u8> {
    let mut state = 7_u32;
    let last = jpeg.len().saturating_sub(2);
    let noise = |(at, byte): (usize, &u8)| {
        state = state.wrapping_mul(1664525).wrapping_add(1013904223);
        if (2..last).contains(&at) { (state >> 24) as u8 } else { *byte }
    };
    jpeg.iter().enumerate().map(noise).collect()
}

/// 16 kHz at another rate, by straight lines between the samples.
fn at_rate(samples: &[f32], rate: u32) -> Vec<f32> {
    let step = f64::from(RATE) / f64::from(rate);
    let count = (samples.len() as f64 / step) as usize;
    let at = |place: f64| {
        let (whole, part) = (place as usize, place.fract() as f32);
        let next = samples.get(whole + 1).copied().unwrap_or_default();
        samples[whole] * (1.0 - part) + next * part
    };
    (0..count).map(|i| at(i as f64 * step)).collect()
}

fn stereo(samples: &[f32]) -> Vec<i16> {
    let sixteen = |sample: f32| (sample.clamp(-1.0, 1.0) * 32_767.0).round() as i16;
    samples.iter().flat_map(|sample| [sixteen(*sample), sixteen(sample * RIGHT)]).collect()
}

fn write_wav(path: &Path, sample_rate: u32, interleaved: &[i16]) -> anyhow::Result<()> {
    let format = hound::WavSpec {
        channels: 2,
        sample_rate,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut file =
        hound::WavWriter::create(path, format).with_context(|| format!("writing {}", path.display()))?;
    for sample in interleaved {
        file.write_sample(*sample)?;
    }
    Ok(file.finalize()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sound_keeps_its_length_and_its_shape_at_another_rate() {
        let tone: Vec<f32> = (0..16_000).map(|i| (i as f32 * 0.1).sin() * 0.5).collect();
        for rate in [44_100_u32, 48_000] {
            let other = at_rate(&tone, rate);
            assert!(other.len().abs_diff(rate as usize) <= 1);
            let back: Vec<f32> = (0..15_999).map(|i| other[i * rate as usize / 16_000]).collect();
            assert!(compare::correlation(&tone[..15_999], &back) > 0.99);
        }
        let two = stereo(&[0.5, -2.0]);
        assert_eq!((two[0], two[1], two[2]), (16_384, 8_192, -32_767));
    }

    #[test]
    fn silence_about_a_letter_is_left_out() {
        let mut samples = vec![0.001; 16_000];
        samples[6_000..8_000].fill(0.5);
        assert_eq!(trimmed(&samples).len(), 2_000 + 2 * 1_600 - 1);
        assert_eq!(trimmed(&[0.0; 100]).len(), 100);
    }

    #[test]
    fn garbled_pictures_begin_and_end_as_pictures() {
        let jpeg: Vec<u8> = (0..200).collect();
        let garbled = garbled(&jpeg);
        assert_eq!((garbled.len(), &garbled[..2], &garbled[198..]), (200, &jpeg[..2], &jpeg[198..]));
        assert_ne!(garbled, jpeg);
        assert_eq!(slots(&[vec![1], vec![2, 3]], 2), [1, 0, 2, 3]);
    }
}
