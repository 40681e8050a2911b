//! Step 2: did an owner take the approval back?
//!
//! A withdrawal is believed by its signature and by the descriptor that was in force where it stands. Logged, it
//! brings its own descriptors and its place; alone, as an owner hands it on whose hub does not log it, the newest
//! descriptor of the approval's file says who may. What nobody may have signed changes nothing, and is named.

use std::collections::BTreeSet;

use super::chains;
use super::code;
use super::given::{GivenWithdrawal, Logged};
use super::inclusion::{self, Places};
use super::objects::{Decoded, Objects, add};
use super::report::{Checks, Question};
use super::state::{KnownWithdrawal, VerifierState, Withdrawals};
use crate::cose::Signed;
use crate::id::Id;
use crate::object::{AssetDescriptor, Withdrawal};
use crate::policy::TrustPolicy;
use crate::terms::{Approved, may_withdraw, withdrawn_at, withdraws};

/// A withdrawal's own file is not asked what an approval is asked: only words of a failure are taken out.
static FILE: Question = Question { codes: code::APPROVAL, optional: &[], yes: "", no: "" };

/// Checks the withdrawals that the file shows, that were given and that are remembered; answers those that somebody
/// gave who may.
pub(crate) fn check(
    d: &Decoded,
    places: &Places,
    policy: &TrustPolicy,
    given: &[GivenWithdrawal],
    state: Option<&VerifierState>,
    now: Option<u64>,
    checks: &mut Checks,
) -> Withdrawals {
    let mut believed = Withdrawals::new();
    let mut seen = BTreeSet::new();
    let shown =
        (1..).zip(&d.withdrawals).map(|(number, one)| (format!("withdrawal {number} in the file"), one));
    let given = (1..).zip(given).map(|(number, one)| (format!("withdrawal {number} given"), one));
    for (subject, one) in shown.chain(given) {
        let id = one.signed.id();
        match judge(one, d, policy, state) {
            Err(why) => {
                let compared = format!("withdrawal {} changes nothing: it is {why}", id.short());
                checks.note(code::WITHDRAWN, &subject, true, compared);
            }
            Ok(known) => {
                says(d, places, &subject, &id, &known, now, checks);
                seen.insert(id);
                let asset = known.withdrawal.asset;
                believed.entry(asset).or_default().insert(id, known);
            }
        }
    }
    let remembered = state.into_iter().flat_map(|state| {
        d.request.payload().assets.iter().filter_map(|asset| state.withdrawals.get(asset)).flatten()
    });
    for (id, known) in remembered.filter(|(id, _)| !seen.contains(id)) {
        says(d, places, "withdrawal remembered", id, known, now, checks);
    }
    if !checks.met(code::WITHDRAWN) {
        if state.is_some() {
            checks.note(code::WITHDRAWN, "", true, "no withdrawal is remembered, and none was given");
        } else {
            let why =
                "only owners and the log's owner can say that nobody withdrew; no word of either was given";
            checks.skip(code::WITHDRAWN, "", why);
        }
    }
    believed
}

/// What a withdrawal that somebody gave who may says of this approval.
fn says(
    d: &Decoded,
    places: &Places,
    subject: &str,
    id: &Id,
    known: &KnownWithdrawal,
    now: Option<u64>,
    checks: &mut Checks,
) {
    let KnownWithdrawal { withdrawal, log_index } = known;
    let approval = Approved { id: d.body.id, place: places.of(&d.body.id), time: d.body.payload.time };
    let (who, time) = (withdrawal.signed_by, withdrawal.time);
    let why = withdrawal.reason.as_ref().map_or(String::new(), |reason| format!(", {reason:?}"));
    let place = log_index.map_or(String::new(), |index| format!(", at log index {index}"));
    if !withdraws(withdrawal, *log_index, &approval) {
        let compared = match withdrawal.approval {
            Some(other) => format!("withdrawal {} is of approval {}", id.short(), other.short()),
            None => format!("withdrawal {} of {time}{place} is older than this approval", id.short()),
        };
        checks.note(code::WITHDRAWN, subject, true, format!("{compared}, and ends another one"));
    } else if withdrawn_at(withdrawal, now) {
        checks.note(code::WITHDRAWN, subject, false, format!("withdrawn by {who} at {time}{place}{why}"));
    } else {
        let asked = now.unwrap_or(time);
        let compared = format!("withdrawn by {who} at {time} only, after the time asked about, {asked}{why}");
        checks.note(code::WITHDRAWN, subject, true, compared);
    }
}

/// Whether its signer may withdraw for the asset, which has to be one of the request's.
fn judge(
    given: &GivenWithdrawal,
    d: &Decoded,
    policy: &TrustPolicy,
    state: Option<&VerifierState>,
) -> Result<KnownWithdrawal, String> {
    let withdrawal = given.signed.payload();
    let asset = withdrawal.asset;
    if !d.request.payload().assets.contains(&asset) {
        return Err(format!("of asset {}, which is not asked for", asset.short()));
    }
    let shown = match &given.logged {
        None => (chains::descriptors_of(&d.descriptors, &asset).pop().map(|(_, newest)| newest), None),
        Some(logged) => {
            let (descriptor, place) = in_force(&given.signed, logged, policy)?;
            (Some(descriptor), Some(place))
        }
    };
    let (Some(descriptor), log_index) = shown else {
        return Err("of an asset whose descriptor is not shown".into());
    };
    let descriptor = descriptor.payload();
    let known = state.and_then(|state| state.descriptors.get(&asset));
    if let Some(known) = known
        && known.number > descriptor.revision
        && log_index.is_none_or(|place| known.log_index < place)
    {
        return Err(format!(
            "shown without descriptor revision {}, which is remembered: who may withdraw is not known",
            known.number
        ));
    }
    may_withdraw(descriptor, &withdrawal.signed_by, withdrawal.time).require()?;
    Ok(KnownWithdrawal { withdrawal: withdrawal.clone(), log_index })
}

/// The descriptor in force where a logged withdrawal stands, and its place.
fn in_force<'a>(
    signed: &'a Signed<Withdrawal>,
    logged: &'a Logged,
    policy: &TrustPolicy,
) -> Result<(&'a Signed<AssetDescriptor>, u64), String> {
    let id = signed.id();
    let mut objects = Objects::new();
    add(&mut objects, std::slice::from_ref(signed));
    add(&mut objects, &logged.descriptors);
    let mut checks = Checks::of(&FILE);
    let places = inclusion::logged(&objects, &logged.log, &logged.checkpoint, policy, &mut checks);
    let chain = chains::descriptors_of(&logged.descriptors, &signed.payload().asset);
    let sound = chain.len() == logged.descriptors.len() && chains::descriptor_chain("", &chain, &mut checks);
    let (Some(places), true) = (places, sound) else {
        let why = checks.first_failure().unwrap_or("the descriptors are of another asset");
        return Err(format!("not shown to be in the log: {why}"));
    };
    let place = places.of(&id).ok_or("without a place in the log")?;
    let descriptor = chains::highest(&chain, &places, &id);
    Ok((descriptor.ok_or("without a descriptor before it in the log")?, place))
}
