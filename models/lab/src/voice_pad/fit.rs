//! Detectors and what they hear.

use anyhow::{Context as _, Result};
use wetsign_models::linear::{LinearRule, Term};

use super::folds::Unseen;
use super::material::{Presentation, Species};
use crate::recapture::Half;

/// Share of the fit's bona fide presentations that the bound refuses.
pub const TARGET_BPCER: f64 = 0.05;
/// Precision of the prior on each weight of a standardised feature.
const PRIOR: f64 = 0.02;
/// A feature whose values lie no further apart never changes but by rounding.
const VARIES: f64 = 1e-4;

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

/// A line through what it hears, and a bound on it.
#[derive(Clone, Debug)]
pub struct Detector {
    /// Its evidence: nats, higher is living.
    pub rule: LinearRule,
    /// Evidence below it speaks for an attack.
    pub bound: f64,
}

impl Detector {
    /// Nats. A value that is not a number, or a wrong count of features, speaks for an attack.
    pub fn evidence(&self, features: &[f64]) -> f64 {
        self.rule.ratio(features).unwrap_or(f64::NEG_INFINITY)
    }

    /// Fitted on presentations, each synthesiser counting the same; a feature that never changes gets no weight; the
    /// bound refuses [`TARGET_BPCER`] of the living ones.
    ///
    /// # Errors
    /// Presentations of one kind alone.
    pub fn fit(presentations: &[&Presentation], unseen: &Unseen, hears: Hears) -> Result<Self> {
        let count = |species: &Species| presentations.iter().filter(|p| p.species == *species).count();
        let rows: Vec<Vec<f64>> = presentations.iter().map(|p| hears.values(p, unseen)).collect();
        let kinds: Vec<bool> = presentations.iter().map(|p| p.species == Species::BonaFide).collect();
        let importance: Vec<f64> = presentations.iter().map(|p| 1.0 / count(&p.species) as f64).collect();
        let width = rows.first().map_or(0, Vec::len);
        let varies = |place: &usize| rows.iter().any(|row| (row[*place] - rows[0][*place]).abs() > VARIES);
        let heard: Vec<usize> = (0..width).filter(varies).collect();
        let names: Vec<String> = heard.iter().map(|place| format!("feature {place}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let chosen: Vec<Vec<f64>> =
            rows.iter().map(|row| heard.iter().map(|place| row[*place]).collect()).collect();
        let mut rule = LinearRule::fit(&names, &chosen, &kinds, &importance, PRIOR).with_context(|| {
            format!("{} presentations of one kind: nothing can be told apart", rows.len())
        })?;
        for place in (0..width).filter(|place| !heard.contains(place)) {
            let name = format!("feature {place}");
            rule.terms.insert(place, Term { name, mean: 0, deviation: 1_000_000, weight: 0 });
        }
        let mut detector = Self { rule, bound: f64::NEG_INFINITY };
        let living = rows.iter().zip(&kinds).filter(|(_, living)| **living);
        let mut evidence: Vec<f64> = living.map(|(row, _)| detector.evidence(row)).collect();
        evidence.sort_by(f64::total_cmp);
        detector.bound = evidence[(TARGET_BPCER * evidence.len() as f64) as usize];
        Ok(detector)
    }
}

/// The detectors that are written, against synthesis and against replay: fitted on all speakers and synthesisers.
///
/// # Errors
/// As [`Detector::fit`].
pub fn final_fit(all: &[Presentation]) -> Result<[Detector; 2]> {
    let chosen = |attack: &dyn Fn(&Species) -> bool| -> Vec<&Presentation> {
        all.iter().filter(|p| p.species == Species::BonaFide || attack(&p.species)).collect()
    };
    let synthesis = chosen(&|species| matches!(species, Species::Synthesis(_)));
    let replay = chosen(&|species| *species == Species::Replay(Half::Fit));
    Ok([
        Detector::fit(&synthesis, &Unseen::Synthesiser(String::new()), Hears::Everything)?,
        Detector::fit(&replay, &Unseen::Loudspeakers, Hears::Everything)?,
    ])
}
