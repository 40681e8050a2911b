//! Who puts on the screen what is seen: a recording, or a kiosk.

mod capture;
mod enrolment;
mod kiosk;
mod pairing;
mod reached;
mod session;
mod simulate;
mod visit;
mod who;

use std::time::Duration;

use tokio::sync::mpsc::Receiver;

use crate::server::Press;

pub use capture::Through;
pub use kiosk::conduct;
pub use reached::Kiosk;
pub use simulate::simulate;

/// After this long without a press a screen that asks is empty again, so that nobody reads what was meant for another.
const UNATTENDED: Duration = Duration::from_mins(2);

/// The next press, or a leaving where none comes within `within`; `None`: the server has ended.
async fn pressed(presses: &mut Receiver<Press>, within: Duration) -> Option<Press> {
    tokio::time::timeout(within, presses.recv()).await.unwrap_or(Some(Press::Leave))
}
