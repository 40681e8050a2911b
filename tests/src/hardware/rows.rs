//! What each capture in the guest had to come to.

use std::collections::BTreeSet;
use std::ops::Range;

use serde_json::Value;
use wetsign_infer::audio::{self, RATE, Sound};

use super::Row;
use super::compare::{self, LEAST_PSNR_DB};
use super::feed::Feed;
use super::tape::{self, Record};

/// At most one frame in this many may be torn: the loopback driver overwrites what a busy machine has not read yet.
const MOST_TORN: usize = 20;
/// Correlation of a letter that a microphone heard with the letter that was played.
const SAME_SOUND: f64 = 0.99;
/// A camera without a picture is given up after three seconds; this is the most until the answer.
const STALL_MS: u64 = 4_000;
/// What a device that is gone may take to be noticed.
const GONE_MS: u64 = 4_000;

/// Jobs that must fail: name, code, words that the reason holds, and within how many milliseconds.
const REFUSALS: [(&str, &str, &str, u64); 15] = [
    ("unwritten", "source_unavailable", "no program writes", GONE_MS),
    ("odd", "source_unavailable", "NV12", GONE_MS),
    ("output", "source_unavailable", "an output", GONE_MS),
    ("metadata", "source_unavailable", "metadata", GONE_MS),
    ("absent", "source_unavailable", "wetsignd devices", GONE_MS),
    ("nobody", "source_unavailable", "wetsignd devices", GONE_MS),
    ("garbage", "camera_stalled", "broken", STALL_MS),
    ("cut", "camera_stalled", "does not end", STALL_MS),
    ("busy", "source_unavailable", "another program", GONE_MS),
    ("unplugged", "camera_stalled", "unplugged", GONE_MS),
    ("stalled", "camera_stalled", "gave no frame for 3 s", STALL_MS),
    ("shortfall", "sound_shortfall", "samples", GONE_MS),
    ("excess", "sound_shortfall", "had room for", GONE_MS),
    ("overrun", "sound_shortfall", "overrun", GONE_MS),
    ("unplugged_microphone", "sound_shortfall", "disconnected", GONE_MS),
];

/// What two daemons said that looked for a secure element by its USB name.
#[derive(Debug, Default)]
pub struct Kiosks {
    /// The name of the one that is there.
    pub right: String,
    /// A name that nobody has.
    pub wrong: String,
    /// What the element runs on.
    pub home: &'static str,
}

/// Judges all that came out of the guest.
pub fn all(records: &[Record], devices: &Value, kiosks: &Kiosks, log: &str, feed: &Feed) -> Vec<Row> {
    let mut rows = vec![
        Row::of("devices are listed, with formats or with the reason", listed(devices)),
        Row::of("camera, YUYV: the pictures that were fed", pictures(records, "face", feed)),
        Row::of("camera, MJPG: the pictures that were fed", pictures(records, "jpeg", feed)),
        Row::of(
            "microphone, 48 kHz stereo: every sample",
            sound(records, "face", 48_000, feed).map(|row| row.1),
        ),
        Row::of(
            "microphone, 44.1 kHz stereo: every sample, and the same at 16 kHz",
            other_rate(records, feed),
        ),
        Row::of("microphone that programs share: whole, or a clear overrun", shared(records)),
        Row::of("camera left in another format and at a broken rate", moving(records, "left", (640, 480))),
        Row::of("loopback devices are labelled as simulated", simulated(records)),
        Row::of("a sound card on PCI is not", on_pci(records)),
    ];
    for (job, code, words, within_ms) in REFUSALS {
        rows.push(Row::of(&format!("refused: {job}"), refused(records, job, code, words, within_ms)));
    }
    rows.push(Row::of(
        "a camera that stalled works again in a new sensor",
        moving(records, "again", (640, 360)),
    ));
    rows.push(Row::of(
        "a secure element on USB is found by its serial number, and no other is",
        element(kiosks),
    ));
    rows.push(Row::of("no panic, no hang, no kernel fault", quiet(log)));
    rows
}

