//! The second half: what the devices gave stands before a kiosk, against an enrolment from the original recordings.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::Path;

use anyhow::{Context, bail, ensure};
use wetsign_api::v1;
use wetsign_infer::audio::{self, RATE, Sound};

use super::compare::{self, LEAST_PSNR_DB};
use super::feed::Feed;
use super::rows;
use super::tape::{self, Record};
use crate::{
    attacks, auditor,
    cast::Cast,
    evidence::Evidence,
    stage::{Options, Stage},
    story::{CONSENT, LESSON},
    visit::{self, Ending, Visit},
};

/// The job whose frames and sound are used.
const JOB: &str = "face";
/// Kept before and after each letter, seconds.
const MARGIN_S: f64 = 0.1;
/// Silence between the letters of a phrase, seconds: the recogniser needs it between short letters.
const WORD_GAP_S: f64 = 0.5;
/// Pictures a second of the joined video.
const RATE_HZ: usize = 10;

/// Makes a replayed subject of what came out of the devices: `subject.toml`, `camera.y4m`, and a sound file a letter.
///
/// # Errors
/// When pictures or letters are missing in what came out.
pub fn subject(records: &[Record], feed: &Feed, folder: &Path) -> anyhow::Result<()> {
    let letters = folder.join("letters");
    fs::create_dir_all(&letters).with_context(|| format!("making {}", letters.display()))?;
    let mut text = format!(
        "name = \"woman before a virtual camera\"\nvideo = {:?}\n\n[speech]\nkind = \"letters\"\ndirectory = {:?}\ngap = {WORD_GAP_S}\n",
        folder.join("camera.y4m").display().to_string(),
        letters.display().to_string(),
    );
    video(records, feed, &folder.join("camera.y4m"), &mut text)?;
    sounds(records, feed, &letters)?;
    fs::write(folder.join("subject.toml"), text).context("writing subject.toml")
}

/// Each picture that was taken, once, in the order of the feed; the stretches are those of the feed.
fn video(records: &[Record], feed: &Feed, path: &Path, text: &mut String) -> anyhow::Result<()> {
    let mut taken: BTreeMap<usize, &[u8]> = BTreeMap::new();
    for frame in tape::of_job(records, JOB).filter(|record| record.kind() == "frame") {
        let found = compare::find(&compare::luma(&frame.bytes), &feed.pictures);
        let (which, decibels) = found.context("no pictures were fed")?;
        if decibels >= LEAST_PSNR_DB {
            taken.insert(which, &frame.bytes);
        }
    }
    let mut file = std::io::BufWriter::new(fs::File::create(path)?);
    writeln!(file, "YUV4MPEG2 W{} H{} F{RATE_HZ}:1 Ip A1:1 C444", feed.width, feed.height)?;
    for bgr in taken.values() {
        file.write_all(b"FRAME\n")?;
        file.write_all(&planes(bgr))?;
    }
    file.flush()?;
    let order: Vec<_> = taken.keys().copied().collect();
    for stretch in &feed.stretches {
        let (first, last) = stretch.pictures;
        let from = order.partition_point(|which| *which < first);
        let to = order.partition_point(|which| *which <= last);
        ensure!(to > from + 2, "only {} pictures of {} were taken", to - from, stretch.show);
        let seconds = |place: usize| place as f64 / RATE_HZ as f64;
        // A reader's times are not exact to the last bit: the stretch ends between two pictures.
        write!(
            text,
            "\n[[stretch]]\nshow = {:?}\nfrom = {:?}\nto = {:?}\npart = \"verify\"\n",
            stretch.show,
            (seconds(from) - 0.02).max(0.0),
            seconds(to - 1) + 0.02
        )?;
    }
    Ok(())
}

/// Three planes of full size from BGR pixels.
fn planes(bgr: &[u8]) -> Vec<u8> {
    let pixels = bgr.as_chunks::<3>().0;
    // Two equal pixels have the colour of one: the packed form gives Y, U and V of each.
    let yuv: Vec<[u8; 3]> = pixels
        .iter()
        .map(|&[b, g, r]| {
            let packed = compare::yuyv(&[b, g, r, b, g, r]);
            [packed[0], packed[1], packed[3]]
        })
        .collect();
    (0..3).flat_map(|plane| yuv.iter().map(move |pixel| pixel[plane])).collect()
}

