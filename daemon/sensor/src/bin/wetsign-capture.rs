//! What a camera and a microphone really give, through the very layer that the sensor uses, without networks.
//!
//! For the person who sets up a kiosk, and for the test on emulated devices. Jobs come as JSON, one a line, on standard
//! input; what was captured goes out as a *tape* on standard output: a JSON record a line, and after a record that says
//! `bytes` that many raw bytes (frames: BGR, row by row; sound: f32, little-endian, mono). It is confined as the sensor
//! is.

use std::io::{BufRead, Write};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use clap::Parser;
use serde::Deserialize;
use serde_json::{Value, json};
use wetsign_infer::audio::Sound;
use wetsign_liveness::Prompt;
use wetsign_program::Lost;
use wetsign_sensor::sandbox;
use wetsign_sensor::source::{self, SourceError, Step};
use wetsign_sensor_ipc::{Live, Source as Wanted, source::Kind};

/// Show what a camera and a microphone give, through the sensor's own capture layer.
///
/// Reads jobs from standard input, writes what was captured to standard output, and a line `done` for each job to
/// standard error.
#[derive(Parser)]
#[command(version, name = "wetsign-capture", after_help = HELP)]
struct Arguments {}

const HELP: &str = "\
Jobs are JSON objects, one a line:
  {\"devices\": {}}
      lists what there is
  {\"listen\": {\"microphone\": \"\", \"seconds\": 5}}
      records a microphone alone
  {\"live\": {\"camera\": \"/dev/video0\", \"microphone\": \"\", \"steps\": [\"ahead\", \"move\", {\"say\": 6}]}}
      opens both and runs the steps (1.5 s; 5 s; 2 s and 1 s for each word, with sound). Without names it takes the
      first that can be used.
      With \"keep\": true the pictures and the sound themselves are written, else only their sizes and times.

Exit codes: 0 every job was answered (a failed capture is an answer), 1 a job makes no sense, the output cannot be
written, or a driver hangs, so that only the end of this program frees its device.";

#[derive(Deserialize)]
struct Job {
    /// Repeated in every record of the job.
    #[serde(default)]
    name: String,
    #[serde(flatten)]
    what: What,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum What {
    Devices {},
    Listen(ListenJob),
    Live(LiveJob),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ListenJob {
    #[serde(default)]
    microphone: String,
    seconds: u8,
    #[serde(default)]
    keep: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LiveJob {
    #[serde(default)]
    camera: String,
    #[serde(default)]
    microphone: String,
    steps: Vec<StepName>,
    #[serde(default)]
    keep: bool,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum StepName {
    Ahead,
    Move,
    Say(u8),
}

impl StepName {
    /// A step of the right length; nobody looks whether the person does it.
    fn step(self) -> Step {
        match self {
            Self::Ahead => Step::LookAhead,
            Self::Move => Step::Show(Prompt::Smile),
            Self::Say(words) => Step::Show(Prompt::Say(vec!["word".into(); usize::from(words)])),
        }
    }
}

fn main() -> ExitCode {
    let asked: Result<Arguments, _> = wetsign_program::arguments(2);
    match asked {
        Ok(Arguments {}) => wetsign_program::ended("wetsign-capture", run().map(|()| ExitCode::SUCCESS)),
        Err(code) => code,
    }
}

fn run() -> anyhow::Result<()> {
    wetsign_program::output()?;
    let confinement = sandbox::enter(sandbox::Needs::default());
    let mut tape = Tape { out: std::io::stdout().lock(), job: String::new() };
    tape.record(json!({ "kind": "ready", "confinement": confinement.words() }), &[])?;
    for line in std::io::stdin().lock().lines() {
        let line = line.context("the jobs cannot be read")?;
        if line.trim().is_empty() {
            continue;
        }
        let job: Job = serde_json::from_str(&line).with_context(|| format!("this is no job: {line}"))?;
        tape.job = job.name;
        match job.what {
            What::Devices {} => devices(&mut tape)?,
            What::Listen(job) => listen(&job, &mut tape)?,
            What::Live(job) => live(&job, &mut tape)?,
        }
        tape.record(json!({ "kind": "done" }), &[])?;
        wetsign_program::note(&format!("done {}", tape.job));
    }
    Ok(())
}

struct Tape<W> {
    out: W,
    job: String,
}

impl<W: Write> Tape<W> {
    fn record(&mut self, mut record: Value, bytes: &[u8]) -> anyhow::Result<()> {
        record["job"] = self.job.clone().into();
        if !bytes.is_empty() {
            record["bytes"] = bytes.len().into();
        }
        let written = writeln!(self.out, "{record}")
            .and_then(|()| self.out.write_all(bytes))
            .and_then(|()| self.out.flush());
        written.map_err(Lost::from).context("the tape cannot be written")
    }

    /// The loudest sample stands in the record, so that a silent microphone is seen without the sound.
    fn sound(&mut self, mut record: Value, sound: &Sound, keep: bool) -> anyhow::Result<()> {
        let loudest = sound.samples.iter().fold(0.0_f32, |most, sample| most.max(sample.abs()));
        record["kind"] = "sound".into();
        record["rate"] = sound.rate.into();
        record["samples"] = sound.samples.len().into();
        record["loudest"] = loudest.into();
        let bytes: Vec<u8> = sound.samples.iter().flat_map(|sample| sample.to_le_bytes()).collect();
        self.record(record, if keep { &bytes } else { &[] })
    }
}

fn devices(tape: &mut Tape<impl Write>) -> anyhow::Result<()> {
    let begun = Instant::now();
    let found = source::devices(false);
    let cameras = found.cameras.iter().map(|c| ("camera", &c.name, &c.label, &c.formats, &c.unusable));
    let microphones =
        found.microphones.iter().map(|m| ("microphone", &m.name, &m.label, &m.formats, &m.unusable));
    let rows: Vec<_> = cameras
        .chain(microphones)
        .map(|(kind, id, name, formats, unusable)| {
            json!({ "kind": kind, "id": id, "name": name, "formats": formats, "unusable": unusable })
        })
        .collect();
    tape.record(json!({ "kind": "devices", "ms": milliseconds(begun), "devices": rows }), &[])
}

fn listen(job: &ListenJob, tape: &mut Tape<impl Write>) -> anyhow::Result<()> {
    let begun = Instant::now();
    match source::listen(&job.microphone, Duration::from_secs(job.seconds.into())) {
        Ok((label, sound)) => tape.sound(json!({ "label": label }), &sound, job.keep),
        Err(error) => failed(&error, begun, tape),
    }
}

fn live(job: &LiveJob, tape: &mut Tape<impl Write>) -> anyhow::Result<()> {
    let wanted = Live { camera: job.camera.clone(), microphone: job.microphone.clone() };
    let wanted = Wanted { kind: Some(Kind::Live(wanted)), ..Wanted::default() };
    let begun = Instant::now();
    // A live source reads nothing from the cache.
    let mut source = match source::open(Some(&wanted), "".as_ref()) {
        Ok(source) => source,
        Err(error) => return failed(&error, begun, tape),
    };
    let about = source.about();
    let opened = json!({
        "kind": "opened", "label": about.label, "simulated": about.simulated, "notes": about.notes,
        "ms": milliseconds(begun),
    });
    tape.record(opened, &[])?;
    for (index, step) in job.steps.iter().enumerate() {
        let mut waited = Instant::now();
        if let Err(error) = source.begin(&step.step()) {
            return failed(&error, waited, tape);
        }
        loop {
            waited = Instant::now();
            let (seconds, frame) = match source.next_frame() {
                Ok(Some(taken)) => taken,
                Ok(None) => break,
                Err(error) => return failed(&error, waited, tape),
            };
            let record = json!({
                "kind": "frame", "step": index, "seconds": seconds, "width": frame.width(), "height": frame.height(),
            });
            tape.record(record, if job.keep { frame.bytes()? } else { &[] })?;
        }
        waited = Instant::now();
        match source.end() {
            Ok(None) => {}
            Ok(Some(sound)) => tape.sound(json!({ "step": index }), &sound, job.keep)?,
            Err(error) => return failed(&error, waited, tape),
        }
    }
    Ok(())
}

/// A capture that failed is an answer: what the daemon would be told, and how long it took to know. A driver that hangs
/// ends this program, as it ends the sensor.
fn failed(error: &SourceError, since: Instant, tape: &mut Tape<impl Write>) -> anyhow::Result<()> {
    let code = error.code().as_str_name().trim_start_matches("FAILURE_CODE_").to_lowercase();
    let stuck = matches!(error, SourceError::Stuck(_));
    let record = json!({
        "kind": "failed", "code": code, "text": error.to_string(), "ms": milliseconds(since), "stuck": stuck,
    });
    tape.record(record, &[])?;
    ensure!(!stuck, "{error}");
    Ok(())
}

fn milliseconds(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX)
}
