//! Step 7: is it all in the log, in an order that makes sense?
//!
//! It runs before the other steps, because they ask where in the log a thing stands.

use std::collections::BTreeMap;

use super::code;
use super::objects::{Decoded, Objects};
use super::report::Checks;
use crate::bundle::LogEntry;
use crate::id::Id;
use crate::log::tree::{leaf_hash, verify_inclusion};
use crate::log::{Checkpoint, LogRecord};
use crate::object::Object;
use crate::policy::TrustPolicy;

/// Index in the log of each object whose inclusion is proved.
#[derive(Default)]
pub(crate) struct Places(BTreeMap<Id, u64>);

impl Places {
    /// Where an object stands.
    pub fn of(&self, id: &Id) -> Option<u64> {
        self.0.get(id).copied()
    }

    /// Whether both stand in the log, and the first before the second.
    pub fn before(&self, first: &Id, second: &Id) -> bool {
        matches!((self.of(first), self.of(second)), (Some(first), Some(second)) if first < second)
    }
}

/// Checks checkpoint, inclusion and order of an approval; `None` without a log to believe, in which case nothing can be
/// said of what was in force. A body that is not signed yet stands where it will: at the log's end.
pub(crate) fn check(d: &Decoded, policy: &TrustPolicy, checks: &mut Checks) -> Option<Places> {
    let objects = d.logged();
    let mut places = logged(&objects, &d.bundle.log, &d.bundle.checkpoint, policy, checks)?;
    if !objects.contains_key(&d.body.id) {
        let size = Checkpoint::open(&d.bundle.checkpoint, &policy.log.origin, &policy.log.key).ok()?.size;
        places.0.insert(d.body.id, size);
    }
    order(d, &places, checks);
    Some(places)
}

/// Checks checkpoint and inclusion of these objects, no more and no fewer; `None` unless all of it holds.
pub(crate) fn logged(
    objects: &Objects<'_>,
    entries: &[LogEntry],
    checkpoint: &str,
    policy: &TrustPolicy,
    checks: &mut Checks,
) -> Option<Places> {
    let log = &policy.log;
    let checkpoint = match Checkpoint::open(checkpoint, &log.origin, &log.key) {
        Ok(checkpoint) => checkpoint,
        Err(error) => {
            checks.note(code::CHECKPOINT, "", false, error.to_string());
            return None;
        }
    };
    let compared = format!("{}, {} records, signed by {}", log.origin, checkpoint.size, log.key.short());
    checks.note(code::CHECKPOINT, "", true, compared);
    inclusion(objects, entries, &checkpoint, checks)
}

fn inclusion(
    objects: &Objects<'_>,
    entries: &[LogEntry],
    checkpoint: &Checkpoint,
    checks: &mut Checks,
) -> Option<Places> {
    let mut places = Places::default();
    let mut follows: Vec<(Id, Vec<Id>)> = Vec::new();
    let mut whole = true;
    for entry in entries {
        let subject = format!("log entry {}", entry.index);
        let mut refuse = |why: String| {
            whole = checks.note(code::INCLUSION, &subject, false, why);
        };
        let record = match LogRecord::from_payload(&entry.record.0) {
            Ok(record) => record,
            Err(error) => {
                refuse(error.to_string());
                continue;
            }
        };
        let Some((kind, bytes)) = objects.get(&record.object) else {
            refuse(format!("names {}, which is not in the bundle", record.object));
            continue;
        };
        let leaf = leaf_hash(&entry.record.0);
        if record.object_type != *kind {
            refuse(format!("calls {} a {}, it is a {kind}", record.object.short(), record.object_type));
        } else if !record.opens(&entry.salt, bytes) {
            refuse(format!("commits to other bytes of {kind} {}", record.object.short()));
        } else if !verify_inclusion(&leaf, entry.index, checkpoint.size, &entry.proof, &checkpoint.root) {
            refuse(format!("{kind} {} is not under the checkpoint", record.object.short()));
        } else if places.0.insert(record.object, entry.index).is_some() {
            refuse(format!("{kind} {} has two entries", record.object.short()));
        } else {
            follows.push((record.object, record.previous));
        }
    }
    // What a record says that it follows stands before it, wherever the bundle shows both.
    let late = follows.iter().find_map(|(id, previous)| {
        let late = previous.iter().find(|before| places.of(before).is_some() && !places.before(before, id));
        late.map(|before| {
            format!("{} says that it follows {}, which stands later", id.short(), before.short())
        })
    });
    if let Some(why) = late {
        whole = checks.note(code::INCLUSION, "", false, why);
    }
    for (id, (kind, _)) in objects.iter().filter(|(id, _)| places.of(id).is_none()) {
        whole = checks.note(code::INCLUSION, "", false, format!("{kind} {} has no log entry", id.short()));
    }
    if whole {
        let compared = format!("{} objects under the root of {} records", places.0.len(), checkpoint.size);
        checks.note(code::INCLUSION, "", true, compared);
    }
    // Nothing that follows from places is asked where one is missing: the first failure named has to be the cause.
    whole.then_some(places)
}

/// Request before verdict before each co-signature before the body; each epoch before the co-signatures made under it.
fn order(d: &Decoded, places: &Places, checks: &mut Checks) {
    let (request, verdict, body) = (d.request.id(), d.verdict.id(), d.body.id);
    let mut holds = places.before(&request, &verdict);
    for cosignature in &d.cosignatures {
        let id = cosignature.id();
        holds &= places.before(&verdict, &id)
            && places.before(&id, &body)
            && places.before(&cosignature.payload().epoch, &id);
    }
    let place = |id: &Id| places.of(id).map_or("none".to_owned(), |index| index.to_string());
    let cosignatures: Vec<_> = d.cosignatures.iter().map(|c| place(&c.id())).collect();
    let compared = format!(
        "request {} < verdict {} < co-signatures {} < approval {}",
        place(&request),
        place(&verdict),
        cosignatures.join(", "),
        place(&body)
    );
    checks.note(code::ORDER, "", holds, compared);
}
