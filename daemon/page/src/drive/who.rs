//! Who stands before the kiosk, by their own word: what they say is held against their face later.

use tokio::sync::mpsc::Receiver;
use wetsign_api::v1;

use super::reached::Kiosk;
use super::{UNATTENDED, pressed};
use crate::Event;
use crate::server::{Desk, Press};

/// Which of this kiosk's people it is; nobody is asked where there is one only.
pub async fn who(
    desk: &Desk,
    kiosk: &Kiosk,
    presses: &mut Receiver<Press>,
) -> Result<Option<Vec<u8>>, tonic::Status> {
    let limit = crate::event::NAMES as u32;
    let list = v1::ListEnrolments { limit, page: Vec::new() };
    let people = kiosk.client.enrolments().list(list).await?.into_inner().enrolments;
    let mut known: Vec<_> = people.into_iter().filter(|person| person.registered).collect();
    if known.len() == 1 {
        return Ok(known.pop().map(|person| person.validator_key));
    }
    desk.note(&Event::who(known.iter().map(|person| person.label.clone())));
    loop {
        match pressed(presses, UNATTENDED).await {
            Some(Press::Who(place)) if place < known.len() => {
                return Ok(Some(known.swap_remove(place).validator_key));
            }
            Some(Press::Leave) | None => return Ok(None),
            Some(_) => {}
        }
    }
}
