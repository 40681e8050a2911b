//! Which captures are compared, and whether both show one person.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Result, bail};
use rand::SeedableRng;
use rand::seq::index::sample;
use rand_chacha::ChaCha8Rng;
use wetsign_infer::quality::cosine;

use super::rate::{AtThreshold, Rate};

/// Comparisons of different people that are kept where no list names them; a seed draws which.
const MOST_NONMATED: usize = 2_000_000;
/// People named in [`Trials::hardest`].
const HARDEST: usize = 5;

/// One embedding and where it comes from.
#[derive(Clone, Debug, PartialEq)]
pub struct Capture {
    /// Who.
    pub subject: String,
    /// The file, or the film: what was recorded in one go.
    pub recording: String,
    /// What the camera saw at once: two subjects of one scene are two people for certain.
    pub scene: String,
    /// Two subjects of one kin may be one person, unless one scene shows both: they are not compared.
    pub kin: Option<String>,
    /// A group that the data declares, such as the sex.
    pub group: Option<String>,
    /// The kiosk refuses it before it compares anything, and says why: a face too small for its gate `face_size`. Such
    /// a capture is no false non-match; against other people it counts.
    pub refused: bool,
    /// A vector of unit length.
    pub vector: Vec<f32>,
}

/// One comparison.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Trial {
    /// Index of one capture.
    pub a: usize,
    /// Index of the other.
    pub b: usize,
    /// Both are one person's.
    pub mated: bool,
    /// Higher is more alike.
    pub score: f64,
}

/// Captures and their comparisons.
#[derive(Clone, Debug, Default)]
pub struct Trials {
    captures: Vec<Capture>,
    trials: Vec<Trial>,
}

impl Capture {
    /// Whether both captures are one person's; `None`: nobody knows.
    pub fn mated(&self, other: &Self) -> Option<bool> {
        if self.subject == other.subject {
            return Some(true);
        }
        let maybe_one_person = self.kin.is_some() && self.kin == other.kin && self.scene != other.scene;
        (!maybe_one_person).then_some(false)
    }
}

impl Trials {
    /// Every capture against every other, scored by the cosine.
    pub fn all(captures: Vec<Capture>, seed: u64) -> Self {
        let mut pairs: [Vec<(usize, usize)>; 2] = Default::default();
        for a in 0..captures.len() {
            for b in a + 1..captures.len() {
                if let Some(mated) = captures[a].mated(&captures[b]) {
                    pairs[usize::from(mated)].push((a, b));
                }
            }
        }
        let [mut nonmated, mated] = pairs;
        if nonmated.len() > MOST_NONMATED {
            let mut rng = ChaCha8Rng::seed_from_u64(seed);
            let mut chosen = sample(&mut rng, nonmated.len(), MOST_NONMATED).into_vec();
            chosen.sort_unstable();
            nonmated = chosen.into_iter().map(|index| nonmated[index]).collect();
        }
        let scored = |pairs: Vec<(usize, usize)>, mated| {
            let score = |a: usize, b: usize| f64::from(cosine(&captures[a].vector, &captures[b].vector));
            pairs.into_iter().map(|(a, b)| Trial { a, b, mated, score: score(a, b) }).collect::<Vec<_>>()
        };
        let trials = [scored(mated, true), scored(nonmated, false)].concat();
        Self { captures, trials }
    }

    /// The comparisons that a list names, by the captures' recordings.
    ///
    /// # Errors
    /// A list that says otherwise than the folders whether two captures are one person's.
    pub fn listed(captures: Vec<Capture>, list: &[(String, String, bool)]) -> Result<Self> {
        let place: BTreeMap<&str, usize> =
            captures.iter().enumerate().map(|(index, capture)| (capture.recording.as_str(), index)).collect();
        let mut trials = Vec::new();
        for (left, right, mated) in list {
            // A capture without a face or without speech is a failure to acquire, counted elsewhere.
            let (Some(&a), Some(&b)) = (place.get(left.as_str()), place.get(right.as_str())) else {
                continue;
            };
            if captures[a].mated(&captures[b]) == Some(!mated) {
                bail!(
                    "the list calls {left} and {right} {}, the folders do not",
                    if *mated { "one person" } else { "two people" }
                );
            }
            let score = f64::from(cosine(&captures[a].vector, &captures[b].vector));
            trials.push(Trial { a, b, mated: *mated, score });
        }
        Ok(Self { captures, trials })
    }

    /// Comparisons scored by somebody else.
    pub fn scored(captures: Vec<Capture>, trials: Vec<Trial>) -> Self {
        Self { captures, trials }
    }

    /// The captures.
    pub fn of(&self) -> &[Capture] {
        &self.captures
    }

    /// The comparisons.
    pub fn comparisons(&self) -> &[Trial] {
        &self.trials
    }

    /// The same comparisons of other vectors, one for each capture.
    pub fn rescored(&self, score: impl Fn(usize, usize) -> f64) -> Self {
        let trials =
            self.trials.iter().map(|trial| Trial { score: score(trial.a, trial.b), ..*trial }).collect();
        Self { captures: self.captures.clone(), trials }
    }

    /// The scores of one kind.
    pub fn scores(&self, mated: bool) -> Vec<f64> {
        self.trials.iter().filter(|trial| trial.mated == mated).map(|trial| trial.score).collect()
    }

    /// How many captures there are.
    pub fn captures(&self) -> usize {
        self.captures.len()
    }

    /// Everybody.
    pub fn subjects(&self) -> BTreeSet<&str> {
        self.captures.iter().map(|capture| capture.subject.as_str()).collect()
    }

