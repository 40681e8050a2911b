//! Many approvals under one policy, each with the answer that it has alone.
//!
//! What is equal in many files is checked once ([`Known`]), and the equations of their proofs together, with random
//! weights ([`wetsign_circuits::batch`]). Whatever is not accepted so is checked again, alone: its words are those of
//! [`super::verify_remembering`].
//!
//! Ed25519 signatures are checked one by one. A batch of them is quicker, but no such batch says what the single check
//! says: points of small order cancel out in it with a chance of one in eight, which the single check refuses always
//! (Chalkias, Garillot, Nikolaenko, "Taming the many EdDSAs", 2020, § 5).
//!
//! No threads are started here: whoever has some calls [`Auditor::look`] on many of them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use wetsign_circuits::VerifyingKey;
use wetsign_circuits::batch::{self, Claim};
use wetsign_circuits::field::EntropyError;

use super::known::Known;
use super::options::Options;
use super::outcome::{Approval, Outcome};
use super::report::{Checks, Equation};
use super::state::VerifierState;
use super::{APPROVAL, Examined, look};
use crate::policy::TrustPolicy;

/// Checks many approvals under one policy.
pub struct Auditor<'a> {
    policy: &'a TrustPolicy,
    options: Options<'a>,
    known: Known,
}

/// An approval of which everything was checked but the equations of its proofs: no answer yet.
#[must_use = "the proofs are still to be checked"]
pub struct Looked(Examined);

/// The answer on one approval.
#[derive(Debug)]
pub struct Answer {
    /// What [`super::verify_remembering`] says.
    pub outcome: Outcome<Approval>,
    /// What it teaches: nothing, if it is refused.
    pub learnt: VerifierState,
}

/// Claims under one verifying key, each with the position of the file that it is from.
struct Batch {
    key: Arc<VerifyingKey>,
    claims: Vec<Claim>,
    from: Vec<usize>,
}

impl<'a> Auditor<'a> {
    /// Checks by this policy. `state` and `known` of the options are not looked at.
    pub fn new(policy: &'a TrustPolicy, options: Options<'a>) -> Self {
        Self { policy, options, known: Known::default() }
    }

    fn options<'b>(&'b self, memory: &'b VerifierState) -> Options<'b> {
        Options { state: Some(memory), known: Some(&self.known), ..self.options }
    }

    /// Checks all of one approval but the equations of its proofs. Never panics.
    pub fn look(&self, bundle: &[u8], memory: &VerifierState) -> Looked {
        Looked(look(bundle, Checks::but_equations(&APPROVAL), self.policy, self.options(memory)))
    }

    /// Checks the equations of all these together, in the order of the files, and remembers what is accepted.
    ///
    /// # Errors
    /// The operating system gives no randomness: then nothing is answered and nothing remembered.
    pub fn settle(
        &self,
        looked: Vec<(&[u8], Looked)>,
        memory: &mut VerifierState,
    ) -> Result<Vec<Answer>, EntropyError> {
        let (files, mut examined): (Vec<&[u8]>, Vec<Examined>) =
            looked.into_iter().map(|(file, Looked(examined))| (file, examined)).unzip();
        let refused = equations(&mut examined)?;
        let settled = files.into_iter().zip(examined).enumerate();
        Ok(settled
            .map(|(number, (file, first))| {
                let held = first.outcome.is_ok()
                    && !refused.contains(&number)
                    && !memory.may_doubt(&first.learnt, first.place);
                let Examined { outcome, learnt, .. } = if held { first } else { self.alone(file, memory) };
                memory.learn(learnt.clone());
                Answer { outcome, learnt }
            })
            .collect())
    }

    /// The check of one file by itself.
    fn alone(&self, bundle: &[u8], memory: &VerifierState) -> Examined {
        look(bundle, Checks::of(&APPROVAL), self.policy, self.options(memory))
    }
}

/// Positions of the files with an equation that does not hold. Those of files that are refused anyway are not asked.
fn equations(examined: &mut [Examined]) -> Result<BTreeSet<usize>, EntropyError> {
    let mut batches: BTreeMap<[u8; 32], Batch> = BTreeMap::new();
    let accepted = examined.iter_mut().enumerate().filter(|(_, one)| one.outcome.is_ok());
    for (number, one) in accepted {
        for Equation { key, public, proof } in std::mem::take(&mut one.equations) {
            let batch = batches.entry(key.digest()).or_insert_with(|| Batch {
                key,
                claims: Vec::new(),
                from: Vec::new(),
            });
            batch.claims.push((public, proof));
            batch.from.push(number);
        }
    }
    let mut refused = BTreeSet::new();
    for Batch { key, claims, from } in batches.values() {
        refused.extend(batch::refused(key, claims)?.into_iter().map(|claim| from[claim]));
    }
    Ok(refused)
}
