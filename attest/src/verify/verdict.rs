//! Step 3: do the rules in force permit this request? The verdict is not believed but made again from its own inputs.

use super::chains::AssetInForce;
use super::code;
use super::known::Known;
use super::objects::Decoded;
use super::options::TextScorer;
use super::report::Checks;
use crate::object::{AssetVerdict, Decision};
use crate::policy::TrustPolicy;
use crate::rules::Inputs;

/// Checks the verdict for each asset.
pub(crate) fn check(
    d: &Decoded,
    in_force: &[AssetInForce<'_>],
    policy: &TrustPolicy,
    scorer: Option<&dyn TextScorer>,
    known: &Known,
    checks: &mut Checks,
) {
    let (request, verdict) = (d.request.payload(), d.verdict.payload());
    let covered = verdict.assets.iter().map(|asset| asset.asset).eq(request.assets.iter().copied());
    let compared = format!(
        "verdict of request {} on {} assets, request {} has {}",
        verdict.request.short(),
        verdict.assets.len(),
        d.request.id().short(),
        request.assets.len()
    );
    checks.note(code::VERDICT_SUBJECT, "", verdict.request == d.request.id() && covered, compared);
    for asset in in_force {
        let Some(given) = verdict.assets.iter().find(|given| given.asset == asset.asset) else { continue };
        let inputs = Inputs { now: verdict.time, scores: given.scores.clone() };
        let again = known.evaluate(asset.rules, asset.descriptor.payload(), request, &inputs);
        let (holds, compared) = compare(given, &again);
        checks.note(code::VERDICT_REPRODUCED, &asset.subject, holds, compared);
        let permitted = again.decision == Decision::Permit && given.decision == Decision::Permit;
        let compared = format!("decided by {:?}, errors {:?}", again.deciding, again.errors);
        checks.note(code::VERDICT_PERMITS, &asset.subject, permitted, compared);
        scores(d, asset, given, policy, scorer, checks);
    }
}

fn compare(given: &AssetVerdict, again: &AssetVerdict) -> (bool, String) {
    if given == again {
        let compared = format!("{} inputs evaluated again: same decision, same policies", given.inputs.len());
        return (true, compared);
    }
    let differs = [
        ("descriptor", given.descriptor != again.descriptor),
        ("rules", given.rules != again.rules),
        ("inputs", given.inputs != again.inputs),
        ("scores", given.scores != again.scores),
        ("decision", given.decision != again.decision),
        ("deciding policies", given.deciding != again.deciding),
        ("errors", given.errors != again.errors),
    ];
    let names: Vec<_> = differs.iter().filter(|(_, differs)| *differs).map(|(name, _)| *name).collect();
    (false, format!("evaluated again, these differ: {}", names.join(", ")))
}

/// Every score of the asset is made again, or stands by the word of a checker whom the policy names. What neither does
/// is anybody's number.
fn scores(
    d: &Decoded,
    asset: &AssetInForce<'_>,
    given: &AssetVerdict,
    policy: &TrustPolicy,
    scorer: Option<&dyn TextScorer>,
    checks: &mut Checks,
) {
    let checker = d.verdict.payload().checker;
    let vouched = policy.checkers.contains(&checker);
    let made = scorer.map(|scorer| scorer.scores(d.request.payload())).unwrap_or_default();
    let at_hand = scorer.map(TextScorer::classifiers).unwrap_or_default();
    if given.scores.is_empty() {
        checks.note(code::SCORES, &asset.subject, true, "the rules ask for no score");
    }
    for score in &given.scores {
        let subject = format!("{}, {}", asset.subject, score.label);
        let found = made.iter().find(|made| made.label == score.label && made.classifier == score.classifier);
        if let Some(made) = found {
            let compared = format!("verdict {}, made again {} (thousandths)", score.score, made.score);
            checks.note(code::SCORES, &subject, made.score == score.score, compared);
        } else if at_hand.contains(&score.classifier) {
            let compared = format!(
                "verdict {}, but classifier {}, which is at hand, gives this content no such score",
                score.score,
                score.classifier.short()
            );
            checks.note(code::SCORES, &subject, false, compared);
        } else {
            let compared = format!(
                "classifier {} is not at hand; checker {} is named by the policy: {vouched}",
                score.classifier.short(),
                checker.short()
            );
            checks.note(code::SCORES, &subject, vouched, compared);
        }
    }
}