fn listed(devices: &Value) -> Result<String, String> {
    let list = devices["devices"].as_array().ok_or("wetsignd devices gave no list")?;
    let find =
        |id: &str| list.iter().find(|device| device["id"] == id).ok_or_else(|| format!("{id} is not listed"));
    for (id, words) in [
        ("/dev/video11", "no program writes"),
        ("/dev/video12", "NV12"),
        ("/dev/video21", "output"),
        ("/dev/video22", "metadata"),
        ("/dev/video23", "metadata"),
        ("alsa:null", "silence"),
    ] {
        let why = find(id)?["unusable"].as_str().unwrap_or_default();
        expect(why.contains(words), || format!("{id}: {why:?} does not say \"{words}\""))?;
    }
    for (id, format) in [
        ("/dev/video10", "640x360 YUYV"),
        ("/dev/video20", "640x480 YUYV"),
        ("alsa:hw:CARD=Loopback,DEV=1", " Hz "),
        ("alsa:hw:CARD=Intel,DEV=0", " Hz "),
    ] {
        let device = find(id)?;
        let formats = device["formats"].as_array().map(Vec::as_slice).unwrap_or_default();
        let offered = formats.iter().filter_map(Value::as_str).any(|offered| offered.contains(format));
        expect(offered && device["unusable"] == "", || format!("{id}: {device}"))?;
    }
    let usable = list.iter().filter(|device| device["unusable"] == "").count();
    Ok(format!("{} devices, {usable} usable", list.len()))
}

fn pictures(records: &[Record], job: &str, feed: &Feed) -> Result<String, String> {
    let frames: Vec<_> = tape::of_job(records, job).filter(|record| record.kind() == "frame").collect();
    expect(!frames.is_empty(), || failure(records, job))?;
    let (mut least, mut sum, mut seen, mut torn) = (f64::INFINITY, 0.0, BTreeSet::new(), 0);
    for frame in &frames {
        let size = (frame.number("width"), frame.number("height"));
        let right = (Some(u64::from(feed.width)), Some(u64::from(feed.height)));
        expect(size == right, || format!("{size:?} pixels"))?;
        let luma = compare::luma(&frame.bytes);
        let (which, decibels) = compare::find(&luma, &feed.pictures).ok_or("no pictures were fed")?;
        if decibels < LEAST_PSNR_DB && compare::is_torn(&luma, &feed.pictures) {
            torn += 1;
            continue;
        }
        seen.insert(which);
        least = least.min(decibels);
        sum += decibels;
    }
    let figures = format!(
        "{} frames, {} of {} different pictures, luma PSNR {least:.1} dB at least, {:.1} dB on average; {torn} torn by the \
         loopback driver",
        frames.len(),
        seen.len(),
        feed.pictures.len(),
        sum / (frames.len() - torn).max(1) as f64
    );
    let held = least >= LEAST_PSNR_DB && seen.len() > 1 && torn * MOST_TORN <= frames.len();
    expect(held, || figures.clone())?;
    Ok(figures)
}

/// Where the feed's first sample stands in what a microphone heard (it may be before its first one), and figures.
pub fn sound(records: &[Record], job: &str, rate: u32, feed: &Feed) -> Result<(isize, String), String> {
    let heard = recording(records, job)?;
    let got = heard.number("rate");
    expect(got == Some(u64::from(rate)), || format!("{got:?} samples a second instead of {rate}"))?;
    let (heard, fed) = (heard.samples(), feed.heard_at(rate));
    let place = |seconds: f64| (seconds * f64::from(rate)) as usize;
    let mut shifts = BTreeSet::new();
    let (mut least, mut letters) = (1.0_f64, 0);
    for letter in &feed.letters {
        let span: Range<usize> = place(letter.from)..place(letter.to).min(fed.len());
        // The first letter is looked for everywhere, the others where it promises them: a lost sample shows as a shift.
        let near = shifts.first().map(|first: &isize| span.start.saturating_add_signed(*first));
        let window = near.map_or(0..heard.len(), |near| {
            near.saturating_sub(rate as usize / 20)..(near + span.len() + rate as usize / 20).min(heard.len())
        });
        if window.len() < span.len() {
            break;
        }
        let found = compare::locate(&fed[span.clone()], &heard[window.clone()], 12)
            .ok_or("the recording is too short")?;
        shifts.insert((window.start + found.at) as isize - span.start as isize);
        least = least.min(found.correlation);
        letters += 1;
    }
    let figures = format!(
        "{letters} of {} letters in {:.1} s, correlation {least:.4} at least, {} samples lost or added between them",
        feed.letters.len(),
        heard.len() as f64 / f64::from(rate),
        shifts.last().unwrap_or(&0) - shifts.first().unwrap_or(&0)
    );
    expect(letters > 0 && least >= SAME_SOUND && shifts.len() == 1, || figures.clone())?;
    Ok((shifts.first().copied().unwrap_or(0), figures))
}

