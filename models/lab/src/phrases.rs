//! Phrases joined from a speaker's recorded letters or words.

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use serde::Serialize;
use wetsign_infer::{Networks, audio, quality::cosine, quality::mean_direction};
use wetsign_liveness::phrase;
use wetsign_models::manifest::Manifest;
use wetsign_models::store::ModelStore;

use wetsign_lab::stats::Summary;

#[derive(clap::Args)]
pub struct Arguments {
    /// Folder of recordings named after what is said, such as `…/klettres/en/alpha`.
    directory: PathBuf,
    /// A second speaker's folder: how alike are the two voices?
    #[arg(long)]
    against: Option<PathBuf>,
    /// Words to draw from, separated by commas; all recordings if absent.
    #[arg(long, value_delimiter = ',')]
    vocabulary: Vec<String>,
    /// Different words in a phrase.
    #[arg(long, default_value_t = 5)]
    length: usize,
    /// Phrases to try.
    #[arg(long, default_value_t = 40)]
    count: usize,
    /// Silence between words, seconds.
    #[arg(long, default_value_t = 0.2)]
    gap: f64,
    /// Phrases whose mean is a speaker's template.
    #[arg(long, default_value_t = 3)]
    enrol: usize,
    /// Seed of the draw.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Print one JSON object instead of a table.
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Report {
    ok: bool,
    phrases: usize,
    vocabulary: usize,
    length: usize,
    /// Entropy of a phrase, bits.
    bits: f64,
    read_right: usize,
    read_with_one_error: usize,
    speech_seconds: Summary,
    snr_db: Summary,
    /// Each phrase against each other phrase of the speaker.
    same_voice: Summary,
    /// Each phrase against the template made from the phrases after it.
    same_voice_template: Summary,
    other_voice: Option<Summary>,
    other_voice_template: Option<Summary>,
    misread: Vec<(String, String)>,
}

type Recordings = BTreeMap<String, Vec<f32>>;

struct Spoken {
    embedding: Vec<f32>,
    speech: f64,
    snr: Option<f64>,
    words: Vec<String>,
    sound: Vec<f32>,
}

/// Measures and prints.
pub fn run(arguments: &Arguments) -> Result<bool> {
    let recordings = read(&arguments.directory, &arguments.vocabulary)?;
    let mut networks = Networks::load(&ModelStore::open_default()?, 1)?;
    let mut rng = ChaCha8Rng::seed_from_u64(arguments.seed);
    let vocabulary: Vec<String> = recordings.keys().cloned().collect();
    let (mut own, mut misread, mut right, mut nearly) = (Vec::new(), Vec::new(), 0, 0);
    for _ in 0..arguments.count {
        let spoken = speak(&mut networks, &recordings, arguments, &mut rng)?;
        let doubt = Manifest::embedded().capture.speech.doubt.get();
        let transcript = networks.words.understand(&spoken.sound, (&spoken.words, &vocabulary), doubt)?;
        match phrase::errors(&spoken.words, &transcript) {
            0 => right += 1,
            errors => {
                nearly += usize::from(errors == 1);
                misread.push((spoken.words.join(" "), transcript));
            }
        }
        own.push(spoken);
    }
    let templates: Vec<Vec<f32>> = (0..own.len())
        .filter_map(|i| {
            mean_direction(
                &(1..=arguments.enrol)
                    .map(|k| own[(i + k) % own.len()].embedding.clone())
                    .collect::<Vec<_>>(),
            )
        })
        .collect();
    let (mut other_voice, mut other_voice_template) = (None, None);
    if let Some(directory) = &arguments.against {
        let theirs = read(directory, &[])?;
        let (mut scores, mut against_templates) = (Vec::new(), Vec::new());
        for _ in 0..arguments.count.min(20) {
            let spoken = speak(&mut networks, &theirs, arguments, &mut rng)?;
            scores.extend(own.iter().map(|o| f64::from(cosine(&o.embedding, &spoken.embedding))));
            against_templates.extend(templates.iter().map(|t| f64::from(cosine(t, &spoken.embedding))));
        }
        other_voice = Some(Summary::of(&scores));
        other_voice_template = Some(Summary::of(&against_templates));
    }
    let pairs = own.iter().enumerate().flat_map(|(i, a)| own[i + 1..].iter().map(move |b| (a, b)));
    let same: Vec<f64> = pairs.map(|(a, b)| f64::from(cosine(&a.embedding, &b.embedding))).collect();
    let to_template: Vec<f64> =
        own.iter().zip(&templates).map(|(s, t)| f64::from(cosine(&s.embedding, t))).collect();
    let words = recordings.len();
    let report = Report {
        ok: true,
        phrases: own.len(),
        vocabulary: words,
        length: arguments.length,
        bits: (0..arguments.length).map(|k| ((words - k) as f64).log2()).sum(),
        read_right: right,
        read_with_one_error: nearly,
        speech_seconds: Summary::of(&own.iter().map(|s| s.speech).collect::<Vec<_>>()),
        snr_db: Summary::of(&own.iter().filter_map(|s| s.snr).collect::<Vec<_>>()),
        same_voice: Summary::of(&same),
        same_voice_template: Summary::of(&to_template),
        other_voice,
        other_voice_template,
        misread,
    };
    if arguments.json {
        say!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        print(&report)?;
    }
    Ok(true)
}

fn read(directory: &PathBuf, vocabulary: &[String]) -> Result<Recordings> {
    let mut out = Recordings::new();
    for entry in std::fs::read_dir(directory).with_context(|| format!("{}", directory.display()))? {
        let path = entry?.path();
        let Some(word) = path.file_stem().and_then(|s| s.to_str()).map(str::to_lowercase) else { continue };
        let wanted = vocabulary.is_empty() || vocabulary.iter().any(|v| v.to_lowercase() == word);
        if wanted && path.extension().is_some_and(|e| e == "ogg" || e == "wav") {
            out.insert(word, audio::resample_16k(&audio::read_file(&path)?)?);
        }
    }
    if let Some(missing) = vocabulary.iter().find(|v| !out.contains_key(&v.to_lowercase())) {
        bail!("{} has no recording of {missing:?}", directory.display());
    }
    Ok(out)
}

fn speak(
    networks: &mut Networks,
    recordings: &Recordings,
    arguments: &Arguments,
    rng: &mut ChaCha8Rng,
) -> Result<Spoken> {
    if recordings.len() < arguments.length {
        bail!(
            "a phrase of {} different words needs more than {} recordings",
            arguments.length,
            recordings.len()
        );
    }
    let all: Vec<&String> = recordings.keys().collect();
    let words: Vec<String> = all.choose_multiple(rng, arguments.length).map(|w| (*w).clone()).collect();
    let pieces: Vec<Vec<f32>> = words.iter().map(|w| recordings[w].clone()).collect();
    let sound = audio::join(&pieces, arguments.gap);
    let activity = networks.voice.voice_activity(&sound)?;
    let embedding = networks.voice.embed_spoken(&sound)?;
    let speech = f64::from(audio::speech_seconds(&activity));
    let snr = audio::snr_db(&sound, &activity).map(f64::from);
    Ok(Spoken { embedding, speech, snr, words, sound })
}

fn print(report: &Report) -> Result<()> {
    say!(
        "{} of {} phrases read right, {} more with one error; {} different words out of {}: {:.1} bits",
        report.read_right,
        report.phrases,
        report.read_with_one_error,
        report.length,
        report.vocabulary,
        report.bits
    );
    let line = |what: &str, s: &Summary| -> Result<()> {
        say!("{what:<16} min {:.3}  mean {:.3}  max {:.3}", s.min, s.mean, s.max);
        Ok(())
    };
    line("speech, seconds", &report.speech_seconds)?;
    line("SNR, dB", &report.snr_db)?;
    line("same voice", &report.same_voice)?;
    line("  and template", &report.same_voice_template)?;
    if let (Some(other), Some(template)) = (&report.other_voice, &report.other_voice_template) {
        line("other voice", other)?;
        line("  and template", template)?;
    }
    for (words, transcript) in &report.misread {
        say!("misread: {words} -> {transcript}");
    }
    Ok(())
}
