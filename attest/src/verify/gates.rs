//! The gates of one capture: was everything judged that the plan demands, strictly enough, and did it pass?
//!
//! Nothing is taken from the report that can be known without it. Which gates are mandatory follows from the challenge;
//! which bound and which sense each has follows from the policy, and where the policy names none, from the thresholds
//! that ship with this version (`models/manifest.toml`). A gate that this version calls advice stands in the report and
//! refuses nothing, unless the policy names it: then it has to be there and to pass.

use std::collections::BTreeSet;

use wetsign_liveness::Thresholds;
use wetsign_liveness::challenge::{self, ChallengePlan};
use wetsign_liveness::decision::{mandatory_before_match, mandatory_gates, not_asked};
use wetsign_liveness::gates::{self, Measure, Sight};
use wetsign_liveness::phrase;
use wetsign_liveness::repertoire::Repertoire;

use super::code;
use super::report::Checks;
use crate::object::{Gate, LightDoubt, LivenessReport, Sense};
use crate::policy::TrustPolicy;

/// Whether there is a template that a capture has to match.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Compared {
    /// It has to match.
    WithTemplate,
    /// The template is made of it.
    WithNothing,
}

/// What a gate is held against.
struct Demand {
    bound: i32,
    sense: Sense,
    /// The value does not travel.
    secret: bool,
}

/// Checks the gates of one report.
pub(crate) fn check(
    policy: &TrustPolicy,
    report: &LivenessReport,
    compared: Compared,
    subject: &str,
    checks: &mut Checks,
) -> bool {
    let plan = challenge::derive(&report.challenge.0, &Repertoire::from(&report.repertoire));
    let mut mandatory = match compared {
        Compared::WithTemplate => mandatory_gates(&plan),
        Compared::WithNothing => mandatory_before_match(&plan),
    };
    let asked = |measure: &Measure| measure.row().asked.by(&plan.prompts, plan.lips_in_step);
    mandatory
        .extend(Measure::ALL.into_iter().filter(|m| is_advice(*m) && !ignored(policy, m.name()) && asked(m)));
    let thresholds = Thresholds::from_manifest();
    let demand = |name: &str| demand(policy, &thresholds, &plan, name);
    let judged = judged(policy, report, &plan, &mandatory, demand, subject, checks);
    let strict = strict(policy, report, demand, subject, checks);
    judged && strict
}

/// It stands in reports and decides nothing.
fn is_advice(measure: Measure) -> bool {
    measure.reported() && !measure.decides()
}

/// Advice that this policy does not ask for. A gate that this version does not know is never ignored.
fn ignored(policy: &TrustPolicy, name: &str) -> bool {
    Measure::from_name(name).is_some_and(is_advice) && !policy.gates.contains_key(name)
}

/// Policy before shipped thresholds; `None` for a gate that neither knows, which is never a mandatory one.
fn demand(policy: &TrustPolicy, thresholds: &Thresholds, plan: &ChallengePlan, name: &str) -> Option<Demand> {
    let measure = Measure::from_name(name)?;
    let shipped = thresholds.of(measure)?;
    let bound = policy.gates.get(name).copied().unwrap_or(shipped);
    // One error in a phrase is all that its entropy allows for, whatever a policy says.
    let least =
        if measure == Measure::Phrase { phrase::required_score(plan.phrase().len()) } else { i32::MIN };
    let sense = match measure.row().sense {
        gates::Sense::AtLeast => Sense::AtLeast,
        gates::Sense::AtMost => Sense::AtMost,
    };
    Some(Demand { bound: bound.max(least), sense, secret: measure.row().sight == Sight::Secret })
}

/// A source that cannot show a thing is not asked for it, and its plan has the less entropy: no gate is excused here.
fn judged(
    policy: &TrustPolicy,
    report: &LivenessReport,
    plan: &ChallengePlan,
    mandatory: &[Measure],
    demand: impl Fn(&str) -> Option<Demand>,
    subject: &str,
    checks: &mut Checks,
) -> bool {
    let missing: Vec<_> = mandatory
        .iter()
        .map(|measure| measure.name())
        .filter(|name| match (report.gate(name), demand(name)) {
            (Some(gate), Some(demand)) => gate.value.is_none() && !demand.secret,
            _ => true,
        })
        .collect();
    let failed: Vec<_> =
        report.gates.iter().filter(|gate| !holds(gate)).map(|gate| gate.name.as_str()).collect();
    let (advised, failed): (Vec<_>, Vec<_>) = failed.into_iter().partition(|name| ignored(policy, name));
    let excused = excused(report, plan);
    let compared = format!(
        "{} gates judged, {} mandatory; missing or without a value [{}], failed [{}], not shown [{}] (as the plan says: {excused}); \
         advice alone: failed [{}], screen light: {}",
        report.gates.len(),
        mandatory.len(),
        missing.join(", "),
        failed.join(", "),
        report.not_shown.join(", "),
        advised.join(", "),
        advice(report)
    );
    checks.note(code::GATES, subject, missing.is_empty() && failed.is_empty() && excused, compared)
}

/// What the screen's light says, for whoever reads the answer. Nothing here hangs on it.
fn advice(report: &LivenessReport) -> &'static str {
    match &report.light_advice {
        None => "not shone",
        Some(advice) => advice.doubt.map_or("no doubt", LightDoubt::as_str),
    }
}

/// `not_shown` says what the plan does without, no more and no less. Kiosks in whose version a gate decides that is
/// advice here name that one too.
fn excused(report: &LivenessReport, plan: &ChallengePlan) -> bool {
    let advice = |name: &&str| Measure::from_name(name).is_some_and(is_advice);
    let said: BTreeSet<&str> =
        report.not_shown.iter().map(String::as_str).filter(|name| !advice(name)).collect();
    said == not_asked(&plan.prompts, plan.lips_in_step).into_iter().map(Measure::name).collect()
}

/// Passed, and if its value travels, on the right side of its bound.
fn holds(gate: &Gate) -> bool {
    gate.passed && gate.value.is_none_or(|value| stricter(value, gate.bound, gate.sense))
}

fn stricter(value: i32, bound: i32, sense: Sense) -> bool {
    match sense {
        Sense::AtLeast => value >= bound,
        Sense::AtMost => value <= bound,
    }
}

/// Every known gate was judged in the right sense, with a bound no looser than the one demanded, and its value keeps
/// that one too.
fn strict(
    policy: &TrustPolicy,
    report: &LivenessReport,
    demand: impl Fn(&str) -> Option<Demand>,
    subject: &str,
    checks: &mut Checks,
) -> bool {
    let loose: Vec<_> = report
        .gates
        .iter()
        .filter_map(|gate| {
            let demand = demand(&gate.name).filter(|_| !ignored(policy, &gate.name))?;
            let strict = gate.sense == demand.sense
                && stricter(gate.bound, demand.bound, demand.sense)
                && gate.value.is_none_or(|value| stricter(value, demand.bound, demand.sense));
            (!strict).then(|| {
                format!(
                    "{} {:?} {} (demanded: {:?} {})",
                    gate.name, gate.sense, gate.bound, demand.sense, demand.bound
                )
            })
        })
        .collect();
    let compared = format!(
        "each bound with the policy's, else the shipped one; looser or in another sense: [{}]",
        loose.join(", ")
    );
    checks.note(code::GATE_BOUNDS, subject, loose.is_empty(), compared)
}
