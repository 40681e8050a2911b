//! iden3's container: magic, version, number of sections; each section with its number and length.

use super::ZkeyError;
use std::collections::BTreeMap;

/// The sections of a file by number.
pub(crate) struct Sections<'a>(BTreeMap<u32, &'a [u8]>);

impl<'a> Sections<'a> {
    pub fn write(magic: [u8; 4], version: u32, sections: &[(u32, Vec<u8>)]) -> Vec<u8> {
        let mut bytes = magic.to_vec();
        bytes.extend(version.to_le_bytes());
        bytes.extend((sections.len() as u32).to_le_bytes());
        for (number, content) in sections {
            bytes.extend(number.to_le_bytes());
            bytes.extend((content.len() as u64).to_le_bytes());
            bytes.extend_from_slice(content);
        }
        bytes
    }

    /// Each section once, nothing behind the last.
    pub fn read(magic: [u8; 4], bytes: &'a [u8]) -> Result<Self, ZkeyError> {
        let malformed = |reason: &str| ZkeyError::Malformed { what: "container", reason: reason.into() };
        let mut rest = bytes.strip_prefix(&magic).ok_or_else(|| malformed("it does not start as one"))?;
        let mut take = |length: usize| {
            let (taken, behind) = rest.split_at_checked(length).ok_or_else(|| malformed("it is cut"))?;
            rest = behind;
            Ok::<_, ZkeyError>(taken)
        };
        let u32_of = |bytes: &[u8]| bytes.iter().rev().fold(0u32, |sum, byte| (sum << 8) | u32::from(*byte));
        take(4)?;
        let count = u32_of(take(4)?);
        let mut sections = BTreeMap::new();
        for _ in 0..count.min(64) {
            let number = u32_of(take(4)?);
            let length = take(8)?.iter().rev().fold(0u64, |sum, byte| (sum << 8) | u64::from(*byte));
            let content = take(usize::try_from(length).map_err(|_| malformed("a section is too long"))?)?;
            if sections.insert(number, content).is_some() {
                return Err(malformed("a section is there twice"));
            }
        }
        if rest.is_empty() { Ok(Self(sections)) } else { Err(malformed("bytes follow the last section")) }
    }

    pub fn get(&self, number: u32, what: &'static str) -> Result<&'a [u8], ZkeyError> {
        self.0.get(&number).copied().ok_or(ZkeyError::Malformed { what, reason: "it is not there".into() })
    }
}
