//! Step 1: are the bytes what they claim to be, and signed?

use std::collections::{BTreeMap, BTreeSet};

use super::code;
use super::given::GivenWithdrawal;
use super::keys::asked_for;
use super::known::Known;
use super::objects::{Body, Decoded, all, one};
use super::passkeys;
use super::report::Checks;
use super::times;
use crate::bundle::ApprovalBundle;
use crate::cose::{Endorsed, Signed};
use crate::error::Error;
use crate::id::{Digest, Id};
use crate::limits;
use crate::object::{ApprovalBody, Object, RegistryEpoch, StakeSnapshot, within};
use crate::passkey::Presence;
use crate::policy::TrustPolicy;

/// Decodes the bundle and everything in it.
pub(crate) fn decode(
    bytes: &[u8],
    policy: &TrustPolicy,
    now: Option<u64>,
    known: &Known,
    checks: &mut Checks,
) -> Option<Decoded> {
    let bundle = match ApprovalBundle::unverified(bytes) {
        Ok(bundle) => bundle,
        Err(error) => {
            checks.note(code::BUNDLE, "", false, error.to_string());
            return None;
        }
    };
    checks.note(code::BUNDLE, "", true, format!("{} bytes, canonical, within the limits", bytes.len()));
    let body = one("approval body", &bundle.body).map(Body::from);
    read(bundle, body, policy, now, known, checks)
}

/// The same for a body that is not signed yet, with the rest of its bundle.
pub(crate) fn draft(
    body: ApprovalBody,
    rest: ApprovalBundle,
    policy: &TrustPolicy,
    now: Option<u64>,
    known: &Known,
    checks: &mut Checks,
) -> Option<Decoded> {
    let room = limits::APPROVAL + limits::LOG_RECORD + limits::PROOF_HASHES * 40;
    let size = rest.to_bytes().and_then(|bytes| {
        within("bundle", bytes.len() + room, limits::BUNDLE)?;
        within("log entries", rest.log.len() + 1, limits::LOG_ENTRIES)
    });
    let compared = size
        .as_ref()
        .err()
        .map_or_else(|| "with body and log entry still within the limits".to_owned(), ToString::to_string);
    if !checks.note(code::BUNDLE, "", size.is_ok(), compared) {
        return None;
    }
    let body = body.id().map(|id| Body { id, payload: body, signed: None });
    read(rest, body.map_err(|error| ("approval body".to_owned(), error)), policy, now, known, checks)
}

fn read(
    bundle: ApprovalBundle,
    body: Result<Body, (String, Error)>,
    policy: &TrustPolicy,
    now: Option<u64>,
    known: &Known,
    checks: &mut Checks,
) -> Option<Decoded> {
    let decoded = match body.and_then(|body| objects(bundle, body, known)) {
        Ok(decoded) => decoded,
        Err((subject, error)) => {
            checks.note(code::OBJECTS, &subject, false, error.to_string());
            return None;
        }
    };
    let count = decoded.logged().len();
    checks.note(
        code::OBJECTS,
        "",
        true,
        format!("{count} objects of their types, each signed by the key in it"),
    );
    passkeys::check(by_people(&decoded), policy, checks);
    named(&decoded, checks);
    times::check(&decoded, now, checks);
    Some(decoded)
}

/// What people signed, and what their passkeys said, if they were passkeys.
fn by_people(d: &Decoded) -> impl Iterator<Item = (String, Option<&Presence>)> {
    let one = |subject: &str, presence| std::iter::once((subject.to_owned(), presence));
    one("request", d.request.presence())
        .chain(each("descriptor", &d.descriptors))
        .chain(each("rules", &d.rules))
        .chain(each("co-signature", &d.cosignatures))
        .chain(
            each("key event", &d.key_events)
                .zip(&d.key_events)
                .filter_map(|(one, event)| asked_for(event).then_some(one)),
        )
}

fn each<'a, T: Object>(
    subject: &'a str,
    list: &'a [Signed<T>],
) -> impl Iterator<Item = (String, Option<&'a Presence>)> {
    (1..).zip(list).map(move |(number, object)| (format!("{subject} {number}"), object.presence()))
}

