//! Counting presentations.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use wetsign_lab::stats::clopper_pearson;

use super::species::Species;
use super::work::Outcome;

/// What became of one species. The attack presentation classification error rate (APCER, ISO/IEC 30107-3) is `accepted
/// / n`; the interval is over instruments, since presentations of one instrument are not independent.
#[derive(Clone, Debug, Serialize)]
pub struct SpeciesRow {
    /// [`Species::name`].
    pub name: &'static str,
    /// [`Species::about`].
    pub about: &'static str,
    /// Made by the recapture simulator; never to be pooled with the others.
    pub simulated: bool,
    /// Presentations.
    pub n: u32,
    /// People attacked.
    pub subjects: usize,
    /// Things made for it.
    pub instruments: usize,
    /// Presentations accepted.
    pub accepted: u32,
    /// Instruments with at least one accepted presentation.
    pub instruments_accepted: usize,
    /// Lower end of the exact 95 % interval of the share of instruments accepted.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// How often each gate refused.
    pub refused_by: BTreeMap<String, u32>,
    /// In how many presentations a gate was the only one that refused.
    pub refused_alone_by: BTreeMap<String, u32>,
    #[serde(skip)]
    seen: BTreeMap<String, bool>,
    #[serde(skip)]
    people: BTreeSet<String>,
}

/// What became of genuine people (BPCER and match together).
#[derive(Clone, Debug, Default, Serialize)]
pub struct GenuineRow {
    /// Presentations.
    pub n: u32,
    /// People.
    pub subjects: usize,
    /// Presentations refused.
    pub rejected: u32,
    /// Lower end of the exact 95 % interval over presentations: with so few people it says little of others.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// How often each gate refused.
    pub refused_by: BTreeMap<String, u32>,
    #[serde(skip)]
    people: BTreeSet<String>,
}

/// The whole outcome.
#[derive(Clone, Debug, Serialize)]
pub struct SuiteReport {
    /// No attack was accepted.
    pub ok: bool,
    /// What challenges and draws come from.
    pub seed: u64,
    /// One row a species.
    pub species: Vec<SpeciesRow>,
    /// Genuine people.
    pub genuine: GenuineRow,
}

impl SuiteReport {
    pub(super) fn new(seed: u64) -> Self {
        Self { ok: false, seed, species: Vec::new(), genuine: GenuineRow::default() }
    }

    /// A table.
    pub fn table(&self) -> String {
        let mut lines = vec![format!(
            "{:<15} {:>5} {:>8} {:>11} {:>8}  {:<16} refused by (alone)",
            "species", "n", "subjects", "instruments", "accepted", "95 % of instr."
        )];
        for row in &self.species {
            let mut gates: Vec<_> = row.refused_by.iter().collect();
            gates.sort_by(|a, b| b.1.cmp(a.1));
            let gates: Vec<String> = gates
                .iter()
                .map(|(gate, n)| match row.refused_alone_by.get(*gate) {
                    Some(alone) => format!("{gate} {n} ({alone})"),
                    None => format!("{gate} {n}"),
                })
                .collect();
            lines.push(format!(
                "{:<15} {:>5} {:>8} {:>11} {:>8}  {:>5.1} to {:>5.1} %  {}",
                row.name,
                row.n,
                row.subjects,
                row.instruments,
                row.accepted,
                100.0 * row.low,
                100.0 * row.high,
                gates.join(", ")
            ));
        }
        let genuine = &self.genuine;
        lines.push(format!(
            "genuine: {} presentations of {} people, {} refused ({:.1} to {:.1} %) {:?}",
            genuine.n,
            genuine.subjects,
            genuine.rejected,
            100.0 * genuine.low,
            100.0 * genuine.high,
            genuine.refused_by
        ));
        lines.join("\n")
    }
}

impl SpeciesRow {
    pub(super) fn new(species: &Species) -> Self {
        Self {
            name: species.name,
            about: species.about,
            simulated: species.simulated,
            n: 0,
            subjects: 0,
            instruments: 0,
            accepted: 0,
            instruments_accepted: 0,
            low: 0.0,
            high: 1.0,
            refused_by: BTreeMap::new(),
            refused_alone_by: BTreeMap::new(),
            seen: BTreeMap::new(),
            people: BTreeSet::new(),
        }
    }

    pub(super) fn count(&mut self, outcome: &Outcome) {
        self.n += 1;
        self.people.insert(outcome.subject.clone());
        let accepted = outcome.refused_by.is_empty();
        self.accepted += u32::from(accepted);
        *self.seen.entry(outcome.instrument.clone()).or_default() |= accepted;
        if let [alone] = outcome.refused_by.as_slice() {
            *self.refused_alone_by.entry(alone.clone()).or_default() += 1;
        }
        for gate in &outcome.refused_by {
            *self.refused_by.entry(gate.clone()).or_default() += 1;
        }
    }

    pub(super) fn finished(mut self) -> Self {
        self.subjects = self.people.len();
        self.instruments = self.seen.len();
        self.instruments_accepted = self.seen.values().filter(|accepted| **accepted).count();
        (self.low, self.high) = clopper_pearson(self.instruments_accepted as u64, self.instruments as u64);
        self
    }
}

impl GenuineRow {
    pub(super) fn count(&mut self, outcome: &Outcome) {
        self.n += 1;
        self.people.insert(outcome.subject.clone());
        self.rejected += u32::from(!outcome.refused_by.is_empty());
        for gate in &outcome.refused_by {
            *self.refused_by.entry(gate.clone()).or_default() += 1;
        }
    }

    pub(super) fn finish(&mut self) {
        self.subjects = self.people.len();
        (self.low, self.high) = clopper_pearson(u64::from(self.rejected), u64::from(self.n));
    }
}
