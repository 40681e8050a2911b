//! Rules from a file, as the revision that they would be.

use std::path::Path;

use wetsign_attest::id::Id;
use wetsign_attest::object::RulesRevision;

use crate::draft::{self, Rules};
use crate::origin::Origin;

/// A file's rules as a revision, and where a draft's policies stand. No classifier is needed to validate or to
/// describe.
pub fn revision(path: &Path, scores: &[String]) -> anyhow::Result<(RulesRevision, Option<Origin>)> {
    Ok(match draft::rules(path)? {
        Rules::Signed(revision) => (*revision, None),
        Rules::Draft(mut rules) => {
            if rules.without_bounds() && draft::has_extension(path, "cedar") {
                rules.set_bounds(scores, 0);
            }
            let revision = rules.revision(Id::ZERO, draft::NO_OWNER, |_| None);
            (revision, Some(rules.origin().clone()))
        }
    })
}
