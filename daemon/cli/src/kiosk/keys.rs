//! `wetsign keys`: which keys a person has, who has a say in it, who helps when all are lost.
//!
//! The rules are the kiosk's and the verifier's own ([`wetsign_attest::terms`]), and are asked here first: what would
//! not be taken is not sent.

use std::fmt::Write as _;
use std::path::PathBuf;

use anyhow::{Context, anyhow, bail};
use clap::{Args, Subcommand};
use serde_json::json;
use wetsign_api::v1;
use wetsign_attest::Signed;
use wetsign_attest::id::{Id, PublicKey};
use wetsign_attest::object::{KeyAct, KeyEvent, KeySet};
use wetsign_attest::terms::Keys;
use wetsign_program::clock;

use super::address::Address;
use super::companion::Way;
use super::signer::Signer;
use super::words::{MINUTE, id_bytes, moment};
use crate::output::{Answer, Outcome};

/// `wetsign keys`.
#[derive(Debug, Args)]
pub struct KeysArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: KeysCommand,
}

/// Commands of `wetsign keys`.
#[derive(Debug, Subcommand)]
pub enum KeysCommand {
    /// The keys of the person with this key: who has a say, which approve, who can recover them, what waits.
    Show {
        /// Any key of theirs, hexadecimal.
        key: PublicKey,
    },
    /// Say anew which keys you have; lists that are not given stay as they are. Signed by an admin key, at first by the
    /// one that you enrolled with. Each holds from the next registry epoch on.
    ///
    /// To replace a phone: name both (--approving OLD --approving NEW), let the new one accept, enrol with it at the
    /// kiosk, then name the new one alone. To take a stolen one away: name the others alone. What was taken away never
    /// comes back.
    Set {
        /// Whose keys, and who signs.
        #[command(flatten)]
        by: By,
        /// Which keys.
        #[command(flatten)]
        named: Named,
    },
    /// Say with a new key that it is this person's: an admin key has to have named it as an approving one.
    Accept(By),
    /// As an agent: ask for new keys for a person who lost theirs. It holds seven days after enough agents want it,
    /// unless an admin key reverts it.
    Recover {
        /// Whose keys, and who signs.
        #[command(flatten)]
        by: By,
        /// Which keys.
        #[command(flatten)]
        named: Named,
    },
    /// As another agent: want the same recovery.
    Support(About),
    /// End a recovery that waits, with an admin key.
    Revert(About),
}

/// Whose keys it is about, and who signs.
#[derive(Debug, Args)]
pub struct By {
    /// The person: any key of theirs, hexadecimal.
    #[arg(long, value_name = "KEY")]
    person: PublicKey,
    /// The file of the key that signs: of `wetsign key new`, or of `wetsign companion new`.
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
}

/// Which recovery.
#[derive(Debug, Args)]
pub struct About {
    /// Whose keys, and who signs.
    #[command(flatten)]
    by: By,
    /// The recovery's id, as `wetsign keys show` says it.
    #[arg(long, value_name = "ID")]
    recovery: String,
}

/// A set of keys; lists that are not given stay as they are.
#[derive(Debug, Args)]
pub struct Named {
    /// A key that says which keys there are (repeatable, 8 at most).
    #[arg(long = "admin", value_name = "KEY")]
    admins: Vec<PublicKey>,
    /// A key that approves (repeatable, 8 at most).
    #[arg(long = "approving", value_name = "KEY")]
    approving: Vec<PublicKey>,
    /// A key of somebody else who can recover yours (repeatable, 16 at most).
    #[arg(long = "agent", value_name = "KEY", conflicts_with = "no_agents")]
    agents: Vec<PublicKey>,
    /// Nobody can.
    #[arg(long)]
    no_agents: bool,
    /// How many agents a recovery needs.
    #[arg(long, value_name = "NUMBER")]
    needed: Option<u32>,
}

