//! # wetsign-container: how is an asset locked, and by whom is it opened?
//!
//! A container holds an asset's contents, sealed under a key that nobody has. The key lies in the container's head,
//! encrypted to a committee of keyholders, so that k of them have to help, and bound to this asset and this container,
//! so that they help with nothing else. No I/O but `Read` and `Write`, no clock; random bytes come in as an argument
//! ([`Random`]), but for seals between two parties, whose library draws its own.
//!
//! | file | question |
//! |---|---|
//! | `contents.rs` | What is inside, and which digest of it does the owner sign? |
//! | `head.rs` | What does a container say of itself, and which digest names it? |
//! | `lock.rs` | Which keys follow from the content key? |
//! | `chunk.rs` | How is one chunk sealed? |
//! | `stream.rs` | How is a whole container written, and read? |
//! | `group.rs` | How are points, numbers and hashes of the group written? |
//! | `proof.rs` | How does one show that two points have the same logarithm? |
//! | `polynomial.rs` | How is a secret number divided, and put together again? |
//! | `encrypt.rs` | How is a key encrypted to a committee, bound to a label? |
//! | `share.rs` | What does one keyholder give, and how is a false share told? |
//! | `committee.rs` | Who are the keyholders, and what are their public keys? |
//! | `release.rs` | How does a share travel, and when do shares give the key? |
//! | `keyholder.rs` | May this keyholder give its share for this approval? |
//! | `keygen/` | How do keyholders come by their shares, and hand them on to the next committee? |
//!

mod chunk;
mod committee;
mod contents;
mod encrypt;
mod error;
mod group;
mod head;
pub mod keygen;
pub mod keyholder;
mod lock;
mod polynomial;
mod proof;
mod release;
mod share;
mod stream;

pub use chunk::CHUNK;
pub use committee::{Committee, Member};
pub use contents::Contents;
pub use encrypt::KeyPart;
pub use error::Refused;
pub use group::{Number, Point, Random};
pub use head::{Facts, HEAD, Head};
pub use lock::ContentKey;
pub use release::{Gathering, Recipient};
pub use share::{Share, ShareKey};
pub use stream::{Reader, seal, sealed_length};
pub use wetsign_pair::{SealKey, SealPublic};
