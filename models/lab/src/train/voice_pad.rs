//! Training of the classifier against synthesised and replayed voices.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Instant;

use anyhow::{Context as _, Result, ensure};
use wetsign_lab::voice_pad::analysis::{BAND, FEATURES, VoicePad};
use wetsign_lab::voice_pad::assess::{self, Assessment};
use wetsign_lab::voice_pad::fit::{self, Detector, TARGET_BPCER};
use wetsign_lab::voice_pad::material::{self, Material, Voice};
use wetsign_lab::voice_pad::onnx;
use wetsign_models::manifest::Digest;
use wetsign_models::store::ModelStore;
use wetsign_models::trained_voice::{Detector as Trained, TrainedVoicePad};

use super::arguments::{Arguments, key};

/// Where `cargo xtask voice-pad` has synthesised speech made, below the cache.
const SPOOF: &str = "voice-pad/spoof";

/// Measures on what is left out, fits on everything, writes.
pub fn run(arguments: &Arguments) -> Result<bool> {
    let key = key(&arguments.key)?;
    let store = ModelStore::open_default()?;
    let voices = match &arguments.data {
        Some(folder) => material::voices_of(folder)?,
        None => material::own_voices(&store, &store.cache().join(SPOOF))?,
    };
    let mut told = Instant::now();
    let mut progress = |what: &str, done: usize, of: usize| {
        if told.elapsed().as_secs() >= 5 {
            eprintln!("{what}: {done} of {of}");
            told = Instant::now();
        }
    };
    let found = material::present(&voices, arguments.seed, &mut progress)?;
    eprintln!("fitting on {} presentations", found.presentations.len());
    let assessment = assess::assess(&found.presentations, arguments.seed)?;
    let detectors = fit::final_fit(&found.presentations)?;
    let onnx = onnx::file(&[&detectors[0].rule, &detectors[1].rule], FEATURES);
    check(&store, &onnx, &found, &detectors)?;
    let model = model(arguments.seed, &voices, &found, &assessment, &detectors, &onnx);

    let write = |path: &Path, bytes: &[u8]| {
        std::fs::write(path, bytes).with_context(|| format!("cannot write {}", path.display()))
    };
    let out = &arguments.out;
    let figures = serde_json::json!({ "model": model, "left_out": found.left_out, "assessment": assessment });
    write(&out.with_extension("onnx"), &onnx)?;
    write(&out.with_extension("json"), format!("{figures:#}\n").as_bytes())?;
    write(&out.with_extension("md"), card(&model, &assessment).as_bytes())?;
    write(out, &model.sign(&key)?)?;
    say!("{figures:#}");
    eprintln!("{}", assessment.table());
    Ok(true)
}

/// ONNX Runtime must say of every presentation what the fit says.
fn check(store: &ModelStore, onnx: &[u8], found: &Material, detectors: &[Detector; 2]) -> Result<()> {
    let mut network = VoicePad::load(store, onnx)?;
    for presentation in &found.presentations {
        let features = presentation.analysis.features();
        let said = network.score(&features)?;
        for (said, detector) in [said.synthesis, said.replay].into_iter().zip(detectors) {
            let meant = probability(detector.evidence(&features[..detector.rule.terms.len()]));
            ensure!(
                (f64::from(said) - meant).abs() < 1e-3,
                "the exported classifier gives {said} and the fitted one {meant} for {}: nothing was written",
                presentation.voice
            );
        }
    }
    Ok(())
}

fn probability(evidence: f64) -> f64 {
    1.0 / (1.0 + (-evidence).exp())
}

fn model(
    seed: u64,
    voices: &[Voice],
    found: &Material,
    assessment: &Assessment,
    detectors: &[Detector; 2],
    onnx: &[u8],
) -> TrainedVoicePad {
    let worst = |simulated: bool| {
        let rows = assessment.species.iter().filter(|row| row.simulated == simulated);
        rows.map(|row| row.apcer.rate).fold(0.0, f64::max)
    };
    let detector = |against: &str, bound: f64, worst_apcer: f64| Trained {
        against: against.to_owned(),
        bound: probability(bound),
        target_bpcer: TARGET_BPCER,
        worst_apcer,
    };
    let synthesisers: BTreeSet<String> =
        voices.iter().filter_map(|voice| voice.synthesiser.clone()).collect();
    TrainedVoicePad {
        task: "voice-pad".to_owned(),
        onnx: Digest::of(onnx),
        features: format!(
            "deviations of LFCC and two differences, four traces; {} to {} Hz/2",
            BAND[0], BAND[1]
        ),
        detectors: vec![
            detector("synthesis", detectors[0].bound, worst(false)),
            detector("replay", detectors[1].bound, worst(true)),
        ],
        voices: (assessment.speakers.0, voices.iter().filter(|voice| voice.synthesiser.is_some()).count()),
        synthesisers: synthesisers.into_iter().collect(),
        holds: assessment.holds,
        data: found.data,
        seed,
    }
}

fn card(model: &TrainedVoicePad, assessment: &Assessment) -> String {
    let verdict = if model.holds {
        "held on everything that was left out of a fit; it is advice until it has met recorded attacks"
    } else {
        "**did not hold** on everything that was left out of a fit: it is advice, and no decision may ask it"
    };
    format!(
        "# voice-pad\n\nDoes a voice come from a living speaker before the microphone? Two linear detectors over {FEATURES} signal \
         features, trained by `wetsign-lab train --task voice-pad`.\n\n| | |\n|---|---|\n| trust | advice: it {verdict} |\n| features | {} |\n\
         | fitted on | {} living speakers of {} languages or kins, {} voices of {} synthesisers ({}) |\n| replay | simulated loudspeakers \
         and rooms; no recorded one |\n| bound | refuses {:.0} % of the living of the fit |\n| data | sha256 `{}` |\n| classifier | sha256 `{}` \
         |\n| seed | {} |\n\n{}\nIn brackets: voices with at least one error, of all, and the exact 95 % interval of that share. The area is \
         the probability that a living voice scores above an attack (chance: 0.5).\n",
        model.features,
        model.voices.0,
        assessment.speakers.1,
        model.voices.1,
        model.synthesisers.len(),
        model.synthesisers.join(", "),
        100.0 * TARGET_BPCER,
        model.data,
        model.onnx,
        model.seed,
        assessment.table()
    )
}
