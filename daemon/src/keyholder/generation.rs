//! What a keyholder says in a key generation. Whoever conducts it brings all that was said so far, in order; what this
//! keyholder says is kept before it is sent, so that it never says two things.
//!
//! Who conducts may lie to one of them about what another said. Then they come to different committees, and no
//! committee has the signatures of all of its members, which whoever locks for it asks for.

use wetsign_attest::{Endorsed, Signed};
use wetsign_container::{
    Committee, ShareKey,
    keygen::{Party, Plan, Record, Say, Spoken},
};

use super::desk::draw;
use super::{Keyholder, Refusal};
use crate::{
    keys,
    store::{Batch, Table},
};

/// Most entries of a key generation: a deal, a word and an answer of each, and the ends of phases.
const ENTRIES: usize = 64;
/// Before plan and phase.
const SAID: &[u8] = b"keyholder-said-";

/// What a keyholder answers.
#[derive(Debug, Default)]
pub struct Said {
    /// A signed deal, word or answer.
    pub said: Option<Vec<u8>>,
    /// The committee, signed by this keyholder alone, once it is done.
    pub committee: Option<Endorsed<Committee>>,
}

impl Keyholder {
    /// What this keyholder has to say now. An empty entry ends a phase for whoever was silent.
    ///
    /// # Errors
    /// [`Refusal::Plan`] if its operator did not name the plan; [`Refusal::Container`] for an entry that is refused, or
    /// a key generation of which nothing came.
    pub fn speak(&self, plan: &[u8], previous: &[u8], entries: &[Vec<u8>]) -> Result<Said, Refusal> {
        let plan = Signed::<Plan>::decode(plan)?;
        if !self.settings.plans.contains(&plan.id()) {
            return Err(Refusal::Plan { plan: plan.id() });
        }
        if entries.len() > ENTRIES {
            return Err(Refusal::TooMany { what: "entries", found: entries.len(), bound: ENTRIES });
        }
        let mut record = Record::new(&plan, 0, previous_committee(previous)?)?;
        let mut index = record.began();
        for entry in entries {
            if entry.is_empty() {
                record.close();
                index = record.began();
            } else {
                record.hear(index, &Spoken::decode(entry)?)?;
                index += 1;
            }
        }
        let (seal, state) = (self.seal()?, &self.settings.state);
        let seed = keys::of_keyholder(state, "keyholder-seed")?;
        let held = self.held();
        if let Some(share) = held.share.as_ref().filter(|share| share.committee().plan == plan.id()) {
            // Done before: the keys that it came from are erased.
            let committee = Endorsed::sign(share.committee().clone(), &[&self.key])?;
            return Ok(Said { said: None, committee: Some(committee) });
        }
        let party = Party { me: self.public(), seal: &seal, seed: &seed, old: held.share.as_ref() };
        if record.committee().is_some() {
            let share = party.share(&record)?;
            let before = held.share.as_ref().map(ShareKey::committee_id);
            drop(held);
            let Some(share) = share else {
                if let Some(before) = before {
                    self.retire(before)?;
                }
                return Ok(Said::default());
            };
            let committee = Endorsed::sign(share.committee().clone(), &[&self.key])?;
            self.keep(&committee, share)?;
            return Ok(Said { said: None, committee: Some(committee) });
        }
        let phase = [SAID, plan.id().as_bytes(), &[record.phase() as u8]].concat();
        let Some(say) = party.next(&record, &mut draw)? else { return Ok(Said::default()) };
        if let Some(before) = self.store.get(Table::Meta, &phase)? {
            return Ok(Said { said: Some(before), committee: None });
        }
        let spoken = Say::sign(say, &self.key)?;
        let (kind, id) = spoken.named();
        let mut batch = Batch::new();
        batch.put(Table::Meta, &phase, spoken.bytes());
        self.journal.intend(kind, id, &[plan.id()], spoken.bytes(), batch)?;
        self.journal.append(&id)?;
        Ok(Said { said: Some(spoken.bytes().to_vec()), committee: None })
    }
}

/// The committee that hands on, if all of its members signed it.
fn previous_committee(bytes: &[u8]) -> Result<Option<Committee>, Refusal> {
    if bytes.is_empty() {
        return Ok(None);
    }
    let endorsed = Endorsed::<Committee>::decode(bytes)?;
    let missing = endorsed.payload().members.iter().find(|one| !endorsed.signers().contains(&one.keyholder));
    match missing {
        None => Ok(Some(endorsed.payload().clone())),
        Some(one) => Err(Refusal::Invalid(format!(
            "{} did not sign the committee that hands on: all of its members have to",
            one.keyholder
        ))),
    }
}
