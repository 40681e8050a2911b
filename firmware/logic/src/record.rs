//! What survives a restart: root secret, UEID, latched tamper lines, boot count, paired host, pinned provisioner,
//! and what is left of the sessions that may begin.

use sha2::{Digest, Sha256};
use wetsign_wire::limits;
use zeroize::Zeroizing;

use crate::{failures::StorageFailed, keys::Root};

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
    /// What was left of them when this was stored.
    pub begins: Begins,
}

/// How many sessions may begin, as it stood at one number of the counter. Since each beginning uses up a number, what
/// is left now follows from the number now, and no beginning has to store it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Begins {
    /// So many more.
    pub left: u32,
    /// The counter then.
    pub counter: u64,
}

impl Default for Begins {
    /// All of them: the element is new, or an older program stored its record.
    fn default() -> Self {
        Self { left: u32::MAX, counter: 0 }
    }
}

impl Begins {
    /// What is left at a later number. Time that passed in between is not known, and gives nothing.
    pub fn left_at(self, counter: u64) -> u32 {
        let begun = counter.saturating_sub(self.counter);
        self.left.saturating_sub(u32::try_from(begun).unwrap_or(u32::MAX))
    }
}

const FORMAT: u8 = 3;
/// The same without [`Begins`].
const WITHOUT_BEGINS: u8 = 2;
const HAS_ROOT: u8 = 1;
const HAS_HOST: u8 = 2;
const HAS_PROVISIONER: u8 = 4;
const SHORT: usize = 1 + 1 + 32 + limits::UEID + 1 + 4 + 32 + 32;
const BODY: usize = SHORT + 4 + 8;
const CHECK: usize = 8;

impl Record {
    /// Bytes of the stored form: 140.
    pub const LENGTH: usize = BODY + CHECK;

    /// `format ‖ which keys are there ‖ root ‖ ueid ‖ tamper ‖ bootcount ‖ host ‖ provisioner ‖ begins left ‖ counter
    /// then ‖ first 8 bytes of SHA-256 of all that`; a key that is not there is zeros.
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
        bytes[SHORT..SHORT + 4].copy_from_slice(&self.begins.left.to_be_bytes());
        bytes[SHORT + 4..BODY].copy_from_slice(&self.begins.counter.to_be_bytes());
        let check = Sha256::digest(&bytes[..BODY]);
        bytes[BODY..].copy_from_slice(&check[..CHECK]);
        bytes
    }

    /// Reads the stored form; anything but a whole, sound record fails.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, StorageFailed> {
        let (body, check) = bytes.split_last_chunk::<CHECK>().ok_or(StorageFailed)?;
        let known = HAS_ROOT | HAS_HOST | HAS_PROVISIONER;
        let begins = match (body.first(), body.len()) {
            (Some(&FORMAT), BODY) => Begins {
                left: u32::from_be_bytes(body[SHORT..SHORT + 4].try_into().map_err(|_| StorageFailed)?),
                counter: u64::from_be_bytes(body[SHORT + 4..].try_into().map_err(|_| StorageFailed)?),
            },
            (Some(&WITHOUT_BEGINS), SHORT) => Begins::default(),
            _ => return Err(StorageFailed),
        };
        if check[..] != Sha256::digest(body)[..CHECK] || body[1] & !known != 0 {
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
            begins,
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
            begins: Begins { left: 3, counter: 70 },
        }
    }

    #[test]
    fn what_an_older_program_stored_is_read_and_has_all_beginnings_left() {
        let mut bytes = record().to_bytes()[..SHORT].to_vec();
        bytes[0] = WITHOUT_BEGINS;
        bytes.extend(&Sha256::digest(&bytes)[..CHECK]);
        let older = Record { begins: Begins::default(), ..record() };
        assert!(Record::from_bytes(&bytes).is_ok_and(|read| read == older));
        bytes[0] = FORMAT;
        assert!(Record::from_bytes(&bytes).is_err());
    }

    #[test]
    fn each_number_used_since_takes_one_of_what_was_left_and_no_more_than_all() {
        let begins = Begins { left: 3, counter: 70 };
        assert_eq!([70, 72, 73, 500, u64::MAX].map(|now| begins.left_at(now)), [3, 1, 0, 0, 0]);
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
