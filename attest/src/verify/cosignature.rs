//! Step 5: did a living, enrolled person approve, for this very request?

use super::basis::{Basis, Taken};
use super::capture;
use super::code;
use super::context::Context;
use super::gates::Compared;
use super::objects::Decoded;
use super::proof;
use super::report::Checks;
use super::spoken;
use crate::id::{Blob, Id, PublicKey, Scalar};
use crate::limits::{CLOCK_SKEW_S, SESSION_MS};
use crate::object::{CoSignature, Custody, LivenessReport, StakeSnapshot};

/// What the quorum needs to know of a co-signature that passed.
pub(crate) struct Accepted {
    pub id: Id,
    pub subject: String,
    pub validator: PublicKey,
    pub nullifier: Scalar,
    pub ueid: Blob,
    /// The key of its secure element, by which a policy says who runs the kiosk.
    pub element: PublicKey,
    pub counter: u64,
    pub report: LivenessReport,
}

/// Checks every co-signature; answers those that hold.
pub(crate) fn check(context: &Context<'_>, checks: &mut Checks) -> Vec<Accepted> {
    let validators: Vec<PublicKey> =
        context.decoded.cosignatures.iter().map(|cosignature| cosignature.payload().validator).collect();
    let stakes: Vec<&StakeSnapshot> = context.decoded.stakes.values().collect();
    let basis = Basis {
        policy: context.policy,
        allowed: context.allowed,
        known: context.known,
        validators: &validators,
        stakes: &stakes,
        revoked: &|ueid| Some(context.epochs.kiosk_revoked(ueid)),
    };
    let mut accepted = Vec::new();
    for (index, cosignature) in context.decoded.cosignatures.iter().enumerate() {
        let subject = format!("co-signature {}", index + 1);
        let payload = cosignature.payload();
        let about = addressed(context, payload, &subject, checks);
        let held = custody(context, payload, &subject, checks);
        let Some(capture) = capture::check(&basis, &taken(payload), &subject, checks) else { continue };
        let spoken = spoken::check(context, &capture, &subject, checks);
        let proved = proof::check(context, payload, &capture, &subject, checks);
        if about && held && capture.sound && spoken && proved {
            accepted.push(Accepted {
                id: cosignature.id(),
                subject,
                validator: payload.validator,
                nullifier: payload.proof.inputs[1],
                element: capture.chain.device().device_key,
                ueid: capture.claims.ueid,
                counter: capture.claims.counter,
                report: capture.report,
            });
        }
    }
    accepted
}

fn taken(payload: &CoSignature) -> Taken<'_> {
    Taken {
        chain: &payload.chain,
        attestation: &payload.attestation,
        report: &payload.report,
        request: payload.request,
        verdict: payload.verdict,
        validator: payload.validator,
        time: payload.time,
        apart_s: CLOCK_SKEW_S + SESSION_MS / 1000,
        compared: Compared::WithTemplate,
    }
}

fn addressed(context: &Context<'_>, payload: &CoSignature, subject: &str, checks: &mut Checks) -> bool {
    let (request, verdict) = (context.decoded.request.id(), context.decoded.verdict.id());
    let compared = format!(
        "approves request {} on verdict {}; this is request {}, verdict {}",
        payload.request.short(),
        payload.verdict.short(),
        request.short(),
        verdict.short()
    );
    let holds = payload.request == request && payload.verdict == verdict;
    checks.note(code::COSIGNATURE_SUBJECT, subject, holds, compared)
}

/// Whether the policy takes a key that lives there. A passkey shows in the key itself ([`CoSignature`] refuses another
/// kind); that a program's key is not the kiosk's own is its word alone.
fn custody(context: &Context<'_>, payload: &CoSignature, subject: &str, checks: &mut Checks) -> bool {
    let policy = context.policy;
    let (holds, switch, on) = match payload.custody {
        Custody::Passkey => (true, "a passkey needs none", true),
        Custody::SoftwarePasskey => {
            (context.allowed.simulated, "accept_simulated", context.allowed.simulated)
        }
        Custody::Phone => {
            let on = policy.accept_phone_custody || policy.accept_kiosk_custody;
            (on, "accept_phone_custody, or accept_kiosk_custody", on)
        }
        Custody::Kiosk => (policy.accept_kiosk_custody, "accept_kiosk_custody", policy.accept_kiosk_custody),
    };
    let compared = format!("signed by {}; asked of the policy: {switch} ({on})", payload.custody.words());
    checks.note(code::CUSTODY, subject, holds, compared)
}

/// For the first line: what kind of passkeys signed, if nothing but passkeys did.
pub(super) fn held_by_passkeys(decoded: &Decoded) -> Option<&'static str> {
    let mut custodies = decoded.cosignatures.iter().map(|one| one.payload().custody);
    let first = custodies.next()?;
    let alone =
        matches!(first, Custody::Passkey | Custody::SoftwarePasskey) && custodies.all(|one| one == first);
    alone.then(|| first.words())
}
