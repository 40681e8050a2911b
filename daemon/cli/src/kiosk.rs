//! Commands that ask a kiosk. One connection a command; nothing is kept between them.

mod address;
mod approval;
mod asset;
mod call;
mod companion;
mod keyholder;
mod keys;
mod out;
mod page;
mod pairing;
mod request;
mod requester;
mod session;
mod signer;
mod source;
mod status;
mod words;

pub use address::{Address, TlsFiles};
pub use approval::ApprovalArgs;
pub use asset::AssetArgs;
pub use call::run;
pub use companion::CompanionArgs;
pub use keyholder::{KeyholderArgs, run as run_keyholder};
pub use keys::KeysArgs;
pub use pairing::PairingArgs;
pub use request::RequestArgs;
pub use requester::RequesterArgs;
pub use session::SessionArgs;
