//! How a device speaks with its kiosk: over TLS at the kiosk's own door, or sealed through a relay.

use std::path::Path;

use anyhow::{Context, anyhow, bail};
use wetsign_api::relay::{Relay, SYSTEM_AUTHORITIES};
use wetsign_api::{Client, v1};
use wetsign_attest::id::{Blob, PublicKey};
use wetsign_pair::line::{self, Ask, Errand, Packet, Reply, TOLD};
use wetsign_pair::{Back, SealKey, SealPublic};
use wetsign_program::clock;

use crate::kiosk::address::refused;
use crate::output::plain;

/// One that is open.
pub(in crate::kiosk) enum Way {
    /// The kiosk's own door.
    Door(Box<Client>),
    /// A relay.
    Relay(Box<Line>),
}

/// A kiosk's line at a relay.
pub(in crate::kiosk) struct Line {
    at: Meeting,
    key: SealKey,
    kiosk: SealPublic,
    /// The kiosk's key, under which it signs.
    signs: PublicKey,
}

/// What a kiosk keeps of a person.
pub(super) struct Kept {
    /// The leaf of their enrolment.
    pub(super) leaf: Vec<u8>,
    /// The kiosk's key, under which it signs.
    pub(super) kiosk: Vec<u8>,
}

/// Where a line is.
pub(super) struct Meeting {
    relay: Relay,
    path: String,
}

impl Meeting {
    /// The one at an address, `https://HOST/k/NAME`; none for an address of another kind.
    pub(super) fn at(address: &str) -> anyhow::Result<Option<Self>> {
        let Some((relay, name)) = address.rsplit_once("/k/") else { return Ok(None) };
        if name.len() != 64 || !name.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            bail!("{} names no kiosk's line", plain(address));
        }
        let relay = Relay::new(relay, Path::new(SYSTEM_AUTHORITIES))?;
        Ok(Some(Self { relay, path: format!("/k/{name}") }))
    }

    /// Sends a packet; answers what came back.
    pub(super) async fn say(&self, packet: &Packet<'_>) -> anyhow::Result<Back> {
        let (status, bytes) = self.relay.post(&self.path, None, packet.write(), TOLD + 1).await?;
        match status {
            200 => Ok(Back::read(&bytes)?),
            _ => Err(Away(plain(String::from_utf8_lossy(&bytes).trim())).into()),
        }
    }
}

/// The relay handed nothing on.
#[derive(Debug, thiserror::Error)]
#[error("the relay says: {0}")]
pub(super) struct Away(String);

/// The kiosk, or the relay in its name, does not let this device in.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct Unpaired(pub(super) String);

impl Line {
    pub(super) fn new(at: Meeting, key: SealKey, kiosk: SealPublic, signs: PublicKey) -> Self {
        Self { at, key, kiosk, signs }
    }

    async fn ask(&self, ask: Ask) -> anyhow::Result<Reply> {
        let packet = line::ask(&self.key, &self.kiosk, &ask)?;
        match self.at.say(&Packet::read(&packet)?).await? {
            Back::Sealed(sealed) => Ok(line::open_reply(&self.key, &self.kiosk, &ask.number, &sealed)?),
            // Not sealed: it may be the relay's own word, and changes nothing here.
            Back::Refused(words) => Err(Unpaired(plain(&words)).into()),
            Back::Heard => bail!("the relay gave no answer"),
        }
    }

    fn question(errand: Errand) -> anyhow::Result<Ask> {
        let mut number = [0; 16];
        getrandom::fill(&mut number).context("the operating system gives no random bytes")?;
        Ok(Ask::new(number, clock::now()?, errand))
    }

    /// An offer that is not among `told`; none for a while.
    pub(super) async fn wait(&self, told: &[Vec<u8>]) -> anyhow::Result<Option<v1::CompanionOffer>> {
        let about = told.iter().map(|id| Blob(id.clone())).collect();
        let reply = self.ask(Ask { about, ..Self::question(Errand::Wait)? }).await?;
        if let Some(words) = reply.refused {
            return Err(Unpaired(plain(&words)).into());
        }
        Ok(reply.offer.map(|offered| v1::CompanionOffer { id: offered.id.0, offer: offered.offer.0 }))
    }

    async fn about(&self, errand: Errand, id: &[u8], body: Option<&[u8]>) -> anyhow::Result<Reply> {
        let question = Self::question(errand)?;
        done(self.ask(Ask { about: vec![Blob(id.to_vec())], body: body.map(Blob::from), ..question }).await?)
    }
}

fn done(reply: Reply) -> anyhow::Result<Reply> {
    match reply.refused {
        Some(words) => Err(anyhow!("the kiosk says: {}", plain(&words))),
        None => Ok(reply),
    }
}

fn told(reply: Reply) -> anyhow::Result<v1::PersonKeys> {
    let (Some(person), Some(events)) = (reply.person, reply.events) else {
        bail!("the kiosk says nothing of keys: it has to be of this version too");
    };
    Ok(v1::PersonKeys { person: person.0, events: events.into_iter().map(|event| event.0).collect() })
}

