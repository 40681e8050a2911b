//! The page of a kiosk: waits for requests, and shows each to the person who is asked.

use std::collections::HashSet;
use std::time::Duration;

use tokio::sync::mpsc::Receiver;
use wetsign_api::v1;

use super::reached::Kiosk;
use super::who::who;
use super::{UNATTENDED, enrolment, pairing, pressed, session};
use crate::server::{Desk, Press};
use crate::{Event, read};

/// How often a kiosk is asked whether something waits.
const LOOK: Duration = Duration::from_secs(2);
/// Most requests that are looked at.
const MOST: u32 = 100;

/// Conducts people through the page, one after the other, until the server ends.
pub async fn conduct(desk: &Desk, kiosk: &Kiosk, mut presses: Receiver<Press>) {
    // Whoever answered a request is not asked it again; a kiosk takes no second answer.
    let mut answered = HashSet::new();
    loop {
        let Some(begun) = idle(desk, kiosk, &mut presses).await else { return };
        let outcome = match begun {
            Press::Begin => request(desk, kiosk, &mut answered, &mut presses).await,
            Press::Enrol => enrolment::enrol(desk, kiosk, &mut presses).await,
            Press::Pair => pairing::pair(desk, kiosk, &mut presses).await,
            _ => Ok(()),
        };
        if let Err(status) = outcome {
            wetsign_program::note(&format!(
                "the kiosk refused: {}",
                crate::plain::line(status.message(), 300)
            ));
            desk.note(&Event::Lost);
            if pressed(&mut presses, UNATTENDED).await.is_none() {
                return;
            }
        }
        desk.note(&Event::Idle { waiting: 0 });
    }
}

/// Looks for requests until somebody presses.
async fn idle(desk: &Desk, kiosk: &Kiosk, presses: &mut Receiver<Press>) -> Option<Press> {
    let mut look = tokio::time::interval(LOOK);
    desk.note(&Event::Phones(kiosk.phones().await.unwrap_or(false)));
    loop {
        tokio::select! {
            press = presses.recv() => {
                let press = press?;
                if matches!(press, Press::Begin | Press::Enrol | Press::Pair) {
                    return Some(press);
                }
            }
            _ = look.tick() => desk.note(&match waiting(kiosk).await {
                Ok(list) => Event::Idle { waiting: list.len() as u32 },
                Err(_) => Event::Lost,
            }),
        }
    }
}

/// Requests that wait for people, the oldest first.
async fn waiting(kiosk: &Kiosk) -> Result<Vec<v1::RequestStatus>, tonic::Status> {
    let states = vec![v1::RequestState::Permitted.into()];
    let list = v1::ListRequests { states, limit: MOST, page: Vec::new() };
    let mut found = kiosk.client.requests().list(list).await?.into_inner().requests;
    found.reverse();
    Ok(found)
}

type Answered = HashSet<(Vec<u8>, Vec<u8>)>;

async fn request(
    desk: &Desk,
    kiosk: &Kiosk,
    answered: &mut Answered,
    presses: &mut Receiver<Press>,
) -> Result<(), tonic::Status> {
    let Some(validator) = who(desk, kiosk, presses).await? else { return Ok(()) };
    let new = |status: &v1::RequestStatus| !answered.contains(&(status.id.clone(), validator.clone()));
    let Some(status) = waiting(kiosk).await?.into_iter().find(new) else { return Ok(()) };
    let asked = read::asked(&status).map_err(|why| tonic::Status::data_loss(why.to_string()))?;
    desk.note(&Event::Asked(Box::new(asked)));
    loop {
        match pressed(presses, UNATTENDED * 5).await {
            Some(answer @ (Press::Yes | Press::No)) => {
                let said =
                    session::Question { validator: &validator, status: &status, yes: answer == Press::Yes };
                if session::hold(desk, kiosk, &said, presses).await? {
                    answered.insert((status.id, validator));
                }
                return Ok(());
            }
            Some(Press::Leave) | None => return Ok(()),
            Some(_) => {}
        }
    }
}