impl Named {
    fn over(&self, present: &KeySet) -> KeySet {
        let list = |given: &[PublicKey], present: &[PublicKey]| {
            let mut keys = if given.is_empty() { present.to_vec() } else { given.to_vec() };
            keys.sort_unstable();
            keys.dedup();
            keys
        };
        let agents = if self.no_agents { Vec::new() } else { list(&self.agents, &present.agents) };
        let needed = self.needed.unwrap_or(if agents.is_empty() { 0 } else { present.needed });
        let (admins, approving) =
            (list(&self.admins, &present.admins), list(&self.approving, &present.approving));
        KeySet { admins, approving, agents, needed }
    }
}

/// Runs a command of `wetsign keys`.
pub async fn run(command: &KeysCommand, kiosk: &Address) -> anyhow::Result<Answer> {
    let about =
        |about: &About| Id::try_from(id_bytes(&about.recovery)?.as_slice()).map_err(anyhow::Error::from);
    match command {
        KeysCommand::Show { key } => {
            let way = Way::Door(Box::new(kiosk.connect().await?));
            let told = Told::read(&way.keys(key).await?)?;
            Ok(told.answer(clock::now()?, ""))
        }
        KeysCommand::Set { by, named } => say(by, kiosk, |keys| KeyAct::Set(named.over(keys.set()))).await,
        KeysCommand::Accept(by) => say(by, kiosk, |_| KeyAct::Accept).await,
        KeysCommand::Recover { by, named } => {
            if named.admins.is_empty() || named.approving.is_empty() {
                bail!("a recovery sets new keys: which --admin, and which --approving?");
            }
            say(by, kiosk, |keys| KeyAct::Recover(named.over(keys.set()))).await
        }
        KeysCommand::Support(args) => {
            let recovery = about(args)?;
            say(&args.by, kiosk, |_| KeyAct::Support { recovery }).await
        }
        KeysCommand::Revert(args) => {
            let recovery = about(args)?;
            say(&args.by, kiosk, |_| KeyAct::Revert { recovery }).await
        }
    }
}

async fn say(by: &By, kiosk: &Address, act: impl FnOnce(&Keys) -> KeyAct) -> anyhow::Result<Answer> {
    let signer = Signer::read(&by.key)?;
    let way = signer.way(kiosk).await?;
    let before = Told::read(&way.keys(&by.person).await?)?;
    let time = clock::now()?;
    let keys = before.keys.at(time);
    let (number, previous) = keys.newest().map_or((1, None), |(number, id)| (number + 1, Some(id)));
    let event = KeyEvent {
        person: keys.person(),
        number,
        previous,
        act: act(&keys),
        signed_by: signer.public(),
        time,
    };
    let signed = signer.sign(event)?;
    if let Err(why) = keys.after(signed.id(), signed.payload()) {
        let json = json!({ "ok": false, "why": why });
        return Ok(Answer { outcome: Outcome::No, text: format!("not sent: {why}\n"), json });
    }
    let told = Told::read(&way.tell_keys(signed.bytes()).await?)?;
    if told.keys.newest().map(|(_, id)| id) != Some(signed.id()) {
        bail!("the kiosk answers with other events than the one it was told");
    }
    let words = format!("{}, and in the log: {}\n", signed.payload().act.words(), signed.id());
    Ok(told.answer(time, &words))
}

/// What a kiosk told of a person's keys, each event checked.
struct Told {
    keys: Keys,
    events: Vec<Signed<KeyEvent>>,
}

impl Told {
    fn read(told: &v1::PersonKeys) -> anyhow::Result<Self> {
        let mut keys = Keys::enrolled(PublicKey::try_from(told.person.as_slice())?);
        let mut events = Vec::new();
        for bytes in &told.events {
            let signed = Signed::<KeyEvent>::decode(bytes)
                .context("the kiosk sent a key event that cannot be read")?;
            let after = keys.after(signed.id(), signed.payload());
            keys = after.map_err(|why| anyhow!("the kiosk told a key event that cannot be: {why}"))?;
            events.push(signed);
        }
        Ok(Self { keys, events })
    }

