//! Step 2: which descriptor and which rules were in force when the approval was made?
//!
//! In force is the highest revision whose place in the log is before the approval body's: an owner's no stops what
//! waits. The verdict was given later than it, so that people approved under these rules and no others. What a
//! requester says of the time of a request proves nothing.

use std::collections::BTreeMap;

use super::code;
use super::inclusion::Places;
use super::known::Known;
use super::objects::Decoded;
use super::report::Checks;
use super::state::{KnownRevision, VerifierState};
use crate::cose::Signed;
use crate::id::Id;
use crate::object::{AssetDescriptor, RulesRevision};
use crate::terms::may_revise;

/// What was in force for one asset.
pub(crate) struct AssetInForce<'a> {
    pub asset: Id,
    pub subject: String,
    pub descriptor: &'a Signed<AssetDescriptor>,
    pub rules: &'a Signed<RulesRevision>,
}

/// Checks every chain; answers what was in force for the assets where all held, in the request's order.
pub(crate) fn check<'a>(
    d: &'a Decoded,
    places: &Places,
    state: Option<&VerifierState>,
    known: &Known,
    checks: &mut Checks,
) -> Vec<AssetInForce<'a>> {
    let mut in_force = Vec::new();
    for (index, asset) in d.request.payload().assets.iter().enumerate() {
        let subject = format!("asset {}", index + 1);
        let descriptors = descriptors_of(&d.descriptors, asset);
        let revisions =
            sorted(&d.rules, |object| (object.payload().asset == *asset).then_some(object.payload().number));
        equivocation(&subject, &descriptors, &revisions, checks);
        let sound = descriptor_chain(&subject, &descriptors, checks);
        let sound = rules_chain(d, &subject, &descriptors, &revisions, places, known, checks) && sound;
        let (verdict, approval) = (d.verdict.id(), d.body.id);
        let descriptor = highest(&descriptors, places, &approval);
        let revision = highest(&revisions, places, &approval);
        let body = &d.body.payload;
        let named = (body.descriptors.get(index).copied(), body.rules.get(index).copied());
        let found = (descriptor.map(Signed::id), revision.map(Signed::id));
        let judged = [found.0, found.1].iter().flatten().all(|id| places.before(id, &verdict));
        let short = |id: Option<Id>| id.map_or("none".to_owned(), |id| id.short());
        let compared = format!(
            "descriptor {} and rules {} are the highest before the approval (before the verdict too: {judged}), the approval \
             names {} and {}",
            short(found.0),
            short(found.1),
            short(named.0),
            short(named.1)
        );
        let holds = found.0.is_some() && found.1.is_some() && named == found && judged;
        checks.note(code::IN_FORCE, &subject, holds, compared);
        let at = places.of(&approval);
        let shown = descriptor.map(|descriptor| (descriptor.payload().revision, descriptor.id()));
        let newest = state.map(|state| Newest { at, revision: state.descriptors.get(asset) });
        head(code::DESCRIPTOR_HEAD, &subject, shown, newest, checks);
        let shown = revision.map(|revision| (revision.payload().number, revision.id()));
        let newest = state.map(|state| Newest { at, revision: state.rules.get(asset) });
        head(code::RULES_HEAD, &subject, shown, newest, checks);
        if let (true, true, Some(descriptor), Some(rules)) = (sound, holds, descriptor, revision) {
            in_force.push(AssetInForce { asset: *asset, subject, descriptor, rules });
        }
    }
    in_force
}

/// Descriptors of an asset, ascending by revision.
pub(super) fn descriptors_of<'a>(
    descriptors: &'a [Signed<AssetDescriptor>],
    asset: &Id,
) -> Vec<(u64, &'a Signed<AssetDescriptor>)> {
    sorted(descriptors, |object| {
        let payload = object.payload();
        (payload.asset.unwrap_or(object.id()) == *asset).then_some(payload.revision)
    })
}

