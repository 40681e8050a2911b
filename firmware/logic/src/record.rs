//! What survives a restart: root secret, UEID, latched tamper lines, boot count, paired host, pinned provisioner.

use sha2::{Digest, Sha256};
use wetsign_wire::limits;
use zeroize::Zeroizing;

use crate::{hardware::StorageFailed, keys::Root};

/// The one durable record. No `Debug`: it holds the root secret.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Record {
    /// `None` after tampering, until another could be drawn.
    pub root: Option<Root>,
    /// 0x01 ‖ 16 random bytes; stays through tampering.
    pub ueid: [u8; limits::UEID],
    /// Latched tamper lines.
    pub tamper: u8,
    /// Starts so far.
    pub bootcount: u32,
    /// X25519 public key of the paired host.
    pub host: Option<[u8; 32]>,
    /// Ed25519 public key of the provisioner who may clear tampering.
    pub provisioner: Option<[u8; 32]>,
}

const FORMAT: u8 = 2;
const HAS_ROOT: u8 = 1;
const HAS_HOST: u8 = 2;
const HAS_PROVISIONER: u8 = 4;
const BODY: usize = 1 + 1 + 32 + limits::UEID + 1 + 4 + 32 + 32;
const CHECK: usize = 8;

impl Record {
    /// Bytes of the stored form: 128.
    pub const LENGTH: usize = BODY + CHECK;

    /// `format ‖ which keys are there ‖ root ‖ ueid ‖ tamper ‖ bootcount ‖ host ‖ provisioner ‖ first 8 bytes of
    /// SHA-256 of all that`; a key that is not there is zeros.
    pub fn to_bytes(&self) -> Zeroizing<[u8; Self::LENGTH]> {
        let mut bytes = Zeroizing::new([0; Self::LENGTH]);
        bytes[0] = FORMAT;
        if let Some(root) = &self.root {
            bytes[1] |= HAS_ROOT;
            bytes[2..34].copy_from_slice(&root.0);
        }
        bytes[34..51].copy_from_slice(&self.ueid);
        bytes[51] = self.tamper;
        bytes[52..56].copy_from_slice(&self.bootcount.to_be_bytes());
        for (key, flag, from) in [(self.host, HAS_HOST, 56), (self.provisioner, HAS_PROVISIONER, 88)] {
            if let Some(key) = key {
                bytes[1] |= flag;
                bytes[from..from + 32].copy_from_slice(&key);
            }
        }
        let check = Sha256::digest(&bytes[..BODY]);
        bytes[BODY..].copy_from_slice(&check[..CHECK]);
        bytes
    }

    /// Reads the stored form; anything but a whole, sound record fails.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, StorageFailed> {
        let (body, check) = bytes.split_at_checked(BODY).ok_or(StorageFailed)?;
        let known = HAS_ROOT | HAS_HOST | HAS_PROVISIONER;
        if check != &Sha256::digest(body)[..CHECK] || body[0] != FORMAT || body[1] & !known != 0 {
            return Err(StorageFailed);
        }
        let key = |flag: u8, from: usize| -> Result<Option<[u8; 32]>, StorageFailed> {
            let key = body[from..from + 32].try_into().map_err(|_| StorageFailed)?;
            Ok((body[1] & flag != 0).then_some(key))
        };
        Ok(Self {
            root: key(HAS_ROOT, 2)?.map(Root),
            ueid: body[34..51].try_into().map_err(|_| StorageFailed)?,
            tamper: body[51],
            bootcount: u32::from_be_bytes(body[52..56].try_into().map_err(|_| StorageFailed)?),
            host: key(HAS_HOST, 56)?,
            provisioner: key(HAS_PROVISIONER, 88)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record() -> Record {
        Record {
            root: Some(Root([7; 32])),
            ueid: [1; 17],
            tamper: 4,
            bootcount: 9,
            host: Some([5; 32]),
            provisioner: Some([6; 32]),
        }
    }

    #[test]
    fn comes_back_as_it_went() {
        let bare = Record { root: None, host: None, provisioner: None, ..record() };
        let unpaired = Record { host: None, ..record() };
        for original in [record(), bare, unpaired] {
            assert!(Record::from_bytes(original.to_bytes().as_ref()).is_ok_and(|read| read == original));
        }
    }

    #[test]
    fn any_changed_byte_and_any_other_length_is_refused() {
        let bytes = record().to_bytes();
        for index in 0..Record::LENGTH {
            let mut changed = *bytes;
            changed[index] ^= 1;
            assert!(Record::from_bytes(&changed).is_err(), "byte {index}");
            assert!(Record::from_bytes(&bytes[..index]).is_err(), "length {index}");
        }
    }
}
