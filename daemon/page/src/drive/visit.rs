//! An enrolment or a pairing, from its first event to the moment at which its end was read.

use tokio::sync::mpsc::Receiver;
use tonic::{Status, Streaming};
use wetsign_api::v1::{self, SessionEvent};

use super::reached::Kiosk;
use super::session::tell;
use super::{UNATTENDED, pressed};
use crate::server::{Desk, Press};
use crate::{Event, Screen};

/// Shows what happens, and hands on what the person says of the digits.
pub async fn follow(
    desk: &Desk,
    kiosk: &Kiosk,
    mut events: Streaming<SessionEvent>,
    presses: &mut Receiver<Press>,
) -> Result<(), Status> {
    loop {
        tokio::select! {
            event = events.message() => match event? {
                Some(event) => tell(desk, &event),
                None => break,
            },
            press = presses.recv() => match press {
                Some(press @ (Press::Same | Press::Other)) => {
                    let word = v1::PairingComparison { same: press == Press::Same };
                    kiosk.client.pairings().compare(word).await?;
                }
                // Whoever goes away ends it: the stream is let go, and the kiosk closes camera and element.
                Some(Press::Leave) | None => return Ok(()),
                Some(_) => {}
            },
        }
    }
    if !matches!(desk.view().screen, Screen::Enrolled | Screen::Paired | Screen::Refused { .. }) {
        desk.note(&Event::Lost);
    }
    while let Some(press) = pressed(presses, UNATTENDED).await {
        if matches!(press, Press::End | Press::Again | Press::Leave) {
            break;
        }
    }
    Ok(())
}
