//! Step 1, times: do the clocks of requester, checker, kiosks and hub tell one story?
//!
//! All of them are claims of those who sign. What is proved of order is proved by the log.

use super::code;
use super::objects::Decoded;
use super::report::Checks;
use crate::limits::CLOCK_SKEW_S;
use crate::terms::{lapse, made_by, request_life, unexpired, verdict_age};

/// Checks that the times follow each other, that nothing waited too long, and that none lies ahead of the verifier's
/// clock, if it has one.
pub(crate) fn check(d: &Decoded, now: Option<u64>, checks: &mut Checks) {
    let (request, verdict, body) = (d.request.payload(), d.verdict.payload(), &d.body.payload);
    let signed = d.cosignatures.iter().map(|c| c.payload().time);
    let (first, last) = (signed.clone().min().unwrap_or(0), signed.max().unwrap_or(0));
    let before = |early: u64, late: u64| made_by(early, late).holds;
    let holds = before(request.created, verdict.time)
        && before(verdict.time, first)
        && before(last, body.time)
        && unexpired(request.expires, body.time.max(last)).holds;
    let compared = format!(
        "request {}, verdict {}, co-signatures {first} to {last}, approval {}, request expires {} (skew {CLOCK_SKEW_S} s)",
        request.created, verdict.time, body.time, request.expires
    );
    checks.note(code::TIMES, "", holds, compared);
    checks.rule(code::REQUEST_LIFE, "", request_life(request));
    checks.rule(code::VERDICT_AGE, "", verdict_age(verdict.time, body.time));
    let latest = [request.created, verdict.time, last, body.time]
        .into_iter()
        .chain(d.epochs.iter().map(|epoch| epoch.payload().time))
        .max()
        .unwrap_or(0);
    let Some(now) = now else {
        checks.skip(code::FUTURE, "", "no time was given");
        return checks.skip(code::LAPSED, "", "no time was given");
    };
    let compared = format!("latest time {latest}, now {now}, skew {CLOCK_SKEW_S} s");
    checks.note(code::FUTURE, "", before(latest, now), compared);
    let until = lapse(request, body.time);
    let compared = format!("the use is allowed from {} to {until}; it is {now}", body.time);
    checks.note(code::LAPSED, "", now <= until, compared);
}
