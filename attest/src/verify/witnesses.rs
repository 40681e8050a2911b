//! Steps 6 and 7, witnesses: did others see this same log, and when?
//!
//! A log's owner can show two histories to two readers, unless the readers ask for witnesses that both know: a witness
//! cosigns no head that does not continue the one before. What its time is worth: everything under the head was there
//! by then, so nothing under it may be dated later.

use super::code;
use super::objects::Decoded;
use super::report::{Checks, Question, Status};
use crate::limits::CLOCK_SKEW_S;
use crate::log::cosign::cosigned;
use crate::log::note::Note;
use crate::policy::TrustPolicy;
use crate::terms::made_by;

/// What a reader of the log alone is told of its witnesses: the same as of an approval's.
///
/// `now`: UTC seconds; cosignatures from the future do not count.
pub fn witnessed(note: &str, policy: &TrustPolicy, now: Option<u64>) -> (Status, String) {
    static HEAD: Question = Question { codes: &[(7, code::WITNESSES)], optional: &[], yes: "", no: "" };
    let mut checks = Checks::of(&HEAD);
    check(note, policy, now, &mut checks);
    let said = checks.into_report(None, &[], None).checks;
    // One that fails says more than one that passes.
    let failed = said.iter().find(|check| check.status == Status::Failed).or(said.first());
    failed.map_or((Status::NotChecked, String::new()), |check| (check.status, check.compared.clone()))
}

/// Checks the cosignatures of a checkpoint whose own signature holds; answers by when a quorum of witnesses had seen
/// it, if the policy asks for one and it is met.
pub(crate) fn check(note: &str, policy: &TrustPolicy, now: Option<u64>, checks: &mut Checks) -> Option<u64> {
    let Some(witnesses) = &policy.witnesses else {
        checks.skip(code::WITNESSES, "", "the trust policy names no witnesses");
        return None;
    };
    let parsed = match Note::parse(note) {
        Ok(parsed) => parsed,
        Err(error) => {
            checks.note(code::WITNESSES, "", false, error.to_string());
            return None;
        }
    };
    let (mut seen, mut words, mut whole) = (Vec::new(), Vec::new(), true);
    for (number, witness) in witnesses.witnesses().iter().enumerate() {
        match cosigned(&parsed, &witness.key) {
            Ok(None) => {}
            Ok(Some(time)) if now.is_some_and(|now| !made_by(time, now).holds) => {
                words.push(format!("{} at {time}, ahead of this clock and not counted", witness.name));
            }
            Ok(Some(time)) => {
                words.push(format!("{} at {time}", witness.name));
                seen.push((time, number));
            }
            Err(error) => whole = checks.note(code::WITNESSES, &witness.name, false, error.to_string()),
        }
    }
    let words = if words.is_empty() { "nobody whom the policy names".to_owned() } else { words.join(", ") };
    if !whole {
        return None;
    }
    if witnesses.asks_nothing() {
        let why = format!("the trust policy asks for no witness (quorum none); cosigned by {words}");
        checks.skip(code::WITNESSES, "", why);
        return None;
    }
    seen.sort_unstable();
    let by = |count: usize| {
        let some = &seen[..count];
        let among = |number| some.iter().any(|(_, one)| *one == number);
        witnesses.met(&policy.operators, &policy.log.key, among)
    };
    let vouched = (1..=seen.len()).find(|count| by(*count)).map(|count| seen[count - 1].0);
    let quorum = witnesses.quorum_name();
    let compared = match vouched {
        Some(time) => format!("the quorum {quorum} is met, at {time}: cosigned by {words}"),
        None => format!(
            "the quorum {quorum} is not met: cosigned by {words}; those of one operator count once, the log's own \
             operator's do not count"
        ),
    };
    checks.note(code::WITNESSES, "", vouched.is_some(), compared);
    vouched
}

/// Checks what an approval says of its times against the time by which witnesses had seen all of it.
pub(crate) fn time(d: &Decoded, vouched: Option<u64>, checks: &mut Checks) {
    let Some(vouched) = vouched else {
        return checks.skip(
            code::WITNESS_TIME,
            "",
            "no quorum of witnesses vouches for a time: the times are those of who signed",
        );
    };
    let signed = d.cosignatures.iter().map(|one| one.payload().time);
    let latest = signed.chain([d.verdict.payload().time, d.body.payload.time]).max().unwrap_or(0);
    let compared = format!(
        "witnesses vouch that all of it was in the log by {vouched}; the latest of it is dated {latest} (skew \
         {CLOCK_SKEW_S} s)"
    );
    checks.note(code::WITNESS_TIME, "", made_by(latest, vouched).holds, compared);
}
