//! The answer of a check, for people and for programs.

use serde::Serialize;

use super::Allowed;
use crate::id::Id;
use crate::policy::TrustPolicy;

/// Stable codes of the checks.
pub mod code {
    macro_rules! codes {
        ($($(#[$doc:meta])* $name:ident = $step:literal $text:literal;)*) => {
            $($(#[$doc])* pub const $name: &str = $text;)*
            /// Every code with its step, in the order of the steps.
            pub const ALL: &[(u8, &str)] = &[$(($step, $text)),*];
        };
    }
    codes! {
        /// The bundle is within its limits and canonical.
        BUNDLE = 1 "bundle";
        /// Each object decodes, has its type, and is signed by the key that it names.
        OBJECTS = 1 "objects";
        /// The body names the objects of the bundle, no more and no fewer.
        NAMED = 1 "named";
        /// Nothing comes from the future.
        FUTURE = 1 "future";
        /// The request had not expired, and was made before it was approved.
        TIMES = 1 "times";
        /// Descriptor revisions are chained and signed by the owner of the revision before.
        DESCRIPTOR_CHAIN = 2 "descriptor-chain";
        /// Rules revisions are chained and signed by owner or agent.
        RULES_CHAIN = 2 "rules-chain";
        /// No two revisions have the same number.
        EQUIVOCATION = 2 "owner-equivocation";
        /// The revisions named are the highest below the verdict in the log.
        IN_FORCE = 2 "in-force";
        /// The verifier knows of no later descriptor.
        DESCRIPTOR_HEAD = 2 "descriptor-head";
        /// The verifier knows of no later revision.
        RULES_HEAD = 2 "rules-head";
        /// The verdict covers this request and its assets.
        VERDICT_SUBJECT = 3 "verdict-subject";
        /// Evaluating again gives the same verdict.
        VERDICT_REPRODUCED = 3 "verdict-reproduced";
        /// The rules permit.
        VERDICT_PERMITS = 3 "verdict-permits";
        /// The classifiers give the scores of the verdict.
        SCORES = 3 "scores";
        /// Enough registrars signed each epoch.
        REGISTRARS = 4 "registrars";
        /// Epochs are chained.
        EPOCH_CHAIN = 4 "epoch-chain";
        /// The epoch is not made by development keys, or these are allowed.
        EPOCH_DEVELOPMENT = 4 "epoch-development";
        /// The epoch was in force at the co-signature's place in the log.
        EPOCH_IN_FORCE = 4 "epoch-in-force";
        /// The verifier knows of no newer epoch that was left out.
        EPOCH_HEAD = 4 "epoch-head";
        /// The validator is not revoked.
        REVOKED = 4 "revoked";
        /// The validator has the minimum stake.
        STAKE = 4 "stake";
        /// The co-signature is for this request and verdict.
        COSIGNATURE_SUBJECT = 5 "cosignature-subject";
        /// The validator's key lives where the policy allows.
        CUSTODY = 5 "custody";
        /// A provisioner vouches for the secure element.
        CERTIFICATE = 5 "certificate";
        /// The kiosk is not revoked.
        KIOSK_REVOKED = 5 "kiosk-revoked";
        /// The token is well-formed and signed by the element.
        ATTESTATION = 5 "attestation";
        /// The firmware is one that the policy names, not debugged, and no tamper line is open.
        DEVICE_STATE = 5 "device-state";
        /// The token's nonce binds request, verdict, validator and challenge.
        NONCE = 5 "nonce";
        /// The token names this report.
        REPORT_DIGEST = 5 "report-digest";
        /// The session was within its time.
        SESSION_TIME = 5 "session-time";
        /// Neither source nor element is simulated, or that is allowed.
        SIMULATED = 5 "simulated";
        /// The prompts follow from the challenge.
        PROMPTS = 5 "prompts";
        /// The prompts have the entropy asked for.
        ENTROPY = 5 "entropy";
        /// Every mandatory gate was judged and passed.
        GATES = 5 "gates";
        /// No gate was judged with a looser bound than the policy's.
        GATE_BOUNDS = 5 "gate-bounds";
        /// The verifying key is one that the policy names.
        VERIFYING_KEY = 5 "verifying-key";
        /// Public inputs are canonical and the ones recomputed.
        PUBLIC_INPUTS = 5 "public-inputs";
        /// The model is one that the rules allow.
        MODEL = 5 "model";
        /// The thresholds are at least the rules'.
        THRESHOLDS = 5 "thresholds";
        /// The proof verifies.
        PROOF = 5 "proof";
        /// Validators are pairwise distinct.
        DISTINCT_VALIDATORS = 6 "distinct-validators";
        /// Nullifiers are pairwise distinct.
        DISTINCT_NULLIFIERS = 6 "distinct-nullifiers";
        /// No two captures share element and counter.
        DISTINCT_CAPTURES = 6 "distinct-captures";
        /// Counters grow, and nullifiers were not used for another decision, as far as the verifier remembers.
        REPLAY = 6 "replay";
        /// Enough validators approved, with the modalities asked for.
        QUORUM = 6 "quorum";
        /// They approved within the quorum's age.
        AGE = 6 "age";
        /// A witness's time says so too.
        WITNESS_TIME = 6 "witness-time";
        /// The log's key signed the checkpoint.
        CHECKPOINT = 7 "checkpoint";
        /// Request, descriptors, rules, verdict, co-signatures, epochs and body are under it.
        INCLUSION = 7 "inclusion";
        /// They were logged in an order that makes sense.
        ORDER = 7 "log-order";
        /// Witnesses saw the same log.
        WITNESSES = 7 "witnesses";
    }
}

/// Checks that need something that a verifier may not have. Every other one has to be made and to pass.
const OPTIONAL: [&str; 8] = [
    code::FUTURE,
    code::DESCRIPTOR_HEAD,
    code::RULES_HEAD,
    code::SCORES,
    code::EPOCH_HEAD,
    code::REPLAY,
    code::WITNESS_TIME,
    code::WITNESSES,
];

/// What came of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// It holds.
    Passed,
    /// It does not hold.
    Failed,
    /// What it needs was not given.
    NotChecked,
}

/// One check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Check {
    /// Step of the protocol, 1 to 7.
    pub step: u8,
    /// Stable code: see [`code`].
    pub code: &'static str,
    /// What it is about: `asset 1`, `co-signature 2`; empty for the whole.
    pub subject: String,
    /// Outcome.
    pub status: Status,
    /// What was compared, in words.
    pub compared: String,
}

/// The answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Nothing failed and everything needed was there.
    pub ok: bool,
    /// First line for people: the answer, and what was allowed although it proves less.
    pub summary: String,
    /// Id of the request, if it could be read.
    pub request: Option<Id>,
    /// Every check, by step.
    pub checks: Vec<Check>,
}

impl Report {
    /// Checks that failed.
    pub fn failures(&self) -> impl Iterator<Item = &Check> {
        self.checks.iter().filter(|check| check.status == Status::Failed)
    }

