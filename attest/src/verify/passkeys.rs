//! Step 1: was each passkey asked by a page that the reader trusts?
//!
//! A passkey signs for one relying party. A page of another one could ask the same person for the same bytes, and show
//! them other words; so a verifier names the ones whose pages it believes. A withdrawal is believed whoever asked:
//! nobody has a reason to doubt an owner's no.

use super::code;
use super::report::Checks;
use crate::passkey::Presence;
use crate::policy::TrustPolicy;

/// Checks the relying party of each object that a passkey signed; `signed` is everything that people sign.
pub(super) fn check<'a>(
    signed: impl IntoIterator<Item = (String, Option<&'a Presence>)>,
    policy: &TrustPolicy,
    checks: &mut Checks,
) {
    for (subject, presence) in signed {
        let Some(presence) = presence else { continue };
        let party = policy.relying_parties.iter().find(|party| party.asked(presence));
        let known = policy.relying_parties.iter().map(|party| party.id.as_str()).collect::<Vec<_>>();
        let compared = format!(
            "asked at {} for the relying party {}…; [[relying_parties]] of the policy: {}",
            presence.origin,
            presence.rp_id_hash.short(),
            if known.is_empty() { "none".to_owned() } else { known.join(", ") }
        );
        checks.note(code::RELYING_PARTY, &subject, party.is_some(), compared);
    }
    if !checks.met(code::RELYING_PARTY) {
        checks.note(code::RELYING_PARTY, "", true, "no passkey signed any of it");
    }
}
