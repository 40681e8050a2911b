//! Does this file prove an approval, or an enrolment? Pure functions of the file's bytes and of what its reader trusts.
//!
//! Each check answers *passed*, *failed* or *not checked*, and says in words what was compared. A bundle is accepted
//! only if every check that could be made passed and none failed. "Not checked" is never "passed": it names what the
//! verifier was not given.
//!
//! | step | file | question |
//! |---|---|---|
//! | 1 | `decode.rs`, `passkeys.rs`, `times.rs` | Are the bytes what they claim to be, and signed? |
//! | 2 | `chains.rs`, `withdrawal.rs` | Which descriptor and which rules were in force, and did an owner take it back? |
//! | 3 | `verdict.rs` | Do those rules permit this request? |
//! | 4 | `registry.rs`, `keys.rs` | Was the registry epoch valid, are the validators staked, and may their keys still approve? |
//! | 5 | `cosignature.rs`, `certificates.rs`, `capture.rs`, `gates.rs`, `proof.rs` | Did a living, enrolled person approve, for this request? |
//! | 6 | `quorum.rs` | Were they enough different ones? |
//! | 7 | `inclusion.rs`, `witnesses.rs` | Is it all in the log, and is it the log that everybody sees? |
//!
//! The steps above are an approval's; `enrolment.rs` asks the same of an enrolment's two captures, and who endorsed it;
//! `run.rs` asks whether a runner made what was approved.

mod basis;
mod capture;
mod certificates;
mod chains;
pub mod code;
mod context;
mod cosignature;
mod decode;
mod endorsement;
mod enrolled;
mod enrolment;
mod gates;
mod given;
mod inclusion;
mod keys;
mod known;
mod many;
mod matching;
mod objects;
mod options;
mod outcome;
mod passkeys;
mod proof;
mod quorum;
mod registry;
mod report;
mod run;
mod spoken;
mod state;
mod times;
mod unique;
mod verdict;
mod withdrawal;
mod witnesses;

pub use enrolment::{fit_to_endorse, verify_enrolment};
pub use given::GivenWithdrawal;
pub use known::Known;
pub use many::{Answer, Auditor, Looked};
pub use options::{Options, TextScorer};
pub use outcome::{Approval, Enrolment, Outcome, Refused, Verified, report_of};
pub use report::{Check, Report, Status};
pub use run::ran_as_approved;
pub use state::{KnownEpoch, KnownRevision, KnownWithdrawal, Seen, Used, VerifierState};
pub use witnesses::witnessed;

use crate::bundle::ApprovalBundle;
use crate::object::ApprovalBody;
use crate::policy::TrustPolicy;
use crate::terms::lapse;
use objects::Decoded;
use options::Allowed;
use outcome::outcome;
use report::{Checks, Equation, Question};

/// What is asked of an approval.
static APPROVAL: Question =
    Question { codes: code::APPROVAL, optional: &code::APPROVAL_OPTIONAL, yes: "approved", no: "not proved" };

/// What a hub asks before it signs.
static DRAFT: Question = Question {
    codes: code::APPROVAL,
    optional: &code::APPROVAL_OPTIONAL,
    yes: "fit to be approved",
    no: "not fit to be approved",
};

/// Checks a bundle. Never panics.
///
/// # Errors
/// [`Refused`], with every check: what failed, and what could not be checked.
pub fn verify(bundle: &[u8], policy: &TrustPolicy, options: Options<'_>) -> Outcome<Approval> {
    look(bundle, Checks::of(&APPROVAL), policy, options).outcome
}

/// Checks a bundle by this memory (in place of `options.state`), and remembers it if it is accepted. One memory is for
/// one log and one reader: approvals may come in any order.
///
/// # Errors
/// [`Refused`]; what is refused teaches nothing, but for the withdrawals of what held and is over.
pub fn verify_remembering(
    bundle: &[u8],
    policy: &TrustPolicy,
    options: Options<'_>,
    memory: &mut VerifierState,
) -> Outcome<Approval> {
    let options = Options { state: Some(memory), ..options };
    let Examined { outcome, learnt, .. } = look(bundle, Checks::of(&APPROVAL), policy, options);
    memory.learn(learnt);
    outcome
}

