//! Step 5, the proof: its public inputs are made again from what was checked, and compared.

use std::sync::Arc;

use wetsign_circuits::{Proof, PublicInputs, VerifyingKey};

use super::basis::Capture;
use super::code;
use super::context::Context;
use super::known::Known;
use super::options::Allowed;
use super::report::Checks;
use crate::binding::{self, Signal};
use crate::id::{Blob, Scalar};
use crate::object::{CoSignature, EvmReference, MatchProof};
use crate::policy::TrustPolicy;

/// A proof with what it is checked under.
pub(crate) struct Claimed<'a> {
    pub policy: &'a TrustPolicy,
    pub allowed: Allowed,
    pub known: &'a Known,
    pub proof: &'a MatchProof,
    /// The verifying key, as the file brings it.
    pub key: Option<&'a Blob>,
}

impl Claimed<'_> {
    /// The nine public inputs, if they are canonical.
    pub fn public(&self, subject: &str, checks: &mut Checks) -> Option<PublicInputs> {
        let joined: Vec<u8> = self.proof.inputs.iter().flat_map(|input| input.0).collect();
        match PublicInputs::from_bytes(&joined) {
            Ok(public) => Some(public),
            Err(error) => {
                checks.note(code::PUBLIC_INPUTS, subject, false, error.to_string());
                None
            }
        }
    }

    /// The verifying key. Only one that the policy names is even decoded.
    pub fn verifying_key(&self, subject: &str, checks: &mut Checks) -> Option<Arc<VerifyingKey>> {
        let digest = self.proof.verifying_key;
        if !self.policy.verifying_keys.contains(&digest) {
            let compared = format!(
                "{digest} is not among the {} that the policy names",
                self.policy.verifying_keys.len()
            );
            checks.note(code::VERIFYING_KEY, subject, false, compared);
            return None;
        }
        let key = match self.key.map(|bytes| self.known.key(&bytes.0)) {
            Some(Ok(key)) if key.digest() == digest.0 => key,
            Some(Err(error)) => {
                checks.note(code::VERIFYING_KEY, subject, false, error.to_string());
                return None;
            }
            _ => {
                checks.note(code::VERIFYING_KEY, subject, false, format!("{digest} is not in the bundle"));
                return None;
            }
        };
        let development = key.is_development();
        let compared = format!(
            "{} is named by the policy; development key: {development}, such keys allowed: {}",
            digest.short(),
            self.allowed.development_keys
        );
        checks
            .note(code::VERIFYING_KEY, subject, !development || self.allowed.development_keys, compared)
            .then_some(key)
    }

    /// Whether the inputs at these places are the values computed again.
    pub fn equal(&self, expected: &[(usize, &str, Scalar)], subject: &str, checks: &mut Checks) -> bool {
        let differ: Vec<_> = expected
            .iter()
            .filter(|(index, _, value)| self.proof.inputs.get(*index) != Some(value))
            .map(|(_, name, _)| *name)
            .collect();
        let compared = if differ.is_empty() {
            let names: Vec<_> = expected.iter().map(|(_, name, _)| *name).collect();
            format!("{} computed again: equal, canonical", names.join(", "))
        } else {
            format!("computed again, these differ: {}", differ.join(", "))
        };
        checks.note(code::PUBLIC_INPUTS, subject, differ.is_empty(), compared)
    }

    /// Whether the proof verifies.
    pub fn holds(
        &self,
        key: &Arc<VerifyingKey>,
        public: &PublicInputs,
        subject: &str,
        checks: &mut Checks,
    ) -> bool {
        let outcome = Proof::from_bytes(&self.proof.proof.0)
            .map_err(|error| error.to_string())
            .and_then(|proof| checks.equation(key, public, proof).map_err(|error| error.to_string()));
        let compared = match &outcome {
            Ok(()) => "Groth16 over BN254 holds for the nine public inputs".to_owned(),
            Err(error) => error.clone(),
        };
        checks.note(code::PROOF, subject, outcome.is_ok(), compared)
    }
}

