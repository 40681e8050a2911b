//! The rule of `pad_fused`: fitted on people and media that the attack suite never shows, its bound set on people left
//! out.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, Result};
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use wetsign_infer::PAD_FEATURES;
use wetsign_models::face_pad::FacePad;
use wetsign_models::linear::LinearRule;
use wetsign_models::manifest::{Digest, Manifest};

use super::presented::Presented;

/// Precision of the prior on each weight. Of .01, .03, .1, .3 and 1 the one by which people left out of the fit are
/// told apart best (area under the curve .95).
const PRIOR: f64 = 0.1;
/// Living people's single frames that the bound may refuse when they were left out of the fit, thousandths. A capture
/// has the mean of seven.
pub const TARGET_BPCER: u32 = 100;

/// A rule and how it did on people left out of it.
#[derive(Clone, Debug, Serialize)]
pub struct Fitted {
    /// The rule, ready to be signed.
    pub model: FacePad,
    /// Share of left-out people's simulated frames taken for alive at the bound, single frames.
    pub apcer_left_out: f64,
    /// Share of left-out living people's single frames refused at the bound.
    pub bpcer_left_out: f64,
    /// Whether `models/manifest.toml` states this rule.
    pub in_manifest: bool,
}

/// Fits on all, after each person was left out once to set the bound. Every person counts the same within each kind,
/// however many frames there are of them.
pub fn fit(shown: &[Presented], seed: u64, manifest: &Manifest) -> Result<Fitted> {
    let people: BTreeSet<&str> = shown.iter().map(|frame| frame.person.as_str()).collect();
    let too_few = "frames of both kinds of at least three people: bring more photos";
    let mut left_out: Vec<(bool, f64)> = Vec::new();
    for person in &people {
        let (own, others): (Vec<_>, Vec<_>) = shown.iter().partition(|frame| frame.person == **person);
        let rule = rule(&others).context(too_few)?;
        left_out.extend(own.iter().filter_map(|frame| Some((frame.alive(), rule.ratio(&frame.features)?))));
    }
    let mut alive: Vec<f64> = left_out.iter().filter(|(alive, _)| *alive).map(|(_, ratio)| *ratio).collect();
    alive.sort_unstable_by(f64::total_cmp);
    let refused = alive.len() * TARGET_BPCER as usize / 1000;
    let bound = (alive.get(refused).context(too_few)? * 1000.0).floor() as i32;
    let share = |kind: bool| {
        let of: Vec<bool> = left_out
            .iter()
            .filter(|(alive, _)| *alive == kind)
            .map(|(_, r)| r * 1000.0 >= f64::from(bound))
            .collect();
        of.iter().filter(|accepted| **accepted).count() as f64 / of.len().max(1) as f64
    };
    let network = |name: &str| Ok::<_, anyhow::Error>(manifest.entry(name)?.stored.sha256);
    let model = FacePad {
        task: "face-pad".to_owned(),
        seed,
        people: people.len() as u32,
        frames: shown.len() as u32,
        target_bpcer: TARGET_BPCER,
        bound,
        data: digest(shown),
        networks: (network("pad-fas")?, network("pad-fr")?),
        rule: rule(&shown.iter().collect::<Vec<_>>()).context(too_few)?,
    };
    let in_manifest = manifest.face_pad.agrees(&model);
    Ok(Fitted { model, apcer_left_out: share(false), bpcer_left_out: 1.0 - share(true), in_manifest })
}

fn rule(shown: &[&Presented]) -> Option<LinearRule> {
    let mut counts: BTreeMap<(&str, bool), f64> = BTreeMap::new();
    for frame in shown {
        *counts.entry((&frame.person, frame.alive())).or_default() += 1.0;
    }
    let rows: Vec<Vec<f64>> = shown.iter().map(|frame| frame.features.clone()).collect();
    let kinds: Vec<bool> = shown.iter().map(|frame| frame.alive()).collect();
    let importance: Vec<f64> =
        shown.iter().map(|frame| 1.0 / counts[&(&*frame.person, frame.alive())]).collect();
    LinearRule::fit(&PAD_FEATURES, &rows, &kinds, &importance, PRIOR)
}

/// Who was shown, how, and what was seen; features to a thousandth, as another machine's last digits differ.
fn digest(shown: &[Presented]) -> Digest {
    let mut hash = Sha256::new();
    for frame in shown {
        hash.update((frame.person.len() as u64).to_be_bytes());
        hash.update(&frame.person);
        hash.update([u8::from(frame.alive())]);
        for value in &frame.features {
            hash.update(((value * 1000.0).round() as i64).to_be_bytes());
        }
    }
    Digest(hash.finalize().into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::setting::Kind;

    /// Frames whose features lie about 1 for living people and about -1 for attacks, each person off by a little.
    fn shown(people: usize) -> Vec<Presented> {
        let mut all = Vec::new();
        for person in 0..people {
            for index in 0..12 {
                let kind = [Kind::Alive, Kind::Print, Kind::Alive, Kind::Screen][index % 4];
                let side = if kind == Kind::Alive { 1.0 } else { -1.0 };
                let value =
                    |feature: usize| side + ((person * 7 + index * 5 + feature * 3) % 11) as f64 * 0.2 - 1.0;
                let features = (0..PAD_FEATURES.len()).map(value).collect();
                all.push(Presented { person: format!("person {person}"), kind, features });
            }
        }
        all
    }

    #[test]
    fn kinds_that_differ_are_told_apart_on_people_left_out_and_the_fit_is_the_same_each_time() {
        let frames = shown(6);
        let fitted = fit(&frames, 1, Manifest::embedded()).unwrap();
        assert!(fitted.bpcer_left_out <= f64::from(TARGET_BPCER) / 1000.0, "{fitted:?}");
        assert!(fitted.apcer_left_out < 0.2, "{fitted:?}");
        assert!(fitted.model.rule.fits(PAD_FEATURES) && !fitted.in_manifest);
        assert_eq!(fit(&frames, 1, Manifest::embedded()).unwrap().model, fitted.model);
        let mut other = frames.clone();
        other[0].features[0] += 0.01;
        assert_ne!(fit(&other, 1, Manifest::embedded()).unwrap().model.data, fitted.model.data);
    }

    #[test]
    fn one_person_or_one_kind_is_too_little() {
        assert!(fit(&shown(1), 1, Manifest::embedded()).is_err());
        let alive: Vec<_> = shown(6).into_iter().filter(Presented::alive).collect();
        assert!(fit(&alive, 1, Manifest::embedded()).is_err());
        assert!(fit(&[], 1, Manifest::embedded()).is_err());
    }
}
