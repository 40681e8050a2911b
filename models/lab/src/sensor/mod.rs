//! The product's own capture on a film: what each gate says, whether it decides, and what was heard.
//!
//! A film follows no prompts. It is at rest first; the rest of it is the phrase where there is a sound, and at rest too
//! where there is none. `--show` says where a film shows a movement that could have been asked for.

mod film;

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use serde::Serialize;
use wetsign_infer::Networks;
use wetsign_liveness::gates::{Gate, Measure, Outcome, Stage, Weight};
use wetsign_liveness::{ChallengePlan, Measurements, Prompt, Thresholds, decide, phrase};
use wetsign_models::store::ModelStore;
use wetsign_sensor::capture::{self, Nobody};
use wetsign_sensor::source::Step;

use film::{Film, Stretch};

/// Long enough for any film that is read.
const BUDGET: Duration = Duration::from_hours(24);
/// What a film may show.
const MOVEMENTS: [Prompt; 9] = [
    Prompt::HeadLeft,
    Prompt::HeadRight,
    Prompt::HeadUp,
    Prompt::HeadDown,
    Prompt::HeadCloser,
    Prompt::MouthOpen,
    Prompt::Smile,
    Prompt::BlinkTwice,
    Prompt::BlinkThrice,
];
/// Stands for words that nobody named: the sound is listened to, and not held against them.
const UNNAMED: &str = "unnamed";

#[derive(clap::Args)]
pub struct Arguments {
    /// Film, or a photo (JPEG, PNG).
    film: PathBuf,
    /// Its own sound (WAV, Ogg, FLAC, or the sound of an MP4 file: the film itself may be named twice).
    sound: Option<PathBuf>,
    /// Seconds at its beginning in which the person is at rest.
    #[arg(long, default_value_t = 1.5)]
    rest: f64,
    /// Where it shows a movement, such as `head_left@2.0-3.5`; may be given more than once, in the order of the
    /// prompts.
    #[arg(long, value_name = "PROMPT@FROM-TO")]
    show: Vec<String>,
    /// The words that are spoken; without them the gate `phrase` is not asked.
    #[arg(long, value_name = "WORDS", requires = "sound")]
    say: Option<String>,
    /// Show its frames when they were recorded, as a camera would, and say how long judging takes after the last one.
    #[arg(long)]
    in_time: bool,
    /// Threads of each network.
    #[arg(long, default_value_t = 1)]
    threads: usize,
    /// Print one JSON object instead of a table.
    #[arg(long)]
    json: bool,
}

/// One gate.
#[derive(Serialize)]
struct Row {
    gate: &'static str,
    stage: &'static str,
    /// In its unit; absent: it could not be measured.
    value: Option<f64>,
    sense: &'static str,
    bound: f64,
    unit: &'static str,
    outcome: &'static str,
    /// `decides`, `advice`, `explains`.
    role: &'static str,
}

#[derive(Serialize)]
struct Report {
    /// Every gate that decides passed.
    ok: bool,
    film: PathBuf,
    seconds: f64,
    frames: u32,
    frames_with_face: u32,
    /// Seconds from the last frame to the end.
    judged_after: f64,
    /// As the recogniser wrote it; absent without a sound.
    transcript: Option<String>,
    gates: Vec<Row>,
    /// What this film was not asked for.
    not_asked: Vec<&'static str>,
}

/// Captures, judges and prints; false where a gate that decides refuses.
pub fn run(arguments: &Arguments) -> Result<bool> {
    let mut film = Film::open(&arguments.film, arguments.sound.as_deref(), arguments.in_time)?;
    let (seconds, spoken) = (film.seconds(), arguments.sound.is_some());
    let stretches = stretches(arguments, seconds)?;
    let prompts: Vec<Prompt> = stretches
        .iter()
        .filter_map(
            |stretch| if let Step::Show(prompt) = &stretch.step { Some(prompt.clone()) } else { None },
        )
        .collect();
    film.shows(stretches);
    let mut networks = Networks::load(&ModelStore::open_default()?, arguments.threads)?;
    let captured = capture::show(&Nobody, &mut networks, &mut film, &prompts, (BUDGET, false))?;
    let judged_after = film.ended().elapsed().as_secs_f64();
    let measured = captured.measurements.iter().map(|(name, value)| (name.as_str(), *value));
    let plan = ChallengePlan { prompts, entropy_millibits: 0, residual_millibits: 0, lips_in_step: spoken };
    let thresholds = Thresholds::from_manifest();
    let transcript = spoken.then(|| captured.transcript.clone());
    let unjudged = |measure: Measure| match measure {
        Measure::Entropy => true,
        Measure::Phrase => arguments.say.is_none(),
        Measure::Snr | Measure::Clipping | Measure::Speech => !spoken,
        _ => false,
    };
    let gates: Vec<Gate> =
        decide(&plan, &Measurements::from_names(measured), transcript.as_deref(), &thresholds)
            .into_iter()
            .filter(|gate| !unjudged(gate.measure))
            .collect();
    let refuses = |gate: &Gate| gate.measure.decides() && gate.outcome() != Outcome::Passed;
    let asked = |measure: &Measure| gates.iter().any(|gate| gate.measure == *measure);
    let report = Report {
        ok: !gates.iter().any(refuses),
        film: arguments.film.clone(),
        seconds,
        frames: captured.frames,
        frames_with_face: captured.frames_with_face,
        judged_after,
        transcript,
        gates: gates.iter().map(row).collect(),
        not_asked: Measure::ALL
            .into_iter()
            .filter(|measure| measure.row().stage != Stage::Match && !asked(measure))
            .map(Measure::name)
            .collect(),
    };
    if arguments.json {
        say!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        print(&report)?;
    }
    Ok(report.ok)
}

