//! Hands the page to one browser on this machine, and takes the person's presses back.
//!
//! On 127.0.0.1, or on a Unix socket that only its owner opens. Whoever asks needs the token of this start: once in the
//! address, then in a cookie that no script reads. A page of somebody else's cannot ask, since `Host`, `Origin` and
//! content type are looked at. Nothing is loaded from elsewhere, and no script or style stands in a page (Content
//! Security Policy, level 3).

mod desk;
mod door;
mod press;
mod routes;

pub use desk::{Desk, Picture};
pub use door::{Door, Token, TokenError};
pub use press::{Press, PressError};
pub use routes::{MOST_STREAMS, router};
