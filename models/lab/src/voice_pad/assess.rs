//! How well does it do on speakers and synthesisers that no fit has heard?
//!
//! Speakers are dealt to four folds by kin. For each synthesiser and fold a classifier is fitted on the other synthesisers and the
//! other folds' speakers, and tested on what was left out; for replay, on loudspeakers of the other half of the parameters. The bound
//! refuses one in twenty of the fit's bona fide presentations. The same is done with what silence and the channel alone tell:
//! against synthesisers these must stay at chance, or the figures are the recordings' and not the voices'. Against loudspeakers they need
//! not: there the way of the sound is what is looked for.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use anyhow::{Context as _, Result, ensure};
use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};
use wetsign_infer::voice_pad::FEATURES;

use super::logistic::{Logistic, Row};
use super::material::{Presentation, Species};
use crate::eval::rates::Rate;
use crate::eval::seed_of;
use crate::recapture::Half;
use crate::stats::EqualError;

/// Parts that the speakers are dealt to.
const FOLDS: usize = 4;
/// Share of the fit's bona fide presentations that the bound refuses.
pub const TARGET_BPCER: f64 = 0.05;
/// Highest APCER on every unseen species at which the classifier may be called good enough to refuse.
pub const GOOD_ENOUGH: f64 = 0.1;
/// Draws of voices for an interval.
const DRAWS: usize = 400;

/// What is left out of a fit and tested.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unseen {
    /// A synthesiser; with all others in the fit.
    Synthesiser(String),
    /// Loudspeakers of the half that is not fitted on.
    Loudspeakers,
}

/// What a classifier hears.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hears {
    /// What the detector hears: speech for synthesis; speech and traces for replay.
    Everything,
    /// The quietest tenth of the frames.
    Silence,
    /// The level of the quietest tenth, and the band's limit.
    Channel,
}

impl Hears {
    /// The values of a presentation.
    pub fn values(self, presentation: &Presentation, unseen: &Unseen) -> Vec<f64> {
        let analysis = &presentation.analysis;
        match (self, unseen) {
            (Self::Everything, Unseen::Synthesiser(_)) => analysis.speech.clone(),
            (Self::Everything, Unseen::Loudspeakers) => analysis.features(),
            (Self::Silence, _) => analysis.silence.clone(),
            (Self::Channel, _) => vec![analysis.silence[0], analysis.traces.band_limit_hz],
        }
    }
}

/// Probability that a bona fide presentation scores above an attack; chance is 0.5.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq)]
pub struct Area {
    /// Over all pairs.
    pub area: f64,
    /// Lower end of the 95 % interval, drawing speakers and voices anew (percentile bootstrap).
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// One species that was left out.
#[derive(Clone, Debug, Serialize)]
pub struct UnseenRow {
    /// `synthesis: NAME` or `replay`.
    pub species: String,
    /// Made by a model of loudspeakers and rooms.
    pub simulated: bool,
    /// Attacks accepted; units are voices (for replay: speakers).
    pub apcer: Rate,
    /// Bona fide presentations refused; units are speakers.
    pub bpcer: Rate,
    /// Where both errors are equal.
    pub equal_error: f64,
    /// Of the detector.
    pub area: Area,
    /// Of a classifier that hears silence alone.
    pub silence_alone: Area,
    /// Of a classifier that hears the level of silence and the band's limit alone.
    pub channel_alone: Area,
}

/// Everything measured.
#[derive(Clone, Debug, Serialize)]
pub struct Assessment {
    /// Living speakers, and kins of them.
    pub speakers: (usize, usize),
    /// Bona fide presentations.
    pub presentations: usize,
    /// One row a species.
    pub species: Vec<UnseenRow>,
    /// Whether every species is below [`GOOD_ENOUGH`] and neither control differs from chance for synthesis.
    pub holds: bool,
}

/// One tested presentation.
struct Scored<'a> {
    voice: &'a str,
    bona_fide: bool,
    evidence: f64,
    accepted: bool,
}