/// The steps of the capture, at rest first.
fn stretches(arguments: &Arguments, end: f64) -> Result<Vec<Stretch>> {
    let moves: Vec<Stretch> = arguments.show.iter().map(|text| shown(text, end)).collect::<Result<_>>()?;
    let rest = if arguments.sound.is_none() && moves.is_empty() { end } else { arguments.rest };
    ensure!(rest > 0.0 && rest <= end, "--rest {rest}: the film is {end:.2} s long");
    let mut all = vec![Stretch { step: Step::LookAhead, from: 0.0, to: rest }];
    let spoken_from = moves.iter().fold(rest, |last, shown| last.max(shown.to));
    all.extend(moves);
    if arguments.sound.is_some() {
        let words: Vec<String> = match &arguments.say {
            Some(text) => text.split_whitespace().filter_map(phrase::token).collect(),
            None => vec![UNNAMED.into()],
        };
        ensure!(!words.is_empty(), "--say names no word that can be understood");
        all.push(Stretch { step: Step::Show(Prompt::Say(words)), from: spoken_from, to: end });
    }
    Ok(all)
}

/// `head_left@2.0-3.5`
fn shown(text: &str, end: f64) -> Result<Stretch> {
    let read = || {
        let (code, place) = text.split_once('@')?;
        let (from, to) = place.split_once('-')?;
        Some((code, from.parse::<f64>().ok()?, to.parse::<f64>().ok()?))
    };
    let (code, from, to) = read().with_context(|| format!("--show {text}: write PROMPT@FROM-TO"))?;
    let known = MOVEMENTS.map(|prompt| prompt.code());
    let Some(prompt) = MOVEMENTS.into_iter().find(|prompt| prompt.code() == code) else {
        bail!("--show {text}: the movements are {}", known.join(", "));
    };
    ensure!(0.0 <= from && from < to && from < end, "--show {text}: the film lasts from 0 to {end:.2} s");
    Ok(Stretch { step: Step::Show(prompt), from, to: to.min(end) })
}

fn row(gate: &Gate) -> Row {
    let table = gate.measure.row();
    Row {
        gate: gate.name(),
        stage: table.stage.as_str(),
        value: gate.value.map(|value| f64::from(value) / 1000.0),
        sense: table.sense.sign(),
        bound: f64::from(gate.bound) / 1000.0,
        unit: table.unit,
        outcome: match gate.outcome() {
            Outcome::Passed => "passed",
            Outcome::Failed => "failed",
            Outcome::Missing => "missing",
        },
        role: match table.weight {
            Weight::Explains(_) => "explains",
            Weight::Decides if gate.measure.decides() => "decides",
            Weight::Decides => "advice",
        },
    }
}

fn print(report: &Report) -> Result<()> {
    say!(
        "{}: {:.2} s, {} frames looked at, {} with a face; judged {:.2} s after the last",
        report.film.display(),
        report.seconds,
        report.frames,
        report.frames_with_face,
        report.judged_after
    );
    for row in &report.gates {
        let value = row.value.map_or("not measured".to_owned(), |value| format!("{value:.3}"));
        say!(
            "{:<15} {value:>12} {} {:<9.3} {:<14} {:<8} {}",
            row.gate,
            row.sense,
            row.bound,
            row.unit,
            row.outcome,
            row.role
        );
    }
    if let Some(transcript) = &report.transcript {
        say!("heard: {}", transcript.escape_debug());
    }
    say!("not asked: {}", report.not_asked.join(", "));
    say!("{}", if report.ok { "no gate that decides refuses" } else { "refused" });
    Ok(())
}
