//! People's own devices: how one is paired with this kiosk, and which are.
//!
//! | file | question |
//! |---|---|
//! | `authority.rs` | Which certificates does the kiosk give to devices, and which does it show them? |
//! | `line.rs` | How does the kiosk speak with devices through a relay? |
//! | `known.rs` | Which devices are paired now? |
//! | `open.rs` | Which pairing goes on now, and what do device and person say to it? |

mod authority;
mod known;
mod line;
mod open;

pub use authority::{Authority, AuthorityError, NAME, NoDevices};
pub use known::{Known, KnownDevices};
pub use line::{Line, LineError};
pub use open::{Agreed, Begun, OpenError, OpenPairing, Reply};
