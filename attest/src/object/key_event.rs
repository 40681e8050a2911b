//! What happens to a person's keys: who may say so, which keys may approve, who helps when all of them are lost.

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

use super::{Object, ascending, moment, numbered};
use crate::error::Error;
use crate::id::{Id, PublicKey};
use crate::limits;

/// One event in the life of a person's keys. Events are chained; who may sign which, and from when on it holds, is said
/// once in [`crate::terms`].
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cbor(map)]
pub struct KeyEvent {
    /// Whose keys: the key under which the person was first enrolled. It stays their name when it is replaced.
    #[n(1)]
    pub person: PublicKey,
    /// 1 for the first event, then one more each time.
    #[n(2)]
    pub number: u64,
    /// Id of the event before; absent in the first.
    #[n(3)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous: Option<Id>,
    /// What happens.
    #[n(4)]
    pub act: KeyAct,
    /// Who says so, and signs.
    #[n(5)]
    pub signed_by: PublicKey,
    /// UTC seconds.
    #[n(6)]
    pub time: u64,
}

/// What happens to a person's keys.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum KeyAct {
    /// An admin key says anew which keys there are. Before the first event the person's own key is the admin.
    #[n(1)]
    Set(#[n(0)] KeySet),
    /// A key that was named as an approving one says that it is this person's. Until it does, it approves nothing.
    #[n(2)]
    Accept,
    /// An agent wants these keys in the place of those that are lost.
    #[n(3)]
    Recover(#[n(0)] KeySet),
    /// Another agent wants the same.
    #[n(4)]
    Support {
        /// The event that recovers.
        #[n(0)]
        recovery: Id,
    },
    /// An admin key ends a recovery.
    #[n(5)]
    Revert {
        /// The event that recovers.
        #[n(0)]
        recovery: Id,
    },
}

/// Which keys a person has, and who helps when they are lost.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cbor(map)]
pub struct KeySet {
    /// Keys that say which keys there are, 1 to 8, strictly ascending.
    #[n(1)]
    pub admins: Vec<PublicKey>,
    /// Keys that approve, 1 to 8, strictly ascending. Each is enrolled at a kiosk, in a leaf of its own.
    #[n(2)]
    pub approving: Vec<PublicKey>,
    /// Keys of other people who can recover these, 16 at most, strictly ascending.
    #[n(3)]
    pub agents: Vec<PublicKey>,
    /// How many agents a recovery needs; 0 if and only if there are none.
    #[n(4)]
    pub needed: u32,
}

impl KeySet {
    /// One key that does everything, and nobody who helps: what a person has who never said anything else.
    pub fn of(key: PublicKey) -> Self {
        Self { admins: vec![key], approving: vec![key], agents: Vec::new(), needed: 0 }
    }

    fn check(&self) -> Result<(), Error> {
        let wrong = |field, why: &str| Err(Error::value(KeyEvent::TYPE, field, why));
        for (field, keys, most) in [
            ("admins", &self.admins, limits::OWN_KEYS),
            ("approving", &self.approving, limits::OWN_KEYS),
            ("agents", &self.agents, limits::KEY_AGENTS),
        ] {
            ascending(KeyEvent::TYPE, field, keys, most, |key| key)?;
            if let Some(nobody) = keys.iter().find(|key| !key.is_usable()) {
                return wrong(field, &format!("names {nobody}, with which nobody can sign"));
            }
        }
        if self.admins.is_empty() || self.approving.is_empty() {
            return wrong(
                "admins",
                "and approving keys have to be one at least: else nobody has a say any more",
            );
        }
        if (self.needed == 0) != self.agents.is_empty() || self.needed as usize > self.agents.len() {
            return wrong("needed", "must be 1 to as many as there are agents, or 0 where there are none");
        }
        let own = |agent: &&PublicKey| self.admins.contains(agent) || self.approving.contains(agent);
        if let Some(both) = self.agents.iter().find(own) {
            return wrong(
                "agents",
                &format!("names the person's own key {both}: whoever has it would be an agent too"),
            );
        }
        Ok(())
    }
}

impl KeyAct {
    /// The keys that it would set, if it would.
    pub fn keys(&self) -> Option<&KeySet> {
        match self {
            Self::Set(keys) | Self::Recover(keys) => Some(keys),
            Self::Accept | Self::Support { .. } | Self::Revert { .. } => None,
        }
    }

    /// In one word or two.
    pub fn words(&self) -> &'static str {
        match self {
            Self::Set(_) => "keys set",
            Self::Accept => "key accepted",
            Self::Recover(_) => "recovery",
            Self::Support { .. } => "recovery supported",
            Self::Revert { .. } => "recovery reverted",
        }
    }
}

impl Object for KeyEvent {
    const TYPE: &'static str = "wetsign/key-event/1";
    const LIMIT: usize = limits::KEY_EVENT;
    const BY_PERSON: bool = true;

    fn signer(&self) -> Option<PublicKey> {
        Some(self.signed_by)
    }

    fn check(&self) -> Result<(), Error> {
        numbered(Self::TYPE, "number", self.number, self.previous.as_ref())?;
        moment(Self::TYPE, "time", self.time)?;
        self.act.keys().map_or(Ok(()), KeySet::check)
    }
}
