//! Commands that ask a kiosk. One connection a command; nothing is kept between them.

mod address;
mod approval;
mod asset;
mod call;
mod companion;
mod out;
mod page;
mod pairing;
mod request;
mod requester;
mod session;
mod source;
mod status;
mod words;

pub use address::{Address, TlsFiles};
pub use approval::ApprovalArgs;
pub use asset::AssetArgs;
pub use call::run;
pub use companion::CompanionArgs;
pub use pairing::PairingArgs;
pub use request::RequestArgs;
pub use requester::RequesterArgs;
pub use session::SessionArgs;
