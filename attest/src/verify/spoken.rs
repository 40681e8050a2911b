//! Step 5, the spoken consent: was it asked for where the rules demand it, and what was recognised?
//!
//! Which words were heard stands in the report as a digest. The prompts follow from the challenge and allow few
//! readings of the phrase, so each is made again here and compared: a digest of anything else is refused.

use wetsign_liveness::challenge;
use wetsign_liveness::consent::readings;
use wetsign_liveness::repertoire::Repertoire;

use super::basis::Capture;
use super::code;
use super::context::Context;
use super::report::Checks;
use crate::binding;

/// Checks one co-signature's capture.
pub(crate) fn check(context: &Context<'_>, capture: &Capture, subject: &str, checks: &mut Checks) -> bool {
    if context.in_force.len() != context.decoded.request.payload().assets.len() {
        checks.skip(code::SPOKEN_CONSENT, subject, "the rules in force are not established");
        return false;
    }
    let demanded = context.in_force.iter().any(|asset| asset.rules.payload().quorum.spoken_consent);
    let report = &capture.report;
    let Some(digest) = report.spoken else {
        let compared = format!("not spoken; the rules demand it: {demanded}");
        return checks.note(code::SPOKEN_CONSENT, subject, !demanded, compared);
    };
    let repertoire = Repertoire::from(&report.repertoire);
    let plan = challenge::derive(&report.challenge.0, &repertoire);
    let vocabulary = repertoire.distinct_vocabulary();
    let read = plan.consents()
        && readings(plan.phrase(), &vocabulary)
            .any(|words| binding::spoken(&report.challenge, &words) == digest);
    let compared = format!(
        "spoken, {} is of a reading that the prompts allow: {read}; the rules demand it: {demanded}",
        digest.short()
    );
    checks.note(code::SPOKEN_CONSENT, subject, read, compared)
}