/// Checks the proof of a co-signature.
pub(crate) fn check(
    context: &Context<'_>,
    cosignature: &CoSignature,
    capture: &Capture,
    subject: &str,
    checks: &mut Checks,
) -> bool {
    let claimed = Claimed {
        policy: context.policy,
        allowed: context.allowed,
        known: context.known,
        proof: &cosignature.proof,
        key: context.decoded.keys.get(&cosignature.proof.verifying_key),
    };
    let key = claimed.verifying_key(subject, checks);
    let Some(public) = claimed.public(subject, checks) else { return false };
    let equal = public_inputs(context, &claimed, cosignature, capture, subject, checks);
    let results =
        [equal, model(context, capture, subject, checks), thresholds(context, &public, subject, checks)];
    let Some(key) = key else { return false };
    claimed.holds(&key, &public, subject, checks) && results.iter().all(|passed| *passed)
}

/// All but the nullifier (which only the prover can make) and the thresholds, computed again.
fn public_inputs(
    context: &Context<'_>,
    claimed: &Claimed<'_>,
    cosignature: &CoSignature,
    capture: &Capture,
    subject: &str,
    checks: &mut Checks,
) -> bool {
    let Some(epoch) = context.epochs.get(&cosignature.epoch).filter(|_| rules_known(context)) else {
        let why = "the registry epoch or the assets' descriptors did not hold: see there";
        checks.skip(code::PUBLIC_INPUTS, subject, why);
        return false;
    };
    let chains: Vec<EvmReference> =
        context.in_force.iter().filter_map(|asset| asset.descriptor.payload().evm).collect();
    let signal = binding::signal(&Signal {
        log: &context.policy.log.origin,
        verdict: cosignature.verdict,
        decision: cosignature.decision,
        ueid: &capture.claims.ueid.0,
        challenge: capture.report.challenge,
        epoch: cosignature.epoch,
        chains: &chains,
    });
    let expected: [(usize, &str, Scalar); 6] = [
        (0, "root", epoch.root),
        (2, "probe", capture.claims.probe),
        (3, "request_id", binding::scalar(&binding::request_id(&cosignature.request))),
        (4, "signal", binding::scalar(&signal)),
        (5, "model_id", capture.report.model_id),
        (6, "validator_key", binding::scalar(&binding::validator_key(&cosignature.validator))),
    ];
    claimed.equal(&expected, subject, checks)
}

/// Whether the rules in force are established for every asset. Where not, an earlier check has failed.
fn rules_known(context: &Context<'_>) -> bool {
    context.in_force.len() == context.decoded.request.payload().assets.len()
}

fn model(context: &Context<'_>, capture: &Capture, subject: &str, checks: &mut Checks) -> bool {
    if !rules_known(context) {
        checks.skip(code::MODEL, subject, "the rules in force are not established");
        return false;
    }
    let model = capture.report.model_id;
    let holds = context.in_force.iter().all(|asset| asset.rules.payload().model_ids.contains(&model));
    let compared = format!("model {} is allowed by the rules of every asset: {holds}", model.short());
    checks.note(code::MODEL, subject, holds, compared)
}

fn thresholds(context: &Context<'_>, public: &PublicInputs, subject: &str, checks: &mut Checks) -> bool {
    if !rules_known(context) {
        checks.skip(code::THRESHOLDS, subject, "the rules in force are not established");
        return false;
    }
    let floor = context.policy.least_similarity();
    let least = |tau: fn(&crate::object::RulesRevision) -> u32, floor: u32| {
        context.in_force.iter().map(|asset| tau(asset.rules.payload())).max().map(|tau| tau.max(floor))
    };
    let (Some(face), Some(voice)) =
        (least(|rules| rules.tau_face, floor.0), least(|rules| rules.tau_voice, floor.1))
    else {
        checks.skip(code::THRESHOLDS, subject, "the request names no asset");
        return false;
    };
    let compared = format!(
        "face {} (at least {face}), voice {} (at least {voice}) by rules and policy, of 65536",
        public.tau_face, public.tau_voice
    );
    checks.note(code::THRESHOLDS, subject, public.tau_face >= face && public.tau_voice >= voice, compared)
}
