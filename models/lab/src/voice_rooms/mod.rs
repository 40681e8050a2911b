//! What rooms do to every voice: fitted on this project's speakers in made rooms, tested on others in measured ones.

mod again;
mod heard;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use wetsign_infer::quality::{cosine, mean_direction};
use wetsign_infer::{Networks, audio};
use wetsign_lab::eval::folders::{self, SOUNDS};
use wetsign_lab::eval::rate::Rate;
use wetsign_lab::eval::{gather, seed_of};
use wetsign_liveness::{Measure, Thresholds};
use wetsign_models::manifest::{Digest, Manifest};
use wetsign_models::store::{ModelStore, digest_file};
use wetsign_models::voice_rooms::{VoiceRooms, fit};

use self::heard::{Heard, Probe, Said, Template};

/// Numbers in a line of the manifest.
const A_LINE: usize = 16;
/// Made rooms: seconds for 60 dB, and decibels of the direct sound over the rest.
const DECAYS: std::ops::Range<f64> = 0.15..0.9;
const DIRECT: std::ops::Range<f64> = -6.0..10.0;
/// Strangers that a bound may let pass, for the line that says what that costs.
const TARGET: f64 = 0.005;

#[derive(clap::Args)]
pub struct Arguments {
    /// Speakers to test on, none of whom is in the fit: one folder a person, a recording or more of some seconds each.
    #[arg(long)]
    voices: Option<PathBuf>,
    /// Measured rooms to test in: responses as `rir*.wav`.
    #[arg(long, requires = "voices")]
    rooms: Option<PathBuf>,
    /// Test what the manifest states, and fit nothing.
    #[arg(long, conflicts_with = "out")]
    stated: bool,
    /// Directions that are taken out.
    #[arg(long, default_value_t = 8)]
    directions: usize,
    /// Made rooms in which each stretch of the fit is heard.
    #[arg(long, default_value_t = 3)]
    heard_in: u32,
    /// What recordings and rooms are drawn from.
    #[arg(long, default_value_t = Manifest::embedded().voice_rooms.seed)]
    seed: u64,
    /// Write the manifest's section `[voice_rooms]` here.
    #[arg(long)]
    out: Option<PathBuf>,
}

/// Fits, tests, prints.
pub fn run(arguments: &Arguments) -> Result<bool> {
    let store = ModelStore::open_default()?;
    let mut networks = Networks::load(&store, 1)?;
    let stated = &Manifest::embedded().voice_rooms;
    let rooms = if arguments.stated { stated.clone() } else { fitted(&mut networks, &store, arguments)? };
    if let Some(path) = &arguments.out {
        std::fs::write(path, section(&rooms)).with_context(|| format!("cannot write {}", path.display()))?;
    }
    if let Some(voices) = &arguments.voices {
        let people = people(&mut networks, voices, arguments.rooms.as_deref())?;
        assess(&people, &rooms)?;
    }
    let same = &rooms == stated;
    say!("{}", if same { "as the manifest states" } else { "the manifest states other numbers" });
    Ok(same || arguments.out.is_some())
}

fn sound(path: &Path) -> Result<Vec<f32>> {
    let read = audio::read_file(path).with_context(|| format!("{}", path.display()))?;
    Ok(audio::resample_16k(&read)?)
}

/// Every stretch of this project's letters and words, as it is and in made rooms.
fn fitted(networks: &mut Networks, store: &ModelStore, arguments: &Arguments) -> Result<VoiceRooms> {
    let labels = gather::own_pieces(store, arguments.seed)?;
    let (mut stretches, mut digests) = (Vec::new(), Vec::new());
    for (label, pieces) in &labels {
        let mut rng = ChaCha8Rng::from_seed(seed_of(arguments.seed, &format!("rooms of {label}")));
        for piece in pieces {
            let sounds = match piece.iter().map(|path| sound(path)).collect::<Result<Vec<_>>>() {
                Ok(sounds) => sounds,
                Err(error) if gather::is_unreadable(&error) => continue,
                Err(error) => return Err(error),
            };
            for path in piece {
                digests.extend(digest_file(path)?.0);
            }
            let said = audio::join(&sounds, 0.1);
            let mut heard = vec![networks.voice.embed_clearer(&said)?];
            for _ in 0..arguments.heard_in {
                let (decay, direct) = (rng.gen_range(DECAYS), rng.gen_range(DIRECT));
                let there = audio::heard_in(&said, &audio::room(decay, direct, &mut rng));
                heard.push(networks.voice.embed_clearer(&there)?);
            }
            stretches.push(heard);
        }
    }
    let (mean, directions) =
        fit(&stretches, arguments.directions).context("nothing can be fitted on these recordings")?;
    Ok(VoiceRooms {
        speakers: labels.len() as u32,
        stretches: stretches.len() as u32,
        rooms: arguments.heard_in,
        seed: arguments.seed,
        data: Digest::of(&digests),
        network: store.manifest().entry("ge2e")?.stored.sha256,
        enrolled: Manifest::embedded().voice_rooms.enrolled,
        mean,
        directions,
    })
}

