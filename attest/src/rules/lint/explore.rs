//! Looks at requests until each policy was seen at work: at all of them where they are few, else at those that lead to
//! it.

use std::collections::BTreeMap;

use super::lens::{Lens, Seen};
use super::space::{Case, Space};
use crate::rules::literals::mentioned;

/// Most requests that are looked at.
const MOST_CASES: usize = 12_000;
/// Most requests of one policy from which the search goes on.
const MOST_SEEDS: usize = 24;
/// Most requests that one policy's own attributes are tried in.
const MOST_OWN: usize = 1_500;

/// A revision's view of many requests.
pub(super) struct Explored<'l, 'r> {
    pub(super) lens: &'l Lens<'r>,
    pub(super) space: &'l Space,
    /// What was looked at.
    pub(super) seen: BTreeMap<Case, Seen>,
    /// Whether these were all that the policies can tell apart.
    pub(super) complete: bool,
}

impl<'l, 'r> Explored<'l, 'r> {
    /// Call it on a thread that has the stack.
    pub(super) fn new(lens: &'l Lens<'r>, space: &'l Space) -> Self {
        let complete = space.size().is_some_and(|size| size <= MOST_CASES);
        let mut explored = Self { lens, space, seen: BTreeMap::new(), complete };
        let start = vec![0; space.dimensions.len()];
        if complete {
            let all: Vec<usize> = (0..start.len()).collect();
            explored.vary(&start, &all, usize::MAX);
        } else {
            explored.search(&start);
        }
        explored
    }

    /// What applies to a request; looks once.
    pub(super) fn look(&mut self, case: &Case) -> Seen {
        if let Some(seen) = self.seen.get(case) {
            return seen.clone();
        }
        let seen = self.lens.look(self.space, case);
        self.seen.insert(case.clone(), seen.clone());
        seen
    }

    /// Where the attributes stand that a policy reads.
    pub(super) fn read_by(&self, policy: &str) -> Vec<usize> {
        let form = self.lens.policies.get(policy).map(|(_, form)| form);
        let mut places: Vec<usize> = form
            .map(mentioned)
            .unwrap_or_default()
            .iter()
            .filter_map(|name| self.space.place(name))
            .collect();
        places.sort_unstable();
        places.dedup();
        places
    }

    fn full(&self) -> bool {
        self.seen.len() >= MOST_CASES
    }

    /// All values of these attributes, at most so many requests.
    fn vary(&mut self, start: &Case, places: &[usize], most: usize) {
        let mut case = start.clone();
        for place in places {
            case[*place] = 0;
        }
        for _ in 0..most {
            self.look(&case);
            let next = places.iter().find(|place| {
                let values = self.space.dimensions[**place].values.len();
                usize::from(case[**place]) + 1 < values
            });
            let Some(next) = next.copied() else { return };
            for place in places.iter().take_while(|place| **place != next) {
                case[*place] = 0;
            }
            case[next] += 1;
        }
    }

    fn search(&mut self, start: &Case) {
        let ids: Vec<String> = self.lens.policies.keys().cloned().collect();
        for id in &ids {
            let places = self.read_by(id);
            self.vary(start, &places, MOST_OWN);
            if !self.seen.values().any(|seen| seen.has(id)) {
                self.climb_to(id, start);
            }
        }
        // From each permission down to a request that nothing forbids.
        let permits: Vec<String> = ids.iter().filter(|id| self.is_permit(id)).cloned().collect();
        for id in &permits {
            for seed in self.seeds(|seen| seen.has(id)) {
                self.descend(seed, |seen| seen.has(id), |seen| seen.forbids.len());
            }
        }
        // From what is permitted to each prohibition alone.
        let permitted = self.seeds(Seen::permitted);
        for id in ids.iter().filter(|id| !permits.contains(id)) {
            let places = self.read_by(id);
            for seed in self.seeds(|seen| seen.has(id)) {
                for open in &permitted {
                    if self.full() {
                        return;
                    }
                    let mut case = open.clone();
                    for place in &places {
                        case[*place] = seed[*place];
                    }
                    let both = |seen: &Seen| seen.has(id);
                    self.descend(case, both, |seen| {
                        seen.forbids.len() + 8 * usize::from(seen.permits.is_empty())
                    });
                }
            }
        }
    }

    fn is_permit(&self, id: &str) -> bool {
        matches!(self.lens.policies.get(id), Some((cedar_policy::Effect::Permit, _)))
    }

    /// A few of the requests of this kind, spread over all of them.
    fn seeds(&self, kind: impl Fn(&Seen) -> bool) -> Vec<Case> {
        let all: Vec<&Case> = self.seen.iter().filter(|(_, seen)| kind(seen)).map(|(case, _)| case).collect();
        let step = all.len().div_ceil(MOST_SEEDS).max(1);
        all.into_iter().step_by(step).cloned().collect()
    }

    /// Two attributes at once, for a policy with too many to try all of them.
    fn climb_to(&mut self, id: &str, start: &Case) {
        let places = self.read_by(id);
        let mut state: u64 = 0x9e37_79b9_7f4a_7c15;
        for _ in 0..MOST_OWN {
            let mut case = start.clone();
            for place in &places {
                // Of Knuth's constants for linear congruences; the choice has to be the same each time, no more.
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                let values = self.space.dimensions[*place].values.len() as u64;
                case[*place] = ((state >> 33) % values) as u16;
            }
            if self.look(&case).has(id) || self.full() {
                return;
            }
        }
    }

    /// Changes one attribute after the other for the better, as long as it stays of this kind.
    fn descend(&mut self, mut case: Case, kind: impl Fn(&Seen) -> bool, worth: impl Fn(&Seen) -> usize) {
        let seen = self.look(&case);
        if !kind(&seen) {
            return;
        }
        let mut best = worth(&seen);
        for place in 0..case.len() {
            for value in 0..self.space.dimensions[place].values.len() as u16 {
                if best == 0 || self.full() {
                    return;
                }
                let mut other = case.clone();
                other[place] = value;
                let seen = self.look(&other);
                if kind(&seen) && worth(&seen) < best {
                    (best, case) = (worth(&seen), other);
                }
            }
        }
    }
}
