//! Step 1, times: do the clocks of requester, checker, kiosks and hub tell one story?
//!
//! All of them are claims of those who sign. What is proved of order is proved by the log.

use super::code;
use super::decode::Decoded;
use super::report::Checks;
use crate::limits::CLOCK_SKEW_S;

/// Checks that the times follow each other, and that none lies ahead of the verifier's clock, if it has one.
pub(crate) fn check(d: &Decoded, now: Option<u64>, checks: &mut Checks) {
    let (request, verdict, body) = (d.request.payload(), d.verdict.payload(), d.body.payload());
    let signed = d.cosignatures.iter().map(|c| c.payload().time);
    let (first, last) = (signed.clone().min().unwrap_or(0), signed.max().unwrap_or(0));
    let before = |early: u64, late: u64| early <= late.saturating_add(CLOCK_SKEW_S);
    let holds = before(request.created, verdict.time)
        && before(verdict.time, first)
        && before(last, body.time)
        && body.time <= request.expires
        && last <= request.expires;
    let compared = format!(
        "request {}, verdict {}, co-signatures {first} to {last}, approval {}, request expires {} (skew {CLOCK_SKEW_S} s)",
        request.created, verdict.time, body.time, request.expires
    );
    checks.note(code::TIMES, "", holds, compared);
    let latest = [request.created, verdict.time, last, body.time]
        .into_iter()
        .chain(d.epochs.iter().map(|epoch| epoch.payload().time))
        .max()
        .unwrap_or(0);
    match now {
        Some(now) => {
            let compared = format!("latest time {latest}, now {now}, skew {CLOCK_SKEW_S} s");
            checks.note(code::FUTURE, "", before(latest, now), compared);
        }
        None => checks.skip(code::FUTURE, "", "no time was given"),
    }
}
