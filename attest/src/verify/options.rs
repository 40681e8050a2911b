//! What a verifier allows beyond its policy, and what it has at hand.

use super::given::GivenWithdrawal;
use super::known::Known;
use super::state::VerifierState;
use crate::id::Digest;
use crate::object::{ClassifierScore, UsageRequest};
use crate::policy::TrustPolicy;

/// A text classifier that a verifier has at hand, to make the scores of a verdict again.
pub trait TextScorer: Sync {
    /// Scores that it can give the request's text; empty if none.
    fn scores(&self, request: &UsageRequest) -> Vec<ClassifierScore>;

    /// Digests of the classifiers at hand. A score that one of them is said to have given, and does not give, is
    /// refused.
    fn classifiers(&self) -> Vec<Digest>;
}

impl TextScorer for crate::rules::content::ContentScorer {
    fn scores(&self, request: &UsageRequest) -> Vec<ClassifierScore> {
        crate::rules::content::score(self, request).scores
    }

    fn classifiers(&self) -> Vec<Digest> {
        self.digests().into_iter().map(|(_, digest)| Digest(digest)).collect()
    }
}

/// What the verifier allows beyond its policy, and what it has at hand.
#[derive(Clone, Copy, Default)]
pub struct Options<'a> {
    /// Take recordings for people and programs for secure elements, also where the policy does not.
    pub allow_simulated: bool,
    /// Take development keys that the policy names, also where it does not accept such keys.
    pub allow_development_keys: bool,
    /// UTC seconds, to refuse objects from the future.
    pub now: Option<u64>,
    /// What the verifier remembers of other approvals.
    pub state: Option<&'a VerifierState>,
    /// Text classifier.
    pub scorer: Option<&'a dyn TextScorer>,
    /// Withdrawals that the verifier was given, beside those that it remembers and those that the file shows.
    pub withdrawals: &'a [GivenWithdrawal],
    /// What earlier checks found out, and later ones will not look for again. The answer is the same without it.
    pub known: Option<&'a Known>,
}

/// What is allowed although it proves less.
#[derive(Clone, Copy)]
pub(crate) struct Allowed {
    pub simulated: bool,
    pub emulated: bool,
    pub development_keys: bool,
}

impl Allowed {
    pub fn of(policy: &TrustPolicy, options: Options<'_>) -> Self {
        Self {
            simulated: policy.accept_simulated || options.allow_simulated,
            emulated: policy.accept_emulated,
            development_keys: policy.accept_development_keys || options.allow_development_keys,
        }
    }

    /// In words, for the first line of an answer.
    pub fn granted(self) -> Vec<&'static str> {
        let mut granted = Vec::new();
        if self.simulated {
            granted.push("simulated parts");
        } else if self.emulated {
            granted.push("emulated elements");
        }
        if self.development_keys {
            granted.push("development keys");
        }
        granted
    }
}
