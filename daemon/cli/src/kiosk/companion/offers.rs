//! What the kiosk asks of a device, one thing after the other, by whichever way.

use tonic::{Code, Status, Streaming};
use wetsign_api::relay::RelayError;
use wetsign_api::v1;

use super::device::Device;
use super::way::{Away, Unpaired, Way};
use crate::kiosk::address::refused;

/// Most offers that a device tells a relay's kiosk it has seen.
const TOLD: usize = 32;

/// What is waited for when nothing is asked.
#[derive(Debug, thiserror::Error)]
pub(super) enum Waiting {
    /// The kiosk is not there.
    #[error("{0}")]
    Away(String),
    /// The kiosk does not let this device in.
    #[error("{0}")]
    Unpaired(String),
}

/// A device follows what it is asked.
pub(super) enum Offers {
    Door(Box<Streaming<v1::CompanionOffer>>),
    Relay(Vec<Vec<u8>>),
}

impl Offers {
    /// Begins to follow.
    pub(super) async fn follow(way: &Way, device: &Device) -> anyhow::Result<Self> {
        match way {
            Way::Door(client) => {
                let key = v1::CompanionKey { key: device.passkey().public().as_bytes().to_vec() };
                let offers = client.companion().watch(key).await.map_err(status)?;
                Ok(Self::Door(Box::new(offers.into_inner())))
            }
            Way::Relay(_) => Ok(Self::Relay(Vec::new())),
        }
    }

    /// The next thing; none once it is to be followed anew.
    pub(super) async fn next(&mut self, way: &Way) -> anyhow::Result<Option<v1::CompanionOffer>> {
        match (self, way) {
            (Self::Door(offers), _) => Ok(offers.message().await.ok().flatten()),
            (Self::Relay(told), Way::Relay(line)) => loop {
                if let Some(offer) = line.wait(told).await.map_err(relayed)? {
                    told.push(offer.id.clone());
                    let most = told.len().saturating_sub(TOLD);
                    told.drain(..most);
                    return Ok(Some(offer));
                }
            },
            (Self::Relay(_), Way::Door(_)) => Ok(None),
        }
    }
}

fn status(status: Status) -> anyhow::Error {
    match status.code() {
        Code::Unavailable => Waiting::Away(status.message().to_owned()).into(),
        Code::PermissionDenied => Waiting::Unpaired(status.message().to_owned()).into(),
        _ => refused(status),
    }
}

fn relayed(error: anyhow::Error) -> anyhow::Error {
    if let Some(Unpaired(words)) = error.downcast_ref() {
        return Waiting::Unpaired(words.clone()).into();
    }
    let words = format!("{error:#}");
    let away = error.downcast_ref::<Away>().is_some() || error.downcast_ref::<RelayError>().is_some();
    if away { Waiting::Away(words).into() } else { error }
}
