//! What survives a restart: root secret, UEID, latched tamper lines, boot count.

use sha2::{Digest, Sha256};
use wetsign_wire::limits;
use zeroize::Zeroizing;

use crate::{hardware::StorageFailed, keys::Root};

/// The one durable record. No `Debug`: it holds the root secret.
#[derive(Clone, PartialEq, Eq)]
pub struct Record {
    /// `None` after tampering, until another could be drawn.
    pub root: Option<Root>,
    /// 0x01 ‖ 16 random bytes; stays through tampering.
    pub ueid: [u8; limits::UEID],
    /// Latched tamper lines.
    pub tamper: u8,
    /// Starts so far.
    pub bootcount: u32,
}

const FORMAT: u8 = 1;
const BODY: usize = 1 + 1 + 32 + limits::UEID + 1 + 4;
const CHECK: usize = 8;

impl Record {
    /// Bytes of the stored form.
    pub const LENGTH: usize = BODY + CHECK;

    /// `format ‖ has root ‖ root ‖ ueid ‖ tamper ‖ bootcount ‖ first 8 bytes of SHA-256 of all that`.
    pub fn to_bytes(&self) -> Zeroizing<[u8; Self::LENGTH]> {
        let mut bytes = Zeroizing::new([0; Self::LENGTH]);
        bytes[0] = FORMAT;
        bytes[1] = u8::from(self.root.is_some());
        if let Some(root) = &self.root {
            bytes[2..34].copy_from_slice(&root.0);
        }
        bytes[34..51].copy_from_slice(&self.ueid);
        bytes[51] = self.tamper;
        bytes[52..56].copy_from_slice(&self.bootcount.to_be_bytes());
        let check = Sha256::digest(&bytes[..BODY]);
        bytes[BODY..].copy_from_slice(&check[..CHECK]);
        bytes
    }

    /// Reads the stored form; anything but a whole, sound record fails.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, StorageFailed> {
        let (body, check) = bytes.split_at_checked(BODY).ok_or(StorageFailed)?;
        if check != &Sha256::digest(body)[..CHECK] || body[0] != FORMAT {
            return Err(StorageFailed);
        }
        let array = |from: usize| -> Result<[u8; 32], StorageFailed> {
            body[from..from + 32].try_into().map_err(|_| StorageFailed)
        };
        let root = match body[1] {
            0 => None,
            1 => Some(Root(array(2)?)),
            _ => return Err(StorageFailed),
        };
        let ueid = body[34..51].try_into().map_err(|_| StorageFailed)?;
        let bootcount = u32::from_be_bytes(body[52..56].try_into().map_err(|_| StorageFailed)?);
        Ok(Self { root, ueid, tamper: body[51], bootcount })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record() -> Record {
        Record { root: Some(Root([7; 32])), ueid: [1; 17], tamper: 4, bootcount: 9 }
    }

    #[test]
    fn comes_back_as_it_went() {
        let without = Record { root: None, ..record() };
        for original in [record(), without] {
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
