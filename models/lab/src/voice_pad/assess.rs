//! How well does it do on speakers and synthesisers that no fit has heard?
//!
//! Speakers are dealt to four folds by kin. For each synthesiser and fold a classifier is fitted on the other
//! synthesisers and the other folds' speakers, and tested on what was left out; for replay, on loudspeakers of the
//! other half of the parameters. The bound refuses one in twenty of the fit's bona fide presentations. The same is done
//! with what silence and the channel alone tell: silence must stay at chance, and against synthesisers the channel too,
//! or the figures are the recordings' and not the voices'. Against loudspeakers the channel need not: there the way of
//! the sound is what is looked for.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use anyhow::{Result, ensure};
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use serde::Serialize;

use super::area::{Area, Scored};
use super::fit::{Detector, Hears};
use super::folds::{FOLDS, Unseen, divide};
use super::material::{Presentation, Species};
use crate::eval::rate::Rate;
use crate::eval::seed_of;
use crate::stats::EqualError;

/// Highest APCER on every unseen species at which the classifier may be called good enough to refuse.
pub const GOOD_ENOUGH: f64 = 0.1;

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
    /// Whether every species is below [`GOOD_ENOUGH`] and no control differs from chance but the channel for replay.
    pub holds: bool,
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
    let holds = species.iter().all(|row| {
        row.apcer.rate <= GOOD_ENOUGH
            && row.silence_alone.is_chance()
            && (row.simulated || row.channel_alone.is_chance())
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
    let alone = |hears| -> Result<Area> { Ok(Area::of(&self::scored(all, dealt, unseen, hears)?, seed)) };
    Ok(UnseenRow {
        species: match unseen {
            Unseen::Synthesiser(name) => format!("synthesis: {name}"),
            Unseen::Loudspeakers => "replay".to_owned(),
        },
        simulated: *unseen == Unseen::Loudspeakers,
        apcer: rate(false),
        bpcer: rate(true),
        equal_error: equal.map_or(1.0, |found| found.rate),
        area: Area::of(&scored, seed),
        silence_alone: alone(Hears::Silence)?,
        channel_alone: alone(Hears::Channel)?,
    })
}

/// Everything of all folds.
fn scored<'a>(
    all: &'a [Presentation],
    dealt: &[&str],
    unseen: &Unseen,
    hears: Hears,
) -> Result<Vec<Scored<'a>>> {
    let mut out = Vec::new();
    for fold in 0..FOLDS {
        let parts = divide(all, dealt, unseen, fold);
        let detector = Detector::fit(&parts.fit, unseen, hears)?;
        out.extend(parts.test.iter().map(|presentation| {
            let evidence = detector.evidence(&hears.values(presentation, unseen));
            Scored {
                voice: &presentation.voice,
                bona_fide: presentation.species == Species::BonaFide,
                fold,
                evidence,
                accepted: evidence >= detector.bound,
            }
        }));
    }
    Ok(out)
}

impl Assessment {
    /// The rows as a Markdown table, the worst first.
    pub fn table(&self) -> String {
        let mut rows: Vec<&UnseenRow> = self.species.iter().collect();
        rows.sort_by(|a, b| b.apcer.rate.total_cmp(&a.apcer.rate));
        let mut out = "| unseen species | attacks accepted (APCER) | voices | living refused (BPCER) | equal error | area | silence alone | \
             channel alone |\n|---|---|---|---|---|---|---|---|\n"
            .to_owned();
        let of = |area: &Area| format!("{:.2} ({:.2} to {:.2})", area.area, area.low, area.high);
        for row in rows {
            // Writing to a string cannot fail.
            let _ = writeln!(
                out,
                "| {}{} | {} | {} | {} | {:.0} % | {} | {} | {} |",
                row.species,
                if row.simulated { ", simulated" } else { "" },
                row.apcer,
                row.apcer.units,
                row.bpcer,
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
    use rand::Rng;

    use super::*;
    use crate::recapture::Half;
    use crate::voice_pad::analysis::{Analysis, SPEECH_FEATURES, Traces};

    /// Eight speakers and three synthesisers whose speech differs in its first value by `apart`.
    fn made(apart: f64) -> Vec<Presentation> {
        let mut rng = ChaCha8Rng::seed_from_u64(5);
        let mut presentation = |voice: String, species: Species, centre: f64| {
            let mut draw = |n: usize| -> Vec<f64> { (0..n).map(|_| rng.gen_range(-1.0..1.0)).collect() };
            let (mut speech, silence) = (draw(SPEECH_FEATURES), draw(40));
            speech[0] += centre;
            let traces = Traces {
                noise_floor_db: -20.0 + speech[1],
                band_limit_hz: 6_000.0 + 500.0 * silence[1],
                low_end_db: silence[2],
                decay_s: 0.3 + 0.1 * silence[3],
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