fn people(
    networks: &mut Networks,
    voices: &Path,
    rooms: Option<&Path>,
) -> Result<BTreeMap<String, Vec<Said>>> {
    let mut responses = Vec::new();
    let mut found = rooms.map(wav_files).transpose()?.unwrap_or_default();
    found.sort();
    for path in found {
        let response: Vec<f64> = sound(&path)?.into_iter().map(f64::from).collect();
        responses.push(from_direct_sound(response));
    }
    let made = audio::made(&Manifest::embedded().voice_rooms.enrolled);
    let mut people: BTreeMap<String, Vec<Said>> = BTreeMap::new();
    for item in folders::items(voices, &SOUNDS)? {
        let said = sound(&item.path)?;
        let mut heard = |sound: &[f32]| -> Result<Heard> {
            let (voice, steady) = (networks.voice.embed_clearer(sound)?, networks.voice.steadiness(sound)?);
            Ok(Heard { voice, steady })
        };
        let enrolled = heard(&audio::heard_in(&said, &made))?.voice;
        let elsewhere = responses
            .iter()
            .map(|response| heard(&audio::heard_in(&said, response)))
            .collect::<Result<_>>()?;
        let quiet = heard(&said)?;
        people.entry(item.subject).or_default().push(Said { quiet, enrolled, elsewhere });
    }
    people.retain(|_, said| said.len() > 2);
    ensure!(people.len() > 1, "two speakers with three recordings each are needed at least");
    Ok(people)
}

fn wav_files(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = std::fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?;
    let paths = entries.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
    let is_response = |path: &PathBuf| {
        path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("rir"))
            && path.extension().is_some_and(|extension| extension == "wav")
    };
    Ok(paths.into_iter().filter(is_response).collect())
}

/// A response without the time that the direct sound takes.
fn from_direct_sound(response: Vec<f64>) -> Vec<f64> {
    let loudest = response.iter().enumerate().max_by(|a, b| a.1.abs().total_cmp(&b.1.abs()));
    let start = loudest.map_or(0, |(place, _)| place.saturating_sub(16));
    response[start..].to_vec()
}

/// Comparisons of one kind: who, with whom, how alike.
type Scores<'a> = Vec<(&'a str, &'a str, f32)>;

/// Prints how often the enrolled are refused and strangers accepted, as before and now.
fn assess(people: &BTreeMap<String, Vec<Said>>, rooms: &VoiceRooms) -> Result<()> {
    let bound = Thresholds::from_manifest().of(Measure::VoiceMatch).context("voice_match has a bound")?;
    let bound = bound as f32 / 1000.0;
    say!("{} speakers, of whom none is in the fit; bound {bound}", people.len());
    let plain = |said: &[&Said]| said.first().map(|one| one.quiet.voice.clone());
    let now = |said: &[&Said]| {
        let each = said
            .iter()
            .map(|one| rooms.enrolment(&one.quiet.voice, &one.enrolled))
            .collect::<Option<Vec<_>>>();
        each.and_then(|each| mean_direction(&each))
    };
    let whole = |heard: &[f32]| Some(heard.to_vec());
    let left = |heard: &[f32]| rooms.without(heard);
    say!("one stretch, rooms and all, as before:");
    print(people, &plain, &whole, None)?;
    say!("two stretches, each heard in the made room too, rooms taken out:");
    print(people, &now, &left, Some(bound))?;
    again::assess(people, &now, &left, bound)
}

