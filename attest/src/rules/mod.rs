//! May this asset be used like this? The owner's Cedar policies, evaluated so that every doubt refuses.
//!
//! - [`validate`]: what has to hold before an owner signs a revision. Strict Cedar validation against
//!   [`SCHEMA`]; warnings refuse as well.
//! - [`evaluate`]: a pure function of rules, descriptor, request and [`Inputs`]; it gives an [`AssetVerdict`] with every
//!   value that the policies could see, so that anyone can evaluate again.
//! - [`explain`] and [`describe`]: the same in the owner's words (`@words("…")`).
//! - [`content`]: scores for a request's text. [`example`]: a whole revision to start from.
//!
//! ## What Cedar would let pass and this does not
//! Cedar skips a policy whose evaluation fails and goes on. Here **any error forbids** and is named. A score that a
//! bound asks for and nobody supplied is an error. An attribute that a request does not declare (or declares as an
//! empty set) is *absent*: neither false nor empty. Where no policy permits, the answer is no. A score over its bound
//! refuses even if no policy mentions it; the verdict then names `bound.<label>`.
//!
//! ```
//! use wetsign_attest::object::{ClassifierScore, Decision};
//! use wetsign_attest::rules::{self, Inputs, example};
//!
//! let (descriptor, rules, request) = example::narration("Rain falls and rivers carry it to the sea.");
//! let score = |label: &str, score| ClassifierScore { label: label.into(), classifier: example::CLASSIFIER, score };
//! let mut inputs =
//!     Inputs { now: request.created, scores: vec![score("objectionable", 40), score("political", 0)] };
//! let verdict = rules::evaluate(&rules, &descriptor, &request, &inputs);
//! assert_eq!(verdict.decision, Decision::Permit);
//!
//! inputs.scores[1].score = 900;
//! let verdict = rules::evaluate(&rules, &descriptor, &request, &inputs);
//! assert_eq!(verdict.decision, Decision::Forbid);
//! let why = rules::explain(&rules, &verdict);
//! assert_eq!(why.reasons[1].words, "political content is not allowed");
//! ```

pub mod content;
mod context;
mod evaluate;
pub mod example;
mod explain;
mod schema;
mod validate;

pub use evaluate::{Inputs, evaluate};
pub use explain::{Explanation, PolicyWords, Reason, ReasonKind, describe, explain};
pub use schema::{SCHEMA, SCHEMA_VERSION, schema_text};
pub use validate::{
    MAX_POLICY_BYTES, MAX_POLICY_NESTING, Problem, RulesError, policies_from_cedar, validate,
};

use crate::object::AssetVerdict;

#[cfg(test)]
mod tests;