/// What was in force, to be remembered; `of` gives number and id.
pub(crate) fn revisions(
    in_force: &[AssetInForce<'_>],
    places: &Places,
    of: impl Fn(&AssetInForce<'_>) -> (u64, Id),
) -> BTreeMap<Id, KnownRevision> {
    let known = |asset: &AssetInForce<'_>| {
        let (number, id) = of(asset);
        Some((asset.asset, KnownRevision { number, id, log_index: places.of(&id)? }))
    };
    in_force.iter().filter_map(known).collect()
}

fn sorted<T>(objects: &[Signed<T>], number: impl Fn(&Signed<T>) -> Option<u64>) -> Vec<(u64, &Signed<T>)> {
    let mut list: Vec<_> = objects.iter().filter_map(|object| Some((number(object)?, object))).collect();
    list.sort_by_key(|(number, _)| *number);
    list
}

/// The highest revision that stands before something else in the log.
pub(super) fn highest<'a, T: crate::Object>(
    list: &[(u64, &'a Signed<T>)],
    places: &Places,
    later: &Id,
) -> Option<&'a Signed<T>> {
    list.iter().rev().map(|(_, object)| *object).find(|object| places.before(&object.id(), later))
}

fn equivocation(
    subject: &str,
    descriptors: &[(u64, &Signed<AssetDescriptor>)],
    revisions: &[(u64, &Signed<RulesRevision>)],
    checks: &mut Checks,
) {
    let numbers = |list: Vec<u64>| list.windows(2).find(|pair| pair[0] == pair[1]).map(|pair| pair[0]);
    let twice = numbers(descriptors.iter().map(|(number, _)| *number).collect())
        .or_else(|| numbers(revisions.iter().map(|(number, _)| *number).collect()));
    let compared = match twice {
        Some(number) => format!("there are two revisions {number}: the owner said two things"),
        None => format!(
            "{} descriptor and {} rules revisions, each number once",
            descriptors.len(),
            revisions.len()
        ),
    };
    checks.note(code::EQUIVOCATION, subject, twice.is_none(), compared);
}

pub(super) fn descriptor_chain(
    subject: &str,
    list: &[(u64, &Signed<AssetDescriptor>)],
    checks: &mut Checks,
) -> bool {
    let mut before: Option<&Signed<AssetDescriptor>> = None;
    for (position, (number, object)) in list.iter().enumerate() {
        let payload = object.payload();
        let linked = payload.previous == before.map(Signed::id) && *number == position as u64 + 1;
        let entitled = before.is_none_or(|before| before.payload().owner == payload.signed_by);
        if !linked || !entitled {
            let why = if linked {
                "is not signed by the owner before it"
            } else {
                "does not follow the one before"
            };
            return checks.note(code::DESCRIPTOR_CHAIN, subject, false, format!("revision {number} {why}"));
        }
        before = Some(object);
    }
    let compared = format!("{} revisions, each on the one before, signed by its owner", list.len());
    checks.note(code::DESCRIPTOR_CHAIN, subject, !list.is_empty(), compared)
}

fn rules_chain(
    d: &Decoded,
    subject: &str,
    descriptors: &[(u64, &Signed<AssetDescriptor>)],
    list: &[(u64, &Signed<RulesRevision>)],
    places: &Places,
    known: &Known,
    checks: &mut Checks,
) -> bool {
    let in_force = highest(list, places, &d.body.id).map(Signed::id);
    let mut before: Option<Id> = None;
    for (position, (number, object)) in list.iter().enumerate() {
        let payload = object.payload();
        let refusal = if payload.previous != before || *number != position as u64 + 1 {
            Some("does not follow the one before".to_owned())
        } else {
            let until = (in_force == Some(object.id())).then_some(d.body.payload.time);
            let descriptor = highest(descriptors, places, &object.id());
            match descriptor.map(|descriptor| may_revise(descriptor.payload(), &payload.signed_by, until)) {
                None => Some("has no descriptor before it in the log".to_owned()),
                Some(ruling) if !ruling.holds => Some(format!("is {}", ruling.compared)),
                Some(_) => known.validate(object).err().map(|error| format!("is not valid: {error}")),
            }
        };
        if let Some(why) = refusal {
            return checks.note(code::RULES_CHAIN, subject, false, format!("revision {number} {why}"));
        }
        before = Some(object.id());
    }
    let compared =
        format!("{} revisions, each on the one before, signed by owner or agent, strictly valid", list.len());
    checks.note(code::RULES_CHAIN, subject, !list.is_empty(), compared)
}

/// What a verifier remembers of one chain.
struct Newest<'a> {
    /// The approval's place in the log.
    at: Option<u64>,
    /// Highest revision, if it knows the chain.
    revision: Option<&'a KnownRevision>,
}

/// Whether the verifier remembers a later revision than the one `shown` (number and id), or another of its number.
fn head(
    code: &'static str,
    subject: &str,
    shown: Option<(u64, Id)>,
    newest: Option<Newest<'_>>,
    checks: &mut Checks,
) {
    let Some(Newest { at, revision }) = newest else {
        let why = "only the log's owner can say that no later revision exists; no memory of one was given";
        return checks.skip(code, subject, why);
    };
    let later = revision.is_some_and(|known| {
        at.is_none_or(|approval| known.log_index < approval)
            && shown.is_none_or(|(number, id)| {
                known.number > number || (known.number == number && known.id != id)
            })
    });
    let compared = revision.map_or("no revision known before".to_owned(), |known| {
        format!("highest known: revision {} ({}) at {}", known.number, known.id.short(), known.log_index)
    });
    checks.note(code, subject, !later, compared);
}
