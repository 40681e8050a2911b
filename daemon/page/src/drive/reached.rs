//! The kiosk whose page this is.

use wetsign_api::Client;

use super::capture::Through;

/// A kiosk, and how it looks at people.
pub struct Kiosk {
    /// The channel to it.
    pub client: Client,
    /// Where pictures come from.
    pub through: Through,
}