/// Leaves out each synthesiser, and the loudspeakers.
///
/// # Errors
/// Fewer than four kins of speakers, or fewer than two synthesisers.
pub fn assess(presentations: &[Presentation], seed: u64) -> Result<Assessment> {
    let bona_fide: Vec<&Presentation> =
        presentations.iter().filter(|p| p.species == Species::BonaFide).collect();
    let kins: BTreeSet<&str> = bona_fide.iter().map(|p| p.kin.as_str()).collect();
    let speakers: BTreeSet<&str> = bona_fide.iter().map(|p| p.voice.as_str()).collect();
    let synthesisers: BTreeSet<&str> = presentations.iter().filter_map(synthesiser).collect();
    ensure!(
        kins.len() >= FOLDS,
        "{} speakers with enough recordings; bring {FOLDS} or more, some to fit on and others to test on",
        kins.len()
    );
    ensure!(
        synthesisers.len() >= 2,
        "{} synthesisers with enough recordings; bring two or more, one to fit on and another to test on",
        synthesisers.len()
    );
    let mut dealt: Vec<&str> = kins.iter().copied().collect();
    dealt.shuffle(&mut ChaCha8Rng::from_seed(seed_of(seed, "folds of speakers")));
    let unseen = synthesisers.iter().map(|name| Unseen::Synthesiser((*name).to_owned()));
    let species = unseen
        .chain([Unseen::Loudspeakers])
        .map(|unseen| row(presentations, &dealt, &unseen, seed))
        .collect::<Result<Vec<_>>>()?;
    let chance = |area: &Area| area.low <= 0.5 && 0.5 <= area.high;
    let holds = species.iter().all(|row| {
        row.apcer.rate <= GOOD_ENOUGH
            && (row.simulated || (chance(&row.silence_alone) && chance(&row.channel_alone)))
    });
    Ok(Assessment { speakers: (speakers.len(), kins.len()), presentations: bona_fide.len(), species, holds })
}

fn synthesiser(presentation: &Presentation) -> Option<&str> {
    match &presentation.species {
        Species::Synthesis(name) => Some(name),
        _ => None,
    }
}

fn row(all: &[Presentation], dealt: &[&str], unseen: &Unseen, seed: u64) -> Result<UnseenRow> {
    let scored = scored(all, dealt, unseen, Hears::Everything)?;
    let rate = |bona_fide: bool| {
        let of = scored.iter().filter(|s| s.bona_fide == bona_fide);
        Rate::count(of.map(|s| (vec![s.voice], s.accepted != bona_fide)))
    };
    let evidence = |bona_fide: bool| -> Vec<f64> {
        scored.iter().filter(|s| s.bona_fide == bona_fide).map(|s| s.evidence).collect()
    };
    let equal = EqualError::of(&evidence(true), &evidence(false));
    let alone = |hears| -> Result<Area> { Ok(area(&self::scored(all, dealt, unseen, hears)?, seed)) };
    Ok(UnseenRow {
        species: match unseen {
            Unseen::Synthesiser(name) => format!("synthesis: {name}"),
            Unseen::Loudspeakers => "replay".to_owned(),
        },
        simulated: *unseen == Unseen::Loudspeakers,
        apcer: rate(false),
        bpcer: rate(true),
        equal_error: equal.map_or(1.0, |found| found.rate),
        area: area(&scored, seed),
        silence_alone: alone(Hears::Silence)?,
        channel_alone: alone(Hears::Channel)?,
    })
}