/// Revisions and epochs stand in many files: their signatures are checked once.
fn objects(bundle: ApprovalBundle, body: Body, known: &Known) -> Result<Decoded, (String, Error)> {
    let checked = Some(known.signatures());
    let mut stakes = BTreeMap::new();
    for payload in &bundle.stakes {
        let snapshot = StakeSnapshot::from_payload(&payload.0).map_err(|e| ("stake snapshot".into(), e))?;
        stakes.insert(Id::of(&payload.0), snapshot);
    }
    let mut epochs = Vec::new();
    for (index, epoch) in bundle.epochs.iter().enumerate() {
        epochs
            .push(Endorsed::decode_once(&epoch.0, checked).map_err(|e| (format!("epoch {}", index + 1), e))?);
    }
    let mut withdrawals = Vec::new();
    for (index, bytes) in bundle.withdrawals.iter().flatten().enumerate() {
        let given = GivenWithdrawal::in_log(&bytes.0);
        withdrawals.push(given.map_err(|e| (format!("withdrawal {}", index + 1), e))?);
    }
    Ok(Decoded {
        body,
        withdrawals,
        request: one("request", &bundle.request)?,
        descriptors: all("descriptor", &bundle.descriptors, checked)?,
        rules: all("rules", &bundle.rules, checked)?,
        verdict: one("verdict", &bundle.verdict)?,
        cosignatures: all("co-signature", &bundle.cosignatures, None)?,
        key_events: all("key event", bundle.key_events.as_deref().unwrap_or_default(), None)?,
        epochs,
        stakes,
        keys: bundle.verifying_keys.iter().map(|key| (Digest::of(&key.0), key.clone())).collect(),
        bundle,
    })
}

/// The bundle holds what the body names, once each, and nothing that nobody asks for.
fn named(d: &Decoded, checks: &mut Checks) {
    let body = &d.body.payload;
    let assets: BTreeSet<Id> = d.request.payload().assets.iter().copied().collect();
    let descriptors: BTreeSet<Id> = d.descriptors.iter().map(Signed::id).collect();
    let rules: BTreeSet<Id> = d.rules.iter().map(Signed::id).collect();
    let cosignatures: BTreeSet<Id> = d.cosignatures.iter().map(Signed::id).collect();
    let epochs: BTreeSet<Id> = d.epochs.iter().map(Endorsed::id).collect();
    let used: BTreeSet<Digest> = d.cosignatures.iter().map(|c| c.payload().proof.verifying_key).collect();
    let snapshots: BTreeSet<Id> = d.epochs.iter().map(|epoch| epoch.payload().stakes).collect();
    let of_request = |id: Id, asset: Option<Id>| assets.contains(&asset.unwrap_or(id));
    let rows: [(&str, bool); 15] = [
        ("the body names this request", body.request == d.request.id()),
        ("the body names this verdict", body.verdict == d.verdict.id()),
        (
            "the body names these co-signatures",
            body.cosignatures.iter().copied().eq(cosignatures.iter().copied()),
        ),
        ("no co-signature is there twice", cosignatures.len() == d.cosignatures.len()),
        ("the body names one descriptor and one rules revision for each asset", {
            body.descriptors.len() == assets.len() && body.rules.len() == assets.len()
        }),
        ("the descriptors named are there, none twice", {
            body.descriptors.iter().all(|id| descriptors.contains(id))
                && descriptors.len() == d.descriptors.len()
        }),
        ("the rules named are there, none twice", {
            body.rules.iter().all(|id| rules.contains(id)) && rules.len() == d.rules.len()
        }),
        ("each descriptor is of an asset of the request", {
            d.descriptors.iter().all(|object| of_request(object.id(), object.payload().asset))
        }),
        ("each rules revision is of an asset of the request", {
            d.rules.iter().all(|object| assets.contains(&object.payload().asset))
        }),
        ("the epochs named are there, none twice", {
            epochs.contains(&body.epoch)
                && epochs.len() == d.epochs.len()
                && d.cosignatures.iter().all(|c| epochs.contains(&c.payload().epoch))
        }),
        ("the body names the newest epoch that a co-signature was made under", {
            let made_under = |epoch: &&Endorsed<RegistryEpoch>| {
                d.cosignatures.iter().any(|c| c.payload().epoch == epoch.id())
            };
            let newest = d.epochs.iter().filter(made_under).max_by_key(|epoch| epoch.payload().number);
            newest.map(Endorsed::id) == Some(body.epoch)
        }),
        (
            "the stake snapshots are those of the epochs",
            d.stakes.keys().copied().eq(snapshots.iter().copied()),
        ),
        ("no stake snapshot is there twice", d.bundle.stakes.len() == d.stakes.len()),
        ("the verifying keys are those of the proofs", d.keys.keys().copied().eq(used.iter().copied())),
        ("no verifying key is there twice", d.bundle.verifying_keys.len() == d.keys.len()),
    ];
    for (what, _) in rows.iter().filter(|(_, holds)| !holds) {
        checks.note(code::NAMED, "", false, format!("does not hold: {what}"));
    }
    if rows.iter().all(|(_, holds)| *holds) {
        let counts = format!(
            "{} assets, {} co-signatures, {} epochs: what the body names, once each, and nothing else",
            assets.len(),
            cosignatures.len(),
            epochs.len()
        );
        checks.note(code::NAMED, "", true, counts);
    }
}
