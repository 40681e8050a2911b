//! Presentation attack detection: errors by species (ISO/IEC 30107-3).
//!
//! Two networks and the fused rule look at one picture each; the rule is measured on people that it was not fitted on.
//! A *species* is a way of attacking, an *instrument* one thing made for it. Simulated and recorded species are
//! separate rows and are never pooled: there is no figure over all of them.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Result;
use serde::Serialize;
use wetsign_infer::log_odds;
use wetsign_liveness::{Measure, Thresholds};
use wetsign_models::face_pad::FacePad;
use wetsign_models::manifest::Manifest;

use super::acquire::{Acquirer, Look, Nuisance, SeenFace, Simulated};
use super::folders::{self, FILMS, PHOTOS};
use super::gather::{self, BonaFide, Gathered, Picture, Progress};
use super::rate::Rate;

/// Where the optional network, which has no bound in the manifest, calls a face as likely alive as not.
const EVEN: f32 = 0.5;
/// One frame in N of a recorded attack's film.
const FILM_STEP: usize = 15;

/// One presentation of an attack.
pub struct Attack {
    /// The way of attacking.
    pub species: String,
    /// Made by the recapture simulator.
    pub simulated: bool,
    /// The thing made for it.
    pub instrument: String,
    /// The fused rule was fitted on pictures of this person.
    pub fitted: bool,
    /// What was seen; absent: no face, or too small a one.
    pub face: Option<SeenFace>,
}

/// Errors of one detector on one species, or on living people.
#[derive(Clone, Debug, Serialize)]
pub struct DetectorRow {
    /// `pad_fas`, `pad_fr`, `both` of them and their sum (`pad_pair`); on people that it was not fitted on `pad_fused`,
    /// and `all` three; `pad_suri`, and all with it, where that optional network is in the cache.
    pub detector: &'static str,
    /// APCER of the species (attacks taken for alive), or BPCER (living people taken for attacks). Units are
    /// instruments, or people.
    pub error: Rate,
}

/// One species, or living people.
#[derive(Clone, Debug, Serialize)]
pub struct SpeciesRow {
    /// Its name.
    pub name: String,
    /// Made by the recapture simulator.
    pub simulated: bool,
    /// Presentations.
    pub presentations: u64,
    /// Presentations without a usable face: non-response (APNRR, BPNRR).
    pub non_response: Rate,
    /// By detector, over the presentations that were answered.
    pub by_detector: Vec<DetectorRow>,
}

/// Everything about attacks.
#[derive(Clone, Debug, Serialize)]
pub struct PadReport {
    /// Living people: BPCER and BPNRR.
    pub bona_fide: SpeciesRow,
    /// People that nothing was fitted on whose pictures were changed on their way as an attack's are too: BPCER by what
    /// was done. It shows whether the rule takes compression or blur for an attack.
    pub nuisances: Vec<SpeciesRow>,
    /// Attacks: APCER and APNRR.
    pub species: Vec<SpeciesRow>,
    /// Highest APCER of `all` over recorded species, as the standard asks; absent without any.
    pub worst_recorded: Option<(String, f64)>,
    /// The same over simulated species.
    pub worst_simulated: Option<(String, f64)>,
}

/// Prints and screens of `pictures`, `draws` instruments of each.
pub fn simulated(
    acquirer: &mut Acquirer,
    pictures: &[Picture],
    draws: u64,
    seed: u64,
    progress: Progress<'_>,
) -> Result<Vec<Attack>> {
    let mut all = Vec::new();
    for (done, picture) in pictures.iter().enumerate() {
        progress("simulated prints and screens", done, pictures.len());
        for (medium, species) in [(Simulated::Print, "print"), (Simulated::Screen, "screen")] {
            for draw in 0..draws {
                let number = u64::from_be_bytes(first_eight(&super::seed_of(
                    seed,
                    &format!("{species} {done} {draw}"),
                )));
                let seen = acquirer.recaptured(&picture.path, picture.frame, medium, number)?;
                all.push(Attack {
                    species: species.to_owned(),
                    simulated: true,
                    instrument: format!("{} {done} {draw}", picture.subject),
                    fitted: gather::fitted_on(&picture.subject),
                    face: seen.into_iter().next(),
                });
            }
        }
    }
    Ok(all)
}

/// Frames of recorded people that nothing was fitted on, changed in each of the ways that a camera and a stream change
/// them.
pub fn nuisances(acquirer: &mut Acquirer, progress: Progress<'_>) -> Result<Vec<(String, Vec<BonaFide>)>> {
    let ways = [
        ("as they are", Nuisance::Blurred(0.0)),
        ("JPEG quality 70", Nuisance::Compressed(70)),
        ("JPEG quality 40", Nuisance::Compressed(40)),
        ("blurred by 1 pixel", Nuisance::Blurred(1.0)),
        ("blurred by 1.6 pixels", Nuisance::Blurred(1.6)),
        ("moved by 3 pixels", Nuisance::Moved(3.0)),
        ("at 60 % and enlarged", Nuisance::Resized(0.6)),
        ("noise of 3 levels", Nuisance::Noisy(3.0)),
    ];
    let pictures: Vec<Picture> = gather::own_pictures(acquirer)?
        .into_iter()
        .filter(|picture| !gather::fitted_on(&picture.subject))
        .collect();
    let mut all = Vec::new();
    for (done, (name, how)) in ways.into_iter().enumerate() {
        progress("living people's frames, changed", done, ways.len());
        let mut shown = Vec::new();
        for Picture { subject, path, frame } in &pictures {
            let face = acquirer.altered(path, *frame, how)?.into_iter().next();
            shown.push(BonaFide { subject: subject.clone(), fitted: false, face });
        }
        all.push((name.to_owned(), shown));
    }
    Ok(all)
}