    /// Mated comparisons of two recordings.
    pub fn mated_across_recordings(&self) -> usize {
        let across = |trial: &&Trial| self.captures[trial.a].recording != self.captures[trial.b].recording;
        self.trials.iter().filter(|trial| trial.mated).filter(across).count()
    }

    /// Both errors at a threshold.
    pub fn at(&self, threshold: f64, why: &str) -> AtThreshold {
        let fmr = self.rate(false, |_| true, |score| score >= threshold);
        let fnmr = self.rate(true, |_| true, |score| score < threshold);
        AtThreshold { why: why.to_owned(), threshold, fmr_claimable: fmr.claimable(), fmr, fnmr }
    }

    /// Comparisons of one person with itself of which the kiosk would make none are no misses.
    fn compared(&self, trial: &Trial) -> bool {
        !trial.mated || [trial.a, trial.b].iter().all(|index| !self.captures[*index].refused)
    }

    fn rate(&self, mated: bool, of: impl Fn(&Trial) -> bool, wrong: impl Fn(f64) -> bool) -> Rate {
        let chosen =
            self.trials.iter().filter(|trial| trial.mated == mated && self.compared(trial) && of(trial));
        Rate::count(chosen.map(|trial| {
            let (a, b) = (self.captures[trial.a].subject.as_str(), self.captures[trial.b].subject.as_str());
            (if mated { vec![a] } else { vec![a, b] }, wrong(trial.score))
        }))
    }

    /// False match rate inside each group that the captures name.
    pub fn fmr_by_group(&self, threshold: f64) -> BTreeMap<String, Rate> {
        let groups: BTreeSet<&String> = self.captures.iter().filter_map(|c| c.group.as_ref()).collect();
        let within = |group: &String, trial: &Trial| {
            [trial.a, trial.b].iter().all(|index| self.captures[*index].group.as_ref() == Some(group))
        };
        groups
            .into_iter()
            .map(|group| {
                let rate = self.rate(false, |trial| within(group, trial), |score| score >= threshold);
                (group.clone(), rate)
            })
            .collect()
    }

    /// Who is most often not recognised: name, errors, comparisons.
    pub fn hardest(&self, threshold: f64) -> Vec<(String, u64, u64)> {
        let mut by_subject: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
        for trial in self.trials.iter().filter(|trial| trial.mated && self.compared(trial)) {
            let entry = by_subject.entry(&self.captures[trial.a].subject).or_default();
            entry.0 += u64::from(trial.score < threshold);
            entry.1 += 1;
        }
        let mut found: Vec<_> = by_subject
            .into_iter()
            .filter(|(_, (errors, _))| *errors > 0)
            .map(|(s, (e, n))| (s.to_owned(), e, n))
            .collect();
        found.sort_by(|x, y| (y.1 * x.2).cmp(&(x.1 * y.2)));
        found.truncate(HARDEST);
        found
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn capture(subject: &str, scene: &str, vector: &[f32]) -> Capture {
        Capture {
            subject: subject.to_owned(),
            recording: scene.to_owned(),
            scene: scene.to_owned(),
            kin: None,
            group: None,
            refused: false,
            vector: vector.to_vec(),
        }
    }

    #[test]
    fn people_who_may_be_one_are_compared_only_where_one_picture_shows_both() {
        let unnamed = |subject: &str, scene| Capture {
            kin: Some("unnamed".to_owned()),
            ..capture(subject, scene, &[1.0, 0.0])
        };
        let captures =
            vec![unnamed("1", "x"), unnamed("2", "x"), unnamed("3", "y"), capture("ann", "z", &[0.0, 1.0])];
        let trials = Trials::all(captures, 1);
        assert_eq!(trials.scores(false).len(), 4);
        assert!(trials.scores(true).is_empty());
    }

    #[test]
    fn a_face_too_small_for_the_kiosk_is_no_miss_and_may_still_be_taken_for_another() {
        let small = Capture { refused: true, ..capture("ann", "c", &[0.0, 1.0]) };
        let captures = vec![
            capture("ann", "a", &[1.0, 0.0]),
            capture("ann", "b", &[1.0, 0.1]),
            small,
            capture("bob", "d", &[0.0, 1.0]),
        ];
        let trials = Trials::all(captures, 1);
        let found = trials.at(0.5, "a bound");
        assert_eq!((found.fnmr.errors, found.fnmr.trials), (0, 1));
        assert_eq!((found.fmr.errors, found.fmr.trials), (1, 3));
        assert!(trials.hardest(0.5).is_empty());
    }

    #[test]
    fn a_list_that_contradicts_the_folders_is_refused() {
        let captures = || vec![capture("ann", "a", &[1.0]), capture("bob", "b", &[1.0])];
        let list = |mated| vec![("a".to_owned(), "b".to_owned(), mated)];
        assert!(Trials::listed(captures(), &list(true)).is_err());
        let trials = Trials::listed(captures(), &list(false)).unwrap();
        assert_eq!(trials.scores(false), [1.0]);
    }

    #[test]
    fn false_matches_are_counted_inside_each_group() {
        let of = |subject: &str, group: &str, vector: &[f32]| Capture {
            group: Some(group.to_owned()),
            ..capture(subject, subject, vector)
        };
        let trials = Trials::all(
            vec![
                of("a", "f", &[1.0, 0.0]),
                of("b", "f", &[1.0, 0.1]),
                of("c", "m", &[0.0, 1.0]),
                of("d", "m", &[-1.0, 0.1]),
            ],
            1,
        );
        let groups = trials.fmr_by_group(0.5);
        assert_eq!((groups["f"].rate, groups["m"].rate), (1.0, 0.0));
        assert_eq!(groups["f"].trials, 1);
    }
}
