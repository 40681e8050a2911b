//! Where do a phone and its kiosk meet, when the kiosk opens no port?
//!
//! At a web server with an ordinary certificate, which hands sealed messages on and reads none. A kiosk comes with the
//! secret of its *line* and waits; a phone sends a message to the line's name, and gets the kiosk's answer in the same
//! exchange. The relay keeps nothing: a message that nobody fetches is gone after seconds.
//!
//! It also serves the page that a phone shows: files, the same for everybody. Whoever runs the relay can serve another
//! page; what that could do stands in `attest/THREATS.md`.
//!
//! | file | question |
//! |---|---|
//! | `name.rs` | Whose is a line? |
//! | `lines.rs` | Which message goes to whom, and how many may wait? |
//! | `routes.rs` | Which address does what? |
//! | `files.rs` | What does a phone's browser load? |
//!
//! ```
//! use wetsign_relay::{Lines, Name};
//!
//! let lines = Lines::new([Name::of_secret(&[7; 32])]);
//! let app = wetsign_relay::router(lines);
//! # drop(app);
//! ```

mod files;
mod lines;
mod name;
mod routes;

pub use lines::{ASKED, HELD, Lines, QUEUE, TOLD, Why};
pub use name::{Name, NameError};
pub use routes::router;
