//! What is asked for: the books, the session that decides, who drives it, and what people are told.

pub mod conduct;
pub mod evidence;
pub mod ledger;
pub mod notice;
pub mod session;