/// Cuts the letters out of what the microphone heard, at 16 kHz.
fn sounds(records: &[Record], feed: &Feed, folder: &Path) -> anyhow::Result<()> {
    let (shift, _) = rows::sound(records, JOB, 48_000, feed).map_err(anyhow::Error::msg)?;
    let heard =
        tape::of_job(records, JOB).find(|record| record.kind() == "sound").context("no sound came out")?;
    let samples = audio::resample_16k(&Sound { samples: heard.samples(), rate: 48_000 })?;
    let shift = shift as f64 / 48_000.0;
    for letter in &feed.letters {
        let place = |seconds: f64| ((seconds + shift).max(0.0) * f64::from(RATE)) as usize;
        let span = place(letter.from - MARGIN_S)..place(letter.to + MARGIN_S);
        let Some(cut) = samples.get(span) else {
            bail!("the letter {} was not recorded to its end", letter.name)
        };
        let format = hound::WavSpec {
            channels: 1,
            sample_rate: RATE,
            bits_per_sample: 32,
            sample_format: hound::SampleFormat::Float,
        };
        let mut file = hound::WavWriter::create(folder.join(format!("{}.wav", letter.name)), format)?;
        for sample in cut {
            file.write_sample(*sample)?;
        }
        file.finalize()?;
    }
    Ok(())
}

/// Enrols the original recordings, lets what came out of the devices approve a request, and verifies the approval.
/// Answers with the gates' figures.
///
/// # Errors
/// When the kiosk does not start, refuses, or its approval does not verify.
pub async fn approve(subject: &Path, out: &Path) -> anyhow::Result<String> {
    fs::create_dir_all(out).with_context(|| format!("making {}", out.display()))?;
    let cast = Cast::new()?;
    let mut evidence = Evidence::new(out)?;
    let stage = Stage::set_up(&out.join("kiosk"), &cast, &Options::default()).await?;
    let enrolment = v1::StartEnrolment {
        language: String::new(),
        pair: false,
        device: None,
        label: "the woman".into(),
        consent: CONSENT.into(),
        source: Some(visit::replayed_subject(&attacks::subject("woman"))),
    };
    let visit =
        visit::patiently(async || visit::enrol(&stage.client, enrolment.clone(), visit::unseen).await)
            .await?;
    let Ending::Enrolled(enrolled) = &visit.ending else { bail!("the enrolment: {}", refusal(&visit)) };
    cast.admit(&stage, std::slice::from_ref(&enrolled.record)).await?;
    let asset = cast.asset(1)?;
    let (descriptor, rules) = (asset.descriptor.bytes().to_vec(), asset.rules.bytes().to_vec());
    stage.client.assets().register(v1::RegisterAsset { descriptor, rules }).await?;
    let request = cast.request(asset.id, &LESSON)?;
    let submitted = v1::SubmitRequest { request: request.bytes().to_vec(), ..Default::default() };
    let status = stage.client.requests().submit(submitted).await?.into_inner();

    let visit = visit::patiently(async || {
        let source = Some(visit::replayed_subject(subject));
        visit::approve(&stage.client, &status.id, &enrolled.validator_key, source, visit::unseen).await
    })
    .await?;
    ensure!(matches!(visit.ending, Ending::CoSigned(_)), "the request: {}", refusal(&visit));
    let approval = stage.client.approvals().get(v1::RequestId { id: status.id }).await?.into_inner();
    let bundle = evidence.write("approval.cbor", &approval.bundle)?;
    let policy =
        evidence.write("trust-policy.toml", stage.trust_policy(&cast).await?.to_toml()?.as_bytes())?;
    let answer = auditor::verify(&stage.programs, &bundle, &policy, None)?;
    ensure!(answer.ok, "the approval: {}", answer.summary());
    Ok(format!("co-signed ({}); the approval verifies: {}", gates(&visit), answer.summary()))
}

fn refusal(visit: &Visit) -> String {
    let why = visit.refused().map_or("the kiosk ended the visit", |refused| refused.text.as_str());
    format!("{why} Gates: {}", gates(visit))
}

/// The gates by name; a kiosk shows no scores.
fn gates(visit: &Visit) -> String {
    let named = |passed: bool| {
        let names = visit.gates.iter().filter(|gate| gate.passed == passed).map(|gate| gate.name.as_str());
        names.collect::<Vec<_>>().join(", ")
    };
    let failed = named(false);
    let failed = if failed.is_empty() { "none".into() } else { failed };
    format!("passed: {}; failed: {failed}", named(true))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn planes_are_luma_then_colour() {
        let grey = planes(&[100; 6]);
        assert_eq!(grey[..2], compare::luma(&[100; 6])[..]);
        assert_eq!(grey[2..], [128; 4]);
    }
}