fn first_eight(seed: &[u8; 32]) -> [u8; 8] {
    std::array::from_fn(|i| seed[i])
}

/// A user's recorded attacks: `SPECIES/…/FILE`. The folder above the file is the instrument where there is one, else
/// the file.
///
/// What cannot be read is listed in `set` and passed over.
pub fn recorded(
    acquirer: &mut Acquirer,
    folder: &Path,
    set: &mut Gathered,
    progress: Progress<'_>,
) -> Result<Vec<Attack>> {
    let items = folders::items(folder, &[&PHOTOS[..], &FILMS[..]].concat())?;
    let mut all = Vec::new();
    for (done, item) in items.iter().enumerate() {
        progress("recorded attacks", done, items.len());
        let parts: Vec<&str> = item.name.split('/').collect();
        let instrument = if parts.len() > 2 { parts[..parts.len() - 1].join("/") } else { item.name.clone() };
        set.attempts += 1;
        let shown = acquirer.pictures(&item.path, Look { every: FILM_STEP, enlarged: 1.0 });
        for seen in set.read(&item.name, shown)?.unwrap_or_default() {
            all.push(Attack {
                species: item.subject.clone(),
                simulated: false,
                instrument: instrument.clone(),
                fitted: false,
                face: seen.into_iter().next(),
            });
        }
    }
    Ok(all)
}

/// Counts. A face narrower than the manifest's bound is no response: the kiosk refuses it before it asks these
/// networks.
pub fn report(
    bona_fide: &[BonaFide],
    changed: &[(String, Vec<BonaFide>)],
    attacks: &[Attack],
    manifest: &Manifest,
) -> PadReport {
    let bounds = Bounds::of(manifest);
    let mut by_species: BTreeMap<(&str, bool), Vec<Shown<'_>>> = BTreeMap::new();
    for attack in attacks {
        let entry = by_species.entry((&attack.species, attack.simulated)).or_default();
        entry.push((&attack.instrument, attack.fitted, attack.face.as_ref()));
    }
    let species: Vec<SpeciesRow> = by_species
        .into_iter()
        .map(|((name, simulated), shown)| bounds.row(name, simulated, &shown, true))
        .collect();
    let worst = |simulated| {
        let of = species.iter().filter(|row| row.simulated == simulated);
        of.map(|row| (row.name.clone(), row.by_detector[4].error.rate)).max_by(|a, b| a.1.total_cmp(&b.1))
    };
    PadReport {
        bona_fide: bounds.row("living people", false, &living(bona_fide), false),
        nuisances: changed
            .iter()
            .map(|(how, shown)| bounds.row(&format!("living people, {how}"), false, &living(shown), false))
            .collect(),
        worst_recorded: worst(false),
        worst_simulated: worst(true),
        species,
    }
}

/// The instrument or the person, whether the fused rule was fitted on the person, and what was seen of it.
type Shown<'a> = (&'a str, bool, Option<&'a SeenFace>);

fn living(shown: &[BonaFide]) -> Vec<Shown<'_>> {
    shown.iter().map(|shown| (shown.subject.as_str(), shown.fitted, shown.face.as_ref())).collect()
}

struct Bounds<'a> {
    pad: &'a FacePad,
    fas: f32,
    fr: f32,
    pair: f32,
    fused: f32,
    width: f32,
}

impl<'m> Bounds<'m> {
    fn of(manifest: &'m Manifest) -> Self {
        // A missing bound accepts nothing.
        let thresholds = Thresholds::of_manifest(manifest).ok();
        let bound = |measure| {
            let bound = thresholds.as_ref().and_then(|thresholds| thresholds.of(measure));
            bound.map_or(f32::INFINITY, |bound| bound as f32 / 1000.0)
        };
        Self {
            pad: &manifest.face_pad,
            fas: bound(Measure::PadFas),
            fr: bound(Measure::PadFr),
            pair: bound(Measure::PadPair),
            fused: bound(Measure::PadFused),
            width: bound(Measure::FaceSize),
        }
    }

