//! What it gains to have words said once more where a voice's halves are too little alike, as the sensor does.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result};
use wetsign_infer::quality::{cosine, mean_direction};
use wetsign_lab::eval::rate::Rate;
use wetsign_models::manifest::Manifest;

use super::heard::{Heard, Probe, Said, Template};

/// Where it is heard: in quiet, or in one of the measured rooms.
type Place = Option<usize>;

/// Whose template, whose voice, how alike.
type Score<'a> = (&'a str, &'a str, f32);

/// Prints error rates at the bound with one stretch, with a second one where the first is unsteady, and always with
/// two.
pub(super) fn assess(
    people: &BTreeMap<String, Vec<Said>>,
    template: &Template<'_>,
    probe: &Probe<'_>,
    bound: f32,
) -> Result<()> {
    let steady = Manifest::embedded().capture.speech.steady.get();
    let rooms = people.values().flatten().map(|said| said.elsewhere.len()).max().unwrap_or(0);
    say!("said once more where the cosine of its halves is below {steady:.2}; at {bound:.3}:");
    for place in [None].into_iter().chain((0..rooms).map(Some)) {
        let name = place.map_or("in quiet".to_owned(), |room| format!("measured room {}", room + 1));
        for (when, least) in [("never", f32::MIN), ("where unsteady", steady), ("always", f32::MAX)] {
            let (scores, asked) = scores(people, (template, probe), place, least)?;
            let same = scores.iter().filter(|(a, b, _)| a == b).map(|(a, _, s)| (vec![*a], *s < bound));
            let other = scores.iter().filter(|(a, b, _)| a != b).map(|(a, b, s)| (vec![*a, *b], *s >= bound));
            let (refused, accepted) = (Rate::count(same), Rate::count(other));
            let asked = 100.0 * asked;
            say!("    {name:<16} {when:<14} asked {asked:>3.0} %  FNMR {refused:<38} FMR {accepted}");
        }
    }
    Ok(())
}

fn heard(said: &Said, place: Place) -> &Heard {
    place.map_or(&said.quiet, |room| &said.elsewhere[room])
}

/// Every template of two recordings against every voice that it is not made of; and of how many of these voices a
/// second recording was asked, the next but one of the same person.
fn scores<'a>(
    people: &'a BTreeMap<String, Vec<Said>>,
    (template, probe): (&Template<'_>, &Probe<'_>),
    place: Place,
    least: f32,
) -> Result<(Vec<Score<'a>>, f64)> {
    let nothing = "nothing is left of an embedding";
    let (mut probes, mut twice) = (Vec::new(), 0);
    for (name, said) in people {
        for (first, one) in said.iter().enumerate() {
            let mut of = vec![first];
            if heard(one, place).steady.is_none_or(|steady| steady < least) {
                of.push((first + 2) % said.len());
                twice += 1;
            }
            let voices =
                of.iter().map(|at| probe(&heard(&said[*at], place).voice)).collect::<Option<Vec<_>>>();
            let voice = voices.and_then(|voices| mean_direction(&voices)).context(nothing)?;
            probes.push((name, of, voice));
        }
    }
    let mut found = Vec::new();
    for (name, said) in people {
        for (pair, two) in said.chunks_exact(2).enumerate() {
            let template = template(&two.iter().collect::<Vec<_>>()).context(nothing)?;
            let apart = |of: &[usize]| of.iter().all(|at| at / 2 != pair);
            let others = probes.iter().filter(|(other, of, _)| *other != name || apart(of));
            found.extend(
                others.map(|(other, _, voice)| (name.as_str(), other.as_str(), cosine(&template, voice))),
            );
        }
    }
    Ok((found, f64::from(twice) / probes.len().max(1) as f64))
}
