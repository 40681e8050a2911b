//! The real sensor, started as the daemon starts it.

mod captures;
mod common;
mod link;
mod quiet;
mod strangers;