fn print(
    people: &BTreeMap<String, Vec<Said>>,
    template: &Template<'_>,
    probe: &Probe<'_>,
    bound: Option<f32>,
) -> Result<()> {
    let measured = people.values().flatten().map(|said| said.elsewhere.len()).max().unwrap_or(0);
    let quiet = scores(people, template, probe, &|said| vec![&said.quiet])?;
    let mut sets = vec![("in quiet".to_owned(), quiet)];
    for room in 0..measured {
        let heard = scores(people, template, probe, &|said| vec![&said.elsewhere[room]])?;
        sets.push((format!("measured room {}", room + 1), heard));
    }
    if measured > 0 {
        sets.push((
            "all rooms".to_owned(),
            scores(people, template, probe, &|said| said.elsewhere.iter().collect())?,
        ));
    }
    let strict = |(_, scores): &(String, Scores<'_>)| at_target(scores);
    let target = sets.iter().filter(|(name, _)| name == "in quiet" || name == "all rooms").map(strict);
    let target = target.fold(f32::MIN, f32::max);
    for (at, why) in bound.map(|bound| (bound, "bound")).into_iter().chain([(target, "FMR .5 % at the most")])
    {
        say!("  at {at:.3} ({why})");
        for (name, scores) in &sets {
            let same = scores.iter().filter(|(a, b, _)| a == b).map(|(a, _, s)| (vec![*a], *s < at));
            let other = scores.iter().filter(|(a, b, _)| a != b).map(|(a, b, s)| (vec![*a, *b], *s >= at));
            say!("    {name:<16} FNMR {:<38} FMR {}", Rate::count(same), Rate::count(other));
        }
    }
    Ok(())
}

/// Every template of two recordings against every recording that it is not made of.
fn scores<'a>(
    people: &'a BTreeMap<String, Vec<Said>>,
    template: &Template<'_>,
    probe: &Probe<'_>,
    heard: &dyn Fn(&'a Said) -> Vec<&'a Heard>,
) -> Result<Scores<'a>> {
    let nothing = "nothing is left of an embedding";
    let mut probes = Vec::new();
    for (name, said) in people {
        for (place, one) in said.iter().enumerate() {
            for heard in heard(one) {
                probes.push((name, place, probe(&heard.voice).context(nothing)?));
            }
        }
    }
    let mut found = Vec::new();
    for (name, said) in people {
        for (pair, two) in said.chunks_exact(2).enumerate() {
            let template = template(&two.iter().collect::<Vec<_>>()).context(nothing)?;
            let others = probes.iter().filter(|(other, place, _)| *other != name || place / 2 != pair);
            found.extend(
                others.map(|(other, _, probe)| (name.as_str(), other.as_str(), cosine(&template, probe))),
            );
        }
    }
    Ok(found)
}

/// The least bound at which no more than [`TARGET`] of the strangers pass.
fn at_target(scores: &[(&str, &str, f32)]) -> f32 {
    let mut strangers: Vec<f32> = scores.iter().filter(|(a, b, _)| a != b).map(|(_, _, s)| *s).collect();
    strangers.sort_unstable_by(|a, b| b.total_cmp(a));
    let passing = (strangers.len() as f64 * TARGET) as usize;
    strangers.get(passing).map_or(f32::MIN, |score| score.next_up())
}

/// As it stands in the manifest.
fn section(rooms: &VoiceRooms) -> String {
    let lines = |numbers: &[i32]| -> String {
        let line = |numbers: &[i32]| {
            let numbers: Vec<String> = numbers.iter().map(ToString::to_string).collect();
            format!("    {},\n", numbers.join(", "))
        };
        numbers.chunks(A_LINE).map(line).collect()
    };
    let enrolled = rooms.enrolled;
    format!(
        "[voice_rooms]\nspeakers = {}\nstretches = {}\nrooms = {}\nseed = {}\ndata = \"{}\"\nnetwork = \"{}\"\n\
         enrolled = {{ decay = {}, direct = {}, seed = {} }}\nmean = [\n{}]\ndirections = [\n{}]\n",
        rooms.speakers,
        rooms.stretches,
        rooms.rooms,
        rooms.seed,
        rooms.data,
        rooms.network,
        enrolled.decay,
        enrolled.direct,
        enrolled.seed,
        lines(&rooms.mean),
        lines(&rooms.directions)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_section_reads_back_as_it_was() {
        let own = &Manifest::embedded().voice_rooms;
        let text = section(own);
        let table: toml::Table = toml::from_str(&text).unwrap();
        let read: VoiceRooms = table["voice_rooms"].clone().try_into().unwrap();
        assert_eq!(&read, own);
        assert!(text.lines().all(|line| line.len() <= 120), "{text}");
    }

    #[test]
    fn a_bound_lets_one_stranger_in_two_hundred_pass_and_no_more() {
        let stranger = |n: usize| ("a", "b", n as f32 / 1000.0);
        let mut scores: Scores<'_> = (0..400).map(stranger).collect();
        scores.extend([("a", "a", 0.9); 50]);
        let at = at_target(&scores);
        let passing = scores.iter().filter(|(a, b, s)| a != b && *s >= at).count();
        assert_eq!(passing, 2);
    }
}
