//! authenticatorData (WebAuthn Level 3 § 6.1): 32 bytes of rpIdHash, a byte of flags, a counter of four bytes, and what
//! the flags say follows.

use minicbor::Decoder;

use crate::id::Digest;
use crate::limits;

/// User present.
pub(super) const UP: u8 = 0x01;
/// User verified, by the device: a fingerprint, a face, a code.
pub(super) const UV: u8 = 0x04;
/// The passkey may be copied.
const BE: u8 = 0x08;
/// It is copied.
const BS: u8 = 0x10;
/// A new credential follows.
pub(super) const AT: u8 = 0x40;
/// Extensions follow.
const ED: u8 = 0x80;

/// The part that always is there.
const HEAD: usize = 37;

/// Read, with the rules that hold for a new passkey and for its use alike.
pub(super) struct AuthenticatorData<'a> {
    pub rp_id_hash: Digest,
    pub flags: u8,
    pub counter: u32,
    /// What follows the head: a credential, extensions, or nothing.
    pub rest: &'a [u8],
}

impl<'a> AuthenticatorData<'a> {
    /// Reads the head. The error says which rule is broken.
    pub fn read(bytes: &'a [u8]) -> Result<Self, String> {
        let bound = limits::AUTHENTICATOR_DATA;
        if bytes.len() < HEAD || bytes.len() > bound {
            return Err(format!(
                "authenticatorData has {} bytes, {HEAD} to {bound} are allowed",
                bytes.len()
            ));
        }
        let (head, rest) = bytes.split_at(HEAD);
        let (hash, tail) = head.split_at(32);
        let hash: [u8; 32] = hash.try_into().map_err(|_| "rpIdHash has not 32 bytes")?;
        let counter: [u8; 4] = tail[1..].try_into().map_err(|_| "the counter has not four bytes")?;
        let read =
            Self { rp_id_hash: Digest(hash), flags: tail[0], counter: u32::from_be_bytes(counter), rest };
        for (flag, what) in [(UP, "user present (UP)"), (UV, "user verified (UV)")] {
            if !read.has(flag) {
                let flags = read.flags;
                return Err(format!(
                    "{what} is not set in the flags 0x{flags:02x}: both UP and UV are asked for"
                ));
            }
        }
        if read.has(BS) && !read.has(BE) {
            return Err("it says that it is backed up (BS) and may not be (no BE)".into());
        }
        Ok(read)
    }

    pub fn has(&self, flag: u8) -> bool {
        self.flags & flag != 0
    }

    pub fn backed_up(&self) -> bool {
        self.has(BS)
    }

    /// What is left must be one CBOR map if the flags say so, and nothing otherwise. Nobody asked for extensions, and
    /// none is believed.
    pub fn extensions(&self, rest: &[u8]) -> Result<(), String> {
        if !self.has(ED) {
            let left = rest.len();
            return if left == 0 {
                Ok(())
            } else {
                Err(format!("authenticatorData has {left} bytes too many"))
            };
        }
        let mut decoder = Decoder::new(rest);
        let map = decoder.probe().map().is_ok();
        if !map || decoder.skip().is_err() || decoder.position() != rest.len() {
            return Err("its flags say extensions (ED), and no one CBOR map follows".into());
        }
        Ok(())
    }
}
