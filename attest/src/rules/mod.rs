//! May this asset be used like this? The owner's Cedar policies, evaluated so that every doubt refuses.
//!
//! - [`validate`]: what has to hold before an owner signs a revision. Strict Cedar validation against
//!   [`SCHEMA`]; warnings refuse as well.
//! - [`evaluate`]: a pure function of rules, descriptor, request and [`Inputs`]; it gives an [`AssetVerdict`] with
//!   every value that the policies could see, so that anyone can evaluate again.
//! - [`explain`] and [`describe`]: the same in the owner's words (`@words("…")`).
//! - [`lint`]: which policies decide nothing, contradict each other, or are passed by silence; what a new revision
//!   would decide otherwise.
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
mod guard;
mod lexer;
pub mod lint;
mod literals;
mod parse;
mod problem;
mod schema;
mod stack;
mod validate;
mod words;

pub use evaluate::{Inputs, evaluate, evaluate_compiled};
pub use explain::{Explanation, Reason, ReasonKind, explain, explain_compiled};
pub use parse::{placed_from_cedar, policies_from_cedar};
pub use problem::{Place, Problem, RulesError};
pub use schema::{SCHEMA, SCHEMA_VERSION, needed_version, schema_text};
pub use stack::{CEDAR_STACK, with_stack};
pub use validate::{Compiled, compiled, validate};
pub use words::{PolicyWords, describe};

/// Most bytes of one policy's text.
pub const MAX_POLICY_BYTES: usize = 4 * 1024;
/// Deepest nesting of one policy: its brackets and its `if`s in one another.
pub const MAX_POLICY_NESTING: usize = 32;
/// Longest chain of operators, members and arguments, those of enclosing brackets counted with it.
pub const MAX_POLICY_DEPTH: usize = 512;
/// Most parts of one policy once `x is T in y` is read as `x is T && x in y`.
pub const MAX_POLICY_VISITS: usize = 4 * MAX_POLICY_BYTES;
/// Most bytes of a policy's `@words`.
const MAX_WORDS_BYTES: usize = 240;

use crate::object::AssetVerdict;

#[cfg(test)]
mod tests;