fn other_rate(records: &[Record], feed: &Feed) -> Result<String, String> {
    let (shift, figures) = sound(records, "other_rate", 44_100, feed)?;
    let samples = recording(records, "other_rate")?.samples();
    let heard = audio::resample_16k(&Sound { samples, rate: 44_100 }).map_err(|error| error.to_string())?;
    let letter = feed.letters.first().ok_or("no letter was fed")?;
    let place = |seconds: f64| (seconds * f64::from(RATE)) as usize;
    let fed = &feed.sound[place(letter.from)..place(letter.to)];
    let found = compare::locate(fed, &heard, 4).ok_or("the recording is too short")?;
    let promised = letter.from + shift as f64 / 44_100.0;
    let off_ms = (found.at as f64 / f64::from(RATE) - promised) * 1000.0;
    let figures = format!("{figures}; at 16 kHz correlation {:.4}, {off_ms:.1} ms off", found.correlation);
    expect(found.correlation >= SAME_SOUND && off_ms.abs() < 5.0, || figures.clone())?;
    Ok(figures)
}

/// ALSA's shared microphone has buffers of 21 ms, which emulation does not always empty in time.
fn shared(records: &[Record]) -> Result<String, String> {
    match complete(records, "shared") {
        Err(why) if why.contains("overrun") => Ok(why),
        other => other,
    }
}

fn complete(records: &[Record], job: &str) -> Result<String, String> {
    let heard = recording(records, job)?;
    let (samples, rate) = (heard.number("samples").unwrap_or(0), heard.number("rate").unwrap_or(0));
    Ok(format!("{:.1} s at {rate} Hz", samples as f64 / rate.max(1) as f64))
}

fn recording<'a>(records: &'a [Record], job: &'a str) -> Result<&'a Record, String> {
    let mut of_job = tape::of_job(records, job);
    of_job.find(|record| record.kind() == "sound").ok_or_else(|| failure(records, job))
}

fn moving(records: &[Record], job: &str, (width, height): (u64, u64)) -> Result<String, String> {
    let frames = tape::of_job(records, job).filter(|record| record.kind() == "frame");
    let count = frames
        .filter(|frame| (frame.number("width"), frame.number("height")) == (Some(width), Some(height)))
        .count();
    expect(count >= 3, || format!("{count} frames of {width}x{height}; {}", failure(records, job)))?;
    Ok(format!("{count} frames of {width}x{height} in 1.5 s"))
}

fn opened<'a>(records: &'a [Record], job: &'a str) -> Result<&'a Record, String> {
    let mut of_job = tape::of_job(records, job);
    of_job.find(|record| record.kind() == "opened").ok_or_else(|| failure(records, job))
}

fn simulated(records: &[Record]) -> Result<String, String> {
    for job in ["face", "left", "shared"] {
        let opened = opened(records, job)?;
        let notes = opened.json["notes"].as_array().map_or(0, Vec::len);
        let labelled =
            opened.json["simulated"] == true && opened.text("label").contains("virtual") && notes == 2;
        expect(labelled, || format!("{job}: {}", opened.json))?;
    }
    Ok(opened(records, "face")?.text("label").to_owned())
}

/// The only device of the guest that stands where hardware stands; its camera does not.
fn on_pci(records: &[Record]) -> Result<String, String> {
    let opened = opened(records, "card")?;
    let notes = opened.json["notes"].to_string();
    let right =
        opened.json["simulated"] == true && notes.contains("camera") && !notes.contains("microphone is not");
    expect(right, || opened.json.to_string())?;
    complete(records, "card")
}

fn refused(records: &[Record], job: &str, code: &str, words: &str, within_ms: u64) -> Result<String, String> {
    let mut of_job = tape::of_job(records, job);
    let failed = of_job.find(|record| record.kind() == "failed").ok_or("it did not fail")?;
    let (text, ms) = (failed.text("text"), failed.number("ms").unwrap_or(u64::MAX));
    let right = failed.text("code") == code && text.contains(words) && ms <= within_ms;
    expect(right, || format!("{} after {ms} ms: {text}", failed.text("code")))?;
    Ok(format!("after {ms} ms: {text}"))
}

fn element(kiosks: &Kiosks) -> Result<String, String> {
    let line = |log: &str, words: &str| log.lines().find(|line| line.contains(words)).map(str::to_owned);
    let found = line(&kiosks.right, "secure element model=").ok_or_else(|| kiosks.right.clone())?;
    let missed = line(&kiosks.wrong, "no secure element at usb:1209:0001:NOBODY");
    expect(missed.is_some(), || kiosks.wrong.clone())?;
    let home = format!("home=\"{}\"", kiosks.home);
    expect(found.contains(&home), || format!("not {home}: {found}"))?;
    let (_, what) = found.split_once("secure element ").unwrap_or(("", &found));
    Ok(format!("usb:1209:0001:KIOSK-7 is {what}"))
}

