//! What an owner should know of rules before signing them.

use serde::Serialize;

/// How much a finding matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Weight {
    /// The rules do not do what they say.
    Mistake,
    /// They may do what their owner wants; look at it.
    Advice,
}

/// One thing that an owner should know before signing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// How much it matters.
    pub weight: Weight,
    /// What kind of thing, for programs: `never_applies`, `contradicted`, `nothing_permitted`, `can_fail`, `silence`,
    /// `wider_word`, `repeats`, `forbids_nothing`.
    pub kind: &'static str,
    /// The policy it is about; absent where it is the revision.
    pub policy: Option<String>,
    /// What was found and what to do.
    pub what: String,
    /// A request that shows it, in words.
    pub example: Option<String>,
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Lint {
    /// Mistakes first; of one weight in the order of the policies.
    pub findings: Vec<Finding>,
    /// How many made requests were evaluated.
    pub tried: usize,
    /// Whether these are all that the policies can tell apart.
    pub complete: bool,
}

impl Lint {
    /// Whether there is no mistake.
    pub fn holds(&self) -> bool {
        self.findings.iter().all(|finding| finding.weight != Weight::Mistake)
    }
}
