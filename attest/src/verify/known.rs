//! What many checks need and each would find out again: signatures of objects that stand in many files, verifying keys,
//! rules. Nothing is decided by it: with it or without it, a check says the same.

use std::sync::Arc;

use wetsign_circuits::{KeyError, VerifyingKey};

use crate::cose::{Checked, Signed};
use crate::id::{Digest, Id};
use crate::object::{AssetDescriptor, AssetVerdict, RulesRevision, UsageRequest};
use crate::rules::{self, Compiled, Inputs, RulesError};
use crate::shelf::Shelf;

/// Verifying keys that are kept; a policy names few.
const KEYS: usize = 64;
/// Revisions of rules that are kept.
const RULES: usize = 1 << 10;

/// What checks have found out, for those that follow. Many threads may share one.
#[derive(Debug)]
pub struct Known {
    signatures: Checked,
    keys: Shelf<Digest, Arc<VerifyingKey>>,
    rules: Shelf<Id, Arc<Compiled>>,
}

impl Default for Known {
    fn default() -> Self {
        Self { signatures: Checked::default(), keys: Shelf::new(KEYS), rules: Shelf::new(RULES) }
    }
}

impl Known {
    /// Signatures that were checked.
    pub(crate) fn signatures(&self) -> &Checked {
        &self.signatures
    }

    /// The verifying key in these bytes.
    pub(crate) fn key(&self, bytes: &[u8]) -> Result<Arc<VerifyingKey>, KeyError> {
        self.keys.get(Digest::of(bytes), || VerifyingKey::from_bytes(bytes).map(Arc::new))
    }

    /// What [`rules::validate`] says.
    pub(crate) fn validate(&self, rules: &Signed<RulesRevision>) -> Result<(), RulesError> {
        self.compiled(rules).map(drop)
    }

    /// What [`rules::evaluate`] says.
    pub(crate) fn evaluate(
        &self,
        rules: &Signed<RulesRevision>,
        descriptor: &AssetDescriptor,
        request: &UsageRequest,
        inputs: &Inputs,
    ) -> AssetVerdict {
        let compiled = self.compiled(rules).ok();
        rules::evaluate_compiled(rules.payload(), compiled.as_deref(), descriptor, request, inputs)
    }

    fn compiled(&self, rules: &Signed<RulesRevision>) -> Result<Arc<Compiled>, RulesError> {
        self.rules.get(rules.id(), || rules::compiled(rules.payload()).map(Arc::new))
    }
}