/// What a hub asks of itself before it signs `body`: would a verifier take it? `rest` is its bundle without it, under
/// the log's present head; the body will stand at the log's end. Every check of [`verify`] is made but the body's own
/// signature and inclusion.
///
/// # Errors
/// [`Refused`]: signing it would promise what no verifier believes.
pub fn fit_to_approve(
    body: ApprovalBody,
    rest: ApprovalBundle,
    policy: &TrustPolicy,
    options: Options<'_>,
) -> Outcome<Approval> {
    let own = Known::default();
    let known = options.known.unwrap_or(&own);
    let mut checks = Checks::of(&DRAFT);
    let decoded = decode::draft(body, rest, policy, options.now, known, &mut checks);
    examine(decoded, checks, policy, options, known).outcome
}

/// What came of a check.
struct Examined {
    outcome: Outcome<Approval>,
    /// What there is to remember of it.
    learnt: VerifierState,
    /// Where the approval stands in the log.
    place: Option<u64>,
    /// What was left to a batch.
    equations: Vec<Equation>,
}

/// Reads a bundle and makes every check.
fn look(bundle: &[u8], mut checks: Checks, policy: &TrustPolicy, options: Options<'_>) -> Examined {
    let own = Known::default();
    let known = options.known.unwrap_or(&own);
    let decoded = decode::decode(bundle, policy, options.now, known, &mut checks);
    examine(decoded, checks, policy, options, known)
}

fn examine(
    decoded: Option<Decoded>,
    mut checks: Checks,
    policy: &TrustPolicy,
    options: Options<'_>,
    known: &Known,
) -> Examined {
    let allowed = Allowed::of(policy, options);
    let mut learnt = VerifierState::default();
    let mut place = None;
    if let Some(decoded) = &decoded
        && let Some(places) = inclusion::check(decoded, policy, &mut checks)
    {
        // What is not signed yet is in no log that a witness could have seen.
        let vouched = if decoded.body.signed.is_some() {
            witnesses::check(&decoded.bundle.checkpoint, policy, options.now, &mut checks)
        } else {
            checks.skip(code::WITNESSES, "", "it is not in the log yet");
            None
        };
        place = places.of(&decoded.body.id);
        let in_force = chains::check(decoded, &places, options.state, known, &mut checks);
        let Options { withdrawals, state, now, .. } = options;
        let withdrawals = withdrawal::check(decoded, &places, policy, withdrawals, state, now, &mut checks);
        verdict::check(decoded, &in_force, policy, options.scorer, known, &mut checks);
        let epochs = registry::check(decoded, &places, policy, allowed, options.state, &mut checks);
        keys::check(decoded, &places, &epochs, &mut checks);
        let context =
            context::Context { decoded, in_force: &in_force, epochs: &epochs, policy, allowed, known };
        let accepted = cosignature::check(&context, &mut checks);
        quorum::check(decoded, &in_force, &accepted, &places, policy, options.state, &mut checks);
        witnesses::time(decoded, vouched, &mut checks);
        learnt = VerifierState {
            descriptors: chains::revisions(&in_force, &places, |asset| {
                (asset.descriptor.payload().revision, asset.descriptor.id())
            }),
            rules: chains::revisions(&in_force, &places, |asset| {
                (asset.rules.payload().number, asset.rules.id())
            }),
            epoch: epochs.newest(&places),
            withdrawals,
            ..quorum::learnt(decoded, &accepted, &places)
        };
    }
    let mut granted = allowed.granted();
    if policy.accept_kiosk_custody {
        granted.push("kiosk custody");
    }
    if policy.accept_phone_custody {
        granted.push("programs' keys");
    }
    if policy.accept_shared_roles {
        granted.push("shared roles");
    }
    let equations = checks.take_equations();
    let held = decoded.as_ref().and_then(cosignature::held_by_passkeys);
    let report = checks.into_report(held, &granted, decoded.as_ref().map(|decoded| decoded.request.id()));
    let outcome = outcome(decoded.map(content), report);
    // What is refused teaches nothing, but for the withdrawals of what held and is over.
    let learnt = match &outcome {
        Ok(_) => learnt,
        Err(refused) if refused.report().lapsed => {
            VerifierState { withdrawals: learnt.withdrawals, ..VerifierState::default() }
        }
        Err(_) => VerifierState::default(),
    };
    Examined { outcome, learnt, place, equations }
}

fn content(decoded: Decoded) -> Approval {
    let Decoded { body, request, cosignatures, .. } = decoded;
    Approval {
        id: body.id,
        request_id: request.id(),
        until: lapse(request.payload(), body.payload.time),
        request: request.into_payload(),
        body: body.payload,
        validators: cosignatures.iter().map(|one| one.payload().validator).collect(),
    }
}