/// Every bona fide presentation once, with its own fold left out, and every attack once, by turns in the folds. Replays keep to the fold
/// of their speaker.
fn scored<'a>(
    all: &'a [Presentation],
    dealt: &[&str],
    unseen: &Unseen,
    hears: Hears,
) -> Result<Vec<Scored<'a>>> {
    let mut out = Vec::new();
    for fold in 0..FOLDS {
        let parts = divide(all, dealt, unseen, fold);
        let (detector, bound) = fit(&parts.fit, unseen, hears)?;
        out.extend(parts.test.iter().map(|presentation| {
            let evidence = detector.evidence(&hears.values(presentation, unseen));
            Scored {
                voice: &presentation.voice,
                bona_fide: presentation.species == Species::BonaFide,
                evidence,
                accepted: evidence >= bound,
            }
        }));
    }
    Ok(out)
}

/// What a fold fits and tests on.
struct Parts<'a> {
    fit: Vec<&'a Presentation>,
    test: Vec<&'a Presentation>,
}

fn divide<'a>(all: &'a [Presentation], dealt: &[&str], unseen: &Unseen, fold: usize) -> Parts<'a> {
    let mut parts = Parts { fit: Vec::new(), test: Vec::new() };
    let mut turn = 0;
    for presentation in all {
        let own_fold = dealt.iter().position(|kin| *kin == presentation.kin).map(|place| place % FOLDS);
        let (tested, fitted) = match (&presentation.species, unseen) {
            (Species::BonaFide, _) => (own_fold == Some(fold), own_fold != Some(fold)),
            (Species::Synthesis(name), Unseen::Synthesiser(left_out)) if name == left_out => {
                turn += 1;
                (turn % FOLDS == fold, false)
            }
            (Species::Synthesis(_), Unseen::Synthesiser(_)) => (false, true),
            (Species::Replay(half), Unseen::Loudspeakers) => {
                (*half == Half::Test && own_fold == Some(fold), *half == Half::Fit && own_fold != Some(fold))
            }
            _ => (false, false),
        };
        if tested {
            parts.test.push(presentation);
        }
        if fitted {
            parts.fit.push(presentation);
        }
    }
    parts
}

/// A detector fitted on presentations, each synthesiser counting the same, and the bound that refuses [`TARGET_BPCER`] of them.
pub fn fit(presentations: &[&Presentation], unseen: &Unseen, hears: Hears) -> Result<(Logistic, f64)> {
    let count = |species: &Species| presentations.iter().filter(|p| p.species == *species).count();
    let values: Vec<Vec<f64>> = presentations.iter().map(|p| hears.values(p, unseen)).collect();
    let rows: Vec<Row<'_>> = presentations
        .iter()
        .zip(&values)
        .map(|(presentation, features)| Row {
            features,
            bona_fide: presentation.species == Species::BonaFide,
            weight: 1.0 / count(&presentation.species) as f64,
        })
        .collect();
    let detector = Logistic::fit(&rows)
        .with_context(|| format!("{} presentations of one kind: nothing can be told apart", rows.len()))?;
    let mut evidence: Vec<f64> =
        rows.iter().filter(|row| row.bona_fide).map(|row| detector.evidence(row.features)).collect();
    evidence.sort_by(f64::total_cmp);
    let bound = evidence[(TARGET_BPCER * evidence.len() as f64) as usize];
    Ok((detector, bound))
}

/// The two detectors that are written, over all features, and their bounds: fitted on all speakers and synthesisers.
pub fn final_fit(all: &[Presentation]) -> Result<[(Logistic, f64); 2]> {
    let chosen = |attack: &dyn Fn(&Species) -> bool| -> Vec<&Presentation> {
        all.iter().filter(|p| p.species == Species::BonaFide || attack(&p.species)).collect()
    };
    let any = Unseen::Synthesiser(String::new());
    let (mut synthesis, bound) =
        fit(&chosen(&|species| matches!(species, Species::Synthesis(_))), &any, Hears::Everything)?;
    // Traces are no evidence of synthesis.
    synthesis.weights.resize(FEATURES, 0.0);
    let replay = fit(
        &chosen(&|species| *species == Species::Replay(Half::Fit)),
        &Unseen::Loudspeakers,
        Hears::Everything,
    )?;
    Ok([(synthesis, bound), replay])
}

