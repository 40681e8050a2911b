//! A request in the facts that a person reads before saying yes or no.

use serde::{Deserialize, Serialize};

use crate::plain;

/// Most characters of a text: as many as a signed request has bytes, so that nothing of one is ever left out.
pub const MOST_TEXT: usize = 64 * 1024;
/// Most sentences of what the rules say.
pub const MOST_REASONS: usize = 12;
/// Longest name or sentence, characters.
const NAME: usize = 200;
/// Most languages or territories that are named.
const LIST: usize = 24;

/// What is asked, by whom, for how long, at which fee, and what the owner's rules say.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Asked {
    /// The app, as the requester names it.
    pub app: String,
    /// Whose they become, if they are not used but change hands: a public key.
    pub owner: Option<String>,
    /// How many assets are wanted.
    pub assets: u32,
    /// What for.
    pub purpose: String,
    /// What is to be said or made; `None`: it is held elsewhere, and nobody here can read it.
    pub text: Option<String>,
    /// How it is published.
    pub medium: Option<String>,
    /// In which languages (BCP 47).
    pub languages: Vec<String>,
    /// Where (ISO 3166-1, or `worldwide`).
    pub territories: Vec<String>,
    /// Before whom.
    pub audience: Option<String>,
    /// Whether money is earned with it.
    pub commercial: Option<bool>,
    /// Whether something is derived from the asset itself.
    pub derived: Option<bool>,
    /// For how many days.
    pub days: Option<u64>,
    /// Fee offered, heart, as it is written.
    pub fee: String,
    /// The last day on which it can be approved, `2026-11-29`.
    pub until: String,
    /// What the owner's rules say, in their own words.
    pub reasons: Vec<String>,
    /// People who have said yes already.
    pub yes: u32,
    /// How many are needed.
    pub quorum: u32,
}

impl Asked {
    /// The same with every text bounded and fit to be shown.
    #[must_use]
    pub fn fit(self) -> Self {
        let line = |text: String| plain::line(&text, NAME);
        let list = |texts: Vec<String>| texts.into_iter().take(LIST).map(line).collect();
        Self {
            app: line(self.app),
            owner: self.owner.map(line),
            purpose: line(self.purpose),
            text: self.text.map(|text| plain::paragraphs(&text, MOST_TEXT)),
            medium: self.medium.map(line),
            languages: list(self.languages),
            territories: list(self.territories),
            audience: self.audience.map(line),
            fee: line(self.fee),
            until: line(self.until),
            reasons: self.reasons.into_iter().take(MOST_REASONS).map(line).collect(),
            ..self
        }
    }
}
