//! A phone of somebody who is enrolled is paired: they are looked at first.

use tokio::sync::mpsc::Receiver;
use tonic::Status;
use wetsign_api::v1;

use super::reached::Kiosk;
use super::visit::follow;
use super::who::who;
use crate::server::{Desk, Press};
use crate::{Event, Phase};

/// Pairs a phone of whoever stands there.
pub async fn pair(desk: &Desk, kiosk: &Kiosk, presses: &mut Receiver<Press>) -> Result<(), Status> {
    let Some(validator_key) = who(desk, kiosk, presses).await? else { return Ok(()) };
    desk.note(&Event::Phase(Phase::Decided));
    let ask = v1::StartPairing { validator_key, source: Some(kiosk.through.message(&[])) };
    let events = kiosk.client.pairings().start(ask).await?.into_inner();
    follow(desk, kiosk, events, presses).await
}