fn area(scored: &[Scored<'_>], seed: u64) -> Area {
    let voices = |bona_fide: bool| -> Vec<Vec<f64>> {
        let of: Vec<&Scored<'_>> = scored.iter().filter(|s| s.bona_fide == bona_fide).collect();
        let names: BTreeSet<&str> = of.iter().map(|s| s.voice).collect();
        names
            .iter()
            .map(|name| of.iter().filter(|s| s.voice == *name).map(|s| s.evidence).collect())
            .collect()
    };
    let (speakers, attackers) = (voices(true), voices(false));
    let mut rng = ChaCha8Rng::from_seed(seed_of(seed, "bootstrap of voices"));
    let mut again = |voices: &[Vec<f64>]| -> Vec<f64> {
        (0..voices.len()).flat_map(|_| voices[rng.gen_range(0..voices.len())].clone()).collect()
    };
    let mut drawn: Vec<f64> =
        (0..DRAWS).map(|_| probability_above(&again(&speakers), &again(&attackers))).collect();
    drawn.sort_by(f64::total_cmp);
    Area {
        area: probability_above(&speakers.concat(), &attackers.concat()),
        low: drawn[DRAWS / 40],
        high: drawn[DRAWS - 1 - DRAWS / 40],
    }
}

/// Share of pairs in which the first is higher; equal ones count half.
fn probability_above(higher: &[f64], lower: &[f64]) -> f64 {
    let mut sorted = lower.to_vec();
    sorted.sort_by(f64::total_cmp);
    let below = |value: &f64| {
        let (less, up_to) = (sorted.partition_point(|s| s < value), sorted.partition_point(|s| s <= value));
        f64::midpoint(less as f64, up_to as f64)
    };
    higher.iter().map(below).sum::<f64>() / (higher.len() * lower.len()).max(1) as f64
}

impl Assessment {
    /// The rows as a Markdown table, the worst first.
    pub fn table(&self) -> String {
        let mut rows: Vec<&UnseenRow> = self.species.iter().collect();
        rows.sort_by(|a, b| b.apcer.rate.total_cmp(&a.apcer.rate));
        let mut out = "| unseen species | attacks accepted (APCER) | voices | living refused (BPCER) | equal error | area | silence alone | \
             channel alone |\n|---|---|---|---|---|---|---|---|\n"
            .to_owned();
        let share = |rate: &Rate| {
            format!(
                "{} of {} [{} of {}: {:.0} to {:.0} %]",
                rate.errors,
                rate.trials,
                rate.units_with_error,
                rate.units,
                100.0 * rate.low,
                100.0 * rate.high
            )
        };
        let of = |area: &Area| format!("{:.2} ({:.2} to {:.2})", area.area, area.low, area.high);
        for row in rows {
            // Writing to a string cannot fail.
            let _ = writeln!(
                out,
                "| {}{} | {:.0} %: {} | {} | {:.0} %: {} | {:.0} % | {} | {} | {} |",
                row.species,
                if row.simulated { ", simulated" } else { "" },
                100.0 * row.apcer.rate,
                share(&row.apcer),
                row.apcer.units,
                100.0 * row.bpcer.rate,
                share(&row.bpcer),
                100.0 * row.equal_error,
                of(&row.area),
                of(&row.silence_alone),
                of(&row.channel_alone)
            );
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wetsign_infer::voice_pad::{Analysis, SPEECH_FEATURES, Traces};

    /// Eight speakers and three synthesisers whose speech differs in its first value by `apart`.
    fn made(apart: f64) -> Vec<Presentation> {
        let mut rng = ChaCha8Rng::seed_from_u64(5);
        let mut presentation = |voice: String, species: Species, centre: f64| {
            let mut draw = |n: usize| -> Vec<f64> { (0..n).map(|_| rng.gen_range(-1.0..1.0)).collect() };
            let (mut speech, silence) = (draw(SPEECH_FEATURES), draw(40));
            speech[0] += centre;
            let traces = Traces {
                noise_floor_db: -20.0 + speech[1],
                band_limit_hz: 6_000.0,
                low_end_db: 0.0,
                decay_s: 0.3,
            };
            Presentation {
                kin: voice.clone(),
                voice,
                species,
                analysis: Analysis { speech, silence, traces },
            }
        };
        let mut all = Vec::new();
        for number in 0..8 {
            for _ in 0..6 {
                let name = format!("speaker {number}");
                all.push(presentation(name.clone(), Species::BonaFide, apart));
                all.push(presentation(name.clone(), Species::Replay(Half::Fit), -apart));
                all.push(presentation(name, Species::Replay(Half::Test), -apart));
            }
        }
        for number in 0..3 {
            for _ in 0..12 {
                let name = format!("machine {number}");
                all.push(presentation(format!("{name}/voice"), Species::Synthesis(name), -apart));
            }
        }
        all
    }

    #[test]
    fn no_speaker_synthesiser_or_loudspeaker_of_a_test_is_in_its_fit_and_everything_is_tested_once() {
        let all = made(1.0);
        let kins: BTreeSet<&str> = all.iter().map(|p| p.kin.as_str()).collect();
        let dealt: Vec<&str> = kins.into_iter().collect();
        for unseen in [Unseen::Synthesiser("machine 1".to_owned()), Unseen::Loudspeakers] {
            let mut tested = 0;
            for fold in 0..FOLDS {
                let parts = divide(&all, &dealt, &unseen, fold);
                tested += parts.test.len();
                assert!(!parts.fit.is_empty() && !parts.test.is_empty());
                let heard: BTreeSet<&str> = parts.fit.iter().map(|p| p.voice.as_str()).collect();
                let attack = |p: &&Presentation| p.species != Species::BonaFide;
                for presentation in &parts.test {
                    assert!(!heard.contains(presentation.voice.as_str()), "{presentation:?}");
                }
                let species = |parts: &[&Presentation]| -> Vec<Species> {
                    parts.iter().copied().filter(|p| attack(p)).map(|p| p.species.clone()).collect()
                };
                let fitted = species(&parts.fit);
                assert!(species(&parts.test).iter().all(|s| !fitted.contains(s)));
            }
            assert_eq!(tested, 48 + if unseen == Unseen::Loudspeakers { 48 } else { 12 });
        }
    }

    #[test]
    fn what_differs_is_found_and_what_does_not_stays_at_chance() {
        let found = assess(&made(3.0), 1).unwrap();
        assert_eq!((found.speakers, found.species.len()), ((8, 8), 4));
        for row in &found.species {
            assert!(row.area.area > 0.9 && row.apcer.rate < 0.2, "{row:?}");
            assert!((0.2..0.8).contains(&row.silence_alone.area), "{row:?}");
        }
        let alike = assess(&made(0.0), 1).unwrap();
        assert!(!alike.holds && alike.species.iter().any(|row| row.apcer.rate > GOOD_ENOUGH));
        assert!(found.table().lines().count() == 6);
    }

    #[test]
    fn too_few_speakers_or_synthesisers_are_refused_with_what_to_bring() {
        let all = made(1.0);
        let speakers = |p: &&Presentation| p.voice.as_str() < "speaker 3";
        let few: Vec<Presentation> = all.iter().filter(speakers).cloned().collect();
        assert!(assess(&few, 1).unwrap_err().to_string().contains("bring 4 or more"));
        let one = |p: &&Presentation| synthesiser(p).is_none_or(|name| name == "machine 0");
        let single: Vec<Presentation> = all.iter().filter(one).cloned().collect();
        assert!(assess(&single, 1).unwrap_err().to_string().contains("two or more"));
    }
}