    fn answer(&self, now: u64, first: &str) -> Answer {
        let keys = self.keys.at(now);
        let set = keys.set();
        let mut text = format!("{first}person     {}\n", keys.person());
        let mut row = |name: &str, words: String| {
            let _ = writeln!(text, "{name:<10} {words}");
        };
        for key in &set.admins {
            row("admin", key.to_string());
        }
        for key in &set.approving {
            let accepted =
                if keys.may_approve(key).holds { "" } else { "  (named; it has not accepted that yet)" };
            row("approving", format!("{key}{accepted}"));
        }
        for key in &set.agents {
            row("agent", format!("{key}  ({} of {} recover)", set.needed, set.agents.len()));
        }
        for key in keys.former() {
            row("former", format!("{key}  (approves no more, from the next registry epoch on)"));
        }
        for waiting in keys.recoveries() {
            let count = waiting.agents.len();
            let when = waiting.effective.map_or_else(
                || format!("{count} of {} agents want it", set.needed),
                |at| format!("holds from {} on, unless an admin key reverts it", moment(at, MINUTE)),
            );
            let approving: Vec<_> = waiting.keys.approving.iter().map(ToString::to_string).collect();
            row("recovery", format!("{}  {when}; approving then: {}", waiting.id, approving.join(", ")));
        }
        let recoveries: Vec<_> = keys
            .recoveries()
            .iter()
            .map(|one| json!({ "id": one.id, "keys": one.keys, "agents": one.agents, "effective": one.effective }))
            .collect();
        let json = json!({
            "ok": true,
            "person": keys.person(),
            "keys": set,
            "accepted": keys.approving().collect::<Vec<_>>(),
            "former": keys.former().collect::<Vec<_>>(),
            "recoveries": recoveries,
            "events": self.events.iter().map(Signed::payload).collect::<Vec<_>>(),
        });
        Answer { outcome: Outcome::Yes, text, json }
    }
}

#[cfg(test)]
mod tests {
    use ed25519_dalek::SigningKey;

    use super::*;

    fn key(number: u8) -> SigningKey {
        SigningKey::from_bytes(&[number; 32])
    }

    fn public(number: u8) -> PublicKey {
        PublicKey::from(&key(number))
    }

    fn named(admins: &[u8], approving: &[u8], agents: &[u8], needed: Option<u32>) -> Named {
        let keys = |numbers: &[u8]| numbers.iter().map(|number| public(*number)).collect();
        Named {
            admins: keys(admins),
            approving: keys(approving),
            agents: keys(agents),
            no_agents: false,
            needed,
        }
    }

    #[test]
    fn lists_that_are_not_given_stay_and_those_that_are_come_in_order() {
        let present = named(&[1], &[2], &[3, 4, 5], Some(2)).over(&KeySet::of(public(1)));
        assert!(present.agents.is_sorted() && present.needed == 2);
        let next = named(&[], &[9, 8, 9], &[], None).over(&present);
        assert_eq!((&next.admins, &next.agents, next.needed), (&present.admins, &present.agents, 2));
        assert!(next.approving.len() == 2 && next.approving.is_sorted());
        let alone = Named { no_agents: true, ..named(&[], &[], &[], None) }.over(&present);
        assert!(alone.agents.is_empty() && alone.needed == 0);
    }

    #[test]
    fn what_a_kiosk_tells_is_believed_by_its_signatures_alone() {
        let set = named(&[1], &[2], &[], None).over(&KeySet::of(public(1)));
        let event = |signer: u8| {
            let (person, signed_by) = (public(1), public(signer));
            let act = KeyAct::Set(set.clone());
            let event = KeyEvent { person, number: 1, previous: None, act, signed_by, time: 1_790_000_000 };
            Signed::sign(event, &key(signer)).unwrap().bytes().to_vec()
        };
        let told = |events| v1::PersonKeys { person: public(1).as_bytes().to_vec(), events };
        let good = Told::read(&told(vec![event(1)])).unwrap().answer(1_790_000_001, "");
        assert!(good.text.contains("named; it has not accepted"), "{}", good.text);
        assert_eq!(good.json["former"][0], public(1).to_string());
        let refused = |events| Told::read(&told(events)).err().unwrap().to_string();
        assert!(refused(vec![event(3)]).contains("no admin key"));
        assert!(refused(vec![event(1), event(1)]).contains("comes next"));
        let mut bent = event(1);
        *bent.last_mut().unwrap() ^= 1;
        assert!(refused(vec![bent]).contains("cannot be read"));
    }
}