impl Way {
    /// Gives a signature.
    pub(super) async fn give(&self, id: Vec<u8>, signed: Vec<u8>) -> anyhow::Result<()> {
        match self {
            Self::Door(client) => {
                client.companion().answer(v1::CompanionAnswer { id, signed }).await.map_err(refused)?;
            }
            Self::Relay(line) => drop(line.about(Errand::Sign, &id, Some(&signed)).await?),
        }
        Ok(())
    }

    /// Says no.
    pub(super) async fn decline(&self, decline: &[u8]) -> anyhow::Result<()> {
        match self {
            Self::Door(client) => {
                let message = v1::CompanionDecline { decline: decline.to_vec() };
                client.companion().decline(message).await.map_err(refused)?;
            }
            Self::Relay(line) => {
                let question = Line::question(Errand::Decline)?;
                done(line.ask(Ask { body: Some(decline.into()), ..question }).await?)?;
            }
        }
        Ok(())
    }

    /// Lets the owner of `key` try again.
    pub(super) async fn unlock(&self, key: Vec<u8>) -> anyhow::Result<()> {
        match self {
            Self::Door(client) => {
                client.companion().unlock(v1::CompanionKey { key }).await.map_err(refused)?;
            }
            Self::Relay(line) => drop(done(line.ask(Line::question(Errand::Unlock)?).await?)?),
        }
        Ok(())
    }

    /// What happened to the keys of the person with this key.
    pub(in crate::kiosk) async fn keys(&self, key: &PublicKey) -> anyhow::Result<v1::PersonKeys> {
        match self {
            Self::Door(client) => {
                let ask = v1::KeyOfPerson { key: key.as_bytes().to_vec() };
                Ok(client.keys().get(ask).await.map_err(refused)?.into_inner())
            }
            Self::Relay(line) => {
                let question = Line::question(Errand::Keys)?;
                told(done(line.ask(Ask { words: Some(key.to_string()), ..question }).await?)?)
            }
        }
    }

    /// Says something of keys; answers what happened to them, this included.
    pub(in crate::kiosk) async fn tell_keys(&self, event: &[u8]) -> anyhow::Result<v1::PersonKeys> {
        match self {
            Self::Door(client) => {
                let message = v1::KeyEventMessage { event: event.to_vec() };
                Ok(client.keys().tell(message).await.map_err(refused)?.into_inner())
            }
            Self::Relay(line) => {
                let question = Line::question(Errand::KeyEvent)?;
                told(done(line.ask(Ask { body: Some(event.into()), ..question }).await?)?)
            }
        }
    }

    /// What the kiosk keeps of its owner; none where it keeps nothing.
    pub(super) async fn template(&self, key: &PublicKey) -> anyhow::Result<Option<Kept>> {
        match self {
            Self::Door(client) => {
                let ask = v1::CompanionKey { key: key.as_bytes().to_vec() };
                match client.companion().template(ask).await {
                    Ok(kept) => {
                        let v1::KeptTemplate { leaf, kiosk, .. } = kept.into_inner();
                        Ok(Some(Kept { leaf, kiosk }))
                    }
                    Err(status) if status.code() == tonic::Code::NotFound => Ok(None),
                    Err(status) => Err(refused(status)),
                }
            }
            Self::Relay(line) => {
                let reply = done(line.ask(Line::question(Errand::Template)?).await?)?;
                let kiosk = line.signs.as_bytes().to_vec();
                Ok(reply.template.map(|kept| Kept { leaf: kept.leaf.0, kiosk }))
            }
        }
    }

    /// Has it erased; answers the signed receipt.
    pub(super) async fn erase(&self, request: &[u8]) -> anyhow::Result<Vec<u8>> {
        match self {
            Self::Door(client) => {
                let message = v1::ErasureMessage { request: request.to_vec() };
                Ok(client.enrolments().erase(message).await.map_err(refused)?.into_inner().receipt)
            }
            Self::Relay(line) => {
                let question = Line::question(Errand::Erase)?;
                let reply = done(line.ask(Ask { body: Some(request.into()), ..question }).await?)?;
                Ok(reply.receipt.context("the kiosk gave no receipt")?.0)
            }
        }
    }

    /// The signed verdict on a request.
    pub(super) async fn verdict(&self, request: &[u8]) -> anyhow::Result<Vec<u8>> {
        match self {
            Self::Door(client) => {
                let ask = v1::RequestId { id: request.to_vec() };
                Ok(client.requests().get(ask).await.map_err(refused)?.into_inner().verdict)
            }
            Self::Relay(line) => {
                let reply = line.about(Errand::Verdict, request, None).await?;
                Ok(reply.verdict.context("the kiosk has no verdict on this request")?.0)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_meeting_has_a_relay_and_a_name() {
        let name = "0a".repeat(32);
        assert!(Meeting::at(&format!("http://localhost:8470/k/{name}")).unwrap().is_some());
        assert!(Meeting::at("https://kiosk:7444").unwrap().is_none());
        assert!(Meeting::at("http://localhost:8470/k/short").is_err());
        assert!(Meeting::at(&format!("http://hub.example/k/{name}")).is_err(), "in the open, to elsewhere");
    }
}