fn quiet(log: &str) -> Result<String, String> {
    const LOUD: [&str; 6] = ["panicked", " no answer ", " no module ", "BUG:", "Oops", "segfault"];
    let loud: Vec<_> = log.lines().filter(|line| LOUD.iter().any(|word| line.contains(word))).collect();
    expect(loud.is_empty(), || loud.join("; "))?;
    let times =
        log.lines().filter_map(|line| line.strip_prefix("GUEST ")?.split(' ').next()?.parse::<f64>().ok());
    Ok(format!("{:.0} s in the guest", times.fold(0.0, f64::max)))
}

fn failure(records: &[Record], job: &str) -> String {
    let failed = tape::of_job(records, job).find(|record| record.kind() == "failed");
    failed.map_or_else(|| format!("{job} gave nothing"), |record| record.text("text").to_owned())
}

fn expect(held: bool, otherwise: impl FnOnce() -> String) -> Result<(), String> {
    if held { Ok(()) } else { Err(otherwise()) }
}

#[cfg(test)]
mod tests {
    use super::super::feed::Letter;
    use super::*;
    use serde_json::json;

    fn record(json: Value) -> Record {
        Record { json, bytes: Vec::new() }
    }

    fn feed() -> Feed {
        let mut sound = vec![0.0; 16_000];
        let mut letters = Vec::new();
        let mut state = 1_u32;
        for name in ["a", "b", "c"] {
            let from = sound.len() as f64 / 16_000.0;
            // Steps of four samples: noise that keeps its shape at other rates.
            for _ in 0..2_000 {
                state = state.wrapping_mul(1664525).wrapping_add(1013904223);
                sound.extend([(state >> 8) as f32 / (1 << 24) as f32 - 0.5; 4]);
            }
            letters.push(Letter { name: name.into(), from, to: sound.len() as f64 / 16_000.0 });
            sound.extend([0.0; 4_000]);
        }
        Feed {
            width: 2,
            height: 1,
            pictures: Vec::new(),
            stretches: Vec::new(),
            jpeg_slot: 0,
            sound,
            letters,
        }
    }

    fn heard(samples: &[f32]) -> Vec<Record> {
        let json = json!({ "kind": "sound", "job": "face", "rate": 48_000, "samples": samples.len() });
        let bytes = samples.iter().flat_map(|sample| sample.to_le_bytes()).collect();
        vec![Record { json, bytes }]
    }

    #[test]
    fn a_lost_sample_is_noticed_and_a_whole_recording_passes() {
        let feed = feed();
        let fed = feed.heard_at(48_000);
        let (shift, _) = sound(&heard(&fed[10_000..]), "face", 48_000, &feed).unwrap();
        assert_eq!(shift, -10_000);

        let mut holed = fed[10_000..].to_vec();
        let letter_b = (feed.letters[1].from * 48_000.0) as usize - 10_000;
        holed.drain(letter_b - 600..letter_b - 500);
        let why = sound(&heard(&holed), "face", 48_000, &feed).unwrap_err();
        assert!(why.contains("100 samples lost"), "{why}");

        assert!(sound(&heard(&vec![0.0; 100_000]), "face", 48_000, &feed).is_err());
        assert!(sound(&[], "face", 48_000, &feed).unwrap_err().contains("nothing"));
    }

    #[test]
    fn a_refusal_has_its_code_its_words_and_its_time() {
        let failed = |code: &str, ms: u64| {
            vec![record(
                json!({ "kind": "failed", "job": "odd", "code": code, "text": "it offers NV12", "ms": ms }),
            )]
        };
        let judge = |records: &[Record]| refused(records, "odd", "source_unavailable", "NV12", 1_000);
        assert!(judge(&failed("source_unavailable", 200)).is_ok());
        assert!(judge(&failed("source_unavailable", 2_000)).is_err());
        assert!(judge(&failed("internal", 200)).is_err());
        assert!(judge(&[]).is_err());
    }

    #[test]
    fn a_panic_and_a_missing_answer_are_loud() {
        assert_eq!(quiet("GUEST 90.2 shown\nGUEST end").unwrap(), "90 s in the guest");
        assert!(quiet("thread 'camera' panicked at").is_err());
        assert!(quiet("GUEST 12.0 no answer odd").is_err());
    }
}
