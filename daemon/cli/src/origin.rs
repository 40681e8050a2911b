//! Where a draft's policies stand, so that a problem names file, line and column.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use wetsign_attest::object::Policy;
use wetsign_attest::rules::{Place, Problem};

/// The file that policies were read from, and where in it each begins. Of policies inside a draft, and of signed ones,
/// nothing is known but their own lines.
#[derive(Debug, Clone, Default)]
pub struct Origin {
    path: PathBuf,
    begins: BTreeMap<String, Place>,
}

impl Origin {
    /// Of policies that a Cedar file holds.
    pub fn of(path: &Path, placed: &[(Policy, Place)]) -> Self {
        let begins = placed.iter().map(|(policy, place)| (policy.id.clone(), *place)).collect();
        Self { path: path.to_owned(), begins }
    }

    /// The same problem, with its place in the file.
    pub fn placed(&self, problem: &Problem) -> Problem {
        let begins = problem.policy.as_ref().and_then(|policy| self.begins.get(policy));
        let place = match (begins, problem.place) {
            (Some(begins), Some(inner)) => Some(begins.of_inner(inner)),
            (Some(begins), None) => Some(*begins),
            (None, own) => own,
        };
        Problem { place, ..problem.clone() }
    }

    /// One problem as compilers say it, of the file where it is known:
    /// `voice.cedar:7:42: policy no-politics: unexpected token`.
    pub fn line(&self, problem: &Problem) -> String {
        if self.begins.is_empty() {
            return problem.to_string();
        }
        said(&self.path, &self.placed(problem))
    }

    /// The file, if the policies stand in one of their own.
    pub fn file(&self) -> Option<&Path> {
        (!self.begins.is_empty()).then_some(self.path.as_path())
    }
}

/// `voice.cedar:7:42: policy no-politics: unexpected token`.
pub fn said(path: &Path, problem: &Problem) -> String {
    let place = problem.place.map(|Place { line, column }| format!("{line}:{column}:")).unwrap_or_default();
    let policy = problem.policy.as_ref().map(|id| format!(" policy {id}:")).unwrap_or_default();
    format!("{}:{place}{policy} {}", path.display(), problem.what)
}