    /// Code of the first check that failed.
    pub fn first_failure(&self) -> Option<&'static str> {
        self.failures().next().map(|check| check.code)
    }
}

/// Checks as they are made.
#[derive(Default)]
pub(crate) struct Checks(Vec<Check>);

impl Checks {
    /// Notes an outcome and hands it back.
    pub fn note(
        &mut self,
        code: &'static str,
        subject: &str,
        passed: bool,
        compared: impl Into<String>,
    ) -> bool {
        self.push(code, subject, if passed { Status::Passed } else { Status::Failed }, compared.into());
        passed
    }

    /// Notes what was not checked.
    pub fn skip(&mut self, code: &'static str, subject: &str, why: impl Into<String>) {
        self.push(code, subject, Status::NotChecked, why.into());
    }

    fn push(&mut self, code: &'static str, subject: &str, status: Status, compared: String) {
        let step = code::ALL.iter().find(|(_, text)| *text == code).map_or(0, |(step, _)| *step);
        self.0.push(Check { step, code, subject: subject.to_owned(), status, compared });
    }

    /// Whether anything failed so far.
    pub fn any_failed(&self) -> bool {
        self.0.iter().any(|check| check.status == Status::Failed)
    }

    /// Every code must have been met at least once: a check that was never reached cannot count as passed.
    pub fn into_report(mut self, policy: &TrustPolicy, allowed: Allowed, request: Option<Id>) -> Report {
        let read = request.is_some();
        for (_, code) in code::ALL {
            if !self.0.iter().any(|check| check.code == *code) {
                self.skip(
                    code,
                    "",
                    if read { "an earlier check failed" } else { "the bundle could not be read" },
                );
            }
        }
        self.0.sort_by_key(|check| check.step);
        let passed = |code: &str| self.0.iter().any(|c| c.code == code && c.status == Status::Passed);
        let whole = code::ALL.iter().all(|(_, code)| OPTIONAL.contains(code) || passed(code));
        let ok = read && whole && !self.any_failed();
        let mut summary = String::from(if ok { "approved" } else { "not proved" });
        let mut grants = Vec::new();
        if allowed.simulated {
            grants.push("simulated parts");
        } else if allowed.emulated {
            grants.push("emulated elements");
        }
        if allowed.development_keys {
            grants.push("development keys");
        }
        if policy.accept_kiosk_custody {
            grants.push("kiosk custody");
        }
        if !grants.is_empty() {
            summary = format!("{summary}, with {} accepted", grants.join(", "));
        }
        Report { ok, summary, request, checks: self.0 }
    }
}
