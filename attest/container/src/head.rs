//! The head of a container: what it says of itself, the commitment to its key, the key's encryption; and the digest
//! that names it.
//!
//! In bytes: eight bytes of magic, the length of what follows in four bytes (big-endian), the head in deterministic
//! CBOR; then the chunks.
//!
//! **The container digest covers all but the key part**: it is SHA-256 of a name, the facts' id and the commitment. So
//! the key part can be bound to it (its label is asset ‖ container digest) without a circle. It fixes all the same
//! every byte of the container: the facts fix type, length and BLAKE3 of the contents, the commitment fixes the key,
//! and from both the chunks follow, since their nonces are counted and not drawn. Another key part under the same
//! digest holds either the same key, or one that the commitment refuses.

use std::io::Read;

use minicbor::{Decode, Encode};
use wetsign_attest::id::{Digest, Id, PublicKey, sha256};
use wetsign_attest::{Error, Object};

use crate::contents::Contents;
use crate::encrypt::KeyPart;
use crate::error::Refused;
use crate::group::{Point, Random};
use crate::lock::{ContentKey, Derived};

/// Most bytes of a head.
pub const HEAD: usize = 4096;

/// What a container begins with.
pub(crate) const MAGIC: [u8; 8] = *b"\x89WSC\r\n\x1a\n";

/// What a container is of.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Facts {
    /// The asset: id of its descriptor's first revision.
    #[n(1)]
    pub asset: Id,
    /// Id of the descriptor's newest revision when it was sealed; its `content` is the id of `contents`.
    #[n(2)]
    pub descriptor: Id,
    /// Id of the newest revision of the asset's rules when it was sealed.
    #[n(3)]
    pub rules: Id,
    /// What is inside.
    #[n(4)]
    pub contents: Contents,
}

impl Object for Facts {
    const TYPE: &'static str = "wetsign/container-facts/1";
    const LIMIT: usize = 1024;

    fn signer(&self) -> Option<PublicKey> {
        None
    }

    fn check(&self) -> Result<(), Error> {
        self.contents.check()
    }
}

/// A container's head.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Head {
    /// What it is of.
    #[n(1)]
    pub facts: Facts,
    /// Commitment to the content key, under these facts.
    #[n(2)]
    pub commitment: Digest,
    /// The content key, encrypted to a committee.
    #[n(3)]
    pub key: KeyPart,
}

impl Object for Head {
    const TYPE: &'static str = "wetsign/container/1";
    const LIMIT: usize = HEAD;

    fn signer(&self) -> Option<PublicKey> {
        None
    }

    fn check(&self) -> Result<(), Error> {
        self.facts.check()
    }
}

impl Head {
    /// A fresh key for these facts, and the head that holds it for the committee with this public key.
    ///
    /// # Errors
    /// [`Refused::Object`] if the facts are refused.
    pub fn lock(facts: Facts, committee: &Point, random: Random<'_>) -> Result<(Self, ContentKey), Refused> {
        let key = ContentKey::fresh(random);
        let head = Self::lock_with(facts, committee, &key, random)?;
        Ok((head, key))
    }

    /// The same head for another committee, by whoever has the key. The container digest stays.
    ///
    /// # Errors
    /// [`Refused::OtherKey`] if it is not this container's key.
    pub fn lock_again(
        &self,
        committee: &Point,
        key: &ContentKey,
        random: Random<'_>,
    ) -> Result<Self, Refused> {
        self.derive(key)?;
        Self::lock_with(self.facts.clone(), committee, key, random)
    }

    fn lock_with(
        facts: Facts,
        committee: &Point,
        key: &ContentKey,
        random: Random<'_>,
    ) -> Result<Self, Refused> {
        let commitment = key.derive(facts.id()?).commitment;
        let label = label(facts.asset, digest(facts.id()?, commitment));
        let key = KeyPart::encrypt(committee, key, &label, random);
        Ok(Self { facts, commitment, key })
    }

    /// The head at the beginning of a container; `source` stands at the first chunk afterwards.
    ///
    /// # Errors
    /// [`Refused::NoContainer`], [`Refused::Limit`], [`Refused::Io`], [`Refused::Object`].
    pub fn read(source: &mut impl Read) -> Result<Self, Refused> {
        let mut fill = |bytes: &mut [u8]| {
            source.read_exact(bytes).map_err(|source| Refused::Io {
                what: "container's head",
                done: "read",
                source,
            })
        };
        let (mut found, mut length) = ([0; 8], [0; 4]);
        fill(&mut found)?;
        if found != MAGIC {
            return Err(Refused::NoContainer { found, expected: MAGIC });
        }
        fill(&mut length)?;
        let length = u32::from_be_bytes(length);
        if length as usize > HEAD {
            let (found, bound) = (u64::from(length), HEAD as u64);
            return Err(Refused::Limit { what: "the head's length", found, bound });
        }
        let mut payload = vec![0; length as usize];
        fill(&mut payload)?;
        Ok(Self::from_payload(&payload)?)
    }

    /// The bytes at the beginning of a container, before its first chunk.
    ///
    /// # Errors
    /// [`Refused::Object`] if the facts are refused.
    pub fn to_bytes(&self) -> Result<Vec<u8>, Refused> {
        let payload = self.to_payload()?;
        Ok([MAGIC.as_slice(), &(payload.len() as u32).to_be_bytes(), &payload].concat())
    }

    /// The container digest: names the container, whichever committee it is locked for.
    ///
    /// # Errors
    /// [`Refused::Object`] if the facts are refused.
    pub fn digest(&self) -> Result<Digest, Refused> {
        Ok(digest(self.facts.id()?, self.commitment))
    }

    /// Whether the key part was made for this asset and this container.
    ///
    /// # Errors
    /// [`Refused::Label`] if it was not.
    pub fn check_label(&self) -> Result<(), Refused> {
        let (asset, container) = (self.facts.asset, self.digest()?);
        if self.key.is_for(&label(asset, container)) {
            Ok(())
        } else {
            Err(Refused::Label { asset, container })
        }
    }

    /// What follows from the key, if it is this container's.
    pub(crate) fn derive(&self, key: &ContentKey) -> Result<Derived, Refused> {
        let derived = key.derive(self.facts.id()?);
        if derived.is(&self.commitment) { Ok(derived) } else { Err(Refused::OtherKey) }
    }
}

fn digest(facts: Id, commitment: Digest) -> Digest {
    Digest(sha256(&[b"wetsign/container/1 digest", facts.as_bytes(), &commitment.0]))
}

fn label(asset: Id, container: Digest) -> Vec<u8> {
    [asset.as_bytes().as_slice(), &container.0].concat()
}
