//! The kiosk whose page this is.

use tonic::Status;
use wetsign_api::{Client, v1};

use super::capture::Through;

/// A kiosk, and how it looks at people.
pub struct Kiosk {
    /// The channel to it.
    pub client: Client,
    /// Where pictures come from.
    pub through: Through,
}

impl Kiosk {
    /// Whether it pairs phones.
    ///
    /// # Errors
    /// It does not answer.
    pub async fn phones(&self) -> Result<bool, Status> {
        Ok(self.client.kiosk().status(v1::StatusRequest {}).await?.into_inner().pairs_devices)
    }
}