    fn row(&self, name: &str, simulated: bool, shown: &[Shown<'_>], attack: bool) -> SpeciesRow {
        let usable = |face: Option<&SeenFace>| face.is_some_and(|face| face.width >= self.width);
        let answered: Vec<(&str, bool, &SeenFace)> = shown
            .iter()
            .filter(|(_, _, face)| usable(*face))
            .filter_map(|(unit, fitted, face)| Some((*unit, *fitted, (*face)?)))
            .collect();
        let among = |detector, all: bool, alive: &dyn Fn(&SeenFace) -> bool| {
            let asked = answered.iter().filter(|(_, fitted, _)| all || !fitted);
            DetectorRow {
                detector,
                error: Rate::count(asked.map(|(unit, _, face)| (vec![*unit], alive(face) == attack))),
            }
        };
        let row = |detector, alive: &dyn Fn(&SeenFace) -> bool| among(detector, true, alive);
        // One picture, one crop: a capture has dozens of them.
        let pair = |face: &SeenFace| log_odds(face.pad_fas) + log_odds(face.pad_fr) >= f64::from(self.pair);
        let both = |face: &SeenFace| face.pad_fas >= self.fas && face.pad_fr >= self.fr && pair(face);
        let fused = |face: &SeenFace| {
            let ratio = face.features.as_ref().and_then(|features| self.pad.rule.ratio(features));
            ratio.is_some_and(|nats| nats >= f64::from(self.fused))
        };
        let mut by_detector = vec![
            row("pad_fas", &|face| face.pad_fas >= self.fas),
            row("pad_fr", &|face| face.pad_fr >= self.fr),
            row("both", &both),
            among("pad_fused", false, &fused),
            among("all", false, &|face| both(face) && fused(face)),
        ];
        if answered.iter().any(|(_, _, face)| face.pad_suri.is_some()) {
            let alive = |face: &SeenFace| face.pad_suri.is_some_and(|score| score >= EVEN);
            by_detector.push(row("pad_suri", &alive));
            by_detector
                .push(among("all, and pad_suri", false, &|face| both(face) && fused(face) && alive(face)));
        }
        SpeciesRow {
            name: name.to_owned(),
            simulated,
            presentations: shown.len() as u64,
            non_response: Rate::count(shown.iter().map(|(unit, _, face)| (vec![*unit], !usable(*face)))),
            by_detector,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn face(width: f32, pad_fas: f32, pad_fr: f32) -> SeenFace {
        SeenFace { centre: [0.5; 2], width, vector: vec![], pad_fas, pad_fr, pad_suri: None, features: None }
    }

    #[test]
    fn species_are_rows_of_their_own_and_simulated_ones_are_apart() {
        let attack = |species: &str, simulated, instrument: &str, face| Attack {
            species: species.to_owned(),
            simulated,
            instrument: instrument.to_owned(),
            fitted: species == "print" && simulated,
            face,
        };
        let attacks = [
            attack("print", true, "a", Some(face(200.0, 0.9, 0.9))),
            attack("print", true, "a", Some(face(200.0, 0.1, 0.9))),
            attack("print", false, "b", Some(face(200.0, 0.1, 0.9))),
            attack("print", false, "b", Some(face(20.0, 0.9, 0.9))),
            attack("mask", false, "c", None),
        ];
        let living = [BonaFide { subject: "ann".into(), fitted: false, face: Some(face(200.0, 0.9, 0.2)) }];
        let report = report(&living, &[("blurred".into(), living.to_vec())], &attacks, Manifest::embedded());
        let names: Vec<_> = report.species.iter().map(|row| (row.name.as_str(), row.simulated)).collect();
        assert_eq!(names, [("mask", false), ("print", false), ("print", true)]);
        let both = |row: &SpeciesRow| row.by_detector[2].error.clone();
        assert_eq!((both(&report.species[2]).errors, both(&report.species[2]).units), (1, 1));
        assert_eq!((both(&report.species[1]).trials, report.species[1].non_response.errors), (1, 1));
        assert_eq!((both(&report.species[0]).trials, both(&report.species[0]).high), (0, 1.0));
        // Nothing is said of the fused rule on people that it was fitted on; a face without features is refused by it.
        let all = |row: &SpeciesRow| row.by_detector[4].error.clone();
        assert_eq!((all(&report.species[2]).trials, all(&report.species[1]).errors), (0, 0));
        assert_eq!(both(&report.bona_fide).errors, 1);
        assert_eq!(report.bona_fide.by_detector.len(), 5, "nothing is said of a network that is not there");
        assert_eq!(
            (report.nuisances[0].name.as_str(), all(&report.nuisances[0]).errors),
            ("living people, blurred", 1)
        );
    }

    #[test]
    fn the_optional_network_has_a_row_of_its_own_where_it_is_there() {
        let seen = |score| SeenFace { pad_suri: Some(score), ..face(200.0, 0.9, 0.9) };
        let shown = |instrument: &str, score| Attack {
            species: "print".into(),
            simulated: true,
            instrument: instrument.to_owned(),
            fitted: false,
            face: Some(seen(score)),
        };
        let report = report(&[], &[], &[shown("a", 0.9), shown("b", 0.1)], Manifest::embedded());
        let rows = &report.species[0].by_detector;
        assert_eq!((rows[5].detector, rows[5].error.errors, rows[5].error.trials), ("pad_suri", 1, 2));
        assert_eq!(rows[6].detector, "all, and pad_suri");
    }
}
