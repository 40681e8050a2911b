//! How a device speaks with its kiosk: over TLS at the kiosk's own door, or sealed through a relay.

use std::path::Path;

use anyhow::{Context, anyhow, bail};
use wetsign_api::relay::{Relay, SYSTEM_AUTHORITIES};
use wetsign_api::{Client, v1};
use wetsign_attest::id::Blob;
use wetsign_pair::line::{self, Ask, Errand, Packet, Reply, TOLD};
use wetsign_pair::{Back, SealKey, SealPublic};

use crate::clock;
use crate::kiosk::address::refused;
use crate::output::plain;

/// One that is open.
pub(super) enum Way {
    /// The kiosk's own door.
    Door(Box<Client>),
    /// A relay.
    Relay(Box<Line>),
}

/// A kiosk's line at a relay.
pub(super) struct Line {
    at: Meeting,
    key: SealKey,
    kiosk: SealPublic,
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
    pub(super) fn new(at: Meeting, key: SealKey, kiosk: SealPublic) -> Self {
        Self { at, key, kiosk }
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
