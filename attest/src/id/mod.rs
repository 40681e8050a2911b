//! Values with a meaning: ids, digests, keys, money.
//!
//! Each is a CBOR byte string in signed data, and lower-case hexadecimal (money: decimal) in views for people.

mod bytes;
mod key;
mod money;

pub use bytes::{Blob, ChannelKey, Digest, Id, Scalar, sha256};
pub use key::PublicKey;
pub use money::Atto;
